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
    ("Processors", "Comparison at start", "choose", "none", "partial", "cpu[check]"),
    ("Memory", "Never merged", "switch", False, True, "memoryBacking"),
    ("Resources", "Processor 3", "type", "", "0", "cputune"),
    ("Disk vda.*", "Cache", "choose", "Default", "none", "disk[vda]/driver[cache]"),
    ("Disk vda.*", "Serial number", "type", "", "AB-12", "disk[vda]/serial"),
    ("Disk vda.*", "Most reads per second", "type", "", "500", "disk[vda]/iotune"),
    ("Network Interface.*default.*", "MAC address", "type", "52:54:00:11:22:31", "52:54:00:aa:bb:cc",
     "interface[1]/mac[address]"),
    ("Graphical Console.*vnc.*", "Password", "secret", "", "hunter2", "graphics[2][passwd]"),
    ("Watchdog.*", "When the guest hangs", "choose", "reset", "pause", "watchdog[1][action]"),
    ("Memory Balloon.*", "Deflate when short", "choose", "Default", "On", "memballoon[1][autodeflate]"),
    ("Host Socket.*", "Number", "type", "4", "7", "vsock[1]/cid[address]"),
    ("Shared Memory.*", "Size", "type", "4 MiB", "8 MiB", "shmem[1]/size"),
    ("Crash Storage.*", "Path", "type", "/tmp/guest_acpi_erst", "/tmp/another", "pstore[1]/path"),
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
        self.app.find("list item", "Processors", timeout=60)

    def definition(self):
        return self.virsh("dumpxml", "--inactive", "--security-info", self.name)

    def change(self, field, how, value):
        if how == "choose":
            self.app.find("combo box|toggle button|button", re.escape(field)).show().click()
            self.app.find("list item", re.escape(value)).click()
        elif how == "switch":
            switch = self.app.find("switch|toggle button|check box", re.escape(field)).show()
            if switch.checked != value:
                switch.click()
        else:
            role = "password|text" if how == "secret" else "text"
            self.app.find(role, re.escape(field)).show().type(value)

    def apply(self):
        button = self.app.find("button", "Apply")
        button.click()
        wait_for("the change to be applied", lambda: not button.enabled)
        self.app.find("label", "No changes")

    @needs_guests
    def test_each_page_opens_by_name(self):
        entries = self.app.find("list", "Hardware", timeout=60).find_all("list item", hidden=True)
        names = [entry.name for entry in entries]
        self.assertGreater(len(names), 55, names)
        self.assertEqual(len(set(names)), len(names), "two entries are called the same")
        for entry, name in zip(entries, names):
            entry.show().click()
            if name == "XML":
                self.app.find("text", "Definition.*")
                continue
            title = name.split(",")[0]
            self.app.find("heading|label", re.escape(title))
            fields = "text|combo box|switch|toggle button|label"
            wait_for(f"the page of {name}", lambda: self.app.find_all(fields))
        self.assertNotIn("panicked", self.app.output())

    @needs_guests
    def test_a_field_of_each_kind_is_changed_seen_and_taken_back(self):
        app, first = self.app, self.definition()
        for entry, field, how, old, new, place in CHANGES:
            with self.subTest(field=field):
                app.find("list item", entry, hidden=True).show().click()
                self.change(field, how, new)
                app.find("label", "1 change")
                self.apply()
                before, after = places(first), places(self.definition())
                keys = before.keys() | after.keys()
                changed = [key for key in keys if before.get(key) != after.get(key)]
                self.assertTrue(changed, "nothing changed")
                for key in changed:
                    self.assertIn(place, key, "changed as well")
                self.change(field, how, old)
                self.apply()
                self.assertEqual(self.definition(), first)
        # What is not applied yet is taken back by its button.
        app.find("list item", "Disk vda.*", hidden=True).show().click()
        self.change("Serial number", "type", "XY-34")
        app.find("button", "Take back: Serial number").click()
        app.find("label", "No changes")
        self.assertEqual(self.definition(), first)

    @needs_guests
    def test_what_is_not_kept_and_what_is_refused_is_told(self):
        app, first = self.app, self.definition()
        app.find("list item", "Serial Port.*pty.*", hidden=True).show().click()
        self.change("Type", "choose", "file")
        button = app.find("button", "Apply")
        button.click()
        app.find("button", "Details")
        self.assertEqual(self.definition(), first)
        app.find("label", "1 change")
        app.find("button", "Discard").click()
        app.find("label", "No changes")
