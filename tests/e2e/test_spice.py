"""A guest's screen over SPICE, by every way there is to it."""

import base64
import io
import os
import re
import subprocess
from pathlib import Path

import journey
import screen
import sshd
from debian_guest import SPICE as SPICE_AGENT
from debian_guest import DebianGuest
from guest_screen import TABLET, ScreenTest
from harness import WindowTest, keys, needs_guests, type_text, wait_for
from journey import LONG
from PIL import Image

SPICE = "<graphics type='spice' {more}>{listen}</graphics><video><model type='qxl'/></video>"
NOWHERE = "<listen type='none'/>"
LOOPBACK = "<listen type='address' address='127.0.0.1'/>"


def spice(listen=NOWHERE, more=""):
    return SPICE.format(listen=listen, more=more) + TABLET


class Spice(ScreenTest):
    @needs_guests
    def test_spice_by_libvirts_own_way(self):
        name = self.guest(spice())
        app, window = self.open(name)
        self.screen(app, name)
        self.arrives("a", "1e 9e", lambda: type_text("a"))
        self.arrives("the chord", "1d 38 9d b8", lambda: keys("ctrl+alt"))
        journey.original_size(app, window)
        journey.same_screen(app, self.uri, name)
    @needs_guests
    def test_spice_over_ssh_goes_through_a_tunnel_for_each_channel(self):
        server, uri = self.far()
        name = self.guest(spice(LOOPBACK, "autoport='yes'"))
        app = self.start_app(
            *("--connect", uri, "--show-domain-console", name), window=re.escape(name), PATH=server.path
        )
        self.screen(app, name)
        self.arrives("a", "1e 9e", lambda: type_text("a"))
        told = subprocess.run(["ps", "-eo", "args", "-ww"], capture_output=True, text=True).stdout
        # Main, display, inputs and cursor.
        self.assertEqual(len(re.findall(r"^\S*ssh .*-W 127\.0\.0\.1:59\d\d", told, re.M)), 4)
        keys("ctrl+alt")
        journey.original_size(app, app.window(re.escape(name)))
        journey.same_screen(app, self.uri, name)

    @needs_guests
    def test_spice_asks_for_a_password_until_it_is_right(self):
        server, uri = self.far()
        name = self.guest(spice(LOOPBACK, "autoport='yes' passwd='before'"))
        # Somebody else set another one on the running guest.
        self.virsh("qemu-monitor-command", name, "--hmp", "set_password spice nachher8")
        app = self.start_app(
            *("--connect", uri, "--show-domain-console", name), window=re.escape(name), PATH=server.path
        )
        for typed in ("wrong", "again", "wronger", "nachher8"):
            app.find("label", "The password was not accepted.*", LONG)
            field = app.find("text", "Password")
            wait_for("the keyboard there", lambda: "focused" in field.states and not field.text)
            type_text(typed)
            wait_for("dots for it", lambda: len(field.text) == len(typed))
            app.find("button", "Connect").click()
            wait_for("the answer to be sent", lambda: "showing" not in field.states or not field.text)
        wait_for("the screen", lambda: app.find("button", "Send Keys").enabled, LONG)

    @needs_guests
    def test_the_first_of_two_screens_is_shown(self):
        vnc = "<graphics type='vnc'><listen type='none'/></graphics>"
        name = self.guest(spice() + vnc)
        app, _ = self.open(name)
        self.screen(app, name)
        helpers = [Path(f"/proc/{pid}/cmdline").read_text() for pid in sshd.children(app.pid)]
        self.assertTrue(any("--spice-client" in line for line in helpers), helpers)

    def far(self):
        """This host as one over SSH, and its address."""
        if os.getuid() != 0:
            self.skipTest("an SSH server that lets others in runs as root")
        server = sshd.Server(self.folder)
        self.addCleanup(server.stop)
        server.start()
        key = (self.folder / "host_key.pub").read_text()
        server.known_hosts.write_text(f"[127.0.0.1]:{server.port} {key}")
        keyfile = str(server.key).replace(" ", "%20")
        return server, f"qemu+ssh://root@127.0.0.1:{server.port}/system?keyfile={keyfile}"


