//! Deleting a guest: first the plan that the user sees, then exactly that.

use crate::{
    backend::{ConnectionHandle, JobHandle, Result},
    model::DomainId,
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
    /// Names of other guests (or volumes, as a backing file) that use it.
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
    pub async fn delete_plan(&self, _id: DomainId) -> Result<DeletePlan> {
        todo!()
    }

    /// Forces the guest off, undefines it, and only then removes the disks.
    ///
    /// # Errors
    /// If the host is not connected.
    pub async fn delete(&self, _id: DomainId, _request: DeleteRequest) -> Result<JobHandle> {
        todo!()
    }
}
