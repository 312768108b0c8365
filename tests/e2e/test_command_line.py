"""What the command line asks for, and what is remembered between two runs."""

import subprocess

import screen
from harness import BINARY, WindowTest, keys, wait_for

HOST = """<node>
  <domain type='test'><name>web</name><uuid>11111111-2222-3333-4444-555555555555</uuid>
    <memory>65536</memory><os><type>hvm</type></os></domain>
  <domain type='test'><name>mail</name><uuid>11111111-2222-3333-4444-666666666666</uuid>
    <memory>65536</memory><os><type>hvm</type></os></domain>
</node>"""


class CommandLine(WindowTest):
    def setUp(self):
        super().setUp()
        host = self.folder / "inn.xml"
        host.write_text(HOST)
        self.host = f"test://{host}"

    def run_without_display(self, *arguments):
        environment = self.environment(DISPLAY="", WAYLAND_DISPLAY="")
        return subprocess.run(
            [BINARY, *arguments], env=environment, capture_output=True, text=True, timeout=60
        )

    def test_help_version_and_mistakes_need_no_display(self):
        version = self.run_without_display("--version")
        self.assertRegex(version.stdout, r"^posada \d+\.\d+\.\d+\n$")
        self.assertEqual((version.returncode, version.stderr), (0, ""))
        text = self.run_without_display("--help")
        self.assertIn("--show-domain-console <NAME|ID|UUID>", text.stdout)
        self.assertEqual((text.returncode, text.stderr), (0, ""))
        for arguments, words in [
            (["--nonsense"], "unexpected argument '--nonsense'"),
            (["--show-domain-console", "web"], "need --connect URI"),
            ([], "no display to open a window on"),
        ]:
            wrong = self.run_without_display(*arguments)
            self.assertNotEqual(wrong.returncode, 0)
            self.assertIn(words, wrong.stderr)

    def test_each_page_can_be_asked_for(self):
        app = self.start_app("-c", self.host, "--show-domain-editor", "web", window="web")
        app.find("page tab", "Hardware")
        wait_for("the page", lambda: app.find("page tab", "Hardware").checked)
        self.assertFalse(app.find_all("frame", "Posada"), "a window for one guest comes alone")

        def ask(*arguments):
            # A second command line is done by the first process.
            second = self.start_app("--connect", self.host, *arguments, window=None)
            self.assertEqual(second.wait(), 0)

        ask("--show-domain-performance", "11111111-2222-3333-4444-555555555555")
        wait_for("the page", lambda: app.find("page tab", "Overview").checked)
        ask("--show-domain-console", "2")
        window = app.window("mail")
        wait_for("the page", lambda: window.find("page tab", "Console").checked)
        ask("--show-host-summary")
        main = app.window("Posada")
        wait_for("the page", lambda: "selected" in main.find("page tab", "Host").states)
        ask("--show-domain-delete", "mail")
        main.find("dialog", "Delete “mail”\\?")
        keys("Escape")
        main.gone("dialog")
        ask("--show-domain-creator")
        main.find("dialog", "New Guest|Create .*")

    def test_what_is_not_there_is_said(self):
        app = self.start_app("-c", self.host, "--show-domain-console", "nobody")
        app.find("label", "There is no guest “nobody” on this host.")
        keys("Escape")
        app.gone("label", "There is no guest .*")
        app.find("list item", "web")
        second = self.start_app("--connect", "no uri at all", window=None)
        self.assertEqual(second.wait(), 0)
        app.find("label", "This URI Cannot Be Used")
        keys("Escape")
        third = self.start_app("--connect", "test:///no/such/file.xml", window=None)
        self.assertEqual(third.wait(), 0)
        app.find("label", "Could Not Connect")

    def test_an_image_opens_the_assistant(self):
        image = self.folder / "a b & c.iso"
        image.write_bytes(b"\0" * 65536)
        self.start_app("--connect", self.host).find("list item", "web")
        second = self.start_app(image.name, window=None, folder=self.folder)
        self.assertEqual(second.wait(), 0)
        dialog = self.apps[0].find("dialog", "New Guest")
        # What it holds is read already, and nothing: that is said first.
        dialog.find("label", "a b & c.iso")
        dialog.find("label", "The image is empty")

    def test_windows_come_back_as_they_were(self):
        app = self.start_app("--connect", self.host)
        app.find("list item", "web").click(count=2)
        guest = app.window("web")
        screen.resize(guest.window, 700, 500)
        wait_for("the size", lambda: self.size(app, "web") == (700, 500))
        keys("ctrl+w")
        app.gone("frame", "web")
        main = app.window("Posada")
        screen.resize(main.window, 900, 640)
        wait_for("the size", lambda: self.size(app, "Posada") == (900, 640))
        # Also while it is still open when the program ends.
        app.find("list item", "mail").click(count=2)
        other = app.window("mail")
        screen.resize(other.window, 640, 480)
        wait_for("the size", lambda: self.size(app, "mail") == (640, 480))
        screen.activate(main.window)
        keys("ctrl+q")
        self.assertEqual(app.wait(), 0)

        app = self.start_app("--connect", self.host)
        wait_for("the size", lambda: self.size(app, "Posada") == (900, 640))
        for name, size in [("web", (700, 500)), ("mail", (640, 480))]:
            app.find("list item", name).click(count=2)
            wait_for("the size", lambda: self.size(app, name) == size)
            keys("ctrl+w")
            app.gone("frame", name)
        app.find("button", "Maximize").click()
        wait_for("maximised", lambda: self.size(app, "Posada")[0] > 1000)
        keys("ctrl+q")
        self.assertEqual(app.wait(), 0)
        app = self.start_app("--connect", self.host)
        wait_for("maximised", lambda: self.size(app, "Posada")[0] > 1000)
        app.find("button", "Maximize|Restore").click()
        wait_for("the size", lambda: self.size(app, "Posada") == (900, 640))

    def test_a_narrow_screen_is_enough(self):
        app = self.start_app("--connect", self.host)
        app.find("list item", "web").click(count=2)
        for name in ("web", "Posada"):
            window = app.window(name)
            screen.activate(window.window)
            screen.resize(window.window, 360, 600)
            wait_for("the size", lambda: self.size(app, name) == (360, 600))
            # Nothing needs more room than there is.
            right = screen.geometry(window.window)[0] + 360
            for button in window.find_all("button"):
                x, _, width, _ = button.extents()
                self.assertLessEqual(x + width, right, button)

    def size(self, app, name):
        return screen.geometry(app.window(name).window)[2:]
