"""What a guest has several of that are no devices: added by name, set, applied,
seen from outside, and taken out again. And what its devices are called."""

import subprocess

import screen
from harness import WindowTest, needs_guests, wait_for

GUEST = """
<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory>
  <vcpu current='2'>4</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='{image}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
  </devices>
</domain>
"""


class Parts(WindowTest):
    def setUp(self):
        super().setUp()
        self.name = self.unique("parts")
        self.folder.chmod(0o755)
        image = self.folder / "disk.qcow2"
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, "20G"], check=True)
        file = self.folder / "guest.xml"
        file.write_text(GUEST.format(name=self.name, image=image))
        self.virsh("define", file)
        self.app = self.start_app("--connect", self.uri, "--show-domain-editor", self.name)
        self.list = self.app.find("list", "Hardware", timeout=60)
        self.page = self.app.find("grouping", "Processors")

    def open(self, name):
        self.list.find("list item", name).show().click()
        wait_for(f"the page {name}", lambda: self.page.name == name)

    def inactive(self):
        return self.virsh("dumpxml", "--inactive", self.name)

    def apply(self):
        self.page.find("button", "Apply").click()
        self.page.find("label", "No changes")

    def add(self, button, entry, text):
        self.page.find("button", button).show().click()
        self.app.find("text", entry).type(text)
        self.app.find("button", "Add").click()

    @needs_guests
    def test_disks_tell_role_and_size(self):
        self.list.find("list item", "Disk 1, 20 GiB · vda · VirtIO · disk.qcow2")
        self.list.find("list item", "CD Drive 1, sda · SATA · Empty")

    @needs_guests
    def test_parts_are_added_set_and_taken_out(self):
        first = self.inactive()
        self.open("Resources")
        self.add("Add Disk…", "Path of the host’s disk", "/dev/sdz")
        self.page.find("list item", "/dev/sdz")
        self.page.find("text", "/dev/sdz: Weight").show().type("300")
        self.add("Add Group…", "Name of the group", "slow")
        self.page.find("list item", "slow")
        self.page.find("text", "slow: Maximum reads and writes per second").show().type("50")
        self.page.find("button", "Add Rule").show().click()
        self.page.find("list item", "Rule 1")
        scheduler = self.page.find("combo box", "Rule 1: Scheduler").show()
        scheduler.click()
        scheduler.find("list item", "When nobody else runs").click()
        self.apply()
        xml = self.inactive()
        for said in [
            "<path>/dev/sdz</path>",
            "<weight>300</weight>",
            "<group_name>slow</group_name>",
            "<total_iops_sec>50</total_iops_sec>",
            "<vcpusched vcpus='0' scheduler='idle'/>",
        ]:
            self.assertIn(said, xml)
        for part in ["/dev/sdz", "slow", "Rule 1"]:
            self.page.find("button", f"Remove {part}").show().click()
            self.page.gone("list item", part)
        self.apply()
        self.assertEqual(self.inactive(), first)

    @needs_guests
    def test_a_processor_of_its_own(self):
        self.page.find("list item", "Processor 3").show().click()
        choice = self.page.find("combo box", "Processor 3: Plugged in at the start").show()
        choice.click()
        choice.find("list item", "On").click()
        self.page.find("text", "Processors plugged in").show()
        self.apply()
        xml = self.inactive()
        self.assertIn("<vcpu id='3' enabled='yes'", xml)
        self.assertIn("current='3'>4</vcpu>", xml)

    @needs_guests
    def test_the_wheel_scrolls_past_a_number(self):
        self.open("Memory")
        nodes = self.page.find("spin button", "Number of nodes").show()
        before = nodes.steady_centre()
        screen.click_at(*before, button=4, count=3)
        wait_for("the page scrolled", lambda: nodes.centre()[1] > before[1])
        self.page.find("label", "No changes")
        self.page.gone("text", "Node 0: .*")

    @needs_guests
    def test_what_the_guest_is_told_of_its_machine(self):
        self.open("Starting")
        choice = self.page.find("combo box", "Maker and serial number").show()
        choice.click()
        choice.find("list item", "Those in the XML").click()
        self.page.find("text", "Computer Shown: Family").show().type("Inns")
        self.add("Add Text…", "Text", "posada:one & two")
        self.page.find("text", "Text 1")
        self.apply()
        xml = self.inactive()
        self.assertIn("<entry name='family'>Inns</entry>", xml)
        self.assertIn("<entry>posada:one &amp; two</entry>", xml)
        self.assertNotIn("panicked", self.app.output())
