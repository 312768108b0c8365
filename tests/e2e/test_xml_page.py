"""The definition as text: edited, looked at before it is applied, taken back."""

import re
from xml.etree import ElementTree

from gi.repository import Atspi

from harness import keys, needs_guests, type_text, wait_for
from test_guests import LONG, GuestTest

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
        part = Atspi.Text.get_selection(self.editor.node.get_text_iface(), 0)
        return self.editor.text[part.start_offset : part.end_offset]

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

    def confirm(self, title="Apply These Changes.", verb="Apply"):
        dialog = self.app.find("dialog", title, LONG)
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
            at = Atspi.Text.get_caret_offset(self.editor.node.get_text_iface())
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
