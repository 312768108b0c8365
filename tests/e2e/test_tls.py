"""Hosts over TLS, with certificates of the test's own, and over plain TCP."""

import os
import re
import shutil
import socket
import subprocess
import unittest
from pathlib import Path

import certificates
from harness import WindowTest, keys, needs_guests, type_text, virsh, wait_for
from journey import LONG
from sshd import free_port
from test_hosts import choose
from test_remote import host_state

HOST = "127.0.0.1"
LIBVIRTD = "/usr/sbin/libvirtd"
USERS = Path("/usr/sbin/saslpasswd2")
PASSWORD = "p<a>ss w0rt"


class Daemon:
    """A session daemon that listens on the network, as a user without rights."""

    def __init__(self, folder, options, qemu=""):
        self.folder = folder
        self.tls, self.tcp = free_port(), free_port()
        self.socket = folder / "run/libvirt/libvirt-sock"
        for name in ("run", "config/libvirt", "cache", "data"):
            (folder / name).mkdir(parents=True)
        (folder / "config/libvirt/qemu.conf").write_text(f'stdio_handler = "file"\n{qemu}\n')
        (folder / "libvirtd.conf").write_text(
            f'listen_addr = "{HOST}"\ntls_port = "{self.tls}"\ntcp_port = "{self.tcp}"\n'
            f'listen_tls = 1\nlisten_tcp = 1\nauth_tcp = "none"\n'
            f'key_file = "{folder}/pki/serverkey.pem"\ncert_file = "{folder}/pki/servercert.pem"\n'
            f'ca_file = "{folder}/pki/cacert.pem"\n{options}\n'
        )
        # Where SASL finds its settings and its users.
        (folder / "libvirt.conf").write_text(f"mech_list: scram-sha-256\nsasldb_path: {folder}/users.db\n")
        if USERS.exists():
            make = [USERS, "-p", "-c", "-f", folder / "users.db", "-a", "libvirt", "-u", "inn", "ana"]
            subprocess.run(make, input=PASSWORD, text=True, check=True)
        subprocess.run(["chmod", "-R", "a+rwX", folder], check=True)
        folder.chmod(0o777)
        rights = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.getuid() == 0 else []
        folders = {"RUNTIME_DIR": "run", "CONFIG_HOME": "config", "CACHE_HOME": "cache", "DATA_HOME": "data"}
        own = {f"XDG_{name}": str(folder / value) for name, value in folders.items()}
        self.log = open(folder / "libvirtd.log", "w")
        self.process = subprocess.Popen(
            [*rights, LIBVIRTD, "--listen", "-f", folder / "libvirtd.conf", "-p", folder / "pid"],
            env={**os.environ, "HOME": str(folder), "SASL_CONF_PATH": str(folder), **own},
            stdin=subprocess.DEVNULL,
            stderr=self.log,
        )
        self.uri = f"qemu+unix:///session?socket={self.socket}"
        try:
            wait_for("libvirtd", lambda: self.process.poll() is not None or self._answers(), 30)
        except AssertionError as error:
            raise AssertionError(f"{error}: {(folder / 'libvirtd.log').read_text()}") from None

    def _answers(self):
        return bool(virsh(self.uri, "uri", check=False))

    def define(self, name):
        file = self.folder / "guest.xml"
        file.write_text(
            f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory>"
            "<os><type arch='x86_64'>hvm</type></os></domain>"
        )
        virsh(self.uri, "define", file)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


@unittest.skipUnless(Path(LIBVIRTD).exists(), "there is no libvirtd")
class NetworkTest(WindowTest):
    """A test with a daemon of its own on the network."""

    def serve(self, options='auth_tls = "none"', qemu=""):
        self.folder.chmod(0o755)
        pki = self.folder / "daemon/pki"
        pki.parent.mkdir()
        certificates.authority(pki)
        certificates.issue(pki, "servercert.pem", "serverkey.pem", "serverAuth")
        daemon = Daemon(self.folder / "daemon", options, qemu)
        self.addCleanup(daemon.stop)
        daemon.define(f"far-{self.mark}")
        return daemon

    def client(self, daemon, name, **options):
        """A folder with what a client shows and trusts."""
        folder = self.folder / name
        folder.mkdir()
        for file in ("cacert.pem", "cacert.key"):
            shutil.copy(daemon.folder / "pki" / file, folder)
        certificates.issue(folder, "clientcert.pem", "clientkey.pem", "clientAuth", **options)
        return folder

    def add(self, app, uri):
        app.find("button", "Add Connection").click()
        dialog = app.find("dialog", "Add Connection")
        choose(app, dialog, "Hypervisor", "Any other, by its URI")
        dialog.find("text", "URI").type(uri)
        dialog.find("text", "Name").type("Far")
        dialog.find("button", "Add").click()
        app.gone("dialog", "Add Connection")


