//! The preferences.

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, gio},
};

use crate::{
    console::Layout,
    settings::Settings,
    ui::widgets::{drop_down, spin_button},
};

/// Chords to choose from, as GDK key names. Each is of modifiers only, which
/// no guest needs alone.
const CHORDS: &[&[&str]] = &[
    &["Control_L", "Alt_L"],
    &["Control_R"],
    &["Control_L", "Shift_L"],
    &["Shift_L", "Alt_L"],
    &["Super_L", "Alt_L"],
];

/// Opens the dialog.
pub(super) fn present(settings: &Settings, parent: &gtk::Window) {
    let page = adw::PreferencesPage::new();
    page.add(&guests_group(settings));
    page.add(&console_group(settings));
    let dialog = adw::PreferencesDialog::new();
    dialog.add(&page);
    dialog.present(Some(parent));
}

fn guests_group(settings: &Settings) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(gettext("Guests")).build();
    let (interval_row, interval) = number(
        &gettext("Update load every"),
        &gettext("Seconds; only for guests in view"),
        &gtk::Adjustment::new(2.0, 1.0, 60.0, 1.0, 5.0, 0.0),
    );
    let confirm = adw::SwitchRow::builder()
        .title(gettext("Confirm force off and reset"))
        .subtitle(gettext("Both can lose data inside the guest"))
        .build();
    let tabs = adw::SwitchRow::builder()
        .title(gettext("Open guests in tabs"))
        .subtitle(gettext("Of one window, instead of a window each"))
        .build();
    let pictures = adw::SwitchRow::builder()
        .title(gettext("Show pictures of guests’ screens"))
        .subtitle(gettext(
            "In the overview and below the pointer in the list. If off, none is taken",
        ))
        .build();
    if let Some(store) = settings.store() {
        store.bind("guests-in-tabs", &tabs, "active").build();
        store.bind("screen-pictures", &pictures, "active").build();
        store.bind("stats-interval", &interval, "value").build();
        store.bind("confirm-force-off", &confirm, "active").build();
    }
    group.add(&tabs);
    group.add(&interval_row);
    group.add(&confirm);
    group.add(&pictures);
    group
}

fn console_group(settings: &Settings) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(gettext("Console")).build();
    let scalings = [
        ("fit", gettext("Fit to window")),
        ("exact", gettext("Exact pixels")),
        ("resize", gettext("Resize the guest")),
    ];
    let texts = scalings.iter().map(|(_, text)| text.clone());
    let (scaling_row, scaling) = choice(&gettext("Scaling"), "", texts);
    let sharings = [
        ("focused", gettext("With the guest in use")),
        ("always", gettext("Always")),
        ("never", gettext("Only by the menu")),
    ];
    let (sharing_row, sharing) = choice(
        &gettext("Share clipboard"),
        &gettext("Texts and pictures, with guests that run an agent for it"),
        sharings.iter().map(|(_, text)| text.clone()),
    );
    let (release_row, release) = choice(
        &gettext("Release keyboard and pointer with"),
        "",
        CHORDS.iter().map(|keys| chord_label(keys)),
    );
    if let Some(store) = settings.store() {
        let nick = store.string("console-scaling");
        select(&scaling, scalings.iter().position(|(name, _)| *name == nick));
        let current = settings.release_chord();
        select(&release, CHORDS.iter().position(|keys| *keys == current));
        keep(&scaling, store, |store, index| {
            let nick = ["fit", "exact", "resize"].get(index).copied().unwrap_or("fit");
            store.set_string("console-scaling", nick)
        });
        let nick = store.string("clipboard-sharing");
        select(&sharing, sharings.iter().position(|(name, _)| *name == nick));
        keep(&sharing, store, |store, index| {
            let nick = ["focused", "always", "never"].get(index).copied().unwrap_or("focused");
            store.set_string("clipboard-sharing", nick)
        });
        keep(&release, store, |store, index| match CHORDS.get(index) {
            Some(keys) => store.set_strv("release-chord", *keys),
            None => Ok(()),
        });
    }
    let layouts = Layout::ALL.map(Layout::name);
    let names = Layout::ALL.map(|layout| match layout {
        Layout::Us => gettext("English (US)"),
        Layout::Gb => gettext("English (UK)"),
        Layout::De => gettext("German"),
        Layout::Es => gettext("Spanish"),
        Layout::Fr => gettext("French"),
    });
    let (layout_row, layout) = choice(
        &gettext("Keyboard layout of guests"),
        &gettext("For typing the clipboard as keys"),
        names.into_iter(),
    );
    if let Some(store) = settings.store() {
        let current = settings.typing_layout();
        select(&layout, layouts.iter().position(|name| *name == current));
        keep(&layout, store, |store, index| match Layout::ALL.get(index) {
            Some(layout) => store.set_string("typing-layout", layout.name()),
            None => Ok(()),
        });
    }
    let (scrollback_row, scrollback) = number(
        &gettext("Text console history"),
        &gettext("Lines kept above the visible ones"),
        &gtk::Adjustment::new(10_000.0, 0.0, 100_000.0, 1000.0, 10_000.0, 0.0),
    );
    if let Some(store) = settings.store() {
        store.bind("text-scrollback", &scrollback, "value").build();
    }
    for row in [&scaling_row, &sharing_row, &release_row, &layout_row] {
        group.add(row);
    }
    group.add(&scrollback_row);
    group
}

