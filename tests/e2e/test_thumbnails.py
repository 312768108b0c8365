"""Small pictures of guests' screens: on hover, and not at all if the user wants none."""

import re

import screen
from guest_screen import VNC, ScreenTest
from harness import keys, needs_guests, wait_for
from journey import LONG

TAKEN = "taking a picture of a guest’s screen"


class Thumbnails(ScreenTest):
    def taken(self, app):
        """How many pictures were asked for."""
        app.log.flush()
        with open(app.log.name, errors="replace") as file:
            return file.read().count(TAKEN)

    @needs_guests
    def test_a_picture_comes_where_the_pointer_rests(self):
        screen.move_to(5, 5)
        name = self.guest(VNC)
        app = self.start_app("--connect", self.uri, POSADA_LOG="posada=debug")
        row = app.find("list item", re.escape(name), LONG)
        wait_for("the guest's program", lambda: "ready" in self.written(), LONG)
        self.assertEqual(self.taken(app), 0, "nobody has looked")
        x, y = row.steady_centre()
        screen.move_to(x - 4, y)
        screen.move_to(x, y)
        app.find("label", f"Screen of “{name}”", LONG)
        app.find("image", f"Screen of “{name}”")
        self.screenshot("thumbnail-hover")
        seen = self.taken(app)
        self.assertEqual(seen, 1)
        wait_for("another one while it is shown", lambda: self.taken(app) > seen, 20)
        screen.move_to(5, 5)
        app.gone("label", f"Screen of “{name}”")
        self.still(app)
        # The pointer on a guest that is off shows nothing.
        self.virsh("destroy", name)
        wait_for("it to be off", lambda: "Off" in row.description)
        before = self.taken(app)
        screen.move_to(x - 4, y)
        screen.move_to(x, y)
        self.still(app)
        self.assertEqual(self.taken(app), before)

    def still(self, app):
        """Nothing is asked for during more than the time between two pictures."""
        at_most = self.taken(app) + 1  # one may be due
        try:
            wait_for("more pictures", lambda: self.taken(app) > at_most, 11)
        except AssertionError:
            return
        self.fail("pictures are taken though none is shown")

    @needs_guests
    def test_no_picture_is_taken_if_none_is_wanted(self):
        screen.move_to(5, 5)
        name = self.guest(VNC)
        app = self.start_app("--connect", self.uri, POSADA_LOG="posada=debug")
        row = app.find("list item", re.escape(name), LONG)
        keys("ctrl+comma")
        dialog = app.find("dialog", "Preferences")
        switch = dialog.find("switch|check box", "Show pictures of guests’ screens").show()
        self.assertTrue(switch.checked)
        switch.click()
        wait_for("it to be off", lambda: not switch.checked)
        self.screenshot("thumbnail-preferences")
        keys("Escape")
        app.gone("dialog", "Preferences")
        x, y = row.steady_centre()
        screen.move_to(x - 4, y)
        screen.move_to(x, y)
        app.find("list item", re.escape(name)).click(count=2)
        window = app.window(re.escape(name))
        app.find("image", f"Screen of {name}", timeout=LONG)
        keys("ctrl+alt", "alt+2")
        # An icon leads to the console instead.
        window.find("button", "Open Console", LONG)
        self.screenshot("thumbnail-icon")
        self.still(app)
        self.assertEqual(self.taken(app), 0)
        window.find("button", "Open Console").click()
        app.find("image", f"Screen of {name}", timeout=LONG)
