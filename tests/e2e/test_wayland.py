"""Consoles on a Wayland desktop (sway, without a screen): exact at every scale,
and with the desktop's shortcuts or without them."""

import os
import subprocess

from harness import WindowTest, wait_for
from journey import LONG
from PIL import Image
from test_viewer import Machine, free_port

SCALES = ["1", "1.25", "1.5", "1.75", "2"]


class Desktop:
    """A compositor of its own."""

    def __init__(self, folder, *settings):
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        config = folder / "sway"
        # All scales divide it: grim would filter what it has to fit.
        lines = ["output HEADLESS-1 resolution 1680x1050", "default_border none", *settings]
        config.write_text("\n".join([*lines, ""]))
        self.environment = {
            "XDG_RUNTIME_DIR": str(runtime),
            "WLR_BACKENDS": "headless",
            "WLR_RENDERER": "pixman",
            "WLR_LIBINPUT_NO_DEVICES": "1",
        }
        own = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
        self.process = subprocess.Popen(
            ["sway", "-c", config],
            env={**own, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        sockets = ("wayland-?", "sway-ipc.*.sock")
        found = lambda: [file for name in sockets for file in runtime.glob(name)]  # noqa: E731
        display, control = wait_for("the compositor", lambda: len(found()) == 2 and found())
        self.environment |= {
            "WAYLAND_DISPLAY": display.name,
            "SWAYSOCK": str(control),
            "GDK_BACKEND": "wayland",
        }

    def run(self, *command):
        subprocess.run(command, env={**os.environ, **self.environment}, check=True, stdout=subprocess.DEVNULL)

    def picture(self, file):
        """What is shown, in the screen's own pixels."""
        self.run("grim", file)
        return Image.open(file).convert("RGB").copy()

    def end(self):
        self.process.terminate()
        self.process.wait()


def text_in(picture, area):
    """The part of a black area that is not black."""
    part = picture.crop(area)
    box = part.getbbox()
    return part.crop(box) if box else None


class OnWayland(WindowTest):
    def open(self, *settings, machine=(), preferences=""):
        """A machine's screen on a desktop."""
        self.desktop = Desktop(self.folder, *settings)
        self.addCleanup(self.desktop.end)
        port = free_port()
        self.machine = Machine(self.folder, "-vnc", f"127.0.0.1:{port - 5900}", *machine)
        self.addCleanup(self.machine.end)
        file = self.folder / "screen.vv"
        file.write_text(f"[virt-viewer]\ntype=vnc\nhost=127.0.0.1\nport={port}\n")
        kept = self.folder / "home/config/glib-2.0/settings"
        kept.mkdir(parents=True)
        (kept / "keyfile").write_text(f"[io/github/posada_vm/Posada]\n{preferences}\n")
        app = self.start_app(file, **self.desktop.environment)
        app.find("label", "Press Ctrl\\+Alt to release.*", timeout=LONG)
        return app

    def test_pixels_are_exact_at_every_scale(self):
        # A machine that has not begun says so in small white letters.
        self.open(machine=["-S"], preferences="console-scaling='exact'")
        picture = self.machine.picture()
        guest = text_in(picture, (0, 0, *picture.size))
        self.assertIsNotNone(guest, "the machine shows nothing")
        for scale in SCALES:
            self.desktop.run("swaymsg", "output", "HEADLESS-1", "scale", scale)

            def exact():
                shown = text_in(self.desktop.picture(self.folder / "shown.png"), (420, 260, 1260, 790))
                return shown and (shown.size, shown.tobytes()) == (guest.size, guest.tobytes())

            wait_for(f"the guest's own pixels at scale {scale}", exact)

    def press(self):
        """Presses the desktop's own shortcut. A keyboard that has just been plugged
        in is not known to all at once."""
        self.desktop.run("wtype", "-s", "200", "-M", "logo", "-k", "t", "-m", "logo")

    def has_fired(self):
        return (self.folder / "fired").exists()

    def at_guest(self):
        """Whether the guest has had a key."""
        return "input_event_key" in (self.folder / "trace").read_text()

    def with_shortcut(self, *settings):
        shortcut = f"bindsym Mod4+t exec touch {self.folder}/fired"
        trace = ["-trace", "enable=input_event_key_qcode", "-D", str(self.folder / "trace")]
        return self.open(shortcut, *settings, machine=trace)

    def test_the_desktops_shortcuts_go_to_the_guest(self):
        self.with_shortcut()
        wait_for("the key in the guest", lambda: self.press() or self.at_guest())
        self.assertFalse(self.has_fired())

    def test_a_desktop_that_keeps_its_shortcuts_is_told_of(self):
        app = self.with_shortcut("for_window [app_id=.*] shortcuts_inhibitor disable")
        app.find("label", "This desktop keeps its own shortcuts.*")
        wait_for("what the desktop does", lambda: self.press() or self.has_fired())
        self.assertFalse(self.at_guest())
