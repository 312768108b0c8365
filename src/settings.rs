//! The user's settings, typed.
//!
//! The schema is looked for where GIO looks (`GSETTINGS_SCHEMA_DIR`, the
//! installed place); a build that is not installed brings its own copy. If
//! even that cannot be used, the settings work for this run and are forgotten.

mod screens;

use std::{cell::RefCell, path::PathBuf, rc::Rc, str::FromStr, time::Duration};

use relm4::gtk::{
    gio::{self, prelude::*},
    glib,
};
use uuid::Uuid;

pub use screens::{GuestScreen, Place};

use crate::{
    config::APP_ID,
    console::Chord,
    model::{ConnectionId, DomainId, HostEntry},
};

/// The compiled schema of this build.
static SCHEMA: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/schemas/gschemas.compiled"));

/// The least width and height of a window, in logical pixels.
const MIN_WINDOW: (i32, i32) = (360, 294);

/// For how many guests something is kept.
const GUESTS_KEPT: usize = 100;

/// How many key combinations are kept: a menu's worth.
const CHORDS_KEPT: usize = 20;

/// How a console's picture is fitted to its window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scaling {
    /// Scaled to the window.
    #[default]
    Fit,
    /// A pixel of the guest is a pixel of the screen.
    Exact,
    /// The guest is asked to take the window's size.
    Resize,
}

/// When the clipboard is shared with guests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// While a guest has the keyboard.
    #[default]
    Focused,
    /// Whatever has the focus.
    Always,
    /// Only by hand.
    Never,
}

/// The settings. Cheap to clone; main thread only.
#[derive(Clone, Debug)]
pub struct Settings {
    gio: Option<gio::Settings>,
    /// Stands in for the store where there is none.
    fallback: Rc<RefCell<Vec<HostEntry>>>,
}

impl Settings {
    /// Opens the user's settings.
    #[must_use]
    pub fn open() -> Self {
        let gio = find_schema()
            .map(|schema| gio::Settings::new_full(&schema, gio::SettingsBackend::NONE, None));
        if gio.is_none() {
            tracing::error!("no settings schema can be used: settings last for this run only");
        }
        Self { gio, fallback: Rc::default() }
    }

    /// Settings in memory alone, for tests.
    #[must_use]
    pub fn in_memory() -> Self {
        let backend = gio::functions::memory_settings_backend_new();
        let gio =
            find_schema().map(|schema| gio::Settings::new_full(&schema, Some(&backend), None));
        Self { gio, fallback: Rc::default() }
    }

    /// The store itself, to bind a property to one of its keys.
    #[must_use]
    pub fn store(&self) -> Option<&gio::Settings> {
        self.gio.as_ref()
    }

