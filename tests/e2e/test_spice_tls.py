"""SPICE behind TLS, on a host that is reached over SSH: a tunnel to the port
that speaks TLS, and a certificate that is the host's, not the tunnel's."""

import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import certificates
import journey
import sshd
from harness import RESCUE_ISO, needs_guests, virsh
from journey import LONG
from test_tls import HOST, NetworkTest


@unittest.skipUnless(Path(sshd.SSHD).exists(), "there is no sshd")
@unittest.skipUnless(os.getuid() == 0, "an SSH server that lets others in runs as root")
class ThroughSsh(NetworkTest):
    def setUp(self):
        super().setUp()
        self.home = self.folder / "own"
        (self.home / ".pki/CA").mkdir(parents=True)
        self.screens = self.folder / "screens"
        certificates.authority(self.screens)
        certificates.issue(self.screens, "server-cert.pem", "server-key.pem", "serverAuth")
        shutil.copy(self.screens / "cacert.pem", self.screens / "ca-cert.pem")
        self.daemon = self.serve(qemu=f'spice_tls = 1\nspice_tls_x509_cert_dir = "{self.screens}"')
        subprocess.run(["chmod", "-R", "a+rX", self.screens], check=True)
        self.server = sshd.Server(self.folder)
        self.addCleanup(self.server.stop)
        self.server.start()
        key = (self.folder / "host_key.pub").read_text()
        names = "".join(f"[{name}]:{self.server.port} {key}" for name in (HOST, "localhost"))
        self.server.known_hosts.write_text(names)

    def environment(self, **more):
        own = {"HOME": str(self.home), "XDG_DATA_HOME": str(self.folder / "data"), "PATH": self.server.path}
        return super().environment(**own, **more)

    def guest(self, graphics):
        name = f"tls-{self.mark}"
        file = self.daemon.folder / "tls.xml"
        file.write_text(
            f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory>"
            "<os><type arch='x86_64'>hvm</type><boot dev='cdrom'/></os><devices>"
            f"<disk type='file' device='cdrom'><source file='{RESCUE_ISO}'/><target dev='sda' bus='sata'/></disk>"
            f"<graphics type='spice' autoport='yes' listen='127.0.0.1' {graphics}/>"
            "<video><model type='vga'/></video></devices></domain>"
        )
        virsh(self.daemon.uri, "define", file)
        self.addCleanup(virsh, self.daemon.uri, "destroy", name, check=False)
        virsh(self.daemon.uri, "start", name)
        self.name = name

    def open(self, host):
        key = str(self.server.key).replace(" ", "%20")
        uri = f"qemu+ssh://root@{host}:{self.server.port}/session?socket={self.daemon.socket}&keyfile={key}"
        return self.start_app(
            "--connect", uri, "--show-domain-console", self.name, window=re.escape(self.name)
        )

    def shown(self, app):
        """Waits for the guest's own picture."""
        app.find("image", f"Screen of {self.name}", timeout=LONG)
        journey.original_size(app, app.window(re.escape(self.name)))

        def picture():
            file = self.folder / "screen"
            virsh(self.daemon.uri, "screenshot", self.name, str(file))
            return journey.Image.open(file).convert("RGB").copy()

        journey.same_pictures(app, self.name, picture)

    @needs_guests
    def test_a_certificate_is_the_hosts_and_not_the_tunnels(self):
        self.guest("defaultMode='secure'")
        app = self.open(HOST)
        app.find("label", "Unknown Server", timeout=LONG)
        app.find("label", f"“{HOST}:\\d+” says who it is by a certificate .*")
        app.find("label", re.escape(certificates.fingerprint(self.screens)))
        app.find("button", "Trust This Server").show().click()
        self.shown(app)
        app.stop()
        shutil.rmtree(self.folder / "data")

        # Whom an authority of the user's vouches for is not asked about,
        shutil.copy(self.screens / "cacert.pem", self.home / ".pki/CA")
        app = self.open(HOST)
        self.shown(app)
        self.assertFalse(app.find_all("button", "Trust This Server"))
        app.stop()
        # unless the certificate is another host's.
        app = self.open("localhost")
        app.find("label", "Unknown Server", timeout=LONG)
        app.find("label", "(?s).*It is made out to another name than “localhost”\\..*")
        app.find("button", "Trust This Server").show().click()
        self.shown(app)
