//! From a failure to words and to the place where they are shown.

mod surface;

pub use surface::{details, say, toast};

use gettextrs::gettext;

use crate::{
    backend::{BackendError, Operation},
    i18n::{fill, gettext_f},
    model::{DomainAction, Failure, FailureKind},
};

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
pub fn describe(error: &BackendError) -> UserMessage {
    let title = match error.failure.kind {
        FailureKind::DisksLeft => {
            gettext_f("Disks of “{guest}” could not be removed", &[("guest", &error.object)])
        }
        _ => title(error.operation, &error.object),
    };
    UserMessage {
        title,
        body: cause(&error.failure, error.operation),
        detail: error.failure.detail.clone(),
    }
}

/// What could not be done.
fn title(operation: Operation, object: &str) -> String {
    let text = match operation {
        Operation::Connect => gettext("“{name}” could not be reached"),
        Operation::Read => gettext("“{name}” could not be read"),
        Operation::Action(action) => return fill(&action_failed(action), &[("name", object)]),
        Operation::Edit => gettext("“{name}” could not be changed"),
        Operation::Create => gettext("“{name}” could not be created"),
        Operation::Delete => gettext("“{name}” could not be deleted"),
        Operation::Storage => gettext("Storage “{name}” could not be changed"),
        Operation::Network => gettext("Network “{name}” could not be changed"),
        Operation::Console => gettext("The console of “{name}” could not be opened"),
        Operation::Screenshot => gettext("No screenshot of “{name}” could be taken"),
        Operation::Snapshot => gettext("No snapshot of “{name}” could be taken"),
    };
    fill(&text, &[("name", object)])
}

fn action_failed(action: DomainAction) -> String {
    match action {
        DomainAction::Start => gettext("“{name}” could not be started"),
        DomainAction::Pause => gettext("“{name}” could not be paused"),
        DomainAction::Resume => gettext("“{name}” could not be resumed"),
        DomainAction::ShutDown => gettext("“{name}” could not be shut down"),
        DomainAction::Reboot => gettext("“{name}” could not be restarted"),
        DomainAction::Reset => gettext("“{name}” could not be reset"),
        DomainAction::ForceOff => gettext("“{name}” could not be forced off"),
        DomainAction::Save => gettext("“{name}” could not be saved"),
        DomainAction::DropSavedState => gettext("The saved state of “{name}” could not be dropped"),
        DomainAction::EnableAutostart | DomainAction::DisableAutostart => {
            gettext("Starting “{name}” with the host could not be changed")
        }
    }
}

/// What the hypervisor cannot do, in libvirt's words: they alone name it.
fn unsupported(detail: &str) -> String {
    if detail.is_empty() {
        return gettext("This hypervisor cannot do this.");
    }
    let details = detail.trim_start_matches("unsupported configuration: ");
    // Translators: {details} is libvirt's own sentence
    gettext_f("This hypervisor cannot do this: {details}", &[("details", details)])
}

