//! What a guest's window is made from and what it asks of the application.

use crate::{
    model::{DomainAction, GuestRef},
    ui::{context::Context, error::UserMessage},
};

use super::{console_page::Abilities, view::GuestView};

/// A page of a guest's window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GuestPage {
    /// The guest's screen.
    #[default]
    Console,
    /// What the guest is and how it does.
    Overview,
    /// Its definition.
    Hardware,
}

/// Where a guest is to be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpenIn {
    /// As the preferences say.
    #[default]
    Preferred,
    /// As a tab beside others.
    Tab,
    /// In a window of its own.
    Window,
}

/// How a guest is to be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// At which page.
    pub page: GuestPage,
    /// Where.
    pub place: OpenIn,
}

impl From<GuestPage> for Opening {
    fn from(page: GuestPage) -> Self {
        Self { page, ..Self::default() }
    }
}

/// What a guest's window is made from. Its root is a [`Pane`](super::Pane),
/// which the parent puts into a window.
#[derive(Debug)]
pub struct GuestWindowInit {
    /// The backend and the hosts.
    pub context: Context,
    /// The guest.
    pub guest: GuestRef,
    /// The page to open at.
    pub page: GuestPage,
}

/// What happens to a guest's window.
#[derive(Debug)]
pub enum GuestWindowInput {
    /// The parent wants this page to be seen.
    Show(GuestPage),
    /// The first button was pressed: start, pause or resume.
    MainAction,
    /// An action was chosen.
    Act(DomainAction),
    /// Renaming was chosen.
    Rename,
    /// Title and notes are to be edited.
    Describe,
    /// The tags are to be changed.
    Tag,
    /// The guest is to be restarted with what its definition has become.
    Restart,
    /// What can be done with the console has changed.
    Abilities(Abilities),
    /// Another of the guest's consoles was chosen, by its name.
    ShowConsole(String),
    /// A serial console is to be added.
    AddSerial,
    /// The window is narrow, or no longer.
    Narrow(bool),
    /// Another page is shown.
    PageChanged,
    /// Full screen was chosen, or left.
    ToggleFullscreen,
    /// The window is full screen now, or no longer.
    Fullscreened(bool),
    /// Something to say in passing.
    Say(String),
    /// A quick action failed.
    Failed(UserMessage),
    /// The window was closed.
    Close,
}

/// What a guest's window asks of the application.
#[derive(Debug)]
pub enum GuestWindowOutput {
    /// The window was closed; drop its controller.
    Closed(GuestRef),
}

/// What a guest's window hears from the backend.
#[derive(Debug)]
pub enum GuestWindowCmd {
    /// The guest, or its host, has changed.
    Guest(Box<GuestView>),
    /// The guest's load was read.
    Load(Option<std::sync::Arc<crate::model::GuestStats>>),
    /// A serial console was added, or not.
    SerialAdded(Result<(), crate::backend::BackendError>),
    /// An action has been answered.
    Acted(Result<(), crate::backend::BackendError>),
}
