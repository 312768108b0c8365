//! Looking into a chosen image, in the background.

use std::{fs::File, io::Cursor, path::Path};

use crate::model::{
    disk_image::{self, FileKind},
    iso,
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

/// How much of a volume's beginning tells what it is: all of an ISO's
/// descriptors, and a disk image's header with the names in it.
pub(super) const START: u64 = iso::DESCRIPTORS_OFFSET + iso::DESCRIPTORS_LENGTH;

/// Judges a volume of `size` bytes by its beginning, as much as [`START`].
pub(super) fn start(head: &[u8], size: u64) -> Inspection {
    // Reading from memory does not fail.
    let mut kind = disk_image::sniff(&mut Cursor::new(head)).unwrap_or(FileKind::Unknown);
    if let FileKind::Disk(image) = &mut kind
        && head.len() as u64 >= START
    {
        // What a header points to may stand behind what was read.
        image.damaged = false;
        image.virtual_size = Some(size);
    }
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
    fn a_volume_is_known_by_its_beginning() {
        let kind = |head: &[u8]| start(head, 1 << 20).kind;
        assert_eq!(kind(b"a letter home"), FileKind::Unknown);
        assert_eq!(kind(&[]), FileKind::Blank);
        // A qcow2 whose first table stands behind what was read, with a
        // backing file.
        let mut image = vec![0; usize::try_from(START).unwrap()];
        let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"QFI\xfb\0\0\0\x03");
        put(8, &200_u64.to_be_bytes());
        put(16, &4_u32.to_be_bytes());
        put(24, &(1_u64 << 30).to_be_bytes());
        put(36, &1_u32.to_be_bytes());
        put(40, &0x3_0000_u64.to_be_bytes());
        put(100, &104_u32.to_be_bytes());
        put(200, b"base");
        let FileKind::Disk(found) = kind(&image) else { panic!("not a disk") };
        assert!(!found.damaged);
        assert_eq!(found.references[0].target, "base");
        // Cut off, all of it is in what was read.
        let FileKind::Disk(cut) = kind(&image[..100]) else { panic!("not a disk") };
        assert!(cut.damaged);
    }
}
