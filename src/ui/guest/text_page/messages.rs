//! What a text console's page hears and says.

use crate::{
    backend::{BackendError, ConnectionHandle, NoTextConsole, TextConsole, TextConsoleEnd},
    console::{ReleaseChord, Zoom},
    model::{DomainAction, DomainId, TextPortId},
    settings::Settings,
    ui::{error::UserMessage, guest::view::GuestView},
};

/// What the page is made from.
#[derive(Debug)]
pub(crate) struct TextInit {
    /// The guest's host.
    pub(crate) handle: ConnectionHandle,
    /// The guest.
    pub(crate) id: DomainId,
    /// Which of its consoles.
    pub(crate) port: TextPortId,
    /// The keys that give the keyboard back, and how they are called.
    pub(crate) chord: (ReleaseChord, String),
    /// The user's settings.
    pub(crate) settings: Settings,
    /// The guest as it is.
    pub(crate) view: GuestView,
}

/// What is to be done with the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextAction {
    /// Copy what is selected.
    Copy,
    /// Type the clipboard.
    Paste,
    /// Select all text.
    SelectAll,
    /// Open the search bar.
    Search,
    /// Save all text to a file.
    Save,
    /// Forget what was shown.
    Clear,
    /// Bring the terminal back to its first state.
    Reset,
    /// Send nothing to the guest, or send again.
    ViewOnly(bool),
    /// Change the letters' size.
    Zoom(Zoom),
}

/// What happens to the page.
#[derive(Debug)]
pub(crate) enum TextInput {
    /// The guest has changed.
    Guest(Box<GuestView>),
    /// The console of this number has ended.
    Ended(u64, TextConsoleEnd),
    /// The guest behind the console of this number does not read what it is
    /// sent, or reads again.
    Stuck(u64, bool),
    /// It is time to try again.
    Retry(u64),
    /// The button was pressed.
    Offer,
    /// "Details" was pressed.
    Details,
    /// Another viewer is to be thrown out; the user was asked.
    TakeOver,
    /// An action on the terminal was chosen.
    Do(TextAction),
    /// Something else is searched for.
    Search(String),
    /// The search goes on, upwards or downwards.
    Next {
        /// Towards older text.
        above: bool,
    },
    /// The search bar was closed.
    SearchEnded,
    /// The page is shown: the terminal gets the focus.
    Focus,
    /// Light and dark, the font or the preferences have changed.
    Look,
}

/// What the page asks of its window.
#[derive(Debug)]
pub(crate) enum TextOutput {
    /// Do this with the guest.
    Act(DomainAction),
    /// Offer to restart the guest.
    Restart,
    /// Say this in passing.
    Say(String),
    /// A quick action failed.
    Failed(UserMessage),
}

/// Results of work in the background.
#[derive(Debug)]
pub(crate) enum TextCmd {
    /// The console of this number, or why there is none.
    Opened(u64, Result<Result<TextConsole, NoTextConsole>, BackendError>),
}
