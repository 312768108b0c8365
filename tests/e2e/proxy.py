"""Passes connections to one socket on to another: proxy.py SOCKET TARGET.

The tests start it as root, so that an ordinary user's program reaches the
system's libvirt without a polkit that says yes.
"""

import os
import socket
import sys
import threading


def copy(source, target):
    while data := source.recv(1 << 16):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def main(own, other):
    server = socket.socket(socket.AF_UNIX)
    server.bind(own)
    os.chmod(own, 0o666)
    server.listen()
    while True:
        client, _ = server.accept()
        target = socket.socket(socket.AF_UNIX)
        target.connect(other)
        for pair in [(client, target), (target, client)]:
            threading.Thread(target=copy, args=pair, daemon=True).start()


main(*sys.argv[1:])
