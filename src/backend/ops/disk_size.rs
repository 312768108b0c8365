//! How large a guest's disk is, and making it larger.

use virt_sys as libvirt;

use super::{Done, domain::usable, storage};
use crate::{
    backend::{
        ConnectionHandle, Operation, Result,
        connection::{Key, Lane, lookup_domain},
        sys::stats,
    },
    model::{DomainId, Failure, FailureKind},
};

/// The sizes of a guest's disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSize {
    /// What the guest sees.
    pub capacity: u64,
    /// What is written on the host.
    pub allocation: u64,
}

impl ConnectionHandle {
    /// How large the disk with this target (`vda`, say) is.
    ///
    /// # Errors
    /// If there is no such disk, or its image cannot be read.
    pub async fn disk_size(&self, id: DomainId, target: String) -> Result<DiskSize> {
        // Of a running guest its monitor has to answer.
        let lane = Lane::Read(Key::Domain(id));
        self.call(lane, Operation::Read, self.domain_name(id), move |conn| {
            usable(&target)?;
            let info = lookup_domain(conn, id)?.block_info(&target, 0)?;
            Ok(DiskSize { capacity: info.capacity, allocation: info.allocation })
        })
        .await
    }

    /// How large the guest sees its disks, in bytes, by their targets: one
    /// question for all of them. Those that cannot be read are left out.
    ///
    /// # Errors
    /// If the host does not answer or its driver does not tell (`Unsupported`).
    pub async fn disk_sizes(&self, id: DomainId) -> Result<Vec<(String, u64)>> {
        let lane = Lane::Read(Key::Domain(id));
        self.call(lane, Operation::Read, self.domain_name(id), move |conn| {
            Done::Ok(stats::disk_sizes(&lookup_domain(conn, id)?)?)
        })
        .await
    }

    /// Makes a disk larger, at once: of a running guest by its hypervisor, else
    /// the volume at `path`. What is on it stays; the guest's system has to
    /// make use of the new room itself.
    ///
    /// # Errors
    /// `InvalidDefinition` if `bytes` is not more than the disk has: a smaller
    /// one would lose data. As libvirt refuses it: `NotFound` for an image of a
    /// guest that is off outside of all pools.
    pub async fn grow_disk(
        &self,
        id: DomainId,
        target: String,
        path: String,
        bytes: u64,
    ) -> Result<()> {
        let lane = Lane::Slow(Key::Domain(id));
        let done = self
            .call(lane, Operation::Storage, path.clone(), move |conn| {
                usable(&target)?;
                let domain = lookup_domain(conn, id)?;
                if domain.block_info(&target, 0)?.capacity >= bytes {
                    let why = "the disk is not smaller than that";
                    return Err(Failure::new(FailureKind::InvalidDefinition, why));
                }
                if domain.is_active()? {
                    domain.block_resize(&target, bytes, libvirt::VIR_DOMAIN_BLOCK_RESIZE_BYTES)?;
                } else {
                    storage::volume_at(conn, &path)?.resize(bytes, 0)?;
                }
                Done::Ok(())
            })
            .await;
        self.touch(id);
        done
    }
}
