//! Questions that a host asks while it is being connected to: credentials of
//! libvirt, passwords and host keys of SSH. The interface answers.

mod prompter;

pub(super) use prompter::Prompter;

use tokio::sync::oneshot;

use crate::model::{ConnectionId, Secret};

/// One question to the user. Dropping it unanswered cancels. A question whose
/// [`reply`](Self::reply) is closed has lost its meaning (the user disconnected,
/// or ssh gave up): its dialog goes away.
#[derive(Debug)]
pub struct PromptRequest {
    /// The host that asks.
    pub connection: ConnectionId,
    /// What is asked.
    pub prompt: Prompt,
    /// Whether the same was asked just now: the answer was not accepted.
    pub again: bool,
    /// Where the answer goes; `None` means that the user cancelled.
    pub reply: oneshot::Sender<Option<PromptAnswer>>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Fields to fill in, in libvirt's order.
    Credentials(Vec<CredentialField>),
    /// A password or passphrase for SSH, with ssh's own words.
    SshSecret {
        /// ssh's text, such as `user@host's password:`.
        text: String,
    },
    /// Whether to trust a host key; the answer is yes or no.
    SshConfirm {
        /// ssh's text with the fingerprint.
        text: String,
    },
}

/// A field of a credentials question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialField {
    /// The library's text, possibly empty.
    pub label: String,
    /// Whether the input is hidden.
    pub secret: bool,
    /// The value to propose.
    pub default: String,
}

/// The user's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptAnswer {
    /// One value per field.
    Values(Vec<Secret>),
    /// Yes.
    Yes,
    /// No.
    No,
}
