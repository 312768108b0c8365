"""An installation to its end: the guest restarts from its disk, the medium is out."""

import os
import signal

import journey
import media
from harness import WindowTest, keys, needs_guests, virsh, wait_for
from journey import LONG


class Install(WindowTest):
    session = True

    def installing(self, what="install"):
        """A guest whose installer waits for a key."""
        self.folder.chmod(0o755)
        iso = media.iso(self.folder / "small.iso")
        name = self.unique(what)
        app = self.start_app("--connect", self.uri, iso)
        journey.review(app, name)
        journey.create(app, name)
        self.shows(name, media.INSTALLING)
        now = journey.definition(self.uri, name)
        self.assertEqual(journey.sources(now, "cdrom"), [str(iso)], "in while it installs")
        then = journey.definition(self.uri, name, "--inactive")
        self.assertEqual(journey.sources(then, "cdrom"), [None])
        return app, name

    def shows(self, name, colour):
        def filled():
            picture = journey.guest_picture(self.uri, name)
            count, most = max(picture.getcolors(1 << 24))
            return most == colour and count > picture.width * picture.height * 0.9

        wait_for(f"{name} all {colour}", filled, LONG)

    def installed(self, name):
        """Waits until the installed system runs and no medium is left."""
        self.shows(name, media.INSTALLED)
        self.assertEqual(journey.state(self.uri, name), "running")
        for flags in [(), ("--inactive",)]:
            wait_for(
                f"no medium {flags}",
                lambda: journey.sources(journey.definition(self.uri, name, *flags), "cdrom") == [None],
            )

    @needs_guests
    def test_an_installation_to_its_end(self):
        app, name = self.installing()
        app.find("image", f"Screen of {name}", timeout=LONG).click()
        keys("Return")
        self.installed(name)
        # Off and on again, it starts from its disk.
        virsh(self.uri, "destroy", name)
        app.find("button", "Start", timeout=LONG).click()
        wait_for("it running", lambda: journey.state(self.uri, name) == "running", LONG)
        self.shows(name, media.INSTALLED)

    @needs_guests
    def test_an_installation_ends_also_when_the_program_does(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            app, name = self.installing(how.name)
            os.kill(app.pid, how)
            app.wait()
            virsh(self.uri, "send-key", name, "KEY_ENTER")
            self.installed(name)
            virsh(self.uri, "destroy", name)
