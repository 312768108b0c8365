"""The console check: which link is missing, what adds it, and that it is seen to work."""

import re
import subprocess

from debian_guest import DebianGuest
from guest_screen import TABLET, ScreenTest
from harness import WindowTest, keys, needs_guests, wait_for
from journey import LONG

SPICE = "<graphics type='spice'><listen type='none'/></graphics>"


def check(app, window):
    """Opens the dialog."""
    app.choose(window, "Console Check…")
    dialog = app.find("dialog", "Console Check")
    dialog.find("list item", "Clipboard", LONG)
    return dialog


def says(dialog, feature, text, timeout=LONG):
    """Waits until the feature's row says it."""
    row = lambda: dialog.find("list item", feature)  # noqa: E731
    told = lambda: [label.name for label in row().find_all("label")]  # noqa: E731
    try:
        wait_for(text, lambda: any(re.fullmatch(text, line) for line in told()), timeout)
    except AssertionError as error:
        raise AssertionError(f"{error}; {feature} says {told()}") from None
    return row().show()


class ConsoleCheck(ScreenTest):
    @needs_guests
    def test_what_vnc_cannot_and_what_can_be_added(self):
        name = self.guest()
        app, window = self.open(name)
        app.find("image", f"Screen of {name}", timeout=LONG)
        dialog = check(app, window)
        self.screenshot("console-check-vnc")
        says(dialog, "USB redirection", "VNC, the protocol of this console, cannot carry it.*")
        says(dialog, "Pointer", "The guest has a tablet, and its system does not use it yet")
        row = says(dialog, "Guest agent", "The guest has no channel for its agent\\. .* from the next start on\\.")
        row.find("button", "Add").click()
        app.find("label", "Device added: it is there once.*", LONG)
        says(dialog, "Guest agent", "The device is there once the guest was shut down and started again")
        self.assertIn("org.qemu.guest_agent.0", self.virsh("dumpxml", "--inactive", name))
        self.assertNotIn("org.qemu.guest_agent.0", self.virsh("dumpxml", name))

        # Somebody else starts it again: the dialog follows.
        self.virsh("destroy", name)
        says(dialog, "Guest agent", "The devices are there\\. .*")
        self.virsh("start", name)
        says(dialog, "Guest agent", "Nothing answers inside the guest: “qemu-guest-agent” .*")
        dialog.find("list item", "sudo apt install qemu-guest-agent").show().find("button", "Copy Command").click()
        pasted = lambda: subprocess.run(  # noqa: E731
            ["xclip", "-o", "-selection", "clipboard"], capture_output=True
        ).stdout.decode()
        wait_for("the command", lambda: pasted() == "sudo apt install qemu-guest-agent")

    @needs_guests
    def test_what_spice_can_is_told_device_by_device(self):
        name = self.guest(SPICE + "<video><model type='qxl'/></video>" + TABLET)
        app, window = self.open(name)
        app.find("image", f"Screen of {name}", timeout=LONG)
        dialog = check(app, window)
        row = says(dialog, "Sound", "The guest has no sound device\\. .* from the next start on\\.")
        row.find("button", "Add").click()
        says(dialog, "Sound", "The device is there once.*")
        keys("Escape")
        app.gone("dialog", "Console Check")


class WithAgents(WindowTest):
    @classmethod
    def setUpClass(cls):
        cls.debian = DebianGuest.start("console-check", SPICE)
        cls.addClassCleanup(cls.debian.remove)
        cls.debian.wait_for_agent(400)
        there = lambda: cls.debian.run("pgrep -x openbox", check=False)  # noqa: E731
        wait_for("the user at the screen", there, 300)

    def log_in(self):
        """The user comes to the screen anew, and with the session its agent."""
        self.debian.run("systemctl start spice-vdagentd.socket; pkill -x openbox; systemctl --no-block restart screen.service")

    @needs_guests
    def test_what_is_added_is_seen_to_work(self):
        name = self.debian.name
        app = self.start_app("--connect", self.uri, "--show-domain-console", name, window=re.escape(name))
        app.find("image", f"Screen of {name}", timeout=LONG)
        window = app.window(re.escape(name))
        dialog = check(app, window)
        says(dialog, "Guest agent", "Works")
        row = says(dialog, "Clipboard", "The guest has no channel for the SPICE agent\\. It can be added now\\.")
        row.find("button", "Add Now").click()
        app.find("label", "Device added", LONG)
        # The agent of the user's session starts when somebody logs in.
        says(dialog, "Clipboard", "Nothing answers inside the guest: “spice-vdagent” .* logs in at .*")
        self.log_in()
        says(dialog, "Clipboard", "Works", 240)
        says(dialog, "File transfer", "Works")
        says(dialog, "Pointer", "Works")
        row = says(dialog, "Automatic resize", "Ready, and the picture is fitted.*")
        row.find("button", "Turn On").click()
        says(dialog, "Automatic resize", "Works")
        dialog.find("button", "Close").click()
        app.choose(window, "View Only")
        dialog = check(app, window)
        row = says(dialog, "Clipboard", "Ready, and “View Only” keeps it back")
        row.find("button", "Allow Input").click()
        says(dialog, "Clipboard", "Works")

        # The agents go and come: the rows follow.
        self.debian.run("systemctl stop spice-vdagentd.socket spice-vdagentd.service")
        says(dialog, "Clipboard", "Nothing answers inside the guest: “spice-vdagent” .*")
        dialog.find("list item", "sudo apt install spice-vdagent").show()
        self.log_in()
        says(dialog, "Clipboard", "Works", 240)

        row = says(dialog, "USB redirection", "The guest has no USB redirectors\\. It can be added now\\.")
        row.find("button", "Add Now").click()
        says(dialog, "USB redirection", "Devices can be connected|USB devices of this computer cannot be seen.*")
        live = self.virsh("dumpxml", name)
        self.assertEqual(live.count("<redirdev "), 2)
        row = says(dialog, "Shared folder", "The guest has no channel for a shared folder\\. .* from the next start on\\.")
        row.find("button", "Add").click()
        says(dialog, "Shared folder", "The device is there once.*")
        self.debian.agent("guest-exec", path="/bin/systemctl", arg=["stop", "qemu-guest-agent"])
        says(dialog, "Guest agent", "Nothing answers inside the guest: “qemu-guest-agent” .*")
