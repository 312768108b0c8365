//! Changing what the guest's screen speaks, on the page of its server.

use gettextrs::gettext;
use relm4::{Sender, adw, adw::prelude::*, gtk};

use super::{DevicesInput, draft::Draft, offers::Offers, rows::button_group};
use crate::model::ScreenProtocol;

/// The offer of the other protocol; nothing for a guest with several servers,
/// or where the hypervisor does not have the other one.
pub(super) fn group(
    draft: &Draft,
    offers: &Offers,
    input: &Sender<DevicesInput>,
) -> Option<adw::PreferencesGroup> {
    let to = draft.screen_protocol()?.other();
    let known = offers.domain.as_ref()?.graphics.has(to.name());
    let (title, subtitle) = match to {
        ScreenProtocol::Spice => (
            gettext("Change to SPICE"),
            gettext(
                "Brings sound, USB redirection and the agent’s channel for clipboard and screen size.",
            ),
        ),
        ScreenProtocol::Vnc => (
            gettext("Change to VNC"),
            gettext("Takes away what needs SPICE: its channels, redirected USB devices and sound."),
        ),
    };
    let button = gtk::Button::builder().label(gettext("Change")).valign(gtk::Align::Center).build();
    button.update_property(&[gtk::accessible::Property::Label(&title)]);
    let out = input.clone();
    button.connect_clicked(move |_| out.emit(DevicesInput::ChangeScreen(to)));
    known.then(|| button_group(&title, &subtitle, &button))
}
