//! What a guest's window is made from and what it asks of the application.

use crate::{model::GuestRef, ui::context::Context};

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

/// What a guest's window is made from.
#[derive(Debug)]
pub struct GuestWindowInit {
    /// The backend and the hosts.
    pub context: Context,
    /// The guest.
    pub guest: GuestRef,
    /// The page to open at.
    pub page: GuestPage,
}

/// What a guest's window asks of the application.
#[derive(Debug)]
pub enum GuestWindowOutput {
    /// The window was closed; drop its controller.
    Closed(GuestRef),
}
