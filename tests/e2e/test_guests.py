"""The list of guests: what happens outside shows, what is asked for is done."""

import os
import re
import subprocess

from guest_list import ITEM, LONG, GuestTest
from harness import keys, needs_guests, type_text, wait_for


class GuestsFromOutside(GuestTest):
    session = True

    @needs_guests
    def test_what_virsh_does_shows(self):
        name, other = self.unique("outside"), self.unique("renamed")
        self.open().find("button", "New Guest", LONG)
        self.define(name)
        self.shows(name, "Off")
        self.virsh("start", name)
        self.shows(name, "Running")
        self.virsh("suspend", name)
        self.shows(name, "Paused")
        self.virsh("resume", name)
        self.shows(name, "Running")
        self.virsh("desc", name, "--title", "--live", "--config", "The <inn> & more")
        self.shows("The <inn> & more", f"Running, .*{name}")
        self.virsh("desc", name, "--title", "--live", "--config", "")
        self.virsh("managedsave", name)
        self.shows(name, "Saved")
        self.virsh("start", name)
        self.shows(name, "Running")
        self.virsh("destroy", name)
        self.shows(name, "Off")
        # libvirt sends no event for these: they show when the user comes back.
        self.row(name).click(count=2)
        self.app.window(name)
        self.virsh("autostart", name)
        keys("ctrl+w")
        self.app.gone("frame", name)
        self.app.find("label", "Autostart")
        self.virsh("domrename", name, other)
        self.app.gone("list item", name)
        self.shows(other, "Off")
        self.virsh("undefine", other)
        self.app.gone("list item", other)


