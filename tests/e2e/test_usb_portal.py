"""USB devices for the guest: in a sandbox the desktop hands them over, if its
user likes; outside, the library opens them itself.

What arrives in the guest is looked at from inside it.
"""

import re
import unittest

import usb_portal
from debian_guest import SPICE, DebianGuest
from harness import WindowTest, needs_guests, wait_for
from journey import LONG
from usb_device import UsbDevice

DEVICES = SPICE + "<redirdev bus='usb' type='spicevmc'/>" * 2


@unittest.skipUnless(usb_portal.is_possible(), "needs root, FUSE and xdg-desktop-portal")
class UsbPortal(WindowTest):
    @classmethod
    def setUpClass(cls):
        cls.debian = DebianGuest.start("usb-portal", DEVICES)
        cls.addClassCleanup(cls.debian.remove)
        cls.debian.wait_for_screen()

    def setUp(self):
        super().setUp()
        self.desktop = usb_portal.Desktop(self)
        self.stick = UsbDevice(0x0951, 0x1666, "Kingston", "DataTraveler 3.0")
        self.desktop.plug_in(self.stick)

    def open(self, sandboxed=True, **more):
        name = self.debian.name
        sandbox = self.desktop.sandbox() if sandboxed else ()
        self.app = self.start_app(
            *("--connect", self.uri, "--show-domain-console", name), window=re.escape(name), within=sandbox, **more
        )
        self.app.find("image", f"Screen of {name}", timeout=LONG)
        self.window = self.app.window(re.escape(name))

    def show_devices(self):
        self.app.choose(self.window, "Sound and Sharing", "USB Devices…")

    def in_guest(self, device):
        """Whether the guest sees it."""
        said = self.debian.run("cat /sys/bus/usb/devices/*/product", check=False)
        return device.name in said.split("\n")

    @needs_guests
    def test_a_device_goes_to_the_guest_and_back(self):
        self.desktop.start()
        self.open()
        self.show_devices()
        self.app.find("label", "2 more devices can be connected")
        device = self.app.find("check box|switch", "Kingston DataTraveler 3\\.0")
        self.assertFalse(self.in_guest(self.stick))
        device.click()
        wait_for("the device in the guest", lambda: self.in_guest(self.stick), LONG)
        self.app.find("label", "1 more device can be connected")
        self.assertTrue(device.checked)
        ((window, app, devices),) = self.desktop.asked
        self.assertRegex(window, "^x11:[0-9a-f]+$")
        self.assertEqual((app, devices), (usb_portal.APP, ["1666"]))
        device.click()
        wait_for("it to be gone from there", lambda: not self.in_guest(self.stick), LONG)
        self.app.find("label", "2 more devices can be connected")
        wait_for("nobody to have it", lambda: not self.stick.claimed and not self.desktop.bus.opened)
        # And once more: the desktop hands out the same device again.
        device.click()
        wait_for("the device in the guest again", lambda: self.in_guest(self.stick), LONG)
        self.app.stop()
        wait_for("nobody to have it", lambda: not self.stick.claimed and not self.desktop.bus.opened)

    @needs_guests
    def test_what_a_sandbox_sees_but_cannot_open_is_not_offered_twice(self):
        self.desktop.start()
        self.open(**self.desktop.devices_without_files())
        self.show_devices()
        self.app.find("label", "Kingston DataTraveler 3\\.0")
        # What comes later shows that all that was there before has come.
        self.desktop.plug_in(UsbDevice(0x04E6, 0x5116, "Identive", "Card Reader"))
        self.app.find("alert|dialog", "Connect USB Device to the Guest\\?").find("button", "Keep Here").click()
        self.app.find("label", "Identive Card Reader")
        kinds = [label.name for label in self.app.find_all("label", "[0-9a-f]{4}:[0-9a-f]{4}")]
        self.assertEqual(kinds, ["0951:1666", "04e6:5116"])

    @needs_guests
    def test_outside_a_sandbox_the_library_finds_and_opens_them(self):
        self.open(sandboxed=False, **self.desktop.devices())
        self.show_devices()
        device = self.app.find("check box|switch", "Kingston.*")
        reader = UsbDevice(0x04E6, 0x5116, "Identive", "Card Reader")
        self.desktop.plug_in(reader)
        question = self.app.find("alert|dialog", "Connect USB Device to the Guest\\?")
        question.find("button", "Connect").click()
        wait_for("the reader in the guest", lambda: self.in_guest(reader), LONG)
        device.click()
        wait_for("the stick in the guest", lambda: self.in_guest(self.stick), LONG)
        self.app.find("label", "0 more devices can be connected")
        self.desktop.unplug(reader)
        wait_for("no reader in the guest", lambda: not self.in_guest(reader), LONG)
        device.click()
        wait_for("no stick in the guest", lambda: not self.in_guest(self.stick), LONG)
        wait_for("nobody to have it", lambda: not self.stick.claimed and not self.desktop.bus.opened)
        self.assertEqual(self.desktop.asked, [])

    @needs_guests
    def test_a_refusal_is_told_and_changes_nothing(self):
        self.desktop.start()
        self.desktop.allows = False
        self.open()
        self.show_devices()
        device = self.app.find("check box|switch", "Kingston DataTraveler 3\\.0")
        device.click()
        self.app.find("label", "“Kingston DataTraveler 3\\.0” could not be connected to the guest")
        wait_for("the switch to go back", lambda: not device.checked)
        self.app.find("label", "2 more devices can be connected")
        self.assertFalse(self.in_guest(self.stick))
        self.desktop.allows = True
        device.click()
        wait_for("the device in the guest", lambda: self.in_guest(self.stick), LONG)

    @needs_guests
    def test_what_cannot_be_had_says_why(self):
        rooted = UsbDevice(0x1D50, 0x6018, "Black Sphere", "Probe", writable=False)
        self.desktop.plug_in(rooted)
        self.desktop.start()
        self.open()
        self.show_devices()
        probe = self.app.find("check box|switch", "Black Sphere Probe")
        self.assertFalse(probe.enabled)
        self.app.find("label", "Only the administrator may use it on this computer.*")
        # Another program has this one.
        self.stick.claimed.add("somebody")
        device = self.app.find("check box|switch", "Kingston DataTraveler 3\\.0")
        device.click()
        self.app.find("label", "“Kingston DataTraveler 3\\.0” could not be connected to the guest")
        self.app.find("button", "Details").click()
        self.app.find("label", "Device is in use by another application")
        self.keys("Escape")
        wait_for("the switch to go back", lambda: not device.checked)
        wait_for("nobody to have it", lambda: not self.desktop.bus.opened)
        self.stick.claimed.clear()
        device.click()
        wait_for("the device in the guest", lambda: self.in_guest(self.stick), LONG)

    @needs_guests
    def test_a_device_that_comes_is_asked_about_and_one_that_goes_is_taken(self):
        self.desktop.start()
        self.open()
        self.show_devices()
        self.app.find("check box|switch", "Kingston DataTraveler 3\\.0")
        reader = UsbDevice(0x04E6, 0x5116, "Identive", "Card Reader")
        self.desktop.plug_in(reader)
        question = self.app.find("alert|dialog", "Connect USB Device to the Guest\\?")
        question.find("button", "Connect").click()
        wait_for("the reader in the guest", lambda: self.in_guest(reader), LONG)
        self.desktop.unplug(reader)
        wait_for("no reader in the guest", lambda: not self.in_guest(reader), LONG)
        self.app.gone("check box|switch", "Identive Card Reader")
        self.app.find("label", "2 more devices can be connected")
        self.app.find("check box|switch", "Kingston DataTraveler 3\\.0")

    @needs_guests
    def test_what_the_guest_has_outlives_the_portal(self):
        self.desktop.start()
        self.open()
        self.show_devices()
        device = self.app.find("check box|switch", "Kingston DataTraveler 3\\.0")
        device.click()
        wait_for("the device in the guest", lambda: self.in_guest(self.stick), LONG)
        self.desktop.stop()
        self.desktop.start()
        wait_for("it to be offered anew", lambda: len(self.app.find_all("label", "Kingston.*")) == 2)
        self.assertTrue(self.in_guest(self.stick))

    @needs_guests
    def test_a_user_who_forbids_it_is_told_so(self):
        self.desktop.forbid()
        self.desktop.start()
        self.open()
        self.show_devices()
        self.app.find("label", "(?s).*Posada is not allowed to use USB devices.*")
        self.app.find("button|list item", "Insert a Disc Image…")

    @needs_guests
    def test_without_a_portal_it_says_what_to_do(self):
        self.open()
        self.show_devices()
        self.app.find("label", "(?s).*flatpak override --user --device=usb.*")
        # It may come.
        self.desktop.start()
        self.app.find("check box|switch", "Kingston DataTraveler 3\\.0")
