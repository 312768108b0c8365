//! What consoles have in common whose library runs in a process of its own.
//!
//! The libraries decode on the default main context, which in this program is
//! GTK's, and read what a stranger's server sends. So each console has a
//! helper: the same program called with an argument of its own. A server that
//! breaks it breaks one console, and however long it computes, no window waits.
//!
//! `connect` opens the line to a server, `process` starts a helper and is its `main`, `line` is how the two speak,
//! `memory` the pixels they share, `outbox` the orders on their way, `shared`
//! what the threads on this side and the widget share. `tls` protects the line
//! to a server, `certificate` looks at what it shows, `link` tells of both.
//! `answers` finds out whether a server still answers, `sound_server` whether a
//! guest can be heard here.

mod answers;
mod certificate;
mod connect;
pub(super) mod line;
mod link;
mod memory;
mod outbox;
pub(super) mod process;
mod shared;
mod sound_server;
pub(super) mod tls;
mod why;

pub(super) use self::{
    answers::{Answers, Way},
    connect::{connect, dial},
    link::{Link, read_security, write_security},
    memory::Memory,
    outbox::{Order, Outbox},
    shared::{Dialect, Shared, io, lock, malformed},
    sound_server::sound_server,
    why::Why,
};

pub use process::set_helper_program;

#[cfg(test)]
mod tests;
