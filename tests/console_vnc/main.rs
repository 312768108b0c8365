//! The console against real servers (QEMU's own, TigerVNC's) and against
//! hostile ones. Needs a display.

mod harness;
mod hostile;
mod qemu;
mod tigervnc;
