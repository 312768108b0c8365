//! What a host can do.

use crate::backend::{ConnectionHandle, Result};

impl ConnectionHandle {
    /// libvirt's `<capabilities>` of the host.
    ///
    /// # Errors
    /// If the host does not answer.
    pub async fn capabilities_xml(&self) -> Result<String> {
        todo!()
    }

    /// libvirt's `<domainCapabilities>` for one combination; `None` leaves the
    /// choice to libvirt.
    ///
    /// # Errors
    /// If the combination does not exist or the driver has no such call.
    pub async fn domain_capabilities_xml(
        &self,
        _emulator: Option<String>,
        _arch: Option<String>,
        _machine: Option<String>,
        _virt_type: Option<String>,
    ) -> Result<String> {
        todo!()
    }
}
