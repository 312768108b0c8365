"""Every page of a guest with one of each device, in the window; a field of each
kind is changed there, seen from outside and nowhere else, and taken back."""

import re
from pathlib import Path
from xml.etree import ElementTree

from harness import WindowTest, needs_guests, wait_for

ONE_OF_EACH = Path(__file__).parents[1] / "guests/one-of-each.xml"

# An entry of the list, a field of its page, how it is changed, what there is
# now, what it becomes, and where that stands; in the list's order.
CHANGES = [
    ("Processors", "Comparison at start", "choose", "None", "Partial", "cpu[check]"),
    ("Memory", "Never merged", "switch", False, True, "memoryBacking"),
    ("Resources", "Processor 3", "type", "", "0", "cputune"),
    ("Disk 1.*", "Cache", "choose", "Default", "None", "disk[vda]/driver[cache]"),
    ("Disk 1.*", "Serial number", "type", "", "AB-12", "disk[vda]/serial"),
    ("Disk 1.*", "Maximum reads per second", "type", "", "500", "disk[vda]/iotune"),
    ("Network Interface.*default.*", "MAC address", "type", "52:54:00:11:22:31", "52:54:00:aa:bb:cc",
     "interface[1]/mac[address]"),
    ("Graphical Console.*VNC.*", "Password", "secret", "", "hunter2", "graphics[2][passwd]"),
    ("Watchdog.*", "When the guest hangs", "choose", "Reset", "Pause", "watchdog[1][action]"),
    ("Shared Memory.*", "Size", "type", "4 MiB", "8 MiB", "shmem[1]/size"),
]  # fmt: skip


def places(text):
    """What stands where in a definition."""
    found = {}

    def walk(element, path):
        found[path] = (element.text or "").strip()
        for name, value in element.attrib.items():
            found[f"{path}[{name}]"] = value
        counts = {}
        for child in element:
            counts[child.tag] = counts.get(child.tag, 0) + 1
            target = child.find("target")
            key = child.tag
            if child.tag == "disk":
                key = f"disk[{target.get('dev')}]"
            elif path == "/devices":
                key = f"{child.tag}[{counts[child.tag]}]"
            walk(child, f"{path}/{key}")

    walk(ElementTree.fromstring(text), "")
    return found


class Pages(WindowTest):
    def setUp(self):
        super().setUp()
        self.name = self.unique("each")
        file = self.folder / "guest.xml"
        file.write_text(ONE_OF_EACH.read_text().replace("@NAME@", self.name))
        self.virsh("define", file)
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
        entry = self.entries[self.place].click()
        wait_for(f"{entry} focused", lambda: "focused" in entry.states)

    def open(self, place):
        """Goes to an entry by the keyboard, from the one that has it."""
        steps = place - self.place
        self.keys(*["Down" if steps > 0 else "Up"] * abs(steps), "Return")
        self.place = place
        title = self.names[place].split(",")[0]
        wait_for(f"the page {title}", lambda: self.page.name == title)

    def definition(self):
        return self.virsh("dumpxml", "--inactive", "--security-info", self.name)

    @staticmethod
    def is_content(element):
        """Whether it is a group of fields, or says why there are none."""
        return element.role == "list" or element.name.startswith("There is nothing to set here")

    def change(self, field, how, value):
        field = re.escape(field)
        if how == "choose":
            choice = self.page.find("combo box", field).show()
            choice.click()
            choice.find("list item", re.escape(value)).click()
            choice.gone("list item")
        elif how == "switch":
            switch = self.page.find("check box|switch", field).show()
            if switch.checked != value:
                switch.click()
        else:
            self.page.find("password|text", field).show().type(value)

    def change_all(self, changes):
        """Changes each on its page, and applies all together."""
        at = None
        for number, (entry, field, how, value) in enumerate(changes, 1):
            if entry != at:
                if at:
                    self.go_to_list()
                found = next(i for i, name in enumerate(self.names) if re.fullmatch(entry, name))
                self.open(found)
                at = entry
            self.change(field, how, value)
            self.page.find("label", f"{number} changes?")
        self.page.find("button", "Apply").click()
        self.page.find("label", "No changes")
        self.go_to_list()

    @needs_guests
    def test_each_page_opens_by_name(self):
        self.assertGreater(len(self.names), 55, self.names)
        self.assertEqual(len(set(self.names)), len(self.names), "two entries are called the same")
        for place, name in enumerate(self.names):
            self.open(place)
            if name == "XML":
                self.page.find("text", "Definition.*")
            else:
                wait_for(f"what {name} is made of", lambda: any(map(self.is_content, self.page.walk())))
        self.assertNotIn("panicked", self.app.output())

    @needs_guests
    def test_a_field_of_each_kind_is_changed_seen_and_taken_back(self):
        first = self.definition()
        # What is not applied yet is taken back by its button.
        self.open(next(i for i, name in enumerate(self.names) if name.startswith("Disk 1")))
        self.change("Serial number", "type", "XY-34")
        self.page.find("button", "Take back: Serial number").click()
        self.page.find("label", "No changes")
        self.go_to_list()

        self.change_all([(entry, field, how, new) for entry, field, how, _, new, _ in CHANGES])
        before, after = places(first), places(self.definition())
        changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
        expected = [place for *_, place in CHANGES]
        for place in expected:
            self.assertTrue([key for key in changed if place in key], f"{place} is as it was")
        strange = [key for key in changed if not any(place in key for place in expected)]
        self.assertEqual(strange, [], "changed as well")
        back = [(entry, field, how, old) for entry, field, how, old, *_ in reversed(CHANGES)]
        self.change_all(back)
        self.assertEqual(self.definition(), first)

    @needs_guests
    def test_what_is_refused_is_told_and_changes_nothing(self):
        first = self.definition()
        self.open(next(i for i, name in enumerate(self.names) if re.fullmatch("Serial Port.*terminal.*", name)))
        self.change("Type", "choose", "A file")
        self.page.find("button", "Apply").click()
        self.page.find("button", "Details")
        self.assertEqual(self.definition(), first)
        self.page.find("label", "1 change")
        self.page.find("button", "Discard").click()
        self.page.find("label", "No changes")
