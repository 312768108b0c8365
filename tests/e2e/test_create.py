"""A guest from an ISO with mouse and keyboard: made, seen, typed into, deleted."""

import os
import re
import shutil

import journey
import screen
from harness import RESCUE_ISO, WindowTest, keys, needs_guests, type_text, virsh, wait_for
from journey import LONG


class CreateFromIso(WindowTest):
    session = True

    @needs_guests
    def test_the_whole_way(self):
        name = self.unique("rescue")
        app = self.start_app("--connect", self.uri, folder=RESCUE_ISO.parent)
        app.find("button", "New Guest|Create Guest", timeout=LONG).click()
        journey.choose_file(app, RESCUE_ISO)
        journey.step(app)
        app.find("text", "Search.*")
        journey.step(app)
        app.find("spin button", "Memory").type("300")
        journey.review(app, name)
        window = journey.create(app, name)

        # What libvirt has.
        now = journey.definition(self.uri, name)
        then = journey.definition(self.uri, name, "--inactive")
        self.assertEqual(now.get("type"), "qemu")
        self.assertEqual(int(then.findtext("memory")), 300 * 1024)
        self.assertEqual(journey.sources(now, "cdrom"), [str(RESCUE_ISO)])
        self.assertEqual(journey.sources(then, "cdrom"), [None], "the medium is out at the next start")
        (disk,) = journey.sources(then, "disk")
        self.assertTrue(disk.endswith(f"/{name}.qcow2"), disk)
        self.assertIn(disk, virsh(self.uri, "vol-list", "default"))
        system = then.find(".//{http://libosinfo.org/xmlns/libvirt/domain/1.0}os")
        self.assertIsNone(system, "no system is claimed for an unknown medium")

        # Its screen in the window is its screen.
        app.find("image", f"Screen of {name}", timeout=LONG)
        journey.original_size(app, window)
        wait_for("GRUB's menu", lambda: journey.colours(journey.guest_picture(self.uri, name)) > 1, LONG)
        keys("c")
        before = journey.same_screen(app, self.uri, name)

        # Keys typed in the window arrive in the guest.
        type_text("echo posada")
        after = wait_for(
            "the typed text",
            lambda: (lambda p: p if screen.same_pixels(p, before) < 0.9995 else None)(
                journey.guest_picture(self.uri, name)
            ),
            LONG,
        )
        self.assertEqual(after.size, before.size)
        journey.same_screen(app, self.uri, name)

        # The guest switches itself off, told so by keyboard.
        keys("Return")
        type_text("halt")
        keys("Return")
        wait_for("the guest off", lambda: journey.state(self.uri, name) == "shut off", LONG)
        window.find("button", "Start", timeout=LONG)

        # Delete it with its disk, from the list.
        keys("ctrl+w")
        app.gone("frame", name)
        app.find("list item", name).click()
        app.find("button", "Delete…").click()
        dialog = app.find("dialog")
        dialog.find("label", re.escape(disk))
        tick = dialog.find("check box", r"sda \(.*\)")
        self.assertFalse(tick.checked, "a disk is kept unless ticked")
        tick.click()
        dialog.find("button", "Delete .*").click()
        wait_for("no guest", lambda: name not in virsh(self.uri, "list", "--all", "--name"), LONG)
        wait_for("no volume", lambda: name not in virsh(self.uri, "vol-list", "default"), LONG)
        self.assertFalse(os.path.exists(disk))
        app.gone("list item", name)

    @needs_guests
    def test_a_name_with_everything_in_it(self):
        folder = self.folder / "Mañana & <más>"
        folder.mkdir()
        iso = folder / "it's \"a\" disc; зал.iso"
        shutil.copy(RESCUE_ISO, iso)
        # Readable for the system's hypervisor, so that nothing is copied.
        for path in (self.folder, folder):
            path.chmod(0o755)
        iso.chmod(0o644)
        name = self.unique("hostile")
        app = self.start_app("--connect", self.uri, iso)
        journey.review(app, name)
        journey.create(app, name)
        self.assertEqual(journey.sources(journey.definition(self.uri, name), "cdrom"), [str(iso)])
        self.assertEqual(iso.stat().st_uid, os.getuid(), "nobody's file changes hands")

    @needs_guests
    def test_a_guest_can_be_forced_off(self):
        name = self.unique("forced")
        app = self.start_app("--connect", self.uri, RESCUE_ISO)
        journey.review(app, name)
        window = journey.create(app, name)
        window.find("button", "More Power Actions").click()
        app.find("menu item|button", "Force Off.*").click()
        app.find("button", "Force Off").click()
        wait_for("the guest off", lambda: journey.state(self.uri, name) == "shut off", LONG)


class CreateForTheSystem(WindowTest):
    """What only the system's libvirt, with a hypervisor of its own user, shows."""

    @needs_guests
    def test_a_file_in_a_closed_folder_is_copied(self):
        if self.uri != "qemu:///system":
            self.skipTest("only the system's hypervisor is another user")
        iso = self.folder / "closed.iso"
        shutil.copy(RESCUE_ISO, iso)
        self.folder.chmod(0o700)
        name = self.unique("closed")
        app = self.start_app("--connect", self.uri, iso)
        app.find("button", "Copy and Continue", timeout=LONG).click()
        journey.review(app, name)
        journey.create(app, name)
        (medium,) = journey.sources(journey.definition(self.uri, name), "cdrom")
        self.assertTrue(medium.startswith("/var/lib/libvirt/images/"), medium)
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)
        self.assertEqual(iso.stat().st_uid, 0)
        self.addCleanup(virsh, self.uri, "vol-delete", medium, check=False)
