//! Virtual networks and bridges.

use crate::{
    backend::{ConnectionHandle, Result},
    model::{NetworkId, NetworkSummary},
};

impl ConnectionHandle {
    /// The host's virtual networks, by name.
    ///
    /// # Errors
    /// If the host does not answer or its driver has no networks (`Unsupported`).
    pub async fn networks(&self) -> Result<Vec<NetworkSummary>> {
        todo!()
    }

    /// Starts a network and, where `autostart`, lets it start with the host.
    ///
    /// # Errors
    /// As libvirt refuses it.
    pub async fn start_network(&self, _id: NetworkId, _autostart: bool) -> Result<()> {
        todo!()
    }

    /// Names of the host's bridge devices that are not a virtual network's own.
    ///
    /// # Errors
    /// If the host does not answer.
    pub async fn bridges(&self) -> Result<Vec<String>> {
        todo!()
    }
}
