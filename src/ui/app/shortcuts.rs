//! The keyboard shortcuts as a dialog. GTK's own shortcuts window is
//! deprecated, and libadwaita's follows with 1.8.

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk};

use super::actions::SHORTCUTS;

/// Keys and what they do.
type Line = (&'static [&'static str], String);

/// Opens the dialog.
pub(super) fn present(parent: &impl IsA<gtk::Widget>) {
    let general = SHORTCUTS.iter().map(|shortcut| (shortcut.keys, (shortcut.title)())).collect();
    let page = adw::PreferencesPage::new();
    page.add(&group(&gettext("General"), general));
    page.add(&group(&gettext("List of Guests"), in_list()));
    page.add(&group(&gettext("Window of a Guest"), in_guest_window()));
    page.add(&group(&gettext("Text Console"), in_text_console()));
    let view = adw::ToolbarView::builder().content(&page).build();
    view.add_top_bar(&adw::HeaderBar::new());
    adw::Dialog::builder()
        .title(gettext("Keyboard Shortcuts"))
        .content_width(420)
        .content_height(560)
        .child(&view)
        .build()
        .present(Some(parent));
}

/// The keys that the list of guests handles itself.
fn in_list() -> Vec<Line> {
    vec![
        (&["<Control>f"], gettext("Search guests")),
        (&["Return"], gettext("Open the guest")),
        (&["Menu", "<Shift>F10"], gettext("Menu of the selected guests")),
        (&["F2"], gettext("Rename the guest")),
        (&["Delete"], gettext("Delete the selected guests")),
        (&["<Control>a"], gettext("Select all guests")),
        (&["Escape"], gettext("Select none")),
    ]
}

/// The keys of a guest's window. Its screen takes them while it has the keyboard.
fn in_guest_window() -> Vec<Line> {
    vec![
        (&["F11"], gettext("Full screen")),
        (&["<Alt>1"], gettext("Console")),
        (&["<Alt>2"], gettext("Overview")),
        (&["<Alt>3"], gettext("Hardware")),
        (&["<Control>Page_Up", "<Control>Page_Down"], gettext("Previous or next tab")),
        (&["<Control>w"], gettext("Close the tab")),
    ]
}

/// The keys that a text console does not send to the guest.
fn in_text_console() -> Vec<Line> {
    vec![
        (&["<Control><Shift>c"], gettext("Copy")),
        (&["<Control><Shift>v"], gettext("Paste")),
        (&["<Control><Shift>a"], gettext("Select all")),
        (&["<Control><Shift>f"], gettext("Search")),
        (&["<Control><Shift>s"], gettext("Save the text to a file")),
        (&["<Control>plus", "<Control>minus"], gettext("Larger or smaller letters")),
        (&["<Control>0"], gettext("Usual letters")),
    ]
}

fn group(title: &str, lines: Vec<Line>) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(title).build();
    for (keys, what) in lines {
        let row = adw::ActionRow::builder().title(what).build();
        for key in keys {
            row.add_suffix(&keycap(key));
        }
        group.add(&row);
    }
    group
}

/// A label with the keys' names in the user's language.
fn keycap(keys: &str) -> gtk::Label {
    let text = gtk::accelerator_parse(keys).map_or_else(
        || keys.to_owned(),
        |(key, state)| gtk::accelerator_get_label(key, state).into(),
    );
    gtk::Label::builder().label(text).valign(gtk::Align::Center).css_classes(["keycap"]).build()
}
