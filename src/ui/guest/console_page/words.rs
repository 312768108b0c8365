//! The console page's words: why there is nothing to see, and what helps.

use gettextrs::gettext;

use crate::{
    backend::NoConsole,
    console::ConsoleError,
    i18n::gettext_f,
    model::{DomainAction, DomainState, HostState},
    ui::{
        error::UserMessage,
        guest::view::GuestView,
        words::{Status, action_label},
    },
};

/// What the page's button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Act(DomainAction),
    AddGraphics,
    Reconnect,
}

impl Offer {
    pub(super) fn label(self, restores: bool) -> String {
        match self {
            Self::Act(action) => action_label(action, restores),
            Self::AddGraphics => gettext("Add Graphics"),
            Self::Reconnect => gettext("Reconnect"),
        }
    }
}

/// A page in place of the guest's screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) icon: &'static str,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) offer: Option<Offer>,
    /// The system's own words, under Details.
    pub(super) detail: String,
}

/// Why a guest without a running process has no screen; nothing for one that
/// runs.
pub(super) fn inactive(view: &GuestView) -> Option<Notice> {
    if view.host != HostState::Ready {
        return Some(Notice {
            icon: "network-offline-symbolic",
            title: gettext("Host Not Connected"),
            body: gettext("The guest’s screen appears once its host is connected again."),
            ..Notice::default()
        });
    }
    let Some(guest) = &view.summary else {
        return Some(Notice {
            icon: "user-trash-symbolic",
            title: gettext("Guest Deleted"),
            body: gettext("The host does not have this guest any more."),
            ..Notice::default()
        });
    };
    if guest.state.is_active() {
        return None;
    }
    let pending = view.pending == Some(DomainAction::Start);
    let title = match guest.state {
        _ if pending => Status::Pending(DomainAction::Start).label().to_owned(),
        DomainState::Crashed => gettext("Guest Crashed"),
        _ if guest.managed_save => gettext("Guest Saved"),
        _ => gettext("Guest Off"),
    };
    let body = if guest.managed_save {
        gettext("Restore it to go on where it was left.")
    } else {
        view.reason().unwrap_or_else(|| gettext("Start it to see its screen."))
    };
    Some(Notice {
        icon: "system-shutdown-symbolic",
        title,
        body,
        offer: (!pending).then_some(Offer::Act(DomainAction::Start)),
        detail: String::new(),
    })
}

/// Why a running guest has no screen to show.
pub(super) fn no_console(why: &NoConsole) -> Notice {
    let notice = |title: String, body: String, offer: Option<Offer>| Notice {
        icon: "video-display-symbolic",
        title,
        body,
        offer,
        detail: String::new(),
    };
    match why {
        NoConsole::NotRunning => notice(
            gettext("Guest Off"),
            gettext("Start it to see its screen."),
            Some(Offer::Act(DomainAction::Start)),
        ),
        NoConsole::NoGraphics => notice(
            gettext("No Graphics"),
            gettext(
                "This guest has no graphics device, so it has no screen. One can be added; it is there from the next start on.",
            ),
            Some(Offer::AddGraphics),
        ),
        NoConsole::UnsupportedKind(kind) => notice(
            gettext("Graphics Not Supported"),
            // Translators: {kind} is libvirt's name of a graphics kind, such as "rdp"
            gettext_f(
                "This guest’s screen is given out as “{kind}”, which cannot be shown here. VNC graphics can be added; they are there from the next start on.",
                &[("kind", kind)],
            ),
            Some(Offer::AddGraphics),
        ),
        NoConsole::Unreachable => notice(
            gettext("Screen Out of Reach"),
            gettext(
                "The guest’s graphics server listens nowhere on its host, so it can be reached on that host only. Let it listen on an address to see it here.",
            ),
            Some(Offer::Reconnect),
        ),
        NoConsole::SecureOnly => notice(
            gettext("Screen Out of Reach"),
            gettext(
                "The guest’s definition demands TLS for its SPICE graphics, and the server has no port for it. Set TLS up on the host, or drop the demand.",
            ),
            Some(Offer::Reconnect),
        ),
        NoConsole::LoopbackOnly => notice(
            gettext("Screen Out of Reach"),
            gettext(
                "The guest’s graphics server listens on its host only. Connect to the host over SSH, or let the server listen on an address of the network.",
            ),
            Some(Offer::Reconnect),
        ),
    }
}