class Agent(WindowTest):
    """What a guest's SPICE agent does, seen from inside a Debian guest."""

    @classmethod
    def setUpClass(cls):
        cls.debian = DebianGuest.start("spice-agent", SPICE_AGENT)
        cls.addClassCleanup(cls.debian.remove)
        cls.debian.wait_for_screen()

    def open(self, **more):
        name = self.debian.name
        app = self.start_app(
            *("--connect", self.uri, "--show-domain-console", name), window=re.escape(name), **more
        )
        shown = app.find("image", f"Screen of {name}", timeout=LONG)
        return app, app.window(re.escape(name)), shown

    def copy_here(self, text):
        """Another program of the user's has copied this."""
        owner = subprocess.Popen(
            ["xclip", "-i", "-quiet", "-selection", "clipboard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        owner.stdin.write(text.encode())
        owner.stdin.close()
        self.addCleanup(owner.wait)
        self.addCleanup(owner.terminate)

    def pasted_here(self):
        done = subprocess.run(
            ["xclip", "-o", "-selection", "clipboard"], capture_output=True, timeout=20
        )
        return done.stdout.decode()

    def copy_there(self, text):
        self.debian.run(
            "su guest -c 'DISPLAY=:0 xclip -i -selection clipboard >/dev/null 2>&1'",
            input_data=text,
        )

    def pasted_there(self):
        return self.debian.at_screen("timeout 10 xclip -o -selection clipboard", check=False)

    @needs_guests
    def test_texts_go_to_and_fro_while_the_guest_has_the_keyboard(self):
        self.copy_here("from here: ñ €\nand more")
        app, _, shown = self.open()
        shown.click()
        app.find("label", "Press Ctrl\\+Alt to release .*")
        wait_for("the text there", lambda: self.pasted_there() == "from here: ñ €\nand more", LONG)
        self.copy_there("from there: ¿qué?\n2")
        wait_for("the text here", lambda: self.pasted_here() == "from there: ¿qué?\n2", LONG)

        # Elsewhere it stays elsewhere.
        keys("ctrl+alt")
        app.find("label", "Click the screen, or press Enter on it.*")
        self.copy_here("a secret")
        self.assertNotIn("secret", self.pasted_there())
        self.copy_there("written meanwhile")
        self.assertEqual(self.pasted_here(), "a secret")
        # What was copied last goes over with the focus.
        shown.click()
        wait_for("the later text", lambda: self.pasted_here() == "written meanwhile", LONG)

    def prefer(self, app, choice):
        """When the clipboard is shared, by the preferences."""
        keys("ctrl+comma")
        app.find("dialog", "Preferences")
        journey.choose(app, "Share clipboard", choice)
        keys("Escape")
        app.gone("dialog", "Preferences")

    @needs_guests
    def test_the_clipboard_goes_over_as_the_user_chose(self):
        self.copy_here("first")
        app, window, shown = self.open()
        shown.click()
        app.find("label", "Press Ctrl\\+Alt to release .*")
        wait_for("the text there", lambda: self.pasted_there() == "first", LONG)
        keys("ctrl+alt")
        app.find("label", "Click the screen.*")

        # Always: whatever has the focus.
        self.prefer(app, "Always")
        self.copy_here("not looking")
        wait_for("the text there", lambda: self.pasted_there() == "not looking", LONG)
        self.copy_there("from there, unseen")
        wait_for("the text here", lambda: self.pasted_here() == "from there, unseen", LONG)

        # View only: nothing goes to the guest, whatever is chosen.
        app.choose(window, "View Only")
        app.find("label", "View only: nothing is sent to the guest")
        self.copy_here("kept back")
        self.assertNotIn("kept back", self.pasted_there())
        window.find("button|toggle button", "Main Menu").click()
        give = app.find("menu item", "Give Clipboard to Guest")
        self.assertFalse(give.enabled)
        app.find("menu item", "Sound and Sharing").click()
        for item in ("Send Files…", "USB Devices…", "Share a Folder….*"):
            self.assertFalse(app.find("menu item", item).enabled, item)
        keys("Escape", "Escape")
        app.choose(window, "View Only")
        wait_for("the text there", lambda: self.pasted_there() == "kept back", LONG)

        # By the menu alone.
        keys("ctrl+alt")
        app.find("label", "Click the screen.*")
        self.prefer(app, "Only by the menu")
        self.copy_here("by hand")
        shown.click()
        app.find("label", "Press Ctrl\\+Alt to release .*")
        self.assertNotIn("by hand", self.pasted_there())
        app.choose(window, "Give Clipboard to Guest")
        app.find("label", "Clipboard given to the guest")
        wait_for("the text there", lambda: self.pasted_there() == "by hand", LONG)
        self.copy_there("back by hand")
        self.assertNotEqual(self.pasted_here(), "back by hand")
        app.choose(window, "Copy Guest’s Clipboard")
        wait_for("the text here", lambda: self.pasted_here() == "back by hand", LONG)

    @needs_guests
    def test_pictures_go_to_and_fro(self):
        picture = Image.new("RGB", (40, 30), (200, 30, 90))
        picture.putpixel((3, 4), (1, 2, 3))
        file = self.folder / "picture.png"
        picture.save(file)
        owner = subprocess.Popen(
            ["xclip", "-i", "-quiet", "-selection", "clipboard", "-t", "image/png", file],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(owner.wait)
        self.addCleanup(owner.terminate)
        app, _, shown = self.open()
        shown.click()
        app.find("label", "Press Ctrl\\+Alt to release .*")
        paste = "timeout 10 xclip -o -selection clipboard -t image/png | base64 -w0"
        arrived = wait_for("the picture there", lambda: self.debian.at_screen(paste, check=False), LONG)
        arrived = base64.b64decode(arrived)
        self.assertEqual(list(Image.open(io.BytesIO(arrived)).convert("RGB").getdata()), list(picture.getdata()))

        other = picture.rotate(180)
        other.save(file)
        self.debian.run(
            "base64 -d >/tmp/other.png; chmod 644 /tmp/other.png; su guest -c"
            " 'DISPLAY=:0 xclip -i -selection clipboard -t image/png /tmp/other.png >/dev/null 2>&1'",
            input_data=base64.b64encode(file.read_bytes()).decode(),
        )

        def here():
            done = subprocess.run(
                ["xclip", "-o", "-selection", "clipboard", "-t", "image/png"],
                capture_output=True,
                timeout=20,
            )
            return done.stdout == file.read_bytes()

        wait_for("the picture here", here, LONG)

    @needs_guests
    def test_the_guest_takes_the_size_of_the_window(self):
        app, window, shown = self.open()
        app.choose(window, "Resize Guest")

        def fits():
            # The size of the virtual screen, which a desktop would follow.
            outputs = self.debian.at_screen("xrandr")
            preferred = re.search(r"\s(\d+)x(\d+)\s.*\+", outputs)
            wanted = shown.extents()[2:]
            if tuple(map(int, preferred.groups())) != wanted:
                raise LookupError(f"{preferred[0].strip()} instead of {wanted}")
            return True

        wait_for("the window's size", fits, LONG)
        screen.resize(screen.windows_of(app.pid)[0], 700, 560)
        wait_for("a smaller screen", lambda: shown.extents()[2] <= 700)
        wait_for("the smaller size", fits, LONG)
        self.debian.at_screen("xrandr --output Virtual-1 --auto")
        journey.same_screen(app, self.uri, self.debian.name)
        self.assertEqual(journey.guest_picture(self.uri, self.debian.name).size, shown.extents()[2:])
