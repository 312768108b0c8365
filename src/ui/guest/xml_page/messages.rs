//! What reaches the page and what it says.

use std::{fmt, time::SystemTime};

use super::{super::view::GuestView, conflict::Conflict};
use crate::{
    backend::{BackendError, SchemaProblem},
    model::{NoSnapshot, text_diff::Comparison},
};

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
    /// The banner's button was pressed.
    Banner,
    /// Search was opened or closed.
    Search(bool),
    /// The searched text changed.
    Find(String),
    /// The next place was asked for, or the previous one.
    FindNext(bool),
    /// What runs is to be shown beside, or no more.
    Compare(bool),
    /// The next difference was asked for, or the previous one.
    Difference(bool),
    /// "History" was pressed.
    History,
    /// An earlier definition is to come back.
    Restore(Hidden),
    /// The change was looked at and is wanted.
    Confirmed(Change),
    /// Somebody else's definition is taken instead of the edited text.
    TakeTheirs(Hidden),
    /// The edits go on top of somebody else's definition.
    OnTop {
        /// What the others made.
        theirs: Hidden,
        /// Both changes in one text, where they touch different lines.
        merged: Option<Hidden>,
    },
}

/// Results of work in the background.
#[derive(Debug)]
pub(in crate::ui::guest) enum XmlCmd {
    /// The definition was read. It can hold passwords, so it is not printed.
    Read(Result<Hidden, BackendError>),
    /// What runs now was read.
    Running(Result<Hidden, BackendError>),
    /// Nothing was typed for a moment since this edit.
    Settled(u64),
    /// The text as of this edit was looked at.
    Checked(u64, Box<Checked>),
    /// What a change would do.
    Reviewed(Box<Result<Review, BackendError>>),
    /// The definition was replaced, or not.
    Applied(Change, Result<(), BackendError>),
    /// The earlier definitions were read.
    History(Result<Vec<Earlier>, BackendError>),
}

/// A definition with its secrets: never in a log.
#[derive(Clone)]
pub(in crate::ui::guest) struct Hidden(pub(super) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// A definition that is to replace another one.
#[derive(Clone, Debug)]
pub(in crate::ui::guest) struct Change {
    /// What it replaces.
    pub(super) expected: Hidden,
    /// The new definition.
    pub(super) xml: Hidden,
    /// Whether it is the edited text, else an earlier definition.
    pub(super) edited: bool,
    /// Whether the host's schema may refuse it.
    pub(super) checked: bool,
    /// The name of the snapshot that is taken before.
    pub(super) snapshot: Option<String>,
}

/// What was found in the edited text.
#[derive(Debug)]
pub(in crate::ui::guest) struct Checked {
    /// Whether it differs from what was read.
    pub(super) edited: bool,
    /// Where it is no XML, with the parser's words.
    pub(super) malformed: Option<(usize, String)>,
    /// Where libvirt's schema speaks against it.
    pub(super) schema: Option<SchemaProblem>,
    /// How it differs from what runs.
    pub(super) running: Option<Comparison>,
}

/// What a change would do, before it is done.
#[derive(Debug)]
pub(in crate::ui::guest) struct Review {
    /// The change, against the definition as it is now.
    pub(super) change: Change,
    /// Where the new text is no XML.
    pub(super) malformed: Option<(usize, String)>,
    /// Where libvirt's schema speaks against it.
    pub(super) schema: Option<SchemaProblem>,
    /// What changes.
    pub(super) comparison: Comparison,
    /// What others changed since the text was read.
    pub(super) conflict: Option<Conflict>,
    /// Why no snapshot of the guest can be taken before.
    pub(super) no_snapshot: Option<NoSnapshot>,
}

/// An earlier definition.
#[derive(Debug)]
pub(in crate::ui::guest) struct Earlier {
    /// When it was replaced.
    pub(super) time: SystemTime,
    /// The definition.
    pub(super) xml: Hidden,
    /// How the one that followed differs from it.
    pub(super) comparison: Comparison,
}
