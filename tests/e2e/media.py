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


def boot_program(folder, name):
    """The boot program `name`.S of tests/media for an ISO."""
    program = folder / f"{name}.bin"
    _run("as", "--32", "-o", folder / f"{name}.o", SOURCES / f"{name}.S")
    _run(
        *("ld", "-m", "elf_i386", "-Ttext=0x7c00", "--oformat=binary"),
        *("-o", program, folder / f"{name}.o"),
    )
    return program


def iso(file, volume="SMALL", boots="installer", publisher=""):
    """An ISO with this volume id; it boots the program of this name, if any."""
    tree = file.parent / f"{file.stem}-tree"
    tree.mkdir(exist_ok=True)
    command = ["xorriso", "-as", "mkisofs", "-quiet", "-V", volume, "-publisher", publisher, "-o", file]
    if boots:
        program = boot_program(tree, boots)
        command += ["-b", program.name, "-no-emul-boot", "-boot-load-size", "4"]
    _run(*command, tree)
    return file


def disk(file, form, *options):
    """A disk image of 64 MiB."""
    _run("qemu-img", "create", "-q", "-f", form, *options, file, "64M")
    return file
