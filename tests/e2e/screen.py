"""The screen, the pointer and the keyboard."""

import io
import os
import subprocess
import time

from PIL import Image, ImageChops


def wait_for(what, condition, timeout=20):
    """What `condition` gives as soon as it is true; fails after `timeout` seconds.

    An exception in the condition counts as not yet; the last one is told.
    """
    end = time.monotonic() + timeout
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = None
        except AssertionError:
            raise
        except Exception as error:  # the tree changes while it is read
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s for: {what}" + (f" ({last})" if last else ""))
        time.sleep(0.05)


def _xdotool(*arguments):
    done = subprocess.run(
        ["xdotool", *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    return done.stdout


def keys(*chords):
    """Presses each chord, such as `ctrl+f` or `Return`, in the focused window."""
    _xdotool("key", "--clearmodifiers", *chords)


def type_text(text):
    """Types the text, key by key."""
    _xdotool("type", "--delay", "8", "--", text)


def move_to(x, y):
    """Moves the pointer to a place on the screen."""
    _xdotool("mousemove", "--sync", x, y)


def click_at(x, y, button=1, count=1, held=None):
    """Clicks at a place on the screen, perhaps with a key such as `ctrl` held."""
    # A pointer that already stands there sends no motion: come from beside it.
    _xdotool("mousemove", max(0, x - 2), y, "mousemove", x, y)
    click = ["click", "--repeat", count, "--delay", 60, button]
    if button == 3:
        # People hold it for a moment, in which a menu must not open.
        click = ["mousedown", button, "sleep", 0.15, "mouseup", button]
    _xdotool(*(["keydown", held, *click, "keyup", held] if held else click))


def drag(start, end, answer=None):
    """Drags with the first button from one place to another.

    Between programs: calls `answer`, which waits for the one below the pointer,
    until both have agreed on what would be dropped.
    """
    move_to(*start)
    _xdotool("mousedown", 1)
    for step in range(1, 11):
        x = start[0] + (end[0] - start[0]) * step // 10
        y = start[1] + (end[1] - start[1]) * step // 10
        _xdotool("mousemove", x, y)
    for step in range(8 if answer else 0):
        _xdotool("mousemove", end[0] + step, end[1])
        answer()
    _xdotool("mouseup", 1)


def windows_of(pid):
    """The ids of the windows that a process shows."""
    done = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--all", "--pid", str(pid), "--name", ""],
        capture_output=True,
        text=True,
    )
    return [int(line) for line in done.stdout.split()]


def geometry(window):
    """A window's place and size on the screen: x, y, width, height.

    Not from xdotool, which counts a window manager's frame twice.
    """
    told = subprocess.run(
        ["xwininfo", "-id", str(window)], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    names = ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
    values = dict(line.strip().split(":", 1) for line in told.split("\n") if ":" in line)
    return tuple(int(values[name]) for name in names)


def title(window):
    """A window's title."""
    return _xdotool("getwindowname", window).rstrip("\n")


def activate(window):
    """Brings a window to the front and gives it the keyboard."""
    _xdotool("windowactivate", "--sync", window)


def resize(window, width, height):
    """Gives a window this size."""
    _xdotool("windowsize", "--sync", window, width, height)


def move(window, x, y):
    """Puts a window at a place on the screen."""
    _xdotool("windowmove", "--sync", window, x, y)


def middle(window):
    """The middle of a window on the screen."""
    x, y, width, height = geometry(window)
    return x + width // 2, y + height // 2


def screenshot(file):
    """Saves the whole screen."""
    subprocess.run(["import", "-silent", "-window", "root", str(file)], check=True, timeout=60)
    return file


def grab(x=0, y=0, width=None, height=None):
    """The screen, or a part of it, as a PIL image."""
    shot = subprocess.run(
        ["import", "-silent", "-window", "root", "ppm:-"], check=True, capture_output=True, timeout=60
    ).stdout
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    if width is None:
        return image
    return image.crop((x, y, x + width, y + height))


def same_pixels(one, other, tolerance=0):
    """The share, 0 to 1, of pixels in which two images of one size agree."""
    if one.size != other.size:
        return 0.0
    bands = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).split()
    worst = bands[0]
    for band in bands[1:]:
        worst = ImageChops.lighter(worst, band)
    histogram = worst.histogram()
    return sum(histogram[: tolerance + 1]) / (one.size[0] * one.size[1])
