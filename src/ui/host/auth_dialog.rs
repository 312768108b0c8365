//! What a host asks while it is being connected to.

use std::cell::Cell;

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk};
use tokio::sync::oneshot;

use super::failure_page::copy_button;
use crate::{
    backend::{CredentialField, Prompt, PromptAnswer, PromptRequest},
    i18n::{fill, gettext_f},
    model::Secret,
    ui::widgets::boxed_list,
};

/// The answer that goes on; anything else cancels.
const ACCEPT: &str = "accept";
/// The answer "no" to a yes-or-no question.
const REFUSE: &str = "refuse";

/// Asks `request` of `host` over `parent`, sends the answer, calls `done`.
/// If the asker gives up meanwhile, the dialog goes away.
pub(crate) fn ask(
    parent: &gtk::Window,
    host: &str,
    request: PromptRequest,
    done: impl FnOnce() + 'static,
) {
    let (dialog, fields) = build(host, &request.prompt, request.again);
    let mut reply = request.reply;
    // Not `choose_future`: where it is dropped early, its binding panics.
    let (respond, responded) = oneshot::channel();
    let respond = Cell::new(Some(respond));
    dialog.connect_response(None, move |_, response| {
        if let Some(respond) = respond.take() {
            let _ = respond.send(response.to_owned());
        }
    });
    dialog.present(Some(parent));
    relm4::spawn_local(async move {
        let response = tokio::select! {
            response = responded => Some(response.unwrap_or_default()),
            () = reply.closed() => None,
        };
        if response.is_none() {
            dialog.force_close();
        }
        let answer = match (response.as_deref(), &request.prompt) {
            (Some(ACCEPT), Prompt::SshConfirm { .. }) => Some(PromptAnswer::Yes),
            (Some(REFUSE), Prompt::SshConfirm { .. }) => Some(PromptAnswer::No),
            (Some(ACCEPT), _) => Some(PromptAnswer::Values(fields.iter().map(value).collect())),
            _ => None,
        };
        for field in &fields {
            field.set_text("");
        }
        // Nobody waits for the answer any more: nothing to do.
        let _ = reply.send(answer);
        done();
    });
}

fn value(field: &adw::EntryRow) -> Secret {
    Secret::new(field.text().into())
}

/// The dialog and the fields whose values are the answer.
fn build(host: &str, prompt: &Prompt, again: bool) -> (adw::AlertDialog, Vec<adw::EntryRow>) {
    let of_host = |text: &str| fill(text, &[("host", host)]);
    let sign_in = || of_host(&gettext("Sign In to “{host}”"));
    let (heading, mut body, accept) = match prompt {
        Prompt::Credentials(_) => (
            sign_in(),
            gettext("The host asks for this before it lets you in."),
            gettext("Sign In"),
        ),
        Prompt::SshSecret { text } => {
            let unlock = of_host(&gettext("Unlock “{host}”"));
            match SshSecret::of(text) {
                SshSecret::Password(whose) => (
                    sign_in(),
                    gettext_f("The password of “{user}” is needed.", &[("user", whose)]),
                    gettext("Sign In"),
                ),
                SshSecret::Passphrase(file) => (
                    unlock,
                    gettext_f("The key {file} is protected by a passphrase.", &[("file", file)]),
                    gettext("Unlock"),
                ),
                SshSecret::Other => (unlock, text.trim().to_owned(), gettext("Unlock")),
            }
        }
        Prompt::SshConfirm { .. } => (
            of_host(&gettext("Trust “{host}”?")),
            gettext(
                "This computer has not connected to it before. Compare the fingerprint with one that you got another way, from whoever looks after the host.",
            ),
            gettext("Trust"),
        ),
    };
    if again && !matches!(prompt, Prompt::SshConfirm { .. }) {
        body = format!("{} {body}", gettext("That was not accepted."));
    }
    let dialog = adw::AlertDialog::new(Some(&heading), Some(&body));
    if matches!(prompt, Prompt::SshConfirm { .. }) {
        // To trust is the choice to be made with care, so it is not Enter's.
        dialog.add_response(REFUSE, &gettext("Do Not Trust"));
        dialog.set_default_response(Some(REFUSE));
        dialog.set_close_response(REFUSE);
    } else {
        dialog.add_response("cancel", &gettext("Cancel"));
        dialog.set_close_response("cancel");
    }
    dialog.add_response(ACCEPT, &accept);
    dialog.set_response_appearance(ACCEPT, adw::ResponseAppearance::Suggested);
    let fields = match prompt {
        Prompt::Credentials(fields) => fields.iter().map(entry).collect(),
        Prompt::SshSecret { text } => {
            let label = match SshSecret::of(text) {
                SshSecret::Password(_) => gettext("Password"),
                SshSecret::Passphrase(_) => gettext("Passphrase"),
                SshSecret::Other => gettext("Password or passphrase"),
            };
            vec![entry(&CredentialField { label, secret: true, default: String::new() })]
        }
        Prompt::SshConfirm { text } => {
            dialog.set_extra_child(Some(&what_ssh_shows(text)));
            Vec::new()
        }
    };
    if !fields.is_empty() {
        dialog.set_default_response(Some(ACCEPT));
        dialog.set_extra_child(Some(&boxed_list(&fields.iter().collect::<Vec<_>>())));
        if let Some(first) = fields.first() {
            dialog.set_focus(Some(first));
        }
    }
    (dialog, fields)
}

