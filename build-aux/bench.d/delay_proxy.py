#!/usr/bin/env python3
"""A proxy between two UNIX sockets that holds every byte back for a while.

    delay_proxy.py LISTEN CONNECT MILLISECONDS

Each direction is delayed on its own, so a question and its answer take twice
the time. Bytes are delayed, not throttled: what arrives together leaves
together, as on a long line. On SIGUSR1 it prints how many libvirt calls have
passed since the last time.
"""

import asyncio
import signal
import struct
import sys

KEEPALIVE_PROGRAM = 0x6B656570
CALL = 0


class CallCounter:
    """Counts the calls in one direction of libvirt's protocol.

    A message is a 4-byte length, then program, version, procedure, type…
    (libvirt's docs/kbase/internals/rpc page).
    """

    total = 0

    def __init__(self):
        self.buffer = bytearray()

    def feed(self, data):
        self.buffer += data
        while len(self.buffer) >= 24:
            length, program, _version, _procedure, kind = struct.unpack_from(">IIIII", self.buffer)
            if length < 24 or len(self.buffer) < length:
                return
            if kind == CALL and program != KEEPALIVE_PROGRAM:
                CallCounter.total += 1
            del self.buffer[:length]


async def pump(reader, writer, delay, counter=None):
    """Passes bytes on `delay` seconds after they came."""
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue()

    async def send():
        while (item := await queue.get()) is not None:
            due, data = item
            await asyncio.sleep(max(0.0, due - loop.time()))
            writer.write(data)
            await writer.drain()
        writer.close()

    sender = asyncio.create_task(send())
    try:
        while data := await reader.read(65536):
            if counter:
                counter.feed(data)
            queue.put_nowait((loop.time() + delay, data))
    except ConnectionError:
        pass
    queue.put_nowait(None)
    try:
        await sender
    except ConnectionError:
        pass


def report():
    print(f"calls {CallCounter.total}", flush=True)
    CallCounter.total = 0


async def main():
    listen, connect, delay = sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000

    async def serve(reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_unix_connection(connect)
        except OSError as error:
            print(f"delay_proxy: {connect}: {error}", file=sys.stderr)
            writer.close()
            return
        await asyncio.gather(
            pump(reader, up_writer, delay, CallCounter()), pump(up_reader, writer, delay)
        )

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, report)
    server = await asyncio.start_unix_server(serve, listen)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
