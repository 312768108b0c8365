//! What the assistant is made from and what it asks of its parent.

use std::path::PathBuf;

use crate::{
    model::{ConnectionId, GuestRef},
    ui::context::Context,
};

/// What the assistant is made from. Its root is an `adw::Dialog`.
#[derive(Debug)]
pub struct CreateInit {
    /// The backend and the hosts.
    pub context: Context,
    /// The host to propose; nothing proposes the first connected one.
    pub connection: Option<ConnectionId>,
    /// An ISO or a disk image to begin with.
    pub source: Option<PathBuf>,
}

/// What the assistant asks of its parent.
#[derive(Debug)]
pub enum CreateOutput {
    /// The guest is made: open its console.
    Created(GuestRef),
    /// The dialog was closed; drop its controller.
    Closed,
}
