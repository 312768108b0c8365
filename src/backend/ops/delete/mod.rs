//! Deleting a guest: first the plan that the user sees, then exactly that.

mod plan;
mod run;

pub(super) use run::undefine;

use crate::{
    backend::{
        ConnectionHandle, JobHandle, Operation, Result,
        connection::{Key, Lane, lookup_domain},
    },
    model::{DomainId, JobKind},
};

/// What deleting a guest would touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletePlan {
    /// The guest's disks.
    pub disks: Vec<DeletePlanDisk>,
    /// Whether the guest runs and would be forced off.
    pub active: bool,
    /// Whether a saved state would be lost.
    pub managed_save: bool,
    /// How many snapshots would be lost.
    pub snapshots: u32,
    /// Whether UEFI variables would be removed.
    pub nvram: bool,
}

/// A disk in a delete plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletePlanDisk {
    /// The guest's name for it (`vda`).
    pub target: String,
    /// Path or volume.
    pub path: String,
    /// Bytes it takes up on the storage, where known.
    pub size: Option<u64>,
    /// Names of other guests (or volumes, as a backing file) that use it. As
    /// long as there are any, it is not deleted.
    pub used_by: Vec<String>,
    /// Why it cannot be deleted by Posada; nothing where it can.
    pub kept_because: Option<KeptBecause>,
}

/// Why a disk is not offered for deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptBecause {
    /// Read-only or removable medium: an installation ISO, say.
    Medium,
    /// Marked as shared between guests.
    Shareable,
    /// Not in a storage pool, and the host is remote or the file not ours.
    Unmanaged,
    /// A whole device or a network disk.
    Device,
    /// Another guest's definition could not be read: it may use the disk.
    Unclear,
}

/// What the user agreed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteRequest {
    /// Paths of the disks to remove; all others stay.
    pub disks: Vec<String>,
}

impl ConnectionHandle {
    /// What deleting the guest would touch.
    ///
    /// # Errors
    /// If the guest is gone or the host does not answer.
    pub async fn delete_plan(&self, id: DomainId) -> Result<DeletePlan> {
        let name = self.domain_name(id);
        let local = self.facts(Operation::Read, name.as_str())?.local;
        // Reads the definitions of all guests.
        let lane = Lane::Slow(Key::Any);
        self.call(lane, Operation::Read, name, move |conn| {
            plan::plan(conn, &lookup_domain(conn, id)?, local)
        })
        .await
    }

    /// Deletes the image at `path`, which was a disk of the guest and is no more.
    ///
    /// # Errors
    /// `InUse` if the guest, now or at its next start, or anybody else uses it;
    /// as the host refuses it.
    pub async fn delete_unused_image(&self, id: DomainId, path: String) -> Result<()> {
        let local = self.facts(Operation::Storage, path.as_str())?.local;
        let lane = Lane::Slow(Key::Any);
        self.call(lane, Operation::Storage, path.clone(), move |conn| {
            run::delete_unused(conn, &lookup_domain(conn, id)?, &path, local)
        })
        .await
    }

    /// Forces the guest off, undefines it, and only then removes the disks.
    /// Nothing is touched if a disk of the request is not one that the plan
    /// offers, or if somebody else has begun to use it. A disk that cannot be
    /// removed does not keep the others; the job's failure then names each.
    ///
    /// # Errors
    /// If the host is not connected.
    pub async fn delete(&self, id: DomainId, request: DeleteRequest) -> Result<JobHandle> {
        let name = self.domain_name(id);
        let local = self.facts(Operation::Delete, name.as_str())?.local;
        let kind = JobKind::Delete { guest: name.clone() };
        self.start_job(Operation::Delete, name, kind, move |conn, job| {
            run::delete(conn, &lookup_domain(conn, id)?, &request, local, job)
        })
        .await
    }
}

#[cfg(test)]
mod tests;
