//! What deleting a guest would touch, and who else uses its disks.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use virt::{connect::Connect, domain::Domain};
use virt_sys as libvirt;

use super::{DeletePlan, DeletePlanDisk, KeptBecause};
use crate::{
    backend::ops::{Done, parallel, storage, xml::text_at},
    model::{
        Failure, FailureKind,
        xml::{Document, Element},
    },
};

/// Makes the plan.
pub(super) fn plan(conn: &Connect, domain: &Domain, local: bool) -> Done<DeletePlan> {
    let active = domain.is_active()?;
    let persistent = domain.is_persistent()?;
    let mut definitions = Vec::new();
    if persistent {
        definitions.push(Document::parse(&domain.xml_desc(libvirt::VIR_DOMAIN_XML_INACTIVE)?)?);
    }
    if active {
        definitions.push(Document::parse(&domain.xml_desc(0)?)?);
    }
    let mut disks: Vec<Disk> = Vec::new();
    for definition in &definitions {
        for disk in disks_of(conn, definition) {
            if !disks.iter().any(|known| known.path == disk.path) {
                disks.push(disk);
            }
        }
    }
    let users = if disks.is_empty() { Users::default() } else { Users::read(conn, domain, local)? };
    Ok(DeletePlan {
        disks: disks.into_iter().map(|disk| planned(conn, disk, &users, local)).collect(),
        active,
        managed_save: or_not(domain.has_managed_save(0).map_err(Failure::from), false)?,
        snapshots: or_not(domain.num_snapshots(0).map_err(Failure::from), 0)?,
        nvram: definitions
            .iter()
            .any(|definition| text_at(definition.root(), "os/nvram").is_some()),
    })
}

/// Who uses the image at `path`: the guest itself, others, volumes.
pub(super) fn all_users(
    conn: &Connect,
    domain: &Domain,
    path: &str,
    local: bool,
) -> Done<Vec<String>> {
    let users = Users::read(conn, domain, local)?;
    if users.incomplete {
        let detail = "another guest’s definition could not be read: it may use the disk";
        return Err(Failure::new(FailureKind::InUse, detail));
    }
    let mut all = users.of(path, local);
    let (own, paths) = used_by_guest(conn, domain)?;
    if paths.iter().any(|used| key(used, local) == key(path, local)) {
        all.push(own);
    }
    Ok(all)
}

/// A driver that has no such call has nothing of that kind.
fn or_not<T>(result: Done<T>, without: T) -> Done<T> {
    match result {
        Err(failure) if failure.kind == FailureKind::Unsupported => Ok(without),
        result => result,
    }
}

/// A disk as a definition has it.
struct Disk {
    target: String,
    path: String,
    kept_because: Option<KeptBecause>,
}

fn disks_of(conn: &Connect, definition: &Document) -> Vec<Disk> {
    definition.select("devices/disk").into_iter().filter_map(|disk| disk_of(conn, disk)).collect()
}

/// Nothing for an empty drive.
fn disk_of(conn: &Connect, disk: Element<'_>) -> Option<Disk> {
    let source = disk.child("source")?;
    let path = source_path(conn, source)?;
    let medium = matches!(disk.attr("device").as_deref(), Some("cdrom" | "floppy"));
    let kept_because = if medium || disk.child("readonly").is_some() {
        Some(KeptBecause::Medium)
    } else if disk.child("shareable").is_some() {
        Some(KeptBecause::Shareable)
    } else if !path.starts_with('/') {
        Some(KeptBecause::Device)
    } else {
        None
    };
    Some(Disk { target: disk.get("target/@dev").unwrap_or_default(), path, kept_because })
}

/// The path of a source, or a name where it is not on the host's file system.
fn source_path(conn: &Connect, source: Element<'_>) -> Option<String> {
    if let Some(path) = source.attr("file").or_else(|| source.attr("dev")) {
        return Some(path);
    }
    if let (Some(pool), Some(volume)) = (source.attr("pool"), source.attr("volume")) {
        let found = conn
            .lookup_storage_pool_by_name(&pool)
            .and_then(|pool| pool.lookup_storage_vol_by_name(&volume))
            .and_then(|volume| volume.path());
        return Some(found.unwrap_or_else(|_| format!("{pool}: {volume}")));
    }
    let other = source.attr("name").or_else(|| source.attr("dir"))?;
    Some(match source.attr("protocol") {
        Some(protocol) => format!("{protocol}:{other}"),
        None => other,
    })
}

