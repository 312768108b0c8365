//! What the main window is made from and what it is told.

use std::{path::PathBuf, sync::Arc};

use relm4::adw;

use crate::{
    model::{ConnectionId, GuestRef, HostState},
    ui::{
        context::{Context, HostEntry},
        guest::Opening,
    },
};

/// What the main window's content is made from.
#[derive(Debug)]
pub struct ManagerInit {
    /// The backend and the hosts.
    pub context: Context,
    /// The window that it fills.
    pub window: adw::ApplicationWindow,
}

/// What the main window is told.
#[derive(Debug)]
pub enum ManagerInput {
    /// A row of the sidebar was chosen.
    Selected(Selection),
    /// Show this host.
    ShowHost(ConnectionId),
    /// Show what this host is.
    ShowHostSummary(ConnectionId),
    /// Show or hide the sidebar.
    ToggleSidebar,
    /// The window became narrow or wide.
    Narrow(bool),
    /// An entry of a host's menu was chosen.
    Host(ConnectionId, HostCommand),
    /// A host's new name was given.
    Renamed(ConnectionId, String),
    /// Removing a host was confirmed.
    Removed(ConnectionId),
    /// The welcome page asks for a host.
    AddKnown(&'static str),
    /// Open a guest's window.
    OpenGuest(GuestRef, Opening),
    /// Open the assistant.
    CreateGuest(Option<ConnectionId>, Option<PathBuf>),
    /// Add a host by hand.
    AddHost,
    /// Edit a host.
    EditHost(ConnectionId),
}

/// What the sidebar's selection stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// The guests of every host.
    #[default]
    All,
    /// One host.
    Host(ConnectionId),
}

/// An entry of a host's menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostCommand {
    /// Connect, or try again.
    Connect,
    /// Disconnect, or stop trying.
    Disconnect,
    /// Ask for another name.
    Rename,
    /// Open the dialog for the connection.
    Edit,
    /// Connect at start, or no more.
    ToggleAutoconnect,
    /// Take it off the list.
    Remove,
}

/// What the main window asks of the application.
#[derive(Debug)]
pub enum ManagerOutput {
    /// Open a guest's window.
    OpenGuest(GuestRef, Opening),
    /// Open the assistant.
    CreateGuest {
        /// The host to propose.
        connection: Option<ConnectionId>,
        /// An ISO or a disk image to begin with.
        source: Option<PathBuf>,
    },
    /// Add a host by hand.
    AddHost,
    /// Edit a host.
    EditHost(ConnectionId),
}

/// What arrives from elsewhere.
#[derive(Debug)]
pub enum ManagerCmd {
    /// The list of hosts changed.
    Hosts(Arc<Vec<HostEntry>>),
    /// A host's connection is in another state.
    State(ConnectionId, HostState),
}
