"""A computer that umockdev makes up, for programs that ask udev for devices.

Say where its files are, then plug devices in and out by lines on the standard
input: "add" with a device as umockdev describes them, or "remove" with its
path; a blank line ends each. It says "ok" when udev's listeners were told.

Run with umockdev's library preloaded: it tells of a device what udev would
find, and only in its own computer.
"""

import sys

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

testbed = UMockdev.Testbed.new()
print(testbed.get_root_dir(), flush=True)
lines = []
for line in sys.stdin:
    if line != "\n":
        lines.append(line)
        continue
    order, *rest = lines
    if order == "add\n":
        testbed.add_from_string("".join(rest))
    else:
        testbed.uevent(rest[0].strip(), "remove")
    lines = []
    print("ok", flush=True)
