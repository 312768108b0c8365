"""How long each step of a program's main loop takes (main_steps.c)."""

import subprocess
from pathlib import Path


def library(folder):
    """What is loaded before the program's own libraries, made in this folder."""
    made = folder / "main_steps.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


def steps(file):
    """When each began and the processor time that it took, in microseconds; none
    of a program that tells nothing."""
    lines = file.read_text().splitlines() if file.exists() else []
    # The last one may be half written.
    return [tuple(map(int, line.split())) for line in lines if " " in line]
