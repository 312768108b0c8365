"""SPICE servers that talk nonsense where the console can go on without."""

import contextlib

import journey
from harness import keys, wait_for
from journey import LONG
from relay import Relay
from sound import SoundServer
from test_viewer import ViewerTest, free_port

PLAYBACK, RECORD = 5, 6


class Garbage(ViewerTest):
    def server(self):
        self.port = free_port()
        return self.machine(
            *("-spice", f"addr=127.0.0.1,port={self.port},disable-ticketing=on", "-vga", "qxl"),
            *("-audiodev", "spice,id=sound", "-device", "intel-hda", "-device", "hda-duplex,audiodev=sound"),
        )

    def open(self, relay):
        sound = SoundServer(self)
        name = f"127.0.0.1:{relay.port}"
        app = self.start_app(f"spice://{name}", window=name, PULSE_SERVER=sound.address)
        app.find("image", f"Screen of {name}", timeout=LONG)
        return app, name

    def is_told(self, app, window):
        """The menu says that nothing is heard."""
        window.find("button|toggle button", "Main Menu").click()
        app.find("menu item", "Sound and Sharing").click()
        app.find("menu item|check menu item", "Mute \\(Sound Cannot Be Played\\)", LONG)
        keys("Escape", "Escape")
        app.gone("menu", "Main Menu")

    def goes_on(self, app, window, name, machine):
        app.find("image", f"Screen of {name}", timeout=LONG)
        journey.original_size(app, window)
        journey.same_pictures(app, name, machine.picture)
        keys("Down")
        journey.same_pictures(app, name, machine.picture)
        keys("ctrl+alt")

    def comes_back(self, app, window, name, machine):
        """The console has ended with a reason, and opens again."""
        app.find("label", "The guest’s graphics server sent something that makes no sense.", LONG)
        app.find("button", "Reconnect").click()
        self.goes_on(app, window, name, machine)

    def test_nonsense_for_a_greeting_ends_the_sound(self):
        machine = self.server()
        relay = Relay(self, self.port, spoil={PLAYBACK: 0, RECORD: 0})
        app, name = self.open(relay)
        window = app.window(name)
        self.is_told(app, window)
        self.goes_on(app, window, name, machine)

    def test_nonsense_later_on_ends_the_console_only(self):
        machine = self.server()
        relay = Relay(self, self.port)
        app, name = self.open(relay)
        window = app.window(name)
        wait_for("the channel of the sound", lambda: PLAYBACK in relay.clients)
        self.goes_on(app, window, name, machine)
        # Among it is a length for which there is no memory: it ends the library.
        with contextlib.suppress(OSError):
            # The connection may end before all of it is sent.
            relay.clients[PLAYBACK].sendall(b"\xfe" * 65536)
        self.comes_back(app, window, name, machine)
