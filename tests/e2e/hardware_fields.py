"""The table of fields (docs/hardware-fields.md), what is peculiar about some of
them (tests/guests/exceptions.txt), and which field a row of a page is."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# What the list of hardware begins with, and the page's name in the table.
SECTIONS = {
    "Processors": "processors",
    "Memory": "memory",
    "Starting": "boot",
    "Machine": "machine",
    "Resources": "tuning",
}
# The devices' elements, in the order of the list.
KINDS = (
    "disk interface graphics video input sound audio serial parallel console channel filesystem "
    "hostdev redirdev redirfilter smartcard tpm rng watchdog panic memballoon memory vsock shmem "
    "iommu pstore crypto nvram lease hub controller"
).split()
# Headings that the names of rows begin with.
TOPICS = {
    "bios": "Firmware Shown: ",
    "system": "Computer Shown: ",
    "board": "Main Board Shown: ",
    "case": "Case Shown: ",
}
NUMBER = r"(\d+)"
# Of which there are several: what a row's name begins with, besides the label
# (nothing: that is all of it), and the element, with how its key becomes a step.
PARTS = {
    "cpu_feature": (r"([\w.-]+)", None, "feature[@name='{}']"),
    "vcpu": (f"Processor {NUMBER}", "", "vcpu[@id='{}']"),
    "numa_node": (f"Node {NUMBER}", {"cpus": "processors", "memory": "memory"}, "cell[{}]"),
    "mem_node": (
        f"Node {NUMBER}",
        {"mode": "host memory nodes: how", "nodes": "host memory nodes"},
        "memnode[@cellid='{}']",
    ),
    "oem_string": (f"Text {NUMBER}", None, "entry[{}]"),
    "fw_cfg": (r"(opt/[\w/.]+)", "", "entry[@name='{}']"),
    "seclabel": (r"(SELinux|AppArmor|User and group \(DAC\))", "", "seclabel[@model='{}']"),
    "vcpu_pin": (f"Processor {NUMBER}", None, "vcpupin[@vcpu='{}']"),
    "vcpu_sched": (f"Rule {NUMBER}", "", "vcpusched[{}]"),
    "iothread": (f"Disk thread {NUMBER}", "", "iothread[@id='{}']"),
    "iothread_pin": (f"Disk thread {NUMBER}", None, "iothreadpin[@iothread='{}']"),
    "iothread_sched": (f"Disk thread rule {NUMBER}", "", "iothreadsched[{}]"),
    "block_device": (r"(/dev/\w+)", "", "device[path='{}']"),
    "throttle_group": (r"(\w+)", "", "throttlegroup[group_name='{}']"),
    "cache_tune": (f"Cache share {NUMBER}", "", "cachetune[{}]"),
    "memory_tune": (f"Bandwidth share {NUMBER}", "", "memorytune[{}]"),
}  # fmt: skip


class Field:
    """A line of the table."""

    def __init__(self, line):
        self.page, self.label, field, place, values, _ = (part.strip() for part in line.strip("|\n ").split(" | "))
        self.id = re.match(r"`([\w.]+)`", field)[1]
        self.place = place.strip("`")
        self.values = values
        self.words = re.findall("`(.*?)`", values)
        self.is_open = "what the host offers" in values
        self.of, self.name = self.id.split(".")
        # A memory module's page is not that of the memory.
        self.device = self.page if self.place.startswith(f"devices/{self.page}/") else None

    def of_row(self, name, device):
        """Where the row of this name leads, if it is the field's: on the page of
        the device that stands at this path, or of the guest."""
        if device is not None:
            own = self.device == re.match(r"devices/(\w+)", device)[1] and name == self.label
            return self.place.replace(f"devices/{self.device}", device, 1) if own else None
        if self.of not in PARTS:
            return self.place if name == TOPICS.get(self.of, "") + self.label else None
        title, labels, step = PARTS[self.of]
        label = labels[self.name] if labels else self.label
        found = re.fullmatch(title if labels is None else f"{title}: {re.escape(label)}", name)
        if not found:
            return None
        key = {"User and group (DAC)": "dac"}.get(found[1], found[1].lower() if self.of == "seclabel" else found[1])
        element = re.match(r"\w+", step)[0]
        if self.of == "numa_node":
            key = int(key) + 1
        # The last such step: a vcpu stands in vcpus.
        steps = self.place.rstrip("/").split("/")
        at = len(steps) - 1 - steps[::-1].index(element)
        steps[at] = step.format(key)
        return "/".join(steps)

    def candidates(self, present):
        """What could be typed for it instead of what stands there now."""
        number = re.fullmatch(r"(\d+) to (\d+)", self.values)
        size = re.fullmatch(r"bytes, at least (\d+)", self.values)
        if number:
            least, most = map(int, number.groups())
            more = [int(present) + 1, int(present) - 1] if present else []
            more += [2, least, most]
            found = [str(value) for value in more if least <= value <= most]
        elif size:
            least = int(size[1])
            found = [f"{(present or max(least, 1024)) * 2 // 1024} KiB", f"{(present or least) // 2048} KiB"]
        else:
            found = {
                "path": ["/var/lib/another"],
                "mac": ["52:54:00:aa:bb:cc"],
                "cpuset": ["0", "0-1"],
                "vlans": ["42"],
                "hexadecimal": ["0x0001"],
                "serial": ["AB-12"],
                "password": ["AB-12"],
                "line": ["another"],
            }[self.values]
        return [*self.choices(), *found]

    def choices(self):
        """Values that come before all others."""
        return [value for name, values in VALUES for value in values.split() if name.strip() == self.id]

    @property
    def is_size(self):
        return self.values.startswith("bytes")


def table():
    """All fields."""
    text = (PROJECT / "docs/hardware-fields.md").read_text()
    lines = text.split("\n\n## What stands")[0].split("|---|---|---|---|---|---|\n")[1].splitlines()
    return [Field(line) for line in lines]


def _said(kind):
    lines = (PROJECT / "tests/guests/exceptions.txt").read_text().splitlines()
    return [parts[1:] for parts in (line.split(" | ") for line in lines) if parts[0].strip() == kind]


def is_own(place, own):
    """Whether a changed place is a field's own: it, what it is in, its key, its unit."""
    if own.endswith("/") and place.startswith(own[:-1]):
        return True
    element, _, name = place.rpartition("/@")
    key = name and own.startswith(element) and element.endswith("]") and f"[@{name}=" in element
    unit = own.split("/@")[0]
    return bool(place == own or key or own.startswith(f"{place}/") or place == f"{unit}/@unit")


VALUES = _said("value")
CANNOT = {field.strip(): reason for field, reason in _said("cannot")}
TOGETHER = {field.strip(): where.split() for field, where, _ in _said("with")}
UNSEEN = [field.strip() for field, _ in _said("unseen")]
STAYS = [part for (part,) in _said("stays")]
KEEPS = {field.strip(): value.split() for field, value, _ in _said("keeps")}
ONCE = [field.strip() for field, _ in _said("once")]
# Each the fields of a round, with the value for those that need this one.


def _round(fields):
    """Fields, and what those that need it are set to."""
    pairs = (field.partition("=") for field in fields.split())
    return {field: name.replace("_", " ") or None for field, _, name in pairs}


APART = [_round(fields) for fields, _ in _said("apart")]
FIELDS = table()
