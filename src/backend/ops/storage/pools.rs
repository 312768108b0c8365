//! Pools and volumes: lists, and the pool for new disks.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use virt::{
    connect::Connect, enumutil::Enum, error::ErrorNumber, storage_pool::StoragePool,
    storage_vol::StorageVol, stream::Stream,
};
use virt_sys as libvirt;

use crate::{
    backend::{
        failure::is_unsupported,
        ops::{
            Done, parallel,
            stream::{self, Transfer},
            xml::{escaped, number_at, text_at},
        },
    },
    model::{Failure, FailureKind, HostFacts, PoolId, PoolSummary, VolumeSummary, xml::Document},
};

/// The name that all of libvirt's world gives the pool for disk images.
const DEFAULT: &str = "default";

/// Where `qemu:///system` keeps its images.
const SYSTEM_IMAGES: &str = "/var/lib/libvirt/images";

/// The most that [`read`] gives out.
const MAX_READ: u64 = 1 << 20;

/// All pools, by name: three lists and one definition each.
pub(in crate::backend::ops) fn pools(conn: &Connect) -> Done<Vec<PoolSummary>> {
    let mut autostarting = BTreeSet::new();
    for pool in conn.list_all_storage_pools(libvirt::VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART)? {
        autostarting.insert(pool.uuid()?);
    }
    let mut found = Vec::new();
    for (flag, active) in [
        (libvirt::VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE, true),
        (libvirt::VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE, false),
    ] {
        found.extend(conn.list_all_storage_pools(flag)?.into_iter().map(|pool| (pool, active)));
    }
    let mut pools = Vec::new();
    for summary in parallel::map(&found, |(pool, active)| {
        let autostart = pool.uuid().is_ok_and(|id| autostarting.contains(&id));
        summary(pool, *active, autostart)
    }) {
        match summary {
            Ok(summary) => pools.push(summary),
            // Gone since the list was made.
            Err(failure) if failure.kind == FailureKind::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    pools.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(pools)
}

fn summary(pool: &StoragePool, active: bool, autostart: bool) -> Done<PoolSummary> {
    let definition = Document::parse(&pool.xml_desc(0)?)?;
    Ok(PoolSummary {
        id: PoolId(pool.uuid()?),
        name: pool.name()?,
        active,
        autostart,
        kind: definition.get("@type").unwrap_or_default(),
        path: text_at(definition.root(), "target/path"),
        capacity: number_at(&definition, "capacity"),
        available: number_at(&definition, "available"),
    })
}

fn summary_now(pool: &StoragePool) -> Done<PoolSummary> {
    summary(pool, pool.is_active()?, pool.autostart()?)
}

/// The volumes of a started pool, by name. The host's own view of the pool is
/// used as it is: looking through a large one again takes long.
pub(in crate::backend::ops) fn volumes(conn: &Connect, id: PoolId) -> Done<Vec<VolumeSummary>> {
    let pool = conn.lookup_storage_pool_by_uuid(id.0)?;
    let found = pool.list_all_volumes(0)?;
    let mut volumes = Vec::with_capacity(found.len());
    for volume in parallel::map(&found, |volume| read_volume(id, volume)) {
        match volume {
            Ok(volume) => volumes.push(volume.summary),
            Err(failure) if failure.kind == FailureKind::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    volumes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(volumes)
}

/// A volume and the image that it lies on.
pub(in crate::backend::ops) struct Volume {
    pub(in crate::backend::ops) summary: VolumeSummary,
    pub(in crate::backend::ops) backing: Option<String>,
}

fn read_volume(pool: PoolId, volume: &StorageVol) -> Done<Volume> {
    let definition = Document::parse(&volume.xml_desc(0)?)?;
    Ok(Volume {
        summary: VolumeSummary {
            pool,
            name: volume.name()?,
            path: definition.get("target/path").unwrap_or_default(),
            format: definition.get("target/format/@type"),
            capacity: number_at(&definition, "capacity"),
            allocation: number_at(&definition, "allocation"),
        },
        backing: text_at(definition.root(), "backingStore/path"),
    })
}

/// The volumes of all started pools. A pool that cannot be read is left out.
pub(in crate::backend::ops) fn all_volumes(conn: &Connect) -> Done<Vec<Volume>> {
    let mut found = Vec::new();
    for pool in conn.list_all_storage_pools(libvirt::VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE)? {
        let id = PoolId(pool.uuid()?);
        let volumes = pool.list_all_volumes(0).unwrap_or_default();
        found.extend(volumes.into_iter().map(|volume| (id, volume)));
    }
    let volumes = parallel::map(&found, |(pool, volume)| read_volume(*pool, volume));
    Ok(volumes.into_iter().flatten().collect())
}

/// The pool for new disks, made and started where it is missing.
pub(in crate::backend::ops) fn default_pool(
    conn: &Connect,
    facts: &HostFacts,
) -> Done<PoolSummary> {
    if let Ok(pool) = conn.lookup_storage_pool_by_name(DEFAULT) {
        started(&pool)?;
        return summary_now(&pool);
    }
    let Some(path) = images_folder(facts) else {
        // The folder of a user on another computer is not known here.
        return pools(conn)?
            .into_iter()
            .filter(|pool| pool.active && pool.kind == "dir")
            .max_by_key(|pool| pool.available)
            .ok_or_else(|| Failure::new(FailureKind::NotFound, "the host has no folder pool"));
    };
    let target = path.to_string_lossy();
    if let Some(pool) = pool_at(conn, &target)? {
        started(&pool)?;
        return summary_now(&pool);
    }
    let xml = format!(
        "<pool type='dir'><name>{DEFAULT}</name><target><path>{}</path></target></pool>",
        escaped(&target)?
    );
    let pool = conn.define_storage_pool_xml(&xml, 0)?;
    let made = started(&pool).and_then(|()| Ok(pool.set_autostart(true)?));
    if let Err(failure) = made {
        // A pool that cannot be used is not left behind.
        let _ = pool.destroy();
        let _ = pool.undefine();
        return Err(failure);
    }
    summary_now(&pool)
}

/// The images folder that a new default pool stands for, where it is known.
fn images_folder(facts: &HostFacts) -> Option<PathBuf> {
    if !facts.session {
        return Some(PathBuf::from(SYSTEM_IMAGES));
    }
    if !facts.local {
        return None;
    }
    let absolute = |name| {
        std::env::var_os(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute())
    };
    let data =
        absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")))?;
    Some(data.join("libvirt/images"))
}

/// Starts a pool unless it is started; makes its folder first where it is gone.
/// Starts a pool that somebody set up. Nothing is built for it: for some kinds
/// that would format a disk.
pub(in crate::backend::ops) fn start(pool: &StoragePool) -> Done {
    if pool.is_active()? {
        return Ok(());
    }
    Ok(pool.create(libvirt::VIR_STORAGE_POOL_CREATE_NORMAL)?)
}

fn started(pool: &StoragePool) -> Done {
    if pool.is_active()? {
        return Ok(());
    }
    if pool.create(libvirt::VIR_STORAGE_POOL_CREATE_NORMAL).is_ok() {
        return Ok(());
    }
    // A missing folder is why a pool does not start in most cases.
    let built = pool.build(libvirt::VIR_STORAGE_POOL_BUILD_NEW);
    match pool.create(libvirt::VIR_STORAGE_POOL_CREATE_NORMAL) {
        Ok(()) => Ok(()),
        Err(error) if error.code() == Enum::Known(ErrorNumber::NoSupport) => Err(error.into()),
        Err(error) => Err(built.err().unwrap_or(error).into()),
    }
}

/// The pool that stands for this folder or device.
fn pool_at(conn: &Connect, path: &str) -> Done<Option<StoragePool>> {
    match conn.lookup_storage_pool_by_target_path(path) {
        Ok(pool) => return Ok(Some(pool)),
        Err(error) if is_unsupported(&error) => {}
        // libvirt's number for "no such pool" is not the same in all versions.
        Err(_) => return Ok(None),
    }
    let pools = pools(conn)?;
    let pool = pools.into_iter().find(|pool| pool.path.as_deref() == Some(path));
    Ok(match pool {
        Some(pool) => Some(conn.lookup_storage_pool_by_uuid(pool.id.0)?),
        None => None,
    })
}

/// The volume with this path. The host does not see files that came into a
/// pool's folder by other means until the pool is looked through again, which
/// is done once if the path is in a pool's folder.
pub(in crate::backend::ops) fn volume_at(conn: &Connect, path: &str) -> Done<StorageVol> {
    crate::backend::ops::domain::usable(path)?;
    let missing = match conn.lookup_storage_vol_by_path(path) {
        Ok(volume) => return Ok(volume),
        Err(error) => error,
    };
    let folder = Path::new(path).parent().and_then(Path::to_str).unwrap_or("/");
    let Some(pool) = pool_at(conn, folder)? else { return Err(missing.into()) };
    pool.refresh(0)?;
    Ok(conn.lookup_storage_vol_by_path(path)?)
}

/// `length` bytes of a volume from `offset`; fewer at its end.
pub(in crate::backend::ops) fn read(
    conn: &Connect,
    path: &str,
    offset: u64,
    length: u64,
) -> Done<Vec<u8>> {
    let volume = volume_at(conn, path)?;
    // libvirt takes a length of 0 for everything.
    let length = length.clamp(1, MAX_READ);
    let stream = Transfer::new(Stream::new(conn, 0)?);
    volume.download(stream.get(), offset, length, 0)?;
    stream::read_all(stream, length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::ops::testing::{connect, pool};

    fn system() -> HostFacts {
        HostFacts { local: true, ..HostFacts::default() }
    }

    #[test]
    fn pools_and_volumes_are_listed() {
        let conn = connect(&(pool("fast", "/fast") + &pool("archive", "/archive")));
        conn.lookup_storage_pool_by_name("archive").unwrap().destroy().unwrap();
        let pools = pools(&conn).unwrap();
        let seen: Vec<_> =
            pools.iter().map(|pool| (&*pool.name, pool.active, pool.path.as_deref())).collect();
        assert_eq!(seen, [("archive", false, Some("/archive")), ("fast", true, Some("/fast"))]);
        assert_eq!(pools[1].kind, "dir");
        assert!(pools[1].available > 0);

        let fast = conn.lookup_storage_pool_by_name("fast").unwrap();
        for name in ["b.img", "a & <b>.img"] {
            super::super::make(&fast, name, "raw", 1 << 20).unwrap().keep();
        }
        let volumes = volumes(&conn, pools[1].id).unwrap();
        let names: Vec<_> = volumes.iter().map(|volume| &*volume.path).collect();
        assert_eq!(names, ["/fast/a & <b>.img", "/fast/b.img"]);
        assert_eq!(volumes[0].capacity, 1 << 20);
        let failure = super::volumes(&conn, pools[0].id).unwrap_err();
        assert_eq!(failure.kind, FailureKind::InvalidState);
    }

    #[test]
    fn the_default_pool_is_used_started_or_made() {
        let conn = connect("");
        let made = default_pool(&conn, &system()).unwrap();
        assert_eq!((&*made.name, made.path.as_deref()), ("default", Some(SYSTEM_IMAGES)));
        assert!(made.active && made.autostart);
        conn.lookup_storage_pool_by_name("default").unwrap().destroy().unwrap();
        let again = default_pool(&conn, &system()).unwrap();
        assert_eq!((again.id, again.active), (made.id, true));

        // A pool of another name at the same place serves.
        let conn = connect(&pool("images", SYSTEM_IMAGES));
        assert_eq!(default_pool(&conn, &system()).unwrap().name, "images");
    }

    #[test]
    fn a_session_elsewhere_uses_what_there_is() {
        let facts = HostFacts { session: true, ..HostFacts::default() };
        let failure = default_pool(&connect(""), &facts).unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotFound);
        let conn = connect(&pool("boxes", "/boxes"));
        assert_eq!(default_pool(&conn, &facts).unwrap().name, "boxes");
        assert_eq!(conn.num_of_storage_pools().unwrap(), 1);
    }

    #[test]
    fn a_volume_is_found_by_its_path() {
        let conn = connect(&pool("fast", "/fast"));
        let fast = conn.lookup_storage_pool_by_name("fast").unwrap();
        super::super::make(&fast, "a.img", "raw", 1).unwrap().keep();
        assert!(volume_at(&conn, "/fast/a.img").is_ok());
        for path in ["/fast/b.img", "/nowhere/a.img", "", "a\0b"] {
            assert!(volume_at(&conn, path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_volume_that_is_not_kept_is_gone() {
        let conn = connect(&pool("fast", "/fast"));
        let fast = conn.lookup_storage_pool_by_name("fast").unwrap();
        let made = super::super::make(&fast, "a.qcow2", "qcow2", 1 << 30).unwrap();
        let taken = super::super::make(&fast, "a.qcow2", "qcow2", 1).err().unwrap();
        assert_eq!(taken.kind, FailureKind::AlreadyExists);
        drop(made);
        assert_eq!(fast.num_of_volumes().unwrap(), 0);
        for name in ["", "..", "a/b", "a\nb"] {
            assert!(super::super::make(&fast, name, "raw", 1).is_err(), "{name:?}");
        }
    }
}
