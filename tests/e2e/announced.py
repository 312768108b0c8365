"""Writes down what programs announce to screen readers, a line each, into the file named."""

import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402


def main():
    with open(sys.argv[1], "w", buffering=1) as file:
        listener = Atspi.EventListener.new(lambda event: file.write(f"{event.any_data}\n"))
        listener.register("object:announcement")
        file.write("ready\n")
        Atspi.event_main()


if __name__ == "__main__":
    main()
