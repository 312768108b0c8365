//! The safe layer over `virt-sys`: what the `virt` crate lacks or gets wrong.
//! The only place of the backend with `unsafe` code.
//!
//! Every function here may block on the network and belongs on a worker
//! thread, except where it says otherwise.

#![allow(unsafe_code)]

mod callbacks;
pub(crate) mod domain;
mod event_loop;
mod events;
mod open;
pub(crate) mod process;
mod shared;
pub(crate) mod stats;
mod stream;
mod transfer;
mod tuning;

pub(crate) use event_loop::start as start_event_loop;
pub(crate) use events::{
    CloseReason, DomainEvent, DomainEventKind, EventSource, HostEvent, Registrations, register,
};
pub(crate) use open::{Credential, open};
pub(crate) use shared::{SharedConnect, wait_until_closed};
pub(crate) use stream::{Incoming, StreamReader, open_console, unwatch, want, watch};
pub(crate) use transfer::{domain_open_graphics, stream_send_hole};
pub(crate) use tuning::tune;

use virt::error::Error;

/// Initialises the library once per process and silences its printing of
/// errors to the standard error stream. Does not block.
pub(crate) fn initialise() -> Result<(), Error> {
    virt::error::clear_error_callback();
    // SAFETY: virInitialize takes no arguments, is thread-safe and may be
    // called again.
    if unsafe { virt_sys::virInitialize() } < 0 {
        return Err(Error::last_error());
    }
    Ok(())
}
