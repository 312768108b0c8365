"""How pictures are sent: chosen by the user, or as the line bears it."""

import re

from PIL import ImageChops, ImageStat

import journey
import screen
from guest_screen import TABLET, VNC, ScreenTest
from harness import keys, needs_guests, wait_for
from journey import LONG
from relay import HOST, Relay, wishes
from test_viewer import ViewerTest, free_port
from tigervnc import Server

# VNC's name of a quality of JPEG, and SPICE's wish for a kind of packing with
# its values (spice/enums.h).
JPEG = -27
PREFERRED = b"\x67\x00\x01\x00\x00\x00"
OFF, BEST = 1, 2

# VNC's name of a server's leave to say what a pixel is.
WMVI = b"WMVi"


class Quality(ViewerTest):
    def open(self, address):
        name = re.escape(address.split("//")[1])
        app = self.start_app(address, window=name)
        self.shown = app.find("image", f"Screen of {name}", timeout=LONG)
        self.window = app.window(name)
        return app

    def choose(self, app, item):
        app.choose(self.window, "Picture Quality", item)

    def wants_jpeg(self, relay):
        """Whether the latest wish on the line is for pictures that only look alike."""
        _, asked = wishes(relay.said[-1])
        return JPEG in asked[-1] if asked else None

    def bits(self, relay):
        """How many bits a pixel has on the line."""
        return wishes(relay.said[-1])[0][-1]

    def share(self, app, server):
        """How much of the window's picture is exactly the server's."""
        name = f"{HOST}:{self.relay.port}"
        ours = journey.shown_picture(app, name, server.picture().size)
        return screen.same_pixels(ours, server.picture())

    def exact(self, app, server):
        # The server's pointer may be in its picture.
        wait_for("the server's pixels", lambda: self.share(app, server) > 0.998, LONG)

    def alike(self, app, server, least=0.5):
        name = f"{HOST}:{self.relay.port}"

        def near():
            theirs = server.picture()
            apart = ImageChops.difference(journey.shown_picture(app, name, theirs.size), theirs)
            off = max(ImageStat.Stat(apart).mean)
            # Not the same, and not much else.
            return least <= off < 12 or (_ for _ in ()).throw(LookupError(f"{off:.1f} off"))

        wait_for("a picture that looks alike", near, LONG)

    def test_the_user_chooses(self):
        server = Server(self, free_port(), "-SecurityTypes", "None")
        self.relay = Relay(self, server.port)
        app = self.open(f"vnc://{HOST}:{self.relay.port}")
        journey.original_size(app, self.window)
        keys("ctrl+alt")
        self.exact(app, server)
        self.assertFalse(self.wants_jpeg(self.relay), "a fast line needs none")
        self.choose(app, "Lossy \\(for Slow Lines\\)")
        wait_for("the wish for it", lambda: self.wants_jpeg(self.relay))
        self.alike(app, server)
        self.choose(app, "Exact \\(for Fast Lines\\)")
        wait_for("the wish for it", lambda: self.wants_jpeg(self.relay) is False)
        self.exact(app, server)

    def test_qemu_sends_small_pixels_where_it_packs_no_jpeg(self):
        port = free_port()
        machine = self.machine("-vnc", f"127.0.0.1:{port - 5900}", "-usb", "-device", "usb-tablet")
        self.relay = Relay(self, port)
        name = f"{HOST}:{self.relay.port}"
        app = self.open(f"vnc://{name}")
        journey.original_size(app, self.window)
        journey.same_pictures(app, name, machine.picture)
        self.assertEqual(self.bits(self.relay), 32)
        for item, bits in (("Lossy", 16), ("Exact", 32), ("Lossy", 16), ("Automatic", 32)):
            keys("ctrl+alt")
            self.choose(app, f"{item}.*")
            wait_for("the wish for it", lambda: self.bits(self.relay) == bits)  # noqa: B023
            app.gone("menu", "Main Menu")
            # The picture lives.
            self.shown.click()
            keys("Down")
            if bits == 32:
                journey.same_pictures(app, name, machine.picture)
            else:
                # Black and white are the same in 16 bits.
                self.alike(app, machine, 0)
        # A guest that starts anew draws in other modes, one after the other.
        keys("ctrl+alt")
        self.choose(app, "Lossy.*")
        wait_for("the wish for it", lambda: self.bits(self.relay) == 16)
        app.gone("menu", "Main Menu")
        before = machine.picture()
        machine.tell(("system_reset", {}))
        wait_for("another picture", lambda: machine.picture() != before)
        self.alike(app, machine, 0)
        said = b"".join(bytes(part) for part in self.relay.said)
        self.assertFalse(WMVI in said, "QEMU would go back to 32 bits with each mode")

    def test_a_slow_line_is_found_out(self):
        server = Server(self, free_port(), "-SecurityTypes", "None")
        self.relay = Relay(self, server.port, rate=150_000)
        app = self.open(f"vnc://{HOST}:{self.relay.port}")
        wait_for("the wish for less", lambda: self.wants_jpeg(self.relay), LONG)
        journey.original_size(app, self.window)
        self.alike(app, server)
        # The user knows better.
        keys("ctrl+alt")
        self.choose(app, "Exact \\(for Fast Lines\\)")
        self.exact(app, server)

    def test_spice_packs_as_it_is_told(self):
        port = free_port()
        self.machine("-spice", f"addr=127.0.0.1,port={port},disable-ticketing=on", "-vga", "qxl")
        self.relay = Relay(self, port)
        app = self.open(f"spice://{HOST}:{self.relay.port}")

        def told():
            """The wishes so far, one after the other."""
            said = b"".join(bytes(part) for part in self.relay.said)
            return [value[0] for value in re.findall(re.escape(PREFERRED) + b"(.)", said, re.DOTALL)]

        wait_for("the screen", lambda: self.window.find("button", "Send Keys").enabled)
        self.assertEqual(told(), [], "the server knows best")
        self.choose(app, "Unpacked \\(for Fast Lines\\)")
        wait_for("the wish for it", lambda: told() == [OFF])
        self.choose(app, "Packed \\(for Slow Lines\\)")
        wait_for("the wish for it", lambda: told() == [OFF, BEST])


class Kept(ScreenTest):
    @needs_guests
    def test_a_guest_keeps_what_was_chosen(self):
        name = self.guest(VNC + TABLET)
        app, window = self.open(name)
        app.find("image", f"Screen of {name}", timeout=LONG)
        lossy = "Lossy \\(for Slow Lines\\)"
        app.choose(window, "Picture Quality", lossy)
        app.gone("menu", "Main Menu")
        app.stop()
        app, window = self.open(name)
        app.find("image", f"Screen of {name}", timeout=LONG)
        window.find("button|toggle button", "Main Menu").click()
        app.find("menu item", "Picture Quality").click()
        wait_for("the choice", lambda: app.find("radio menu item|menu item", lossy).checked)
