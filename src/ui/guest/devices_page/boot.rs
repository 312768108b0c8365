//! What the guest starts from.

use gettextrs::gettext;
use relm4::{
    Sender, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::{DevicesInput, draft::Draft, offers::Offers, words};
use crate::{
    i18n::gettext_f,
    model::{
        capabilities::DomainCapabilities,
        hardware::{BootEntry, Firmware},
    },
    ui::widgets::drop_down,
};

/// The choice of the firmware.
pub(super) fn firmware_group(
    draft: &Draft,
    offers: &Offers,
    input: &Sender<DevicesInput>,
) -> adw::PreferencesGroup {
    let present = draft.firmware();
    let mut choices = vec![(Firmware::Bios, gettext("BIOS, or the machine’s own"))];
    let domain = offers.domain.as_ref();
    let plain = Firmware::Uefi { secure: false };
    let secure = Firmware::Uefi { secure: true };
    if domain.is_none_or(DomainCapabilities::has_uefi) || present == plain {
        choices.push((plain, gettext("UEFI")));
    }
    if domain.is_none_or(DomainCapabilities::has_secure_boot) || present == secure {
        choices.push((secure, gettext("UEFI with Secure Boot")));
    }
    if present == Firmware::Files {
        choices.push((present, gettext("The files named in the XML")));
    }
    let names: Vec<&str> = choices.iter().map(|(_, name)| name.as_str()).collect();
    let list = drop_down(&names);
    list.set_valign(gtk::Align::Center);
    let place = choices.iter().position(|(firmware, _)| *firmware == present).unwrap_or(0);
    list.set_selected(u32::try_from(place).unwrap_or(0));
    let out = input.clone();
    list.connect_selected_notify(move |list| {
        if let Some((firmware, _)) = choices.get(list.selected() as usize) {
            out.emit(DevicesInput::Firmware(*firmware));
        }
    });
    let label = gettext("Firmware");
    list.update_property(&[gtk::accessible::Property::Label(&label)]);
    let row = adw::ActionRow::builder()
        .title(&label)
        .subtitle(gettext(
            "A system that is installed usually starts with its own kind only. Another firmware begins with empty settings.",
        ))
        .activatable_widget(&list)
        .build();
    row.add_suffix(&list);
    let group = adw::PreferencesGroup::new();
    group.add(&row);
    group
}

/// The devices to start from, each with its place.
pub(super) fn order_group(draft: &Draft, input: &Sender<DevicesInput>) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder()
        .title(gettext("Boot Order"))
        .description(gettext("The guest starts from the first one that has a system."))
        .build();
    let order = draft.boot_order();
    let enabled = order.iter().filter(|entry| entry.enabled).count();
    for (place, entry) in order.iter().enumerate() {
        group.add(&row(place, entry, enabled, input));
    }
    if order.is_empty() {
        group.add(&adw::ActionRow::builder().title(gettext("Nothing to start from")).build());
    }
    group
}

fn row(
    place: usize,
    entry: &BootEntry,
    enabled: usize,
    input: &Sender<DevicesInput>,
) -> adw::ActionRow {
    let name = words::device(&entry.device);
    let row = adw::ActionRow::builder()
        .title(&name)
        .subtitle(words::details(&entry.device))
        .use_markup(false)
        .build();
    let on = gtk::CheckButton::builder().active(entry.enabled).valign(gtk::Align::Center).build();
    on.update_property(&[gtk::accessible::Property::Label(&name)]);
    let out = input.clone();
    on.connect_toggled(move |on| out.emit(DevicesInput::EnableBoot(place, on.is_active())));
    row.add_prefix(&on);
    row.set_activatable_widget(Some(&on));
    let device = [("device", name.as_str())];
    let up = gettext_f("Move {device} Up", &device);
    let down = gettext_f("Move {device} Down", &device);
    for (icon, by, label, possible) in [
        ("go-up-symbolic", -1, up, entry.enabled && place > 0),
        ("go-down-symbolic", 1, down, entry.enabled && place + 1 < enabled),
    ] {
        let button = gtk::Button::builder()
            .icon_name(icon)
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .tooltip_text(&label)
            .sensitive(possible)
            .build();
        button.update_property(&[gtk::accessible::Property::Label(&label)]);
        let out = input.clone();
        button.connect_clicked(move |_| out.emit(DevicesInput::MoveBoot(place, by)));
        row.add_suffix(&button);
    }
    row
}
