"""VNC as libvirt protects it: TLS, certificates of both sides, and SASL."""

import re
import shutil
import subprocess
import unittest

import certificates
import journey
from harness import RESCUE_ISO, keys, needs_guests, type_text, virsh, wait_for
from journey import LONG
from test_remote import host_state
from test_tls import HOST, PASSWORD, USERS, NetworkTest


class LibvirtsVnc(NetworkTest):
    """Guests of a host over TLS, whose screens are reached by the network."""

    def setUp(self):
        super().setUp()
        self.home = self.folder / "own"
        (self.home / ".pki/libvirt/private").mkdir(parents=True)

    def environment(self, **more):
        data = str(self.folder / "data")
        return super().environment(HOME=str(self.home), XDG_DATA_HOME=data, **more)

    def host(self, *settings, graphics=""):
        """A host with these settings of its screens, and a running guest."""
        self.screens = self.folder / "screens"
        certificates.authority(self.screens)
        certificates.issue(self.screens, "server-cert.pem", "server-key.pem", "serverAuth")
        shutil.copy(self.screens / "cacert.pem", self.screens / "ca-cert.pem")
        users = self.folder / "users"
        users.mkdir()
        lines = [
            f'vnc_tls_x509_cert_dir = "{self.screens}"',
            f'vnc_sasl_dir = "{users}"',
            *settings,
        ]
        daemon = self.serve(qemu="\n".join(lines))
        subprocess.run(["chmod", "-R", "a+rX", self.screens], check=True)
        self.daemon, self.name = daemon, f"seen-{self.mark}"
        file = daemon.folder / "seen.xml"
        file.write_text(
            f"<domain type='qemu'><name>{self.name}</name><memory unit='MiB'>64</memory>"
            "<os><type arch='x86_64'>hvm</type><boot dev='cdrom'/></os><devices>"
            f"<disk type='file' device='cdrom'><source file='{RESCUE_ISO}'/><target dev='sda' bus='sata'/></disk>"
            f"<graphics type='vnc' listen='0.0.0.0' {graphics}/><video><model type='vga'/></video>"
            "</devices></domain>"
        )
        virsh(daemon.uri, "define", file)
        return daemon

    def users(self, mechanism):
        """Who may see screens, as QEMU asks for it."""
        folder = self.folder / "users"
        settings = folder / "qemu.conf"
        settings.write_text(f"mech_list: {mechanism}\nsasldb_path: {folder}/users.db\n")
        make = [USERS, "-p", "-c", "-f", folder / "users.db", "-a", "qemu", "-u", "inn", "ana"]
        subprocess.run(make, input=PASSWORD, text=True, check=True)
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)

    def open(self):
        """The guest's window, from the list of its host."""
        virsh(self.daemon.uri, "start", self.name)
        self.addCleanup(virsh, self.daemon.uri, "destroy", self.name, check=False)
        app = self.start_app()
        self.add(app, f"qemu+tls://{HOST}:{self.daemon.tls}/session?pkipath={self.client(self.daemon, 'good')}")
        host_state(app, "Far", "Connected")
        app.find("list item", self.name).click(count=2)
        app.window(re.escape(self.name))
        return app

    def shown(self, app):
        """The guest's pixels are in the window."""
        app.find("image", f"Screen of {self.name}", timeout=LONG)
        journey.original_size(app, app.window(re.escape(self.name)))
        journey.same_screen(app, self.daemon.uri, self.name)

    def know_authority(self):
        (self.home / ".pki/CA").mkdir(parents=True)
        shutil.copy(self.screens / "cacert.pem", self.home / ".pki/CA")

    def own_certificate(self, key):
        """A certificate of the user's own, where libvirt's clients have it."""
        folder = self.home / ".pki/libvirt"
        for file in ("cacert.pem", "cacert.key"):
            shutil.copy(self.screens / file, folder)
        certificates.issue(folder, "clientcert.pem", key, "clientAuth")

    def sign_in(self, app, wrong=3):
        """Gives name and password, first wrong ones."""
        for turn in range(wrong + 1):
            user = app.find("text", "User Name", timeout=LONG)
            if turn > 0:
                app.find("label", "The password was not accepted.", timeout=LONG)
            secret = app.find("text", "Password")
            wait_for("an empty field", lambda: app.find("text", "Password").text == "")  # noqa: B023
            user.type("ana@inn")
            secret.focus()
            type_text(PASSWORD if turn == wrong else f"wrong{turn}")
            keys("Return")
            wait_for("the answer to be sent", lambda: "showing" not in secret.states or secret.text == "")  # noqa: B023

    @needs_guests
    def test_its_certificate_is_asked_about_once(self):
        self.host("vnc_tls = 1")
        app = self.open()
        app.find("label", "Unknown Server", timeout=LONG)
        app.find("label", re.escape(certificates.fingerprint(self.screens)))
        app.find("button", "Trust This Server").show().click()
        self.shown(app)

    @needs_guests
    def test_a_password_of_the_definition_opens_it_within_tls(self):
        self.host("vnc_tls = 1", graphics="passwd='geheim12'")
        self.know_authority()
        self.shown(self.open())

    @needs_guests
    def test_it_wants_a_certificate_of_the_user(self):
        self.host("vnc_tls = 1", "vnc_tls_x509_verify = 1")
        self.know_authority()
        app = self.open()
        app.find("label", "Certificate Needed", timeout=LONG)
        self.own_certificate("clientkey.pem")
        app.find("button", "Reconnect").click()
        self.shown(app)

    @needs_guests
    @unittest.skipUnless(USERS.exists(), "there is no SASL")
    def test_users_sign_in_within_tls_with_certificates_of_both_sides(self):
        self.host("vnc_tls = 1", "vnc_tls_x509_verify = 1", "vnc_sasl = 1")
        self.users("scram-sha-256")
        self.know_authority()
        self.own_certificate("private/clientkey.pem")
        app = self.open()
        self.sign_in(app)
        self.shown(app)

    @needs_guests
    @unittest.skipUnless(USERS.exists(), "there is no SASL")
    def test_users_sign_in_where_sasl_alone_encrypts(self):
        self.host("vnc_sasl = 1")
        self.users("digest-md5")
        app = self.open()
        self.sign_in(app, wrong=1)
        self.shown(app)
