"""USB devices that nobody plugged in, as Linux shows them to programs.

Programs speak with a USB device through its file below `/dev/bus/usb`: they
read its descriptors and hand it requests by ioctl (usbfs, Linux's
`include/uapi/linux/usbdevice_fs.h`). Here the files are those of a file system
in user space (Linux's `include/uapi/linux/fuse.h`), answered by a thread.
What a request points at is read and written in the memory of who made it,
which takes root.
"""

import ctypes
import errno
import os
import stat
import struct
import threading
from pathlib import Path

FUSE = Path("/dev/fuse")

LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE = 1, 2, 3, 14, 15, 18
ACCESS, INIT, INTERRUPT, DESTROY, IOCTL, POLL, BATCH_FORGET = 34, 26, 36, 38, 39, 40, 42
NOTIFY_POLL = 1
DIRECT_IO = 1
POLLOUT, POLLERR = 4, 8

CONTROL, SUBMIT, REAP, CONNECT_INFO = 0, 10, 13, 17
GET_DRIVER, CLAIM, RELEASE_INTERFACE, TO_DRIVER, RESET = 8, 15, 16, 18, 20
SET_CONFIGURATION, CAPABILITIES, SPEED, SET_INTERFACE = 5, 26, 31, 4
HIGH_SPEED = 3
URB = struct.Struct("=BBxxiIxxxxQiiiiiIQ")
GET_STATUS, GET_DESCRIPTOR, GET_CONFIGURATION = 0, 6, 8
DEVICE, CONFIGURATION, STRING = 1, 2, 3


class UsbDevice:
    """A device without any function, by its numbers and names."""

    def __init__(self, vendor, product, maker, name, writable=True):
        self.vendor, self.product, self.maker, self.name = vendor, product, maker, name
        # Whether the user has the right to write to its file.
        self.writable = writable
        self.plugged = True
        # Who has it, by the handle of the opened file.
        self.claimed = set()
        self.configuration = struct.pack("<BBHBBBBB", 9, CONFIGURATION, 18, 1, 1, 0, 0x80, 50)
        self.configuration += struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 0, 0xFF, 0, 0, 0)
        self.descriptor = struct.pack(
            *("<BBHBBBBHHHBBBB", 18, DEVICE, 0x0200, 0, 0, 0, 64, vendor, product, 0x0100, 1, 2, 0, 1)
        )

    @property
    def descriptors(self):
        return self.descriptor + self.configuration

    def answer(self, setup):
        """What the device says to a control request; None is a stall."""
        _, request, value, _, length = struct.unpack("<BBHHH", setup)
        kind, index = value >> 8, value & 0xFF
        if request == GET_DESCRIPTOR and kind == DEVICE:
            said = self.descriptor
        elif request == GET_DESCRIPTOR and kind == CONFIGURATION:
            said = self.configuration
        elif request == GET_DESCRIPTOR and kind == STRING and index <= 2:
            text = struct.pack("<H", 0x0409) if index == 0 else (self.maker, self.name)[index - 1].encode("utf-16-le")
            said = bytes([len(text) + 2, STRING]) + text
        elif request == GET_CONFIGURATION:
            said = b"\1"
        elif request == GET_STATUS:
            said = b"\0\0"
        elif length == 0:
            said = b""
        else:
            return None
        return said[:length]


