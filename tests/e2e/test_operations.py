"""Operations that take long, and what they leave behind."""

import os
import signal
from pathlib import Path
from xml.etree import ElementTree

import screen
from guest_list import LONG, GuestTest
from harness import keys, needs_guests, wait_for


class Operations(GuestTest):
    def hold(self, name):
        """Stops the guest's process, so that nothing asked of it ends; gives what lets it go on."""
        pids = [
            int(process.name)
            for process in Path("/proc").iterdir()
            if process.name.isdigit() and f"guest={name},".encode() in self.command_line(process)
        ]
        (pid,) = pids
        release = lambda: os.path.exists(f"/proc/{pid}") and os.kill(pid, signal.SIGCONT)
        self.addCleanup(release)
        os.kill(pid, signal.SIGSTOP)
        return release

    @staticmethod
    def command_line(process):
        try:
            return (process / "cmdline").read_bytes()
        except OSError:
            return b""

    @needs_guests
    def test_what_takes_long_shows_on_its_row(self):
        name = self.define(self.unique("slow"))
        self.virsh("start", name)
        self.open()
        self.shows(name, "Running")
        self.select(name)
        release = self.hold(name)
        self.button("Pause").click()
        self.shows(name, "Pausing…")
        wait_for("nothing else offered", lambda: not self.button("Shut Down").enabled)
        self.assertEqual(self.button("Shut Down").description, "Another operation is still going on")
        self.assertTrue(self.button("Force Off").enabled, "what hangs can be stopped")
        release()
        self.shows(name, "Paused")
        self.becomes(name, "paused")

    @needs_guests
    def test_the_list_of_operations_outlives_what_began_them(self):
        slow, bad = self.define(self.unique("slow")), self.unique("bad")
        pool = self.folder / "pool"
        pool.mkdir()
        self.folder.chmod(0o755)
        pool.chmod(0o755)
        self.virsh("pool-create-as", self.unique("pool"), "dir", "--target", pool)
        self.virsh("vol-create-as", self.unique("pool"), "one.img", "1M")
        one = pool / "one.img"
        self.define(bad, self.disk(one))
        self.virsh("start", slow)
        self.open()
        self.shows(slow, "Running")
        self.assertEqual(self.app.find_all("toggle button", ".*[Oo]peration.*"), [])

        # Somebody else begins to use the disk while the question is open.
        self.select(bad)
        self.button("Delete…").click()
        dialog = self.question(f"Delete “{bad}”\\?")
        dialog.find("check box").click()
        self.define(self.unique("late"), self.disk(one))
        dialog.find("button", "Delete Guest and 1 Disk").click()
        self.app.find("label", f"“{bad}” could not be deleted")

        release = self.hold(slow)
        self.choose(slow, "Save")
        self.shows(slow, "Saving…")
        button = self.app.find("toggle button", "1 operation is running")
        button.click()
        jobs = self.app.find("list", "Operations")
        jobs.find("label", f"Saving “{slow}”")
        jobs.find("progress bar", f"Saving “{slow}”")
        jobs.find("label", "Saving memory…")
        jobs.find("button", f"Cancel: Saving “{slow}”")
        jobs.find("label", f"Deleting “{bad}”")
        jobs.find("label", f"“{bad}” could not be deleted")
        self.screenshot_for_eyes("jobs")
        jobs.find("button", "Details").click()
        self.app.find("label", f".*{one} is used by .*")
        keys("Escape")
        self.app.gone("label", ".* is used by .*")

        release()
        self.shows(slow, "Saved")
        self.app.find("toggle button", "Operations").click()
        self.app.find("list", "Operations").find("label", "Finished")
        self.button("Clear Ended").click()
        self.app.gone("toggle button", "Operations")

    @needs_guests
    def test_a_uefi_guest_goes_with_its_settings(self):
        name = self.unique("uefi")
        file = self.folder / "guest.xml"
        file.write_text(
            f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>128</memory>"
            "<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type>"
            "<firmware><feature enabled='no' name='secure-boot'/></firmware></os>"
            "<features><acpi/></features></domain>"
        )
        self.virsh("define", file)
        # The settings are made when it first starts.
        self.virsh("start", name)
        self.virsh("destroy", name)
        nvram = Path(ElementTree.fromstring(self.virsh("dumpxml", name)).findtext("os/nvram"))
        self.assertTrue(nvram.exists(), nvram)
        self.open()
        self.select(name)
        keys("Delete")
        dialog = self.question(f"Delete “{name}”\\?")
        dialog.find("label", "Its UEFI settings will be removed.")
        dialog.find("button", "Delete Guest, Keep Disks").click()
        self.app.gone("list item", name)
        self.assertFalse(nvram.exists(), nvram)

    @needs_guests
    def test_a_guest_is_found_by_its_address(self):
        network, name, other = self.unique("net"), self.unique("leased"), self.unique("other")
        file = self.folder / "network.xml"
        bridge = "pt" + self.mark[1:]
        file.write_text(
            f"<network><name>{network}</name><bridge name='{bridge}'/>"
            "<ip address='192.168.213.1' netmask='255.255.255.0'>"
            "<dhcp><range start='192.168.213.77' end='192.168.213.77'/></dhcp></ip></network>"
        )
        self.virsh("net-define", file)
        self.virsh("net-start", network)
        # The firmware of the network card asks for an address by itself.
        card = f"<interface type='network'><source network='{network}'/><model type='e1000'/></interface>"
        self.define(name, card)
        self.define(other)
        self.virsh("start", name)
        self.open()
        self.shows(name, "Running, .*192\\.168\\.213\\.77")
        search = self.app.find("text", "Search guests")
        search.type("213.77")
        self.app.gone("list item", other)
        self.row(name)
        search.type("213.78")
        self.app.find("label", "No Guest Found")

    def screenshot_for_eyes(self, name):
        if os.environ.get("POSADA_EYES"):
            screen.screenshot(Path(os.environ["POSADA_EYES"]) / f"{name}.png")
