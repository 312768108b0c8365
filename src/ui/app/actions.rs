//! The application's actions with their keys, in one place. Menus,
//! accelerators and the shortcuts dialog come from here.

use gettextrs::gettext;
use relm4::{
    Sender, adw,
    gtk::{
        self,
        gio::{self, prelude::*},
        prelude::*,
    },
};

use super::messages::AppInput;

/// An action of the application or of its main window.
pub(super) struct Shortcut {
    /// Its full name.
    pub(super) action: &'static str,
    /// Its keys, in GTK's notation; possibly none.
    pub(super) keys: &'static [&'static str],
    /// What it does, for the shortcuts window.
    pub(super) title: fn() -> String,
}

/// The keys of the application, in the order of the shortcuts window.
pub(super) const SHORTCUTS: &[Shortcut] = &[
    Shortcut { action: "app.new-guest", keys: &["<Control>n"], title: || gettext("New guest") },
    Shortcut {
        action: "win.toggle-sidebar",
        keys: &["F9"],
        title: || gettext("Show or hide the sidebar"),
    },
    Shortcut { action: "win.menu", keys: &["F10"], title: || gettext("Main menu") },
    Shortcut {
        action: "app.preferences",
        keys: &["<Control>comma"],
        title: || gettext("Preferences"),
    },
    Shortcut {
        action: "app.shortcuts",
        keys: &["<Control>question"],
        title: || gettext("Keyboard shortcuts"),
    },
    Shortcut {
        action: "window.close",
        keys: &["<Control>w"],
        title: || gettext("Close the window"),
    },
    Shortcut { action: "app.quit", keys: &["<Control>q"], title: || gettext("Quit") },
];

/// Adds the actions to the application and to its main window.
pub(super) fn install(
    app: &adw::Application,
    window: &adw::ApplicationWindow,
    sender: &Sender<AppInput>,
) {
    let action = |name: &str, message: fn() -> AppInput| {
        let sender = sender.clone();
        gio::ActionEntry::builder(name)
            .activate(move |_: &adw::Application, _, _| sender.emit(message()))
            .build()
    };
    app.add_action_entries([
        action("new-guest", || AppInput::CreateGuest { connection: None, source: None }),
        action("add-host", || AppInput::AddHost),
        action("preferences", || AppInput::Preferences),
        action("shortcuts", || AppInput::Shortcuts),
        action("about", || AppInput::About),
        action("quit", || AppInput::Quit),
    ]);
    let action = |name: &str, message: fn() -> AppInput| {
        let sender = sender.clone();
        gio::ActionEntry::builder(name)
            .activate(move |_: &adw::ApplicationWindow, _, _| sender.emit(message()))
            .build()
    };
    window.add_action_entries([action("toggle-sidebar", || AppInput::ToggleSidebar)]);
    set_accelerators(app, true);
    // The application's keys come before any widget's, and a console must get
    // all of them: outside the main window there are none.
    let main = window.downgrade();
    app.connect_active_window_notify(move |app| {
        let active = app.active_window();
        let is_main = main.upgrade().is_some_and(|main| active == Some(main.upcast()));
        if let Some(app) = app.downcast_ref::<adw::Application>() {
            set_accelerators(app, is_main || app.active_window().is_none());
        }
    });
}

fn set_accelerators(app: &adw::Application, on: bool) {
    for shortcut in SHORTCUTS {
        // F10 belongs to the menu button, as its window's primary menu.
        if shortcut.action != "win.menu" {
            app.set_accels_for_action(shortcut.action, if on { shortcut.keys } else { &[] });
        }
    }
}

/// What a guest's window does not do, or does in its own way.
const OWN: &[&str] = &["app.new-guest", "window.close"];

/// The keys of a guest's window: only those that its console leaves over.
pub(crate) fn keys_beside_a_console() -> gtk::ShortcutController {
    let keys = gtk::ShortcutController::new();
    keys.set_propagation_phase(gtk::PropagationPhase::Bubble);
    for shortcut in SHORTCUTS.iter().filter(|one| !OWN.contains(&one.action)) {
        for accelerator in shortcut.keys {
            let trigger = gtk::ShortcutTrigger::parse_string(accelerator);
            let action = gtk::NamedAction::new(shortcut.action);
            keys.add_shortcut(gtk::Shortcut::new(trigger, Some(action)));
        }
    }
    keys
}

/// The main menu.
pub(crate) fn main_menu() -> gio::Menu {
    let menu = gio::Menu::new();
    let first = gio::Menu::new();
    first.append(Some(&gettext("New Guest…")), Some("app.new-guest"));
    first.append(Some(&gettext("Add Connection…")), Some("app.add-host"));
    menu.append_section(None, &first);
    let second = gio::Menu::new();
    second.append(Some(&gettext("Preferences")), Some("app.preferences"));
    second.append(Some(&gettext("Keyboard Shortcuts")), Some("app.shortcuts"));
    second.append(Some(&gettext("About Posada")), Some("app.about"));
    menu.append_section(None, &second);
    menu
}
