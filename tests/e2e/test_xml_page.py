"""The definition as text: edited, looked at before it is applied, taken back."""

import re
from xml.etree import ElementTree

from guest_list import LONG, GuestTest
from harness import keys, needs_guests, type_text, wait_for

PASSWORD = "hunter2"
SCREEN = f"<graphics type='vnc' port='-1' autoport='yes' passwd='{PASSWORD}'/>"


class XmlPage(GuestTest):
    def open_page(self, name, **environment):
        self.app = self.start_app(
            *("--connect", self.uri, "--show-domain-editor", name), window=f"{name}.*", **environment
        )
        self.app.find("list item", "XML", LONG).click()
        self.editor = self.app.find("text", "Definition", LONG)
        wait_for("the definition", lambda: "<domain" in self.editor.text, LONG)
        return self.app

    def replace(self, old, new):
        """Finds a text by search, and types over it."""
        self.editor.focus()
        keys("ctrl+Home", "ctrl+f")
        self.app.find("text", "Find in definition").type(old)
        wait_for(f"“{old}” found", lambda: self.selected() == old)
        keys("Escape")
        wait_for("the editor", lambda: "focused" in self.editor.states)
        type_text(new)
        wait_for(f"“{new}”", lambda: new in self.editor.text)

    def selected(self):
        """What is selected in the editor."""
        start, end = self.editor.selection
        return self.editor.text[start:end]

    def undo_until(self, what, condition):
        """Takes edits back until it is so."""
        self.editor.focus()

        def undone():
            if not condition():
                keys("ctrl+z")
            return condition()

        wait_for(what, undone)

    def memory(self, name, *options):
        return int(ElementTree.fromstring(self.virsh("dumpxml", name, *options)).findtext("memory"))

    def redefine(self, name, old, new):
        """Somebody else's change."""
        file = self.folder / "theirs.xml"
        file.write_text(self.virsh("dumpxml", name, "--inactive").replace(old, new))
        self.virsh("define", file)

    def apply(self):
        self.app.find("button", "Apply").click()

    def label(self, text):
        return self.app.find("label", text, LONG)

    def banner(self, text):
        return self.app.find("label", text, LONG)

    def confirm(self, title="Apply These Changes.", verb="Apply", snapshot=False):
        dialog = self.app.find("dialog", title, LONG)
        if snapshot:
            switch = dialog.find("check box|switch", "Take a snapshot first").click()
            wait_for("the switch to be on", lambda: switch.checked)
        shown = dialog.find("text", "Changes").text
        dialog.find("button", verb).click()
        self.app.gone("dialog", title)
        return shown

    @needs_guests
    def test_an_edit_is_shown_applied_and_taken_back(self):
        name = self.define(self.unique("xml"), devices=SCREEN)
        before = self.virsh("dumpxml", name, "--inactive")
        app = self.open_page(name, POSADA_LOG="trace")
        app.find("button", "History").click()
        dialog = app.find("dialog", "History", LONG)
        dialog.find("label", "No Earlier Definitions")
        keys("Escape")
        app.gone("dialog")

        # Undo takes an edit back, and nothing is left to apply.
        self.replace("65536", "70000")
        self.undo_until("the old text", lambda: self.editor.text.count("65536") == 2)
        wait_for("nothing to apply", lambda: not app.find("button", "Apply").enabled)

        self.replace("65536", "98304")
        self.apply()
        shown = self.confirm()
        self.assertRegex(shown, r"- +<memory unit='KiB'>65536<")
        self.assertRegex(shown, r"\+ +<memory unit='KiB'>98304<")
        wait_for("libvirt to have it", lambda: self.memory(name, "--inactive") == 98304, LONG)
        after = self.virsh("dumpxml", name, "--inactive")
        self.assertEqual(after.replace("98304", "65536"), before, "nothing else has changed")

        # The definition of before comes back with a click and the question.
        app.find("button", "History").click()
        dialog = app.find("dialog", "History", LONG)
        dialog.find("label", "Today, .*")
        dialog.find("label", "memory: 1 line added, 1 line removed")
        dialog.find("button", "Restore").click()
        self.confirm("Restore This Definition.", "Restore")
        wait_for("libvirt to have it", lambda: self.memory(name, "--inactive") == 65536, LONG)
        self.assertEqual(self.virsh("dumpxml", name, "--inactive"), before)
        wait_for("the page to follow", lambda: "98304" not in self.editor.text, LONG)
        app.find("button", "History").click()
        dialog = app.find("dialog", "History", LONG)
        self.assertEqual(len(dialog.find_all("button", "Restore")), 2, "restoring is kept too")
        self.assertNotIn(PASSWORD, self.log_of(app))

    def log_of(self, app):
        with open(app.log.name, errors="replace") as file:
            return file.read()

    @needs_guests
    def test_what_is_wrong_is_told_with_its_line(self):
        name = self.define(self.unique("xml"))
        app = self.open_page(name)
        self.replace("</devices>", "</device>")
        self.banner("Line [0-9]+ is no valid XML: .*")
        self.apply()
        app.find("button", "Go to Line", LONG)
        self.caret_in("</device>")
        self.assertFalse(app.find_all("dialog", "Apply.*"))
        self.undo_until("the old text", lambda: "</devices>" in self.editor.text)
        app.gone("label", "Line .* is no valid XML.*")

        # What only the schema refuses may be applied after a question.
        self.replace("</devices>", "<nonsense/></devices>")
        self.banner("Line [0-9]+ does not follow libvirt’s schema: .*")
        self.apply()
        self.confirm()
        self.apply_anyway()
        self.label("Definition changed")

        # A refusal leaves the text and the guest as they were.
        wait_for("the definition", lambda: "nonsense" not in self.editor.text, LONG)
        before = self.virsh("dumpxml", name, "--inactive")
        self.replace(">hvm<", ">nothing<")
        self.apply()
        self.confirm()
        self.apply_anyway()
        self.banner("(The host does not accept|This hypervisor cannot|The details say).*")
        self.assertIn("nothing", self.editor.text)
        self.assertEqual(self.virsh("dumpxml", name, "--inactive"), before)

    def apply_anyway(self):
        question = self.app.find("dialog|alert", "Apply Against the Schema.", LONG)
        question.find("button", "Apply Anyway").click()

    def caret_in(self, text):
        """Waits until the cursor is on a line that has the text."""

        def on_line():
            at = self.editor.caret
            whole = self.editor.text
            start = whole.rfind("\n", 0, at) + 1
            return text in whole[start : (whole + "\n").find("\n", at)]

        wait_for(f"the cursor at “{text}”", on_line)

    @needs_guests
    def test_somebody_else_was_faster(self):
        name = self.define(self.unique("xml"))
        app = self.open_page(name)
        self.replace("65536", "98304")
        self.redefine(name, ">1</vcpu>", ">2</vcpu>")
        self.banner("Somebody else changed this definition meanwhile.")
        app.find("button", "Compare Changes").click()
        dialog = app.find("dialog", "Changed Meanwhile", LONG)
        self.assertRegex(dialog.find("text", "Their Changes").text, r"\+ +<vcpu.*>2<")
        dialog.find("radio button|toggle button|page tab", "Your Changes").click()
        self.assertRegex(dialog.find("text", "Your Changes").text, r"\+ +<memory.*98304")
        dialog.find("button", "Keep Editing").click()
        app.gone("dialog")
        self.assertIn("98304", self.editor.text)
        self.assertEqual(self.memory(name, "--inactive"), 65536)

        # Changes of different places go together.
        self.apply()
        dialog = app.find("dialog", "Changed Meanwhile", LONG)
        dialog.find("button", "Apply Mine on Top").click()
        self.assertNotIn("vcpu", "".join(re.findall("^[-+].*", self.confirm(), re.M)))
        wait_for("libvirt to have it", lambda: self.memory(name, "--inactive") == 98304, LONG)
        self.assertIn(">2</vcpu>", self.virsh("dumpxml", name, "--inactive"))

        # Taking theirs is an edit that can be undone.
        wait_for("nothing to apply", lambda: not app.find("button", "Apply").enabled)
        self.replace("98304", "131072")
        self.redefine(name, ">2</vcpu>", ">3</vcpu>")
        self.banner("Somebody else changed this definition meanwhile.")
        app.find("button", "Compare Changes").click()
        app.find("dialog", "Changed Meanwhile", LONG).find("button", "Take Theirs").click()
        wait_for("theirs", lambda: ">3</vcpu>" in self.editor.text and "131072" not in self.editor.text)
        self.undo_until("mine again", lambda: "131072" in self.editor.text)

    @needs_guests
    def test_what_runs_stands_beside(self):
        name = self.define(self.unique("xml"))
        self.virsh("start", name)
        app = self.open_page(name)
        app.find("toggle button", "Compare with Running").click()
        running = app.find("text", "Running definition", LONG)
        wait_for("what runs", lambda: "id='" in running.text.split("\n")[0], LONG)
        self.assertNotIn("editable", running.states)
        count = lambda: int(self.label("[0-9]+ lines? differs?").name.split()[0])  # noqa: E731
        before = wait_for("a count", count)
        self.replace("65536", "98304")
        wait_for("one more", lambda: count() == before + 1)
        keys("ctrl+End", "F8")
        self.caret_in("<domain ")
        keys("F8")
        self.caret_in("98304")
        keys("shift+F8")
        self.caret_in("<domain ")
        self.apply()
        self.confirm()
        wait_for("libvirt to have it", lambda: self.memory(name, "--inactive") == 98304, LONG)
        self.assertEqual(self.memory(name), 65536, "what runs stays as it is")

    def qcow2(self, name="kept"):
        """A disk that can hold a snapshot, which the hypervisor may use."""
        pool, name = self.unique("pool"), self.unique(name) + ".qcow2"
        if pool not in self.virsh("pool-list", "--name"):
            self.virsh("pool-create-as", pool, "dir", "--target", self.folder)
            self.folder.chmod(0o777)
        self.virsh("vol-create-as", pool, name, "8M", "--format", "qcow2")
        return self.disk(self.folder / name, format="qcow2")

    def snapshots(self, name):
        return self.virsh("snapshot-list", "--name", name).split()

    @needs_guests
    def test_a_snapshot_is_taken_before_or_nothing_is_changed(self):
        name = self.define(self.unique("xml"), devices=self.qcow2())
        before = self.virsh("dumpxml", name, "--inactive")
        app = self.open_page(name)
        self.replace("65536", "98304")
        self.apply()
        self.confirm(snapshot=True)
        self.label("Definition changed; “before-edit-.*” keeps what was before")
        (kept,) = self.snapshots(name)
        self.assertRegex(kept, "before-edit-[0-9-]{17}")
        self.assertEqual(self.memory(name, "--inactive"), 98304)

        # A running guest is kept with its memory; what it starts with next
        # is what changes.
        self.virsh("start", name)
        wait_for("nothing to apply", lambda: not app.find("button", "Apply").enabled)
        self.label("Changes take effect at the guest’s next start.")
        self.replace("98304", "131072")
        self.apply()
        self.confirm(snapshot=True)
        wait_for("libvirt to have it", lambda: self.memory(name, "--inactive") == 131072, LONG)
        self.assertEqual(len(self.snapshots(name)), 2)
        self.assertIn("running", self.virsh("snapshot-info", name, self.snapshots(name)[1]))
        self.assertEqual(self.memory(name), 98304, "what runs stays as it is")

        # What the promise says brings all of it back.
        self.virsh("destroy", name)
        self.virsh("snapshot-revert", name, kept)
        # libvirt itself lists devices in another order then.
        lines = lambda text: sorted(text.split("\n"))  # noqa: E731
        self.assertEqual(lines(self.virsh("dumpxml", name, "--inactive")), lines(before))

    @needs_guests
    def test_without_the_snapshot_nothing_is_changed(self):
        name = self.define(self.unique("xml"), devices=self.qcow2())
        app = self.open_page(name)
        before = self.virsh("dumpxml", name, "--inactive")
        # The disk's image goes away: nothing can be kept in it.
        next(self.folder.glob("kept*")).unlink()
        self.replace("65536", "98304")
        self.apply()
        self.confirm(snapshot=True)
        self.banner("No snapshot could be taken, so nothing was changed. .*")
        app.find("button", "Details")
        self.assertEqual(self.virsh("dumpxml", name, "--inactive"), before)
        self.assertIn("98304", self.editor.text)

        # A refused definition leaves no snapshot behind.
        name = self.define(self.unique("other"), devices=self.qcow2("second"))
        app.stop()
        self.open_page(name)
        self.replace(">hvm<", ">nothing<")
        self.apply()
        self.confirm(snapshot=True)
        question = self.app.find("dialog|alert", "Apply Against the Schema.", LONG)
        self.assertEqual(self.snapshots(name), [])
        question.find("button", "Apply Anyway").click()
        self.banner("(The host does not accept|This hypervisor cannot|The details say).*")
        self.assertEqual(self.snapshots(name), [])

    @needs_guests
    def test_why_there_can_be_no_snapshot_is_told(self):
        app = self.open_page(self.define(self.unique("xml")))
        self.replace("65536", "98304")
        self.apply()
        switch = app.find("check box|switch", "Take a snapshot first", LONG)
        self.assertFalse(switch.enabled)
        app.find("label", "The guest has no disk that could hold one.")
