"""The page that says what a guest is and how it does."""

import os

from harness import WindowTest, wait_for


class Overview(WindowTest):
    def test_an_address_is_copied_and_logged_in_at(self):
        programs = self.folder / "programs"
        programs.mkdir()
        # GIO asks for this program first when it needs a terminal.
        terminal, called = programs / "xdg-terminal-exec", self.folder / "called"
        terminal.write_text(f'#!/bin/sh\necho "$@" >{called}.new && mv {called}.new {called}\n')
        terminal.chmod(0o755)
        app = self.start_app(
            *("--connect", "test:///default", "--show-domain-performance", "test"),
            PATH=f"{programs}:{os.environ['PATH']}",
        )
        address = app.find("label", r"192\.168\..*").name
        app.find("button", f"Copy {address}").click()
        app.find("label", "Address copied")
        app.find("button", f"Open SSH to {address}").click()
        user = app.find("text", "User")
        user.type("-oProxyCommand=x")
        wait_for("an option to be no user", lambda: not app.find("button", "Open SSH").enabled)
        user.type("ana")
        app.find("button", "Open SSH").click()
        wait_for("the terminal", called.exists)
        self.assertEqual(called.read_text().strip(), f"ssh ana@{address}")
