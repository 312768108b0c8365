"""The page that says what a guest is and how it does."""

import os

from harness import WindowTest, needs_guests, wait_for

GUEST = """
<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices><graphics type='vnc'><listen type='none'/></graphics><video><model type='vga'/></video></devices>
</domain>"""


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
        app.find("button", f"Copy {address}").show().click()
        app.find("label", "Address copied")
        app.find("button", f"Open SSH to {address}").show().click()
        user = app.find("text", "User")
        user.type("-oProxyCommand=x")
        wait_for("an option to be no user", lambda: not app.find("button", "Open SSH").enabled)
        user.type("ana")
        app.find("button", "Open SSH").click()
        wait_for("the terminal", called.exists)
        self.assertEqual(called.read_text().strip(), f"ssh ana@{address}")

    @needs_guests
    def test_a_small_picture_leads_to_the_console(self):
        name = self.unique("seen")
        file = self.folder / "guest.xml"
        file.write_text(GUEST.format(name=name))
        self.virsh("define", file)
        app = self.start_app("--connect", self.uri, "--show-domain-performance", name)
        app.find("label", "Off")
        self.assertFalse(app.find_all("label", "Running since"))
        self.virsh("start", name)
        app.find("label", "Today, .*")
        app.find("button", f"Screen of “{name}”", timeout=60).click()
        app.find("page tab", "Console")
        wait_for("the console", lambda: app.find("button", "Send Keys").enabled)
        app.find("page tab", "Overview").click()
        self.virsh("destroy", name)
        app.gone("button", f"Screen of “{name}”")
        app.gone("label", "Running since")
