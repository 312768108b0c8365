"""Where the keyboard is, as the program tells it."""

import time

from accessibility import DESKTOP, Question, ask, connection
from elements import Element
from gi.repository import Gio, GLib
from screen import keys

# As AT-SPI calls what is told, and how it comes.
TOLD = "object:state-changed:focused"
SIGNAL = (None, "org.a11y.atspi.Event.Object", "StateChanged", None, "focused")


class Keyboard:
    """Follows what has the keyboard, without looking through the window for it."""

    def __init__(self):
        self.seen = []
        self.match = connection().signal_subscribe(*SIGNAL, Gio.DBusSignalFlags.NONE, self._told)
        # Programs tell nothing unless somebody listens.
        self._register("RegisterEvent", GLib.Variant("(sass)", (TOLD, [], "")))

    def stop(self):
        self._register("DeregisterEvent", GLib.Variant("(s)", (TOLD,)))
        connection().signal_unsubscribe(self.match)

    @staticmethod
    def _register(method, arguments):
        registry = (DESKTOP[0], "/org/a11y/atspi/registry")
        ask(Question(registry, DESKTOP[0], method, arguments))

    def _told(self, _bus, name, path, _interface, _signal, arguments):
        if arguments[1]:
            self.seen.append(Element((name, path), None))

    def press(self, *chords, timeout=5):
        """Presses keys, and answers with what has the keyboard then; nothing if
        that stays where it is."""
        self.listen()
        self.seen.clear()
        keys(*chords)
        end = time.monotonic() + timeout
        while not self.seen and time.monotonic() < end:
            self.listen()
        return self.seen[-1] if self.seen else None

    @staticmethod
    def listen():
        """Takes what was told meanwhile."""
        context = GLib.MainContext.default()
        while context.iteration(False):
            pass
