"""Hosts over SSH: added by hand, trusted, used like a local one, lost and back."""

import os
import pwd
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import journey
import screen
import sshd
from harness import RESCUE_ISO, WindowTest, keys, needs_guests, type_text, wait_for
from journey import LONG
from test_hosts import choose

HOST = "127.0.0.1"


def host_state(app, name, state, timeout=LONG):
    """Waits until a host's row in the sidebar says so."""
    row = app.find("list item", re.escape(name), timeout)
    row.find("label", state, timeout)
    return row


def host_menu(app, name, item):
    """Chooses from a host's menu."""
    app.find("toggle button", f"Menu of “{re.escape(name)}”").click()
    app.find("menu item", item).click()


def answer(dialog, field, secret):
    """Types a secret into the field that has the keyboard, and sends it off."""
    field = dialog.find("text", field)
    wait_for("the keyboard there", lambda: "focused" in field.states)
    type_text(secret)
    wait_for("dots for it", lambda: len(field.text) == len(secret) and len(set(field.text)) == 1)
    keys("Return")
    wait_for("the end of the question", lambda: "showing" not in dialog.states)


def listed(app):
    """The guests in the list with their states."""
    rows = app.find("list", "Guests").find_all("list item")
    return {row.name: row.find_all("label")[1].name for row in rows}


def commands():
    """What `ps` would show of everybody's arguments."""
    told = subprocess.run(["ps", "-eo", "args", "-ww"], capture_output=True, text=True)
    return told.stdout


