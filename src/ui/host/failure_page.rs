//! A host that cannot be reached, as a page.

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk};

use super::advice::{Advice, CommandHint};

/// A row with a command and a button that copies it.
pub(super) fn command_row(hint: &CommandHint) -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        // The command is what is read; its label is only its occasion.
        .css_classes(["property"])
        .title(&hint.label)
        .subtitle(&hint.command)
        .subtitle_selectable(true)
        .use_markup(false)
        .build();
    row.add_suffix(&copy_button(hint.command.clone()));
    row
}

/// A button that copies `text`.
pub(super) fn copy_button(text: String) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name("edit-copy-symbolic")
        .tooltip_text(gettext("Copy"))
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build();
    button.update_property(&[gtk::accessible::Property::Label(&gettext("Copy"))]);
    button.connect_clicked(move |button| {
        button.clipboard().set_text(&text);
        // Says that it happened, where the eyes are.
        button.set_icon_name("object-select-symbolic");
        button.announce(&gettext("Copied"), gtk::AccessibleAnnouncementPriority::Medium);
        let button = button.downgrade();
        gtk::glib::timeout_add_seconds_local_once(2, move || {
            if let Some(button) = button.upgrade() {
                button.set_icon_name("edit-copy-symbolic");
            }
        });
    });
    button
}

/// What helps with a failure: commands, and libvirt's own words under Details.
pub(super) fn help(advice: &Advice, detail: &str) -> gtk::Box {
    let all = gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(18).build();
    let start = String::new();
    let install = gettext("If It Is Not Installed");
    for (title, hints) in [(start, &advice.commands), (install, &advice.install)] {
        if hints.is_empty() {
            continue;
        }
        let group = adw::PreferencesGroup::builder().title(title).build();
        for hint in hints {
            group.add(&command_row(hint));
        }
        all.append(&group);
    }
    if !detail.is_empty() {
        let group = adw::PreferencesGroup::new();
        let expander = adw::ExpanderRow::builder().title(gettext("Details")).build();
        let text = adw::ActionRow::builder()
            .title(detail)
            .title_selectable(true)
            .use_markup(false)
            .build();
        text.add_suffix(&copy_button(detail.to_owned()));
        expander.add_row(&text);
        group.add(&expander);
        all.append(&group);
    }
    all
}
