"""Serial and text consoles: a guest that sends back what it is sent."""

import os
import re
import signal
import subprocess

import media
from debian_guest import DebianGuest
from harness import WindowTest, keys, needs_guests, type_text, wait_for
from journey import LONG

GUEST = """
<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='cdrom'/></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='cdrom'><source file='{iso}'/><target dev='hdc' bus='ide'/></disk>
    {devices}
  </devices>
</domain>"""

VNC = "<graphics type='vnc'><listen type='none'/></graphics><video><model type='vga'/></video>"
SERIAL = "<serial type='pty'/>"


class Serial(WindowTest):
    def guest(self, devices=VNC + SERIAL, started=True):
        self.folder.chmod(0o755)
        iso = media.iso(self.folder / "echo.iso", boots="echo")
        name = self.unique("serial")
        file = self.folder / "guest.xml"
        file.write_text(GUEST.format(name=name, iso=iso, devices=devices))
        self.virsh("define", file)
        if started:
            self.start(name)
        return name

    def start(self, name):
        """Starts the guest, which stands still until somebody hears what it says:
        a port keeps nothing for those who come later."""
        self.virsh("start", "--paused", name)

    def open(self, name):
        app = self.start_app(
            *("--connect", self.uri, "--show-domain-console", name), window=re.escape(name)
        )
        return app, app.window(re.escape(name))

    def choose(self, app, window, console):
        window.find("button", "Consoles").click()
        app.find("radio menu item|check menu item|menu item", re.escape(console)).click()

    def terminal(self, app, name, console="Serial 1"):
        return app.find("terminal", f"{console} of {re.escape(name)}", timeout=LONG)

    def shows(self, terminal, text, timeout=LONG):
        """Waits until the terminal's text has this."""
        try:
            wait_for(f"“{text}” in the terminal", lambda: text in terminal.text, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}: {terminal.text!r}") from None

    def ready(self, app, name):
        """The terminal in which the guest that was started has said who it is."""
        terminal = self.terminal(app, name)
        self.go_on(app, name)
        self.shows(terminal, "inn login:")
        terminal.click()
        return terminal

    def go_on(self, app, name):
        """Lets the guest run once its console is open."""
        app.find("label", "All keys go to the guest.*", timeout=LONG)
        self.virsh("resume", name)

    @needs_guests
    def test_a_console_opens_by_itself_and_again_after_each_start(self):
        name = self.guest(VNC + SERIAL + "<serial type='null'/>", started=False)
        app, window = self.open(name)
        window.find("button", "Consoles").click()
        items = app.find_all("radio menu item|check menu item|menu item")
        names = [item.name for item in items if "creen" in item.name or "Serial" in item.name]
        self.assertEqual(names, ["Screen", "Serial 1", "Serial 2 (Goes Nowhere)"])
        app.find("radio menu item|check menu item|menu item", "Serial 1").click()
        window.find("label", "This console opens by itself when the guest starts.")
        self.start(name)
        terminal = self.ready(app, name)
        type_text("first")
        self.shows(terminal, "login: first")
        # Keys that are the window's elsewhere go to the guest: its echo shows them.
        keys("Return", "ctrl+w", "F11", "alt+2")
        wait_for("what F11 sends", lambda: "3~" in terminal.text or "first" in terminal.text)
        self.assertTrue(window.find_all("terminal"))

        self.virsh("destroy", name)
        window.find("label", "Guest Off")
        self.assertIn("login: first", terminal.text)
        self.start(name)
        self.go_on(app, name)
        # The old text is above the new one, out of sight.
        wait_for("a second greeting", lambda: terminal.text.rstrip().endswith("login:"), LONG)
        type_text("second")
        self.shows(terminal, "login: second")
        keys("ctrl+shift+f")
        app.find("text|entry", "Search the text")
        type_text("login: first")
        self.shows(terminal, "login: first")
        keys("Escape")

        # The chord gives the keyboard to the window.
        keys("ctrl+alt", "alt+2")
        wait_for("the overview", lambda: not window.find_all("terminal"))
        keys("alt+1")
        terminal = self.terminal(app, name)
        self.choose(app, window, "Screen")
        app.find("image", f"Screen of {name}", timeout=LONG)

        # The next window shows what was chosen last.
        self.choose(app, window, "Serial 1")
        self.terminal(app, name)
        app.stop()
        app, window = self.open(name)
        self.terminal(app, name)

    @needs_guests
    def test_a_guest_without_graphics_shows_its_serial_console(self):
        name = self.guest(SERIAL)
        app, _ = self.open(name)
        self.ready(app, name)

    @needs_guests
    def test_a_serial_console_is_added_to_a_running_guest(self):
        # (A graphics device, since otherwise libvirt adds one of its own kind.)
        name = self.guest(VNC)
        app, window = self.open(name)
        app.find("image", f"Screen of {name}", timeout=LONG)
        window.find("button", "Consoles").click()
        app.find("menu item", "Add Serial Console").click()
        window.find("label", "Not There Yet")
        window.find("button", "Restart…").click()
        app.find("dialog|alert", "Restart .*").find("button", "Restart")
        keys("Escape")
        self.assertIn("<serial type='pty'>", self.virsh("dumpxml", "--inactive", name))
        self.virsh("destroy", name)
        self.start(name)
        self.ready(app, name)

    @needs_guests
    def test_search_copy_paste_save_and_clear(self):
        name = self.guest()
        app, window = self.open(name)
        self.choose(app, window, "Serial 1")
        terminal = self.ready(app, name)
        type_text("room 12")
        self.shows(terminal, "login: room 12")
        keys("ctrl+shift+a", "ctrl+shift+c", "ctrl+j", "Return", "ctrl+shift+v")
        wait_for("the pasted text", lambda: terminal.text.count("room 12") >= 2)

        keys("ctrl+shift+f")
        entry = app.find("text|entry", "Search the text")
        wait_for("the focus", lambda: "focused" in entry.states)
        type_text("ROOM 12")
        keys("Return", "Escape")
        app.gone("text|entry", "Search the text")
        wait_for("the focus", lambda: "focused" in terminal.states)

        keys("ctrl+shift+s")
        dialog = app.find("dialog|frame|file chooser", "Save Text")
        dialog.find("text", "Name|.*").click()
        file = self.folder / "saved.txt"
        keys("ctrl+a")
        type_text(str(file))
        keys("Return")
        wait_for("the file", lambda: file.exists() and "room 12" in file.read_text())
        self.assertIn("Welcome to the inn", file.read_text())

        window.find("button", "Terminal Menu").click()
        app.find("menu item", "Clear").click()
        wait_for("an empty terminal", lambda: "room 12" not in terminal.text)

    @needs_guests
    def test_view_only_sends_nothing(self):
        name = self.guest()
        app, window = self.open(name)
        self.choose(app, window, "Serial 1")
        terminal = self.ready(app, name)
        type_text("before")
        self.shows(terminal, "login: before")

        def view_only():
            window.find("button", "Terminal Menu").click()
            app.find("check menu item|menu item", "View Only").click()

        view_only()
        window.find("label", "View only: nothing is sent to the guest")
        terminal.click()
        type_text("lost")
        keys("Return", "ctrl+shift+v")
        view_only()
        window.find("label", "All keys go to the guest.*")
        terminal.click()
        type_text("after")
        self.shows(terminal, "login: beforeafter")
        self.assertNotIn("lost", terminal.text)

    @needs_guests
    def test_somebody_else_has_the_console(self):
        name = self.guest()
        with open(self.folder / "other.log", "wb") as log:
            virsh = subprocess.Popen(
                ["script", "-qfc", f"virsh -c {self.uri} console {name}", "/dev/null"],
                stdin=subprocess.PIPE,
                stdout=log,
                start_new_session=True,
            )
        self.addCleanup(virsh.stdin.close)
        self.addCleanup(lambda: virsh.poll() is None and os.killpg(virsh.pid, signal.SIGKILL))
        other = lambda: (self.folder / "other.log").read_text(errors="replace")  # noqa: E731
        wait_for("the other viewer", lambda: "Escape character" in other(), LONG)
        app, window = self.open(name)
        self.choose(app, window, "Serial 1")
        window.find("label", "In Use by Somebody Else")
        window.find("button", "Take Over…").click()
        app.find("dialog|alert", "Take Over .*").find("button", "Take Over").click()
        self.assertEqual(virsh.wait(20), 0)
        terminal = self.ready(app, name)
        type_text("mine")
        self.shows(terminal, "mine")

    @needs_guests
    def test_a_port_that_nobody_reads_holds_nothing_up(self):
        name = self.guest()
        self.virsh("destroy", name)
        # Nothing to boot from: nobody reads there.
        self.virsh("change-media", name, "hdc", "--eject", "--config")
        self.virsh("start", name)
        app, window = self.open(name)
        self.choose(app, window, "Serial 1")
        terminal = self.terminal(app, name)
        terminal.click()
        text = self.folder / "text"
        text.write_text("nobody reads this " * 60_000)
        told = self.folder / "told"
        with told.open("w") as file:
            owner = subprocess.Popen(["xclip", "-i", "-quiet", "-selection", "clipboard", text], stderr=file)
        self.addCleanup(owner.wait)
        self.addCleanup(owner.kill)
        wait_for("the text on the clipboard", lambda: "request number 1" in told.read_text(), 30)
        keys("ctrl+shift+v")
        app.find("label", "The guest does not read what is sent.*", timeout=LONG)
        subprocess.run(["virsh", "-q", "-c", self.uri, "destroy", name], check=True, timeout=30)
        window.find("label", "Guest Off")
        # The host goes on, and so does the port.
        self.virsh("change-media", name, "hdc", self.folder / "echo.iso", "--insert", "--config")
        self.start(name)
        self.ready(app, name)
        type_text("here")
        self.shows(terminal, "login: here")

    @needs_guests
    def test_hostile_text_stays_in_the_terminal(self):
        name = self.guest()
        app, window = self.open(name)
        self.choose(app, window, "Serial 1")
        terminal = self.ready(app, name)

        def send(*parts):
            # The guest sends back what is typed: Escape and Ctrl+G are bytes too.
            for part in parts:
                if part == "\x1b":
                    keys("Escape")
                elif part == "\x07":
                    keys("ctrl+g")
                else:
                    type_text(part)

        size = window.extents()[2:]
        for command in [
            "]0;stolen title",
            "]2;stolen title",
            "]52;c;c3RvbGVu",
            "]777;notify;stolen;stolen",
            "]8;;http://stolen.example",
            "]9;4;1;50",
        ]:
            send("\x1b", command, "\x07")
        for command in ["[8;5;5t", "[2t", "[9;1t", "[21t", "[20t", "P$qm"]:
            send("\x1b", command)
        send("\x1b", "\\")
        send("z", "\x1b", "[99999999b")
        keys("Return")
        type_text("still here")
        self.shows(terminal, "still here")
        self.assertRegex(window.name, re.escape(name))
        self.assertEqual(window.extents()[2:], size)
        self.assertNotIn("stolen", app.dump().replace(terminal.text, ""))
        # What the questions were answered with came back as an echo.
        self.assertNotIn("lstolen", terminal.text)


