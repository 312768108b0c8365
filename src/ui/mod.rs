//! Layer 4: the windows, as a tree of Relm4 components.
//!
//! ```text
//! app         the application: windows by guest, hosts, prompts, command line
//! ├ manager   the main window: sidebar of hosts, a page for what is selected
//! │ ├ guests  the list of guests of one host or of all
//! │ └ host    add and edit a connection, what a host is, what went wrong
//! ├ guest     a guest in a window: console, overview
//! ├ windows   the windows that guests are in, alone or as tabs
//! └ create    the assistant that makes a guest
//! ```
//!
//! A component's folder holds `mod.rs` (model, view, a thin update),
//! `messages.rs` (`XInit`, `XInput` what happened, `XOutput` what the parent
//! must do, `XCmd` results), `methods.rs` (behaviour) and `helpers.rs` (pure
//! functions with tests).

pub mod app;
pub mod context;
pub mod create;
mod dialogs;
pub mod error;
pub mod guest;
pub mod guests;
pub mod host;
pub mod jobs;
pub mod manager;
pub mod os_database;
#[cfg(test)]
mod testing;
mod thumbnail;
pub mod watch;
mod widgets;
mod windows;
pub mod words;
