"""Tags: words in the guests' own definitions by which they are found."""

import re
from xml.etree import ElementTree

from guest_list import ITEM, LONG, GuestTest
from harness import keys, needs_guests, wait_for

NAMESPACE = "https://github.com/posada-vm/posada/xmlns/guest/1.0"


class Tags(GuestTest):
    session = True

    def tags(self, name, *where):
        """The tags in the guest's definition."""
        root = ElementTree.fromstring(self.virsh("dumpxml", name, *where))
        return [tag.text for tag in root.findall(f"metadata/{{{NAMESPACE}}}guest/{{{NAMESPACE}}}tag")]

    def tagged(self, name, *tags):
        """Waits until the definition has these tags, now and at next start."""
        for where in ((), ("--inactive",)):
            wait_for(f"{name} to be {tags}", lambda: self.tags(name, *where) == list(tags), LONG)

    def from_outside(self, name, *tags):
        content = "".join(f"<tag>{tag}</tag>" for tag in tags)
        self.virsh(
            *("metadata", name, "--uri", NAMESPACE, "--key", "posada", "--config"),
            *(("--live",) if self.state(name) == "running" else ()),
            *("--set", f"<guest>{content}</guest>"),
        )

    def dialog(self, heading):
        dialog = self.question(heading)
        return dialog, dialog.find("text", "New tag")

    def rows(self):
        return [item.name for item in self.app.find("list", "Guests").find_all("list item")]

    def listed(self, *names):
        wait_for(f"the list to be {names}", lambda: self.rows() == list(names))

    @needs_guests
    def test_a_guest_is_tagged(self):
        name, other = self.define(self.unique("tagged")), self.define(self.unique("with"))
        self.from_outside(other, "prod", "café")
        theirs = "<theirs>kept</theirs>"
        self.virsh("metadata", name, "--uri", "http://example.org", "--key", "o", "--set", theirs)
        self.virsh("start", name)
        self.open()
        self.shows(name, "Running")
        self.shows(other, "Off, .*tags: café, prod")
        self.select(name)
        self.choose(name, "Tags…")
        dialog, entry = self.dialog(f"Tags of “{name}”")
        save = dialog.find("button", "Save")
        for suggested in ("café", "prod"):
            self.assertFalse(dialog.find("check box", suggested).checked)
        self.assertFalse(save.enabled, "nothing is changed yet")

        entry.type("x" * 41)
        dialog.find("label", "A tag can have 40 characters at most")
        self.assertFalse(save.enabled)
        # What is written narrows the list; Enter ticks what is there already.
        entry.type("Prod")
        dialog.gone("check box", "café")
        keys("Return")
        wait_for("it ticked", lambda: dialog.find("check box", "prod").checked)
        entry.type("<inn> & more")
        keys("Return")
        dialog.find("check box", re.escape("<inn> & more"))
        wait_for("the entry empty", lambda: entry.text == "")
        # And with nothing written it is done.
        keys("Return")
        self.app.gone("dialog")
        self.tagged(name, "<inn> & more", "prod")
        self.shows(name, f"Running, .*tags: {re.escape('<inn> & more')}, prod")
        self.assertIn("kept", self.virsh("metadata", name, "--uri", "http://example.org"))

        # From outside, while it runs and while it is off.
        self.from_outside(name, "dmz", "prod")
        self.shows(name, "Running, .*tags: dmz, prod")
        self.virsh("destroy", name)
        self.from_outside(name, "off")
        self.shows(name, "Off, .*tags: off")

        # They go along with another name, and away with the last tick.
        new = self.unique("new")
        self.virsh("domrename", name, new)
        self.row(new)
        self.shows(new, "Off, .*tags: off")
        self.row(new).click(count=2)
        window = self.app.window(new)
        window.find("radio button|page tab|toggle button", "Overview").click()
        window.find("button", "Edit Tags").click()
        dialog, _ = self.dialog(f"Tags of “{new}”")
        dialog.find("check box", "off").click()
        dialog.find("button", "Save").click()
        self.app.gone("dialog")
        self.tagged(new)
        self.assertNotIn(NAMESPACE, self.virsh("dumpxml", new))

    @needs_guests
    def test_many_are_tagged_and_filtered(self):
        names = [self.define(self.unique(kind)) for kind in ("a", "b", "c")]
        one, two, three = names
        self.from_outside(one, "all", "some", "gone")
        self.from_outside(two, "all", "gone")
        self.from_outside(three, "third")
        self.open()
        self.shows(one, "Off, .*tags: all, gone, some")
        self.select(one, two)
        self.choose(two, "Tags…")
        dialog, entry = self.dialog("Tags of 2 Guests")
        some = dialog.find("check box", "some")
        self.assertIn("indeterminate", some.states)
        dialog.find("label", "On 1 of 2 guests")
        self.assertTrue(dialog.find("check box", "all").checked)
        self.assertFalse(dialog.find("check box", "third").checked)
        some.click()
        dialog.find("check box", "gone").click()
        entry.type("new")
        # What is written counts, also if nobody has pressed Enter.
        dialog.find("button", "Save").click()
        self.app.gone("dialog")
        for name in (one, two):
            self.tagged(name, "all", "new", "some")
            self.shows(name, "Off, .*tags: all, new, some")
        self.tagged(three, "third")

        search = self.app.find("text", "Search guests")
        search.type("third")
        self.listed(three)
        search.type("some new")
        self.listed(one, two)
        search.type("")
        self.listed(*names)

        def filter_by(tag):
            self.app.find("toggle button", "Filter and Sort").click()
            self.app.find(ITEM, tag).click()
            self.app.gone(ITEM, tag)

        filter_by("new")
        self.listed(one, two)
        filter_by("third")
        self.listed(*names)
        filter_by("new")
        self.listed(three)
        # The guest loses the tag that is looked for.
        self.from_outside(three, "other")
        self.app.find("label", "No Guest Found")
        self.button("Show All Guests").click()
        self.listed(*names)
