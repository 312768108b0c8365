//! Pools, volumes and files of this computer.

mod access;
mod pools;
mod upload;

pub(super) use pools::{all_volumes, volume_at};
pub(super) use upload::{MadeVolume, copy, file_length, make, name_is_free};

use std::path::PathBuf;

use crate::{
    backend::{
        ConnectionHandle, JobHandle, Operation, Result,
        connection::{Key, Lane, lookup_pool},
    },
    model::{FileAccess, JobKind, PoolId, PoolSummary, VolumeSummary},
};

impl ConnectionHandle {
    /// The host's pools, by name.
    ///
    /// # Errors
    /// If the host does not answer.
    pub async fn pools(&self) -> Result<Vec<PoolSummary>> {
        self.call(Lane::Quick(Key::Any), Operation::Read, "", pools::pools).await
    }

    /// The volumes of a started pool, by name.
    ///
    /// # Errors
    /// If the pool is gone or not started.
    pub async fn volumes(&self, pool: PoolId) -> Result<Vec<VolumeSummary>> {
        // A pool of thousands is read on the other connection.
        let lane = Lane::Slow(Key::Any);
        self.call(lane, Operation::Read, "", move |conn| pools::volumes(conn, pool)).await
    }

    /// The pool for new disks: `default`, made and started if there is none
    /// (`/var/lib/libvirt/images`, or the user's own folder in session mode).
    /// A session on another computer gives the started folder pool with the
    /// most space, since where its user's home is cannot be known from here.
    ///
    /// # Errors
    /// `NotFound` if such a session has no folder pool; as libvirt refuses it.
    pub async fn default_pool(&self) -> Result<PoolSummary> {
        let facts = self.facts(Operation::Storage, "default")?;
        // One at a time, or two would make it.
        let lane = Lane::Quick(Key::Host);
        self.call(lane, Operation::Storage, "default", move |conn| {
            pools::default_pool(conn, &facts)
        })
        .await
    }

    /// Starts a pool.
    ///
    /// # Errors
    /// If the pool is gone; as libvirt refuses it.
    pub async fn start_pool(&self, pool: PoolId) -> Result<()> {
        let name = pool.to_string();
        self.call(Lane::Slow(Key::Host), Operation::Storage, name, move |conn| {
            pools::start(&lookup_pool(conn, pool)?)
        })
        .await
    }

    /// `length` bytes of a volume from `offset`, to look into an image without
    /// copying it; fewer at its end. At most 1 MiB.
    ///
    /// # Errors
    /// If the volume cannot be read.
    pub async fn read_volume(&self, path: String, offset: u64, length: u64) -> Result<Vec<u8>> {
        let lane = Lane::Slow(Key::Any);
        self.call(lane, Operation::Storage, path.clone(), move |conn| {
            pools::read(conn, &path, offset, length)
        })
        .await
    }

    /// Whether the hypervisor can read a file of this computer as the file is,
    /// with nobody's owner or mode changed. Whoever uses a file that is
    /// `Readable` as a medium should say `relabel='no'` for it, or libvirt
    /// hands it over to the hypervisor's user for good.
    pub async fn file_access(&self, path: PathBuf) -> FileAccess {
        let Ok(facts) = self.facts(Operation::Read, "") else { return FileAccess::Unknown };
        if !facts.local {
            return FileAccess::Remote;
        }
        let capabilities = if facts.session {
            None
        } else {
            let Ok(capabilities) = self.capabilities_xml().await else {
                return FileAccess::Unknown;
            };
            Some(capabilities)
        };
        let lane = Lane::Quick(Key::Any);
        self.call(lane, Operation::Read, "", move |_| {
            Ok(match capabilities {
                None => access::by_myself(&path),
                Some(capabilities) => access::by_hypervisor(&capabilities, &path),
            })
        })
        .await
        .unwrap_or(FileAccess::Unknown)
    }

    /// Copies a file of this computer into a new volume of `pool`. The volume
    /// is removed if the copy fails or is cancelled.
    ///
    /// # Errors
    /// If the host is not connected or the pool is gone.
    pub async fn upload(&self, file: PathBuf, pool: PoolId, name: String) -> Result<JobHandle> {
        let operation = Operation::Storage;
        let lane = Lane::Quick(Key::Any);
        let pool_name = self
            .call(lane, operation, name.clone(), move |conn| Ok(lookup_pool(conn, pool)?.name()?))
            .await?;
        let file_name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        let kind = JobKind::Upload { file: file_name.into_owned(), pool: pool_name };
        self.start_job(operation, name.clone(), kind, move |conn, job| {
            upload::upload(conn, &lookup_pool(conn, pool)?, &name, &file, job)
        })
        .await
    }
}
