//! The definitions that Posada replaced: for each guest the newest fifty, in
//! files that only their owner can read, since they hold passwords.
//!
//! `$XDG_STATE_HOME/posada/definitions/UUID/MILLISECONDS.xml`, the time being
//! when the definition was replaced. The files are for people, too: they can be
//! given to `virsh define` as they are.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::Done;
use crate::{
    backend::{BackendError, ConnectionHandle, Operation, Result},
    model::{DomainId, Failure, FailureKind},
};

/// How many definitions of a guest are kept.
const KEPT: usize = 50;

/// A larger file is none that libvirt accepts, and none of ours.
const LARGEST: u64 = 16 << 20;

/// A definition that was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    milliseconds: u64,
}

impl Version {
    /// When the definition was replaced.
    #[must_use]
    pub fn time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.milliseconds)
    }

    fn file_name(self) -> String {
        format!("{}.xml", self.milliseconds)
    }

    fn parse(file_name: &str) -> Option<Self> {
        let milliseconds = file_name.strip_suffix(".xml")?.parse().ok()?;
        Some(Self { milliseconds })
    }
}

impl ConnectionHandle {
    /// The definitions of the guest that Posada replaced, the newest first.
    ///
    /// # Errors
    /// If the files cannot be listed.
    pub async fn versions(&self, id: DomainId) -> Result<Vec<Version>> {
        self.of_files(id, move || {
            folder(id).map_or_else(|| Ok(Vec::new()), |folder| versions_in(&folder))
        })
        .await
    }

    /// One of these definitions.
    ///
    /// # Errors
    /// If its file cannot be read.
    pub async fn version_xml(&self, id: DomainId, version: Version) -> Result<String> {
        self.of_files(id, move || read(id, version)).await
    }

    async fn of_files<T: Send + 'static>(
        &self,
        id: DomainId,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let done: Done<T> = match self.runtime().spawn_blocking(work).await {
            Ok(done) => {
                done.map_err(|error| Failure::new(FailureKind::FileAccess, error.to_string()))
            }
            Err(error) => Err(Failure::new(FailureKind::Internal, error.to_string())),
        };
        done.map_err(|failure| BackendError {
            operation: Operation::Read,
            object: self.domain_name(id),
            failure,
        })
    }
}

/// The folder of a guest's definitions; nothing without a home.
fn folder(id: DomainId) -> Option<PathBuf> {
    let absolute =
        |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state =
        absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("posada/definitions").join(id.to_string()))
}

/// Keeps a definition of the guest that is being replaced now.
pub(super) fn keep(id: DomainId, xml: &str) -> io::Result<()> {
    let folder = folder(id).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    keep_in(&folder, xml, SystemTime::now())
}

fn read(id: DomainId, version: Version) -> io::Result<String> {
    let folder = folder(id).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let file = folder.join(version.file_name());
    if fs::metadata(&file)?.len() > LARGEST {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    fs::read_to_string(file)
}

fn keep_in(folder: &Path, xml: &str, now: SystemTime) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let known = versions_in(folder)?;
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    // After the newest one, whatever the clock did meanwhile.
    let after = known.first().map_or(0, |newest| newest.milliseconds + 1);
    let version = Version { milliseconds: u64::try_from(now).unwrap_or(after).max(after) };
    // Whole or not at all, and never readable to others: the temporary file's
    // rights are 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    io::Write::write_all(&mut file, xml.as_bytes())?;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o600))?;
    file.persist(folder.join(version.file_name())).map_err(|error| error.error)?;
    for old in known.iter().skip(KEPT - 1) {
        fs::remove_file(folder.join(old.file_name()))?;
    }
    Ok(())
}

fn versions_in(folder: &Path) -> io::Result<Vec<Version>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let names = entries.flatten().map(|entry| entry.file_name());
    let mut found: Vec<Version> = names.filter_map(|name| Version::parse(name.to_str()?)).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_nobody_else_can_read_them() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("definitions/guest");
        assert_eq!(versions_in(&folder).unwrap(), []);
        let start = UNIX_EPOCH + Duration::from_secs(1000);
        for second in 0..60 {
            keep_in(&folder, &format!("<{second}/>"), start + Duration::from_secs(second)).unwrap();
        }
        let versions = versions_in(&folder).unwrap();
        assert_eq!(versions.len(), KEPT);
        assert_eq!(versions[0].time(), start + Duration::from_secs(59));
        assert_eq!(versions[KEPT - 1].time(), start + Duration::from_secs(10));
        let newest = folder.join(versions[0].file_name());
        assert_eq!(fs::read_to_string(&newest).unwrap(), "<59/>");
        assert_eq!(fs::metadata(&newest).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn the_order_is_that_of_the_changes_though_the_clock_goes_back() {
        let home = tempfile::tempdir().unwrap();
        let time = UNIX_EPOCH + Duration::from_secs(1000);
        keep_in(home.path(), "<first/>", time).unwrap();
        keep_in(home.path(), "<second/>", time - Duration::from_secs(500)).unwrap();
        let versions = versions_in(home.path()).unwrap();
        let newest = fs::read_to_string(home.path().join(versions[0].file_name())).unwrap();
        assert_eq!(newest, "<second/>");
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        for name in ["notes.txt", "x.xml", "-1.xml", "99999999999999999999999.xml"] {
            fs::write(home.path().join(name), "").unwrap();
        }
        assert_eq!(versions_in(home.path()).unwrap(), []);
    }
}
