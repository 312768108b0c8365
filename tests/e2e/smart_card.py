"""A smart card in a reader of this computer, by the real PC/SC service.

The reader is vpcd, a driver for cards that are programs; the card is here.
"""

import socket
import struct
import subprocess
import threading
import time

from screen import wait_for

# Where the driver waits for the cards of its two readers.
PORTS = (35963, 35964)
READERS = ("Virtual PCD 00 00", "Virtual PCD 00 01")

# What the card says when it is turned on: protocol T=0, "PosAd".
ANSWER = bytes.fromhex("3b65000050 6f73 4164".replace(" ", ""))

POWER_OFF, POWER_ON, RESET, ASK = 0, 1, 2, 4


class CardService:
    """`pcscd` with two readers."""

    def __init__(self, test):
        self.process = subprocess.Popen(
            ["pcscd", "--foreground", "--disable-polkit"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        test.addCleanup(self.stop)
        for port in PORTS:
            wait_for("the reader", lambda: is_open(port) or None)

    def stop(self):
        """It is gone, as after an update."""
        self.process.terminate()
        self.process.wait(10)


class Card:
    """A card in one of the readers, which answers each command with the command's own bytes."""

    def __init__(self, test, reader=0):
        self.heard = []
        self.line = socket.create_connection(("127.0.0.1", PORTS[reader]))
        test.addCleanup(self.take_out)
        threading.Thread(target=self.run, daemon=True).start()

    def take_out(self):
        try:
            self.line.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is out
        self.line.close()

    def run(self):
        try:
            while True:
                (length,) = struct.unpack(">H", self.read(2))
                self.answer(self.read(length))
        except (OSError, EOFError):
            pass

    def read(self, length):
        data = b""
        while len(data) < length:
            part = self.line.recv(length - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def answer(self, message):
        if len(message) == 1:
            if message[0] == ASK:
                self.say(ANSWER)
            return
        self.heard.append(message)
        self.say(message + b"\x90\x00")

    def say(self, data):
        self.line.sendall(struct.pack(">H", len(data)) + data)


def is_open(port):
    """Whether somebody listens there; found out without calling."""
    wanted = f":{port:04X}"
    for table in ("tcp", "tcp6"):
        with open(f"/proc/net/{table}") as lines:
            for line in lines:
                words = line.split()
                if words[1].endswith(wanted) and words[3] == "0A":
                    return True
    return False
