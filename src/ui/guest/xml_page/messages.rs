//! What reaches the page and what it says.

use super::super::view::GuestView;
use crate::backend::BackendError;

/// What happens to the page.
#[derive(Debug)]
pub(in crate::ui::guest) enum XmlInput {
    /// The guest has changed.
    Guest(Box<GuestView>),
    /// The page is shown.
    Shown,
    /// The text was edited.
    Edited,
    /// "Apply" was pressed.
    Apply,
    /// "Revert" was pressed.
    Revert,
    /// "Details" of the error was pressed.
    Details,
    /// Search was opened or closed.
    Search(bool),
    /// The searched text changed.
    Find(String),
    /// The next place was asked for, or the previous one.
    FindNext(bool),
}

/// What the page asks of its window.
#[derive(Debug)]
pub(in crate::ui::guest) enum XmlOutput {
    /// Say this in passing.
    Say(String),
}

/// Results of work in the background.
#[derive(Debug)]
pub(in crate::ui::guest) enum XmlCmd {
    /// The definition was read. It can hold passwords, so it is not printed.
    Read(Result<Hidden, BackendError>),
    /// The definition was replaced, or not.
    Applied(Result<(), BackendError>),
}

/// A definition with its secrets: never in a log.
pub(in crate::ui::guest) struct Hidden(pub(super) String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden(…)")
    }
}
