"""Guests with several screens: each in a window of its own."""

import re

import journey
import screen
from debian_guest import SPICE as SPICE_AGENT
from debian_guest import DebianGuest
from harness import WindowTest, keys, needs_guests, virsh, wait_for
from journey import LONG

TWO_HEADS = "<video><model type='virtio' heads='2'/></video>"


def bitmap(width, height):
    """An X bitmap whose left and right halves differ."""
    row = [0x0F] * (width // 16) + [0x33] * (width // 16)
    data = ",\n".join(f"0x{byte:02x}" for _ in range(height) for byte in row)
    return f"#define a_width {width}\n#define a_height {height}\nstatic char a_bits[] = {{\n{data}}};\n"


class Screens:
    """What holds however the guest has its screens."""

    @classmethod
    def setUpClass(cls):
        cls.debian = DebianGuest.start(cls.__name__.lower(), SPICE_AGENT, video=cls.video)
        cls.addClassCleanup(cls.debian.remove)
        cls.debian.wait_for_screen()

    def start(self):
        name = self.debian.name
        app = self.start_app("--connect", self.uri, "--show-domain-console", name, window=re.escape(name))
        app.find("image", f"Screen of {name}", timeout=LONG)
        return app, app.window(re.escape(name))

    def outputs(self):
        """The guest's outputs that are connected: their names and modes."""
        told = self.debian.at_screen("xrandr")
        return re.findall(r"^(\S+) connected (?:primary )?(\S+)", told, re.M), told

    def spread(self):
        """Makes the guest's desktop both screens, side by side, each with a picture of its own."""
        second = self.second
        connected = lambda: re.search(rf"^{second} connected", self.outputs()[1], re.M)  # noqa: E731
        wait_for("the guest's second output", connected, LONG)
        self.debian.at_screen(
            f"xrandr --output {self.first} --auto --output {second} --mode 640x480 --right-of {self.first}"
        )
        self.debian.run("cat >/tmp/a.xbm; chmod 644 /tmp/a.xbm", input_data=bitmap(2560, 16))
        self.debian.at_screen("xsetroot -bitmap /tmp/a.xbm -fg yellow -bg blue")

    def drawn(self, number):
        file = self.folder / "screen"
        virsh(self.uri, "screenshot", self.debian.name, str(file), "--screen", number)
        return journey.Image.open(file).convert("RGB").copy()

    def same(self, app, number):
        """Waits until the window of a screen shows what the guest has there."""
        label = "Screen of .*" if number == 0 else f"Screen {number + 1} of .*"
        picture = self.drawn(number)

        def equal():
            x, y, width, height = app.find("image", label).extents()
            picture = self.drawn(number)
            self.assertGreater(journey.colours(picture), 1)
            left, top = x + (width - picture.size[0]) // 2, y + (height - picture.size[1]) // 2
            share = screen.same_pixels(screen.grab(left, top, *picture.size), picture)
            return share > 0.9995 or (_ for _ in ()).throw(LookupError(f"{share:.5f} agree"))

        wait_for(f"the same pixels on screen {number}", equal, LONG)
        return picture

    @needs_guests
    def test_each_screen_has_a_window(self):
        app, window = self.start()
        self.open_second(app, window)
        title = f"{self.debian.name} – Screen 2"
        second = app.window(title)
        self.spread()
        app.choose(second, "Original Size")
        shown = second.find("image", "Screen 2 of .*", LONG)
        self.same(app, 1)
        first = self.drawn(0)
        self.assertNotEqual(self.drawn(1).tobytes(), first.tobytes())

        # A click there is one there: the menu of the guest's desktop.
        before = self.drawn(1)
        shown.click()
        second.find("label", "Press Ctrl\\+Alt to release .*")
        shown.click(button=3)
        wait_for("a menu on the second screen", lambda: self.drawn(1).tobytes() != before.tobytes(), LONG)
        self.same(app, 1)
        self.assertEqual(self.drawn(0).tobytes(), first.tobytes())
        keys("Escape")
        keys("ctrl+alt")

        # It opens again with the guest's console, in its size.
        screen.resize(second.window, 800, 640)
        wait_for("its size", lambda: screen.geometry(second.window)[2:] == (800, 640))
        screen.activate(window.window)
        keys("ctrl+w")
        app.wait()
        app, window = self.start()
        second = app.window(title, timeout=LONG)
        self.assertEqual(screen.geometry(second.window)[2:], (800, 640))

        # Closing its window turns the screen off.
        second.find("button", "Close").click()
        app.gone("frame", title)
        self.is_off()

    def is_off(self):
        there = lambda: re.search(rf"^{self.second} connected", self.outputs()[1], re.M)  # noqa: E731
        wait_for("the second output to be off", lambda: not there(), LONG)


class TwoHeads(Screens, WindowTest):
    """Two channels, one for each."""

    video = TWO_HEADS
    first, second = "Virtual-1", "Virtual-2"

    def open_second(self, app, window):
        app.choose(window, "Screens", "Screen 2")

    def preferred(self, output):
        """The size that a virtual screen has, which a desktop would follow."""
        modes = self.outputs()[1].partition(f"{output} connected")[2]
        found = re.search(r"\s(\d+)x(\d+)\s.*\+", modes)
        return found and tuple(map(int, found.groups()))

    @needs_guests
    def test_a_window_sizes_its_own_screen(self):
        app, window = self.start()
        self.open_second(app, window)
        second = app.window(f"{self.debian.name} – Screen 2")
        self.spread()
        app.choose(second, "Resize Guest")
        shown = second.find("image", "Screen 2 of .*", LONG)
        before = self.preferred(self.first)

        def as_large():
            size, wanted = self.preferred(self.second), shown.extents()[2:]
            return size == wanted or (_ for _ in ()).throw(LookupError(f"{size} instead of {wanted}"))

        wait_for("the guest's second screen in the window's size", as_large, LONG)
        screen.resize(second.window, 720, 560)
        wait_for("its size", lambda: screen.geometry(second.window)[2:] == (720, 560))
        wait_for("a smaller screen", lambda: shown.extents()[2] <= 720)
        wait_for("the guest's second screen in the new size", as_large, LONG)
        self.assertEqual(self.preferred(self.first), before)
        self.debian.at_screen(f"xrandr --output {self.second} --auto")
        self.assertEqual(self.same(app, 1).size, shown.extents()[2:])
        # It is not said of a card that draws each screen by itself.
        self.assertFalse(app.find_all("label", "(?s).*QXL driver.*"))


class OneCard(WindowTest):
    """Both on one QXL card, whose driver in the guest draws the second one wrong."""

    @classmethod
    def setUpClass(cls):
        video = "<video><model type='qxl' vgamem='65536' heads='2'/></video>"
        cls.debian = DebianGuest.start("one-card", SPICE_AGENT, video=video)
        cls.addClassCleanup(cls.debian.remove)
        cls.debian.wait_for_screen()

    @needs_guests
    def test_a_screen_that_the_guest_may_draw_wrong_says_so(self):
        name = self.debian.name
        app = self.start_app("--connect", self.uri, "--show-domain-console", name, window=re.escape(name))
        app.find("image", f"Screen of {name}", timeout=LONG)
        window = app.window(re.escape(name))
        self.assertFalse(app.find_all("label", "(?s).*QXL driver.*"))
        app.choose(window, "Screens", "Add Screen")
        second = app.window(f"{name} – Screen 2")
        there = lambda: "Virtual-2 connected" in self.debian.at_screen("xrandr")  # noqa: E731
        wait_for("the guest's second output", there, LONG)
        self.debian.at_screen("xrandr --output Virtual-2 --mode 640x480 --right-of Virtual-1")
        self.debian.at_screen("xsetroot -solid green")
        second.find("image", "Screen 2 of .*", LONG)
        second.find("label", "(?s).*the guest’s QXL driver draws it so\\. A Virtio card .*")
        self.screenshot("one-card")
