"""TigerVNC's server: of another author than QEMU's and the program's."""

import socket
import subprocess

from PIL import Image

from screen import wait_for

SERVER = "Xtigervnc"
SIZE = (700, 500)


class Server:
    """A screen of its own, full of colours that run into one another."""

    def __init__(self, test, port, *security):
        self.port, self.display = port, f":{200 + port % 10_000}"
        self.file = test.folder / "there.ppm"
        self.process = subprocess.Popen(
            [SERVER, self.display, "-rfbport", str(port), "-localhost", "-retro", "-ac", "-depth", "24"]
            + ["-geometry", "{}x{}".format(*SIZE), *map(str, security)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)
        wait_for("TigerVNC", lambda: socket.create_connection(("127.0.0.1", port), 5).close() or True)
        # It does so whatever it says in the end.
        size = "{}x{}".format(*SIZE)
        subprocess.run(
            ["display", "-display", self.display, "-size", size, "-window", "root", "plasma:fractal"],
            capture_output=True,
        )

    def picture(self):
        """What an X client sees there."""
        subprocess.run(
            ["import", "-display", self.display, "-window", "root", "-depth", "8", self.file], check=True
        )
        return Image.open(self.file).convert("RGB").copy()
