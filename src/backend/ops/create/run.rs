//! Making a guest: everything or nothing.

use virt::{connect::Connect, domain::Domain, storage_pool::StoragePool};
use virt_sys as libvirt;

use super::{CreateRequest, NewVolume};
use crate::{
    backend::{
        jobs::{JobContext, JobResult},
        ops::{
            Done,
            delete::undefine,
            domain::{force_off, usable},
            storage::{self, MadeVolume},
        },
    },
    model::{Failure, FailureKind, JobPhase, xml::Document},
};

/// The job of a creation.
pub(super) fn create(conn: &Connect, request: &CreateRequest, job: &JobContext) -> JobResult {
    job.phase(JobPhase::Preparing);
    check(conn, request)?;
    let pools = request
        .volumes
        .iter()
        .map(|volume| Ok(conn.lookup_storage_pool_by_uuid(volume.pool.0)?))
        .collect::<Done<Vec<StoragePool>>>()?;
    for (volume, pool) in request.volumes.iter().zip(&pools) {
        storage::name_is_free(pool, &volume.name)?;
    }
    job.check()?;

    // Dropped in the reverse order on any way out: first the guest, then what
    // it stands on.
    let mut made = Vec::with_capacity(pools.len());
    let result = volumes(conn, request, &pools, &mut made, job)
        .and_then(|()| define_and_start(conn, request, job));
    match result {
        Ok(()) => made.into_iter().for_each(MadeVolume::keep),
        Err(_) => job.phase(JobPhase::CleaningUp),
    }
    result
}

/// What can be found out before anything is made.
fn check(conn: &Connect, request: &CreateRequest) -> Done {
    usable(&request.name)?;
    usable(&request.xml)?;
    if conn.lookup_domain_by_name(&request.name).is_ok() {
        return Err(Failure::new(FailureKind::AlreadyExists, request.name.as_str()));
    }
    let definition = Document::parse(&request.xml)?;
    if definition.get("name").as_deref() != Some(request.name.as_str()) {
        return Err(Failure::new(FailureKind::InvalidDefinition, "the names differ"));
    }
    // Defining over an existing guest would replace it.
    if let Some(uuid) = definition.get("uuid") {
        usable(&uuid)?;
        if conn.lookup_domain_by_uuid_string(uuid.trim()).is_ok() {
            return Err(Failure::new(FailureKind::AlreadyExists, uuid));
        }
    }
    if let Some(xml) = &request.first_boot_xml {
        usable(xml)?;
        let first = Document::parse(xml)?;
        if first.get("uuid").is_none() || first.get("uuid") != definition.get("uuid") {
            return Err(Failure::new(FailureKind::InvalidDefinition, "the UUIDs differ"));
        }
    }
    Ok(())
}

fn volumes(
    conn: &Connect,
    request: &CreateRequest,
    pools: &[StoragePool],
    made: &mut Vec<MadeVolume>,
    job: &JobContext,
) -> JobResult {
    let copied = |volume: &&NewVolume| volume.copy_of.is_some();
    let total = request.volumes.iter().filter(copied).try_fold(0, |sum, volume| {
        Ok::<u64, Failure>(sum + volume.copy_of.as_deref().map_or(Ok(0), storage::file_length)?)
    })?;
    job.phase(JobPhase::Allocating);
    let mut before = 0;
    for (volume, pool) in request.volumes.iter().zip(pools) {
        job.check()?;
        let Some(file) = &volume.copy_of else {
            made.push(storage::make(pool, &volume.name, &volume.format, volume.capacity)?);
            continue;
        };
        job.phase(JobPhase::Copying);
        let name = &volume.name;
        made.push(storage::copy(conn, pool, name, file, job, |done| {
            job.progress(before + done, Some(total));
        })?);
        before += storage::file_length(file)?;
    }
    Ok(())
}

fn define_and_start(conn: &Connect, request: &CreateRequest, job: &JobContext) -> JobResult {
    job.check()?;
    job.phase(JobPhase::Defining);
    let guest = Made(Some(conn.define_domain_xml(&request.xml)?));
    if request.start {
        job.check()?;
        job.phase(JobPhase::Starting);
        match &request.first_boot_xml {
            // Starts the guest just defined, with another definition for once.
            Some(xml) => drop(conn.create_domain_xml(xml, libvirt::VIR_DOMAIN_NONE)?),
            None => {
                if let Some(domain) = &guest.0 {
                    domain.create()?;
                }
            }
        }
    }
    job.check()?;
    guest.keep();
    Ok(())
}

/// A guest that is taken back unless it is kept.
struct Made(Option<Domain>);

impl Made {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let Some(domain) = self.0.take() else { return };
        if domain.is_active().unwrap_or(false)
            && let Err(failure) = force_off(&domain)
        {
            tracing::warn!("a guest that was not finished still runs: {}", failure.detail);
        }
        if let Err(failure) = undefine(&domain) {
            tracing::warn!("a guest that was not finished stays behind: {}", failure.detail);
        }
    }
}