/// Why, and what to do next.
#[must_use]
pub fn cause(failure: &Failure, operation: Operation) -> String {
    match failure.kind {
        FailureKind::DaemonNotRunning => {
            gettext("libvirt is not running on the host. Start its service.")
        }
        FailureKind::PermissionDenied => match operation {
            Operation::Connect => gettext(
                "You have no access to this libvirt. Join the group “libvirt”, then log in again.",
            ),
            _ => gettext("You have no right to do this on the host. Ask its administrator."),
        },
        FailureKind::NoSsh => gettext("The program ssh is missing. Install OpenSSH’s client."),
        FailureKind::UnknownHostKey => {
            gettext("The host’s SSH key was not accepted. Connect again to be asked about it.")
        }
        FailureKind::HostKeyChanged => gettext(
            "The host shows another SSH key than before. Make sure that it is the right host.",
        ),
        FailureKind::AuthenticationFailed => match operation {
            Operation::Console => gettext("The console’s password was refused."),
            _ => gettext("The user name, password or key was refused."),
        },
        FailureKind::AuthenticationCancelled => gettext("The question for a password was closed."),
        FailureKind::RemoteHelperMissing => gettext(
            "The host lacks libvirt, or the helper it needs for SSH. Install libvirt there.",
        ),
        FailureKind::ConnectionRefused => gettext("Nothing answers on this port of the host."),
        FailureKind::UnknownHost => gettext("There is no host of this name."),
        FailureKind::Unreachable => gettext("No way leads to the host. Check the network."),
        FailureKind::Certificate => {
            gettext("A TLS certificate is missing, expired or not trusted.")
        }
        FailureKind::TimedOut => gettext(
            "The host did not answer in time. It may still do what was asked; look again in a moment.",
        ),
        FailureKind::Disconnected => {
            gettext("The connection to the host broke. Try again when it is back.")
        }
        FailureKind::NoDriver => gettext("This libvirt has no driver for this kind of host."),
        FailureKind::InvalidUri => {
            gettext("libvirt does not understand the connection’s URI. Edit the connection.")
        }
        FailureKind::NotFound => match operation {
            Operation::Action(_) | Operation::Edit | Operation::Delete => gettext(
                "It, or something it needs, is not on the host any more. It may have been removed from outside.",
            ),
            _ => gettext("It is not on the host any more. It may have been removed from outside."),
        },
        FailureKind::AlreadyExists => {
            gettext("The name is taken on this host. Choose another one.")
        }
        FailureKind::Busy => {
            gettext("Another operation on it is running. Wait for its end, then try again.")
        }
        FailureKind::InvalidState => match operation {
            Operation::Action(_) => {
                gettext("This is not possible in its present state. It may have changed meanwhile.")
            }
            _ => gettext(
                "This is not possible in its present state. Shutting the guest down may help.",
            ),
        },
        FailureKind::InvalidDefinition => {
            gettext("The host does not accept the definition. The details name the place.")
        }
        FailureKind::SchemaViolation => {
            gettext("The definition does not follow libvirt’s schema. The details say where.")
        }
        FailureKind::Unsupported => unsupported(&failure.detail),
        FailureKind::NoSpace => {
            gettext("There is no space left on the host’s storage. Free some, then try again.")
        }
        FailureKind::FileAccess => gettext(
            "The hypervisor may not open a file that it needs. Move the file into a storage pool, or give the hypervisor access.",
        ),
        FailureKind::NetworkInactive => gettext(
            "A virtual network that it needs is not running. Start the network, then try again.",
        ),
        FailureKind::NoMemory => gettext(
            "The host has too little free memory. Stop another guest, or give this one less.",
        ),
        FailureKind::InUse => {
            gettext("Another guest or program is using a file or device that it needs.")
        }
        FailureKind::DisksLeft => gettext(
            "The guest is deleted, but some of its disks are still there. The details name them.",
        ),
        FailureKind::Cancelled => gettext("It was cancelled."),
        FailureKind::Internal => {
            gettext("This is a defect of Posada. Please report it with the details.")
        }
        FailureKind::Other => match operation {
            Operation::Action(DomainAction::Start) => {
                gettext("The hypervisor refused to run it. The details say what it reports.")
            }
            _ => gettext("The details say what libvirt reports."),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(operation: Operation, kind: FailureKind) -> UserMessage {
        let failure = Failure::new(kind, "error: <raw> text");
        describe(&BackendError { operation, object: "web".to_owned(), failure })
    }

    #[test]
    fn a_message_names_the_guest_the_cause_and_keeps_libvirts_words_apart() {
        let text = message(Operation::Action(DomainAction::Start), FailureKind::NetworkInactive);
        assert_eq!(text.title, "“web” could not be started");
        assert!(text.body.contains("Start the network"));
        assert_eq!(text.detail, "error: <raw> text");
        assert!(!text.body.contains("raw"));
    }

    #[test]
    fn the_same_cause_has_the_advice_that_fits_the_operation() {
        let connect = message(Operation::Connect, FailureKind::PermissionDenied);
        let start = message(Operation::Action(DomainAction::Start), FailureKind::PermissionDenied);
        assert!(connect.body.contains("group"));
        assert_ne!(connect.body, start.body);
    }
}
