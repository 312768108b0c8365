"""Key combinations of the user's own: pressed or named, kept, sent, removed."""

import re

from guest_screen import ScreenTest
from harness import keys, needs_guests, type_text, wait_for
from journey import LONG


class Chords(ScreenTest):
    def show(self, app, window):
        window.find("button|toggle button", "Send Keys").click()
        app.find("menu item", "Custom Combination…").click()
        return app.find("dialog", "Key Combinations")

    @needs_guests
    def test_a_combination_is_pressed_kept_sent_and_removed(self):
        name = self.guest()
        app, window = self.open(name)
        self.screen(app, name)
        keys("ctrl+alt")
        dialog = self.show(app, window)
        press = dialog.find("toggle button", "Press Keys")
        wait_for("it to listen", lambda: press.checked or press.click() is None)
        keys("ctrl+shift+F5")
        entry = dialog.find("text")
        wait_for("their names", lambda: entry.text == "Ctrl+Shift+F5")
        keys("Return")
        dialog.find("list item", "Ctrl\\+Shift\\+F5")

        # By name, with a mistake first.
        wait_for("an empty field", lambda: not entry.text)
        type_text("alt+hom")
        keys("Return")
        dialog.find("label", "There is no key “hom”\\..*")
        keys("BackSpace", "BackSpace", "BackSpace")
        dialog.gone("label", "There is no key.*")
        type_text("Home")
        keys("Return")
        dialog.find("list item", "Alt\\+Home")
        self.screenshot("chords")
        keys("Escape")
        app.gone("dialog", "Key Combinations")

        def send(chord):
            def choose():
                window.find("button|toggle button", "Send Keys").click()
                app.find("menu item", re.escape(chord)).click()

            return choose

        self.arrives("the pressed ones", "1d 2a 3f bf aa 9d", send("Ctrl+Shift+F5"))
        self.arrives("the named ones", "38 e0 47 e0 c7 b8", send("Alt+Home"))

        # They are there at the next start, until they are removed.
        app.stop()
        app, window = self.open(name)
        app.find("image", f"Screen of {name}", timeout=LONG)
        keys("ctrl+alt")
        dialog = self.show(app, window)
        dialog.find("button", "Remove Ctrl\\+Shift\\+F5").click()
        dialog.gone("list item", "Ctrl\\+Shift\\+F5")
        keys("Escape")
        app.gone("dialog", "Key Combinations")
        window.find("button|toggle button", "Send Keys").click()
        app.find("menu item", "Alt\\+Home")
        app.gone("menu item", "Ctrl\\+Shift\\+F5")
