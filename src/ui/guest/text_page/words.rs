//! The text console's words.

use gettextrs::gettext;

use crate::{
    backend::{NoTextConsole, TextConsoleEnd},
    i18n::gettext_f,
    model::{DomainAction, HostState, TextPort, TextPortId, TextPortKind},
    ui::{
        error::UserMessage,
        guest::view::GuestView,
        words::{Status, action_label},
    },
};

/// What a console is called.
pub(crate) fn name(port: TextPortId) -> String {
    let number = (port.number + 1).to_string();
    match port.kind {
        // Translators: the name of a serial port
        TextPortKind::Serial => gettext_f("Serial {number}", &[("number", &number)]),
        // Translators: the name of a text console
        TextPortKind::Console => gettext_f("Console {number}", &[("number", &number)]),
    }
}

/// Its name and, if it cannot be shown, where it leads instead.
pub(crate) fn label(port: &TextPort) -> String {
    let name = name(port.id);
    let with = &[("name", name.as_str())];
    match port.leads_to.as_str() {
        _ if port.can_be_shown() => name,
        "file" => gettext_f("{name} (Goes to a File)", with),
        "null" => gettext_f("{name} (Goes Nowhere)", with),
        "tcp" | "udp" => gettext_f("{name} (Goes to a Network Address)", with),
        "unix" => gettext_f("{name} (Goes to a Socket)", with),
        "dev" | "pipe" => gettext_f("{name} (Goes to a Device of the Host)", with),
        _ => gettext_f("{name} (Goes Elsewhere)", with),
    }
}

/// What the page's button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Act(DomainAction),
    TakeOver,
    Reconnect,
    Restart,
}

impl Offer {
    pub(super) fn label(self, restores: bool) -> String {
        match self {
            Self::Act(action) => action_label(action, restores),
            Self::TakeOver => gettext("Take Over…"),
            Self::Reconnect => gettext("Reconnect"),
            Self::Restart => gettext("Restart…"),
        }
    }
}

/// Why nothing comes, instead of the terminal or above it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) title: String,
    pub(super) body: String,
    pub(super) offer: Option<Offer>,
    pub(super) detail: String,
}

impl Notice {
    fn new(title: String, body: String, offer: Option<Offer>) -> Self {
        Self { title, body, offer, detail: String::new() }
    }
}

/// Why a guest that does not run has nothing to say.
pub(super) fn inactive(view: &GuestView) -> Option<Notice> {
    if view.host != HostState::Ready {
        return Some(Notice::new(
            gettext("Host Not Connected"),
            gettext("This console opens by itself once the host is connected again."),
            None,
        ));
    }
    let Some(guest) = &view.summary else {
        return Some(Notice::new(
            gettext("Guest Deleted"),
            gettext("The host does not have this guest any more."),
            None,
        ));
    };
    if guest.state.is_active() {
        return None;
    }
    let pending = view.pending == Some(DomainAction::Start);
    let title = if pending {
        Status::Pending(DomainAction::Start).label().to_owned()
    } else if guest.managed_save {
        gettext("Guest Saved")
    } else {
        gettext("Guest Off")
    };
    Some(Notice::new(
        title,
        gettext("This console opens by itself when the guest starts."),
        (!pending).then_some(Offer::Act(DomainAction::Start)),
    ))
}

/// Why a running guest's console does not open.
pub(super) fn no_console(why: &NoTextConsole) -> Notice {
    match why {
        NoTextConsole::NotRunning => Notice::new(
            gettext("Guest Off"),
            gettext("This console opens by itself when the guest starts."),
            Some(Offer::Act(DomainAction::Start)),
        ),
        NoTextConsole::Missing => Notice::new(
            gettext("Not There Yet"),
            gettext(
                "The running guest does not have this console. It is there from the guest’s next start on; a reboot from inside is not enough.",
            ),
            Some(Offer::Restart),
        ),
        NoTextConsole::LeadsElsewhere(kind) => Notice::new(
            gettext("Console Not Shown Here"),
            // Translators: {kind} is libvirt's name of a place, such as "file" or "tcp"
            gettext_f(
                "This console leads to something else on the host (“{kind}”). Change it to “pty” on the Hardware page to see it here.",
                &[("kind", kind)],
            ),
            None,
        ),
        NoTextConsole::InUse => Notice::new(
            gettext("In Use by Somebody Else"),
            gettext("Another viewer has this console open. Only one at a time can."),
            Some(Offer::TakeOver),
        ),
    }
}

/// Why an open console ended, where the guest goes on.
pub(super) fn ended(end: &TextConsoleEnd) -> Notice {
    let detail = match end {
        TextConsoleEnd::Closed => String::new(),
        TextConsoleEnd::Lost(failure) => failure.detail.clone(),
    };
    Notice {
        title: gettext("Console Closed"),
        body: gettext("The connection to this console has ended."),
        offer: Some(Offer::Reconnect),
        detail,
    }
}

/// A failure of libvirt's.
pub(super) fn failed(message: UserMessage) -> Notice {
    Notice {
        title: message.title,
        body: message.body,
        offer: Some(Offer::Reconnect),
        detail: message.detail,
    }
}

#[cfg(test)]
mod tests {
    use super::{Offer, label, name, no_console};
    use crate::{
        backend::NoTextConsole,
        model::{TextPort, TextPortId, TextPortKind},
    };

    #[test]
    fn consoles_have_names_and_say_where_they_lead() {
        let id = TextPortId { kind: TextPortKind::Serial, number: 1 };
        assert_eq!(name(id), "Serial 2");
        let port = |leads_to: &str| TextPort {
            id,
            leads_to: leads_to.to_owned(),
            target: None,
            alias: None,
        };
        assert_eq!(label(&port("pty")), "Serial 2");
        assert_eq!(label(&port("file")), "Serial 2 (Goes to a File)");
        assert_eq!(label(&port("strange")), "Serial 2 (Goes Elsewhere)");
    }

    #[test]
    fn what_helps_is_offered() {
        assert_eq!(no_console(&NoTextConsole::InUse).offer, Some(Offer::TakeOver));
        assert_eq!(no_console(&NoTextConsole::Missing).offer, Some(Offer::Restart));
        let tcp = no_console(&NoTextConsole::LeadsElsewhere("tcp".to_owned()));
        assert!(tcp.body.contains("tcp") && tcp.offer.is_none());
    }
}