class Guests(GuestTest):
    @needs_guests
    def test_a_guests_life(self):
        name = self.define(self.unique("life"))
        self.open()
        self.select(name)
        self.button("Start").click()
        self.becomes(name, "running")
        self.shows(name, "Running")
        self.button("Pause").click()
        self.becomes(name, "paused")
        self.button("Resume").click()
        self.becomes(name, "running")

        heard = self.hears(name, "POWERDOWN")
        self.shows(name, "Running")
        self.button("Shut Down").click()
        self.assertTrue(heard(), "the power button was pressed")
        heard = self.hears(name, "POWERDOWN")
        self.choose(name, "Restart")
        self.assertTrue(heard(), "the power button was pressed")
        heard = self.hears(name, "RESET")
        self.choose(name, "Reset")
        self.question(f"Reset “{name}”\\?").find("button", "Reset").click()
        self.assertTrue(heard(), "it was reset")

        self.choose(name, "Save")
        self.shows(name, "Saved")
        self.assertEqual(self.info(name, "Managed save"), "yes")
        self.button("Restore").click()
        self.becomes(name, "running")
        self.choose(name, "Save")
        self.shows(name, "Saved")
        self.choose(name, "Drop Saved State")
        self.question("Drop the Saved State .*").find("button", "Drop Saved State").click()
        self.shows(name, "Off")
        self.assertEqual(self.info(name, "Managed save"), "no")

        self.choose(name, "Start with Host")
        wait_for("autostart", lambda: self.info(name, "Autostart") == "enable")
        self.app.find("label", "Autostart")
        self.choose(name, "Do Not Start with Host")
        wait_for("no autostart", lambda: self.info(name, "Autostart") == "disable")
        self.app.gone("label", "Autostart")

        # Forcing off asks, by name; only a yes counts.
        self.button("Start").click()
        self.becomes(name, "running")
        self.button("Force Off").click()
        self.question(f"Force Off “{name}”\\?")
        keys("Escape")
        self.app.gone("dialog|alert")
        self.assertEqual(self.state(name), "running")
        self.button("Force Off").click()
        self.question(f"Force Off “{name}”\\?").find("button", "Force Off").click()
        self.becomes(name, "shut off")

    @needs_guests
    def test_a_guest_has_other_names(self):
        name, other, new = (self.unique(kind) for kind in ("name", "other", "new"))
        self.define(name)
        self.define(other)
        self.open()
        self.select(name)
        keys("F2")
        dialog = self.question(f"Rename “{name}”")
        verb = dialog.find("button", "Rename")
        self.assertFalse(verb.enabled, "nothing is changed yet")
        entry = dialog.find("text", "Name")
        for text, why in [("", "Enter a name"), ("a/b", ".*“/”.*"), (other, "Another guest .*")]:
            entry.type(text)
            dialog.find("label", why)
            self.assertFalse(verb.enabled, text)
        entry.type(new)
        keys("Return")
        self.shows(new, "Off")
        self.assertEqual(self.state(new), "shut off")

        self.select(new)
        self.choose(new, "Title and Notes…")
        dialog = self.question("Title and Notes of .*")
        save = dialog.find("button", "Save")
        wait_for("the definition", lambda: save.enabled)
        dialog.find("text", "Title").type("Front desk")
        dialog.find("text", "Notes").focus()
        type_text("Keys are < & >")
        save.click()
        self.shows("Front desk", f"Off, .*{new}")
        self.assertEqual(self.virsh("desc", new, "--config"), "Keys are < & >")

        # A guest that runs keeps its name, and the key says why.
        self.virsh("start", new)
        self.shows("Front desk", "Running")
        self.select("Front desk")
        keys("F2")
        self.app.find("label", ".*cannot be renamed. The guest must be off")

    @needs_guests
    def test_what_cannot_be_done_says_why(self):
        name = self.define(self.unique("why"))
        self.open()
        self.select(name)
        pause = self.button("Pause")
        self.assertFalse(pause.enabled)
        self.assertEqual(pause.description, "The guest is not running")
        # The menu by its key, and by the other one.
        for chord in ("Menu", "shift+F10"):
            keys(chord)
            self.app.find("menu")
            item = self.app.find("menu item", "Force Off")
            self.assertFalse(item.enabled)
            self.assertEqual(item.description, "The guest is not running")
            self.assertTrue(self.app.find("menu item", "Start").enabled)
            keys("Escape")
            self.app.gone("menu")
        # What is chosen by key alone.
        keys("Menu")
        item = self.app.find("menu item", "Start")
        wait_for("the keyboard there", lambda: "focused" in item.states or keys("Down"))
        keys("Return")
        self.becomes(name, "running")
        self.shows(name, "Running")
        start = self.button("Start")
        wait_for("start disabled", lambda: not start.enabled)
        self.assertEqual(start.description, "The guest is running already")

    @needs_guests
    def test_many_at_once(self):
        names = [self.unique(kind) for kind in ("bulk-a", "bulk-b", "bulk-c")]
        for name in names:
            self.define(name)
        self.open()
        self.select(*names)
        self.button("Start").click()
        for name in names:
            self.becomes(name, "running")
            self.shows(name, "Running")
        self.virsh("suspend", names[0])
        self.shows(names[0], "Paused")
        # A mixed selection: each action does what fits.
        heard = [self.hears(name, "POWERDOWN") for name in names[1:]]
        self.button("Shut Down").click()
        for one in heard:
            self.assertTrue(one())
        self.choose(names[1], "Resume")
        self.becomes(names[0], "running")

        self.button("Force Off").click()
        dialog = self.question("Force Off 3 Guests\\?")
        dialog.find("label", f".*Guests: {', '.join(names)}")
        dialog.find("button", "Force Off").click()
        for name in names:
            self.becomes(name, "shut off")

        # All of the list, in selection mode, by keyboard and by button.
        self.app.find("toggle button", "Select Guests").click()
        keys("ctrl+a")
        self.app.find("label", "3 selected")
        keys("Escape")
        self.app.find("toggle button", "Select Guests").click()
        self.button("Select All").click()
        self.app.find("label", "3 selected")
        self.button("Delete…").click()
        dialog = self.question("Delete 3 Guests\\?")
        dialog.find("button", "Delete 3 Guests, Keep Disks").click()
        for name in names:
            self.app.gone("list item", name)
        self.app.find("label", "No Guests Yet")
        self.assertEqual(self.virsh("list", "--all", "--name"), "")

    @needs_guests
    def test_deleting_takes_what_was_ticked_and_no_more(self):
        name, other = self.unique("gone"), self.unique("other")
        pool = self.folder / "pool"
        pool.mkdir()
        pool.chmod(0o755)
        self.folder.chmod(0o755)
        self.virsh("pool-create-as", self.unique("pool"), "dir", "--target", pool)
        volume = lambda what: str(pool / f"{what}.img")
        for what in ("own", "kept", "shared"):
            self.virsh("vol-create-as", self.unique("pool"), f"{what}.img", "1M")
        iso = self.folder / "medium.iso"
        iso.write_bytes(b"x" * 4096)
        missing = self.folder / "missing.img"
        disks = self.disk(volume("own")) + self.disk(volume("kept"), "hdb")
        disks += self.disk(volume("shared"), "hdc", more="<shareable/>")
        disks += self.disk(iso, "hdd", "cdrom", more="<readonly/>")
        disks += self.disk(missing, "sda").replace("bus='ide'", "bus='sata'")
        self.define(name, disks)
        self.define(other, self.disk(volume("kept")))
        self.open()
        self.select(name)
        keys("Delete")
        dialog = self.question(f"Delete “{name}”\\?")
        for path in (*map(volume, ("own", "kept", "shared")), iso, missing):
            dialog.find("label", f"{re.escape(str(path))}.*")
        dialog.find("label", f".*also used by {other}")
        dialog.find("label", ".*shared between guests")
        dialog.find("label", ".*read-only or removable medium")
        (tick,) = dialog.find_all("check box")
        self.assertTrue(tick.name.startswith("hda ("), tick.name)
        self.assertFalse(tick.checked, "a disk is kept unless ticked")
        dialog.find("button", "Delete Guest, Keep Disks")
        tick.click()
        dialog.find("button", "Delete Guest and 1 Disk").click()
        self.app.gone("list item", name)
        wait_for("the disk gone", lambda: not os.path.exists(volume("own")))
        for path in (volume("kept"), volume("shared"), iso):
            self.assertTrue(os.path.exists(path), path)
        self.assertNotIn(name, self.virsh("list", "--all", "--name"))

    @needs_guests
    def test_deleting_says_what_is_lost_with_a_guest(self):
        name = self.unique("lost")
        disk = self.folder / "disk.qcow2"
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "8M"], check=True)
        self.folder.chmod(0o755)
        disk.chmod(0o666)
        self.define(name, self.disk(disk, format="qcow2"))
        self.virsh("snapshot-create-as", name, "one")
        self.virsh("snapshot-create-as", name, "two")
        self.virsh("start", name)
        self.virsh("managedsave", name)
        self.open()
        self.shows(name, "Saved")
        self.select(name)
        self.button("Delete…").click()
        dialog = self.question(f"Delete “{name}”\\?")
        dialog.find("label", "Its saved state will be lost. 2 snapshots will be lost.")
        keys("Escape")
        self.app.gone("dialog")
        self.assertEqual(self.state(name), "shut off")
        self.virsh("start", name)
        self.shows(name, "Running")
        self.button("Delete…").click()
        dialog = self.question(f"Delete “{name}”\\?")
        dialog.find("label", "It is running and will be forced off. 2 snapshots .*")
        dialog.find("button", "Delete Guest, Keep Disks").click()
        self.app.gone("list item", name)
        self.assertTrue(disk.exists())
        self.assertNotIn(name, self.virsh("list", "--all", "--name"))

    @needs_guests
    def test_what_cannot_be_deleted_stays_whole(self):
        name = self.unique("half")
        pool = self.folder / "pool"
        pool.mkdir()
        self.folder.chmod(0o755)
        pool.chmod(0o755)
        self.virsh("pool-create-as", self.unique("pool"), "dir", "--target", pool)
        self.virsh("vol-create-as", self.unique("pool"), "one.img", "1M")
        one = pool / "one.img"
        self.define(name, self.disk(one))
        self.open()
        self.select(name)
        self.button("Delete…").click()
        dialog = self.question(f"Delete “{name}”\\?")
        dialog.find("check box").click()
        # Somebody else begins to use the disk while the question is open.
        other = self.define(self.unique("late"), self.disk(one))
        dialog.find("button", "Delete Guest and 1 Disk").click()
        self.app.find("label", f"“{name}” could not be deleted")
        self.assertEqual(self.state(name), "shut off", "nothing was touched")
        self.assertTrue(one.exists())
        self.app.find("button", "Details").click()
        self.app.find("label", f".*{re.escape(str(one))} is used by {other}.*")
        keys("Escape")
        self.app.gone("label", ".* is used by .*")

        # A disk that cannot be removed: the guest is gone, and that is said.
        self.virsh("undefine", other)
        self.app.gone("list item", other)
        self.button("Delete…").click()
        dialog = self.question(f"Delete “{name}”\\?")
        dialog.find("check box").click()
        one.unlink()
        (one / "not empty").mkdir(parents=True)
        dialog.find("button", "Delete Guest and 1 Disk").click()
        self.app.find("label", f"Disks of “{name}” could not be removed")
        self.app.gone("list item", name)
        self.assertTrue(one.exists())


