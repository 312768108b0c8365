"""An SSH server on loopback, and how the program's `ssh` reaches it without
touching anybody's keys."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from screen import wait_for

SSHD = "/usr/sbin/sshd"


def make_key(path, passphrase=""):
    """A key pair, in place of one that may be there."""
    Path(path).unlink(missing_ok=True)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)], check=True
    )


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def children(pid):
    """All processes below one."""
    found = []
    for task in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(task.joinpath("stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # it ended
        if parent == pid:
            found += [int(task.name), *children(int(task.name))]
    return found


class Server:
    """An sshd with a host key of its own; takes `folder/key`, or passwords."""

    def __init__(self, folder, passwords=False):
        self.folder = folder
        self.port = free_port()
        self.process = None
        # Where root's sshd gives up its rights; made by its service elsewhere.
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        self.key = folder / "client key"
        make_key(folder / "host_key")
        make_key(self.key)
        self.known_hosts = folder / "known_hosts"
        yes, no = ("no", "yes") if passwords else ("yes", "no")
        (folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {folder}/host_key\nPidFile none\n"
            f'AuthorizedKeysFile "{folder}/authorized_keys"\nPubkeyAuthentication {yes}\n'
            f"PasswordAuthentication {no}\nKbdInteractiveAuthentication no\nUsePAM no\n"
            "StrictModes no\nPermitRootLogin yes\n"
        )
        (folder / "ssh_config").write_text(
            f'UserKnownHostsFile "{self.known_hosts}"\nGlobalKnownHostsFile /dev/null\n'
            "IdentityFile none\nIdentitiesOnly yes\nIdentityAgent none\n"
        )
        programs = folder / "bin"
        programs.mkdir()
        ssh = programs / "ssh"
        ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F "{folder}/ssh_config" "$@"\n')
        ssh.chmod(0o755)
        self.path = f"{programs}:{os.environ['PATH']}"
        self.accept_key()

    def accept_key(self):
        """Lets the present key in."""
        shutil.copy(f"{self.key}.pub", self.folder / "authorized_keys")

    def start(self):
        """Starts it and waits until it answers."""
        self.process = subprocess.Popen(
            [SSHD, "-D", "-f", self.folder / "sshd_config"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for("sshd", self._answers)
        return self

    def _answers(self):
        with socket.create_connection(("127.0.0.1", self.port), 5) as stream:
            return stream.recv(4) == b"SSH-"

    def stop(self):
        """Ends it and everybody's connection."""
        if self.process is None:
            return
        for pid in [*children(self.process.pid), self.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it ended with another one
        self.process.wait()
        self.process = None

    def change_host_key(self):
        """Is another host from now on."""
        self.stop()
        make_key(self.folder / "host_key")
        self.start()

    def fingerprint(self):
        """The host key's, as its administrator would read it out."""
        told = subprocess.run(
            ["ssh-keygen", "-lf", self.folder / "host_key.pub"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        return told.split()[1]
