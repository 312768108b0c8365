//! The choice of a guest's firmware.

use gettextrs::gettext;
use relm4::{Sender, adw, adw::prelude::*, gtk};

use super::{DevicesInput, draft::Draft, offers::Offers, rows::take_back};
use crate::{
    i18n::gettext_f,
    model::{capabilities::DomainCapabilities, hardware::Firmware},
    ui::widgets::drop_down,
};

/// The choice of the firmware.
pub(super) fn group(
    draft: &Draft,
    offers: &Offers,
    input: &Sender<DevicesInput>,
) -> adw::PreferencesGroup {
    let present = draft.firmware();
    let is_pc = matches!(draft.platform().0.as_deref(), Some("x86_64" | "i686"));
    let own = if is_pc { gettext("BIOS") } else { gettext("The machine’s own") };
    let mut choices = vec![(Firmware::Bios, own)];
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
    let standing = if draft.has_new_firmware() {
        Some(gettext("Changed; applies at the next start"))
    } else {
        draft.waiting_firmware().map(|now| {
            let name = choices.iter().find(|(firmware, _)| *firmware == now);
            let name = name.map(|(_, name)| name.clone()).unwrap_or_default();
            gettext_f("Until the next start: {value}", &[("value", &name)])
        })
    };
    let changed = standing.is_some();
    let list = drop_down(&names);
    list.set_valign(gtk::Align::Center);
    let place = choices.iter().position(|(firmware, _)| *firmware == present).unwrap_or(0);
    list.set_selected(u32::try_from(place).unwrap_or(0));
    let out = input.clone();
    list.connect_selected_notify(move |list| {
        if let Some((firmware, _)) = choices.get(list.selected() as usize) {
            out.emit(DevicesInput::Firmware(Some(*firmware)));
        }
    });
    let label = gettext("Firmware");
    list.update_property(&[gtk::accessible::Property::Label(&label)]);
    let risk = gettext("A system that is installed usually starts with its own kind only.");
    let row = adw::ActionRow::builder()
        .title(&label)
        .use_markup(false)
        .subtitle(standing.into_iter().chain([risk]).collect::<Vec<_>>().join("\n"))
        .activatable_widget(&list)
        .build();
    if changed {
        let back = take_back(&label);
        let out = input.clone();
        back.connect_clicked(move |_| out.emit(DevicesInput::Firmware(None)));
        row.add_suffix(&back);
    }
    row.add_suffix(&list);
    let group = adw::PreferencesGroup::new();
    group.add(&row);
    group
}