fn planned(conn: &Connect, disk: Disk, users: &Users, local: bool) -> DeletePlanDisk {
    let mut kept_because = disk.kept_because;
    let mut size = None;
    if disk.path.starts_with('/') {
        match storage::volume_at(conn, &disk.path) {
            Ok(volume) => size = volume.info().ok().map(|info| info.allocation),
            Err(_) if local && is_own_file(Path::new(&disk.path)) => {}
            Err(_) => {
                let device = disk.path.starts_with("/dev/");
                let reason = if device { KeptBecause::Device } else { KeptBecause::Unmanaged };
                kept_because = kept_because.or(Some(reason));
            }
        }
        if local && size.is_none() {
            size = allocated(Path::new(&disk.path));
        }
    }
    let used_by = users.of(&disk.path, local);
    if users.incomplete && used_by.is_empty() {
        kept_because = kept_because.or(Some(KeptBecause::Unclear));
    }
    DeletePlanDisk { used_by, target: disk.target, path: disk.path, size, kept_because }
}

/// Whether the path is a plain file of this user's in a folder of this user's:
/// one that may be removed without any pool.
pub(super) fn is_own_file(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let me = rustix::process::geteuid().as_raw();
    let own_file = std::fs::symlink_metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.uid() == me);
    let writable = path.parent().is_some_and(|folder| {
        let wanted = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
        rustix::fs::accessat(rustix::fs::CWD, folder, wanted, rustix::fs::AtFlags::EACCESS).is_ok()
    });
    own_file && writable
}

fn allocated(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    metadata.is_file().then(|| metadata.blocks() * 512)
}

/// Who uses which path: other guests directly or below their disks, and
/// volumes that have it as their backing file.
#[derive(Default)]
struct Users {
    by_path: BTreeMap<String, BTreeSet<String>>,
    /// Whether somebody could not be asked.
    incomplete: bool,
}

impl Users {
    fn read(conn: &Connect, except: &Domain, local: bool) -> Done<Self> {
        let except = except.uuid()?;
        let mut others = conn.list_all_domains(0)?;
        others.retain(|domain| domain.uuid().is_ok_and(|id| id != except));
        let mut users = Self::default();
        for answer in parallel::map(&others, |domain| used_by_guest(conn, domain)) {
            match answer {
                Ok((name, paths)) => paths.iter().for_each(|path| users.add(path, &name, local)),
                // It vanished meanwhile.
                Err(failure) if failure.kind == FailureKind::NotFound => {}
                Err(failure) => {
                    tracing::warn!(?failure, "another guest’s disks are not known");
                    users.incomplete = true;
                }
            }
        }
        match storage::all_volumes(conn) {
            Ok(volumes) => {
                for volume in volumes {
                    if let Some(backing) = volume.backing {
                        users.add(&backing, &volume.summary.name, local);
                    }
                }
            }
            Err(failure) if failure.kind == FailureKind::Unsupported => {}
            Err(failure) => return Err(failure),
        }
        Ok(users)
    }

    fn add(&mut self, path: &str, user: &str, local: bool) {
        self.by_path.entry(key(path, local)).or_default().insert(user.to_owned());
    }

    fn of(&self, path: &str, local: bool) -> Vec<String> {
        self.by_path.get(&key(path, local)).into_iter().flatten().cloned().collect()
    }
}

/// Two paths to the same file are one, as far as this computer can tell.
fn key(path: &str, local: bool) -> String {
    if local && let Ok(real) = Path::new(path).canonicalize() {
        return real.to_string_lossy().into_owned();
    }
    path.to_owned()
}

/// The paths in a guest's definitions, the chains below its disks included.
fn used_by_guest(conn: &Connect, domain: &Domain) -> Done<(String, Vec<String>)> {
    let mut paths = Vec::new();
    // What runs has the chains; what is defined may name other disks.
    for flags in [0, libvirt::VIR_DOMAIN_XML_INACTIVE] {
        let definition = Document::parse(&domain.xml_desc(flags)?)?;
        for disk in definition.select("devices/disk") {
            let mut level = Some(disk);
            while let Some(element) = level {
                paths.extend(element.child("source").and_then(|from| source_path(conn, from)));
                level = element.child("backingStore");
            }
        }
        if !domain.is_active()? {
            break;
        }
    }
    Ok((domain.name()?, paths))
}
