//! Emptying what UEFI keeps of a guest.

use gettextrs::gettext;
use relm4::{Sender, adw, adw::prelude::*, gtk};

use super::{DevicesInput, DevicesPage, draft::Draft, rows::button_group};
use crate::{i18n::gettext_f, model::hardware::Firmware, ui::error};

/// The offer of it; nothing for a guest that starts otherwise.
pub(super) fn group(draft: &Draft, input: &Sender<DevicesInput>) -> Option<adw::PreferencesGroup> {
    if !draft.keeps_firmware_settings() {
        return None;
    }
    let title = gettext("Firmware Settings");
    let button = gtk::Button::builder().label(gettext("Reset…")).valign(gtk::Align::Center).build();
    button.set_sensitive(!draft.is_running());
    let out = input.clone();
    button.connect_clicked(move |_| out.emit(DevicesInput::AskToResetFirmware));
    let subtitle = if draft.is_running() {
        gettext("Boot entries and keys that UEFI keeps. They can be reset while the guest is off")
    } else if matches!(draft.firmware(), Firmware::Uefi { secure: true }) {
        gettext(
            "Boot entries and keys that UEFI keeps, also when the firmware changes. Without its own keys Secure Boot lets any system start",
        )
    } else {
        gettext("Boot entries and keys that UEFI keeps, also when the firmware changes")
    };
    Some(button_group(&title, &subtitle, &button))
}

impl DevicesPage {
    /// Asks, and starts the guest with empty settings.
    pub(super) fn ask_to_reset_firmware(&self, root: &impl IsA<gtk::Widget>) {
        let not_yet = if self.edited() {
            Some(gettext("Apply or discard the changes first"))
        } else if self.view.restores() {
            Some(gettext("The guest’s memory is saved: start it, or drop that state, first"))
        } else {
            None
        };
        if let Some(why) = not_yet {
            return error::say(&self.toasts, &why);
        }
        let Some(id) = self.id else { return };
        let heading =
            gettext_f("Start “{guest}” with Empty Firmware Settings?", &[("guest", &self.name())]);
        let body = gettext(
            "UEFI forgets its boot entries and keys, and begins with those that the host’s firmware brings. Disks are not touched; a system that ties their encryption to these settings, such as BitLocker, asks for its recovery key.",
        );
        let dialog = adw::AlertDialog::new(Some(&heading), Some(&body));
        dialog.add_responses(&[
            ("cancel", &gettext("Cancel")),
            ("reset", &gettext("Reset and Start")),
        ]);
        dialog.set_response_appearance("reset", adw::ResponseAppearance::Destructive);
        dialog.set_default_response(Some("cancel"));
        dialog.set_close_response("cancel");
        let (handle, parent) = (self.handle.clone(), root.clone().upcast::<gtk::Widget>());
        relm4::spawn_local(async move {
            if dialog.choose_future(Some(&parent)).await != "reset" {
                return;
            }
            if let Err(failed) = handle.start_with_new_nvram(id).await {
                error::details(&parent, &error::describe(&failed));
            }
        });
    }
}