class UsbBus:
    """The files of devices in a folder, "001" and so on in the order they came."""

    def __init__(self, folder):
        self.devices = []
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.fuse = os.open(FUSE, os.O_RDWR)
        # Of each opened file: the requests that are done, and who waits for one.
        self.done, self.waiting = {}, {}
        self.opened = {}
        # The thread that answers and the test that unplugs take turns.
        self.turn = threading.Lock()
        self._mount()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _mount(self):
        libc = ctypes.CDLL(None, use_errno=True)
        options = f"fd={self.fuse},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        if libc.mount(b"usb", os.fsencode(self.folder), b"fuse", 0, options) != 0:
            raise OSError(ctypes.get_errno(), "the bus cannot be mounted")

    def close(self):
        """All devices are gone, with their files."""
        ctypes.CDLL(None).umount2(os.fsencode(self.folder), 2)
        self.thread.join(5)
        os.close(self.fuse)

    def add(self, device):
        """Gives the device's file."""
        self.devices.append(device)
        return self.folder / f"{len(self.devices):03}"

    def unplug(self, device):
        """Whoever has it open hears of it."""
        with self.turn:
            device.plugged = False
            for handle, opened in self.opened.items():
                if opened is device and handle in self.waiting:
                    self._wake(handle)

    def _serve(self):
        while True:
            try:
                message = os.read(self.fuse, 1 << 17)
            except OSError as error:
                if error.errno in (errno.EINTR, errno.EAGAIN):
                    continue
                return
            _, kind, unique, node, _, _, task, _ = struct.unpack_from("=IIQQIIII", message)
            if kind in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            try:
                with self.turn:
                    said, code = self._answer(kind, node, task, message[40:]), 0
            except OSError as error:
                said, code = b"", -error.errno
            try:
                os.write(self.fuse, struct.pack("=IiQ", 16 + len(said), code, unique) + said)
            except OSError:
                # Who asked is gone.
                pass
            if kind == DESTROY:
                return

    def _wake(self, handle):
        body = struct.pack("=Q", self.waiting.pop(handle))
        os.write(self.fuse, struct.pack("=IiQ", 16 + len(body), NOTIFY_POLL, 0) + body)

    def _attributes(self, node):
        if node == 1:
            mode, size = stat.S_IFDIR | 0o755, 0
        else:
            mode, size = stat.S_IFREG | 0o666, len(self._device(node).descriptors)
        return struct.pack("=QQQQQQIIIIIIIIII", node, size, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def _device(self, node):
        if not 2 <= node < len(self.devices) + 2:
            raise OSError(errno.ENOENT, "no such device")
        return self.devices[node - 2]

    def _answer(self, kind, node, task, body):
        if kind == INIT:
            return struct.pack("=IIIIHHIIHHI28x", 7, 31, 1 << 16, 0, 4, 4, 1 << 16, 1, 16, 0, 0)
        if kind == LOOKUP:
            name = body.rstrip(b"\0").decode()
            node = int(name) + 1 if name.isdigit() else 0
            self._device(node)
            return struct.pack("=QQQQII", node, 0, 0, 0, 0, 0) + self._attributes(node)
        if kind == GETATTR:
            return struct.pack("=QII", 0, 0, 0) + self._attributes(node)
        if kind == ACCESS:
            (wanted,) = struct.unpack_from("=I", body)
            if wanted & os.W_OK and node > 1 and not self._device(node).writable:
                raise OSError(errno.EACCES, "not for this user")
            return b""
        if kind == OPEN and node > 1:
            handle = max(self.done, default=0) + 1
            self.done[handle], self.opened[handle] = [], self._device(node)
            return struct.pack("=QII", handle, DIRECT_IO, 0)
        if kind == RELEASE:
            (handle,) = struct.unpack_from("=Q", body)
            self.done.pop(handle, None)
            self.waiting.pop(handle, None)
            self.opened.pop(handle).claimed.discard(handle)
            return b""
        if kind == READ:
            _, offset, size = struct.unpack_from("=QQI", body)
            return self._device(node).descriptors[offset : offset + size]
        if kind == POLL:
            handle, waiting = struct.unpack_from("=QQ", body)
            if not self.opened[handle].plugged:
                ready = POLLERR
            else:
                ready = POLLOUT if self.done[handle] else 0
            if not ready:
                self.waiting[handle] = waiting
            return struct.pack("=II", ready, 0)
        if kind == IOCTL:
            handle, _, command, argument = struct.unpack_from("=QIIQ", body)
            with open(f"/proc/{task}/mem", "r+b", buffering=0) as memory:
                result = self._ioctl(handle, command & 0xFF, argument, Memory(memory))
            return struct.pack("=iIII", result, 0, 0, 0)
        if kind == DESTROY:
            return b""
        raise OSError(errno.ENOSYS, "not known here")

    def _ioctl(self, handle, request, argument, memory):
        device = self.opened[handle]
        if not device.plugged:
            raise OSError(errno.ENODEV, "unplugged")
        if request == CONNECT_INFO:
            memory.write(argument, struct.pack("=IB", self.devices.index(device) + 1, 0))
        elif request == CAPABILITIES:
            memory.write(argument, struct.pack("=I", 0))
        elif request == SPEED:
            return HIGH_SPEED
        elif request in (GET_DRIVER, TO_DRIVER):
            raise OSError(errno.ENODATA, "no driver")
        elif request == CLAIM:
            if device.claimed - {handle}:
                raise OSError(errno.EBUSY, "somebody else has it")
            device.claimed.add(handle)
        elif request == RELEASE_INTERFACE:
            device.claimed.discard(handle)
        elif request == CONTROL:
            setup, _, data = struct.unpack("=8sIxxxxQ", memory.read(argument, 24))
            said = device.answer(setup)
            if said is None:
                raise OSError(errno.EPIPE, "stalled")
            if setup[0] & 0x80:
                memory.write(data, said)
            return len(said)
        elif request == SUBMIT:
            self._submit(handle, device, argument, memory)
        elif request == REAP:
            if not self.done[handle]:
                raise OSError(errno.EAGAIN, "nothing done")
            memory.write(argument, struct.pack("=Q", self.done[handle].pop(0)))
        elif request not in (RESET, SET_CONFIGURATION, SET_INTERFACE):
            raise OSError(errno.ENOTTY, "not known here")
        return 0

    def _submit(self, handle, device, place, memory):
        fields = list(URB.unpack(memory.read(place, URB.size)))
        buffer = fields[4]
        setup = memory.read(buffer, 8)
        said = device.answer(setup)
        fields[2] = -errno.EPIPE if said is None else 0
        fields[6] = len(said or b"")
        if said and setup[0] & 0x80:
            memory.write(buffer + 8, said)
        memory.write(place, URB.pack(*fields))
        self.done[handle].append(place)
        if handle in self.waiting:
            self._wake(handle)


class Memory:
    """The memory of whoever makes a request."""

    def __init__(self, file):
        self.file = file

    def read(self, place, size):
        return os.pread(self.file.fileno(), size, place)

    def write(self, place, data):
        os.pwrite(self.file.fileno(), data, place)
