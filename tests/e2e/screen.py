"""The screen, the pointer and the keyboard."""

import functools
import io
import os
import subprocess
import time

from PIL import Image, ImageChops
from Xlib import X, display
from Xlib.ext import res, xtest


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


@functools.cache
def _display():
    return display.Display()


def move_to(x, y):
    """Moves the pointer to a place on the screen."""
    xtest.fake_input(_display(), X.MotionNotify, x=x, y=y)
    _display().sync()


def click_at(x, y, button=1, count=1, held=None):
    """Clicks at a place on the screen, perhaps with a key such as `ctrl` held."""
    # A pointer that already stands there sends no motion: come from beside it.
    move_to(max(0, x - 2), y)
    move_to(x, y)
    if held:
        _xdotool("keydown", held)
    for number in range(count):
        # A wheel may turn as fast as it likes.
        if number and button <= 3:
            time.sleep(0.06)
        xtest.fake_input(_display(), X.ButtonPress, button)
        _display().sync()
        if button == 3:
            # People hold it for a moment, in which a menu must not open.
            time.sleep(0.15)
        xtest.fake_input(_display(), X.ButtonRelease, button)
        _display().sync()
    if held:
        _xdotool("keyup", held)


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


def _owner(window, attributes):
    """The process that a window belongs to."""
    told = window.get_full_property(_display().intern_atom("_NET_WM_PID"), X.AnyPropertyType)
    if told:
        return told.value[0]
    if attributes.override_redirect:
        return None
    # A program in a sandbox does not say; the server knows.
    known = _display().res_query_client_ids([{"client": window.id, "mask": res.LocalClientPIDMask}])
    return next((client.value[0] for client in known.ids if client.value), None)


def windows_of(pid):
    """The ids of the windows that a process shows."""
    found = []

    # A window manager puts others around them.
    def look(window, depth):
        attributes = window.get_attributes()
        if attributes.map_state != X.IsViewable:
            return
        if _owner(window, attributes) == pid:
            found.append(window.id)
        elif depth:
            for child in window.query_tree().children:
                look(child, depth - 1)

    for window in _display().screen().root.query_tree().children:
        look(window, 2)
    return found


def geometry(window):
    """A window's place and size on the screen: x, y, width, height.

    Not from xdotool, which counts a window manager's frame twice.
    """
    window = _display().create_resource_object("window", window)
    place = _display().screen().root.translate_coords(window, 0, 0)
    size = window.get_geometry()
    return (place.x, place.y, size.width, size.height)


def title(window):
    """A window's title."""
    window = _display().create_resource_object("window", window)
    told = window.get_full_property(_display().intern_atom("_NET_WM_NAME"), X.AnyPropertyType)
    return told.value.decode() if told else window.get_wm_name() or ""


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