@unittest.skipUnless(Path(sshd.SSHD).exists(), "there is no sshd")
class Remote(WindowTest):
    def setUp(self):
        super().setUp()
        if os.getuid() != 0:
            self.skipTest("an SSH server that lets others in runs as root")

    def serve(self, **options):
        server = sshd.Server(self.folder, **options)
        self.addCleanup(server.stop)
        return server.start()

    def open_app(self, server, *arguments, **more):
        # All that the program could tell is in its log.
        return self.start_app(*arguments, PATH=server.path, POSADA_LOG="trace", **more)

    def guest(self, name, screen=""):
        """A running guest with a picture that keys change."""
        name = self.unique(name)
        file = self.folder / "guest.xml"
        file.write_text(
            f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory>"
            "<os><type arch='x86_64'>hvm</type><boot dev='cdrom'/></os><devices>"
            f"<disk type='file' device='cdrom'><source file='{RESCUE_ISO}'/><target dev='sda' bus='sata'/></disk>"
            f"<graphics type='vnc' listen='127.0.0.1' {screen}/><video><model type='vga'/></video>"
            "</devices></domain>"
        )
        self.virsh("define", file)
        return name

    def add(self, app, server, user, key=True, kind="QEMU/KVM system"):
        """Types the host into the form."""
        app.find("button", "Add Connection").click()
        dialog = app.find("dialog", "Add Connection")
        if kind != "QEMU/KVM system":
            choose(app, dialog, "Hypervisor", kind)
        choose(app, dialog, "Location", "Remote over SSH")
        self.assertFalse(dialog.find("button", "Add").enabled, "a host is needed")
        dialog.find("text", "Host name.*").type(HOST)
        dialog.find("label", f"qemu\\+ssh://{HOST}/.*")
        dialog.find("text", "User name.*").type(user)
        dialog.find("text", "Port.*").type(str(server.port))
        if key:
            dialog.find("text", "Private key.*").type(str(server.key))
        path = "/session" if "session" in kind else "/system"
        uri = f"qemu+ssh://{user}@{HOST}:{server.port}{path}"
        if key:
            uri += "?keyfile=" + str(server.key).replace(" ", "%20")
        dialog.find("label", re.escape(uri))
        dialog.find("button", "Add").click()
        app.gone("dialog", "Add Connection")
        return uri

    def trust(self, app, server, name=HOST):
        """Answers the question for the host's key with yes."""
        dialog = app.find("dialog|alert", f"Trust “{re.escape(name)}”.*", LONG)
        dialog.find("label", re.escape(server.fingerprint()))
        dialog.find("button", "Trust").click()

    @needs_guests
    def test_a_host_over_ssh_is_like_a_local_one(self):
        server = self.serve()
        running, off = self.guest("far"), self.guest("off")
        self.virsh("start", running)
        app = self.open_app(server, "--connect", self.uri)
        app.find("list item", running)
        local = wait_for("the local list", lambda: self.complete(app))
        uri = self.add(app, server, "root")

        # Nobody is trusted unasked; who is refused stays unknown.
        question = app.find("dialog|alert", f"Trust “{HOST}”.*", LONG)
        question.find("label", "ED25519 key fingerprint")
        question.find("label", re.escape(server.fingerprint()))
        question.find("button", "Do Not Trust").click()
        app.find("label", "The Host’s Key Is Not Known", LONG)
        host_state(app, HOST, "Could not connect")
        self.assertFalse(server.known_hosts.exists())
        app.find("button", "Try Again").click()
        self.trust(app, server)
        host_state(app, HOST, "Connected")
        self.assertIn(f"[{HOST}]:{server.port}", server.known_hosts.read_text())

        # The same list, and it lives: also by what happens from outside.
        far = wait_for("the list over SSH", lambda: self.complete(app))
        self.assertEqual(far, local)
        self.assertEqual(far[running], "Running")
        self.assertEqual(far[off], "Off")
        self.virsh("suspend", running)
        wait_for("the event", lambda: listed(app)[running] == "Paused")
        self.virsh("resume", running)
        wait_for("the event", lambda: listed(app)[running] == "Running")

        # Its console goes through the tunnel, keys too.
        app.find("list item", running).click(count=2)
        window = app.window(running)
        window.find("page tab|toggle button|radio button", "Console").click()
        app.find("image", f"Screen of {running}", timeout=LONG)
        journey.original_size(app, window)
        wait_for(
            "GRUB's menu", lambda: journey.colours(journey.guest_picture(self.uri, running)) > 1, LONG
        )
        keys("c")
        before = journey.same_screen(app, self.uri, running)
        type_text("echo posada")
        wait_for(
            "the typed text",
            lambda: screen.same_pixels(journey.guest_picture(self.uri, running), before) < 0.9995,
            LONG,
        )
        journey.same_screen(app, self.uri, running)
        self.assertIn("-W 127.0.0.1:59", commands(), "it is the tunnel that shows it")
        keys("ctrl+alt", "ctrl+w")
        app.gone("frame", running)
        wait_for("the end of the tunnel", lambda: "-W 127.0.0.1:59" not in commands())

        self.leave_and_come_back(app, server, uri)

    def complete(self, app):
        """The list once it has every guest."""
        names = set(self.virsh("list", "--all", "--name").split())
        now = listed(app)
        return now if set(now) == names else None

    def leave_and_come_back(self, app, server, uri):
        host_menu(app, HOST, "Rename…")
        dialog = app.find("dialog|alert", "Rename Connection")
        dialog.find("text", "Name").type("Far Inn")
        keys("Return")
        host_state(app, "Far Inn", "Connected")

        # It connects again when the program starts, unasked.
        screen.activate(app.window("Posada").window)
        keys("ctrl+q")
        self.assertEqual(app.wait(), 0)
        again = self.open_app(server)
        host_state(again, "Far Inn", "Connected")
        self.assertFalse(again.find_all("dialog|alert", "Trust.*"))
        host_menu(again, "Far Inn", "Connect at Start")
        host_menu(again, "Far Inn", "Disconnect")
        host_state(again, "Far Inn", "Not connected")
        wait_for("the end of ssh", lambda: uri.split("?")[0] not in commands() and "-l root" not in commands())
        keys("ctrl+q")
        self.assertEqual(again.wait(), 0)
        third = self.open_app(server)
        host_state(third, "Far Inn", "Not connected")
        host_menu(third, "Far Inn", "Remove…")
        third.find("dialog|alert", "Remove “Far Inn”.*").find("button", "Remove").click()
        third.gone("list item", "Far Inn")
        keys("ctrl+q")
        self.assertEqual(third.wait(), 0)

    @needs_guests
    def test_a_lost_ssh_server_comes_back(self):
        server = self.serve()
        name = self.guest("kept")
        app = self.open_app(server)
        self.add(app, server, "root")
        self.trust(app, server)
        host_state(app, HOST, "Connected")
        app.find("list item", name)
        server.stop()
        host_state(app, HOST, "Connection lost")
        app.find("label", "(Connection Lost|Connection Refused). Trying again.*")
        self.assertIn(name, listed(app), "what was there is still shown")
        server.start()
        host_state(app, HOST, "Connected")
        app.gone("label", ".*Trying again.*")

        # Another host under the same name is refused, with what to do.
        server.change_host_key()
        app.find("label", "The Host’s Key Has Changed", LONG)
        host_state(app, HOST, "Could not connect")
        app.find("label", re.escape(f"ssh-keygen -R '[{HOST}]:{server.port}'"))
        self.assertFalse(app.find_all("dialog|alert", "Trust.*"), "nobody is to click it away")

    @needs_guests
    def test_a_screens_password_that_is_not_the_definitions_is_asked_for(self):
        server = self.serve()
        name = self.guest("locked", "passwd='before'")
        self.virsh("start", name)
        # Somebody else set another one on the running guest.
        self.virsh("qemu-monitor-command", name, "--hmp", "set_password vnc nachher8")
        app = self.open_app(server)
        self.add(app, server, "root")
        self.trust(app, server)
        host_state(app, HOST, "Connected")
        app.find("list item", name).click(count=2)
        for typed in ("wrong", "nachher8"):
            app.find("label", "The password was not accepted.*", LONG)
            field = app.find("text", "Password")
            wait_for("the keyboard there", lambda: "focused" in field.states and not field.text)
            type_text(typed)
            wait_for("dots for it", lambda: len(field.text) == len(typed))
            app.find("button", "Connect").click()
            wait_for("the answer to be sent", lambda: "showing" not in field.states or not field.text)
        wait_for("the screen", lambda: app.find("button", "Send Keys").enabled, LONG)
        self.nothing_told(app, "nachher8")

    @needs_guests
    def test_a_key_with_a_passphrase(self):
        server = self.serve()
        secret = "simsalabim 4711"
        sshd.make_key(server.key, secret)
        server.accept_key()
        app = self.open_app(server)
        self.add(app, server, "root")
        self.trust(app, server)
        words = re.escape(f"The key {server.key} is protected by a passphrase.")
        for typed, again in (("wrong", ""), (secret, "That was not accepted. ")):
            dialog = app.find("dialog|alert", f"Unlock “{HOST}”", LONG)
            dialog.find("label", again + words)
            answer(dialog, "Passphrase", typed)
        host_state(app, HOST, "Connected")
        self.nothing_told(app, secret)

        # Coming back after a loss does not ask again.
        server.stop()
        host_state(app, HOST, "Connection lost")
        server.start()
        host_state(app, HOST, "Connected")
        self.nothing_told(app, secret)

    def nothing_told(self, app, secret):
        app.log.flush()
        told = Path(app.log.name).read_text(errors="replace")
        self.assertIn("DEBUG", told, "the log has all there is")
        for part in (secret, secret.split()[0]):
            self.assertNotIn(part, told)
            self.assertNotIn(part, commands())

    @needs_guests
    def test_a_password_for_a_session(self):
        try:
            tester = pwd.getpwnam("tester")
        except KeyError:
            self.skipTest("no user whose password a test may set")
        secret = 'p"a$s 4711'
        subprocess.run(["chpasswd"], input=f"tester:{secret}\n", text=True, check=True)
        server = self.serve(passwords=True)
        name = self.session_guest(tester)
        app = self.open_app(server)
        self.add(app, server, "tester", key=False, kind="QEMU/KVM session")
        title = f"{HOST} \\(User Session\\)"
        self.trust(app, server, f"{HOST} (User Session)")
        words = f"The password of “tester@{HOST}” is needed."
        for typed, again in (("wrong", ""), (secret, "That was not accepted. ")):
            dialog = app.find("dialog|alert", f"Sign In to “{title}”", LONG)
            dialog.find("label", again + words)
            answer(dialog, "Password", typed)
        host_state(app, f"{HOST} (User Session)", "Connected")
        app.find("list item", name)
        self.assertEqual(listed(app), {name: "Off"})
        self.nothing_told(app, secret)

    def session_guest(self, user):
        """A guest of another user's session; where that user's libvirt is for ssh."""
        name = f"own-{self.mark}"
        file = Path(user.pw_dir) / f"{self.mark}.xml"
        file.write_text(
            f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory>"
            "<os><type arch='x86_64'>hvm</type></os></domain>"
        )
        self.addCleanup(file.unlink)

        def theirs(*arguments):
            subprocess.run(
                ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups"]
                + ["env", "-i", f"HOME={user.pw_dir}", "PATH=/usr/bin:/bin:/usr/sbin"]
                + ["virsh", "-q", "-c", "qemu:///session", *arguments],
                check=True,
                capture_output=True,
                cwd=user.pw_dir,
            )

        theirs("define", str(file))
        self.addCleanup(theirs, "undefine", name)
        return name

    @needs_guests
    def test_an_iso_of_this_computer_goes_to_the_host(self):
        """The assistant on a remote host copies the file there, or takes one of its pools."""
        server = self.serve()
        iso = self.folder / f"rescue-{self.mark}.iso"
        shutil.copy(RESCUE_ISO, iso)
        name = self.unique("sent")
        app = self.open_app(server, folder=self.folder)
        self.add(app, server, "root")
        self.trust(app, server)
        host_state(app, HOST, "Connected")
        app.find("button", "New Guest|Create Guest").click()
        journey.choose_file(app, iso)
        app.find("button", "Copy and Continue|Next", LONG).click()
        journey.review(app, name)
        journey.create(app, name)
        (medium,) = journey.sources(journey.definition(self.uri, name), "cdrom")
        self.assertEqual(medium, f"/var/lib/libvirt/images/{iso.name}")
        self.assertEqual(Path(medium).read_bytes(), iso.read_bytes())
