"""The whole path of somebody who changes a running guest and takes some of it back."""

import re
from pathlib import Path
from xml.etree import ElementTree

from harness import WindowTest, needs_guests, wait_for

GUEST = """
<domain type='qemu'><name>{name}</name><memory unit='MiB'>128</memory>
  <vcpu current='1'>2</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
    <interface type='user'><mac address='52:54:00:77:00:01'/><model type='virtio'/></interface>
    <graphics type='vnc'><listen type='none'/></graphics><video><model type='vga'/></video>
  </devices>
</domain>"""

WAITS = "Some changes wait for the guest’s next start"


def places(element, path=""):
    """What a definition says, by the place where it says so."""
    found = {path: (element.text or "").strip()}
    found.update({f"{path}/@{name}": value for name, value in element.attrib.items()})
    counts = {}
    for child in element:
        target = child.find("target")
        key = target.get("dev") if child.tag == "disk" and target is not None else None
        if key is None:
            counts[child.tag] = key = counts.get(child.tag, 0) + 1
        found.update(places(child, f"{path}/{child.tag}[{key}]"))
    return found


class HardwarePath(WindowTest):
    def setUp(self):
        super().setUp()
        self.name = self.unique("path")
        file = self.folder / "guest.xml"
        file.write_text(GUEST.format(name=self.name))
        self.virsh("define", file)
        self.virsh("start", self.name)
        self.before = self.xml("--inactive")
        self.app = self.start_app("--connect", self.uri, "--show-domain-editor", self.name)

    def xml(self, *flags):
        return ElementTree.fromstring(self.virsh("dumpxml", self.name, *flags))

    def page(self, name):
        self.app.find("list item", name, timeout=60).show().click()

    def choose(self, label, value):
        self.app.find("combo box|toggle button|button", re.escape(label)).show().click()
        self.app.find("list item", re.escape(value)).click()

    def apply(self):
        """Applies, and waits until the page has read what became of it."""
        self.app.find("button", "Apply").click()
        self.app.find("label", "No changes")

    def changed(self):
        """The places at which the persistent definition is another one."""
        old, new = places(self.before), places(self.xml("--inactive"))
        return {place for place in {*old, *new} if old.get(place) != new.get(place)}

    @needs_guests
    def test_a_running_guest_is_changed_one_change_comes_back_and_the_rest_restarts(self):
        app = self.app
        self.page("Memory")
        app.find("text", "Memory").type("192 MiB")
        self.page("Processors")
        app.find("text", "Processors plugged in").type("2")
        self.page("Machine")
        self.choose("When it crashes", "Restart")
        app.find("button", "Add Hardware").click()
        app.find("list item", "Disk").click()
        app.find("text", "Size").type("16 MiB")
        app.find("button", "Add").click()
        app.find("text", "Image or medium")
        self.apply()

        disk = "devices/disk[@device='disk']/source"
        wait_for("the disk", lambda: self.xml().find(disk) is not None)
        live, kept = self.xml(), self.xml("--inactive")
        facts = lambda xml: [xml.findtext(at) for at in ("memory", "on_crash")]  # noqa: E731
        self.assertEqual(facts(live), ["131072", "destroy"], "these wait")
        self.assertEqual(facts(kept), ["196608", "restart"])
        self.assertIsNone(live.find("vcpu").get("current"), "both processors are there")
        self.assertIsNone(kept.find("vcpu").get("current"))
        image = kept.find(disk).get("file")
        self.assertEqual(live.find(disk).get("file"), image)

        # One thing that waits comes back.
        app.find("label", WAITS)
        self.assertFalse(app.find_all("button", "Details"), "all was kept")
        self.page("Machine")
        app.find("button", "Take back: When it crashes").show().click()
        self.apply()
        self.assertEqual(facts(self.xml("--inactive")), ["196608", "destroy"])

        app.find("button", "Restart Now…").click()
        app.find("dialog|alert", f"Restart “{self.name}” Now.").find("button", "Restart").click()
        app.gone("dialog|alert")
        # Nobody inside hears the button.
        self.virsh("destroy", self.name)
        wait_for("the memory of the new start", lambda: facts(self.xml())[0] == "196608", 60)
        app.gone("label", WAITS)
        live = self.xml()
        self.assertEqual(facts(live), ["196608", "destroy"])
        self.assertIsNone(live.find("vcpu").get("current"))
        self.assertEqual(live.find(disk).get("file"), image)
        expected = re.compile(
            r"/(memory\[1\]|currentMemory\[1\]|vcpu\[1\]/@current|devices\[1\]/disk\[vda\].*)"
        )
        strange = {place for place in self.changed() if not expected.fullmatch(place)}
        self.assertEqual(strange, set(), "nothing else changed")

    @needs_guests
    def test_what_was_removed_and_the_firmware_come_back_from_their_rows(self):
        app = self.app
        card = "devices/interface/mac"
        # Not applied yet.
        self.page("Network Interface.*")
        app.find("button", "Remove Device").click()
        self.page("Network Interface.*Removed.*")
        app.find("label", "Removed as soon as you apply the changes")
        app.find("button", "Take Back").click()
        app.find("label", "No changes")
        # Nobody inside lets go of it.
        app.find("button", "Remove Device").click()
        self.page("Starting")
        self.choose("Firmware", "UEFI")
        self.apply()
        app.find("label", WAITS)
        self.assertIsNone(self.xml("--inactive").find(card))
        self.assertEqual(self.xml("--inactive").find("os").get("firmware"), "efi")
        self.assertIsNotNone(self.xml().find(card))

        app.find("label", "Until the next start: BIOS.*")
        app.find("button", "Take back: Firmware").show().click()
        self.page("Network Interface.*Removed.*")
        app.find("label", "Removed; the guest has it until its next start")
        app.find("button", "Take Back").click()
        self.apply()
        wait_for("the card", lambda: self.xml("--inactive").find(card) is not None)
        app.gone("label", WAITS)
        self.assertEqual(self.xml("--inactive").find(card).get("address"), "52:54:00:77:00:01")
        self.assertIsNone(self.xml("--inactive").find("os").get("firmware"))
        self.assertEqual(self.changed(), set(), "all is as it was")


