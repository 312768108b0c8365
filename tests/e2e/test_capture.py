"""Who has keyboard and pointer: seen, heard, and always given back."""

import ctypes
import subprocess
import sys
from pathlib import Path

import screen
from guest_screen import TABLET, VNC, ScreenTest
from harness import keys, needs_guests, type_text, wait_for
from journey import LONG

FREE = "Click the screen, or press Enter on it.*"
HELD = "Press Ctrl\\+Alt to release the keyboard"


class Capture(ScreenTest):
    def listen(self):
        """What is announced from now on."""
        file = self.folder / "announced"
        reader = subprocess.Popen([sys.executable, Path(__file__).with_name("announced.py"), file])
        self.addCleanup(reader.wait)
        self.addCleanup(reader.kill)
        told = lambda: file.read_text().split("\n") if file.exists() else []  # noqa: E731
        wait_for("somebody who listens", lambda: "ready" in told())
        return told

    @needs_guests
    def test_it_is_announced_and_a_screen_reader_gives_it_back(self):
        told = self.listen()
        name = self.guest("<graphics type='vnc'><listen type='none'/></graphics>" + TABLET)
        app, window = self.open(name)
        shown = self.screen(app, name)
        held = "The guest has the keyboard. Press Ctrl+Alt to release"
        wait_for("that it is said", lambda: any(line.startswith(held) for line in told()))
        # Not by keys, which the guest has, but as assistive technology does it.
        before = self.keyboard()
        window.find("button", "Release").act()
        app.find("label", "Click the screen.*")
        free = "The guest no longer has the keyboard"
        wait_for("that it is said", lambda: free in told())
        window.gone("button", "Release")
        type_text("x")
        # By keyboard alone there and back.
        wait_for("the focus", lambda: "focused" in shown.states)
        keys("Return")
        window.find("button", "Release")
        self.assertEqual(self.keyboard(), before)
        self.arrives("a", "1e 9e", lambda: type_text("a"))
        # A menu that is opened in any way takes it back too.
        window.find("toggle button", "Main Menu").act()
        window.gone("button", "Release")
        self.assertEqual(told().count(free), 2, told())
        # So is what shows in passing only.
        keys("Escape")
        window.find("button", "Full Screen").act()
        hint = app.find("label", "Move the pointer to the top edge.*").name
        wait_for("that it is said", lambda: hint in told())

    @needs_guests
    def test_a_window_that_opens_does_not_take_the_pointer(self):
        name = self.guest(VNC)
        app, window = self.open(name)
        shown = app.find("image", f"Screen of {name}", timeout=LONG)
        wait_for("the guest's program", lambda: "ready" in self.written(), LONG)
        app.find("label", f"{HELD}\\. Click the screen to give the pointer to the guest too", LONG)
        mice = lambda: [word for word in self.written().split() if word.startswith("m")]  # noqa: E731
        before = mice()
        x, y = shown.centre()
        for step in range(5):
            screen.move_to(x + 20 * step, y)
        # The keys that come after it show that nothing is on its way.
        self.arrives("a", "1e 9e", lambda: type_text("a"))
        self.assertEqual(mice(), before)
        shown.click()
        app.find("label", "Press Ctrl\\+Alt to release keyboard and pointer")
        screen.move_to(x + 40, y)
        wait_for("a movement", lambda: mice() != before)
        keys("ctrl+alt")
        app.find("label", "Click the screen to give keyboard and pointer to the guest")

    @needs_guests
    def test_a_desktop_that_keeps_its_shortcuts_is_told_of_once(self):
        name = self.guest()
        app, window = self.open(name)
        wait_for("the guest's program", lambda: "ready" in self.written(), LONG)
        shown = app.find("image", f"Screen of {name}", timeout=LONG)
        keys("ctrl+alt")
        app.find("label", "Click the screen.*")
        # As a desktop's own grab would be in the way.
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        display = ctypes.c_void_p(x11.XOpenDisplay(None))
        root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
        taken = lambda: x11.XGrabKeyboard(display, root, 0, 1, 1, ctypes.c_ulong(0)) == 0 or None  # noqa: E731
        wait_for("the keyboard", taken)
        shown.click()
        app.find("label", "This desktop keeps its own shortcuts.*")
        x11.XUngrabKeyboard(display, ctypes.c_ulong(0))
        x11.XCloseDisplay(display)
