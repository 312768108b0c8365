//! A guest's window.

mod messages;

pub use messages::{GuestPage, GuestWindowInit, GuestWindowOutput};
