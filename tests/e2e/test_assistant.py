"""What the assistant begins with: images, media, volumes, nothing."""

import os
import re
from pathlib import Path

import journey
import media
import screen
from harness import RESCUE_ISO, WindowTest, keys, needs_guests, virsh, wait_for
from journey import LONG


def disks(domain):
    """Format and path of each disk."""
    found = []
    for disk in domain.iterfind("devices/disk[@device='disk']"):
        source = disk.find("source")
        path = source.get("file") or source.get("volume")
        found.append((disk.find("driver").get("type"), path))
    return found


class Assistant(WindowTest):
    def setUp(self):
        super().setUp()
        # The hypervisor's user may look in.
        self.folder.chmod(0o755)

    def begin(self, *arguments):
        """The program with its assistant open, perhaps on an image."""
        app = self.start_app("--connect", self.uri, *arguments)
        if not arguments:
            app.find("button", "New Guest|Create Guest", timeout=LONG).click()
        app.find("dialog", "New Guest", timeout=LONG)
        return app

    def again(self, app, image):
        """The assistant once more, on another image."""
        second = self.start_app("--connect", self.uri, image, window=None)
        self.assertEqual(second.wait(), 0)
        dialog = app.find("dialog", "New Guest", timeout=LONG)
        # A medium without doubts is past the first page at once.
        dialog.find("label|text", f"{re.escape(image.name)}|Search operating systems", timeout=LONG)
        return dialog

    def pool(self, name="pool", start=True):
        """A pool in this test's folder."""
        name = self.unique(name)
        folder = self.folder / name
        folder.mkdir()
        self.virsh("pool-define-as", name, "dir", "--target", folder)
        if start:
            self.virsh("pool-start", name)
        return name, folder

    def close(self, app):
        """Leaves the assistant, page by page."""

        def left():
            keys("Escape")
            return not app.find_all("dialog", "New Guest")

        wait_for("the assistant closed", left)


class Images(Assistant):
    @needs_guests
    def test_images_are_used_where_they_are(self):
        app = None
        for form in ("qcow2", "raw", "vmdk", "vdi"):
            image = media.disk(self.folder / f"disk.{form}", form)
            if app is None:
                app = self.begin(image)
                app.find("label", re.escape(image.name))
            else:
                self.again(app, image)
            name = self.unique(form)
            journey.review(app, name)
            journey.create(app, name)
            self.assertEqual(journey.state(self.uri, name), "running")
            for flags in [(), ("--inactive",)]:
                definition = journey.definition(self.uri, name, *flags)
                self.assertEqual(disks(definition), [(form, str(image))])
                self.assertEqual(journey.sources(definition, "cdrom"), [None])
            virsh(self.uri, "destroy", name)
            keys("ctrl+w")
            app.gone("frame", name)

    @needs_guests
    def test_an_image_is_copied_into_a_pool(self):
        image = media.disk(self.folder / f"{self.mark}.vmdk", "vmdk")
        before = image.read_bytes()
        pool, folder = self.pool()
        app = self.begin(image)
        app.find("radio button|check box", "Copy into a pool").click()
        journey.choose(app, "Pool for the copy", pool)
        name = self.unique("copied")
        journey.review(app, name)
        app.find("label", re.escape(image.name))
        journey.create(app, name)
        copy = folder / image.name
        definition = journey.definition(self.uri, name)
        self.assertEqual(disks(definition), [("vmdk", str(copy))])
        self.assertIn(image.name, self.virsh("vol-list", pool))
        self.assertEqual(image.read_bytes(), before, "the file stays as it is")

    @needs_guests
    def test_what_an_image_hangs_on_or_lacks_is_said(self):
        base = media.disk(self.folder / "base & <co>.qcow2", "qcow2")
        layer = media.disk(self.folder / "layer.qcow2", "qcow2", "-b", base, "-F", "qcow2")
        app = self.begin(layer)
        app.find("label", "The disk image holds only the differences to another file")
        app.find("label", f"The guest will also open “{re.escape(str(base))}”.*")
        self.close(app)
        broken = self.folder / "broken.qcow2"
        broken.write_bytes(base.read_bytes()[:100])
        self.again(app, broken).find("label", "The disk image is damaged")
        self.close(app)
        packed = self.folder / "packed.qcow2.gz"
        packed.write_bytes(b"\x1f\x8b\x08" + b"\0" * 5000)
        self.again(app, packed).find("label", r"The file is packed \(gzip\)")
        self.close(app)
        # A broken download given from outside stays where its trouble is said,
        # and can be tried all the same.
        cut = self.folder / "cut.iso"
        cut.write_bytes(RESCUE_ISO.read_bytes()[: 1 << 20])
        self.again(app, cut).find("label", "The image is not complete")
        app.find("label", "It has 1 MiB of .*")
        journey.step(app)
        app.find("text", "Search operating systems")


