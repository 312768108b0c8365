"""What the assistant lets one decide, and that nothing of a guest not made is left."""

import os
import re
import signal
from pathlib import Path

import journey
import media
import screen
from harness import RESCUE_ISO, keys, needs_guests, virsh, wait_for
from journey import LONG
from test_assistant import Assistant, disks

OSINFO = "{http://libosinfo.org/xmlns/libvirt/domain/1.0}os"


class Choices(Assistant):
    def to_review(self, *arguments):
        app = self.begin(*(arguments or (RESCUE_ISO,)))
        name = self.unique()
        journey.review(app, name)
        return app, name

    def disabled(self, app, button):
        wait_for(f"{button} disabled", lambda: not app.find("button", button).enabled)

    def advanced(self, app, **choices):
        """Chooses under Advanced; underscores in the rows' names are spaces."""
        app.find("list item", "Advanced").show().click()
        app.find("combo box", "Firmware")
        for row, value in choices.items():
            journey.choose(app, row.replace("_", " "), value)
        app.find("button", "Done").click()
        app.find("button", "Create")

    def nothing_left(self, name):
        self.assertNotIn(name, self.virsh("list", "--all", "--name"))
        self.assertNotIn(name, self.virsh("vol-list", "default", check=False))


class Names(Choices):
    session = True

    @needs_guests
    def test_a_name_is_judged_as_it_is_typed(self):
        other = self.unique("taken")
        definition = self.folder / "taken.xml"
        definition.write_text(
            f"<domain type='qemu'><name>{other}</name><memory>65536</memory><os><type>hvm</type></os></domain>"
        )
        self.virsh("define", definition)
        app, _ = self.to_review()
        field = app.find("text", "Name")
        for text, words in [
            ("", "The guest needs a name"),
            ("a/b", "A name cannot have a slash"),
            (".hidden", "The name begins with a dot"),
            (" space", "The name begins or ends with a space"),
            (other, f"There is a guest “{other}” on this host"),
        ]:
            field.type(text)
            app.find("label", re.escape(words))
            self.disabled(app, "Create")
            self.assertFalse(app.find_all("label", "The host cannot run this guest"))
        name = self.unique("<it's> & \"x;$\"")
        field.type(name)
        app.gone("label", "There is a guest .*")
        journey.create(app, name)
        self.assertEqual(journey.definition(self.uri, name).findtext("name"), name)

    @needs_guests
    def test_back_and_forth_keeps_what_was_chosen(self):
        app = self.begin(RESCUE_ISO)
        search = app.find("text", "Search operating systems", timeout=LONG)
        search.type("fedora 41")
        app.find("list item", "Fedora Linux 41").click()
        journey.step(app)
        app.find("spin button", "Memory").type("700")
        app.find("spin button", "Processors").type("3")
        app.find("spin button", "Disk size").show().type("5")
        journey.step(app)
        app.find("text", "Name").type("kept")
        # Back with the button, further with Escape, one page a time.
        app.find("button", "Back").click()
        app.find("spin button", "Memory")
        keys("Escape")
        app.find("text", "Search operating systems")
        app.find("button", "Back").click()
        app.find("label", RESCUE_ISO.name)
        journey.step(app)
        app.find("list item", "Fedora Linux 41.*")
        journey.step(app)
        for name, value in [("Memory", "700"), ("Processors", "3"), ("Disk size", "5")]:
            self.assertEqual(app.find("spin button", name).text, value)
        journey.step(app)
        self.assertEqual(app.find("text", "Name").text, "kept")
        for words in ("Fedora Linux 41", "700 MiB, 3 processors", "New, 5 GiB in .*"):
            app.find("label", words)
        # On from the first page a keyboard alone will do.
        self.close(app)
        self.nothing_left("kept")


class Screens(Choices):
    @needs_guests
    def test_the_screen_speaks_what_was_chosen(self):
        app, name = self.to_review()
        self.advanced(app, Screen="VNC")
        app.find("label", ".*VNC")
        journey.create(app, name)
        devices = journey.definition(self.uri, name).find("devices")
        self.assertEqual(devices.find("graphics").get("type"), "vnc")
        self.assertIsNone(devices.find("channel[@type='spicevmc']"))


