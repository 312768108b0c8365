"""Servers of screens that hang, and passwords that are wrong again and again."""

import re
import signal

import journey
from harness import keys, type_text, wait_for
from journey import LONG
from test_viewer import ViewerTest, free_port

SILENT = "The guest’s graphics server does not answer.*"


class Links(ViewerTest):
    def hangs_and_comes_back(self, address, name, machine):
        app = self.start_app(address, window=re.escape(name))
        shown = app.find("image", f"Screen of {re.escape(name)}", timeout=LONG)
        shown.click()
        app.find("label", "Press .* to release.*")
        machine.process.send_signal(signal.SIGSTOP)
        self.addCleanup(machine.process.send_signal, signal.SIGCONT)
        type_text("x")
        app.find("label", SILENT, timeout=30)
        # The window lives.
        keys("ctrl+alt")
        window = app.window(re.escape(name))
        window.find("button|toggle button", "Main Menu").click()
        app.find("menu item", "Send Keys")
        keys("Escape")
        machine.process.send_signal(signal.SIGCONT)
        app.gone("label", SILENT, timeout=30)
        journey.original_size(app, window)
        journey.same_pictures(app, name, machine.picture)

    def test_a_spice_server_that_hangs(self):
        port = free_port()
        machine = self.machine(
            *("-spice", f"addr=127.0.0.1,port={port},disable-ticketing=on"),
            *("-vga", "qxl", "-usb", "-device", "usb-tablet"),
        )
        self.hangs_and_comes_back(f"spice://127.0.0.1:{port}", f"127.0.0.1:{port}", machine)

    def test_a_vnc_server_that_hangs(self):
        port = free_port()
        machine = self.machine("-vnc", f"127.0.0.1:{port - 5900}", "-usb", "-device", "usb-tablet")
        self.hangs_and_comes_back(f"vnc://127.0.0.1:{port}", f"127.0.0.1:{port}", machine)

    def wrong_three_times(self, address, name):
        app = self.start_app(address, window=re.escape(name))
        for turn, password in enumerate(("wrong1", "wrong2", "wrong3", "rueckert")):
            field = app.find("text", "Password", timeout=LONG)
            if turn > 0:
                app.find("label", "The password was not accepted.")
            wait_for("an empty field", lambda: app.find("text", "Password").text == "")
            field.click()
            type_text(password)
            keys("Return")
            if turn < 3:
                app.find("label", "The password was not accepted.", timeout=LONG)
        app.find("image", f"Screen of {re.escape(name)}", timeout=LONG)

    def test_a_wrong_password_three_times_over_vnc(self):
        port = free_port()
        machine = self.machine("-vnc", f"127.0.0.1:{port - 5900},password=on")
        machine.tell(("set_password", {"protocol": "vnc", "password": "rueckert"}))
        self.wrong_three_times(f"vnc://127.0.0.1:{port}", f"127.0.0.1:{port}")

    def test_a_wrong_password_three_times_over_spice(self):
        port = free_port()
        self.machine(
            *("-object", "secret,id=word,data=rueckert", "-vga", "qxl"),
            *("-spice", f"addr=127.0.0.1,port={port},password-secret=word"),
        )
        self.wrong_three_times(f"spice://127.0.0.1:{port}", f"127.0.0.1:{port}")
