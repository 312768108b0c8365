"""Elements of the window as assistive technology sees them."""

import re
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

import screen  # noqa: E402
from screen import wait_for  # noqa: E402

# A busy machine may take a second or two to build a window.
Atspi.set_timeout(5000, 15000)


def _warned(_domain, _level, message, *_):
    # AT-SPI asks each program that appears for a cache, which GTK 4 puts up a
    # moment later. Nothing here uses it.
    if "GetItems" not in message:
        print(message, file=sys.stderr)


GLib.log_set_handler("dbind", GLib.LogLevelFlags.LEVEL_WARNING, _warned, None)

# One name for what GTK and AT-SPI versions call differently.
ROLES = {
    "push button": "button",
    "entry": "text",
    "password text": "password",
    "check menu item": "menu item",
}


def applications():
    """The programs in the accessible tree."""
    desktop = Atspi.get_desktop(0)
    desktop.clear_cache()
    for index in range(desktop.get_child_count()):
        node = desktop.get_child_at_index(index)
        if node is not None:
            node.set_cache_mask(Atspi.Cache.NONE)
            yield Element(node, None)


class Element:
    """One element; asks the program anew each time."""

    def __init__(self, node, parent):
        self.node = node
        self.parent = parent

    def __repr__(self):
        try:
            return f"<{self.role} “{self.name}”>"
        except gi.repository.GLib.Error:
            return "<what does not answer>"

    @property
    def pid(self):
        return self.node.get_process_id()

    @property
    def role(self):
        name = self.node.get_role_name()
        return ROLES.get(name, name)

    @property
    def name(self):
        return self.node.get_name() or ""

    @property
    def description(self):
        return self.node.get_description() or ""

    @property
    def states(self):
        return {state.value_nick for state in self.node.get_state_set().get_states()}

    @property
    def enabled(self):
        return "sensitive" in self.states

    @property
    def checked(self):
        return bool({"checked", "pressed"} & self.states)

    @property
    def text(self):
        """The text in an entry or a label."""
        text = self.node.get_text_iface()
        return Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text)) if text else self.name

    def children(self):
        for index in range(self.node.get_child_count()):
            child = self.node.get_child_at_index(index)
            if child is not None:
                yield Element(child, self)

    def ancestors(self):
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def walk(self, hidden=False):
        """This element and all below it, without what does not show."""
        yield self
        for child in self.children():
            if hidden or "showing" in child.states or child.role == "application":
                yield from child.walk(hidden)

    def find_all(self, role, name=".*", hidden=False):
        """All elements of this role (or of these: `a|b`) below whose whole name matches."""
        roles = role.split("|")
        pattern = re.compile(name, re.DOTALL)
        found = []
        for element in self.walk(hidden):
            try:
                if element.role in roles and pattern.fullmatch(element.name):
                    found.append(element)
            except gi.repository.GLib.Error:
                continue  # it went away while it was read
        return found

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
        mine = self._bounds()
        frame = next(e for e in (self, *self.ancestors()) if e._is_window())
        left, top, _, _ = screen.geometry(frame.window)
        outer = frame._bounds()
        return (left + mine.x - 2 * outer.x, top + mine.y - 2 * outer.y, mine.width, mine.height)

    def _bounds(self):
        return self.node.get_component_iface().get_extents(Atspi.CoordType.WINDOW)

    def _is_window(self):
        return self.parent is not None and self.parent.role == "application"

    @property
    def window(self):
        """The X window that this element is in; a new one has its title late."""
        return wait_for("the X window", self._x_window)

    def _x_window(self):
        frame = next(e for e in (self, *self.ancestors()) if e._is_window())
        size = frame._bounds()
        named = [w for w in screen.windows_of(self.pid) if screen.title(w) == frame.name]
        fitting = [w for w in named if screen.geometry(w)[2:] == (size.width, size.height)]
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
            screen.click_at(left + 4, top + room // 2, button=4 if y < top else 5)
            return False

        wait_for(f"{self} in view", visible, 60)
        return self

    def steady_centre(self):
        """The middle of the element once it no longer moves."""
        places = [None]

        def at_rest():
            now = self.extents()
            rests = now == places[-1] and now[2] > 0 and now[3] > 0
            places.append(now)
            return rests

        wait_for(f"{self} at rest", at_rest, 10)
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
        action = self.node.get_action_iface()
        names = [Atspi.Action.get_action_name(action, i) for i in range(Atspi.Action.get_n_actions(action))]
        index = names.index(name) if name else 0
        if not Atspi.Action.do_action(action, index):
            raise AssertionError(f"{self} does not carry out {names[index]}")
        return self

    def focus(self):
        """Gives it the keyboard."""
        try:
            grabbed = Atspi.Component.grab_focus(self.node.get_component_iface())
        except gi.repository.GLib.Error:  # not every element takes it this way
            grabbed = False
        if not grabbed:
            self.click()
        wait_for(f"{self} focused", lambda: "focused" in self.states, 10)
        return self

    def type(self, text):
        """Replaces what is in an entry, key by key."""
        self.focus()
        screen.keys("ctrl+a")
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
