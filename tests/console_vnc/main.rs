//! The console against real servers (QEMU's own, `TigerVNC`'s) and against
//! hostile ones. Needs a display.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod hostile;
mod pointer;
mod qemu;
mod security;
mod tigervnc;
#[path = "../viewer/mod.rs"]
mod viewer;