class OverTheNetwork(NetworkTest):
    def remove(self, app):
        app.find("toggle button", "Menu of “Far”").click()
        app.find("menu item", "Remove…").click()
        app.find("dialog|alert", "Remove “Far”.*").find("button", "Remove").click()
        app.gone("list item", "Far")

    @needs_guests
    def test_certificates_open_a_host_and_wrong_ones_are_told(self):
        daemon = self.serve()
        address = f"qemu+tls://{HOST}:{daemon.tls}/session?pkipath="
        good = self.client(daemon, "good")
        app = self.start_app()
        self.add(app, f"{address}{good}")
        host_state(app, "Far", "Connected")
        app.find("list item", f"far-{self.mark}")
        self.remove(app)

        stranger = self.client(daemon, "stranger")
        certificates.authority(stranger)
        expired = self.client(daemon, "expired", expired=True)
        missing = self.folder / "missing"
        missing.mkdir()
        nobody = self.folder / "nobody"
        nobody.mkdir()
        shutil.copy(good / "cacert.pem", nobody)
        for folder, words in (
            (stranger, "Your own certificate is not signed by the authority.*"),
            (expired, "A certificate on this computer has expired.*"),
            (missing, "A certificate on this computer is missing.*"),
            (nobody, f"“{HOST}” does not accept your own certificate.*"),
        ):
            self.add(app, f"{address}{folder}")
            app.find("label", "Certificate Not Accepted", LONG)
            app.find("label", words)
            app.find("button", "Try Again")
            self.remove(app)

    @needs_guests
    def test_a_host_whose_own_certificate_has_expired(self):
        folder = self.folder / "pki"
        certificates.authority(folder)
        certificates.issue(folder, "clientcert.pem", "clientkey.pem", "clientAuth")
        certificates.issue(folder, "servercert.pem", "serverkey.pem", "serverAuth", expired=True)
        # libvirt's daemon itself refuses to start with it.
        port = free_port()
        server = subprocess.Popen(
            ["openssl", "s_server", "-quiet", "-accept", f"{HOST}:{port}"]
            + ["-cert", folder / "servercert.pem", "-key", folder / "serverkey.pem"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait_for("the server", lambda: socket.create_connection((HOST, port), 5).close() or True)
        app = self.start_app()
        self.add(app, f"qemu+tls://{HOST}:{port}/session?pkipath={folder}")
        app.find("label", "Certificate Not Accepted", LONG)
        app.find("label", f"The certificate of “{HOST}” has expired,.*")

    @needs_guests
    def test_plain_tcp_works_and_is_warned_of(self):
        daemon = self.serve()
        app = self.start_app()
        app.find("button", "Add Connection").click()
        dialog = app.find("dialog", "Add Connection")
        choose(app, dialog, "Hypervisor", "QEMU/KVM session")
        choose(app, dialog, "Location", "Remote over plain TCP")
        dialog.find("text", "Host name.*").type(HOST)
        dialog.find("text", "Port.*").type(str(daemon.tcp))
        dialog.find("label", "Plain TCP is not encrypted.*")
        dialog.find("label", re.escape(f"qemu+tcp://{HOST}:{daemon.tcp}/session"))
        dialog.find("text", "Name").type("Far")
        keys("Return")
        host_state(app, "Far", "Connected")
        app.find("list item", f"far-{self.mark}")
        # Nobody listens there any more.
        daemon.stop()
        host_state(app, "Far", "Connection lost")

    @needs_guests
    @unittest.skipUnless(USERS.exists(), "there is no SASL")
    def test_a_host_that_asks_for_user_and_password(self):
        daemon = self.serve('auth_tls = "sasl"')
        good = self.client(daemon, "good")
        app = self.start_app(POSADA_LOG="trace")
        self.add(app, f"qemu+tls://{HOST}:{daemon.tls}/session?pkipath={good}")
        for password in ("wrong", PASSWORD):
            dialog = app.find("dialog|alert", "Sign In to “Far”", LONG)
            user = dialog.find("text", "User name")
            wait_for("the keyboard there", lambda: "focused" in user.states)
            user.type("ana@inn")
            keys("Tab")
            secret = dialog.find("text", "Password")
            wait_for("the keyboard there", lambda: "focused" in secret.states)
            type_text(password)
            wait_for("dots for it", lambda: len(secret.text) == len(password) and len(set(secret.text)) == 1)
            keys("Return")
            if password == "wrong":
                app.find("label", "Sign-In Refused", LONG)
                app.find("button", "Try Again").click()
        host_state(app, "Far", "Connected")
        app.find("list item", f"far-{self.mark}")
        app.log.flush()
        self.assertNotIn(PASSWORD, Path(app.log.name).read_text(errors="replace"))