    /// The hosts in their order. Entries that make no sense are left out.
    #[must_use]
    pub fn hosts(&self) -> Vec<HostEntry> {
        let Some(gio) = &self.gio else { return self.fallback.borrow().clone() };
        let stored = gio.value("hosts").get::<Vec<(String, String, String, bool)>>();
        stored
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(id, name, uri, autoconnect)| {
                let id = ConnectionId(Uuid::from_str(&id).ok()?);
                Some(HostEntry { id, name, uri, autoconnect })
            })
            .collect()
    }

    /// Keeps the list of hosts.
    pub fn set_hosts(&self, hosts: &[HostEntry]) {
        let Some(gio) = &self.gio else {
            *self.fallback.borrow_mut() = hosts.to_vec();
            return;
        };
        let value: Vec<(String, String, String, bool)> = hosts
            .iter()
            .map(|host| {
                (host.id.to_string(), host.name.clone(), host.uri.clone(), host.autoconnect)
            })
            .collect();
        if let Err(error) = gio.set_value("hosts", &glib::Variant::from(value)) {
            tracing::error!("the list of hosts could not be kept: {error}");
        }
    }

    /// Width and height of the main window in logical pixels, and whether it
    /// is maximised.
    #[must_use]
    pub fn window(&self) -> (i32, i32, bool) {
        self.gio.as_ref().map_or((1100, 720, false), |gio| {
            (gio.int("window-width"), gio.int("window-height"), gio.boolean("window-maximized"))
        })
    }

    /// Keeps the main window's size.
    pub fn set_window(&self, width: i32, height: i32, maximized: bool) {
        let Some(gio) = &self.gio else { return };
        let kept = gio
            .set_int("window-width", width.max(MIN_WINDOW.0))
            .and_then(|()| gio.set_int("window-height", height.max(MIN_WINDOW.1)))
            .and_then(|()| gio.set_boolean("window-maximized", maximized));
        if let Err(error) = kept {
            tracing::warn!("the window's size could not be kept: {error}");
        }
    }

    /// Time between two readings of the load of the guests in view.
    #[must_use]
    pub fn stats_interval(&self) -> Duration {
        let seconds = self.gio.as_ref().map_or(2, |gio| gio.uint("stats-interval"));
        Duration::from_secs(u64::from(seconds.clamp(1, 60)))
    }

    /// GDK names of the keys that release keyboard and pointer from a console.
    #[must_use]
    pub fn release_chord(&self) -> Vec<String> {
        let stored = self.gio.as_ref().map(|gio| {
            gio.strv("release-chord").iter().map(ToString::to_string).collect::<Vec<_>>()
        });
        stored
            .filter(|keys| !keys.is_empty())
            .unwrap_or_else(|| vec!["Control_L".to_owned(), "Alt_L".to_owned()])
    }

    /// How a console's picture is fitted to its window.
    #[must_use]
    pub fn scaling(&self) -> Scaling {
        match self.gio.as_ref().map_or(0, |gio| gio.enum_("console-scaling")) {
            1 => Scaling::Exact,
            2 => Scaling::Resize,
            _ => Scaling::Fit,
        }
    }

    /// Lines that a text console keeps above the visible ones.
    #[must_use]
    pub fn scrollback(&self) -> u32 {
        self.gio.as_ref().map_or(10_000, |gio| gio.uint("text-scrollback")).min(100_000)
    }

    /// Which console of `guest` was shown last.
    #[must_use]
    pub fn guest_console(&self, guest: DomainId) -> Option<String> {
        let id = guest.to_string();
        self.guest_consoles().into_iter().find(|(guest, _)| *guest == id).map(|(_, name)| name)
    }

    /// Keeps it, and forgets the oldest.
    pub fn set_guest_console(&self, guest: DomainId, name: &str) {
        let Some(gio) = &self.gio else { return };
        let id = guest.to_string();
        let mut shown = self.guest_consoles();
        shown.retain(|(guest, _)| *guest != id);
        shown.insert(0, (id, name.to_owned()));
        shown.truncate(GUESTS_KEPT);
        if let Err(error) = gio.set_value("guest-consoles", &glib::Variant::from(shown)) {
            tracing::warn!("which console a guest shows could not be kept: {error}");
        }
    }

    fn guest_consoles(&self) -> Vec<(String, String)> {
        let stored = self.gio.as_ref().and_then(|gio| gio.value("guest-consoles").get());
        stored.unwrap_or_default()
    }

    /// The kinds of USB devices ("0951:1666") that `guest` always gets.
    #[must_use]
    pub fn guest_usb(&self, guest: DomainId) -> Vec<String> {
        let id = guest.to_string();
        let kept = self.guests_usb().into_iter().find(|(guest, _)| *guest == id);
        kept.map(|(_, kinds)| kinds).unwrap_or_default()
    }

    /// Keeps whether `guest` always gets devices of this kind.
    pub fn set_guest_usb(&self, guest: DomainId, kind: &str, always: bool) {
        let Some(gio) = &self.gio else { return };
        let mut kinds = self.guest_usb(guest);
        kinds.retain(|other| other != kind);
        if always {
            kinds.push(kind.to_owned());
        }
        let id = guest.to_string();
        let mut kept = self.guests_usb();
        kept.retain(|(guest, _)| *guest != id);
        if !kinds.is_empty() {
            kept.insert(0, (id, kinds));
        }
        kept.truncate(GUESTS_KEPT);
        if let Err(error) = gio.set_value("guest-usb", &glib::Variant::from(kept)) {
            tracing::warn!("which USB devices a guest gets could not be kept: {error}");
        }
    }

    fn guests_usb(&self) -> Vec<(String, Vec<String>)> {
        let stored = self.gio.as_ref().and_then(|gio| gio.value("guest-usb").get());
        stored.unwrap_or_default()
    }

    /// Whether `guest` gets the smart cards.
    #[must_use]
    pub fn guest_cards(&self, guest: DomainId) -> bool {
        let id = guest.to_string();
        self.gio.as_ref().is_some_and(|gio| gio.strv("guest-cards").iter().any(|kept| *kept == id))
    }

    /// Keeps it, and forgets the oldest.
    pub fn set_guest_cards(&self, guest: DomainId, share: bool) {
        let Some(gio) = &self.gio else { return };
        let id = guest.to_string();
        let mut kept: Vec<_> = gio.strv("guest-cards").iter().map(ToString::to_string).collect();
        kept.retain(|other| *other != id);
        if share {
            kept.insert(0, id);
        }
        kept.truncate(GUESTS_KEPT);
        if let Err(error) = gio.set_strv("guest-cards", kept) {
            tracing::warn!("whether a guest gets smart cards could not be kept: {error}");
        }
    }

    /// When the clipboard is shared with guests.
    #[must_use]
    pub fn clipboard_sharing(&self) -> Sharing {
        match self.gio.as_ref().map_or(0, |gio| gio.enum_("clipboard-sharing")) {
            1 => Sharing::Always,
            2 => Sharing::Never,
            _ => Sharing::Focused,
        }
    }

    /// The keyboard layout of guests, by which texts are typed: a name of XKB's.
    #[must_use]
    pub fn typing_layout(&self) -> String {
        self.gio.as_ref().map_or_else(String::new, |gio| gio.string("typing-layout").into())
    }

    /// Key combinations of the user's own, as they are written; without what
    /// is no combination.
    #[must_use]
    pub fn key_chords(&self) -> Vec<String> {
        let Some(gio) = &self.gio else { return Vec::new() };
        let kept = gio.strv("key-chords");
        let chords = kept.iter().filter_map(|text| text.parse::<Chord>().ok());
        chords.map(|chord| chord.to_string()).take(CHORDS_KEPT).collect()
    }

    /// Keeps them; false if that cannot be, or if they are too many.
    pub fn set_key_chords(&self, chords: &[String]) -> bool {
        let Some(gio) = &self.gio else { return false };
        if chords.len() > CHORDS_KEPT {
            return false;
        }
        let chords: Vec<&str> = chords.iter().map(String::as_str).collect();
        let kept = gio.set_strv("key-chords", chords);
        if let Err(error) = &kept {
            tracing::warn!("the key combinations could not be kept: {error}");
        }
        kept.is_ok()
    }

    /// Whether small pictures of guests' screens are taken and shown.
    #[must_use]
    pub fn screen_pictures(&self) -> bool {
        self.gio.as_ref().is_none_or(|gio| gio.boolean("screen-pictures"))
    }

    /// Whether forcing a guest off or resetting it asks first.
    #[must_use]
    pub fn confirm_force_off(&self) -> bool {
        self.gio.as_ref().is_none_or(|gio| gio.boolean("confirm-force-off"))
    }
}