/// What ssh asks for; its words are always English.
#[derive(Debug, PartialEq, Eq)]
enum SshSecret<'a> {
    /// The password of `user@host`.
    Password(&'a str),
    /// The passphrase of a key file.
    Passphrase(&'a str),
    /// Anything else, such as what a server's own modules ask.
    Other,
}

impl<'a> SshSecret<'a> {
    fn of(text: &'a str) -> Self {
        let text = text.trim().trim_end_matches(':');
        let key = text.strip_prefix("Enter passphrase for key '");
        if let Some(file) = key.and_then(|rest| rest.strip_suffix('\'')) {
            return Self::Passphrase(file);
        }
        text.strip_suffix("'s password").map_or(Self::Other, Self::Password)
    }
}

/// Whether libvirt or SASL asks for no more than the field's usual name says.
fn is_usual(label: &str) -> bool {
    let label = label.to_lowercase();
    ["enter username for", "please enter your authentication name"]
        .iter()
        .any(|start| label.starts_with(start))
        || label == "please enter your password"
        || (label.starts_with("enter ") && label.contains("password for"))
}

fn entry(field: &CredentialField) -> adw::EntryRow {
    let label = field.label.trim().trim_end_matches(':').to_owned();
    let title = match (label.is_empty() || is_usual(&label), field.secret) {
        (false, _) => label,
        (true, true) => gettext("Password"),
        (true, false) => gettext("User name"),
    };
    let row: adw::EntryRow =
        if field.secret { adw::PasswordEntryRow::new().upcast() } else { adw::EntryRow::new() };
    // A host's own text must not be read as markup.
    row.set_use_markup(false);
    row.set_title(&title);
    row.set_text(&field.default);
    row.set_activates_default(true);
    row
}

/// The fingerprint, to be compared and copied; ssh's own text where it says
/// more than that.
fn what_ssh_shows(text: &str) -> gtk::Box {
    let all = gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(12).build();
    let key = fingerprint(text);
    if let Some((kind, fingerprint)) = key {
        let title = gettext_f("{kind} key fingerprint", &[("kind", kind)]);
        let texts = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(3)
            .hexpand(true)
            .build();
        let title = gtk::Label::builder().label(title).xalign(0.0).css_classes(["caption"]).build();
        texts.append(&title);
        texts.append(&unbroken(fingerprint));
        let row = gtk::Box::builder().spacing(6).css_classes(["card", "fingerprint"]).build();
        row.append(&texts);
        row.append(&copy_button(fingerprint.to_owned()));
        all.append(&row);
    }
    if key.is_none() || !text.contains("not known by any other names") {
        let words = gtk::Label::builder()
            .label(text.trim())
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .xalign(0.0)
            .css_classes(["command", "caption"])
            .build();
        all.append(&words);
    }
    all
}

/// Text that is compared character by character: a line's end adds no hyphen.
fn unbroken(text: &str) -> gtk::Label {
    let attributes = gtk::pango::AttrList::new();
    attributes.insert(gtk::pango::AttrInt::new_insert_hyphens(false));
    gtk::Label::builder()
        .label(text)
        .attributes(&attributes)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::Char)
        .xalign(0.0)
        .css_classes(["command"])
        .build()
}

/// Kind and fingerprint of the key in ssh's question.
fn fingerprint(text: &str) -> Option<(&str, &str)> {
    let (before, after) = text.split_once(" key fingerprint is ")?;
    let kind = before.rsplit(char::is_whitespace).next()?;
    let fingerprint = after.split_whitespace().next()?.trim_end_matches('.');
    Some((kind, fingerprint)).filter(|_| !kind.is_empty() && !fingerprint.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_and_libvirt_ask_is_known() {
        assert_eq!(SshSecret::of("ana@inn's password: "), SshSecret::Password("ana@inn"));
        let key = SshSecret::of("Enter passphrase for key '/home/ana/my key': ");
        assert_eq!(key, SshSecret::Passphrase("/home/ana/my key"));
        assert_eq!(SshSecret::of("Verification code: "), SshSecret::Other);
        let question = "The authenticity of host 'inn' can't be established.\nED25519 key fingerprint is SHA256:ab+/c.\nThis key is not known by any other names.";
        assert_eq!(fingerprint(question), Some(("ED25519", "SHA256:ab+/c")));
        assert_eq!(fingerprint("Allow use of key /k?"), None);
        for usual in ["Enter username for inn [root]", "Enter root's password for inn"] {
            assert!(is_usual(usual), "{usual}");
        }
        assert!(!is_usual("Verification code"));
    }
}
