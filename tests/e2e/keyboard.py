"""Where the keyboard is, as the program tells it."""

import time

from elements import Element
from gi.repository import Atspi, GLib
from screen import keys


def element_of(node):
    """The element with all that it is in."""
    parent = node.get_parent()
    inside = parent is not None and parent.get_role_name() != "desktop frame"
    return Element(node, element_of(parent) if inside else None)


class Keyboard:
    """Follows what has the keyboard, without looking through the window for it."""

    def __init__(self):
        self.seen = []
        self.listener = Atspi.EventListener.new(self._told)
        self.listener.register("object:state-changed:focused")

    def stop(self):
        self.listener.deregister("object:state-changed:focused")

    def _told(self, event):
        if event.detail1:
            self.seen.append(Element(event.source, None))

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
