//! What a host can do.

use virt::connect::Connect;

use super::Done;
use crate::{
    backend::{
        ConnectionHandle, Operation, Result,
        connection::{Key, Lane},
    },
    model::Failure,
};

impl ConnectionHandle {
    /// libvirt's `<capabilities>` of the host.
    ///
    /// # Errors
    /// If the host does not answer.
    pub async fn capabilities_xml(&self) -> Result<String> {
        let lane = Lane::Quick(Key::Any);
        self.call(lane, Operation::Read, "", |conn| Ok(conn.capabilities()?)).await
    }

    /// Memory of the host that nothing uses now, in bytes.
    ///
    /// # Errors
    /// If the host does not answer or its driver has no such call.
    pub async fn free_memory(&self) -> Result<u64> {
        let lane = Lane::Quick(Key::Any);
        self.call(lane, Operation::Read, "", |conn| Ok(conn.free_memory()?)).await
    }

    /// libvirt's `<domainCapabilities>` for one combination; `None` leaves the
    /// choice to libvirt.
    ///
    /// # Errors
    /// If the combination does not exist or the driver has no such call.
    pub async fn domain_capabilities_xml(
        &self,
        emulator: Option<String>,
        arch: Option<String>,
        machine: Option<String>,
        virt_type: Option<String>,
    ) -> Result<String> {
        let of = Combination { emulator, arch, machine, virt_type };
        // The first question about an emulator starts it to see what it can do.
        let lane = Lane::Quick(Key::Any);
        self.call(lane, Operation::Read, "", move |conn| domain_capabilities(conn, &of)).await
    }
}

/// One combination of what a guest can be made of; `None` leaves the choice to
/// libvirt.
#[derive(Clone, Debug, Default)]
pub(super) struct Combination {
    pub(super) emulator: Option<String>,
    pub(super) arch: Option<String>,
    pub(super) machine: Option<String>,
    pub(super) virt_type: Option<String>,
}

/// libvirt's `<domainCapabilities>` for a combination.
pub(super) fn domain_capabilities(conn: &Connect, of: &Combination) -> Done<String> {
    let all = [&of.emulator, &of.arch, &of.machine, &of.virt_type];
    for text in all.into_iter().flatten() {
        super::domain::usable(text)?;
    }
    conn.domain_capabilities(
        of.emulator.as_deref(),
        of.arch.as_deref(),
        of.machine.as_deref(),
        of.virt_type.as_deref(),
        0,
    )
    .map_err(Failure::from)
}
