"""A guest's screen: keys by their place, the pointer, pages with nothing to show."""

import re
import subprocess

import journey
import screen
from PIL import Image
from guest_screen import VNC, ScreenTest
from harness import keys, needs_guests, type_text, wait_for
from journey import LONG


class Console(ScreenTest):
    @needs_guests
    def test_keys_arrive_by_their_place_until_the_chord(self):
        name = self.guest()
        app, window = self.open(name)
        self.screen(app, name)
        self.arrives("a", "1e 9e", lambda: type_text("a"))
        self.addCleanup(subprocess.run, ["setxkbmap", "us"], check=True)
        subprocess.run(["setxkbmap", "fr"], check=True)
        # The French A is where others have the Q.
        self.arrives("the key at that place", "10 90", lambda: keys("a"))

        def send(*path):
            def choose():
                window.find("button|toggle button", "Send Keys").click()
                for item in path:
                    app.find("menu item", re.escape(item)).click()

            return choose

        self.arrives("the three keys", "1d 38 e0 53 e0 d3 b8 9d", send("Ctrl+Alt+Delete"))
        self.arrives("a function key", "3f bf", send("Function Keys", "F5"))
        self.arrives("a text console", "1d 38 3d bd b8 9d", send("Text Consoles", "Ctrl+Alt+F3"))

        # The chord itself arrives too; what follows it does not.
        self.arrives("the chord", "1d 38 9d b8", lambda: keys("ctrl+alt"))
        app.find("label", "Click the screen, or press Enter on it.*|Click the screen to give.*")

        def outside_and_in():
            keys("F6")
            app.find("image", f"Screen of {name}").click()
            app.find("label", "Press Ctrl\\+Alt to release .*")
            keys("F7")

        self.arrives("only what came after the click", "41 c1", outside_and_in)

    @needs_guests
    def test_full_screen_and_a_picture_of_it(self):
        name = self.guest()
        app, window = self.open(name)
        shown = self.screen(app, name)
        keys("ctrl+alt")
        app.find("label", "Click the screen.*")
        shown.settle()
        before = shown.extents()
        window.find("button", "Full Screen").click()
        wait_for("a larger screen", lambda: shown.extents()[3] > before[3])
        app.gone("page tab", "Overview")
        wait_for("nothing around it", lambda: shown.extents() == screen.geometry(window.window))
        # The bar comes where the pointer meets the edge.
        left, _, width, height = shown.extents()
        screen.move_to(left + width // 2, height // 2)
        screen.move_to(left + width // 2, 0)
        app.find("page tab", "Overview")
        window.find("button", "Leave Full Screen").click()
        wait_for("the window as it was", lambda: shown.extents()[3] == before[3])

        app.choose(window, "Save Screenshot…")
        dialog = app.find("dialog|frame|file chooser", "Save Screenshot")
        dialog.find("text").focus()
        keys("ctrl+a")
        file = self.folder / "picture.png"
        type_text(str(file))
        keys("Return")
        app.find("label", "Screenshot saved")
        saved, real = Image.open(file).convert("RGB"), journey.guest_picture(self.uri, name)
        self.assertEqual(saved.size, real.size)
        # A text cursor blinks.
        self.assertGreater(screen.same_pixels(saved, real), 0.9995)

    @needs_guests
    def test_pixels_are_exact_on_a_screen_of_twice_as_many(self):
        name = self.guest()
        kept = self.folder / "home/config/glib-2.0/settings/keyfile"
        kept.parent.mkdir(parents=True)
        kept.write_text("[io/github/posada_vm/Posada]\nconsole-scaling='exact'\n")
        app = self.start_app(
            *("--connect", self.uri, "--show-domain-console", name), window=re.escape(name), GDK_SCALE="2"
        )
        shown = app.find("image", f"Screen of {name}", LONG)
        window = screen.windows_of(app.pid)[0]
        screen.move(window, 0, 0)
        screen.resize(window, 1200, 780)

        def equal():
            picture = journey.guest_picture(self.uri, name)
            place_x, place_y, width, height = shown._bounds()
            frame_x, frame_y, _, _ = app.window(re.escape(name))._bounds()
            left, top, _, _ = screen.geometry(window)
            # In pixels of the screen, two of which are one of the program's.
            x = left + 2 * (place_x - 2 * frame_x) + (2 * width - picture.size[0]) // 2
            y = top + 2 * (place_y - 2 * frame_y) + (2 * height - picture.size[1]) // 2
            share = screen.same_pixels(screen.grab(x, y, *picture.size), picture)
            return share > 0.9995 or (_ for _ in ()).throw(LookupError(f"{share:.5f} agree"))

        wait_for("the guest's pixels, one for one", equal, LONG)

    @needs_guests
    def test_a_guest_keeps_how_its_screen_fits(self):
        name = self.guest()
        app, window = self.open(name)
        app.find("image", f"Screen of {name}", timeout=LONG)

        app.choose(window, "Original Size")
        app.gone("menu", "Main Menu")
        window.find("button|toggle button", "Main Menu").click()
        wait_for("the choice", lambda: app.find("radio menu item|menu item", "Original Size").checked)
        app.stop()
        app, window = self.open(name)
        app.find("image", f"Screen of {name}", timeout=LONG)
        window.find("button|toggle button", "Main Menu").click()
        wait_for("the choice", lambda: app.find("radio menu item|menu item", "Original Size").checked)

    @needs_guests
    def test_a_guest_without_a_tablet_gets_one(self):
        name = self.guest(VNC)
        app, window = self.open(name)
        self.screen(app, name)
        app.find("label", "Press Ctrl\\+Alt to release keyboard and pointer")
        keys("ctrl+alt")
        app.find("label", "Click the screen to give keyboard and pointer to the guest")
        app.find("button", "Add Tablet").click()
        app.find("label", "Tablet added.*", timeout=LONG)
        path = "devices/input[@type='tablet']"
        self.assertIsNotNone(self.definition(name, "--inactive").find(path))
        self.assertIsNotNone(self.definition(name).find(path), "plugged in at once")
        app.gone("button", "Add Tablet")

    @needs_guests
    def test_pages_with_nothing_to_show_offer_what_helps(self):
        name = self.guest(running=False)
        app, window = self.open(name)
        app.find("label", "Guest Off", timeout=LONG)
        page = app.find("label", "Start it to see its screen.").parent
        while not page.find_all("button", "Start"):
            page = page.parent
        page.find("button", "Start").click()
        app.find("image", f"Screen of {name}", timeout=LONG)

        # Off and on again from outside: the screen comes back by itself.
        self.virsh("destroy", name)
        app.find("label", "Guest Off", timeout=LONG)
        app.gone("image", f"Screen of {name}")
        self.virsh("start", name)
        app.find("image", f"Screen of {name}", timeout=LONG)

    @needs_guests
    def test_a_guest_without_graphics_gets_some(self):
        name = self.guest("")
        app, window = self.open(name)
        app.find("label", "No Graphics", timeout=LONG)
        app.find("button", "Add Graphics").click()
        app.find("label", "Graphics added.*", timeout=LONG)
        graphics = self.definition(name, "--inactive").find("devices/graphics")
        self.assertEqual(graphics.get("type"), "vnc")

    @needs_guests
    def test_graphics_that_cannot_be_shown_are_named(self):
        name = self.guest("<graphics type='dbus' p2p='yes'/><video><model type='vga'/></video>")
        app, window = self.open(name)
        app.find("label", "Graphics Not Supported", timeout=LONG)
        app.find("label", ".*“dbus”.*")
        app.find("button", "Add Graphics")

    def copy(self, text):
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
        asked = lambda: subprocess.run(  # noqa: E731
            ["xclip", "-o", "-selection", "clipboard"], capture_output=True
        ).stdout.decode()
        wait_for("the clipboard", lambda: asked() == text)

    @needs_guests
    def test_view_only_sends_nothing(self):
        name = self.guest()
        app, window = self.open(name)
        shown = self.screen(app, name)
        self.arrives("a", "1e 9e", lambda: type_text("a"))
        app.choose(window, "View Only")
        app.find("label", "View only: nothing is sent to the guest")
        before = self.written()
        shown.click()
        type_text("abc")
        keys("Return", "F5")
        window.find("button|toggle button", "Main Menu").click()
        wait_for("the mark", lambda: app.find("menu item|check menu item", "View Only").checked)
        self.assertFalse(app.find("menu item", "Type Clipboard as Keys").enabled)
        keys("Escape")
        # It stays through the guest's restart.
        self.virsh("reset", name)
        self.assertEqual(self.written()[: len(before)], before)
        wait_for("the guest again", lambda: self.written().count("ready") == 2, LONG)
        shown.click()
        type_text("abc")
        app.choose(window, "View Only")
        app.find("label", "Press Ctrl\\+Alt to release .*")
        type_text("x")
        wait_for("the key", lambda: self.written().split("ready")[-1].split()[-2:] == ["2d", "ad"])
        self.assertNotIn("1e", self.written().split("ready")[-1].split())

    @needs_guests
    def test_the_clipboard_is_typed_as_keys(self):
        name = self.guest()
        app, window = self.open(name)
        self.screen(app, name)
        type_it = lambda: app.choose(window, "Type Clipboard as Keys")  # noqa: E731
        self.copy("aB\n")
        self.arrives("two letters and Enter", "1e 9e 2a 30 b0 aa 1c 9c", type_it)

        self.copy("one\ntwo €")
        type_it()
        dialog = app.find("dialog|alert", "Type 9 Letters\\?")
        dialog.find("label", ".*2 lines.*€.*|.*2 lines(.|\\n)*€(.|\\n)*")
        dialog.find("button", "Cancel").click()
        app.gone("dialog|alert", "Type 9 Letters\\?")

        self.copy("x" * 1000)
        before = self.keyboard()
        type_it()
        dialog = app.find("dialog|alert", "Type 1000 Letters\\?")
        dialog.find("button", "Type Text").click()
        app.find("button", "Stop").click()
        app.gone("button", "Stop")
        # What was on its way arrives before what comes next.
        keys("F5")
        typed = lambda: self.keyboard()[len(before) :].split()  # noqa: E731
        wait_for("what comes next", lambda: typed()[-2:] == ["3f", "bf"])
        self.assertEqual(set(typed()[:-2]), {"2d", "ad"})
        self.assertLess(len(typed()), 1900)
