//! Pools, volumes and files of this computer.

use std::path::PathBuf;

use crate::{
    backend::{ConnectionHandle, JobHandle, Result},
    model::{FileAccess, PoolId, PoolSummary, VolumeSummary},
};

impl ConnectionHandle {
    /// The host's pools, by name.
    ///
    /// # Errors
    /// If the host does not answer.
    pub async fn pools(&self) -> Result<Vec<PoolSummary>> {
        todo!()
    }

    /// The volumes of a started pool, by name.
    ///
    /// # Errors
    /// If the pool is gone or not started.
    pub async fn volumes(&self, _pool: PoolId) -> Result<Vec<VolumeSummary>> {
        todo!()
    }

    /// The pool for new disks: `default`, made and started if there is none
    /// (`/var/lib/libvirt/images`, or the user's own folder in session mode).
    ///
    /// # Errors
    /// As libvirt refuses it.
    pub async fn default_pool(&self) -> Result<PoolSummary> {
        todo!()
    }

    /// `length` bytes of a volume from `offset`, to look into an image without
    /// copying it. At most 1 MiB.
    ///
    /// # Errors
    /// If the volume cannot be read.
    pub async fn read_volume(&self, _path: String, _offset: u64, _length: u64) -> Result<Vec<u8>> {
        todo!()
    }

    /// Whether the hypervisor can read a file of this computer.
    pub async fn file_access(&self, _path: PathBuf) -> FileAccess {
        todo!()
    }

    /// Copies a file of this computer into a new volume of `pool`. The volume
    /// is removed if the copy fails or is cancelled.
    ///
    /// # Errors
    /// If the host is not connected.
    pub async fn upload(&self, _file: PathBuf, _pool: PoolId, _name: String) -> Result<JobHandle> {
        todo!()
    }
}
