//! The menu of how the guest's picture is sent.

use gettextrs::{gettext, pgettext};
use relm4::{
    Sender,
    gtk::{
        gio::{self, prelude::*},
        glib,
    },
};

use super::console_page::ConsoleInput;
use crate::model::PictureQuality;

/// The menu: with SPICE, the server alone says what may get lost.
pub(super) fn menu(spice: bool) -> gio::Menu {
    let menu = gio::Menu::new();
    let (exact, small) = if spice {
        (gettext("Unpacked (for Fast Lines)"), gettext("Packed (for Slow Lines)"))
    } else {
        (gettext("Exact (for Fast Lines)"), gettext("Lossy (for Slow Lines)"))
    };
    let labels = [pgettext("picture quality", "Automatic"), exact, small];
    for (label, quality) in labels.iter().zip(PictureQuality::ALL) {
        let item = gio::MenuItem::new(Some(label), None);
        let target = quality.name().to_variant();
        item.set_action_and_target_value(Some("console.quality"), Some(&target));
        menu.append_item(&item);
    }
    menu
}

/// Chooses how the picture is sent.
pub(super) fn action(quality: PictureQuality, console: &Sender<ConsoleInput>) -> gio::SimpleAction {
    let state = quality.name().to_variant();
    let action = gio::SimpleAction::new_stateful("quality", Some(glib::VariantTy::STRING), &state);
    let emit = console.clone();
    action.connect_activate(move |action, target| {
        let Some(name) = target else { return };
        action.set_state(name);
        let quality = PictureQuality::of_name(name.str().unwrap_or_default());
        emit.emit(ConsoleInput::Quality(quality));
    });
    action
}
