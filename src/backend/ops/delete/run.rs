//! Deleting a guest: undefine first, storage after.

use std::path::Path;

use virt::{connect::Connect, domain::Domain, enumutil::Enum, error::ErrorNumber};
use virt_sys as libvirt;

use super::{
    DeleteRequest,
    plan::{all_users, is_own_file, plan},
};
use crate::{
    backend::{
        jobs::{JobContext, JobResult},
        ops::{Done, domain, storage},
    },
    model::{Failure, FailureKind, JobPhase},
};

/// The job of a deletion. Nothing is touched if the request does not fit what
/// is there now, and no disk is removed unless the guest is gone.
pub(super) fn delete(
    conn: &Connect,
    domain: &Domain,
    request: &DeleteRequest,
    local: bool,
    job: &JobContext,
) -> JobResult {
    let plan = plan(conn, domain, local)?;
    for path in &request.disks {
        let disk = plan.disks.iter().find(|disk| disk.path == *path);
        let Some(disk) = disk.filter(|disk| disk.kept_because.is_none()) else {
            let detail = format!("{path} is not a disk of the guest that can be removed");
            return Err(Failure::new(FailureKind::InvalidState, detail).into());
        };
        if !disk.used_by.is_empty() {
            let detail = format!("{path} is used by {}", disk.used_by.join(", "));
            return Err(Failure::new(FailureKind::InUse, detail).into());
        }
    }
    job.check()?;

    job.phase(JobPhase::Removing);
    let persistent = domain.is_persistent()?;
    if plan.active {
        domain::force_off(domain)?;
    }
    if persistent {
        undefine(domain)?;
    }

    // From here on a cancel comes too late: the guest is gone.
    let mut left: Vec<String> = Vec::new();
    let total = request.disks.len() as u64;
    for (done, path) in (0..).zip(&request.disks) {
        job.progress(done, Some(total));
        if let Err(failure) = remove_disk(conn, path, local) {
            left.push(format!("{path}: {}", failure.detail));
        }
    }
    job.progress(total, Some(total));
    if left.is_empty() {
        return Ok(());
    }
    Err(Failure::new(FailureKind::DisksLeft, left.join("\n")).into())
}

/// Removes an image that was a disk of the guest, if nobody uses it.
pub(super) fn delete_unused(conn: &Connect, domain: &Domain, path: &str, local: bool) -> Done {
    let users = all_users(conn, domain, path, local)?;
    if users.is_empty() {
        return remove_disk(conn, path, local);
    }
    Err(Failure::new(FailureKind::InUse, format!("{path} is used by {}", users.join(", "))))
}

/// Undefines with everything that belongs to the guest alone. A driver or an
/// older libvirt that does not know a flag is asked again without it.
pub(in crate::backend::ops) fn undefine(domain: &Domain) -> Done {
    let mut flags = libvirt::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
        | libvirt::VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
        | libvirt::VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
        | libvirt::VIR_DOMAIN_UNDEFINE_NVRAM
        | libvirt::VIR_DOMAIN_UNDEFINE_TPM;
    for without in [
        libvirt::VIR_DOMAIN_UNDEFINE_TPM,
        libvirt::VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA,
        libvirt::VIR_DOMAIN_UNDEFINE_NVRAM,
    ] {
        match domain.undefine_flags(flags) {
            Err(error) if is_unknown_flag(&error) => flags &= !without,
            result => return Ok(result?),
        }
    }
    match domain.undefine_flags(flags) {
        Err(error) if is_unknown_flag(&error) => Ok(domain.undefine()?),
        result => Ok(result?),
    }
}

fn is_unknown_flag(error: &virt::error::Error) -> bool {
    matches!(
        error.code(),
        Enum::Known(
            ErrorNumber::InvalidArg | ErrorNumber::ArgumentUnsupported | ErrorNumber::NoSupport
        )
    )
}

/// Through the pool that has it, or as a file of this user's.
fn remove_disk(conn: &Connect, path: &str, local: bool) -> Done {
    match storage::volume_at(conn, path) {
        Ok(volume) => Ok(volume.delete(libvirt::VIR_STORAGE_VOL_DELETE_NORMAL)?),
        Err(_) if local && is_own_file(Path::new(path)) => {
            std::fs::remove_file(path).map_err(crate::backend::ops::stream::unreadable)
        }
        Err(failure) => Err(failure),
    }
}
