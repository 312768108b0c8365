//! What a host asks while it is being connected to.

use std::cell::Cell;

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk};
use tokio::sync::oneshot;

use crate::{
    backend::{CredentialField, Prompt, PromptAnswer, PromptRequest},
    i18n::fill,
    model::Secret,
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
    let (dialog, fields) = build(host, &request.prompt);
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
fn build(host: &str, prompt: &Prompt) -> (adw::AlertDialog, Vec<adw::EntryRow>) {
    let of_host = |text: &str| fill(text, &[("host", host)]);
    let (heading, body, accept) = match prompt {
        Prompt::Credentials(_) => (
            of_host(&gettext("Sign In to “{host}”")),
            gettext("The host asks for this before it lets you in."),
            gettext("Sign In"),
        ),
        Prompt::SshSecret { text } => {
            (of_host(&gettext("Unlock “{host}”")), text.trim().to_owned(), gettext("Unlock"))
        }
        Prompt::SshConfirm { .. } => (
            of_host(&gettext("Trust “{host}”?")),
            gettext(
                "This computer has not connected to it before. Compare the fingerprint with one that you got another way, from whoever looks after the host.",
            ),
            gettext("Trust"),
        ),
    };
    let dialog = adw::AlertDialog::new(Some(&heading), Some(&body));
    dialog.add_response("cancel", &gettext("Cancel"));
    if matches!(prompt, Prompt::SshConfirm { .. }) {
        dialog.add_response(REFUSE, &gettext("Do Not Trust"));
    }
    dialog.add_response(ACCEPT, &accept);
    dialog.set_response_appearance(ACCEPT, adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    let fields = match prompt {
        Prompt::Credentials(fields) => fields.iter().map(entry).collect(),
        Prompt::SshSecret { .. } => {
            vec![entry(&CredentialField {
                label: gettext("Password or passphrase"),
                secret: true,
                default: String::new(),
            })]
        }
        Prompt::SshConfirm { text } => {
            // To trust is the choice to be made with care, so it is not Enter's.
            dialog.set_default_response(Some("cancel"));
            dialog.set_extra_child(Some(&words_of_ssh(text)));
            Vec::new()
        }
    };
    if !fields.is_empty() {
        dialog.set_default_response(Some(ACCEPT));
        dialog.set_extra_child(Some(&boxed(&fields)));
        if let Some(first) = fields.first() {
            dialog.set_focus(Some(first));
        }
    }
    (dialog, fields)
}

fn entry(field: &CredentialField) -> adw::EntryRow {
    let label = field.label.trim().trim_end_matches(':').to_owned();
    let title = match (label.is_empty(), field.secret) {
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

fn boxed(fields: &[adw::EntryRow]) -> gtk::ListBox {
    let list = gtk::ListBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .css_classes(["boxed-list"])
        .build();
    for field in fields {
        list.append(field);
    }
    list
}

/// ssh's text with the fingerprint, to be read and copied.
fn words_of_ssh(text: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(text.trim())
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .selectable(true)
        .xalign(0.0)
        .css_classes(["command"])
        .build()
}
