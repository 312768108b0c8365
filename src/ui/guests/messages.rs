//! What the list is made from and what it asks of its parent.

use std::path::PathBuf;

use crate::{
    model::{ConnectionId, GuestRef},
    ui::{context::Context, guest::GuestPage},
};

/// Which guests are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of every host.
    All,
    /// Those of one host.
    Host(ConnectionId),
}

/// What the list is made from.
#[derive(Debug)]
pub struct GuestsInit {
    /// The backend and the hosts.
    pub context: Context,
    /// Which guests.
    pub scope: Scope,
}

/// What the list asks of its parent.
#[derive(Debug)]
pub enum GuestsOutput {
    /// Open this guest's window at this page.
    OpenGuest(GuestRef, GuestPage),
    /// Open the assistant, perhaps with a file dropped on the list.
    CreateGuest {
        /// The host to make it on, where the list is of one host.
        connection: Option<ConnectionId>,
        /// An ISO or a disk image.
        source: Option<PathBuf>,
    },
}

/// What the parent tells the list.
#[derive(Debug)]
pub enum GuestsInput {
    /// Hosts were added, renamed or removed.
    HostsChanged,
}
