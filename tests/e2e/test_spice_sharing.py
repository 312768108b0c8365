"""What SPICE shares besides the screen: sound, files, a folder, USB devices.

Each is looked at from inside a Debian guest, and from this side.
"""

import base64
import hashlib
import os
import re
import subprocess

import media
import screen
from debian_guest import SPICE, DebianGuest
from harness import WindowTest, keys, needs_guests, wait_for
from journey import LONG
from sound import HUM, RATE, SoundServer, pitch, samples

DEVICES = (
    SPICE
    + """
    <sound model='ich9'><audio id='1'/></sound>
    <audio id='1' type='spice'/>
    <redirdev bus='usb' type='spicevmc'/>
    <redirdev bus='usb' type='spicevmc'/>
    <channel type='spiceport'>
      <source channel='org.spice-space.webdav.0'/>
      <target type='virtio' name='org.spice-space.webdav.0'/>
    </channel>
"""
)


class Sharing(WindowTest):
    @classmethod
    def setUpClass(cls):
        cls.debian = DebianGuest.start("spice-sharing", DEVICES)
        cls.addClassCleanup(cls.debian.remove)
        cls.debian.wait_for_screen()

    def open(self, **more):
        name = self.debian.name
        self.app = self.start_app(
            *("--connect", self.uri, "--show-domain-console", name), window=re.escape(name), **more
        )
        self.shown = self.app.find("image", f"Screen of {name}", timeout=LONG)
        self.window = self.app.window(re.escape(name))

    def choose(self, item):
        self.app.choose(self.window, "Sound and Sharing", item)

    def name_file(self, title, path, accept="Open"):
        """Names a file or a folder in a dialog that opens."""
        kinds = "dialog|frame|file chooser"
        dialog = self.app.find(kinds, title)
        wait_for("the keyboard there", lambda: "active" in dialog.states or None)
        # Pasted: what is typed races with the proposals that complete it.
        subprocess.run(["xclip", "-selection", "clipboard"], input=str(path).encode(), check=True)
        keys("slash", "ctrl+a", "ctrl+v")
        entry = dialog.find("text", timeout=5)
        # The proposal that completes a folder adds a slash.
        wait_for("the path", lambda: entry.text.rstrip("/") == str(path) or None)
        if path.is_dir():
            # Return would open it.
            dialog.find("button", accept).click()
        else:
            keys("Return")
        self.app.gone(kinds, title)

    @needs_guests
    def test_the_guest_is_heard_and_hears_as_the_user_lets_it(self):
        sound = SoundServer(self)
        self.open(PULSE_SERVER=sound.address)
        player = self.debian.run("speaker-test -t sine -f 440 -c 2 -l 0 >/tmp/played 2>&1 & echo $!")
        self.addCleanup(self.debian.run, f"kill {player}", check=False)
        sound.wait_for_tone(440, LONG)
        self.assertEqual(sound.players(), ["Posada"])
        self.choose("Mute")
        sound.wait_for_silence(LONG)
        self.choose("Mute")
        sound.wait_for_tone(440, LONG)
        self.debian.run(f"kill {player}", check=False)

        record = f"timeout 20 arecord -q -f S16_LE -r {RATE} -c 1 -d 3 -t raw /tmp/recorded; base64 -w0 /tmp/recorded"

        def recorded():
            return samples(base64.b64decode(self.debian.run(record, check=False)))

        self.assertLess(max(map(abs, recorded()), default=0), 10, "before it is allowed")
        self.choose("Let Guest Use the Microphone")
        self.app.find("label", "(?s).*The guest may use the microphone")

        def hum():
            heard = recorded()
            loud = max(map(abs, heard), default=0) > 1000
            return loud and abs(pitch(heard) - HUM) < 30 or None

        wait_for("the microphone", hum, LONG)
        self.choose("Let Guest Use the Microphone")
        wait_for("no microphone", lambda: max(map(abs, recorded()), default=0) < 10, LONG)

    @needs_guests
    def test_without_a_sound_server_the_menu_says_so(self):
        self.open()
        self.window.find("button|toggle button", "Main Menu").click()
        self.app.find("menu item", "Sound and Sharing").click()
        mute = self.app.find("menu item|check menu item", "Mute \\(Sound Cannot Be Played\\)")
        self.assertFalse(mute.enabled)
        keys("Escape", "Escape")

    def there(self, name):
        """The digest of a file that has arrived."""
        quoted = name.replace("'", "'\\''")
        found = self.debian.run(
            f"cat \"$(find /home/guest -type f -name '{quoted}' | head -1)\" | sha256sum; "
            f"find /home/guest -type f -name '{quoted}' | wc -l",
            check=False,
        )
        digest, count = found.split()[0], found.split()[-1]
        return digest if count != "0" else None

    @needs_guests
    def test_a_dropped_file_arrives_byte_for_byte(self):
        self.open()
        self.app.find("label", ".*Ctrl\\+Alt.*|Click the screen.*")
        file = self.folder / "-ñ $(id);'\" & co.bin"
        file.write_bytes(os.urandom(3_000_000))
        keys("ctrl+alt")
        x, y = screen.middle(self.window.window)
        self.drag_file(file, self.window, (x + 100, y + 100))
        self.app.find("label", ".*” sent to the guest", LONG)
        self.assertEqual(self.there("*co.bin"), hashlib.sha256(file.read_bytes()).hexdigest())
        names = self.debian.run("find /home/guest -type f -name '*co.bin'")
        self.assertTrue(names.endswith(file.name), names)

    @needs_guests
    def test_sending_shows_progress_and_can_be_stopped(self):
        self.open()
        file = self.folder / "large.bin"
        with file.open("wb") as out:
            for _ in range(20):
                out.write(os.urandom(1 << 20))
        self.choose("Send Files…")
        self.name_file("Send Files to the Guest", file, "Send")
        self.app.find("label", "“large\\.bin” sent to the guest", LONG)
        self.assertEqual(self.there("large.bin"), hashlib.sha256(file.read_bytes()).hexdigest())
        self.app.gone("button", "Stop Sending")
        self.shown.dismiss_messages()

        other = self.folder / "stopped.bin"
        with other.open("wb") as out:
            out.truncate(1 << 28)
        self.choose("Send Files…")
        self.name_file("Send Files to the Guest", other, "Send")
        self.app.find("label", "Sending “stopped\\.bin”: .* of 268\\.4.MB", LONG)
        self.app.find("button", "Stop Sending").click()
        self.app.find("label", "Sending stopped")
        wait_for("nothing of it there", lambda: self.there("stopped.bin") is None, LONG)

        huge = self.folder / "huge.bin"
        with huge.open("wb") as out:
            out.truncate(1 << 42)
        self.choose("Send Files…")
        self.name_file("Send Files to the Guest", huge, "Send")
        self.app.find("label", "“huge\\.bin” could not be sent to the guest", LONG)
        self.app.find("button", "Details").click()
        self.app.find("label", "The guest’s disk has not enough free space\\.")

    @needs_guests
    def test_a_shared_folder_is_seen_until_it_is_no_longer_shared(self):
        folder = self.folder / "for the guest"
        folder.mkdir()
        (folder / "hello.txt").write_text("hola")
        self.open()

        def fetch():
            return self.debian.run("curl -sf -m 5 http://localhost:9843/hello.txt", check=False)

        def put():
            return self.debian.run(
                "curl -s -m 5 -o /dev/null -w '%{http_code}' -T /etc/hostname"
                " http://localhost:9843/new.txt",
                check=False,
            )

        def share():
            self.choose("Share a Folder…")
            self.name_file("Share a Folder", folder, "Select")

        self.assertEqual(fetch(), "")
        share()
        self.app.find("button", "Share").click()
        self.app.find("label", ".*The guest sees the folder “for the guest”.*", LONG)
        wait_for("the file there", lambda: fetch() == "hola", LONG)
        self.assertNotIn(put(), ("200", "201", "204"))
        self.assertFalse((folder / "new.txt").exists())

        self.choose("Stop Sharing the Folder")
        wait_for("it to be gone", lambda: fetch() == "", LONG)
        share()
        read_only = self.app.find("check box|switch", "Read Only")
        share_button = self.app.find("button", "Share")
        wait_for("the keyboard there", lambda: "focused" in share_button.states)
        keys("Tab", "space")
        wait_for("writing to be allowed", lambda: not read_only.checked or None)
        share_button.click()
        wait_for("the file there again", lambda: fetch() == "hola", LONG)
        self.assertIn(put(), ("200", "201", "204"))
        self.assertEqual((folder / "new.txt").read_text(), "posada-guest\n")

    @needs_guests
    def test_a_disc_image_goes_to_the_guest_by_usb(self):
        image = media.iso(self.folder / "disc.iso")
        self.open()
        self.choose("USB Devices…")
        self.app.find("label", "2 more devices can be connected")
        self.app.find("button|list item", "Insert a Disc Image…").click()
        self.name_file("Choose a Disc Image", image)
        self.app.find("label", "1 more device can be connected", LONG)
        digest = hashlib.sha256(image.read_bytes()).hexdigest()
        size = image.stat().st_size

        def read():
            said = self.debian.run(f"head -c {size} /dev/sr0 | sha256sum", check=False)
            return said.split()[0] == digest

        wait_for("the disc there", read, LONG)
        device = self.app.find("check box|switch", ".*CD.*")
        self.assertTrue(device.checked)
        device.click()
        self.app.find("label", "2 more devices can be connected")
        wait_for("no disc there", lambda: not read(), LONG)
