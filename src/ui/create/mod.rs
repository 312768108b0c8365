//! The assistant that makes a guest.

mod messages;

pub use messages::{CreateInit, CreateOutput};
