//! The menu of what is shared with the guest besides screen and clipboard.

use gettextrs::gettext;
use relm4::{
    Sender,
    gtk::{
        gio::{self, prelude::*},
        glib,
    },
};

use super::console_page::{ConsoleInput, ShareInput, Shareable};
use crate::console::Folder;

/// The menu; it says what is missing.
pub(super) fn menu(now: Shareable, open: bool) -> gio::Menu {
    let other = open && !now.known;
    let missing = open && now.known;
    let sound = gio::Menu::new();
    let mute = match now.sound {
        None if missing => gettext("Mute (No Sound Device)"),
        Some(false) => gettext("Mute (Sound Cannot Be Played)"),
        _ => gettext("Mute"),
    };
    sound.append(Some(&mute), Some("console.mute"));
    sound.append(Some(&gettext("Let Guest Use the Microphone")), Some("console.record"));
    let files = gio::Menu::new();
    let send = if other {
        gettext("Send Files… (Only With SPICE)")
    } else if missing && !now.files {
        gettext("Send Files… (No Agent)")
    } else {
        gettext("Send Files…")
    };
    files.append(Some(&send), Some("console.send-files"));
    let folder = match now.folder {
        _ if other => gettext("Share a Folder… (Only With SPICE)"),
        Folder::Absent if missing => gettext("Share a Folder… (No Channel)"),
        Folder::Waiting | Folder::Shared => gettext("Stop Sharing the Folder"),
        _ => gettext("Share a Folder…"),
    };
    files.append(Some(&folder), Some("console.folder"));
    let usb = gio::Menu::new();
    let devices =
        if other { gettext("USB Devices… (Only With SPICE)") } else { gettext("USB Devices…") };
    usb.append(Some(&devices), Some("console.usb"));
    let cards = match now.cards {
        _ if other => gettext("Share Smart Cards (Only With SPICE)"),
        None if missing => gettext("Share Smart Cards (No Reader)"),
        Some(false) => gettext("Share Smart Cards (Not in This SPICE Library)"),
        _ => gettext("Share Smart Cards"),
    };
    usb.append(Some(&cards), Some("console.cards"));
    let menu = gio::Menu::new();
    for section in [sound, files, usb] {
        menu.append_section(None, &section);
    }
    menu
}

/// What an action without a parameter sends.
type MakeInput = fn() -> ShareInput;

/// What one that is on or off sends.
type Toggle = fn(bool) -> ShareInput;

/// Adds the actions to the console's.
pub(super) fn add_actions(group: &gio::SimpleActionGroup, console: &Sender<ConsoleInput>) {
    let toggles: [(&str, Toggle); 3] =
        [("mute", ShareInput::Mute), ("record", ShareInput::Record), ("cards", ShareInput::Cards)];
    for (name, message) in toggles {
        let action = gio::SimpleAction::new_stateful(name, None, &false.to_variant());
        let emit = console.clone();
        action.connect_change_state(move |action, state| {
            let Some(on) = state.and_then(glib::Variant::get::<bool>) else { return };
            action.set_state(&on.to_variant());
            emit.emit(ConsoleInput::Share(message(on)));
        });
        action.set_enabled(false);
        group.add_action(&action);
    }
    let simple: [(&str, MakeInput); 3] = [
        ("send-files", || ShareInput::ChooseFiles),
        ("folder", || ShareInput::Folder),
        ("usb", || ShareInput::ShowUsb),
    ];
    for (name, message) in simple {
        let action = gio::SimpleAction::new(name, None);
        let emit = console.clone();
        action.connect_activate(move |_, _| emit.emit(ConsoleInput::Share(message())));
        action.set_enabled(false);
        group.add_action(&action);
    }
}

/// Enables what can be done now.
pub(super) fn sync(group: &gio::SimpleActionGroup, now: Shareable, view_only: bool) {
    // What is shared can be taken back whatever else holds.
    let shared = matches!(now.folder, Folder::Waiting | Folder::Shared);
    for (name, enabled) in [
        ("mute", now.sound == Some(true)),
        ("record", now.record && !view_only),
        ("send-files", now.files && !view_only),
        ("folder", now.folder == Folder::Possible && !view_only || shared),
        ("usb", now.known && !view_only),
        ("cards", now.cards == Some(true) && (!view_only || now.cards_shared)),
    ] {
        if let Some(action) = group.lookup_action(name).and_downcast::<gio::SimpleAction>() {
            action.set_enabled(enabled);
        }
    }
    let cards = group.lookup_action("cards").and_downcast::<gio::SimpleAction>();
    if let Some(action) = cards.filter(|_| now.known) {
        action.set_state(&now.cards_shared.to_variant());
    }
}
