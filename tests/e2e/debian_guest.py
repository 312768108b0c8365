"""The Debian guest of tests/guest: a system with a user at its screen.

It answers through the guest agent, so that a test can look at what it does
from the inside, whichever way the console went. Emulated, it is at its screen
after about a minute: start it once for a class of tests (`setUpClass`).

    class Agent(WindowTest):
        @classmethod
        def setUpClass(cls):
            cls.debian = DebianGuest.start("agent-guest")
            cls.addClassCleanup(cls.debian.remove)

        def test_it_answers(self):
            self.assertEqual(self.debian.run("hostname"), "posada-guest")
            self.assertIn("1280x800", self.debian.at_screen("xrandr"))

On the serial port the user is `guest` with the password `posada`.
"""

import base64
import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from harness import default_uri, virsh
from screen import wait_for

SPICE = """
    <graphics type='spice'><listen type='none'/></graphics>
    <channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>
"""
VNC = """
    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>
    <channel type='qemu-vdagent'>
      <source><clipboard copypaste='yes'/></source>
      <target type='virtio' name='com.redhat.spice.0'/>
    </channel>
"""
VIDEO = "<video><model type='virtio'/></video>"

DEFINITION = """
<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>768</memory>
  <vcpu>2</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{folder}/vmlinuz</kernel>
    <initrd>{folder}/initrd</initrd>
    <cmdline>root=/dev/vda rw console=ttyS0 quiet mitigations=off {arguments}</cmdline>
  </os>
  <cpu mode='maximum'/>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='{folder}/disk.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <controller type='usb' model='qemu-xhci'/>
    <input type='tablet' bus='usb'/>
    <serial type='pty'/>
    <console type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    {video}
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <memballoon model='virtio'/>
    {devices}
  </devices>
</domain>
"""


class DebianGuest:
    """A running Debian guest, in a folder of its own."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        self.uri = default_uri()

    @classmethod
    def start(cls, name, devices=SPICE, arguments="", video=VIDEO):
        """Starts a fresh guest with these devices; does not wait for it."""
        made = os.environ.get("POSADA_TEST_GUEST")
        if made is None:
            raise unittest.SkipTest("this system cannot make the Debian guest")
        folder = Path("/var/tmp") / f"posada-{name}-{os.getpid()}"
        folder.mkdir()
        guest = cls(name, folder)
        for part in ("vmlinuz", "initrd", "disk.qcow2"):
            shutil.copy(Path(made) / part, folder)
        folder.chmod(0o755)
        definition = folder / "definition.xml"
        definition.write_text(
            DEFINITION.format(name=name, folder=folder, devices=devices, arguments=arguments, video=video)
        )
        virsh(guest.uri, "define", definition)
        virsh(guest.uri, "start", name)
        return guest

    def remove(self):
        """Leaves nothing of it."""
        virsh(self.uri, "destroy", self.name, check=False)
        virsh(self.uri, "undefine", self.name, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_for_agent(self, timeout=240):
        """Waits until its agent answers."""
        ping = json.dumps({"execute": "guest-ping"})

        def answers():
            done = subprocess.run(
                ["virsh", "-q", "-c", self.uri, "qemu-agent-command", self.name, ping],
                capture_output=True,
            )
            return done.returncode == 0

        wait_for("the agent of the Debian guest", answers, timeout)
        return self

    def wait_for_screen(self, timeout=240):
        """Waits until its user is at the screen and the SPICE agent is there."""
        self.wait_for_agent(timeout)
        there = lambda: self.run("pgrep -x openbox && pgrep -x spice-vdagentd", check=False)
        wait_for("the user at the screen of the Debian guest", there, timeout)
        return self

    def agent(self, command, **arguments):
        """What the guest agent says to a command of its protocol."""
        message = {"execute": command}
        if arguments:
            message["arguments"] = {key.replace("_", "-"): value for key, value in arguments.items()}
        answer = virsh(self.uri, "qemu-agent-command", "--timeout", 30, self.name, json.dumps(message))
        return json.loads(answer)["return"]

    def run(self, command, check=True, input_data=None):
        """What a shell command says in the guest, as root.

        It is over when the last process lets its output go: what stays behind
        (`xclip -i`) needs `>/dev/null 2>&1`.
        """
        more = {}
        if input_data is not None:
            more["input_data"] = base64.b64encode(input_data.encode()).decode()
        pid = self.agent(
            "guest-exec", path="/bin/sh", arg=["-c", command], capture_output=True, **more
        )["pid"]
        status = wait_for(
            f"the end of {command!r}",
            lambda: (now := self.agent("guest-exec-status", pid=pid))["exited"] and now,
            60,
        )
        said = {part: base64.b64decode(status.get(part, "")).decode() for part in ("out-data", "err-data")}
        if check and status.get("exitcode") != 0:
            raise AssertionError(f"{command}: {said['out-data']}{said['err-data']}")
        return said["out-data"].strip()

    def at_screen(self, command, **options):
        """The same as its user, at its screen."""
        quoted = command.replace("'", "'\\''")
        return self.run(f"su guest -c 'export DISPLAY=:0; {quoted}'", **options)
