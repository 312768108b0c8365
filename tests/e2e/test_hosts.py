"""Hosts are found, added by hand, and kept."""

from harness import WindowTest, keys


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
