"""A sound server as a desktop has it, without a sound card, and what is heard there."""

import array
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
from pathlib import Path

from screen import wait_for

RATE = 48000
# What the microphone hears, in hertz.
HUM = 660


class SoundServer:
    """PulseAudio with a loudspeaker into the void and a microphone that hums."""

    def __init__(self, test):
        folder = Path(tempfile.mkdtemp(prefix="posada-sound-"))
        test.addCleanup(shutil.rmtree, folder, True)
        socket = folder / "native"
        modules = [
            f"module-null-sink sink_name=loudspeaker rate={RATE}",
            f"module-sine-source source_name=microphone rate={RATE} frequency={HUM}",
            f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
        ]
        self.process = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
            + [word for module in modules for word in ("-L", module)],
            env={"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PATH": "/usr/bin:/bin"},
            stderr=subprocess.DEVNULL,
        )
        test.addCleanup(self.stop)
        self.address = f"unix:{socket}"
        self.heard = folder / "heard.raw"
        wait_for("the sound server", lambda: subprocess.run(["pactl", "-s", self.address, "info"], capture_output=True).returncode == 0)
        for kind, name in (("sink", "loudspeaker"), ("source", "microphone")):
            subprocess.run(["pactl", "-s", self.address, f"set-default-{kind}", name], check=True)
        recorder = subprocess.Popen(
            ["parec", "-s", self.address, "-d", "loudspeaker.monitor", "--raw", "--latency-msec=100"]
            + ["--format=s16le", f"--rate={RATE}", "--channels=1", str(self.heard)],
        )
        test.addCleanup(end, recorder)

    def stop(self):
        """It hangs up on everybody."""
        end(self.process)

    def hang(self):
        """It takes what it is given and does nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def players(self):
        """What is playing, as a volume control names it."""
        told = subprocess.run(
            ["pactl", "-s", self.address, "list", "sink-inputs"], capture_output=True, text=True, check=True
        ).stdout
        return re.findall(r'application\.name = "(.*)"', told)

    def samples(self):
        """All that was to be heard."""
        return samples(self.heard.read_bytes() if self.heard.exists() else b"")

    def wait_for_tone(self, hertz, timeout):
        """Waits for a second of this tone among what is to be heard from now on."""
        begin = len(self.samples())

        def tone():
            part = self.samples()[begin:]
            loud = sum(1 for sample in part if abs(sample) > 1000)
            return loud > RATE / 2 and abs(pitch(part) - hertz) < 15 or None

        wait_for(f"{hertz} Hz", tone, timeout)

    def wait_for_silence(self, timeout):
        """Waits until nothing is heard for two seconds."""

        def silence():
            part = self.samples()[-2 * RATE :]
            return max(map(abs, part), default=0) < 10 or None

        wait_for("silence", silence, timeout)


def end(process):
    """Ends it, even if it does not listen."""
    process.kill()
    process.wait()


def samples(data):
    """Bytes as samples of 16 bits."""
    found = array.array("h")
    found.frombytes(data[: len(data) // 2 * 2])
    return found


def pitch(samples):
    """The frequency of a tone that may have gaps: the usual way between its zero crossings."""
    rises = [place for place, (one, other) in enumerate(zip(samples, samples[1:])) if one < 0 <= other]
    ways = [other - one for one, other in zip(rises, rises[1:])]
    return RATE / statistics.median(ways) if ways else 0
