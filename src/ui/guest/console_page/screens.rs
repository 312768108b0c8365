//! The guest's further screens, each in a window of its own.

use std::collections::BTreeMap;

use relm4::ComponentSender;

use super::{
    ConsoleInput, ConsolePage,
    screen_window::{self, ScreenInit, ScreenWindow},
};
use crate::{
    console::{Scaling, Screens},
    i18n::gettext_f,
    settings::{self, GuestScreen},
};

/// The page's part of it.
#[derive(Debug, Default)]
pub(super) struct Further {
    windows: BTreeMap<u32, ScreenWindow>,
    /// What the guest has; nothing where the protocol knows one screen only.
    known: Option<Screens>,
    /// Those that are to be opened once the guest has them.
    awaited: Vec<u32>,
}

/// The screens, for the menu. Bit 0 is the first one's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScreensNow {
    /// Whether the protocol can have several.
    pub(crate) known: bool,
    /// Those that the guest has.
    pub(crate) there: u16,
    /// Those that are shown.
    pub(crate) shown: u16,
    /// One that it could have besides.
    pub(crate) more: Option<u32>,
}

/// What is asked of a screen, by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ScreenInput {
    /// It is to be shown, or no longer.
    Show(u32, bool),
    /// One that the guest could have besides is to be shown.
    Add,
    /// Another way to fit it was chosen.
    Scaling(u32, Scaling),
    /// A picture of it is to be saved.
    Screenshot(u32),
    /// It has keyboard and pointer, or no longer.
    Grabbed(u32, bool),
}

/// The most screens that a menu lists.
const MOST: u32 = 16;

fn bits(numbers: impl Iterator<Item = u32>) -> u16 {
    numbers.filter(|number| *number < MOST).fold(0, |bits, number| bits | 1 << number)
}

impl From<settings::Scaling> for Scaling {
    fn from(kept: settings::Scaling) -> Self {
        match kept {
            settings::Scaling::Fit => Self::Fit,
            settings::Scaling::Exact => Self::Original,
            settings::Scaling::Resize => Self::ResizeGuest,
        }
    }
}

impl From<Scaling> for settings::Scaling {
    fn from(scaling: Scaling) -> Self {
        match scaling {
            Scaling::Fit => Self::Fit,
            Scaling::Original => Self::Exact,
            Scaling::ResizeGuest => Self::Resize,
        }
    }
}

impl Further {
    pub(super) fn now(&self) -> ScreensNow {
        let shown = 1 | bits(self.windows.keys().copied());
        let Some(known) = &self.known else { return ScreensNow::default() };
        let there = 1 | bits(known.there.iter().copied());
        ScreensNow { known: true, there, shown, more: known.more }
    }
}

impl ConsolePage {
    pub(super) fn screen(&mut self, input: ScreenInput, sender: &ComponentSender<Self>) {
        match input {
            ScreenInput::Show(number, true) => {
                self.show_screen(number, sender);
                self.keep_shown(number, true);
            }
            ScreenInput::Show(number, false) => {
                if let Some(console) = &self.console {
                    console.hide_screen(number);
                }
                self.further.windows.remove(&number);
                self.keep_shown(number, false);
            }
            ScreenInput::Add => {
                if let Some(number) = self.further.known.as_ref().and_then(|known| known.more) {
                    self.screen(ScreenInput::Show(number, true), sender);
                }
            }
            ScreenInput::Scaling(number, scaling) => self.scale_screen(number, scaling),
            ScreenInput::Screenshot(number) => {
                if let Some(window) = self.further.windows.get(&number)
                    && let Some(picture) = window.picture()
                {
                    self.save_picture(picture, Some(window.window()), sender);
                }
            }
            ScreenInput::Grabbed(number, grabbed) => {
                if let Some(window) = self.further.windows.get(&number) {
                    window.set_hint(grabbed, self.absolute, self.view_only);
                }
            }
        }
    }

    fn place(&self, number: u32) -> Option<GuestScreen> {
        self.source.guest().map(|(_, guest)| GuestScreen { guest, number })
    }

    fn keep_shown(&self, number: u32, shown: bool) {
        if let Some((_, guest)) = self.source.guest() {
            self.settings.set_guest_screen(guest, number, shown);
        }
    }

    fn show_screen(&mut self, number: u32, sender: &ComponentSender<Self>) {
        if let Some(window) = self.further.windows.get(&number) {
            return window.present();
        }
        let Some(console) = self.console.as_ref().filter(|_| (1..MOST).contains(&number)) else {
            return;
        };
        let place = self.place(number);
        let scaling = place.map_or(Scaling::Fit, |place| self.settings.guest_scaling(place).into());
        let window = ScreenWindow::new(&ScreenInit {
            number,
            title: &self.title(),
            shared: self.further.known.as_ref().is_some_and(|known| known.shared),
            chord: &self.chord_label,
            scaling,
            settings: &self.settings,
            place,
            input: sender.input_sender(),
        });
        let input = sender.input_sender().clone();
        let told = move |grabbed| {
            input.emit(ConsoleInput::Screen(ScreenInput::Grabbed(number, grabbed)));
        };
        let Some(screen) = console.show_screen(number, window.size(), scaling, told) else {
            return;
        };
        let label = gettext_f(
            // Translators: {screen} is "Screen 2" and so on
            "{screen} of {guest}",
            &[("screen", &screen_window::name(number)), ("guest", &self.title())],
        );
        window.set_screen(&screen, &label);
        window.set_hint(false, self.absolute, self.view_only);
        window.present();
        self.further.windows.insert(number, window);
    }

    fn scale_screen(&self, number: u32, scaling: Scaling) {
        if let Some(window) = self.further.windows.get(&number) {
            window.set_scaling(scaling);
        }
        if let Some(place) = self.place(number) {
            self.settings.set_guest_scaling(place, scaling.into());
        }
    }

    /// A screen has another size: there is a picture.
    pub(super) fn screen_resized(&self, number: u32) {
        if let Some(window) = self.further.windows.get(&number) {
            window.set_on(true);
        }
    }

    /// Which screens the guest has has changed.
    pub(super) fn screens_changed(&mut self, sender: &ComponentSender<Self>) {
        self.further.known = self.console.as_ref().and_then(crate::console::Console::screens);
        let Some(known) = self.further.known.clone() else { return };
        for (number, window) in &self.further.windows {
            if !known.there.contains(number) {
                window.set_on(false);
            }
        }
        let can = |number: &u32| known.there.contains(number) || known.more == Some(*number);
        let (now, later) = self.further.awaited.iter().copied().partition(can);
        self.further.awaited = later;
        for number in Vec::into_iter(now) {
            self.show_screen(number, sender);
        }
    }

    /// There is a new console: what was shown last is to be shown again.
    pub(super) fn await_screens(&mut self, sender: &ComponentSender<Self>) {
        if let Some((_, guest)) = self.source.guest() {
            self.further.awaited = self.settings.guest_screens(guest);
        }
        self.screens_changed(sender);
    }

    /// The console is gone, and its windows with it.
    pub(super) fn drop_screens(&mut self) {
        self.further = Further::default();
    }

    /// What they say of keyboard and pointer may be another thing now.
    pub(super) fn sync_hints(&self) {
        for window in self.further.windows.values() {
            window.set_hint(false, self.absolute, self.view_only);
        }
    }
}