UEFI = """
<domain type='qemu'><name>{name}</name><memory unit='MiB'>256</memory>
  <os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type>
    <firmware><feature enabled='no' name='enrolled-keys'/></firmware></os>
  <features><acpi/></features><devices/>
</domain>"""


class FirmwareSettings(WindowTest):
    @needs_guests
    def test_secure_boot_gets_its_keys_when_the_settings_are_reset(self):
        name = self.unique("uefi")
        file = self.folder / "guest.xml"
        file.write_text(UEFI.format(name=name))
        self.virsh("define", file)
        self.virsh("start", name)
        self.virsh("destroy", name)
        kept = lambda: Path(ElementTree.fromstring(self.virsh("dumpxml", name)).findtext("os/nvram"))  # noqa: E731
        trusts = lambda: b"Microsoft Corporation" in kept().read_bytes()  # noqa: E731
        self.assertFalse(trusts())

        app = self.start_app("--connect", self.uri, "--show-domain-editor", name)
        app.find("list item", "Starting", timeout=60).show().click()
        firmware = app.find("combo box", "Firmware").show()
        firmware.click()
        firmware.find("list item", "UEFI with Secure Boot").click()
        # While it closes, the list takes the next click.
        app.gone("list item", "BIOS")
        # Nothing of what is not applied yet is started.
        app.find("button", "Firmware Settings").show().click()
        app.find("label", "Apply or discard the changes first")
        app.find("button", "Apply").click()
        app.find("label", "No changes")
        self.virsh("start", name)
        self.assertFalse(trusts(), "what is kept stays until the user says otherwise")
        running = lambda: not app.find("button", "Firmware Settings").enabled  # noqa: E731
        wait_for("the button to be off", running)
        self.virsh("destroy", name)
        wait_for("the button to be on", lambda: not running())

        for answer in ("Cancel", "Reset and Start"):
            app.find("button", "Firmware Settings").show().click()
            question = app.find("dialog|alert", f"Start “{name}” with Empty Firmware Settings.")
            question.find("button", answer).click()
            app.gone("dialog|alert")
            if answer == "Cancel":
                self.assertEqual(self.virsh("domstate", name), "shut off")
        wait_for("the start", lambda: self.virsh("domstate", name) == "running", 60)
        self.assertTrue(trusts())
