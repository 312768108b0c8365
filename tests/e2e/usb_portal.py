"""A desktop that hands out USB devices, and a sandbox to ask it from.

The portal is xdg-desktop-portal itself. It finds the devices in a computer
that umockdev makes up, their files are those of `usb_device`, and what a
desktop would ask its user is answered by the test.
"""

import json
import os
import shutil
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

from gi.repository import Gio, GLib
from screen import wait_for
from usb_device import UsbBus

APP = "io.github.posada_vm.Posada"
PRELOAD = {"LD_PRELOAD": "libumockdev-preload.so.0"}
PORTAL = "/usr/libexec/xdg-desktop-portal"
BACKEND = "org.freedesktop.impl.portal.desktop.posadatest"
INSTANCE = "4711"

QUESTION = Gio.DBusNodeInfo.new_for_xml(
    """<node><interface name="org.freedesktop.impl.portal.Usb">
      <method name="AcquireDevices">
        <arg type="o" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
        <arg type="a(sa{sv}a{sv})" direction="in"/><arg type="a{sv}" direction="in"/>
        <arg type="u" direction="out"/><arg type="a{sv}" direction="out"/>
      </method>
      <property name="version" type="u" access="read"/>
    </interface></node>"""
)


def finish_args():
    """What the Flatpak is allowed."""
    manifest = Path(__file__).resolve().parents[2] / f"flatpak/{APP}.json"
    return json.loads(manifest.read_text())["finish-args"]


