//! The keyboard shortcuts as a dialog. GTK's own shortcuts window is
//! deprecated, and libadwaita's follows with 1.8.

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk};

use super::actions::SHORTCUTS;

/// Opens the dialog.
pub(super) fn present(parent: &impl IsA<gtk::Widget>) {
    let group = adw::PreferencesGroup::new();
    for shortcut in SHORTCUTS {
        let row = adw::ActionRow::builder().title((shortcut.title)()).build();
        for keys in shortcut.keys {
            row.add_suffix(&keycap(keys));
        }
        group.add(&row);
    }
    let page = adw::PreferencesPage::new();
    page.add(&group);
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

/// A label with the keys' names in the user's language.
fn keycap(keys: &str) -> gtk::Label {
    let text = gtk::accelerator_parse(keys).map_or_else(
        || keys.to_owned(),
        |(key, state)| gtk::accelerator_get_label(key, state).into(),
    );
    gtk::Label::builder().label(text).valign(gtk::Align::Center).css_classes(["keycap"]).build()
}
