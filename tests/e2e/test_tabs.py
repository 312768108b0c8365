"""Guests in tabs of one window, and in windows of their own."""

import re

import screen
from guest_list import LONG, GuestTest
from harness import keys, needs_guests, wait_for


class Tabs(GuestTest):
    def setUp(self):
        super().setUp()
        self.names = sorted(self.define(self.unique(name)) for name in ("ada", "bea", "cleo"))

    def choose(self, name, item):
        screen.activate(self.app.window("Posada").window)
        super().choose(name, item)

    def windows(self):
        """The titles of the program's windows, without the main one."""
        titles = (frame.name for frame in self.app.find_all("frame"))
        return sorted(title for title in titles if title != "Posada")

    def become(self, *titles):
        wait_for(
            f"the windows {titles}",
            lambda: self.windows() == sorted(titles) or (_ for _ in ()).throw(LookupError(self.windows())),
            LONG,
        )

    def tabs(self, title):
        """The names of the tabs of the window with this title, from left to right."""
        found = self.app.window(re.escape(title)).find_all("page tab", ".*-" + self.mark)
        return [tab.name for tab in found]

    def have(self, title, *names):
        there = lambda: self.tabs(title) == list(names)  # noqa: E731
        wait_for(f"the tabs {names} in “{title}”", lambda: there() or self.complain(title), LONG)

    def complain(self, title):
        raise LookupError(f"there are {self.tabs(title)}")

    def tab(self, title, name):
        return self.app.window(re.escape(title)).find("page tab", re.escape(name), LONG)

    @needs_guests
    def test_several_guests_open_as_tabs(self):
        ada, bea, cleo = self.names
        self.open()
        self.row(ada)
        self.select(ada, bea)
        self.row(bea).click(button=3)
        self.app.find("menu item", "Open").click()
        self.become(bea)
        self.have(bea, ada, bea)

        # The buttons are those of the guest in front.
        self.app.window(re.escape(bea)).find_all("button", "Start")[0].click()
        self.becomes(bea, "running")
        self.assertEqual(self.state(ada), "shut off")
        keys("ctrl+Page_Up")
        self.become(ada)
        keys("alt+2")
        self.app.window(re.escape(ada)).find("label", "Processors|CPUs?|Memory.*", LONG)
        keys("ctrl+Page_Down")
        self.become(bea)
        self.choose(cleo, "Open in Tab")
        self.become(cleo)
        self.have(cleo, ada, bea, cleo)

        # Closing a tab closes no guest and no other tab.
        keys("ctrl+w")
        self.become(bea)
        self.have(bea, ada, bea)
        self.assertEqual(self.state(bea), "running")
        keys("ctrl+w", "ctrl+w")
        self.become()

    @needs_guests
    def test_tabs_go_from_window_to_window(self):
        ada, bea, cleo = self.names
        self.open()
        self.choose(ada, "Open")
        self.become(ada)
        self.choose(bea, "Open in Own Window")
        self.become(ada, bea)
        # What is open already moves.
        self.choose(ada, "Open in Tab")
        self.become(ada)
        self.have(ada, bea, ada)
        self.choose(ada, "Open in Own Window")
        self.become(ada, bea)

        self.choose(ada, "Open in Tab")
        self.choose(cleo, "Open in Tab")
        self.become(cleo)
        self.have(cleo, bea, ada, cleo)

    @needs_guests
    def test_guests_open_in_tabs_if_preferred(self):
        ada, bea, _ = self.names
        self.open()
        self.row(ada)
        keys("ctrl+comma")
        self.app.find("switch|check box|list item", "Open guests in tabs").click()
        self.app.find("dialog|panel", "Preferences")
        keys("Escape")
        self.app.gone("switch|check box|list item", "Open guests in tabs")
        self.choose(ada, "Open")
        self.become(ada)
        self.choose(bea, "Open")
        self.become(bea)
        self.have(bea, ada, bea)
