"""Sound over VNC, as QEMU sends it."""

import re

import screen
from debian_guest import VNC, DebianGuest
from harness import WindowTest, needs_guests, wait_for
from journey import LONG
from sound import SoundServer

DEVICES = VNC.replace("listen='127.0.0.1'/>", "listen='127.0.0.1'><audio id='1'/></graphics>") + (
    "<sound model='ich9'><audio id='1'/></sound><audio id='1' type='none'/>"
)


class VncSound(WindowTest):
    @classmethod
    def setUpClass(cls):
        cls.debian = DebianGuest.start("vnc-sound", DEVICES)
        cls.addClassCleanup(cls.debian.remove)
        cls.debian.wait_for_agent()
        there = lambda: cls.debian.run("pgrep -x openbox", check=False)  # noqa: E731
        wait_for("the user at its screen", there, 240)

    def open(self, sound):
        name = self.debian.name
        app = self.start_app(
            *("--connect", self.uri, "--show-domain-console", name),
            window=re.escape(name),
            PULSE_SERVER=sound.address,
        )
        app.find("image", f"Screen of {name}", timeout=LONG)
        return app, app.window(re.escape(name))

    @needs_guests
    def test_the_guest_is_heard_until_it_is_muted(self):
        sound = SoundServer(self)
        app, window = self.open(sound)
        player = self.debian.run("speaker-test -t sine -f 440 -c 2 -l 0 >/tmp/played 2>&1 & echo $!")
        self.addCleanup(self.debian.run, f"kill {player}", check=False)
        sound.wait_for_tone(440, LONG)
        self.assertEqual(sound.players(), ["Posada"])
        app.choose(window, "Sound and Sharing", "Mute")
        sound.wait_for_silence(LONG)
        app.choose(window, "Sound and Sharing", "Mute")
        sound.wait_for_tone(440, LONG)
        # One that takes no more holds nobody up.
        sound.hang()
        self.debian.at_screen("xsetroot -solid '#204080'")
        x, y, width, height = app.find("image", "Screen of .*").extents()
        middle = lambda: screen.grab(x + width // 2, y + height // 2, 1, 1).getpixel((0, 0))  # noqa: E731
        wait_for("the guest's new colour", lambda: middle()[:3] == (0x20, 0x40, 0x80) or None, LONG)
