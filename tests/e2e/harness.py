"""Drives the real window from outside, the way a person does.

A test is a method of a class in a file `tests/e2e/test_*.py`:

    from harness import WindowTest

    class Hosts(WindowTest):
        def test_a_host_can_be_added(self):
            app = self.start_app()                       # waits for its window
            app.find("button", "Add Connection").click()  # a real pointer click
            dialog = app.find("dialog", "Add Connection")
            dialog.find("text", "Name").type("My host")   # real key presses
            self.keys("Return")
            app.find("list item", "My host.*")            # waits until it shows
            self.assertIn("My host", self.virsh("list", "--all"))

What there is:

* `find(role, name)` waits for an element by its AT-SPI role and a regular
  expression for its whole name; on failure the message shows what is there.
  `gone` waits for the opposite; `find_all` does not wait.
* `click` moves the pointer and presses its button; `act` uses the accessible
  action instead (for what has no place on the screen); `type`, `keys` and
  `type_text` press real keys.
* `wait_for(what, condition)` waits for anything else. Never sleep.
* `self.virsh(...)` asks libvirt from outside; `self.uri` is the system's
  libvirt for root and the user's session otherwise. Guests, pools and networks
  that a test makes are named by `self.unique(...)`: they are removed at its end.
* `grab` and `same_pixels` compare what is on the screen.
* A class with `session = True` also runs as an ordinary user when the tests
  run as root; `@needs_guests` marks what needs QEMU.

Each test has its own home and settings. After a failure the screen and the
tree of elements are saved in the folder that the message names. Run one test:

    build-aux/dev test test_a_host_can_be_added
"""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import uuid
from pathlib import Path

import screen
from elements import Element, applications, describe
from screen import keys, type_text, wait_for

PROJECT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("POSADA_BINARY", str(PROJECT / "target/debug/posada"))
FAILURES = Path(os.environ.get("POSADA_FAILURES", str(PROJECT / "target/e2e-failures")))

RESCUE_ISO = Path("/usr/lib/grub-rescue/grub-rescue-cdrom.iso")


def installer_iso():
    """An installation ISO of Debian's kernel and initrd, made once."""
    made = subprocess.run(
        [PROJECT / "tests/media/installer-iso"], check=True, capture_output=True, text=True
    )
    return Path(made.stdout.strip())