/// Not `adw::SpinRow`: libadwaita 1.7 hides its rows from assistive technology.
fn number(
    title: &str,
    subtitle: &str,
    range: &gtk::Adjustment,
) -> (adw::ActionRow, gtk::SpinButton) {
    let number = spin_button(title, range);
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(subtitle)
        .activatable_widget(&number)
        .build();
    row.add_suffix(&number);
    (row, number)
}

/// Not `adw::ComboRow`: where it is narrow, that cuts what is chosen.
fn choice(
    title: &str,
    subtitle: &str,
    texts: impl Iterator<Item = String>,
) -> (adw::ActionRow, gtk::DropDown) {
    let texts: Vec<String> = texts.collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let list = drop_down(&texts);
    list.set_valign(gtk::Align::Center);
    // Beside a long subtitle, too, the words have room.
    list.set_width_request(150);
    list.update_property(&[gtk::accessible::Property::Label(title)]);
    let row =
        adw::ActionRow::builder().title(title).subtitle(subtitle).activatable_widget(&list).build();
    row.add_suffix(&list);
    (row, list)
}

/// Shows the present choice; one made elsewhere, by hand, shows as none.
fn select(list: &gtk::DropDown, index: Option<usize>) {
    let none = gtk::INVALID_LIST_POSITION;
    list.set_selected(index.and_then(|index| u32::try_from(index).ok()).unwrap_or(none));
}

fn keep(
    list: &gtk::DropDown,
    store: &gio::Settings,
    keep: fn(&gio::Settings, usize) -> Result<(), gtk::glib::BoolError>,
) {
    let store = store.clone();
    list.connect_selected_notify(move |list| {
        let kept = usize::try_from(list.selected()).map(|index| keep(&store, index));
        if let Ok(Err(error)) = kept {
            tracing::warn!("a preference could not be kept: {error}");
        }
    });
}

/// The keys as a person would say them.
fn chord_label(keys: &[&str]) -> String {
    let names = keys.iter().map(|key| match *key {
        "Control_L" => gettext("Left Ctrl"),
        "Control_R" => gettext("Right Ctrl"),
        "Alt_L" => gettext("Left Alt"),
        "Shift_L" => gettext("Left Shift"),
        "Super_L" => gettext("Left Super"),
        other => other.to_owned(),
    });
    names.collect::<Vec<_>>().join(" + ")
}
