//! The console against QEMU's own SPICE server and against hostile ones. Needs
//! a display.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod spice_hostile;
mod spice_qemu;
#[path = "../viewer/mod.rs"]
mod viewer;
