"""Screens that a file or an address names, of a QEMU that no libvirt knows."""

import json
import re
import socket
import subprocess

from PIL import Image

import certificates
import journey
from harness import RESCUE_ISO, WindowTest, keys, type_text, wait_for
from journey import LONG
from test_console_check import check, says

PASSWORD = "c0rrect-h0rse"


class Machine:
    """A machine that only its screen's servers lead to."""

    def __init__(self, folder, *screens):
        self.folder = folder
        self.monitor = folder / f"monitor-{free_port()}"
        self.process = subprocess.Popen(
            [
                *("qemu-system-x86_64", "-accel", "tcg", "-m", "64", "-display", "none"),
                *("-qmp", f"unix:{self.monitor},server=on,wait=off", "-cdrom", RESCUE_ISO),
                *screens,
            ]
        )
        wait_for("the machine's monitor", self.monitor.exists)
        # It answers once all its servers are there.
        self.tell()

    def tell(self, *commands):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.monitor))
            lines = line.makefile("rw")
            lines.readline()
            for command, arguments in (("qmp_capabilities", {}), *commands):
                lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
                lines.flush()
                answer = {}
                while "return" not in answer:
                    answer = json.loads(lines.readline())
                    assert "error" not in answer, answer

    def picture(self):
        file = self.folder / "screen.ppm"
        self.tell(("screendump", {"filename": str(file)}))
        return Image.open(file).convert("RGB").copy()

    def end(self):
        self.process.kill()
        self.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ViewerTest(WindowTest):
    """Machines, and what is kept of their servers in the test's own folder."""

    def machine(self, *screens):
        machine = Machine(self.folder, *screens)
        self.addCleanup(machine.end)
        return machine

    def environment(self, **more):
        return super().environment(XDG_DATA_HOME=str(self.folder / "data"), **more)


class Viewer(ViewerTest):
    def file(self, **keys):
        file = self.folder / "screen.vv"
        lines = "\n".join(f"{key.replace('_', '-')}={value}" for key, value in keys.items())
        file.write_text(f"[virt-viewer]\n{lines}\n")
        return file

    def shows(self, name, source, machine):
        """The screen opens in a window of its own, with all its pixels."""
        app = self.start_app(source, window=re.escape(name))
        window = app.window(re.escape(name))
        app.find("image", re.escape(f"Screen of {name}"), timeout=LONG)
        self.assertFalse(app.find_all("button", "Add Connection"), "no manager opens")
        journey.original_size(app, window)
        journey.same_pictures(app, name, machine.picture)
        return app

    def test_an_address_of_vnc(self):
        port = free_port()
        machine = self.machine("-vnc", f"127.0.0.1:{port - 5900}")
        app = self.shows(f"127.0.0.1:{port}", f"vnc://127.0.0.1:{port}", machine)
        # It ends with its window.
        self.keys_to_window(app)
        wait_for("the end", lambda: app.process.poll() is not None)
        self.assertEqual(app.process.returncode, 0)

    def keys_to_window(self, app):
        """Closes the window by the keyboard, once the guest gave it back."""
        keys("ctrl+alt")
        app.find("label", "Click the screen.*")
        keys("ctrl+w")

    def test_a_socket_of_spice(self):
        path = self.folder / "spice socket"
        machine = self.machine("-spice", f"unix=on,addr={path},disable-ticketing=on", "-vga", "qxl")
        address = "spice+unix://" + str(path).replace(" ", "%20")
        self.shows(str(path), address, machine)

    def test_the_check_says_what_the_server_shows(self):
        port = free_port()
        self.machine(
            *("-spice", f"addr=127.0.0.1,port={port},disable-ticketing=on", "-vga", "qxl"),
            *("-device", "qemu-xhci", "-device", "usb-tablet"),
            *("-chardev", "spicevmc,id=usb,name=usbredir", "-device", "usb-redir,chardev=usb"),
        )
        name = f"127.0.0.1:{port}"
        app = self.start_app(f"spice://{name}", window=re.escape(name))
        app.find("image", f"Screen of {name}", timeout=LONG)
        window = app.window(re.escape(name))
        dialog = check(app, window)
        self.screenshot("console-check-server")
        says(dialog, "Clipboard", "Nothing answers inside the guest: it has no channel .*")
        says(dialog, "Sound", "The guest has no sound device.")
        says(dialog, "Shared folder", "The guest has no channel for a shared folder.")
        says(dialog, "USB redirection", "Devices can be connected|USB devices of this computer cannot be seen.*")
        self.assertFalse(dialog.find_all("list item", "Guest agent"), "libvirt alone can tell")
        self.assertFalse(dialog.find_all("button", "Add.*"), "there is nobody to add it")

    def test_a_file_with_tls_and_a_password(self):
        store = self.folder / "tls"
        certificates.authority(store, "ca-cert")
        certificates.authority(store)
        certificates.issue(store, "server-cert.pem", "server-key.pem", "serverAuth")
        (store / "ca-cert.pem").write_text((store / "cacert.pem").read_text())
        port = free_port()
        machine = self.machine(
            *("-object", f"secret,id=word,data={PASSWORD}", "-vga", "qxl", "-spice"),
            f"tls-port={port},addr=127.0.0.1,x509-dir={store},password-secret=word,tls-channel=default",
        )
        pem = (store / "cacert.pem").read_text().replace("\n", "\\n")
        file = self.file(
            **{"type": "spice", "host": "127.0.0.1", "tls_port": port, "ca": pem},
            **{"password": PASSWORD, "title": "Web & <co>", "delete_this_file": 1},
        )
        app = self.shows("Web & <co>", file, machine)
        self.assertFalse(file.exists(), "it asked to be deleted")

        # Another authority is not trusted.
        other = self.folder / "other"
        certificates.authority(other)
        pem = (other / "cacert.pem").read_text().replace("\n", "\\n")
        file = self.file(type="spice", host="127.0.0.1", tls_port=port, ca=pem, password=PASSWORD)
        self.start_app(file, window=None)
        app.window(f"127.0.0.1:{port}")
        app.find("label", "Unknown Server", timeout=LONG)
        self.assertTrue(file.exists())

    def test_a_password_is_asked_for_again_when_it_is_wrong(self):
        port = free_port()
        machine = self.machine("-vnc", f"127.0.0.1:{port - 5900},password=on")
        machine.tell(("set_password", {"protocol": "vnc", "password": "rueckert"}))
        file = self.file(type="vnc", host="127.0.0.1", port=port, password="falsch")
        app = self.start_app(file, window=f"127.0.0.1:{port}")
        field = app.find("text", "Password", timeout=LONG)
        app.find("label", "The password was not accepted.")
        field.click()
        type_text("rueckert")
        keys("Return")
        app.find("image", f"Screen of 127.0.0.1:{port}", timeout=LONG)

    def test_what_names_no_screen_says_why(self):
        for text, words in [
            ("[virt-viewer]\ntype=rdp\n", "Screens of the kind “rdp” cannot be shown.*"),
            ("[virt-viewer]\ntype=vnc\nhost=h\nport=99999\n", "Its “port” cannot be “99999”."),
            ("nonsense", "This is not a connection file of a screen.*"),
        ]:
            file = self.folder / "wrong.vv"
            file.write_text(text)
            app = self.start_app(file)
            app.find("dialog|alert", "This Screen Cannot Be Opened")
            app.find("label", words)
            app.process.terminate()
            app.process.wait()
