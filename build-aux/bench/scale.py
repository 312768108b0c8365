#!/usr/bin/env python3
"""How Posada and virt-manager do with many guests, in one run.

    build-aux/dev bench scale [COUNT…]

Two tables. The first has hosts of libvirt's test driver with running guests:
time from exec until the list is complete on screen, CPU seconds over 20 s
after that, resident memory. The second has a real libvirtd with defined guests
behind a proxy that adds 50 ms each way.

"Complete on screen" is judged from outside, through AT-SPI: Posada's list says
"1,000 guests" under its title and shows its first row; virt-manager's tree has
a row for each guest. While CPU is measured nobody asks over AT-SPI.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

STEADY = 20.0
LIMIT = 180.0
TICK = os.sysconf("SC_CLK_TCK")


def test_host(path, count):
    """Writes a test-driver host with `count` running guests."""
    guests = "".join(
        f"""
  <domain type='test'>
    <name>guest-{i:05}</name>
    <uuid>{uuid.uuid5(uuid.NAMESPACE_OID, f'guest-{i}')}</uuid>
    <memory unit='MiB'>1024</memory>
    <vcpu>2</vcpu>
    <os><type arch='x86_64'>hvm</type></os>
    <devices>
      <disk type='file' device='disk'>
        <source file='/guests/{i}.qcow2'/><target dev='vda' bus='virtio'/>
      </disk>
      <interface type='network'>
        <mac address='52:54:00:{i >> 16 & 255:02x}:{i >> 8 & 255:02x}:{i & 255:02x}'/>
        <source network='default'/><target dev='vnet{i}'/>
      </interface>
    </devices>
  </domain>"""
        for i in range(count)
    )
    network = """
  <network><name>default</name><bridge name='virbr0'/><forward/>
    <ip address='192.168.122.1' netmask='255.255.255.0'/></network>"""
    path.write_text(
        f"<node>{guests}{network}\n  <cpu><mhz>2000</mhz><model>x86_64</model><active>2</active>"
        "<nodes>1</nodes><sockets>1</sockets><cores>2</cores><threads>1</threads></cpu>"
        "\n  <memory>33554432</memory>\n</node>\n"
    )


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024


def application(pid):
    desktop = Atspi.get_desktop(0)
    for i in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(i)
        try:
            if child and child.get_process_id() == pid:
                return child
        except gi.repository.GLib.Error:
            pass
    return None


def nodes(root, depth=40):
    """All accessibles below `root`, breadth first; vanished ones are left out."""
    level = [root]
    while level and depth:
        depth -= 1
        below = []
        for node in level:
            try:
                count = min(node.get_child_count(), 100)
                below += [c for c in (node.get_child_at_index(i) for i in range(count)) if c]
            except gi.repository.GLib.Error:
                continue
        yield from below
        level = below


def posada_complete(app, count):
    text = f"{count:,} guests" if count != 1 else "1 guest"
    counted = row = False
    for node in nodes(app):
        try:
            name = node.get_name() or ""
        except gi.repository.GLib.Error:
            continue
        counted |= name == text
        row |= name.startswith("guest-")
        if counted and row:
            return True
    return False


def virt_manager_complete(app, count):
    for node in nodes(app):
        try:
            if node.get_role() in (Atspi.Role.TREE_TABLE, Atspi.Role.TABLE):
                if node.get_table_iface().get_n_rows() >= count + 1:
                    return True
        except (gi.repository.GLib.Error, AttributeError):
            continue
    return False


def measure(command, complete, count, steady=True):
    """Runs `command`; its time to the complete list, steady CPU, memory in MiB."""
    home = tempfile.mkdtemp(prefix="posada-bench-")
    env = dict(
        os.environ,
        HOME=home,
        XDG_CONFIG_HOME=f"{home}/config",
        XDG_CACHE_HOME=f"{home}/cache",
        XDG_DATA_HOME=f"{home}/data",
        GSETTINGS_BACKEND="memory",
        GTK_A11Y="atspi",
        LC_ALL="C.UTF-8",
    )
    log = open(f"{home}/log", "wb")
    start = time.monotonic()
    process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        while True:
            if process.poll() is not None:
                sys.stderr.write(Path(f"{home}/log").read_text(errors="replace"))
                raise SystemExit(f"{command[0]} ended with {process.returncode}")
            if time.monotonic() - start > LIMIT:
                return None
            app = application(process.pid)
            if app and complete(app, count):
                break
            time.sleep(0.02)
        shown = time.monotonic() - start
        if not steady:
            return shown, None, None
        time.sleep(3)
        before = cpu_seconds(process.pid)
        time.sleep(STEADY)
        return shown, cpu_seconds(process.pid) - before, resident(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def cells(result):
    if result is None:
        return [f"over {LIMIT:.0f} s", "–", "–"]
    return ["–" if v is None else f"{v:.{d}f}" for v, d in zip(result, (2, 2, 0))]


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(c) for c in row) + " |")
    print(flush=True)


def programs(uri):
    posada = os.environ["POSADA_BINARY"]
    yield "Posada", [posada, "--connect", uri], posada_complete
    if shutil.which("virt-manager"):
        yield "virt-manager", ["virt-manager", "--no-fork", "--connect", uri], virt_manager_complete


def running_guests(counts, folder):
    rows = []
    for count in counts:
        path = folder / f"host-{count}.xml"
        test_host(path, count)
        for name, command, complete in programs(f"test://{path}"):
            rows.append([f"{count:,}", name, *cells(measure(command, complete, count))])
            print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    print("Running guests on a host of libvirt's test driver:\n")
    table(["guests", "program", "list complete (s)", "CPU in 20 s (s)", "memory (MiB)"], rows)


def long_line(counts, folder):
    """Defined guests on a real libvirtd, 100 ms of round trip away."""
    socket = "/run/libvirt/libvirt-sock"
    if not Path(socket).exists():
        print(f"No libvirtd at {socket}: the second table is left out.")
        return
    listen = folder / "slow.sock"
    proxy = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("delay_proxy.py"), listen, socket, "50"],
        stdout=subprocess.PIPE,
        text=True,
    )
    proxy.stdout.readline()
    rows, defined = [], []
    try:
        for count in counts:
            for i in range(len(defined), count):
                name = f"guest-{i:05}"
                xml = folder / "guest.xml"
                xml.write_text(
                    f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory>"
                    "<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>"
                )
                virsh = ["virsh", "-q", "-c", "qemu:///system"]
                subprocess.run([*virsh, "define", xml], check=True, stdout=subprocess.DEVNULL)
                defined.append(name)
            for name, command, complete in programs(f"qemu+unix:///system?socket={listen}"):
                proxy.send_signal(signal.SIGUSR1)
                proxy.stdout.readline()
                result = measure(command, complete, count, steady=False)
                proxy.send_signal(signal.SIGUSR1)
                calls = proxy.stdout.readline().split()[1]
                rows.append([f"{count:,}", name, cells(result)[0], calls])
                print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    finally:
        proxy.kill()
        proxy.wait()
        for name in defined:
            subprocess.run(
                ["virsh", "-q", "-c", "qemu:///system", "undefine", name],
                stdout=subprocess.DEVNULL,
            )
    print("Defined guests on a libvirtd with 100 ms of round trip:\n")
    table(["guests", "program", "list complete (s)", "calls until closed"], rows)


def main():
    counts = [int(a) for a in sys.argv[1:]] or [1, 100, 1000, 5000]
    with tempfile.TemporaryDirectory(prefix="posada-bench-") as folder:
        folder = Path(folder)
        running_guests(counts, folder)
        long_line([200, 2000], folder)


main()
