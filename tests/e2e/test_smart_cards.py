"""Smart cards of this computer in a guest, over SPICE.

The card is in a reader of the real PC/SC service; the guest speaks with it by
its own reader, which is a USB device.
"""

import re

from debian_guest import SPICE, DebianGuest
from harness import WindowTest, keys, needs_guests, wait_for
from journey import LONG
from smart_card import ANSWER, READERS, Card, CardService

READER = "<smartcard mode='passthrough' type='spicevmc'/>"

# What a driver for card readers does (USB's CCID class, revision 1.1): turns
# the card on, sends it a command, says what it answered, each in hexadecimal.
DRIVER = r"""
use strict;
my ($device) = grep { -e "$_/idVendor" && `cat $_/idVendor` =~ /08e6/ } glob "/sys/bus/usb/devices/*" or exit 1;
my $path = sprintf "/dev/bus/usb/%03d/%03d", `cat $device/busnum`, `cat $device/devnum`;
open my $usb, "+<", $path or die $!;
my $interface = pack "L", 0;
ioctl $usb, 0x8004550f, $interface or die "claim: $!";
sub bulk {
    my ($end, $data) = @_;
    my $transfer = pack "LLLx4P", $end, length $data, 10000, $data;
    my $bytes = ioctl $usb, 0xc0185502, $transfer or die "bulk: $!";
    return substr $data, 0, $bytes;
}
my $turn = 0;
sub ask {
    my ($kind, $data) = @_;
    bulk(3, pack("CVCCx3", $kind, length $data, 0, $turn++) . $data);
    my $answer;
    do { $answer = bulk(0x82, "\0" x 512) } while (ord(substr $answer, 7, 1) >> 6) == 2;
    my ($length, $status) = unpack "xVxxC", $answer;
    die sprintf "no card (%02x)\n", $status if $status;
    return unpack "H*", substr $answer, 10, $length;
}
print ask(0x62, ""), " ", ask(0x6f, pack "H*", shift), "\n";
"""


class SmartCards(WindowTest):
    @classmethod
    def setUpClass(cls):
        cls.debian = DebianGuest.start("smart-cards", SPICE + READER)
        cls.addClassCleanup(cls.debian.remove)
        cls.debian.wait_for_agent()
        cls.debian.run("cat >/tmp/driver", input_data=DRIVER)

    def open(self):
        name = self.debian.name
        self.app = self.start_app(
            *("--connect", self.uri, "--show-domain-console", name), window=re.escape(name)
        )
        self.shown = self.app.find("image", f"Screen of {name}", timeout=LONG)
        self.window = self.app.window(re.escape(name))

    def choose(self, *items):
        self.app.choose(self.window, *items)

    def command(self, command):
        """What the guest's reader says to this command: nothing without a card."""
        return self.debian.run(f"perl /tmp/driver {command}", check=False)

    def says(self, card, command):
        """Waits until a command of the guest reaches this card, and the answer the guest."""
        answer = f"{ANSWER.hex()} {command}9000"
        wait_for("the card in the guest", lambda: self.command(command) == answer, LONG)
        self.assertIn(bytes.fromhex(command), card.heard)

    @needs_guests
    def test_the_guest_speaks_with_a_card_while_it_is_shared(self):
        CardService(self)
        card = Card(self)
        self.open()
        self.assertEqual(self.command("00a4040000"), "", "before it is shared")
        self.choose("Sound and Sharing", "Share Smart Cards")
        self.app.find("label", f"(?s).*The guest may use the smart card in “{READERS[0]}”", LONG)
        self.says(card, "00a4040000")

        # The guest has one reader: it is the one that has a card.
        other = Card(self, reader=1)
        card.take_out()
        self.app.find("label", f"(?s).*The guest may use the smart card in “{READERS[1]}”", LONG)
        self.says(other, "00b0000001")
        other.take_out()
        self.app.find("label", f"(?s).*The guest sees the smart card reader “{READERS[1]}”, which is empty", LONG)
        wait_for("no card there", lambda: self.command("00a4040000") == "", LONG)
        card = Card(self)
        self.says(card, "00b0000002")

        self.choose("Sound and Sharing", "Share Smart Cards")
        self.app.gone("label", "(?s).*smart card.*")
        heard = len(card.heard)
        wait_for("no card there", lambda: self.command("00a4040000") == "", LONG)
        self.assertEqual(len(card.heard), heard)

        # Whether it is shared is kept, and nothing is while only looking.
        self.choose("Sound and Sharing", "Share Smart Cards")
        self.says(card, "00b0000003")
        self.app.stop()
        self.open()
        self.says(card, "00b0000004")
        self.choose("View Only")
        wait_for("no card there", lambda: self.command("00a4040000") == "", LONG)

    @needs_guests
    def test_the_service_for_cards_comes_and_goes(self):
        self.open()
        self.choose("Sound and Sharing", "Share Smart Cards")
        self.app.find("label", "Smart cards could not be shared", LONG)
        self.app.find("button", "Details").click()
        self.app.find("label", "(?s).*Install and start “pcscd”.*")
        keys("Escape")
        service = CardService(self)
        card = Card(self)
        self.choose("Sound and Sharing", "Share Smart Cards")
        self.says(card, "00a4040000")
        service.stop()
        # The screen is there again at once.
        self.app.find("label", "Smart cards could not be shared", LONG)
        self.app.find("image", f"Screen of {self.debian.name}", timeout=LONG)
