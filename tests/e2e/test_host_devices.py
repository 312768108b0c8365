"""The host's own devices, offered to a guest with who has them and when it could."""

from harness import WindowTest, virsh, wait_for

PCI = """<device><name>pci_0000_{bus}_00_0</name><parent>computer</parent>
  <capability type='pci'><class>0x020000</class><domain>0</domain><bus>{number}</bus><slot>0</slot>
  <function>0</function><product id='0x1533'>I210</product><vendor id='0x8086'>Intel</vendor>{group}</capability>
</device>"""
GROUP = "<iommuGroup number='7'><address domain='0x0000' bus='0x0{number}' slot='0x00' function='0x0'/></iommuGroup>"
USB = """<device><name>usb_{number}</name><parent>computer</parent>
  <capability type='usb_device'><bus>1</bus><device>{number}</device><product id='0x{product}'>{name}</product>
  <vendor id='0x{vendor}'>{maker}</vendor></capability></device>"""
DONGLE = """<hostdev mode='subsystem' type='usb'><source><vendor id='0x0529'/><product id='0x0001'/></source></hostdev>"""
HOST = f"""<node>
  <device><name>computer</name><capability type='system'><hardware>
    <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></hardware><firmware/></capability></device>
  {PCI.format(bus="01", number=1, group=GROUP.format(number=1))}
  {PCI.format(bus="02", number=2, group="")}
  {USB.format(number=1, vendor="1d6b", product="0002", maker="Linux Foundation", name="2.0 root hub")}
  {USB.format(number=2, vendor="0781", product="5567", maker="SanDisk", name="Cruzer")}
  {USB.format(number=3, vendor="0529", product="0001", maker="Aladdin", name="HASP")}
  <domain type='test'><name>mine</name><memory>65536</memory><os><type>hvm</type></os></domain>
  <domain type='test'><name>office</name><memory>65536</memory><os><type>hvm</type></os>
    <devices>{DONGLE}</devices></domain>
</node>"""


class HostDevices(WindowTest):
    def test_each_says_who_has_it_and_when_the_guest_could(self):
        host = self.folder / "host.xml"
        host.write_text(HOST)
        uri = f"test://{host}"
        self.assertIn("usb_3", virsh(uri, "nodedev-list"))
        app = self.start_app("--connect", uri, "--show-domain-editor", "mine")
        app.find("button", "Add Hardware", timeout=60).click()
        app.find("list item", "Device of the Host…").show().click()
        dialog = app.find("dialog", "Device of the Host")
        said = lambda name: [label.text for label in dialog.find("list item", name).find_all("label")]  # noqa: E731
        # libvirt's test host tells its devices in any order.
        cards = {row.find_all("label")[-1].text: row.enabled for row in dialog.find_all("list item", "Intel I210")}
        expected = {
            "PCI · 0000:01:00.0 · Group 7\nCan be added now": True,
            "PCI · 0000:02:00.0\nIt cannot be handed over: the host has no IOMMU in use": False,
        }
        self.assertEqual(cards, expected)
        self.assertIn("USB · 0781:5567\nCan be added now", said("SanDisk Cruzer"))
        self.assertIn("USB · 0529:0001\nIn use by “office”", said("Aladdin HASP"))
        self.assertFalse(dialog.find_all("list item", ".*root hub"))

        # What the guest has is not offered twice.
        dialog.find("list item", "SanDisk Cruzer").click()
        app.find("label", "1 change")
        app.find("button", "Add Hardware").click()
        app.find("list item", "Device of the Host…").show().click()
        dialog = app.find("dialog", "Device of the Host")
        self.assertIn("USB · 0781:5567\nThis guest has it", said("SanDisk Cruzer"))
        wait_for("no second one", lambda: not dialog.find("list item", "SanDisk Cruzer").enabled)