class Media(Assistant):
    @needs_guests
    def test_media_and_disks_of_the_pools(self):
        pool, folder = self.pool()
        iso = media.iso(folder / "small.iso", "Debian 12.5.0 amd64 n")
        base = media.disk(self.folder / "base.qcow2", "qcow2")
        disk = media.disk(folder / "layer.qcow2", "qcow2", "-b", base, "-F", "qcow2")
        self.virsh("pool-refresh", pool)
        app = self.begin()
        app.find("radio button|check box", "small.iso").show().click()
        journey.step(app)
        app.find("label", "Detected from the image")
        name = self.unique("volume")
        journey.review(app, name)
        journey.create(app, name)
        (drive,) = journey.definition(self.uri, name).iterfind("devices/disk[@device='cdrom']")
        source = drive.find("source")
        self.assertIn(str(iso), (source.get("file"), f"{folder}/{source.get('volume')}"))
        virsh(self.uri, "destroy", name)
        keys("ctrl+w")
        app.gone("frame", name)

        app.find("button", "New Guest|Create Guest").click()
        app.find("radio button|check box", "Existing disk image").click()
        app.find("radio button|check box", "layer.qcow2").show().click()
        app.find("label", "The disk image holds only the differences to another file")
        name = self.unique("layer")
        journey.review(app, name)
        journey.create(app, name)
        found = disks(journey.definition(self.uri, name))
        self.assertEqual([form for form, _ in found], ["qcow2"])
        self.assertEqual(Path(found[0][1]).name, disk.name)

    @needs_guests
    def test_nothing_to_begin_with(self):
        app = self.begin()
        app.find("radio button|check box", "No medium").click()
        name = self.unique("empty")
        journey.review(app, name)
        journey.create(app, name)
        definition = journey.definition(self.uri, name)
        self.assertEqual(journey.sources(definition, "cdrom"), [None])
        self.assertEqual(len(disks(definition)), 1)
        self.assertEqual(journey.state(self.uri, name), "running")

    @needs_guests
    def test_a_file_can_be_dropped(self):
        # On the list of guests, and on the assistant.
        app = self.start_app("--connect", self.uri)
        main = app.window("Posada")
        app.find("button", "New Guest|Create Guest", timeout=LONG)
        screen.resize(main.window, 900, 560)
        self.drop(main, RESCUE_ISO)
        dialog = app.find("dialog", "New Guest")
        dialog.find("text", "Search operating systems", timeout=LONG)
        self.close(app)
        app.find("button", "New Guest|Create Guest").click()
        app.find("label", "Nothing chosen yet")
        image = media.disk(self.folder / "disk.qcow2", "qcow2")
        self.drop(main, image)
        app.find("label", "disk.qcow2")
        method = app.find("radio button|check box", "Existing disk image")
        wait_for("what it is", lambda: method.checked)

    def drop(self, window, file):
        """Drags a file from another program onto the middle of the window."""
        self.drag_file(file, window, screen.middle(window.window))
        # Done once it shows; then the keyboard is needed there.
        window.find("dialog", "New Guest")
        screen.activate(window.window)


class TheSessionInstead(Assistant):
    """An ordinary user on the system's libvirt, with a file at home."""

    session = True

    @needs_guests
    def test_the_session_is_offered_for_a_closed_file(self):
        system = os.environ.get("POSADA_SYSTEM_SOCKET")
        if not system:
            self.skipTest("needs an ordinary user whom the system's libvirt lets in")
        iso = media.iso(self.folder / "closed.iso")
        self.folder.chmod(0o700)
        name = self.unique("session")
        app = self.start_app("--connect", f"qemu:///system?socket={system}", iso)
        app.find("radio button|check box", "Use the user session instead", timeout=LONG).show().click()
        app.find("button", "Change Host and Continue").click()
        app.find("text", "Search operating systems", timeout=LONG)
        journey.review(app, name)
        journey.create(app, name)
        self.assertEqual(journey.sources(journey.definition(self.uri, name), "cdrom"), [str(iso)])
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)
        app.find("list item", "User session.*")