/// Why a console broke or could not be opened.
pub(super) fn broken(error: &ConsoleError) -> Notice {
    let body = match error {
        ConsoleError::Unreachable(_) => gettext(
            "The guest’s graphics server cannot be reached. Check the network and the host’s firewall.",
        ),
        ConsoleError::TimedOut => gettext("The guest’s graphics server does not answer."),
        ConsoleError::Stalled => gettext(
            "The guest’s graphics server stopped in the middle of a picture. The guest itself may well go on.",
        ),
        ConsoleError::Closed => gettext("The guest’s graphics server closed the connection."),
        ConsoleError::Stranger(protocol) => gettext_f(
            // Translators: {protocol} is "VNC" or "SPICE"
            "What answers at the guest’s graphics address is no {protocol} server.",
            &[("protocol", protocol)],
        ),
        ConsoleError::Refused(_) => gettext("The guest’s graphics server refused the connection."),
        ConsoleError::AuthenticationFailed(_) => gettext("The password was not accepted."),
        ConsoleError::UnsupportedSecurity(_) => gettext(
            "The guest’s graphics server asks for a kind of security that is not known here.",
        ),
        ConsoleError::Tls(_) => gettext(
            "The encrypted connection to the guest’s graphics server did not come about. Details have the reason.",
        ),
        ConsoleError::WantsCertificate(_) => gettext(
            "The guest’s graphics server wants to see a certificate of yours, and has seen none that it accepts. Put it at ~/.pki/libvirt/clientcert.pem, and its key at ~/.pki/libvirt/private/clientkey.pem.",
        ),
        ConsoleError::Unshowable(_) => gettext(
            "The guest draws its screen on the host’s graphics card in a way that cannot be shown here. Turn off OpenGL of its SPICE graphics to see it.",
        ),
        ConsoleError::TooLarge { width, height } => gettext_f(
            "The guest’s screen has {width} × {height} pixels; 8192 × 8192 can be shown at most.",
            &[("width", &width.to_string()), ("height", &height.to_string())],
        ),
        _ => gettext("The guest’s graphics server sent something that makes no sense."),
    };
    let title = match error {
        ConsoleError::WantsCertificate(_) => gettext("Certificate Needed"),
        _ => gettext("Connection to the Screen Failed"),
    };
    Notice {
        icon: "network-error-symbolic",
        title,
        body,
        offer: Some(Offer::Reconnect),
        detail: error.to_string(),
    }
}

/// A failure of libvirt's, as a page.
pub(super) fn failed(message: UserMessage) -> Notice {
    Notice {
        icon: "network-error-symbolic",
        title: message.title,
        body: message.body,
        offer: Some(Offer::Reconnect),
        detail: message.detail,
    }
}

/// What the guest has of the user's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Nothing; its pointer needs no holding.
    Nothing,
    /// Nothing; its pointer has to be held.
    NothingOfBoth,
    /// The keyboard; its pointer needs no holding.
    Keyboard,
    /// The keyboard, and not the pointer, which it would have to hold.
    WithoutPointer,
    /// Keyboard and pointer.
    Both,
}

impl Held {
    pub(super) fn of(grabbed: bool, absolute: bool, pointer: bool) -> Self {
        match (grabbed, absolute) {
            (true, true) => Self::Keyboard,
            (true, false) if pointer => Self::Both,
            (true, false) => Self::WithoutPointer,
            (false, true) => Self::Nothing,
            (false, false) => Self::NothingOfBoth,
        }
    }
}

/// What may be wrong with a further screen of one QXL card: with the driver of
/// Debian 13's kernel QEMU's own picture (`screendump`) of it stands still, too.
pub(super) fn shared_screen() -> String {
    gettext(
        "If this picture is wrong, the guest’s QXL driver draws it so. A Virtio card with several screens draws each by itself: change it on the Hardware page",
    )
}

/// The line below a screen that is only looked at.
pub(super) fn view_only() -> String {
    gettext("View only: nothing is sent to the guest")
}

/// The line below the screen.
pub(super) fn hint(held: Held, chord: &str) -> String {
    let keys = &[("keys", chord)];
    match held {
        // Translators: {keys} is a combination such as "Ctrl+Alt"
        Held::Keyboard => gettext_f("Press {keys} to release the keyboard", keys),
        // Translators: {keys} is a combination such as "Ctrl+Alt"
        Held::WithoutPointer => gettext_f(
            "Press {keys} to release the keyboard. Click the screen to give the pointer to the guest too",
            keys,
        ),
        // Translators: {keys} is a combination such as "Ctrl+Alt"
        Held::Both => gettext_f("Press {keys} to release keyboard and pointer", keys),
        Held::Nothing => gettext("Click the screen, or press Enter on it, to type into the guest"),
        Held::NothingOfBoth => {
            gettext("Click the screen to give keyboard and pointer to the guest")
        }
    }
}

/// What a screen reader says when that changes.
pub(super) fn announcement(held: Held, chord: &str) -> String {
    match held {
        Held::Nothing | Held::NothingOfBoth => gettext("The guest no longer has the keyboard"),
        held => format!("{}. {}", gettext("The guest has the keyboard"), hint(held, chord)),
    }
}

/// What a guest without a tablet means for the pointer.
pub(super) fn movements_only(held: bool) -> String {
    if held {
        gettext("Without a tablet device the guest has to hold the pointer")
    } else {
        gettext(
            "Without a tablet device the guest’s pointer stops where yours leaves the screen: this desktop cannot hold it",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Offer, broken, no_console};
    use crate::{backend::NoConsole, console::ConsoleError};

    #[test]
    fn what_helps_is_offered() {
        assert_eq!(no_console(&NoConsole::NoGraphics).offer, Some(Offer::AddGraphics));
        let rdp = no_console(&NoConsole::UnsupportedKind("rdp".to_owned()));
        assert!(rdp.body.contains("“rdp”"));
        let large = broken(&ConsoleError::TooLarge { width: 16384, height: 9 });
        assert!(large.body.contains("16384 × 9"));
        assert_eq!(large.offer, Some(Offer::Reconnect));
    }
}
