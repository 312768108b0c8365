//! What the backend reports when something fails.

use crate::model::Failure;

/// A failed operation: what was tried, on what, and why it failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation:?} on '{object}' failed: {failure:?}")]
pub struct BackendError {
    /// What was tried.
    pub operation: Operation,
    /// Name of the guest, pool, network, file or host it was tried on.
    pub object: String,
    /// Why it failed.
    pub failure: Failure,
}

/// An operation, as far as a message to the user needs to tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Opening or keeping the connection to a host.
    Connect,
    /// Reading lists, definitions or state.
    Read,
    /// An action on a guest as a whole.
    Action(crate::model::DomainAction),
    /// Changing a guest's definition, name, title or notes.
    Edit,
    /// Making a guest.
    Create,
    /// Deleting a guest.
    Delete,
    /// Making, copying or removing a volume.
    Storage,
    /// Starting or changing a network.
    Network,
    /// Opening a console.
    Console,
    /// Taking a screenshot.
    Screenshot,
    /// Taking a snapshot of disks and memory, or removing it.
    Snapshot,
}

/// The backend's result.
pub type Result<T> = std::result::Result<T, BackendError>;