def virsh(uri, *arguments, check=True):
    """What virsh says."""
    done = subprocess.run(
        ["virsh", "-q", "-c", uri, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    if check and done.returncode != 0:
        raise AssertionError(f"virsh {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout.strip()


def default_uri():
    """The libvirt that belongs to who runs the tests."""
    return "qemu:///system" if os.getuid() == 0 else "qemu:///session"


def needs_guests(test):
    """Marks a test that needs libvirt with QEMU."""

    @functools.wraps(test)
    def checked(self, *arguments):
        try:
            virsh(default_uri(), "uri")
        except (AssertionError, FileNotFoundError, subprocess.TimeoutExpired) as error:
            if os.environ.get("POSADA_REAL") == "1":
                raise
            raise unittest.SkipTest(f"no libvirt with QEMU: {error}") from error
        return test(self, *arguments)

    return checked


class App:
    """The running program."""

    def __init__(self, arguments, environment, log, folder=None, within=()):
        self.log = log
        self.process = subprocess.Popen(
            [*within, BINARY, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=folder,
        )

    @property
    def pid(self):
        return self.process.pid

    def root(self):
        """The program in the accessible tree, or None."""
        if self.process.poll() is not None:
            raise AssertionError(f"Posada ended with {self.process.returncode}:\n{self.output()}")
        return next((app for app in applications() if app.pid == self.pid), None)

    def output(self):
        """What it wrote."""
        self.log.flush()
        return Path(self.log.name).read_text(errors="replace")[-5000:]

    def find(self, role, name=".*", timeout=20, **options):
        """The first element of this role whose whole name matches."""
        wait_for("Posada in the accessible tree", self.root, timeout)
        return self.root().find(role, name, timeout, **options)

    def find_all(self, role, name=".*", **options):
        """All such elements that show now."""
        root = self.root()
        return root.find_all(role, name, **options) if root else []

    def gone(self, role, name=".*", timeout=20):
        """Waits until no such element shows."""
        wait_for(f"no {role} “{name}”", lambda: not self.find_all(role, name), timeout)

    def window(self, name=".*", timeout=30):
        """A window, by its title."""
        return self.find("frame", name, timeout)

    def choose(self, window, *items):
        """Chooses from a window's main menu: an item, or one of a submenu."""
        window.find("button|toggle button", "Main Menu").click()
        for item in items:
            kinds = "menu item|check menu item|radio menu item"
            # What the menu offers may come with the guest's agent.
            possible = lambda: next((it for it in self.find_all(kinds, item) if it.enabled), None)  # noqa: B023, E731
            wait_for(f"{item} to be possible", possible, 120).click()

    def dump(self):
        """The tree of elements as text."""
        root = self.root() if self.process.poll() is None else None
        return describe(root) if root else "(not running)"

    def wait(self, timeout=20):
        """Its exit status, once it has ended by itself."""
        return self.process.wait(timeout)

    def stop(self):
        """Ends it if it still runs."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class WindowTest(unittest.TestCase):
    """A test with a home of its own and what it takes to drive the window."""

    # Also run by an ordinary user, with the user's own libvirt.
    session = False

    maxDiff = None
    keys = staticmethod(keys)
    type_text = staticmethod(type_text)
    wait_for = staticmethod(wait_for)

    def setUp(self):
        self.uri = default_uri()
        self.mark = "t" + uuid.uuid4().hex[:6]
        self.folder = Path(tempfile.mkdtemp(prefix="posada-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.apps = []
        self.addCleanup(self._clean)

    def run(self, result=None):
        self._before = len(result.errors) + len(result.failures) if result else 0
        self._result = result
        return super().run(result)

    def tearDown(self):
        if self._result and len(self._result.errors) + len(self._result.failures) > self._before:
            self._keep_evidence()

    def _keep_evidence(self):
        FAILURES.mkdir(parents=True, exist_ok=True)
        base = FAILURES / self.id().split(".", 1)[1]
        screen.screenshot(f"{base}.png")
        text = "\n".join(f"{app.dump()}\n--- output\n{app.output()}" for app in self.apps)
        Path(f"{base}.txt").write_text(text)
        print(f"    see {base}.png and {base}.txt", file=sys.stderr)

    def _clean(self):
        for app in self.apps:
            app.stop()
        if self._uses_libvirt:
            remove_marked(self.uri, self.mark)

    _uses_libvirt = False

    def environment(self, **more):
        """The variables for the program: a home of its own in this test's folder."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        own = {
            "GSETTINGS_BACKEND": "keyfile",
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "LC_ALL": "C.UTF-8",
            "LANGUAGE": "en",
            "G_MESSAGES_DEBUG": "",
        }
        if self.uri == "qemu:///session":
            # The user's libvirt daemon keeps its files where its client's are.
            own.pop("XDG_CONFIG_HOME")
            own.pop("XDG_CACHE_HOME")
            own["GSETTINGS_BACKEND"] = "memory"
        return {**os.environ, **own, **more}

    def drag_file(self, file, window, place):
        """Drags a file from another program to a place in the window."""
        source = subprocess.Popen([sys.executable, Path(__file__).with_name("dragged.py"), file])
        self.addCleanup(source.wait)
        self.addCleanup(source.kill)

        def placed():
            (mine,) = screen.windows_of(source.pid)
            screen.move(mine, 0, 0)
            return mine

        mine = wait_for("the window to drag from", placed)
        screen.activate(mine)
        x, y, width, height = screen.geometry(mine)
        screen.drag((x + width // 2, y + height // 2), place, lambda: window.find_all("button"))

    def start_app(self, *arguments, window=".*", folder=None, within=(), **environment):
        """Starts the program and waits for its window; `window=None` does not wait.

        It starts in `folder`, and by the command `within`, which becomes it.
        """
        log = open(self.folder / f"output-{len(self.apps)}.log", "w+")
        self.addCleanup(log.close)
        app = App([str(a) for a in arguments], self.environment(**environment), log, folder, within)
        self.apps.append(app)
        if window is not None:
            app.window(window)
        return app

    def unique(self, name="guest"):
        """A name that no other test uses; what bears it is removed at the end."""
        self._uses_libvirt = True
        return f"{name}-{self.mark}"

    def virsh(self, *arguments, check=True):
        """What virsh says of this test's libvirt."""
        return virsh(self.uri, *arguments, check=check)

    def screenshot(self, name):
        """Saves the whole screen in the folder of failures, to look at."""
        FAILURES.mkdir(parents=True, exist_ok=True)
        return screen.screenshot(FAILURES / f"{name}.png")


def remove_marked(uri, mark):
    """Removes every guest, volume, pool and network whose name holds the mark."""
    for guest in virsh(uri, "list", "--all", "--name", check=False).split("\n"):
        if mark in guest:
            virsh(uri, "destroy", guest, check=False)
            virsh(uri, "undefine", guest, "--managed-save", "--snapshots-metadata", "--nvram", check=False)
    for pool in virsh(uri, "pool-list", "--all", "--name", check=False).split("\n"):
        pool = pool.strip()
        if not pool:
            continue
        for line in virsh(uri, "vol-list", pool, check=False).split("\n"):
            found = re.match(r"\s*(.*?)\s{2,}(/.*)", line)
            if found and mark in found[1]:
                virsh(uri, "vol-delete", found[1], "--pool", pool, check=False)
        if mark in pool:
            virsh(uri, "pool-destroy", pool, check=False)
            virsh(uri, "pool-undefine", pool, check=False)
    for network in virsh(uri, "net-list", "--all", "--name", check=False).split("\n"):
        if mark in network:
            virsh(uri, "net-destroy", network.strip(), check=False)
            virsh(uri, "net-undefine", network.strip(), check=False)


__all__ = [
    "App",
    "Element",
    "RESCUE_ISO",
    "WindowTest",
    "default_uri",
    "installer_iso",
    "keys",
    "needs_guests",
    "remove_marked",
    "type_text",
    "virsh",
    "wait_for",
]
