"""The main job, step by step: a guest from an ISO, its console, its end.

`test_create.py` judges each step from outside; `demo.py` takes its picture.
"""

import re
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

import screen
from harness import virsh
from screen import keys, wait_for

# Emulation is slow, and the machine may be busy.
LONG = 120


def choose_file(app, path):
    """Chooses a file with the mouse; the program runs in the file's folder."""
    app.find("button", "Choose File…").click()
    dialog = app.find("dialog|frame|file chooser", "Choose .*")
    dialog.find("list item", re.escape(str(Path(path).parent))).click()
    dialog.find("label", re.escape(Path(path).name)).click()
    dialog.find("button", "Choose").click()
    app.gone("dialog|frame|file chooser", "Choose .*")
    app.find("label", re.escape(Path(path).name))


def choose(app, row, item):
    """Chooses an item of a row with a list behind it."""
    app.find("combo box", row).show().click()
    app.find("list item|label", re.escape(item)).click()
    app.find("combo box", row).find("label", re.escape(item))
    # While it closes, the list takes the next click. The row keeps one item: the
    # chosen one.
    wait_for("the list to close", lambda: len(app.find("combo box", row).find_all("list item")) <= 1)


def step(app):
    """Goes to the assistant's next page."""
    app.find("button", "Next", timeout=LONG).click()


def review(app, name):
    """Walks to the last page, taking what is proposed, and gives the name."""
    for _ in range(4):
        if app.find_all("button", "Create"):
            break
        step(app)
        wait_for(
            "the next page",
            lambda: app.find_all("button", "Create")
            or [b for b in app.find_all("button", "Next") if b.enabled],
            LONG,
        )
    app.find("text", "Name").type(name)


def create(app, name):
    """Makes the guest and waits for its window."""
    app.find("button", "Create").click()
    return app.window(re.escape(name), timeout=LONG)


def definition(uri, name, *flags):
    """The guest's definition as an element."""
    return ElementTree.fromstring(virsh(uri, "dumpxml", name, *flags))


def sources(domain, device):
    """Paths of the guest's disks of one kind; None for an empty drive."""
    found = []
    for disk in domain.iterfind(f"devices/disk[@device='{device}']"):
        source = disk.find("source")
        found.append(None if source is None else source.get("file"))
    return found


def guest_picture(uri, name):
    """The guest's screen as the hypervisor draws it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "screen"
        virsh(uri, "screenshot", name, str(file))
        return Image.open(file).convert("RGB").copy()


def original_size(app, window):
    """Shows the guest's screen pixel for pixel."""
    app.choose(window, "Original Size")
    app.gone("menu", "Main Menu")
    app.find("image", "Screen of .*").click()


def shown_picture(app, name, size):
    """The middle of the console in the window, `size` pixels large."""
    x, y, width, height = app.find("image", f"Screen of {re.escape(name)}").extents()
    left, top = x + (width - size[0]) // 2, y + (height - size[1]) // 2
    return screen.grab(left, top, *size)


def same_screen(app, uri, name):
    """Waits until window and hypervisor show the same pixels."""
    same_pictures(app, name, lambda: guest_picture(uri, name))
    return guest_picture(uri, name)


def same_pictures(app, name, drawn):
    """Waits until the window shows what `drawn` says that the hypervisor draws."""

    def equal():
        picture = drawn()
        share = screen.same_pixels(shown_picture(app, name, picture.size), picture)
        # A text cursor blinks: half a character may differ at any moment.
        return share > 0.9995 or (_ for _ in ()).throw(LookupError(f"{share:.5f} of the pixels agree"))

    wait_for("the same pixels in the window and in the guest", equal, LONG)


def colours(picture):
    """How many colours a picture has."""
    return len(picture.getcolors(maxcolors=1 << 24))


def state(uri, name):
    return virsh(uri, "domstate", name, check=False)


def run(*command):
    """What a command that may fail gives."""
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def run_virsh(uri, *arguments):
    """As `virsh`, for what may fail."""
    return run("virsh", "-q", "-c", uri, *arguments)
