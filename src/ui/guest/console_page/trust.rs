//! The question whether a server is to be trusted that only the user can vouch
//! for.

use gettextrs::gettext;
use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use super::{ConsoleCmd, ConsoleInput, ConsoleOutput, ConsolePage, Shown};
use crate::{
    console::{ConsoleError, accept_weaker, trust_server},
    i18n::gettext_f,
    model::{CertificateProblem, LinkSecurity, ServerPlace, UntrustedServer},
    ui::error::UserMessage,
};

/// What the user is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Nobody else vouches for the server.
    Untrusted(Box<UntrustedServer>),
    /// The connection would be protected less than before.
    Weaker(ServerPlace, LinkSecurity),
}

impl Question {
    /// What a failure asks, if it asks something.
    pub(super) fn of(error: &ConsoleError) -> Option<Self> {
        match error {
            ConsoleError::Untrusted(server) => Some(Self::Untrusted(server.clone())),
            ConsoleError::Weaker { place, security } => {
                Some(Self::Weaker(place.clone(), *security))
            }
            _ => None,
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Untrusted(server) if server.before.is_some() => gettext("Server Has Changed"),
            Self::Untrusted(_) => gettext("Unknown Server"),
            Self::Weaker(..) => gettext("Less Protected Than Before"),
        }
    }

    fn body(&self) -> String {
        match self {
            Self::Untrusted(server) => {
                let place = server.place.to_string();
                let first = if server.before.is_some() {
                    gettext_f(
                        "“{server}” shows another certificate than the one that you trusted. Somebody may be in between to read and change what you see and type. Go on only if you know why the certificate has changed.",
                        &[("server", &place)],
                    )
                } else {
                    gettext_f(
                        "“{server}” says who it is by a certificate that cannot be verified. Trust it only if the fingerprint is the one that you were told by whoever runs the server.",
                        &[("server", &place)],
                    )
                };
                let problems = server.certificate.problems.iter();
                let why = problems.map(|problem| self::why(*problem, &server.place.host));
                format!("{first}\n\n{}", why.collect::<Vec<_>>().join("\n"))
            }
            Self::Weaker(place, LinkSecurity::Open) => gettext_f(
                "The connection to “{server}” was encrypted before, and now it would not be. Somebody may be in between to read and change what you see and type.",
                &[("server", &place.to_string())],
            ),
            Self::Weaker(place, _) => gettext_f(
                "“{server}” proved who it is before, and now it does not. The connection would be encrypted, but somebody may be in between.",
                &[("server", &place.to_string())],
            ),
        }
    }

    /// What the certificate says, line by line.
    fn facts(&self) -> Vec<(String, String)> {
        let Self::Untrusted(server) = self else { return Vec::new() };
        let certificate = &server.certificate;
        let mut facts = vec![
            (gettext("Issued to"), certificate.subject.clone()),
            (gettext("Issued by"), certificate.issuer.clone()),
            (gettext("Valid from"), day(certificate.from)),
            (gettext("Valid until"), day(certificate.until)),
        ];
        if let Some(before) = &server.before {
            facts.push((gettext("SHA-256 fingerprint before"), before.clone()));
            facts.push((gettext("SHA-256 fingerprint now"), certificate.fingerprint.clone()));
        } else {
            facts.push((gettext("SHA-256 fingerprint"), certificate.fingerprint.clone()));
        }
        facts
    }

    fn consent(&self) -> String {
        match self {
            Self::Untrusted(_) => gettext("Trust This Server"),
            Self::Weaker(..) => gettext("Connect Anyway"),
        }
    }

    /// Keeps the user's consent. Waits for the disk.
    fn keep(&self) -> std::io::Result<()> {
        match self {
            Self::Untrusted(server) => trust_server(server),
            Self::Weaker(place, security) => accept_weaker(place, *security),
        }
    }

