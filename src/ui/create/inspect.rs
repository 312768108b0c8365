//! Looking into a chosen image, in the background.

use std::{fs::File, path::Path};

use crate::model::{
    disk_image::{self, FileKind},
    iso::{self, IsoError},
};

/// What was found in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What it is.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: u64,
}

/// Why an image could not be looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InspectError {
    /// There is no such file.
    Missing,
    /// It is a folder, a socket or the like.
    NotAFile,
    /// This user may not read it.
    NoPermission,
    /// Reading failed; the system's own words.
    Unreadable(String),
}

/// Looks into a file of this computer. Blocking.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn file(path: &Path) -> Result<Inspection, InspectError> {
    // Opening a pipe would wait for whoever writes into it.
    let about = std::fs::metadata(path).map_err(|error| sort(&error))?;
    let device = {
        use std::os::unix::fs::FileTypeExt;
        about.file_type().is_block_device()
    };
    if !about.is_file() && !device {
        return Err(InspectError::NotAFile);
    }
    let mut file = File::open(path).map_err(|error| sort(&error))?;
    let kind = disk_image::sniff(&mut file).map_err(|error| sort(&error))?;
    Ok(Inspection { kind, size: about.len() })
}

fn sort(error: &std::io::Error) -> InspectError {
    match error.kind() {
        std::io::ErrorKind::NotFound => InspectError::Missing,
        std::io::ErrorKind::PermissionDenied => InspectError::NoPermission,
        _ => InspectError::Unreadable(error.to_string()),
    }
}

/// Judges the descriptors of a volume of `size` bytes.
pub(super) fn descriptors(head: &[u8], size: u64) -> Inspection {
    let kind = match iso::parse(head) {
        Ok(info) => FileKind::Iso(info),
        Err(IsoError::TooShort { .. }) if size == 0 => FileKind::Blank,
        Err(_) => FileKind::Unknown,
    };
    Inspection { kind, size }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_cannot_be_read_says_why() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(file(folder.path()), Err(InspectError::NotAFile));
        assert_eq!(file(&folder.path().join("none")), Err(InspectError::Missing));
    }

    #[test]
    fn an_empty_file_and_a_text_are_no_media() {
        let mut text = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(file(text.path()).unwrap(), Inspection { kind: FileKind::Blank, size: 0 });
        write!(text, "a letter home").unwrap();
        let found = file(text.path()).unwrap();
        assert_eq!(found, Inspection { kind: FileKind::Unknown, size: 13 });
    }

    #[test]
    fn a_volume_without_descriptors_is_no_medium() {
        assert_eq!(descriptors(&[0; 4096], 1 << 20).kind, FileKind::Unknown);
        assert_eq!(descriptors(&[], 0).kind, FileKind::Blank);
    }
}
