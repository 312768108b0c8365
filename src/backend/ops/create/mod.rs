//! Making a guest: volumes, definition, first start; all or nothing.

mod eject;
mod run;
mod waiter;

pub use waiter::main_if_called;
pub(in crate::backend) use waiter::prepare;

use std::path::PathBuf;

use uuid::Uuid;

use crate::{
    backend::{ConnectionHandle, JobHandle, Operation, Result},
    model::{DomainId, JobKind, PoolId, xml::Document},
};

/// A guest to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRequest {
    /// Its name, for messages and the job list; the same as in the XML.
    pub name: String,
    /// The definition it keeps: without an installation medium.
    pub xml: String,
    /// The definition of the first run, with the installation medium and the
    /// same UUID; nothing where it is the same as `xml`.
    pub first_boot_xml: Option<String>,
    /// Volumes to make first. They are removed again if anything fails.
    pub volumes: Vec<NewVolume>,
    /// Whether to start it at once.
    pub start: bool,
}

/// A volume to be made for a new guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVolume {
    /// The pool it goes to.
    pub pool: PoolId,
    /// Its name in the pool; it must not exist.
    pub name: String,
    /// `qcow2` or `raw`.
    pub format: String,
    /// Size that the guest sees, in bytes.
    pub capacity: u64,
    /// A file of this computer whose bytes it gets: an image to import.
    pub copy_of: Option<PathBuf>,
}

impl ConnectionHandle {
    /// Makes a guest, all or nothing. The job's last snapshot tells the end;
    /// the new guest arrives in the inventory.
    ///
    /// # Errors
    /// If the host is not connected.
    pub async fn create(&self, request: CreateRequest) -> Result<JobHandle> {
        let name = request.name.clone();
        let kind = JobKind::Create { guest: name.clone() };
        let first_boot = request.first_boot_xml.as_deref().filter(|_| request.start);
        let watched = first_boot.and_then(|xml| {
            let uuid = Document::parse(xml).ok()?.get("uuid")?;
            Uuid::parse_str(uuid.trim()).ok().map(DomainId)
        });
        let waiter = match watched {
            Some(id) => waiter::Waiter::start(self, id).await,
            None => None,
        };
        let job = self
            .start_job(Operation::Create, name, kind, move |conn, job| {
                run::create(conn, &request, job)
            })
            .await?;
        if let Some(id) = watched {
            eject::watch(self, &job, id, waiter);
        }
        Ok(job)
    }
}