class AllGuests(GuestTest):
    """Search, order and the guests of several hosts."""

    HOST = """<node>
      <domain type='test'><name>mail</name><title>Post office</title><memory>65536</memory>
        <description>Rack seven</description>
        <metadata><o:libosinfo xmlns:o="http://libosinfo.org/xmlns/libvirt/domain/1.0">
          <o:os id="http://debian.org/debian/12"/></o:libosinfo></metadata>
        <os><type>hvm</type></os></domain>
      <domain type='test'><name>web10</name><memory>65536</memory><os><type>hvm</type></os>
        <test:runstate xmlns:test="http://libvirt.org/schemas/domain/test/1.0">5</test:runstate></domain>
      <domain type='test'><name>web9</name><memory>65536</memory><os><type>hvm</type></os>
        <test:runstate xmlns:test="http://libvirt.org/schemas/domain/test/1.0">3</test:runstate></domain>
    </node>"""

    def rows(self):
        guests = self.app.find("list", "Guests")
        return [item.name for item in guests.find_all("list item")]

    def listed(self, *names):
        wait_for(f"the list to be {names}", lambda: self.rows() == list(names))

    @needs_guests
    def test_search_filters_and_order_over_two_hosts(self):
        host = self.folder / "inn.xml"
        host.write_text(self.HOST)
        real = self.define(self.unique("real"))
        self.open()
        self.row(real)
        # A second command line is done by the first window.
        second = self.start_app("--connect", f"test://{host}", window=None)
        self.assertEqual(second.wait(), 0)
        self.row("web9")
        self.app.find("list item", "All Guests").click()
        self.listed("Post office", real, "web9", "web10")
        self.shows("web9", "Paused.*Test Host")
        self.shows(real, "Off.*This Computer")

        search = self.app.find("text", "Search guests")
        for text, found in [
            ("post", ["Post office"]),
            ("MAIL", ["Post office"]),
            ("debian", ["Post office"]),
            ("rack seven", ["Post office"]),
            ("web paused", ["web9"]),
            ("this comp", [real]),
            ("test web", ["web9", "web10"]),
        ]:
            search.type(text)
            self.listed(*found)
        search.type("nothing of the kind")
        self.app.find("label", "No Guest Found")
        self.button("Show All Guests").click()
        self.listed("Post office", real, "web9", "web10")

        # Ctrl+F goes to the search, Escape leaves it.
        self.select("web9")
        keys("ctrl+f")
        wait_for("the search focused", lambda: "focused" in search.states)
        type_text("web10")
        self.listed("web10")
        keys("Escape")
        self.listed("Post office", real, "web9", "web10")

        def view(*items):
            for item in items:
                self.app.find("toggle button", "Filter and Sort").click()
                self.app.find(ITEM, item).click()
                self.app.gone(ITEM, item)

        view("Paused", "Running")
        self.listed("Post office", "web9")
        view("Paused", "Running", "State")
        self.listed("Post office", "web9", real, "web10")
        view("Host")
        self.listed("Post office", "web9", "web10", real)

        # One action over both hosts.
        self.select("web10", real)
        self.button("Start").click()
        self.becomes(real, "running")
        self.shows("web10", "Running")
