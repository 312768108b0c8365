"""The assistant's ways besides the ISO: an existing disk image."""

import re

import journey
import media
from harness import WindowTest, needs_guests, virsh
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
        app = self.start_app("--connect", self.uri, *arguments)
        if not arguments:
            app.find("button", "New Guest|Create Guest", timeout=LONG).click()
        app.find("radio button|check box", "Installation image.*", timeout=LONG)
        return app


class Images(Assistant):
    def imported(self, app, name, form, path):
        journey.review(app, name)
        journey.create(app, name)
        self.assertEqual(journey.state(self.uri, name), "running")
        for flags in [(), ("--inactive",)]:
            definition = journey.definition(self.uri, name, *flags)
            self.assertEqual(disks(definition), [(form, str(path))])
            self.assertEqual(journey.sources(definition, "cdrom"), [None])
        virsh(self.uri, "destroy", name)

    @needs_guests
    def test_images_are_used_where_they_are(self):
        for form in ("qcow2", "raw", "vmdk", "vdi"):
            image = media.disk(self.folder / f"disk.{form}", form)
            app = self.begin(image)
            app.find("label", re.escape(image.name))
            self.imported(app, self.unique(form), form, image)
            app.stop()
