"""Each field of each hardware page, through the window: changed, applied, seen in
the definition and nowhere else, taken back, seen again. It takes minutes for each
method, and is run by its name:

    build-aux/dev test hardware_fields

The fields are those of the table in the docs: a row that is none of them fails the
test, and so does a field that no page showed. What is peculiar about some of them
stands in tests/guests/exceptions.txt.
"""

import re
import sys
from xml.etree import ElementTree

from gi.repository import GLib
from elements import Element
from hardware import HardwareTest, changed, places
from keyboard import Keyboard
from hardware_fields import APART, CANNOT, FIELDS, KEEPS, KINDS, ONCE, SECTIONS, STAYS, TOGETHER, UNSEEN, is_own
from harness import needs_guests, wait_for

# What has values, and what the keyboard comes to behind a page.
VALUES = ("toggle button", "check box", "text", "password", "spin button")
BEHIND = ("Discard", "Apply", "Start")


class Row:
    """A row of a page: its value's widget, and which field it is."""

    def __init__(self, element, field, place):
        self.element, self.field, self.place = element, field, place
        self.role, self.name = element.role, element.name


class Change:
    """What was done to a row."""

    def __init__(self, row, new, wanted):
        self.field, self.place, self.new, self.wanted = row.field, row.place, new, wanted
        self.is_choice = row.role == "toggle button"
        self.more = TOGETHER.get(row.field.id, [])


