//! Posada: a desktop manager for virtual machines on libvirt.
//!
//! Four layers, each using only those above it in this list:
//!
//! 1. [`model`]: plain values and pure functions.
//! 2. [`backend`]: everything that talks to libvirt, on threads of its own.
//! 3. [`console`]: a guest's screen as a GTK widget.
//! 4. [`ui`]: the windows, as a tree of Relm4 components.
//!
//! `tests/architecture.rs` holds the layers apart.

pub mod backend;
pub mod cli;
pub mod config;
pub mod console;
pub mod i18n;
pub mod logging;
pub mod model;
pub mod settings;
pub mod start;
pub mod ui;