/// The schema: GIO's, or this build's own copy.
fn find_schema() -> Option<gio::SettingsSchema> {
    let default = gio::SettingsSchemaSource::default();
    if let Some(schema) = default.as_ref().and_then(|source| source.lookup(APP_ID, true)) {
        return Some(schema);
    }
    let folder = own_schema_folder().map_err(|error| tracing::warn!("{error}")).ok()?;
    let source = gio::SettingsSchemaSource::from_directory(&folder, default.as_ref(), false)
        .map_err(|error| tracing::warn!("{}: {error}", folder.display()))
        .ok()?;
    source.lookup(APP_ID, true)
}

/// A folder with the schema of this build. GIO maps the file, so it is
/// replaced by renaming, never written over.
fn own_schema_folder() -> std::io::Result<PathBuf> {
    let folder = glib::user_cache_dir().join("posada").join("schemas");
    let file = folder.join("gschemas.compiled");
    if std::fs::read(&file).is_ok_and(|bytes| bytes == SCHEMA) {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder)?;
    let mut new = tempfile::NamedTempFile::new_in(&folder)?;
    std::io::Write::write_all(&mut new, SCHEMA)?;
    new.persist(&file)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_kept_in_their_order_and_defaults_hold() {
        let settings = Settings::in_memory();
        assert!(settings.store().is_some(), "the build's own schema must be usable");
        let hosts: Vec<HostEntry> = ["b", "a"]
            .iter()
            .map(|name| HostEntry {
                id: ConnectionId(Uuid::new_v4()),
                name: (*name).to_owned(),
                uri: "test:///default".to_owned(),
                autoconnect: *name == "a",
            })
            .collect();
        settings.set_hosts(&hosts);
        assert_eq!(settings.hosts(), hosts);
        assert_eq!(settings.stats_interval(), Duration::from_secs(2));
        assert_eq!(settings.release_chord(), ["Control_L", "Alt_L"]);
        assert_eq!(settings.scaling(), Scaling::Fit);
        assert_eq!(settings.clipboard_sharing(), Sharing::Focused);
        settings.set_window(10, 10, true);
        assert_eq!(settings.window(), (360, 294, true), "never smaller than can be used");
    }

    #[test]
    fn key_combinations_are_kept_as_far_as_they_are_some() {
        let settings = Settings::in_memory();
        let store = settings.store().expect("a store");
        store.set_strv("key-chords", ["ctrl+home", "nonsense", "Alt+F4"]).expect("writable");
        assert_eq!(settings.key_chords(), ["Ctrl+Home", "Alt+F4"]);
        let many: Vec<String> = (0..30).map(|_| "Alt+F4".to_owned()).collect();
        assert!(!settings.set_key_chords(&many));
        assert!(settings.set_key_chords(&many[..2]));
        assert_eq!(settings.key_chords().len(), 2);
    }

    #[test]
    fn what_is_shared_is_kept_by_guest() {
        let settings = Settings::in_memory();
        let guest = |number| DomainId(Uuid::from_u128(number));
        settings.set_guest_usb(guest(1), "0951:1666", true);
        settings.set_guest_usb(guest(1), "046d:c52b", true);
        settings.set_guest_usb(guest(1), "0951:1666", true);
        assert_eq!(settings.guest_usb(guest(1)), ["046d:c52b", "0951:1666"]);
        assert!(settings.guest_usb(guest(2)).is_empty());
        settings.set_guest_cards(guest(1), true);
        assert!(settings.guest_cards(guest(1)) && !settings.guest_cards(guest(2)));
        settings.set_guest_cards(guest(1), false);
        assert!(!settings.guest_cards(guest(1)));
        settings.set_guest_usb(guest(1), "0951:1666", false);
        assert_eq!(settings.guest_usb(guest(1)), ["046d:c52b"]);
    }
}
