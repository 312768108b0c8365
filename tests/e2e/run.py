"""Runs the window's tests; see harness.py.

run.py [--totals FILE] [-k NAME] [--taken FOLDER]

As root, tests marked `session = True` run a second time as the ordinary user
`tester`, with that user's own libvirt.
"""

import argparse
import itertools
import os
import pwd
import subprocess
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
TESTER = "tester"


class Lines(unittest.TestResult):
    """One line a test, and what went wrong at once."""

    def __init__(self, label):
        super().__init__()
        self.label = label
        self.passed = 0
        # A class may fail before its first test.
        self.since = time.monotonic()

    def startTest(self, test):
        super().startTest(test)
        self.since = time.monotonic()

    def _line(self, word, test):
        name = ".".join(test.id().split(".")[-3:])
        print(f"{word:7} {name}{self.label} ({time.monotonic() - self.since:.1f} s)", file=sys.stderr, flush=True)

    def addSuccess(self, test):
        self.passed += 1
        self._line("ok", test)

    def addError(self, test, error):
        super().addError(test, error)
        print(self.errors[-1][1], file=sys.stderr)
        self._line("FAILED", test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        print(self.failures[-1][1], file=sys.stderr)
        self._line("FAILED", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line("skipped", test)
        print(f"        {reason}", file=sys.stderr)


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def name(kind):
    return f"{kind.__module__}.{kind.__name__}"


def take(place):
    """Whether nobody else had taken it."""
    try:
        place.mkdir()
    except FileExistsError:
        return False
    return True


def as_tester(arguments):
    """Runs the session tests as the ordinary user, on a screen and a D-Bus of their own."""
    user = pwd.getpwnam(TESTER)
    runtime = Path(user.pw_dir) / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.chown(runtime, user.pw_uid, user.pw_gid)
    project = str(HERE.parents[1])
    here = "/run/posada" if Path("/run/posada").exists() else project
    moved = {
        name: value.replace(project, here)
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "DBUS_", "AT_SPI_", "DISPLAY")) or name == "XDG_DATA_DIRS"
    }
    moved.update(
        HOME=user.pw_dir,
        USER=TESTER,
        LOGNAME=TESTER,
        XDG_RUNTIME_DIR=str(runtime),
        POSADA_MEDIA=str(Path(user.pw_dir) / "media"),
        POSADA_FAILURES=str(Path(user.pw_dir) / "failures"),
    )
    # The system's libvirt, let in by root.
    system = runtime / "system"
    system.unlink(missing_ok=True)
    proxy = subprocess.Popen([sys.executable, HERE / "proxy.py", system, "/run/libvirt/libvirt-sock"])
    moved["POSADA_SYSTEM_SOCKET"] = str(system)
    command = [f"{here}/build-aux/dev", "on_screen", sys.executable, f"{here}/tests/e2e/run.py", *arguments]
    done = subprocess.run(
        ["setpriv", f"--reuid={TESTER}", f"--regid={user.pw_gid}", "--init-groups", *command],
        env=moved,
        cwd=user.pw_dir,
    )
    proxy.kill()
    proxy.wait()
    return done.returncode


def is_wanted(test, only):
    """Whether it is run: a slow one only if its file is named."""
    return not getattr(test, "slow", False) or type(test).__module__.removeprefix("test_") in only


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--totals", help="a file to add the numbers to")
    parser.add_argument("-k", dest="only", help="a part of the tests' names")
    parser.add_argument("--taken", help="a folder that tells who runs which class, shared with others")
    parser.add_argument("--session", metavar="CLASSES", help="only tests marked so, of these classes")
    options = parser.parse_args()

    loader = unittest.TestLoader()
    tests = list(flat(loader.discover(str(HERE), pattern="test_*.py")))
    if options.only:
        tests = [test for test in tests if options.only in test.id()]
    tests = [test for test in tests if is_wanted(test, options.only or "")]
    if options.session:
        named = options.session.split()
        tests = [test for test in tests if getattr(test, "session", False) and name(type(test)) in named]

    result = Lines(" [session]" if options.session else "")
    again = []
    # Whole classes, which may have something for all of their tests.
    for kind, of_kind in itertools.groupby(tests, type):
        if options.taken and not take(Path(options.taken) / name(kind)):
            continue
        unittest.TestSuite(of_kind).run(result)
        if getattr(kind, "session", False):
            again.append(name(kind))

    bad = result.errors + result.failures
    totals = [f"passed {result.passed}", f"failed {len(bad)}", f"skipped {len(result.skipped)}"]
    totals += [f"failure {test.id()}{result.label.replace(' ', '')}" for test, _ in bad]
    status = 1 if bad else 0

    if os.getuid() == 0 and again and not options.session:
        inner = Path(pwd.getpwnam(TESTER).pw_dir) / "totals"
        inner.unlink(missing_ok=True)
        more = ["--totals", str(inner), "--session", " ".join(again)]
        more += ["-k", options.only] if options.only else []
        status |= as_tester(more)
        totals += inner.read_text().splitlines() if inner.exists() else ["failed 1", "failure session-tests"]

    if options.totals:
        with open(options.totals, "a") as file:
            file.write("\n".join(totals) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
