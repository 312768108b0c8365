"""Servers of screens that only the user can vouch for, over VNC and SPICE."""

import os
import re
import shutil
import subprocess
import unittest

import certificates
import journey
import screen
from harness import keys, type_text, wait_for
from journey import LONG
from test_viewer import ViewerTest, free_port
from tigervnc import Server

HOST = "127.0.0.1"


class Trust(ViewerTest):
    def certificate(self, name, **options):
        """A folder with a server's certificate of an authority of its own."""
        folder = self.folder / name
        certificates.authority(folder)
        certificates.issue(folder, "server-cert.pem", "server-key.pem", "serverAuth", **options)
        shutil.copy(folder / "cacert.pem", folder / "ca-cert.pem")
        return folder

    def vnc(self, port, folder):
        """A VNC server behind TLS."""
        return self.machine(
            *("-object", f"tls-creds-x509,id=tls,dir={folder},endpoint=server,verify-peer=off,sanity-check=off"),
            *("-vnc", f"{HOST}:{port - 5900},tls-creds=tls"),
        )

    def question(self, address, title):
        app = self.start_app(address)
        app.find("label", title, timeout=LONG)
        return app

    def test_a_server_is_trusted_once_and_told_when_it_changes(self):
        port = free_port()
        first, second = self.certificate("first"), self.certificate("second", expired=True)
        machine = self.vnc(port, first)
        app = self.question(f"vnc://{HOST}:{port}", "Unknown Server")
        app.find("label", f"“{HOST}:{port}” says who it is by a certificate .*")
        for fact in ("CN=127.0.0.1", "CN=Test Authority", re.escape(certificates.fingerprint(first))):
            app.find("label", fact)
        # Nobody trusts it by accident.
        button = app.find("button", "Trust This Server").show()
        self.assertNotIn("focused", button.states)
        button.click()
        app.find("image", f"Screen of {HOST}:{port}", timeout=LONG)
        journey.original_size(app, app.window())
        journey.same_pictures(app, f"{HOST}:{port}", machine.picture)
        kept = self.folder / "data/posada/known-servers"
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        app.stop()

        # It is not asked again.
        app = self.start_app(f"vnc://{HOST}:{port}")
        app.find("image", f"Screen of {HOST}:{port}", timeout=LONG)
        app.stop()
        machine.end()

        self.vnc(port, second)
        app = self.question(f"vnc://{HOST}:{port}", "Server Has Changed")
        app.find("label", f"“{HOST}:{port}” shows another certificate .*It has expired.*")
        for folder in (first, second):
            app.find("label", re.escape(certificates.fingerprint(folder)))
        # To ask again changes nothing.
        app.find("button", "Reconnect").show().click()
        app.find("label", "Server Has Changed", timeout=LONG)
        app.find("button", "Trust This Server").show().click()
        app.find("image", f"Screen of {HOST}:{port}", timeout=LONG)
        app.stop()

    def test_a_server_of_a_known_authority_is_not_asked_about(self):
        port = free_port()
        folder = self.certificate("known")
        self.vnc(port, folder)
        home = self.folder / "own"
        (home / ".pki/CA").mkdir(parents=True)
        shutil.copy(folder / "cacert.pem", home / ".pki/CA")
        app = self.start_app(f"vnc://{HOST}:{port}", HOME=str(home))
        app.find("image", f"Screen of {HOST}:{port}", timeout=LONG)
        self.assertFalse(app.find_all("button", "Trust This Server"))

    def test_a_connection_that_is_no_longer_encrypted_is_told(self):
        port = free_port()
        machine = self.vnc(port, self.certificate("first"))
        app = self.question(f"vnc://{HOST}:{port}", "Unknown Server")
        app.find("button", "Trust This Server").show().click()
        app.find("image", f"Screen of {HOST}:{port}", timeout=LONG)
        app.stop()
        machine.end()
        self.machine("-vnc", f"{HOST}:{port - 5900}")
        app = self.question(f"vnc://{HOST}:{port}", "Less Protected Than Before")
        app.find("label", f"The connection to “{HOST}:{port}” was encrypted before.*")
        app.find("button", "Connect Anyway").click()
        app.find("image", f"Screen of {HOST}:{port}", timeout=LONG)

    @unittest.skipUnless(os.getuid() == 0, "only root can check passwords")
    def test_a_user_of_the_servers_system_signs_in_within_tls(self):
        secret = "t1sch & st8hl"
        try:
            subprocess.run(["chpasswd"], input=f"tester:{secret}\n", text=True, check=True)
        except subprocess.CalledProcessError:
            self.skipTest("no user whose password a test may set")
        folder, port = self.certificate("plain"), free_port()
        Server(
            *(self, port, "-SecurityTypes", "X509Plain", "-PlainUsers", "tester"),
            *("-X509Cert", folder / "server-cert.pem", "-X509Key", folder / "server-key.pem"),
        )
        app = self.question(f"vnc://{HOST}:{port}", "Unknown Server")
        app.find("button", "Trust This Server").show().click()
        for password in ("wrong", secret):
            app.find("text", "User Name", timeout=LONG).type("tester")
            app.find("text", "Password").focus()
            type_text(password)
            keys("Return")
            if password == "wrong":
                app.find("label", "The password was not accepted.", timeout=LONG)
        app.find("image", f"Screen of {HOST}:{port}", timeout=LONG)

    def test_spice_asks_the_same_and_fits_a_narrow_window(self):
        port = free_port()
        folder = self.certificate("spice", expired=True)
        machine = self.machine(
            *("-vga", "qxl", "-spice"),
            f"tls-port={port},addr={HOST},x509-dir={folder},tls-channel=default,disable-ticketing=on",
        )
        app = self.question(f"spice://{HOST}?tls-port={port}", "Unknown Server")
        app.find("label", "(?s).*It has expired.*No authority that this computer knows.*")
        window = app.window()
        screen.resize(window.window, 360, 600)
        button = app.find("button", "Trust This Server").show()
        wait_for("the narrow window", lambda: screen.geometry(window.window)[2] == 360)
        x, _, width, _ = button.extents()
        self.assertLessEqual(x + width, screen.geometry(window.window)[0] + 360)
        button.click()
        app.find("image", f"Screen of {HOST}:{port}", timeout=LONG)
        screen.resize(window.window, 1100, 720)
        journey.original_size(app, window)
        journey.same_pictures(app, f"{HOST}:{port}", machine.picture)
