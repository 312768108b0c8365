//! The list of guests of one host, or of all hosts.

mod messages;

pub use messages::{GuestsInit, GuestsInput, GuestsOutput, Scope};
