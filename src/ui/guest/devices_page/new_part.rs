//! Adding a part of the guest that has a name: what is asked, and what becomes
//! of the answer.

use gettextrs::gettext;
use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use super::{DevicesInput, DevicesPage, part_words};
use crate::{
    model::hardware::{self, DeviceKind},
    ui::widgets::boxed_list,
};

impl DevicesPage {
    /// Asks for the name of a new part, or adds one that needs none.
    pub(super) fn ask_for_part(
        &mut self,
        kind: DeviceKind,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        if kind == DeviceKind::CpuFeature {
            return self.ask_for_feature(root, sender);
        }
        let Some((question, begins)) = part_words::question(kind) else {
            return self.add_part(kind, "", sender);
        };
        let entry =
            adw::EntryRow::builder().title(question).text(begins).activates_default(true).build();
        let dialog = adw::AlertDialog::builder()
            .heading(part_words::heading(kind))
            .extra_child(&boxed_list(&[&entry]))
            .default_response("add")
            .close_response("cancel")
            .build();
        dialog.add_responses(&[("cancel", &gettext("Cancel")), ("add", &gettext("Add"))]);
        dialog.set_response_appearance("add", adw::ResponseAppearance::Suggested);
        dialog.set_response_enabled("add", false);
        let known: Vec<String> = self.draft.as_ref().map_or_else(Vec::new, |draft| {
            draft.part_slots(kind).iter().map(|part| part.key().to_owned()).collect()
        });
        entry.connect_changed(glib::clone!(
            #[weak]
            dialog,
            move |entry| {
                let text = entry.text();
                let text = text.trim();
                let good = is_possible(kind, text) && !known.iter().any(|key| key == text);
                dialog.set_response_enabled("add", good && text != begins);
            }
        ));
        let input = sender.input_sender().clone();
        dialog.set_focus(Some(&entry));
        dialog.connect_response(Some("add"), move |_, _| {
            input.emit(DevicesInput::AddPart(kind, entry.text().trim().to_owned()));
        });
        dialog.present(Some(root));
    }

    /// Adds a part of this name or with this text.
    pub(super) fn add_part(
        &mut self,
        kind: DeviceKind,
        text: &str,
        sender: &ComponentSender<Self>,
    ) {
        let Some(draft) = &mut self.draft else { return };
        if let Err(error) = draft.add_part(kind, text) {
            self.cannot(&error);
        }
        self.refill(kind, sender);
    }
}

/// Whether a part can have this name, or say this.
fn is_possible(kind: DeviceKind, text: &str) -> bool {
    match kind {
        DeviceKind::OemString => {
            let mut fields = hardware::of_device(kind);
            fields.all(|field| hardware::check(field, text).is_ok())
        }
        _ => hardware::part(kind, text).is_some(),
    }
}
