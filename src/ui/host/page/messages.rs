//! What a host's page is made from and what it is told.

use std::{path::PathBuf, sync::Arc};

use crate::{
    backend::Result,
    model::{ConnectionId, GuestRef, HostFacts, HostState},
    ui::{
        context::{Context, HostEntry},
        guest::Opening,
    },
};

/// What a host's page is made from.
#[derive(Debug)]
pub(crate) struct HostPageInit {
    /// The backend and the hosts.
    pub(crate) context: Context,
    /// The host.
    pub(crate) entry: HostEntry,
    /// Whether the window is narrow.
    pub(crate) narrow: bool,
}

/// What a host's page is told.
#[derive(Debug)]
pub(crate) enum HostPageInput {
    /// The entry in the list of hosts changed.
    Entry(HostEntry),
    /// The window became narrow or wide.
    Narrow(bool),
    /// Show what the host is.
    ShowSummary,
    /// Connect, or try again at once.
    ConnectClicked,
    /// Disconnect, or stop trying.
    DisconnectClicked,
    /// The countdown to the next try goes on.
    Tick,
    /// The list asks for something.
    OpenGuest(GuestRef, Opening),
    /// The list wants a new guest.
    CreateGuest(Option<PathBuf>),
    /// The switch for connecting at start was moved.
    AutoconnectChanged(bool),
    /// Edit the connection.
    EditClicked,
}

/// What a host's page asks of its parent.
#[derive(Debug)]
pub(crate) enum HostPageOutput {
    /// Open a guest's window.
    OpenGuest(GuestRef, Opening),
    /// Open the assistant for this host.
    CreateGuest(ConnectionId, Option<PathBuf>),
    /// Edit the connection.
    Edit(ConnectionId),
}

/// What arrives from the backend.
#[derive(Debug)]
pub(crate) enum HostPageCmd {
    /// Where the connection stands and what the host is.
    State(HostState, Option<Arc<HostFacts>>),
    /// libvirt's capabilities of the host, and what this computer says of KVM.
    Capabilities(Result<String>, Option<super::super::summary::LocalKvm>),
}