class Desktop:
    """The portal, and the user behind it."""

    def __init__(self, test):
        self.test = test
        self.folder = test.folder / "desktop"
        self.folder.mkdir()
        self.computer = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("usb_plug.py")],
            env={**os.environ, **PRELOAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        test.addCleanup(self.computer.communicate)
        self.root = self.computer.stdout.readline().strip()
        self.files = Path(self.root) / "dev/bus/usb/001"
        self.files.mkdir(parents=True)
        # umockdev would answer requests itself.
        (Path(self.root) / "ioctl/_default").unlink()
        self.bus = UsbBus(self.folder / "bus")
        test.addCleanup(self.bus.close)
        # The user says yes until told otherwise.
        self.allows = True
        self.asked = []
        self._answer_questions()
        (self.folder / "test.portal").write_text(
            f"[portal]\nDBusName={BACKEND}\nInterfaces=org.freedesktop.impl.portal.Usb;\n"
        )
        (self.folder / "portals.conf").write_text("[preferred]\ndefault=test\n")
        self.process = None
        test.addCleanup(self.stop)

    def plug_in(self, device):
        """The device is there, and its file."""
        file = self.bus.add(device)
        (self.files / file.name).symlink_to(file)
        number = int(file.name)
        ids = [f"{number:04x}" for number in (device.vendor, device.product)]
        names = [name.replace(" ", "\\x20") for name in (device.maker, device.name)]
        self._order(
            textwrap.dedent(
                f"""\
                add
                P: /devices/usb{number}
                E: SUBSYSTEM=usb
                E: DEVTYPE=usb_device
                E: DEVNAME=/dev/bus/usb/001/{number:03}
                E: ID_VENDOR_ID={ids[0]}
                E: ID_VENDOR_ENC={names[0]}
                E: ID_MODEL_ID={ids[1]}
                E: ID_MODEL_ENC={names[1]}
                A: bDeviceClass=00
                A: bConfigurationValue=1
                A: busnum=1
                A: devnum={number}
                A: speed=480
                H: descriptors={device.descriptors.hex()}
                """
            )
        )

    def unplug(self, device):
        self.bus.unplug(device)
        self._order(f"remove\n/sys/devices/usb{self.bus.devices.index(device) + 1}\n")

    def _order(self, lines):
        self.computer.stdin.write(lines + "\n")
        self.computer.stdin.flush()
        self.computer.stdout.readline()

    def start(self):
        """Starts the portal."""
        environment = {
            **os.environ,
            **self.devices(),
            "XDG_DESKTOP_PORTAL_DIR": str(self.folder),
            "XDG_CURRENT_DESKTOP": "test",
        }
        log = open(self.folder / "portal.log", "a")
        self.process = subprocess.Popen([PORTAL, "-v"], env=environment, stdout=log, stderr=log)
        log.close()
        wait_for("the portal", self._is_there, 60)

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _is_there(self):
        bus = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        name = GLib.Variant("(s)", ("org.freedesktop.portal.Desktop",))
        return self._call(bus, "NameHasOwner", name).unpack()[0] or None

    def _call(self, whom, method, arguments):
        flags = Gio.DBusCallFlags.NONE
        return self.connection.call_sync(*whom, method, arguments, None, flags, -1, None)

    def forbid(self):
        """The user lets the program have no USB devices, in the desktop's settings."""
        self._permit("no")
        self.test.addCleanup(self._permit, "yes")

    def _permit(self, answer):
        store = "org.freedesktop.impl.portal.PermissionStore"
        said = GLib.Variant("(sbssas)", ("usb", True, "usb", APP, [answer]))
        self._call((store, "/org/freedesktop/impl/portal/PermissionStore", store), "SetPermission", said)

    def _answer_questions(self):
        address = Gio.dbus_address_get_for_bus_sync(Gio.BusType.SESSION, None)
        flags = Gio.DBusConnectionFlags
        context = GLib.MainContext.new()
        loop = GLib.MainLoop.new(context, False)
        ready = threading.Event()

        def serve():
            context.push_thread_default()
            self.connection = Gio.DBusConnection.new_for_address_sync(
                address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None
            )
            self.connection.register_object_with_closures2(
                "/org/freedesktop/portal/desktop", QUESTION.interfaces[0], self._answer, lambda *_: GLib.Variant("u", 1), None
            )
            Gio.bus_own_name_on_connection(self.connection, BACKEND, Gio.BusNameOwnerFlags.NONE, None, None)
            ready.set()
            loop.run()
            # And with it the name.
            self.connection.close_sync(None)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        ready.wait(30)
        self.test.addCleanup(thread.join, 10)
        self.test.addCleanup(loop.quit)

    def _answer(self, _connection, _sender, _path, _interface, _method, arguments, invocation):
        _, window, app, devices, _ = arguments.unpack()
        self.asked.append((window, app, [info["properties"]["ID_MODEL_ID"] for _, info, _ in devices]))
        allowed = [(key, {"writable": GLib.Variant("b", True)}) for key, _, _ in devices if self.allows]
        results = {"devices": GLib.Variant("a(sa{sv})", allowed)}
        invocation.return_value(GLib.Variant("(ua{sv})", (0 if self.allows else 1, results)))

    def devices(self):
        """Variables for a program that finds the devices as outside a sandbox."""
        return {**PRELOAD, "UMOCKDEV_DIR": self.root}

    def devices_without_files(self):
        """Variables for a program that finds the devices, but none of their files."""
        sys_folder = self.folder / "seen/sys"
        sys_folder.mkdir(parents=True)
        subprocess.run(["mount", "--bind", f"{self.root}/sys", sys_folder], check=True)
        self.test.addCleanup(subprocess.run, ["umount", "--lazy", sys_folder], check=True)
        return {**PRELOAD, "UMOCKDEV_DIR": str(sys_folder.parent)}

    def sandbox(self):
        """What runs a program in a sandbox as the Flatpak's: its command goes after it."""
        enumerable = [word.split("=", 1)[1] for word in finish_args() if word.startswith("--usb=")]
        hidden = [word.split("=", 1)[1] for word in finish_args() if word.startswith("--nousb=")]
        info = self.folder / "flatpak-info"
        info.write_text(
            f"[Application]\nname={APP}\n[Instance]\ninstance-id={INSTANCE}\n[Context]\nshared=network;\n"
            f"[USB Devices]\nenumerable-devices={';'.join(enumerable)};\nhidden-devices={';'.join(hidden)};\n"
        )
        root = self.folder / "root"
        root.mkdir(exist_ok=True)
        instance = Path(os.environ["XDG_RUNTIME_DIR"]) / ".flatpak" / INSTANCE
        instance.mkdir(parents=True, exist_ok=True)
        script = self.folder / "sandbox"
        # Beside the file by which a Flatpak is known, all is as it is outside.
        script.write_text(
            textwrap.dedent(
                f"""\
                #!/bin/sh
                set -e
                echo '{{"child-pid": '$$'}}' >{instance}/bwrapinfo.json
                mount --make-rprivate /
                mount -t tmpfs root {root}
                for entry in /*; do
                  if [ -L "$entry" ]; then
                    ln -s "$(readlink "$entry")" {root}/
                  elif [ -d "$entry" ]; then
                    mkdir {root}/"${{entry#/}}"
                    mount --rbind "$entry" {root}/"${{entry#/}}"
                  fi
                done
                cp {info} {root}/.flatpak-info
                exec chroot {root} "$@"
                """
            )
        )
        script.chmod(0o755)
        return ["unshare", "--mount", str(script)]


def is_possible():
    """Whether this system has what it takes."""
    return Path("/dev/fuse").exists() and Path(PORTAL).exists() and os.getuid() == 0 and shutil.which("unshare")
