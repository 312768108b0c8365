//! The guest's screens that a graphics card of this computer draws: their memory is
//! handed to the program, which shows it without a copy.
#![allow(unsafe_code)]

use std::{os::fd::BorrowedFd, time::Duration};

use spice_client_glib::{DisplayChannel, glib};

use super::connection::Client;
use crate::console::{frame::LONGEST, helper::Why, scanout::Layout, spice::line::Report};

/// The guest draws nothing more until it is told that its picture was shown. One that
/// nobody looks at goes on so often.
const UNSEEN: Duration = Duration::from_millis(100);

/// How far a picture in a graphics card's memory is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Card {
    /// The screen is there.
    on: bool,
    /// The guest waits until what it drew is shown.
    waits: bool,
    /// The program does not know of it yet.
    untold: bool,
    /// How often the guest has drawn.
    draws: u32,
}

impl Client {
    /// The screen is in a card's memory now, in another one, or no longer.
    pub(super) fn scan_out(&self, display: &DisplayChannel) {
        let Some(scanout) = display.gl_scanout() else {
            return self.draw_again(display);
        };
        let layout = Layout {
            width: scanout.width(),
            height: scanout.height(),
            stride: scanout.stride(),
            fourcc: scanout.format(),
            upright: scanout.y0_top(),
        };
        let Layout { width, height, .. } = layout;
        if scanout.fd() < 0 || width == 0 || height == 0 {
            return self.draw_again(display);
        }
        if width > LONGEST || height > LONGEST {
            return self.fail(Why::TooLarge, &format!("{width}x{height}"));
        }
        // SAFETY: `scanout` keeps it open to the end of this function.
        let memory = unsafe { BorrowedFd::borrow_raw(scanout.fd()) };
        self.leave_card(display);
        for screen in self.shown_on(display) {
            if let Some(picture) = self.pictures.borrow_mut().get_mut(&screen) {
                (picture.area, picture.card) = (None, Card { on: true, ..Card::default() });
            }
            self.say(&Report::Size { screen, width, height });
            self.hand(&Report::Scanout { screen, layout }, memory);
            if screen == 0 && !self.open.replace(true) {
                self.say(&Report::Open);
            }
        }
    }

    /// Whether one of these screens is in a card's memory.
    pub(super) fn is_on_card(&self, screens: &[u32]) -> bool {
        let pictures = self.pictures.borrow();
        screens.iter().any(|screen| pictures.get(screen).is_some_and(|picture| picture.card.on))
    }

    /// The screen is a surface of the library's again.
    pub(super) fn draw_again(&self, display: &DisplayChannel) {
        self.leave_card(display);
        self.lay_out(display, true);
    }

    /// The screen is in no card's memory any more.
    pub(super) fn leave_card(&self, display: &DisplayChannel) {
        for screen in self.shown_on(display) {
            self.let_go_on(display, screen, None);
            if let Some(picture) = self.pictures.borrow_mut().get_mut(&screen) {
                picture.card = Card::default();
            }
        }
    }

    /// The guest has drawn, and waits.
    pub(super) fn drawn_on_card(&self, display: &DisplayChannel) {
        // The server wants to hear of it once, and ends the connection otherwise.
        let mut waits = true;
        for screen in self.shown_on(display) {
            let draws = {
                let mut pictures = self.pictures.borrow_mut();
                let Some(picture) = pictures.get_mut(&screen).filter(|picture| picture.card.on)
                else {
                    continue;
                };
                let draws = picture.card.draws.wrapping_add(1);
                let waits = std::mem::take(&mut waits);
                picture.card = Card { on: true, waits, untold: true, draws };
                draws
            };
            self.tell_drawn(screen);
            let (weak, display) = (self.weak(), display.clone());
            glib::timeout_add_local_once(UNSEEN, move || {
                if let Some(this) = weak.upgrade() {
                    this.let_go_on(&display, screen, Some(draws));
                }
            });
        }
    }

    /// The program has shown what it was told of.
    pub(super) fn shown_from_card(&self, display: &DisplayChannel, screen: u32) {
        if !self.tell_drawn(screen) {
            self.let_go_on(display, screen, None);
        }
    }

    /// Tells the program what was drawn, if it has asked; says whether it did.
    fn tell_drawn(&self, screen: u32) -> bool {
        let mut pictures = self.pictures.borrow_mut();
        let Some(picture) = pictures.get_mut(&screen) else { return false };
        let due = picture.ahead == 0 && picture.card.untold;
        if due {
            (picture.ahead, picture.card.untold) = (1, false);
            drop(pictures);
            self.say(&Report::Updated { screen });
        }
        due
    }

    /// Lets a guest that waits draw on, `after` so many drawings or any number.
    fn let_go_on(&self, display: &DisplayChannel, screen: u32, after: Option<u32>) {
        let mut pictures = self.pictures.borrow_mut();
        let Some(picture) = pictures.get_mut(&screen) else { return };
        if picture.card.waits && after.is_none_or(|draws| draws == picture.card.draws) {
            picture.card.waits = false;
            drop(pictures);
            display.gl_draw_done();
        }
    }
}
