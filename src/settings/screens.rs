//! What is kept of the windows in which guests' screens are shown.

use std::fmt;

use relm4::gtk::{gio::prelude::*, glib};

use super::{GUESTS_KEPT, MIN_WINDOW, Scaling, Settings};
use crate::model::{DomainId, PictureQuality};

/// One of a guest's screens, by its number from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestScreen {
    /// The guest.
    pub guest: DomainId,
    /// Which of its screens.
    pub number: u32,
}

impl From<DomainId> for GuestScreen {
    /// The first screen.
    fn from(guest: DomainId) -> Self {
        Self { guest, number: 0 }
    }
}

impl fmt::Display for GuestScreen {
    /// As it stands in the settings: the guest's UUID, with the number behind
    /// it from the second screen on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            0 => write!(f, "{}", self.guest),
            number => write!(f, "{}/{number}", self.guest),
        }
    }
}

/// Where a window was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Width in logical pixels, while it was neither maximised nor full screen.
    pub width: i32,
    /// Height in logical pixels.
    pub height: i32,
    /// Whether it was maximised.
    pub maximized: bool,
    /// The monitor that it filled, by its connector; empty if it filled none.
    pub fullscreen: String,
}

impl Settings {
    /// Whether guests open as tabs of one window.
    #[must_use]
    pub fn guests_in_tabs(&self) -> bool {
        self.gio.as_ref().is_some_and(|gio| gio.boolean("guests-in-tabs"))
    }

    /// Where the window of a screen was; nothing if that was too long ago.
    #[must_use]
    pub fn place(&self, screen: impl Into<GuestScreen>) -> Option<Place> {
        let id = screen.into().to_string();
        let (_, width, height, maximized) =
            self.guest_windows().into_iter().find(|window| window.0 == id)?;
        let (width, height) =
            (width.clamp(MIN_WINDOW.0, 16_384), height.clamp(MIN_WINDOW.1, 16_384));
        let full = self.list("guest-fullscreen").into_iter().find(|(screen, _)| *screen == id);
        let fullscreen = full.map(|(_, monitor)| monitor).unwrap_or_default();
        Some(Place { width, height, maximized, fullscreen })
    }

    /// Keeps where the window of a screen is, and forgets the oldest.
    pub fn set_place(&self, screen: impl Into<GuestScreen>, place: &Place) {
        let id = screen.into().to_string();
        let mut windows = self.guest_windows();
        windows.retain(|window| window.0 != id);
        windows.insert(0, (id.clone(), place.width, place.height, place.maximized));
        windows.truncate(GUESTS_KEPT);
        self.keep("guest-windows", &glib::Variant::from(windows));
        let monitor = Some(place.fullscreen.clone()).filter(|monitor| !monitor.is_empty());
        self.put("guest-fullscreen", id, monitor);
    }

    fn guest_windows(&self) -> Vec<(String, i32, i32, bool)> {
        let stored = self.gio.as_ref().and_then(|gio| gio.value("guest-windows").get());
        stored.unwrap_or_default()
    }

    /// How the picture of a screen is fitted to its window: as chosen there
    /// last, or as all are.
    #[must_use]
    pub fn guest_scaling(&self, screen: impl Into<GuestScreen>) -> Scaling {
        let id = screen.into().to_string();
        let chosen = self.list("guest-scalings").into_iter().find(|(screen, _)| *screen == id);
        match chosen.as_ref().map(|(_, nick)| nick.as_str()) {
            Some("exact") => Scaling::Exact,
            Some("resize") => Scaling::Resize,
            Some("fit") => Scaling::Fit,
            _ => self.scaling(),
        }
    }

    /// Keeps what was chosen for a screen, and forgets the oldest choice.
    pub fn set_guest_scaling(&self, screen: impl Into<GuestScreen>, scaling: Scaling) {
        let nick = match scaling {
            Scaling::Fit => "fit",
            Scaling::Exact => "exact",
            Scaling::Resize => "resize",
        };
        self.put("guest-scalings", screen.into().to_string(), Some(nick.to_owned()));
    }

    /// How the picture of `guest` is to be sent.
    #[must_use]
    pub fn guest_quality(&self, guest: DomainId) -> PictureQuality {
        let id = guest.to_string();
        let chosen = self.list("guest-qualities").into_iter().find(|(guest, _)| *guest == id);
        chosen.map(|(_, name)| PictureQuality::of_name(&name)).unwrap_or_default()
    }

    /// Keeps what was chosen, and forgets the oldest choice.
    pub fn set_guest_quality(&self, guest: DomainId, quality: PictureQuality) {
        let chosen = Some(quality).filter(|quality| *quality != PictureQuality::default());
        let name = chosen.map(|quality| quality.name().to_owned());
        self.put("guest-qualities", guest.to_string(), name);
    }

