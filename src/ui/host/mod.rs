//! Everything about a host as such: adding and editing its connection, what
//! it asks, what it is, what went wrong.

mod advice;
pub(crate) mod auth_dialog;
mod dialog;
mod discover;
mod failure_page;
mod page;
mod summary;
mod welcome;
mod words;

#[cfg(test)]
mod tests;

pub use dialog::{HostDialog, HostDialogInit, HostDialogInput, HostDialogOutput};
pub(crate) use page::{HostPage, HostPageInit, HostPageInput, HostPageOutput};
pub(crate) use welcome::{Welcome, WelcomeInit, WelcomeOutput};
pub(crate) use words::{proposed_name, state_icon, state_text, uri_error};