class Login(WindowTest):
    """A real system's login on its serial port."""

    @classmethod
    def setUpClass(cls):
        cls.debian = DebianGuest.start("serial-login")
        cls.addClassCleanup(cls.debian.remove)

    @needs_guests
    def test_the_login_of_a_real_system(self):
        name = self.debian.name
        app = self.start_app(
            *("--connect", self.uri, "--show-domain-console", name), window=re.escape(name)
        )
        window = app.window(re.escape(name))
        window.find("button", "Consoles").click()
        app.find("radio menu item|check menu item|menu item", "Serial 1").click()
        terminal = app.find("terminal", f"Serial 1 of {name}", timeout=LONG)

        def shows(text, timeout=LONG):
            wait_for(f"“{text}”", lambda: text in terminal.text, timeout)

        shows("login:", 240)
        terminal.click()
        type_text("guest\n")
        shows("Password:")
        type_text("posada\n")
        shows("$", LONG)
        self.assertNotIn("posada\n", terminal.text.split("Password:")[1])
        type_text("echo $USER at $(tty) $((6 * 7))\n")
        shows("guest at /dev/ttyS0 42")
        # Keys of no letter. What comes before the shell has handed its terminal over is torn in
        # two, so the word is waited for, which differs from what was typed.
        type_text("echo la''ter; cat -v\n")
        shows("later")
        keys("Up", "ctrl+b")
        type_text("ñ\n")
        wait_for("the keys", lambda: "^[[A^B" in terminal.text or "^[OA^B" in terminal.text)
        keys("ctrl+c")
        self.debian.wait_for_agent()
        type_text("logout\n")
        wait_for("the next login", lambda: terminal.text.rstrip().endswith("login:"), LONG)
