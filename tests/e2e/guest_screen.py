"""A guest whose screen is driven: it writes down what its hands send."""

import re
from xml.etree import ElementTree

import media
from harness import WindowTest, wait_for
from journey import LONG

GUEST = """
<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='cdrom'/></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='cdrom'><source file='{iso}'/><target dev='hdc' bus='ide'/></disk>
    <serial type='file'><source path='{log}'/></serial>
    {devices}
  </devices>
</domain>"""

VNC = "<graphics type='vnc'><listen type='none'/></graphics><video><model type='vga'/></video>"
TABLET = "<input type='tablet' bus='usb'/>"


class ScreenTest(WindowTest):
    """A test with a guest that writes down what it is sent."""

    def guest(self, devices=VNC + TABLET, running=True):
        """A guest that writes down what its keyboard and its mouse send."""
        self.folder.chmod(0o755)
        self.log = self.folder / "serial.log"
        self.log.touch()
        self.log.chmod(0o666)
        iso = media.iso(self.folder / "keys.iso", boots="keys")
        name = self.unique("console")
        file = self.folder / "guest.xml"
        file.write_text(GUEST.format(name=name, iso=iso, log=self.log, devices=devices))
        self.virsh("define", file)
        if running:
            self.virsh("start", name)
        return name

    def open(self, name):
        app = self.start_app("--connect", self.uri, "--show-domain-console", name, window=re.escape(name))
        return app, app.window(re.escape(name))

    def screen(self, app, name):
        """The guest's screen, once the guest listens and has the keyboard."""
        shown = app.find("image", f"Screen of {name}", timeout=LONG)
        wait_for("the guest's program", lambda: "ready" in self.written(), LONG)
        shown.click()
        app.find("label", "Press Ctrl\\+Alt to release .*")
        return shown

    def written(self):
        # libvirt may have given the file to the hypervisor's user.
        return self.log.read_text(errors="replace")

    def keyboard(self):
        """What the keyboard has sent, without what the mouse has."""
        return " ".join(word for word in self.written().split()[1:] if not word.startswith("m"))

    def arrives(self, what, codes, act):
        before = self.keyboard()
        act()
        new = lambda: self.keyboard()[len(before) :].strip()  # noqa: E731
        try:
            wait_for(what, lambda: new() == codes)
        except AssertionError as error:
            raise AssertionError(f"{error}: “{new()}” instead of “{codes}”") from None

    def definition(self, name, *flags):
        return ElementTree.fromstring(self.virsh("dumpxml", name, *flags))
