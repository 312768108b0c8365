//! What the list is made from and what it asks of its parent.

use std::{path::PathBuf, sync::Arc};

use crate::{
    backend::BackendError,
    model::{ConnectionId, GuestRef, osinfo::OsDatabase},
    ui::{context::Context, guest::Opening, guests::actions::GuestAction},
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

/// What happened to the list. The parent sends [`GuestsInput::HostsChanged`];
/// the rest comes from the list's own widgets.
#[derive(Debug)]
pub enum GuestsInput {
    /// Hosts were added, renamed or removed.
    HostsChanged,
    /// The page can be seen now, or no longer.
    Shown(bool),
    /// The user has come back to the window.
    Returned,
    /// Other rows may be in view than before.
    ViewChanged,
    /// The page has another room.
    Resized,
    /// The text in the search entry changed.
    Search(String),
    /// The filter for states named so was switched.
    ToggleState(&'static str),
    /// The filter for this tag was switched.
    ToggleTag(String),
    /// The menu of filters has been opened or closed.
    Choosing(bool),
    /// Another order was chosen, by its name.
    SortBy(String),
    /// All filters are to be taken off.
    ClearFilters,
    /// Selection mode was switched.
    SelectionMode(bool),
    /// Other guests are selected.
    SelectionChanged,
    /// An action on the selected guests was asked for.
    Act(GuestAction),
    /// An action was asked for by a key, whether it can be done or not.
    Asked(GuestAction),
    /// All guests of the list are to be selected.
    SelectAll,
    /// A row was activated: its position in the list.
    Activated(u32),
    /// The menu was asked for at this place, or where the focus is.
    Menu(Option<(f64, f64)>),
    /// Something is to be said in a toast: an action that failed.
    Failed(Vec<BackendError>),
    /// A guest is to be made, perhaps from a dropped file.
    Create(Option<PathBuf>),
}

/// What the list asks of its parent.
#[derive(Debug)]
pub enum GuestsOutput {
    /// Open this guest's window at this page.
    OpenGuest(GuestRef, Opening),
    /// Open the assistant, perhaps with a file dropped on the list.
    CreateGuest {
        /// The host to make it on, where the list is of one host.
        connection: Option<ConnectionId>,
        /// An ISO or a disk image.
        source: Option<PathBuf>,
    },
}

/// Results of work in the background.
#[derive(Debug)]
pub enum GuestsCmd {
    /// A host's inventory changed.
    Inventory(ConnectionId),
    /// The load of a host's guests was read.
    Stats(ConnectionId),
    /// Actions are answered; these failed.
    Acted(Vec<BackendError>),
    /// The names of operating systems are known now.
    Systems(Arc<OsDatabase>),
    /// It is time to say which rows are in view.
    LookAround,
}
