"""What programs tell assistive technology, asked over D-Bus.

Directly: in AT-SPI's own library each question waits for the answer to the one
before, and a window takes thousands of them. Here many go out together.
"""

import os

from gi.repository import Gio, GLib

ACCESSIBLE = "org.a11y.atspi.Accessible"
ACTION = "org.a11y.atspi.Action"
COMPONENT = "org.a11y.atspi.Component"
TEXT = "org.a11y.atspi.Text"

REGISTRY = "org.a11y.atspi.Registry"
DESKTOP = (REGISTRY, "/org/a11y/atspi/accessible/root")

# A busy machine may take seconds to build a window.
PATIENCE = 15000

_connections = {}


def connection():
    """The bus of assistive technology, of the session that the tests are in."""
    session = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    if session not in _connections:
        bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        call = ("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
        (address,) = bus.call_sync(*call, None, None, Gio.DBusCallFlags.NONE, PATIENCE).unpack()
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        _connections[session] = Gio.DBusConnection.new_for_address_sync(address, flags)
    return _connections[session]


class Question:
    """A call of a method of one element."""

    def __init__(self, address, interface, method, arguments=None):
        name, path = address
        self.call = (name, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, PATIENCE)


def about(address, interface, name):
    """The question for a property."""
    arguments = GLib.Variant("(ss)", (interface, name))
    return Question(address, "org.freedesktop.DBus.Properties", "Get", arguments)


def ask(question):
    """What is answered: a value, or several."""
    return _value(connection().call_sync(*question.call))


def ask_all(questions):
    """The answers, in the same order; nothing from what is gone meanwhile."""
    questions = list(questions)
    bus = connection()
    answers = {}

    def answered(_bus, result, number):
        try:
            answers[number] = _value(bus.call_finish(result))
        except GLib.Error:
            answers[number] = None

    # Only the answers are waited for here.
    context = GLib.MainContext.new()
    context.push_thread_default()
    try:
        for number, question in enumerate(questions):
            bus.call(*question.call, None, answered, number)
        while len(answers) < len(questions):
            context.iteration(True)
    finally:
        context.pop_thread_default()
    return [answers[number] for number in range(len(questions))]


def _value(answer):
    values = answer.unpack()
    return values[0] if len(values) == 1 else values