class Fields(HardwareTest):
    slow = True

    def device(self, place):
        """Where the device of an entry stands; nothing for the guest's own pages."""
        if self.names[place] in SECTIONS:
            return None
        return self.devices[place - len(SECTIONS)]

    def list_devices(self, text):
        """The devices of the list, in its order, by their paths."""
        found = {kind: [] for kind in KINDS}
        counts = {}
        for element in ElementTree.fromstring(text).find("devices"):
            kind = element.tag
            counts[kind] = counts.get(kind, 0) + 1
            target = element.find("target")
            plumbing = kind == "controller" and element.get("type") == "pci"
            plumbing |= kind == "controller" and "uhci" in element.get("model", "")
            plumbing |= kind == "console" and target.get("type") == "serial"
            if kind in found and not plumbing:
                key = target.get("dev") if kind == "disk" else counts[kind]
                found[kind].append(f"devices/{kind}[{key}]")
        return [path for kind in KINDS for path in found[kind]]

    def wait_for_page(self):
        """Waits until the page is whole."""
        seen = []

        def at_rest():
            seen.append([rows.child_count for rows in self.page.find_all("list")])
            return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]

        wait_for("the whole page", at_rest)

    def rows(self):
        """Goes through the page by the keyboard, from the list's end; the rows of
        fields, once the keyboard is there. No two are called the same."""
        self.wait_for_page()
        here = self.keyboard.press("Tab")
        self.assertEqual(here.name, "Add Hardware")
        names = []
        page = SECTIONS.get(self.names[self.place])
        device = self.device(self.place)
        while True:
            here = self.keyboard.press("Tab")
            self.assertIsNotNone(here, f"{self.names[self.place]}: the keyboard stays behind {names[-1:]}")
            name, role = here.name, here.role
            if role == "button":
                if name in BEHIND:
                    break
                continue
            if role in ("label", "scroll pane"):
                continue
            if role == "list item":
                if not {"expandable", "expanded"} - here.states == {"expanded"}:
                    continue
                self.keys("space")
                wait_for(f"{name} unfolded", lambda: "expanded" in here.states)
                # What it holds comes little by little, too.
                self.wait_for_page()
                continue
            self.assertIn(role, VALUES, name)
            self.assertTrue(name, f"{self.names[self.place]}: a row without a name behind {names[-1:]}")
            self.assertNotIn(name, names, f"{self.names[self.place]}: two rows are called the same")
            names.append(name)
            # These are tested in test_hardware_parts and test_hardware_path.
            if page == "boot" and (role == "check box" or name == "Firmware") or name == "Number of nodes":
                continue
            own = [(field, field.of_row(name, device)) for field in FIELDS if device or field.page == page]
            own = [(field, place) for field, place in own if place]
            # A feature can be called anything; other architectures have names, too.
            if len(own) > 1:
                own = [(field, at) for field, at in own if field.of != "cpu_feature" and field.id not in CANNOT]
            self.assertEqual(len(own), 1, f"{self.names[self.place]}: the row “{name}” is {[f.id for f, _ in own]}")
            yield Row(here, *own[0])
        self.here = here

    def go_home(self):
        """Gives the keyboard to the list's last entry."""
        for _ in range(300):
            here = self.keyboard.press("Tab", timeout=2)
            if here and here.role == "list item" and here.name == "XML":
                return
        self.fail("the keyboard does not come to the list")

    def gone(self, old):
        """Waits until a page that is made anew is seen no more."""

        def is_gone():
            try:
                return "showing" not in old.states
            except GLib.Error:
                return True

        wait_for("the new page", is_gone)

    def show_page(self, place):
        """Shows the page of an entry; the keyboard stays at the list's end."""
        # A page on which nothing can be set has no list.
        old = self.page.find_all("list")
        self.keys("Home", *["Down"] * place, "Return")
        if old and place != self.place:
            self.gone(old[0])
        self.place = place
        title = self.names[place].split(",")[0]
        wait_for(f"the page {title}", lambda: self.page.name == title)
        self.keyboard.press("End")

    def choose(self, row, wanted):
        """Chooses a value by the keyboard: `wanted` says which of the names it is."""
        # A list that came late has taken the place of the one that had the keyboard.
        self.keyboard.listen()
        latest = self.keyboard.seen[-1]
        if (latest.role, latest.name) == (row.role, row.name):
            row.element = latest
        # A list that opens while the page still scrolls closes at once.
        row.element.settle()
        self.keys("space")
        combo = Element.with_ancestors(row.element.address).parent
        items = wait_for(f"the choices of {row.name}", lambda: combo.find_all("list item"))
        names = [item.name for item in items]
        if combo.find_all("text"):
            # They are searched: the list has those that fit.
            name = wanted(None)
            self.type_text(name)
            names = wait_for(f"{name} found", lambda: self.found(combo, name))
            self.keys(*["Down"] * (names.index(name) + 1), "Return")
        else:
            name = wanted(names)
            if name is None:
                self.keys("Escape")
                wait_for(f"{row.name} closed", lambda: not combo.find_all("list item"))
                return None
            self.keys("Home", *["Down"] * names.index(name), "Return")
        wait_for(f"{row.name} chosen", lambda: not combo.find_all("list item"))
        wait_for(f"{name} chosen for {row.name}", lambda: self.shown(row) == name)
        return name

    @staticmethod
    def found(combo, name):
        """What a search has left, once that is what fits only."""
        names = [item.name for item in combo.find_all("list item")]
        return name in names and all(name in other for other in names) and names

    def shown(self, row):
        """What the row shows."""
        if row.role == "toggle button":
            labels = row.element.find_all("label")
            return labels[0].name if labels else ""
        if row.role == "check box":
            return row.element.checked
        return row.element.text if row.role != "password" else None

    def another(self, row):
        """How a list's other value is found, and what it is in the definition."""
        field = row.field
        present = self.was.get(row.place)

        def of_list(names):
            if names is None:
                self.wanted = next(value for value in field.choices() if value != present)
                return self.wanted
            if self.set_to.get(field.id) == self.shown(row):
                return None
            # The default, if there is one, comes first.
            words = field.words if len(names) - len(field.words) in (0, 1) and not field.is_open else []
            first = len(names) - len(words)
            self.wanted = None
            for value in [*filter(None, [self.set_to.get(field.id)]), *field.choices(), *words]:
                known = names[first + words.index(value)] if value in words else value
                fits = next((name for name in names if name.lower() == known.lower()), None)
                if value != present and fits and fits != self.shown(row):
                    self.wanted = value if value != self.set_to.get(field.id) else None
                    return fits
            others = [name for name in names if name not in (self.shown(row), "Default")]
            # A floppy drive has one bus.
            return others[0] if others else None

        return of_list

    def change(self, row, used):
        """Gives the row another value, by its own means."""
        field = row.field
        present = self.was.get(row.place)
        if row.role == "toggle button":
            new = self.choose(row, self.another(row))
            return new and Change(row, new, self.wanted)
        if row.role == "check box":
            old = row.element.checked
            self.switch(row, not old)
            return Change(row, not old, None)
        old = self.shown(row)
        now = self.bytes_at(self.was, row.place) if field.is_size else present
        different = [value for value in field.candidates(now) if value not in (present, old)]
        self.assertTrue(different, f"{row.name}: {field.candidates(now)} instead of {present!r}, {old!r}")
        # No two nodes have the same processor.
        new = next((value for value in different if value not in used), different[0])
        self.type_over(row, new)
        return Change(row, new, new)

    def switch(self, row, on):
        self.keys("space")
        wait_for(f"{row.name} switched", lambda: row.element.checked == on)

    def take_back(self, row, old):
        """Gives the row its former value, by its own means."""
        if row.role == "toggle button":
            self.choose(row, lambda names: old)
        elif row.role == "check box":
            self.switch(row, old)
        else:
            self.type_over(row, old)

    def type_over(self, row, text):
        """Types into the entry that has the keyboard."""
        self.keys("ctrl+a")
        if text:
            self.type_text(text)
        else:
            self.keys("Delete")
        if row.role != "password":
            wait_for(f"{text!r} in {row.name}", lambda: row.element.text == text)

    @staticmethod
    def bytes_at(found, place):
        """An amount in bytes."""
        value = found.get(place)
        unit = found.get(f"{place.split('/@')[0]}/@unit", "KiB")
        powers = {"K": 10, "M": 20, "G": 30}
        return value and int(value) << powers.get(unit[0].upper(), 0)

    def apply(self, what):
        """Goes on to "Apply" and presses it; says libvirt's reason if it refuses."""
        while self.here.name not in ("Apply", "Start"):
            self.here = self.keyboard.press("Tab")
        if self.here.name != "Apply":
            wrong = [label.text for label in self.page.find_all("label") if re.match("Type|At |It |This", label.text)]
            self.fail(f"{what} cannot be applied: {wrong}")
        old = self.page.find("list")
        self.keys("space")

        def done():
            if self.page.find_all("button", "Details"):
                return "refused"
            return self.page.find_all("label", "No changes") and "done"

        end = wait_for("the changes to be applied", done)
        if end == "refused":
            self.page.find("button", "Details").act()
            text = [label.name for label in self.app.find("alert|dialog", "(?!Changes applied).+").find_all("label")]
            self.keys("Escape")
            self.fail(f"{what}: refused: {text}")
        self.gone(old)
        self.go_home()

    def try_fields(self, first, fits):
        """Changes the rows that fit, and those that show then; looks; takes them back."""
        page = self.names[self.place]
        self.was = places(first)
        changes = {}
        for row in self.rows():
            other = row.field.id in ONCE and self.last.get(row.field.id, row.name) != row.name
            kept = self.was.get(row.place) in KEEPS.get(row.field.id, [])
            if fits(row.field) and not other and not kept:
                used = [change.new for change in changes.values() if change and change.field is row.field]
                changes[row.name] = self.change(row, used)
        changes = {name: change for name, change in changes.items() if change}
        if not changes:
            self.go_home()
            return []
        what = f"{page}: " + ", ".join(f"{change.field.id}={change.new!r}" for change in changes.values())
        self.apply(what)
        now = self.definition()
        problems = [problem for change in changes.values() for problem in self.judge(change, places(now))]
        own = [place for change in changes.values() for place in self.own_places(change)]
        strange = [place for place in changed(first, now) if not any(is_own(place, mine) for mine in own)]
        if strange:
            told = [(place, self.was.get(place), places(now).get(place)) for place in strange]
            problems.append(f"also changed: {told}")
        problems += self.misleading(changes)
        for row in self.rows():
            change = changes.get(row.name)
            shown = self.shown(row)
            old = self.first_shown.get(row.name)
            if change and row.name not in self.first_shown:
                old = {"toggle button": "Default", "check box": False}.get(row.role, "")
            if row.role == "password":
                self.type_over(row, self.was.get(row.place, ""))
            elif old is not None and shown != old:
                self.take_back(row, old)
        self.apply(f"{page}: taking back")
        back = self.definition()
        left = [place for place in changed(first, back) if not any(part in place for part in STAYS)]
        if left:
            problems.append(f"taken back, but otherwise: {left}")
        if back != first:
            self.define(first)
        self.assertFalse(problems, f"{what}: {problems}")
        return [change.field.id for change in changes.values()]

    def misleading(self, changes):
        """The lists of choices that do not show what was chosen. Looked at before any
        is taken back, for one row may change the others."""
        if not any(change.is_choice for change in changes.values()):
            return []
        problems = []
        for row in self.rows():
            change = changes.get(row.name)
            if change and change.is_choice and self.shown(row) != change.new:
                problems.append(f"{row.name} shows {self.shown(row)!r}, not {change.new!r}")
        self.go_home()
        return problems

    def define(self, text):
        file = self.folder / "first.xml"
        file.write_text(text)
        self.virsh("define", file)

    def judge(self, change, now):
        """What is wrong with what a change led to."""
        field, place = change.field, change.place
        if field.values == "there or not":
            value, wanted = place in now, change.new
        elif field.is_size:
            number, unit = re.fullmatch(r"(\d+) ?(\w+)", change.new).groups()
            value, wanted = self.bytes_at(now, place), int(number) << {"KiB": 10, "MiB": 20}[unit]
        else:
            value, wanted = now.get(place), change.wanted
            if wanted is None and value != self.was.get(place):
                return []
        return [] if value == wanted else [f"{field.id} at {place} is {value!r}, not {wanted!r} ({change.new!r})"]

    def own_places(self, change):
        """Where a change may show."""
        base = self.device(self.place) or re.sub(r"^(.*\]).*", r"\1", change.place)
        more = [place.replace("./", f"{base}/", 1) if place.startswith("./") else place for place in change.more]
        return [change.place, *more]

    def walk(self, fits):
        """Tries the fields of all pages that fit; answers for which there were rows."""
        self.keyboard = Keyboard()
        self.addCleanup(self.keyboard.stop)
        self.go_home()
        first = self.definition()
        self.devices = self.list_devices(first)
        self.assertEqual(len(self.devices) + len(SECTIONS) + 1, len(self.names), self.names)
        tried = set()
        problems = []
        for place, name in enumerate(self.names[:-1]):
            device = self.device(place)
            kind = re.match(r"devices/(\w+)", device)[1] if device else SECTIONS[name]
            if not fits(kind, device):
                continue
            self.show_page(place)
            self.first_shown, self.last = {}, {}
            for row in self.rows():
                self.first_shown[row.name] = self.shown(row)
                self.last[row.field.id] = row.name
            self.go_home()
            showed = [field.id for field in FIELDS if (field.device == kind if device else field.page == kind)]
            apart = [field for group in APART for field in group]
            rounds = [dict.fromkeys(field for field in showed if field not in apart)]
            rounds += [group for group in APART if set(group) & set(showed)]
            for of_round in rounds:
                self.set_to = of_round
                try:
                    tried.update(self.try_fields(first, lambda f, r=of_round: f.id in r and f.id not in CANNOT))
                except AssertionError as error:
                    problems.append(f"{name}: {error}")
                    print(problems[-1], file=sys.stderr, flush=True)
                    self.start_again(first)
                    self.show_page(place)
        return tried, problems

    def start_again(self, first):
        """Makes all as it was, after a failure."""
        self.define(first)
        self.keys("Escape")
        self.app.stop()
        self.open_window()
        self.place = 0
        self.go_home()

    def check(self, section=None, kinds=()):
        tried, problems = self.walk(lambda kind, device: kind in kinds if device else kind == section)
        for field in FIELDS:
            mine = field.device in kinds if field.device else field.page == section
            if mine and field.id not in (*tried, *CANNOT, *UNSEEN):
                problems.append(f"{field.id}: no page had it")
        self.assertFalse(problems, "\n".join(problems))
        self.assertNotIn("panicked", self.app.output())

    @needs_guests
    def test_memory(self):
        self.check("memory")

    @needs_guests
    def test_starting(self):
        self.check("boot")

    @needs_guests
    def test_resources(self):
        self.check("tuning")

    @needs_guests
    def test_ports(self):
        self.check(kinds="serial parallel console channel".split())

    @needs_guests
    def test_processors(self):
        self.check("processors")

    @needs_guests
    def test_machine(self):
        self.check("machine")

    @needs_guests
    def test_disks(self):
        self.check(kinds=["disk"])

    @needs_guests
    def test_network_interfaces(self):
        self.check(kinds=["interface"])

    @needs_guests
    def test_screens_and_sound(self):
        self.check(kinds="graphics video input sound audio".split())

    @needs_guests
    def test_others(self):
        self.check(kinds=KINDS[KINDS.index("filesystem") :])