    /// The page that asks it.
    fn page(&self, sender: &ComponentSender<ConsolePage>) -> adw::StatusPage {
        let column = gtk::Box::new(gtk::Orientation::Vertical, 24);
        let list = gtk::ListBox::new();
        list.add_css_class("boxed-list");
        list.set_selection_mode(gtk::SelectionMode::None);
        let facts = self.facts();
        list.set_visible(!facts.is_empty());
        for (title, value) in facts {
            let row = adw::ActionRow::builder()
                .title(title)
                .subtitle(value)
                .subtitle_selectable(true)
                // What a stranger wrote is no markup.
                .use_markup(false)
                .css_classes(["property"])
                .build();
            list.append(&row);
        }
        column.append(&list);
        let buttons = gtk::Box::new(gtk::Orientation::Vertical, 12);
        buttons.set_halign(gtk::Align::Center);
        let (again, consent) = (gettext("Reconnect"), self.consent());
        for (label, class, input) in [
            (again, "pill", (|| ConsoleInput::Offer) as fn() -> ConsoleInput),
            (consent, "destructive-action", || ConsoleInput::Consent),
        ] {
            let button = gtk::Button::with_label(&label);
            button.set_css_classes(&["pill", class]);
            let sender = sender.input_sender().clone();
            button.connect_clicked(move |_| sender.emit(input()));
            buttons.append(&button);
        }
        column.append(&buttons);
        let clamp = adw::Clamp::builder().maximum_size(520).child(&column).build();
        let body = glib::markup_escape_text(&self.body());
        adw::StatusPage::builder()
            .icon_name("dialog-warning-symbolic")
            .css_classes(["compact"])
            .title(self.title())
            .description(body)
            .child(&clamp)
            .build()
    }
}

/// What a problem of a certificate means.
fn why(problem: CertificateProblem, host: &str) -> String {
    match problem {
        CertificateProblem::UnknownAuthority => {
            gettext("No authority that this computer knows vouches for it.")
        }
        CertificateProblem::OtherName => {
            gettext_f("It is made out to another name than “{host}”.", &[("host", host)])
        }
        CertificateProblem::NotYetValid => gettext("It is not valid yet."),
        CertificateProblem::Expired => gettext("It has expired."),
        CertificateProblem::Revoked => gettext("Its authority has revoked it."),
        CertificateProblem::Weak => gettext("It is made in a way that can be forged."),
        CertificateProblem::Other => gettext("It cannot be checked."),
    }
}

fn day(time: Option<i64>) -> String {
    let time = time.and_then(|time| glib::DateTime::from_unix_local(time).ok());
    time.and_then(|time| time.format("%x").ok()).unwrap_or_default().into()
}

impl ConsolePage {
    pub(super) fn ask_to_trust(&mut self, question: Question, sender: &ComponentSender<Self>) {
        self.drop_console();
        self.trust.set_child(Some(&question.page(sender)));
        self.shown = Shown::Trust(question);
    }

    /// The user takes the server as it is.
    pub(super) fn consent(&mut self, sender: &ComponentSender<Self>) {
        let Shown::Trust(question) = &self.shown else { return };
        let question = question.clone();
        self.shown = Shown::Connecting;
        sender.spawn_oneshot_command(move || ConsoleCmd::Trusted(question.keep()));
    }

    pub(super) fn trusted(&mut self, kept: std::io::Result<()>, sender: &ComponentSender<Self>) {
        if let Err(error) = kept {
            let _ = sender.output(ConsoleOutput::Failed(UserMessage {
                title: gettext("That the server is trusted could not be kept"),
                body: gettext("Check the free space in your home folder."),
                detail: error.to_string(),
            }));
        }
        self.tries = 0;
        self.connect(sender);
    }
}

#[cfg(test)]
mod tests {
    use super::Question;
    use crate::{
        console::ConsoleError,
        model::{CertificateProblem, ServerCertificate, ServerPlace, UntrustedServer},
    };

    #[test]
    fn a_changed_certificate_shows_both_fingerprints() {
        let mut server = UntrustedServer {
            place: ServerPlace { host: "inn".to_owned(), port: 5901 },
            certificate: ServerCertificate {
                fingerprint: "NEW".to_owned(),
                problems: vec![CertificateProblem::Expired],
                ..ServerCertificate::default()
            },
            before: None,
        };
        let ask = |server: &UntrustedServer| {
            Question::of(&ConsoleError::Untrusted(Box::new(server.clone()))).expect("a question")
        };
        let values = |question: &Question| {
            let facts = question.facts().into_iter();
            facts.map(|(_, value)| value).skip(4).collect::<Vec<_>>()
        };
        assert_eq!(values(&ask(&server)), ["NEW"]);
        assert!(ask(&server).body().contains("“inn:5901”"));
        server.before = Some("OLD".to_owned());
        assert_eq!(values(&ask(&server)), ["OLD", "NEW"]);
        assert_ne!(ask(&server).title(), "Unknown Server");
        assert_eq!(Question::of(&ConsoleError::Closed), None);
    }
}
