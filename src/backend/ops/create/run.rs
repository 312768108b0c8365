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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        backend::ops::testing::{connect, disk, guest, pool, run},
        model::{JobEnd, PoolId},
    };

    const UUID: &str = "<uuid>11111111-2222-3333-4444-555555555555</uuid></domain>";

    fn request(conn: &Connect) -> CreateRequest {
        let pool = conn.lookup_storage_pool_by_name("pool").unwrap().uuid().unwrap();
        let xml = guest("web", &disk("vda", "/pool/web", "")).replace("</domain>", UUID);
        CreateRequest {
            name: "web".to_owned(),
            xml,
            first_boot_xml: None,
            volumes: vec![NewVolume {
                pool: PoolId(pool),
                name: "web".to_owned(),
                format: "qcow2".to_owned(),
                capacity: 1 << 30,
                copy_of: None,
            }],
            start: true,
        }
    }

    fn ask(conn: &Connect, request: CreateRequest) -> JobEnd {
        let conn = conn.clone();
        run(move |job| create(&conn, &request, job))
    }

    fn failed(end: &JobEnd) -> FailureKind {
        match end {
            JobEnd::Failed(failure) => failure.kind,
            end => panic!("{end:?}"),
        }
    }

    fn counts(conn: &Connect) -> (usize, u32) {
        let pool = conn.lookup_storage_pool_by_name("pool").unwrap();
        (conn.list_all_domains(0).unwrap().len(), pool.num_of_volumes().unwrap())
    }

    #[test]
    fn a_guest_is_made_with_its_volume_and_started() {
        let conn = connect(&pool("pool", "/pool"));
        assert_eq!(ask(&conn, request(&conn)), JobEnd::Finished);
        let domain = conn.lookup_domain_by_name("web").unwrap();
        assert!(domain.is_active().unwrap() && domain.is_persistent().unwrap());
        assert_eq!(counts(&conn), (1, 1));
    }

    #[test]
    fn what_is_taken_is_refused_and_stays() {
        let conn = connect(&(pool("pool", "/pool") + &guest("web", "")));
        assert_eq!(failed(&ask(&conn, request(&conn))), FailureKind::AlreadyExists);
        assert_eq!(counts(&conn), (1, 0));

        let conn = connect(&pool("pool", "/pool"));
        let pool = conn.lookup_storage_pool_by_name("pool").unwrap();
        storage::make(&pool, "web", "raw", 1).unwrap().keep();
        assert_eq!(failed(&ask(&conn, request(&conn))), FailureKind::AlreadyExists);
        assert_eq!(counts(&conn), (0, 1));

        let conn = connect(&self::pool("pool", "/pool"));
        let uuid = guest("other", "").replace("</domain>", UUID);
        conn.define_domain_xml(&uuid).unwrap();
        assert_eq!(failed(&ask(&conn, request(&conn))), FailureKind::AlreadyExists);
        assert_eq!(counts(&conn), (1, 0));
    }

    #[test]
    fn a_failure_takes_everything_back() {
        let conn = connect(&pool("pool", "/pool"));
        let broken = CreateRequest {
            xml: request(&conn).xml.replace("<os>", "<os><bogus/>").replace("hvm", "exe"),
            ..request(&conn)
        };
        assert!(matches!(ask(&conn, broken), JobEnd::Failed(_)));
        assert_eq!(counts(&conn), (0, 0));

        // The second volume cannot be made.
        let mut two = request(&conn);
        let missing = Some("/nonexistent/disk.img".into());
        two.volumes.push(NewVolume {
            name: "copy".to_owned(),
            copy_of: missing,
            ..two.volumes[0].clone()
        });
        assert_eq!(failed(&ask(&conn, two)), FailureKind::NotFound);
        assert_eq!(counts(&conn), (0, 0));

        // Defined, and then the first run is refused.
        let first = CreateRequest {
            first_boot_xml: Some(request(&conn).xml.replace("hvm", "exe")),
            ..request(&conn)
        };
        assert!(matches!(ask(&conn, first), JobEnd::Failed(_)));
        assert_eq!(counts(&conn), (0, 0));
    }

    #[test]
    fn a_first_run_of_another_guest_is_refused() {
        let conn = connect(&pool("pool", "/pool"));
        let mut other = request(&conn);
        other.first_boot_xml = Some(other.xml.replace("11111111", "99999999"));
        assert_eq!(failed(&ask(&conn, other)), FailureKind::InvalidDefinition);
        let mut other = request(&conn);
        other.name = "mail".to_owned();
        assert_eq!(failed(&ask(&conn, other)), FailureKind::InvalidDefinition);
        assert_eq!(counts(&conn), (0, 0));
    }

    #[test]
    fn a_cancelled_creation_leaves_nothing() {
        let conn = connect(&pool("pool", "/pool"));
        let (request, same) = (request(&conn), conn.clone());
        let end = run(move |job| {
            job.token().cancel();
            create(&same, &request, job)
        });
        assert_eq!(end, JobEnd::Cancelled);
        assert_eq!(counts(&conn), (0, 0));
    }
}
