//! From a failure to words and to the place where they are shown.

use relm4::adw;

use crate::backend::BackendError;

/// A failure in the user's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserMessage {
    /// What happened, in one sentence: "“web” could not be started".
    pub title: String,
    /// Why, and what to do next.
    pub body: String,
    /// libvirt's own words, shown under Details; possibly empty.
    pub detail: String,
}

/// Puts a failure into words.
#[must_use]
pub fn describe(_error: &BackendError) -> UserMessage {
    todo!()
}

/// Shows a failed quick action as a toast with a Details button, which opens a
/// dialog over `overlay` with the whole message and a Copy button.
pub fn toast(_overlay: &adw::ToastOverlay, _message: &UserMessage) {
    todo!()
}
