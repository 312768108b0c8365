"""Hosts are found, added by hand, and kept."""

from harness import WindowTest, keys


def choose(app, dialog, row, item):
    """Chooses an item of a row with a list behind it."""
    dialog.find("combo box", row).click()
    app.find("list item|label", item).click()
    dialog.find("label", item)


class Hosts(WindowTest):
    def test_the_test_host_is_offered_at_the_first_start_and_kept(self):
        app = self.start_app()
        app.find("list item", "Test Host.*").click()
        app.gone("label", "Welcome to Posada")
        # libvirt's test hypervisor has one guest, by this name.
        app.find("label", "test")
        keys("ctrl+q")
        self.assertEqual(app.wait(), 0)

        again = self.start_app()
        again.find("label", "Test Host.*")
        self.assertFalse(again.find_all("label", "Welcome to Posada"))

    def test_a_host_is_added_by_its_form(self):
        app = self.start_app()
        app.find("button", "Add Connection").click()
        dialog = app.find("dialog", "Add Connection")
        dialog.find("text", "Name").type("Our Inn")
        dialog.find("button", "Add").click()
        app.gone("dialog", "Add Connection")
        app.find("label", "Our Inn")

    def test_what_is_wrong_stands_at_its_field(self):
        app = self.start_app()
        app.find("button", "Add Connection").click()
        dialog = app.find("dialog", "Add Connection")
        name = dialog.find("text", "Name")
        self.assertEqual(name.text, "This Computer")
        choose(app, dialog, "Location", "Remote over SSH")
        self.wait_for("no name for what is not finished", lambda: name.text == "")
        host = dialog.find("text", "Host name.*")
        for field, wrong, words in (
            ("Host name.*", "a b", "A host name has no spaces."),
            ("Host name.*", "ana@inn", "Put the user name into its own field."),
            ("Host name.*", "inn:22", ".*A port goes into its own field."),
            ("Host name.*", "50%", "“%” cannot be part of a host name."),
            ("Port.*", "70000", "A port is a number from 1 to 65535."),
            ("User name.*", "ana b", "A user name has no spaces."),
            ("User name.*", "-lroot", "A user name cannot begin with “-”."),
        ):
            field = dialog.find("text", field)
            field.type(wrong)
            label = dialog.find("label", words)
            self.wait_for("it read out with the field", lambda: field.description == label.name)
            self.assertIn("invalid-entry", field.states)
            # Right beneath what it is about.
            below = label.extents()[1] - sum(field.extents()[1::2])
            self.assertTrue(0 <= below < 30, f"{wrong}: {below} px below its field")
            self.assertFalse(dialog.find("button", "Add").enabled)
            field.type("")
            host.type("fe80::1")
        dialog.find("text", "User name.*").type("ana@inn.example")
        dialog.find("label", r"qemu\+ssh://ana%40inn.example@\[fe80::1\]/system")
        self.assertEqual(name.text, "fe80::1")
        choose(app, dialog, "Location", "Remote over plain TCP")
        dialog.find("label", "Plain TCP is not encrypted.*")
        choose(app, dialog, "Hypervisor", "Any other, by its URI")
        dialog.find("text", "URI").type("qemu+shh://inn/system")
        dialog.find("label", "Character 6: There is no transport “shh”.*")
        keys("Escape")
        app.gone("dialog", "Add Connection")

    def test_a_host_with_its_own_protocol_asks_for_its_user(self):
        app = self.start_app()
        app.find("button", "Add Connection").click()
        dialog = app.find("dialog", "Add Connection")
        choose(app, dialog, "Hypervisor", "VMware ESX")
        dialog.find("text", "Host name.*").type("127.0.0.1")
        dialog.find("text", "Port.*").type("1")
        dialog.find("label", "esx://127.0.0.1:1/")
        dialog.find("button", "Add").click()
        question = app.find("alert|dialog", "Sign In to “127.0.0.1”")
        self.assertEqual(question.find("text", "User name").text, "root")
        keys("Escape")
        app.find("label", "Sign-In Cancelled")
        app.find("button", "Try Again").click()
        app.find("alert|dialog", "Sign In to “127.0.0.1”")
