"""Media that the tests make, each in a blink."""

import subprocess
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "media"

# What the screen of the small installer's machine is filled with.
INSTALLING = (0, 0, 168)
INSTALLED = (0, 168, 0)


def _run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, f"{command[0]}: {done.stderr}"


def installer(folder):
    """The boot program of an ISO that really installs, see `installer.S`."""
    program = folder / "installer.bin"
    _run("as", "--32", "-o", folder / "installer.o", SOURCES / "installer.S")
    _run(
        *("ld", "-m", "elf_i386", "-Ttext=0x7c00", "--oformat=binary"),
        *("-o", program, folder / "installer.o"),
    )
    return program


def iso(file, volume="SMALL", boots=True, publisher=""):
    """An ISO with this volume id; it holds the small installer if it `boots`."""
    tree = file.parent / f"{file.stem}-tree"
    tree.mkdir(exist_ok=True)
    command = ["xorriso", "-as", "mkisofs", "-quiet", "-V", volume, "-publisher", publisher, "-o", file]
    if boots:
        installer(tree)
        command += ["-b", "installer.bin", "-no-emul-boot", "-boot-load-size", "4"]
    _run(*command, tree)
    return file


def disk(file, form, *options):
    """A disk image of 64 MiB."""
    _run("qemu-img", "create", "-q", "-f", form, *options, file, "64M")
    return file