    /// The further screens of `guest` that were shown last, by their numbers.
    #[must_use]
    pub fn guest_screens(&self, guest: DomainId) -> Vec<u32> {
        let id = guest.to_string();
        let kept = self.guests_screens().into_iter().find(|(guest, _)| *guest == id);
        kept.map(|(_, numbers)| numbers).unwrap_or_default()
    }

    /// Keeps whether a further screen of `guest` is shown.
    pub fn set_guest_screen(&self, guest: DomainId, number: u32, shown: bool) {
        let mut numbers = self.guest_screens(guest);
        numbers.retain(|other| *other != number);
        if shown {
            numbers.push(number);
        }
        let id = guest.to_string();
        let mut kept = self.guests_screens();
        kept.retain(|(guest, _)| *guest != id);
        if !numbers.is_empty() {
            kept.insert(0, (id, numbers));
        }
        kept.truncate(GUESTS_KEPT);
        self.keep("guest-screens", &glib::Variant::from(kept));
    }

    fn guests_screens(&self) -> Vec<(String, Vec<u32>)> {
        let stored = self.gio.as_ref().and_then(|gio| gio.value("guest-screens").get());
        stored.unwrap_or_default()
    }

    /// A list of pairs.
    fn list(&self, key: &str) -> Vec<(String, String)> {
        self.gio.as_ref().and_then(|gio| gio.value(key).get()).unwrap_or_default()
    }

    /// Makes `id` the first of a list of pairs, or takes it out.
    fn put(&self, key: &str, id: String, value: Option<String>) {
        let mut list = self.list(key);
        list.retain(|(known, _)| *known != id);
        if let Some(value) = value {
            list.insert(0, (id, value));
        }
        list.truncate(GUESTS_KEPT);
        self.keep(key, &glib::Variant::from(list));
    }

    fn keep(&self, key: &str, value: &glib::Variant) {
        let Some(gio) = &self.gio else { return };
        if let Err(error) = gio.set_value(key, value) {
            tracing::warn!("{key} could not be kept: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn guest(number: u128) -> DomainId {
        DomainId(Uuid::from_u128(number))
    }

    #[test]
    fn a_guest_keeps_its_scaling_and_the_others_follow_the_general_one() {
        let settings = Settings::in_memory();
        settings.set_guest_scaling(guest(1), Scaling::Resize);
        settings.set_guest_scaling(GuestScreen { guest: guest(1), number: 1 }, Scaling::Fit);
        settings.set_guest_scaling(guest(2), Scaling::Fit);
        let store = settings.store().expect("a store");
        store.set_string("console-scaling", "exact").expect("writable");
        assert_eq!(settings.guest_scaling(guest(1)), Scaling::Resize);
        assert_eq!(
            settings.guest_scaling(GuestScreen { guest: guest(1), number: 1 }),
            Scaling::Fit
        );
        assert_eq!(settings.guest_scaling(guest(2)), Scaling::Fit);
        assert_eq!(settings.guest_scaling(guest(3)), Scaling::Exact);
        for number in 10..200 {
            settings.set_guest_scaling(guest(number), Scaling::Fit);
        }
        assert_eq!(settings.list("guest-scalings").len(), GUESTS_KEPT);
    }

    #[test]
    fn the_places_of_the_latest_windows_are_kept() {
        let settings = Settings::in_memory();
        assert_eq!(settings.place(guest(0)), None);
        let place =
            Place { width: 800, height: 600, maximized: false, fullscreen: "DP-1".to_owned() };
        for number in 0..150 {
            settings.set_place(guest(number), &place);
        }
        let odd = Place { width: 10, height: 1 << 20, maximized: true, fullscreen: String::new() };
        let second = GuestScreen { guest: guest(60), number: 1 };
        settings.set_place(second, &odd);
        assert_eq!(settings.place(guest(60)), Some(place.clone()));
        assert_eq!(
            settings.place(second),
            Some(Place { width: 360, height: 16_384, ..odd.clone() })
        );
        settings.set_place(guest(60), &odd);
        assert_eq!(settings.place(guest(60)).map(|place| place.fullscreen), Some(String::new()));
        assert_eq!(settings.place(guest(149)), Some(place));
        assert_eq!(settings.place(guest(0)), None, "there is an end to it");
        assert_eq!(settings.guest_windows().len(), GUESTS_KEPT);
    }

    #[test]
    fn the_screens_that_are_shown_are_kept() {
        let settings = Settings::in_memory();
        settings.set_guest_screen(guest(1), 1, true);
        settings.set_guest_screen(guest(1), 2, true);
        settings.set_guest_screen(guest(1), 1, true);
        assert_eq!(settings.guest_screens(guest(1)), [2, 1]);
        assert!(settings.guest_screens(guest(2)).is_empty());
        settings.set_guest_screen(guest(1), 2, false);
        settings.set_guest_screen(guest(1), 1, false);
        assert!(settings.guests_screens().is_empty());
    }
}