class Resources(Choices):
    @needs_guests
    def test_more_than_the_host_has_is_said_and_done(self):
        app = self.begin(RESCUE_ISO)
        journey.step(app)
        cpus = os.sysconf("SC_NPROCESSORS_ONLN") + 1
        memory = app.find("spin button", "Memory")
        memory.type("4000000")
        app.find("label", "More than the host has: .*")
        memory.type("20")
        memory.type("300")
        app.gone("label", "More than the host has: .*")
        app.find("spin button", "Processors").type(str(cpus))
        app.find("label", "More than the host has make the guest slower, not faster.*")
        app.find("spin button", "Disk size").show().type("60000")
        app.find("label", "The pool has only .* free: the guest will stop when that is full.")
        journey.step(app)
        name = self.unique("much")
        app.find("text", "Name").type(name)
        journey.create(app, name)
        definition = journey.definition(self.uri, name)
        self.assertEqual(definition.findtext("vcpu"), str(cpus))
        self.assertEqual(definition.findtext("memory"), str(300 * 1024))

    @needs_guests
    def test_a_pool_that_is_not_started_can_be(self):
        pool, folder = self.pool(start=False)
        image = media.disk(self.folder / f"{self.mark}.qcow2", "qcow2")
        app = self.begin(RESCUE_ISO)
        journey.step(app)
        journey.choose(app, "Pool", f"{pool} (not started)")
        app.find("label", f"The pool “{pool}” is not started: .*")
        self.disabled(app, "Next")
        app.find("button", "Start Pool").show().click()
        app.gone("button", "Start Pool")
        self.assertIn("running", self.virsh("pool-info", pool))
        name = self.unique("pooled")
        journey.review(app, name)
        journey.create(app, name)
        self.assertEqual(disks(journey.definition(self.uri, name)), [("qcow2", f"{folder}/{name}.qcow2")])
        # The same where a file is to be copied into one.
        virsh(self.uri, "destroy", name)
        self.virsh("pool-destroy", pool)
        keys("ctrl+w")
        app.gone("frame", name)
        self.again(app, image)
        app.find("radio button|check box", "Copy into a pool").show().click()
        journey.choose(app, "Pool for the copy", f"{pool} (not started)")
        self.disabled(app, "Next")
        app.find("button", "Start Pool").show().click()
        wait_for("Next", lambda: app.find("button", "Next").enabled)

    @needs_guests
    def test_a_full_pool_takes_everything_back(self):
        pool, folder = self.pool(start=False)
        done = journey.run("mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "none", folder)
        if done.returncode != 0:
            self.skipTest(f"no small disk: {done.stderr}")
        self.addCleanup(journey.run, "umount", folder)
        self.addCleanup(self.virsh, "pool-destroy", pool, check=False)
        self.virsh("pool-start", pool)
        app = self.begin(RESCUE_ISO)
        journey.step(app)
        journey.choose(app, "Pool", pool)
        journey.choose(app, "Format", "raw")
        app.find("label", "The pool has only 8 MiB free: making the disk will fail.")
        name = self.unique("full")
        journey.review(app, name)
        app.find("button", "Create").click()
        # Back where it can be mended, with what went wrong.
        app.find("label", f"“{name}” could not be created", timeout=LONG)
        app.find("spin button", "Memory")
        self.nothing_left(name)
        self.assertEqual(list(folder.iterdir()), [])
        journey.choose(app, "Format", "qcow2")
        app.find("spin button", "Disk size").show().type("1")
        journey.review(app, name)
        journey.create(app, name)

    @needs_guests
    def test_a_network_can_be_started(self):
        network = self.unique("net")
        definition = self.folder / "net.xml"
        definition.write_text(f"<network><name>{network}</name><bridge name='{self.mark}'/></network>")
        self.virsh("net-define", definition)
        app, name = self.to_review()
        journey.choose(app, "Network", f"{network} (not started)")
        app.find("label", f"The network “{network}” is not started: .*")
        app.find("button", "Start Network").show().click()
        app.gone("button", "Start Network")
        journey.create(app, name)
        interface = journey.definition(self.uri, name).find("devices/interface/source")
        self.assertEqual(interface.get("network"), network)
        self.assertRegex(self.virsh("net-info", network), r"Active: +yes")


class Platform(Choices):
    @needs_guests
    def test_windows_11_gets_what_it_asks_for(self):
        iso = self.folder / "win11.iso"
        media.iso(iso, "CCCOMA_X64FRE_EN-US_DV9", publisher="MICROSOFT CORPORATION")
        app = self.begin(iso)
        app.find("label", "Microsoft Windows 11", timeout=LONG)
        app.find("label", "Detected from the image")
        journey.step(app)
        app.find("spin button", "Memory").type("512")
        app.find("label", "The system needs at least .*")
        name = self.unique("win11")
        journey.review(app, name)
        journey.create(app, name)
        definition = journey.definition(self.uri, name, "--inactive")
        self.assertRegex(definition.find("os/type").get("machine"), "q35")
        self.assertEqual(definition.find("os").get("firmware"), "efi")
        features = {f.get("name"): f.get("enabled") for f in definition.iterfind("os/firmware/feature")}
        self.assertEqual(features, {"secure-boot": "yes", "enrolled-keys": "yes"})
        self.assertEqual(definition.find("os/loader").get("secure"), "yes")
        self.assertEqual(definition.find("features/smm").get("state"), "on")
        tpm = definition.find("devices/tpm")
        self.assertEqual(tpm.find("backend").get("type"), "emulator")
        self.assertEqual(tpm.find("backend").get("version"), "2.0")
        self.assertIn("/win/11", definition.find(f".//{OSINFO}").get("id"))
        self.assertEqual(journey.state(self.uri, name), "running")

    @needs_guests
    def test_what_is_chosen_under_advanced_arrives(self):
        app, name = self.to_review()
        self.advanced(app, Machine_type="pc", Firmware="BIOS")
        journey.create(app, name)
        definition = journey.definition(self.uri, name)
        self.assertEqual(definition.get("type"), "qemu")
        self.assertRegex(definition.find("os/type").get("machine"), "pc-i440fx")
        self.assertIsNone(definition.find("os").get("firmware"))
        virsh(self.uri, "destroy", name)
        keys("ctrl+w")
        app.gone("frame", name)

        self.again(app, RESCUE_ISO)
        secure = self.unique("secure")
        journey.review(app, secure)
        self.advanced(app, Machine_type="q35", Firmware="UEFI with Secure Boot")
        journey.create(app, secure)
        definition = journey.definition(self.uri, secure)
        self.assertEqual(definition.find("os/loader").get("secure"), "yes")
        virsh(self.uri, "destroy", secure)
        keys("ctrl+w")
        app.gone("frame", secure)

        self.again(app, RESCUE_ISO)
        narrow = self.unique("narrow")
        journey.review(app, narrow)
        self.advanced(app, Architecture="i686")
        journey.create(app, narrow)
        self.assertEqual(journey.definition(self.uri, narrow).find("os/type").get("arch"), "i686")


class BeforeItIsMade(Choices):
    def up(self, app):
        """From a device's page to the list."""
        lowest = max(app.find_all("button", "Back"), key=lambda button: button.steady_centre()[1])
        lowest.click()
        app.find("list item", "Processors")

    @needs_guests
    def test_the_definition_can_be_changed_first(self):
        app, name = self.to_review()
        # Looked at, it is only shown.
        app.find("list item", "Show XML").show().click()
        self.assertIn(f"<name>{name}</name>", app.find("text", "Definition").text)
        app.find("button", "Done").click()
        app.find("check box|switch", "Customise before installing").show().click()
        app.find("button", "Customise").click()
        # Its hardware, page by page, and all of it as text.
        app.find("list item", "Processors").click()
        app.find("text", "Maximum processors").type("3")
        self.assertFalse(app.find_all("label", "Changed; applies at the next start"))
        self.up(app)
        app.find("button", "Add Hardware").click()
        app.find("list item", "Disk").click()
        app.find("text", "Size").type("8 MiB")
        app.find("button", "Add").click()
        app.find("text", "Image or medium")
        self.up(app)
        app.find("list item", "XML").show().click()
        text = app.find("text", "Definition")
        self.assertIn(f"<name>{name}</name>", text.text)
        self.nothing_left(name)
        # Broken, it is refused with the line; the way back leaves nothing.
        screen.click_at(*text.steady_centre())
        keys("ctrl+End")
        screen.type_text("<")
        app.find("button", "Create").click()
        app.find("label", r"Line \d+ is not well-formed")
        self.nothing_left(name)
        keys("ctrl+End", "BackSpace", "ctrl+Home", "Down", "Home")
        screen.type_text("<description>mine</description>")
        journey.create(app, name)
        definition = journey.definition(self.uri, name)
        self.assertEqual(definition.findtext("description"), "mine")
        self.assertEqual(definition.findtext("vcpu"), "3")
        self.assertEqual(journey.sources(definition, "cdrom"), [str(RESCUE_ISO)])
        second = journey.sources(definition, "disk")[1]
        self.assertIn("8.00 MiB", self.virsh("vol-info", second))
        self.addCleanup(self.virsh, "vol-delete", second, check=False)
        then = journey.definition(self.uri, name, "--inactive")
        self.assertEqual(journey.sources(then, "cdrom"), [None])

        # And left without creating.
        virsh(self.uri, "destroy", name)
        keys("ctrl+w")
        app.gone("frame", name)
        self.again(app, RESCUE_ISO)
        other = self.unique("other")
        journey.review(app, other)
        app.find("check box|switch", "Customise before installing").show().click()
        app.find("button", "Customise").click()
        app.find("list item", "Processors")
        app.find("dialog", "New Guest").find("button", "Close").click()
        app.gone("dialog", "New Guest")
        self.nothing_left(other)

    @needs_guests
    def test_cancelling_leaves_nothing(self):
        if self.uri != "qemu:///system":
            self.skipTest("stops the system's libvirt for a moment")
        image = self.folder / f"{self.mark}.img"
        with image.open("wb") as file:
            block = bytes(range(256)) * 4096
            for _ in range(600):
                file.write(block)
        app = self.begin(image)
        app.find("radio button|check box", "Copy into a pool").show().click()
        name = self.unique("cancelled")
        journey.review(app, name)
        app.find("button", "Create").click()
        # In the middle of it, however fast the disk is.
        app.find("label", "Copying the disk image.*", timeout=LONG)
        daemon = int(Path("/run/libvirtd.pid").read_text())
        os.kill(daemon, signal.SIGSTOP)
        try:
            app.find("button", "Cancel").click()
            self.disabled(app, "Cancel")
        finally:
            os.kill(daemon, signal.SIGCONT)
        app.find("button", "Create", timeout=LONG)
        self.assertEqual(app.find("text", "Name").text, name, "what was typed is still there")
        self.nothing_left(name)
        self.nothing_left(self.mark)
        self.assertTrue(image.exists())
