//! What a host can run, from libvirt's two descriptions of it.
//!
//! [`HostCapabilities`] says which architectures there are and how each can be
//! run; [`DomainCapabilities`] what one choice of architecture, machine and way
//! to run offers a guest. Both are plain values, read tolerantly: what a driver
//! or an older libvirt leaves out is `None` ("not said") and not an error.

mod domain;
mod host;
#[cfg(test)]
pub(crate) mod tests;

pub use domain::{CpuModel, CpuModes, DomainCapabilities, Loader, Offer};
pub use host::{GuestCapabilities, GuestFeature, HostCapabilities, Machine, SecurityModel};
