"""Every page of a guest with one of each device, in the window; a field of each
kind is changed there, seen from outside and nowhere else, and taken back."""

import re

from hardware import HardwareTest, changed
from harness import needs_guests, wait_for

# An entry of the list, a field of its page, how it is changed, what there is
# now, what it becomes, and where that stands; in the list's order.
CHANGES = [
    ("Processors", "Comparison at start", "choose", "None", "Partial", "cpu/@check"),
    ("Processors", "Model", "search", "qemu64", "Nehalem", "cpu/model"),
    ("Memory", "Never merged", "switch", False, True, "memoryBacking"),
    ("Resources", "Processor 3", "type", "", "0", "cputune"),
    ("Disk 1.*", "Cache", "choose", "Default", "None", "disk[vda]/driver/@cache"),
    ("Disk 1.*", "Serial number", "type", "", "AB-12", "disk[vda]/serial"),
    ("Disk 1.*", "Maximum reads per second", "type", "", "500", "disk[vda]/iotune"),
    ("Network Interface.*default.*", "MAC address", "type", "52:54:00:11:22:31", "52:54:00:aa:bb:cc",
     "interface[1]/mac/@address"),
    ("Graphical Console.*VNC.*", "Password", "secret", "", "hunter2", "graphics[2]/@passwd"),
    ("Watchdog.*", "When the guest hangs", "choose", "Reset", "Pause", "watchdog[1]/@action"),
    ("Shared Memory.*", "Size", "type", "4 MiB", "8 MiB", "shmem[1]/size"),
]  # fmt: skip


class Pages(HardwareTest):
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
        elif how == "search":
            choice = self.page.find("combo box", field).show()
            choice.click()
            choice.find("text")
            self.type_text(value)
            left = lambda: [item.name for item in choice.find_all("list item")]  # noqa: E731
            wait_for("what fits alone", lambda: left() and all(value in name for name in left()))
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
        now = changed(first, self.definition())
        expected = [place for *_, place in CHANGES]
        for place in expected:
            self.assertTrue([key for key in now if place in key], f"{place} is as it was")
        strange = [key for key in now if not any(place in key for place in expected)]
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
