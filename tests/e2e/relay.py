"""A line to a server that can be slow, and tells what a client says on it."""

import socket
import struct
import threading
import time

LOAD = 1 << 13
# An address of this computer that does not look like one.
HOST = "0.0.0.0"
# Where SPICE's first message has the kind of channel.
CHANNEL = 20


class Relay:
    """Passes connections on to a port, `rate` bytes a second towards the client."""

    def __init__(self, test, port, rate=None, spoil=None):
        self.target, self.rate = port, rate
        # SPICE's channels on which what the server says makes no sense, with
        # the bytes up to there.
        self.spoil = spoil or {}
        # Of the client's messages that which the server does not hear, by channels.
        self.keeps = {}
        # The ends towards the client, by SPICE's channels.
        self.clients = {}
        # What the client has said on each connection.
        self.said = []
        self.server = self._listen()
        test.addCleanup(self.server.close)
        threading.Thread(target=self._accept, daemon=True).start()

    def _listen(self):
        server = socket.create_server((HOST, 0))
        self.port = server.getsockname()[1]
        return server

    def _connect(self):
        return socket.create_connection(("127.0.0.1", self.target))

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            # No more is on its way than a slow line has room for.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LOAD)
            target = self._connect()
            said = bytearray()
            self.said.append(said)
            for copy in ((client, target, said), (target, client)):
                threading.Thread(target=self._copy, args=copy, daemon=True).start()

    def _copy(self, source, target, said=None):
        passed, limit = 0, None
        try:
            while data := source.recv(LOAD):
                if said is not None:
                    said += data
                    if said.startswith(b"REDQ") and len(said) > CHANNEL:
                        self.clients[said[CHANNEL]] = source
                        if data == self.keeps.get(said[CHANNEL]):
                            continue
                else:
                    if limit is None:
                        known = [kind for kind, client in list(self.clients.items()) if client is target]
                        limit = self.spoil.get(known[0]) if known else None
                    if limit is not None:
                        keep = max(0, limit - passed)
                        data = data[:keep] + bytes([0xFE]) * (len(data) - keep)
                    passed += len(data)
                    if self.rate is not None:
                        time.sleep(len(data) / self.rate)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            target.close()
        finally:
            source.close()


class UnixRelay(Relay):
    """The same over local sockets, on which descriptors can travel."""

    def __init__(self, test, path, target):
        self.path = path
        super().__init__(test, target)

    def _listen(self):
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(self.path))
        server.listen()
        return server

    def _connect(self):
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(self.target))
        return line


def wishes(said):
    """What a VNC client without security has asked for: bits of a pixel, and lists of encodings."""
    said, place, bits, encodings = bytes(said), len("RFB 003.008\n") + 2, [], []
    # The length of each message, and of those with a list behind: where its
    # count stands, and the length of an item.
    lengths = {0: (20,), 2: (4, "!H", 2, 4), 3: (10,), 4: (8,), 5: (6,), 6: (8, "!I", 4, 1), 251: (8, "!B", 6, 16)}
    # QEMU's own: keys and sound.
    own = {(0, 0): 12, (0, 1): 12, (1, 0): 4, (1, 1): 4, (1, 2): 10}
    while place + 8 <= len(said):
        kind = said[place]
        if kind == 255:
            place += own[said[place + 1], said[place + 3]]
            continue
        length, *behind = lengths[kind]
        if behind:
            form, where, item = behind
            (count,) = struct.unpack_from(form, said, place + where)
            if place + length + item * count > len(said):
                break
            if kind == 2:
                encodings.append(struct.unpack_from(f"!{count}i", said, place + length))
            length += item * count
        elif kind == 0:
            bits.append(said[place + 4])
        place += length
    return bits, encodings
