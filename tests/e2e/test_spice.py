"""A guest's screen over SPICE, by every way there is to it."""

import journey
from guest_screen import TABLET, ScreenTest
from harness import keys, needs_guests, type_text

SPICE = "<graphics type='spice' {more}>{listen}</graphics><video><model type='qxl'/></video>"
NOWHERE = "<listen type='none'/>"
LOOPBACK = "<listen type='address' address='127.0.0.1'/>"


def spice(listen=NOWHERE, more=""):
    return SPICE.format(listen=listen, more=more) + TABLET


class Spice(ScreenTest):
    @needs_guests
    def test_spice_by_libvirts_own_way(self):
        name = self.guest(spice())
        app, window = self.open(name)
        self.screen(app, name)
        self.arrives("a", "1e 9e", lambda: type_text("a"))
        self.arrives("the chord", "1d 38 9d b8", lambda: keys("ctrl+alt"))
        journey.original_size(app, window)
        journey.same_screen(app, self.uri, name)
