"""A guest whose screen is drawn by the host's graphics card.

There is no card here. What QEMU's server would say of one is put between what it says,
and the memory is another: rows of pixels, as a card has them that is none.
"""

import fcntl
import mmap
import os
import socket
import struct

import journey
from harness import wait_for
from journey import LONG
from PIL import Image
from relay import CHANNEL, UnixRelay
from test_viewer import ViewerTest

DISPLAY = 2
# Messages of the channel in both directions (spice/enums.h).
SCANOUT, DRAW, DRAWN = 320, 321, 104
UPRIGHT = 1
WIDTH, HEIGHT = 640, 480


def message(kind, *words):
    return struct.pack(f"<HI{len(words)}I", kind, 4 * len(words), *words)


class Card(ViewerTest):
    def setUp(self):
        super().setUp()
        path = self.folder / "server"
        machine = self.machine("-spice", f"unix=on,addr={path},disable-ticketing=on")
        self.relay = UnixRelay(self, self.folder / "relay", path)
        # The server knows of no card.
        self.relay.keeps = {DISPLAY: message(DRAWN)}
        self.app = self.start_app(f"spice+unix://{self.relay.path}")
        self.image = self.app.find("image", "Screen of .*", timeout=LONG)
        self.display = wait_for("the channel of the screen", lambda: self.relay.clients.get(DISPLAY))
        # It draws nothing else.
        machine.tell(("stop", {}))
        journey.original_size(self.app, self.app.window())
        name = self.image.name.removeprefix("Screen of ")
        self.same = lambda picture: journey.same_pictures(self.app, name, picture)
        self.same(machine.picture)
        self.fd = os.memfd_create("screen", os.MFD_ALLOW_SEALING)
        self.addCleanup(os.close, self.fd)
        os.ftruncate(self.fd, WIDTH * HEIGHT * 4)

    def scan_out(self, pixel=b"AR24", flags=UPRIGHT):
        words = (WIDTH, HEIGHT, WIDTH * 4, int.from_bytes(pixel, "little"), flags)
        self.display.sendall(message(SCANOUT, *words))
        socket.send_fds(self.display, [b"@"], [self.fd])

    def paint(self, upper, lower):
        """Two colours, one above the other, seen through as nothing is."""
        half = WIDTH * HEIGHT // 2
        with mmap.mmap(self.fd, 0) as memory:
            memory[:] = bytes([*upper[::-1], 0]) * half + bytes([*lower[::-1], 0]) * half
        self.display.sendall(message(DRAW, 0, 0, WIDTH, HEIGHT))

    def shows(self, upper, lower):
        wanted = Image.new("RGB", (WIDTH, HEIGHT), upper)
        wanted.paste(lower, (0, HEIGHT // 2, WIDTH, HEIGHT))
        self.same(lambda: wanted)

    def drawn(self):
        """How often the guest was told to go on."""
        said = [bytes(part) for part in self.relay.said if part[CHANNEL] == DISPLAY]
        return said[0].count(message(DRAWN))

    def test_a_card_s_memory_is_shown_as_it_is(self):
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        self.scan_out()
        red, green, blue = (255, 0, 0), (0, 255, 0), (0, 0, 255)
        self.paint(red, blue)
        self.shows(red, blue)
        wait_for("the guest to go on", lambda: self.drawn() == 1)
        self.paint(green, red)
        self.shows(green, red)
        wait_for("the guest to go on", lambda: self.drawn() == 2)
        # Cards that begin at the bottom.
        self.scan_out(flags=0)
        self.paint(green, blue)
        self.shows(blue, green)

    def test_memory_that_could_go_is_not_read(self):
        self.scan_out()
        self.app.find("label", "The guest draws its screen on the host’s graphics card in a way .*", LONG)
        self.app.find("button", "Reconnect")
        self.assertNotIn("panicked", self.app.output())
