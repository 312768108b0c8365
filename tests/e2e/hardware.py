"""A guest with one of each device, on the pages of its window."""

from pathlib import Path
from xml.etree import ElementTree

from harness import WindowTest, wait_for

ONE_OF_EACH = Path(__file__).parents[1] / "guests/one-of-each.xml"

# By which attribute, or else by which child, elements are told apart; others by
# their place.
KEYS = {
    "timer": "name", "feature": "name", "cipher": "name", "event": "name", "entry": "name",
    "vcpupin": "vcpu", "iothreadpin": "iothread", "vcpu": "id", "iothread": "id",
    "memnode": "cellid", "seclabel": "model", "sysinfo": "type",
}  # fmt: skip
CHILDREN = {"device": "path", "throttlegroup": "group_name"}
COUNTED = ("cell", "entry", "vcpusched", "iothreadsched", "cachetune", "memorytune")


def places(text):
    """What stands where in a definition."""
    found = {}

    def walk(element, path):
        found[path] = "" if len(element) else element.text or ""
        for name, value in element.attrib.items():
            found[f"{path}/@{name}"] = value
        counts = {}
        for child in element:
            name = child.tag
            key, below = KEYS.get(name), CHILDREN.get(name)
            if path == "devices" and name == "disk":
                # libvirt sorts disks by what they are plugged into.
                step = f"disk[{child.find('target').get('dev')}]"
            elif below and child.find(below) is not None:
                step = f"{name}[{below}='{child.find(below).text}']"
            elif key and key in child.attrib:
                step = f"{name}[@{key}='{child.get(key)}']"
            else:
                counts[name] = place = counts.get(name, 0) + 1
                step = f"{name}[{place}]" if path == "devices" or name in COUNTED or place > 1 else name
            walk(child, f"{path}/{step}".lstrip("/"))

    walk(ElementTree.fromstring(text), "")
    return found


def changed(before, after):
    """The places at which two definitions differ."""
    before, after = places(before), places(after)
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


class HardwareTest(WindowTest):
    """A test on the hardware pages of such a guest, which is off."""

    def setUp(self):
        super().setUp()
        self.name = self.unique("each")
        file = self.folder / "guest.xml"
        file.write_text(ONE_OF_EACH.read_text().replace("@NAME@", self.name))
        self.virsh("define", file)
        self.open_window()

    def open_window(self):
        """Opens the guest's window at this page."""
        self.app = self.start_app("--connect", self.uri, "--show-domain-editor", self.name)
        entries = self.app.find("list", "Hardware", timeout=60)
        wait_for("the whole list", lambda: list(entries.children())[-1].name == "XML")
        self.entries = list(entries.children())
        self.names = [entry.name for entry in self.entries]
        # The page beside the list is named like what it shows.
        self.page = self.app.find("grouping", "Processors")
        self.place = 0
        self.go_to_list()

    def go_to_list(self):
        """Gives the keyboard to the entry whose page is shown."""
        self.entries[self.place].focus()

    def open(self, place):
        """Goes to an entry by the keyboard, from the one that has it."""
        steps = place - self.place
        self.keys(*["Down" if steps > 0 else "Up"] * abs(steps), "Return")
        self.place = place
        title = self.names[place].split(",")[0]
        wait_for(f"the page {title}", lambda: self.page.name == title)

    def definition(self):
        """The persistent definition as libvirt has it, with its secrets."""
        return self.virsh("dumpxml", "--inactive", "--security-info", self.name)
