//! The menu of the guest's screens.

use gettextrs::gettext;
use relm4::{
    Sender,
    gtk::{
        gio::{self, prelude::*},
        glib,
    },
};

use super::console_page::{ConsoleInput, ScreenInput, ScreensNow, screen_name};

/// The menu; it says what is missing.
pub(super) fn menu(now: ScreensNow, open: bool) -> gio::Menu {
    let menu = gio::Menu::new();
    let listed = now.there | now.shown | 1;
    for number in (0..16).filter(|number| listed & (1 << number) != 0) {
        menu.append(Some(&screen_name(number)), Some(&format!("console.screen-{number}")));
    }
    let add = if open && !now.known {
        gettext("Add Screen (Only With SPICE)")
    } else if open && now.more.is_none() {
        gettext("Add Screen (Not Offered)")
    } else {
        gettext("Add Screen")
    };
    let more = gio::Menu::new();
    more.append(Some(&add), Some("console.add-screen"));
    menu.append_section(None, &more);
    menu
}

/// Adds the actions to the console's.
pub(super) fn add_actions(group: &gio::SimpleActionGroup, console: &Sender<ConsoleInput>) {
    for number in 0..16 {
        let name = format!("screen-{number}");
        let action = gio::SimpleAction::new_stateful(&name, None, &(number == 0).to_variant());
        let emit = console.clone();
        action.connect_change_state(move |_, state| {
            if let Some(show) = state.and_then(glib::Variant::get::<bool>) {
                emit.emit(ConsoleInput::Screen(ScreenInput::Show(number, show)));
            }
        });
        action.set_enabled(false);
        group.add_action(&action);
    }
    let add = gio::SimpleAction::new("add-screen", None);
    let emit = console.clone();
    add.connect_activate(move |_, _| emit.emit(ConsoleInput::Screen(ScreenInput::Add)));
    add.set_enabled(false);
    group.add_action(&add);
}

/// Enables what can be done now. The first screen is always shown.
pub(super) fn sync(group: &gio::SimpleActionGroup, now: ScreensNow) {
    let action = |name: &str| group.lookup_action(name).and_downcast::<gio::SimpleAction>();
    for number in 1..16 {
        if let Some(action) = action(&format!("screen-{number}")) {
            let has = |bits: u16| bits & (1 << number) != 0;
            action.set_enabled(has(now.there | now.shown));
            action.set_state(&has(now.shown).to_variant());
        }
    }
    if let Some(add) = action("add-screen") {
        add.set_enabled(now.more.is_some());
    }
}
