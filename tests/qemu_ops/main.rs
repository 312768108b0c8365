//! The backend's operations on a real libvirt with real QEMU guests.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod add;
mod console;
mod create;
mod delete;
mod exceptions;
mod fields;
mod guests;
mod host;
mod hung;
mod live_fields;
mod modify;
mod restart;
mod snapshot;
mod storage;
mod text_console;
mod tuning;
