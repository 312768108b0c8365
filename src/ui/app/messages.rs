//! What the application is made from and what it is told.

use std::{cell::OnceCell, path::PathBuf, rc::Rc};

use crate::{
    backend::{Backend, PromptRequest},
    cli::{GuestSelector, LaunchIntent, ScreenSource},
    model::{ConnectionId, DomainId, GuestRef, Inventory, Viewer},
    ui::guest::{GuestPage, Opening, viewer::OpenError},
};

/// What the application is made from.
#[derive(Debug)]
pub struct AppInit {
    /// Where the backend goes, for `main` to shut it down at the end.
    pub backend: Rc<OnceCell<Backend>>,
}

/// What the application is told.
#[derive(Debug)]
pub enum AppInput {
    /// A command line, of this process or of a later one.
    Launch(LaunchIntent),
    /// Show a screen that a file or an address names.
    ShowScreen(ScreenSource),
    /// What names a screen was read.
    ScreenRead(Box<Result<Viewer, OpenError>>),
    /// A screen's window was closed.
    ScreenClosed(u64),
    /// Open a guest's window.
    OpenGuest(GuestRef, Opening),
    /// A guest's window was closed.
    GuestClosed(GuestRef),
    /// Open the assistant.
    CreateGuest {
        /// The host to propose.
        connection: Option<ConnectionId>,
        /// An ISO or a disk image to begin with.
        source: Option<PathBuf>,
    },
    /// The assistant was closed.
    CreateClosed,
    /// Open the dialog that adds a host.
    AddHost,
    /// Open the dialog that edits a host.
    EditHost(ConnectionId),
    /// The dialog about a host was closed.
    HostDialogClosed,
    /// A host was added or its URI changed: connect and show it.
    HostSaved(ConnectionId),
    /// Show the shortcuts.
    Shortcuts,
    /// Show the preferences.
    Preferences,
    /// Show who made this.
    About,
    /// Show or hide the sidebar.
    ToggleSidebar,
    /// The main window's close button.
    MainClosed,
    /// The present question was answered or cancelled.
    PromptDone,
    /// End the program.
    Quit,
}

/// What arrives from the backend.
#[derive(Debug)]
pub enum AppCmd {
    /// A host asks something.
    Prompt(PromptRequest),
    /// The guest with this running number was looked for.
    Numbered(ConnectionId, GuestSelector, Option<GuestPage>, Option<DomainId>),
    /// News of a host on which the command line wants a guest.
    Inventory(ConnectionId, std::sync::Arc<Inventory>),
}
