"""Elements of the window as assistive technology sees them."""

import contextlib
import re

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

import screen  # noqa: E402
from accessibility import ACCESSIBLE, ACTION, COMPONENT, DESKTOP, TEXT, Question, about, ask, ask_all  # noqa: E402
from screen import wait_for  # noqa: E402

# One name for what GTK and AT-SPI versions call differently.
ROLES = {
    "push button": "button",
    "entry": "text",
    "password text": "password",
    "check menu item": "menu item",
}


# What has nothing below.
LEAVES = ("label", "image", "separator")

# Of a toast with its distance to the lower edge, in pixels.
HEIGHT_OF_A_MESSAGE = 110

# A turn of the wheel scrolls by less than this, in pixels.
ROOM_OF_A_TURN = 150

STATES = [Atspi.StateType(number).value_nick for number in range(Atspi.StateType.LAST_DEFINED)]
ROLE_NAMES = [Atspi.role_get_name(Atspi.Role(number)) for number in range(Atspi.Role.LAST_DEFINED)]


def applications():
    """The programs in the accessible tree."""
    return Element(DESKTOP, None).children()


def _role(number):
    name = ROLE_NAMES[number]
    return ROLES.get(name, name)


def _states(words):
    return {name for number, name in enumerate(STATES) if words[number // 32] >> number % 32 & 1}


class Element:
    """One element; asks the program anew each time."""

    def __init__(self, address, parent):
        self.address = tuple(address)
        self.parent = parent

    @classmethod
    def with_ancestors(cls, address):
        """The element at an address, with all that it is in."""
        if address[1] == DESKTOP[1]:  # the program
            return cls(address, None)
        return cls(address, cls.with_ancestors(ask(about(address, ACCESSIBLE, "Parent"))))

    def __repr__(self):
        try:
            return f"<{self.role} “{self.name}”>"
        except GLib.Error:
            return "<what does not answer>"

    def ask(self, interface, method, arguments=None):
        return ask(Question(self.address, interface, method, arguments))

    @property
    def pid(self):
        bus = ("org.freedesktop.DBus", "/org/freedesktop/DBus")
        name = GLib.Variant("(s)", (self.address[0],))
        return ask(Question(bus, "org.freedesktop.DBus", "GetConnectionUnixProcessID", name))

    @property
    def role(self):
        return _role(self.ask(ACCESSIBLE, "GetRole"))

    @property
    def name(self):
        return ask(about(self.address, ACCESSIBLE, "Name"))

    @property
    def description(self):
        return ask(about(self.address, ACCESSIBLE, "Description"))

    @property
    def states(self):
        try:
            return _states(self.ask(ACCESSIBLE, "GetState"))
        except GLib.Error as error:
            if "does not exist" not in error.message and "ServiceUnknown" not in error.message:
                raise
            return {"defunct"}

    @property
    def enabled(self):
        return "sensitive" in self.states

    @property
    def checked(self):
        return bool({"checked", "pressed"} & self.states)

    @property
    def text(self):
        """The text in an entry or a label."""
        try:
            count = ask(about(self.address, TEXT, "CharacterCount"))
        except GLib.Error:  # it has a name only
            return self.name
        return self.ask(TEXT, "GetText", GLib.Variant("(ii)", (0, count)))

    @property
    def caret(self):
        """Before which character of its text the caret is."""
        return ask(about(self.address, TEXT, "CaretOffset"))

    @property
    def selection(self):
        """From which to before which character its text is selected."""
        return self.ask(TEXT, "GetSelection", GLib.Variant("(i)", (0,)))

    @property
    def child_count(self):
        return ask(about(self.address, ACCESSIBLE, "ChildCount"))

    def children(self):
        return [Element(address, self) for address in self.ask(ACCESSIBLE, "GetChildren")]

    def ancestors(self):
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def walk(self, hidden=False):
        """This element and all below it, without what does not show."""
        return (element for element, _ in self._below(hidden))

    def _below(self, hidden):
        """This element and all below, from top to bottom, each with its role.

        What goes away while it is read is left out."""
        roles, below = {self: self.role}, {}
        level = [self]
        while level:
            listed = ask_all(Question(element.address, ACCESSIBLE, "GetChildren") for element in level)
            found = [Element(child, it) for it, children in zip(level, listed) for child in children or ()]
            states = ask_all(Question(child.address, ACCESSIBLE, "GetState") for child in found)
            numbers = ask_all(Question(child.address, ACCESSIBLE, "GetRole") for child in found)
            level = []
            for child, words, number in zip(found, states, numbers):
                if words is None or number is None:
                    continue
                role = _role(number)
                if hidden or role == "application" or "showing" in _states(words):
                    roles[child] = role
                    below.setdefault(child.parent, []).append(child)
                    if role not in LEAVES:
                        level.append(child)

        def in_order(element):
            yield element, roles[element]
            for child in below.get(element, ()):
                yield from in_order(child)

        return list(in_order(self))

    def find_all(self, role, name=".*", hidden=False):
        """All elements of this role (or of these: `a|b`) below whose whole name matches."""
        roles = role.split("|")
        pattern = re.compile(name, re.DOTALL)
        found = [element for element, role in self._below(hidden) if role in roles]
        names = ask_all(about(element.address, ACCESSIBLE, "Name") for element in found)
        return [it for it, name in zip(found, names) if name is not None and pattern.fullmatch(name)]

    def find(self, role, name=".*", timeout=20, hidden=False):
        """The first such element, once there is one."""
        try:
            return wait_for(
                f"{role} “{name}” in {self}", lambda: (self.find_all(role, name, hidden) or [None])[0], timeout
            )
        except AssertionError as error:
            raise AssertionError(f"{error}; there is:\n{describe(self)}") from None

    def gone(self, role, name=".*", timeout=20):
        """Waits until no such element shows below."""
        wait_for(f"no {role} “{name}” in {self}", lambda: not self.find_all(role, name), timeout)

    def extents(self):
        """Place and size on the screen: x, y, width, height.

        AT-SPI's own screen coordinates are of no use under GTK 4. Its window
        coordinates count from the inside of the window's border, and have the
        border's width taken off twice. Those of what
        stands in a popover are those of its window too.
        """
        x, y, width, height = self._bounds()
        frame = self._frame()
        left, top, _, _ = screen.geometry(frame.window)
        outer_x, outer_y, _, _ = frame._bounds()
        return (left + x - 2 * outer_x, top + y - 2 * outer_y, width, height)

    def _bounds(self):
        kind = GLib.Variant("(u)", (Atspi.CoordType.WINDOW,))
        return self.ask(COMPONENT, "GetExtents", kind)

    def _frame(self):
        """The window that this element is in, or is."""
        return next(e for e in (self, *self.ancestors()) if e.parent.address[1] == DESKTOP[1])

    @property
    def window(self):
        """The X window that this element is in; a new one has its title late."""
        return wait_for("the X window", self._x_window)

    def _x_window(self):
        frame = self._frame()
        size = frame._bounds()[2:]
        named = [w for w in screen.windows_of(self.pid) if screen.title(w) == frame.name]
        fitting = [w for w in named if screen.geometry(w)[2:] == size]
        if not named:
            raise LookupError(f"no window “{frame.name}”")
        return (fitting or named)[0]

    def centre(self):
        """The middle of the element on the screen."""
        x, y, width, height = self.extents()
        return x + width // 2, y + height // 2

    def show(self):
        """Scrolls the element into view, with the wheel.

        GTK 4 does not scroll for assistive technology.
        """
        holds_bar = (e for e in self.ancestors() if any(c.role == "scroll bar" for c in e.children()))
        pane = next(holds_bar, None)
        if pane is None:
            return self

        def visible():
            self.steady_centre()
            _, y, _, height = self.extents()
            left, top, _, room = pane.extents()
            if y >= top and y + height <= top + room:
                return True
            # At the edge, where no field takes the wheel for itself.
            far = max(top - y, y + height - top - room)
            turns = max(1, far // ROOM_OF_A_TURN)
            screen.click_at(left + 4, top + room // 2, button=4 if y < top else 5, count=turns)
            return False

        wait_for(f"{self} in view", visible, 60)
        _, y, _, height = self.extents()
        _, top, _, room = pane.extents()
        if y + height > top + room - HEIGHT_OF_A_MESSAGE:
            self.dismiss_messages()
        return self

    def dismiss_messages(self):
        """Dismisses what lies over the lower edge of the window for some seconds."""
        window = self._frame()
        for dismiss in window.find_all("button", "Dismiss"):
            dismiss.act()
        window.gone("button", "Dismiss")

    def settle(self):
        """Waits until it no longer moves in its window."""
        places = []

        def at_rest():
            now = self._bounds()
            places.append(now)
            # What slows down moves by less than a pixel at last.
            return len(places) > 4 and set(places[-4:]) == {now} and now[2] > 0 and now[3] > 0

        wait_for(f"{self} at rest", at_rest, 10)

    def steady_centre(self):
        """The middle of the element once it no longer moves."""
        self.settle()
        return self.centre()

    def click(self, button=1, count=1):
        """Clicks on it with the pointer, once it is enabled and at rest."""
        wait_for(f"{self} enabled", lambda: self.enabled, 20)
        try:
            place = self.steady_centre()
        except AssertionError:
            if button == 1 and count == 1:
                return self.act()
            raise
        screen.click_at(*place, button=button, count=count)
        return self

    def act(self, name=None):
        """Carries out its accessible action: the first, or the one named."""
        count = ask(about(self.address, ACTION, "NActions"))
        names = [self.ask(ACTION, "GetName", GLib.Variant("(i)", (number,))) for number in range(count)]
        index = names.index(name) if name else 0
        if not self.ask(ACTION, "DoAction", GLib.Variant("(i)", (index,))):
            raise AssertionError(f"{self} does not carry out {names[index]}")
        return self

    def focus(self):
        """Gives it the keyboard."""
        try:
            grabbed = self.ask(COMPONENT, "GrabFocus")
        except GLib.Error:  # not every element takes it this way
            grabbed = False
        if not grabbed:
            self.click()
        wait_for(f"{self} focused", lambda: "focused" in self.states, 10)
        return self

    def select_all(self):
        """Selects what is in the entry that has the keyboard. A page that is still
        coming in may take that back, so it is done until it is seen."""

        def selected():
            return self.role == "password" or not self.text or self.selection == (0, len(self.text)) or None

        for _ in range(3):
            screen.keys("ctrl+a")
            with contextlib.suppress(AssertionError):
                return wait_for(f"all of {self} selected", selected, 3)
        raise AssertionError(f"{self} has “{self.text}” selected at {self.selection} only")

    def type(self, text):
        """Replaces what is in an entry, key by key."""
        self.focus()
        self.select_all()
        if text:
            screen.type_text(text)
        else:
            screen.keys("Delete")
        try:
            wait_for("the text", lambda: self.text == text or self.role == "password", 10)
        except AssertionError as error:
            raise AssertionError(f"typed “{text}” into {self}, which has “{self.text}” ({error})") from None
        return self


def describe(element, depth=0):
    """The tree below an element as text, without what only arranges."""
    lines = []
    try:
        states = element.states
        if depth and "showing" not in states and element.role != "application":
            return ""
        plain = element.role in ("panel", "grouping", "generic", "filler", "scroll pane", "viewport")
        if not (plain and not element.name):
            marks = [mark for mark in ("focused", "checked", "selected", "expanded") if mark in states]
            if "sensitive" not in states:
                marks.append("disabled")
            lines.append("  " * depth + f"{element.role} “{element.name}” {' '.join(marks)}".rstrip())
            depth += 1
        for child in element.children():
            lines.append(describe(child, depth))
    except Exception as error:  # the tree changes while it is read
        lines.append("  " * depth + f"({error})")
    return "\n".join(line for line in lines if line)


__all__ = ["Element", "applications", "describe"]
