"""The list of guests, as tests of it use it."""

import re
import subprocess

import screen
from harness import WindowTest, wait_for

# Emulation is slow, and the machine may be busy.
LONG = 60

# A guest that has nothing to boot, and waits for ever.
GUEST = """<domain type='qemu'>
  <name>{name}</name>{more}
  <memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>{devices}<video><model type='vga'/></video></devices>
</domain>"""

DISK = (
    "<disk type='file' device='{device}'><driver name='qemu' type='{format}'/>"
    "<source file='{path}'/><target dev='{target}' bus='ide'/>{more}</disk>"
)

# What GTK calls the list's own menu items, and those of a menu model.
ITEM = "menu item|check menu item|radio menu item"


class GuestTest(WindowTest):
    """What the tests of guests have in common."""

    def define(self, name, devices="", more=""):
        """A guest of this name, off."""
        file = self.folder / "guest.xml"
        file.write_text(GUEST.format(name=name, devices=devices, more=more))
        self.virsh("define", file)
        return name

    def disk(self, path, target="hda", device="disk", format="raw", more=""):
        return DISK.format(path=path, target=target, device=device, format=format, more=more)

    def open(self, *arguments):
        app = self.start_app("--connect", self.uri, *arguments)
        self.app = app
        return app

    def row(self, name):
        """The guest's row in the list."""
        return self.app.find("list item", re.escape(name), LONG)

    def shows(self, name, state):
        """Waits until the guest's row says so."""
        pattern = re.compile(state)

        def says():
            found = self.app.find_all("list item", re.escape(name))
            said = found[0].description if found else "no row"
            if pattern.match(said):
                return True
            raise LookupError(f"it says: {said}")

        wait_for(f"{name} to be {state}", says, LONG)

    def select(self, *names):
        """Selects exactly these guests, with the pointer."""
        self.row(names[0]).click()
        for name in names[1:]:
            x, y = self.row(name).steady_centre()
            screen.click_at(x, y, held="ctrl")
        text = names[0] if len(names) == 1 else f"{len(names)} selected"
        self.app.find("label", re.escape(text))

    def button(self, name):
        """A button of the selection's bar, or of a dialog."""
        return self.app.find("button", name, LONG)

    def choose(self, name, item):
        """Chooses an item of the guest's context menu, by right click."""
        self.row(name).click(button=3)
        self.app.find(ITEM, item).click()
        self.app.gone("menu")

    def state(self, name):
        return self.virsh("domstate", name, check=False)

    def becomes(self, name, state):
        wait_for(f"libvirt says {name} is {state}", lambda: self.state(name) == state, LONG)

    def hears(self, name, event):
        """What QEMU tells from now on, as a function that waits for `event`."""
        heard = subprocess.Popen(
            ["virsh", "-c", self.uri, "qemu-monitor-event", name, "--loop", "--timeout", str(LONG)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(heard.wait)
        self.addCleanup(heard.kill)
        return lambda: any(f"event {event} " in line for line in heard.stdout)

    def question(self, heading):
        """A dialog that asks."""
        return self.app.find("dialog|alert", heading)

    def info(self, name, field):
        lines = self.virsh("dominfo", name).split("\n")
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith(field))
