//! Why a screen cannot be opened, in words.

use gettextrs::gettext;

use super::OpenError;
use crate::{
    i18n::gettext_f,
    model::ViewerError,
    ui::{error::UserMessage, host},
};

/// Says why a screen cannot be opened.
pub(crate) fn describe(error: &OpenError) -> UserMessage {
    let (body, detail) = match error {
        OpenError::Unreadable(detail) => {
            (gettext("The connection file cannot be read."), detail.clone())
        }
        OpenError::NotAFile(detail) => {
            (gettext("This is not a connection file of a screen."), detail.clone())
        }
        OpenError::Wrong(wrong) => (reason(wrong), String::new()),
    };
    UserMessage { title: gettext("This Screen Cannot Be Opened"), body, detail }
}

fn reason(error: &ViewerError) -> String {
    match error {
        ViewerError::Uri(error) => host::uri_error(error),
        ViewerError::Kind(kind) => gettext_f(
            // Translators: {kind} is what stands in a file, such as "rdp"
            "Screens of the kind “{kind}” cannot be shown; VNC and SPICE can.",
            &[("kind", kind)],
        ),
        ViewerError::Missing(key) => {
            // Translators: {key} is a key of a file, such as "host" or "port"
            gettext_f("It does not say the “{key}” of the screen.", &[("key", key)])
        }
        ViewerError::Value { key, value } => gettext_f(
            // Translators: {key} is a key of a file, such as "host" or "port"
            "Its “{key}” cannot be “{value}”.",
            &[("key", key), ("value", value)],
        ),
        ViewerError::Unsupported(what) => {
            // Translators: {what} is a key of a file, such as "proxy"
            gettext_f("It asks for “{what}”, which is not supported.", &[("what", what)])
        }
    }
}
