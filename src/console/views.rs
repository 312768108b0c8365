//! The widgets of a console: one for each of the guest's screens that is shown.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use relm4::gtk::{glib, prelude::*};

use super::{
    Scaling, Screen,
    input::ReleaseChord,
    remote::{PictureNews, Remote},
};

/// The widgets, by the numbers of the screens.
#[derive(Debug)]
pub(super) struct Views {
    chord: ReleaseChord,
    shown: RefCell<BTreeMap<u32, glib::WeakRef<Screen>>>,
    view_only: Cell<bool>,
    absolute: Cell<bool>,
    leds: Cell<Option<u8>>,
}

impl Views {
    pub(super) fn new(chord: ReleaseChord) -> Self {
        Self {
            chord,
            shown: RefCell::default(),
            view_only: Cell::default(),
            // VNC servers take positions unless they say otherwise.
            absolute: Cell::new(true),
            leds: Cell::default(),
        }
    }

    /// A widget for a screen; it begins as the others are.
    pub(super) fn add(&self, number: u32, remote: Rc<dyn Remote>, scaling: Scaling) -> Screen {
        self.remove(number);
        let screen = Screen::new(remote, self.chord.clone(), scaling);
        screen.set_view_only(self.view_only.get());
        screen.set_absolute(self.absolute.get());
        if let Some(leds) = self.leds.get() {
            screen.set_leds(leds);
        }
        self.shown.borrow_mut().insert(number, screen.downgrade());
        screen
    }

    /// Lets a screen go.
    pub(super) fn remove(&self, number: u32) {
        let gone = self.shown.borrow_mut().remove(&number);
        if let Some(screen) = gone.and_then(|screen| screen.upgrade()) {
            screen.detach();
        }
    }

    /// Lets all go.
    pub(super) fn detach(&self) {
        let gone = self.shown.take();
        gone.values().filter_map(glib::WeakRef::upgrade).for_each(|screen| screen.detach());
    }

    /// Calls `act` with each.
    pub(super) fn each(&self, act: impl Fn(&Screen)) {
        // Collected: what the calls lead to may add or remove one.
        let all: Vec<_> = self.shown.borrow().values().filter_map(glib::WeakRef::upgrade).collect();
        all.iter().for_each(act);
    }

    /// Something happened on a screen; its size, if that is new.
    pub(super) fn changed(&self, number: u32, told: &PictureNews) -> Option<(u32, u32)> {
        let screen = self.shown.borrow().get(&number)?.upgrade()?;
        if told.resized {
            screen.resized();
        }
        if let Some(image) = &told.cursor {
            screen.set_pointer(image);
        }
        if told.updated {
            screen.updated();
        }
        told.resized.then(|| screen.guest_size())
    }

    pub(super) fn set_view_only(&self, view_only: bool) {
        self.view_only.set(view_only);
        self.each(|screen| screen.set_view_only(view_only));
    }

    pub(super) fn set_absolute(&self, absolute: bool) {
        self.absolute.set(absolute);
        self.each(|screen| screen.set_absolute(absolute));
    }

    pub(super) fn set_leds(&self, leds: u8) {
        self.leds.set(Some(leds));
        self.each(|screen| screen.set_leds(leds));
    }
}
