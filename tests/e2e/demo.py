"""The main job with no hands: a picture of each step.

Called by `build-aux/dev demo`, which gives it a screen, a libvirt and, in
POSADA_DEMO_DIR, a folder.
"""

import os
import sys
from pathlib import Path

import journey
import screen
from harness import RESCUE_ISO, WindowTest, default_uri, keys, type_text, wait_for
from journey import LONG

FOLDER = Path(os.environ.get("POSADA_DEMO_DIR", "target/demo"))


class Demo(WindowTest):
    """Borrows the tests' surroundings: a home of its own, and cleaning up."""

    taken = 0

    def picture(self, name):
        self.taken += 1
        file = FOLDER / f"{self.taken:02}-{name}.png"
        screen.screenshot(file)
        print(f"  {file.name}", flush=True)

    def runTest(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        for old in FOLDER.glob("*.png"):
            old.unlink()
        name = self.unique("first-guest")
        app = self.start_app("--connect", self.uri, folder=RESCUE_ISO.parent)
        button = app.find("button", "New Guest|Create Guest", timeout=LONG)
        self.picture("host")
        button.click()
        app.find("button", "Choose File…")
        self.picture("source")
        journey.choose_file(app, RESCUE_ISO)
        self.picture("source-chosen")
        journey.step(app)
        app.find("text", "Search.*")
        self.picture("system")
        journey.step(app)
        app.find("radio button", "New disk")
        self.picture("resources")
        journey.review(app, name)
        self.picture("review")
        window = journey.create(app, name)
        app.find("image", f"Screen of {name}", timeout=LONG)
        wait_for("GRUB's menu", lambda: journey.colours(journey.guest_picture(self.uri, name)) > 1, LONG)
        self.picture("console")
        journey.original_size(app, window)
        keys("c")
        journey.same_screen(app, self.uri, name)
        type_text("echo Hello from Posada")
        journey.same_screen(app, self.uri, name)
        self.picture("typed")
        window.find("page tab|radio button|toggle button", "Overview").click()
        app.find("label", "Notes.*|State.*")
        self.picture("overview")
        window.find("page tab|radio button|toggle button", "Console").click()
        app.find("image", f"Screen of {name}").click()
        keys("Return")
        type_text("halt")
        keys("Return")
        wait_for("the guest off", lambda: journey.state(self.uri, name) == "shut off", LONG)
        window.find("button", "Start", timeout=LONG)
        self.picture("off")


def main():
    demo = Demo()
    result = demo.defaultTestResult()
    print(f"A guest from {RESCUE_ISO} on {default_uri()}:")
    demo.run(result)
    for _, text in result.errors + result.failures:
        print(text, file=sys.stderr)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
