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
    /// libvirt's `<capabilities>` of the host; asked once a connection.
    ///
    /// # Errors
    /// If the host does not answer.
    pub async fn capabilities_xml(&self) -> Result<String> {
        let lane = Lane::Quick(Key::Any);
        self.capabilities_once(
            self.call(lane, Operation::Read, "", |conn| Ok(conn.capabilities()?)),
        )
        .await
    }

    /// Memory that new programs can have, in bytes; nothing where it is not
    /// known. libvirt's own figure leaves out what the kernel only caches and
    /// would make nearly every host look full, so this is for local hosts.
    pub async fn available_memory(&self) -> Option<u64> {
        let facts = self.facts(Operation::Read, "").ok()?;
        if !facts.local {
            return None;
        }
        let lane = Lane::Quick(Key::Any);
        let text = self
            .call(lane, Operation::Read, "", |_| {
                Ok(std::fs::read_to_string("/proc/meminfo").unwrap_or_default())
            })
            .await
            .ok()?;
        mem_available(&text)
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

/// `MemAvailable:   20372 kB`, in bytes.
fn mem_available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
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

#[cfg(test)]
mod tests {
    use super::mem_available;

    #[test]
    fn cached_memory_counts_as_available() {
        let text = "MemTotal: 24000 kB\nMemFree:  245 kB\nMemAvailable:   20 kB\n";
        assert_eq!(mem_available(text), Some(20 * 1024));
        assert_eq!(mem_available("MemTotal: 1 kB\n"), None);
        assert_eq!(mem_available("MemAvailable: x kB\n"), None);
    }
}
