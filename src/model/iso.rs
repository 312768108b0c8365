//! What an ISO 9660 image says of itself.
//!
//! [`read`] looks into a file; [`parse`] into the bytes from
//! [`DESCRIPTORS_OFFSET`] on, as a stream from a host's pool delivers them.
//! Both read the volume descriptors only, a few KiB however large the image.
//!
//! All texts are what the image's maker wrote, cleaned of control characters
//! and of the padding around them; they are input like any other.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use thiserror::Error;

/// Where the volume descriptors begin: after 16 sectors for boot loaders.
pub const DESCRIPTORS_OFFSET: u64 = 0x8000;
/// How many bytes from there [`parse`] can make use of.
pub const DESCRIPTORS_LENGTH: u64 = SECTOR as u64 * MAX_DESCRIPTORS as u64;

const SECTOR: usize = 2048;
/// Real images have three or four; the list must end somewhere.
const MAX_DESCRIPTORS: usize = 32;
/// What mastering tools pad an image with (150 sectors), which a download or a
/// copy may lack without harm.
const PADDING: u64 = 150 * SECTOR as u64;

/// What an image says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IsoInfo {
    /// The volume's name, such as `Debian 13.1.0 amd64 n`.
    pub volume_id: String,
    /// The system it is for; often empty or `LINUX`.
    pub system_id: String,
    /// Who published it.
    pub publisher_id: String,
    /// The program that made it.
    pub application_id: String,
    /// Size of the volume in bytes, as its header gives it.
    pub volume_size: u64,
    /// Whether it has an El Torito boot record.
    pub bootable: bool,
}

/// Why an image cannot be read as ISO 9660.
#[derive(Debug, Error)]
pub enum IsoError {
    /// It ends before the place of the volume descriptors.
    #[error("only {found} bytes long")]
    TooShort {
        /// Its size in bytes.
        found: u64,
    },
    /// It has no ISO 9660 descriptor.
    #[error("not an ISO 9660 image")]
    NotIso,
    /// It is shorter than its own header says: a broken download.
    #[error("{found} bytes of {expected}")]
    Truncated {
        /// The volume's size in bytes.
        expected: u64,
        /// The file's size in bytes.
        found: u64,
    },
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl IsoInfo {
    /// Compares the volume's size with that of the file.
    ///
    /// # Errors
    /// [`IsoError::Truncated`] if more is missing than padding.
    pub fn check_size(&self, file_size: u64) -> Result<(), IsoError> {
        if file_size.saturating_add(PADDING) < self.volume_size {
            return Err(IsoError::Truncated { expected: self.volume_size, found: file_size });
        }
        Ok(())
    }
}

/// Reads the descriptors of a file, without judging its size.
///
/// # Errors
/// [`IsoError::TooShort`], [`IsoError::NotIso`] or [`IsoError::Io`].
pub fn read_descriptors<R: Read + Seek>(file: &mut R) -> Result<IsoInfo, IsoError> {
    let size = file.seek(SeekFrom::End(0))?;
    if size < DESCRIPTORS_OFFSET + SECTOR as u64 {
        return Err(IsoError::TooShort { found: size });
    }
    file.seek(SeekFrom::Start(DESCRIPTORS_OFFSET))?;
    let mut head = Vec::new();
    match file.by_ref().take(DESCRIPTORS_LENGTH).read_to_end(&mut head) {
        Ok(_) => parse(&head),
        // What was read of a failing disk may still be enough.
        Err(e) if e.kind() != ErrorKind::Interrupted => parse(&head).map_err(|_| e.into()),
        Err(e) => Err(e.into()),
    }
}

/// Reads a file's descriptors and checks that the file is whole.
///
/// # Errors
/// Any [`IsoError`].
pub fn read<R: Read + Seek>(file: &mut R) -> Result<IsoInfo, IsoError> {
    let info = read_descriptors(file)?;
    info.check_size(file.seek(SeekFrom::End(0))?)?;
    Ok(info)
}

/// Reads descriptors from the bytes that begin at [`DESCRIPTORS_OFFSET`].
///
/// # Errors
/// [`IsoError::TooShort`] for less than a sector, else [`IsoError::NotIso`].
pub fn parse(head: &[u8]) -> Result<IsoInfo, IsoError> {
    if head.len() < SECTOR {
        return Err(IsoError::TooShort { found: DESCRIPTORS_OFFSET + head.len() as u64 });
    }
    let mut info: Option<IsoInfo> = None;
    let mut bootable = false;
    for sector in head.chunks_exact(SECTOR).take(MAX_DESCRIPTORS) {
        if &sector[1..6] != b"CD001" {
            break;
        }
        match sector[0] {
            0 => bootable |= sector[7..].starts_with(b"EL TORITO SPECIFICATION"),
            1 if info.is_none() => info = Some(primary(sector)),
            255 => break,
            // Joliet and other supplements repeat the names in other letters.
            _ => {}
        }
    }
    let info = info.ok_or(IsoError::NotIso)?;
    Ok(IsoInfo { bootable, ..info })
}

fn primary(sector: &[u8]) -> IsoInfo {
    let text = |at: usize, length: usize| clean(&sector[at..at + length]);
    let blocks = u32::from_le_bytes([sector[80], sector[81], sector[82], sector[83]]);
    let block_size = u16::from_le_bytes([sector[128], sector[129]]);
    IsoInfo {
        system_id: text(8, 32),
        volume_id: text(40, 32),
        publisher_id: text(318, 128),
        application_id: text(574, 128),
        volume_size: u64::from(blocks) * u64::from(block_size),
        bootable: false,
    }
}

/// A descriptor's text: padded with spaces or zeros, nominally ASCII.
fn clean(raw: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(raw)
        .chars()
        .map(|c| if c.is_control() || c == '\u{FFFD}' { ' ' } else { c })
        .collect();
    text.trim().to_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::{IsoError, IsoInfo, parse, read};

    /// The descriptors of an image as mastering tools write them.
    pub(crate) fn descriptors(volume: &str, system: &str, blocks: u32, bootable: bool) -> Vec<u8> {
        let mut pvd = vec![0; 2048];
        pvd[0] = 1;
        pvd[1..7].copy_from_slice(b"CD001\x01");
        for (at, length, text) in
            [(8, 32, system), (40, 32, volume), (318, 128, "ME"), (574, 128, "XORRISO")]
        {
            pvd[at..at + length].fill(b' ');
            pvd[at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        pvd[80..84].copy_from_slice(&blocks.to_le_bytes());
        pvd[128..130].copy_from_slice(&2048_u16.to_le_bytes());
        let mut boot = vec![0; 2048];
        boot[1..7].copy_from_slice(b"CD001\x01");
        boot[7..30].copy_from_slice(b"EL TORITO SPECIFICATION");
        let mut end = vec![0; 2048];
        end[0] = 255;
        end[1..7].copy_from_slice(b"CD001\x01");
        if bootable { [pvd, boot, end].concat() } else { [pvd, end].concat() }
    }

    /// A whole small image.
    pub(crate) fn image(volume: &str, blocks: u32) -> Vec<u8> {
        let mut image = vec![0; 0x8000];
        image.extend(descriptors(volume, "LINUX", blocks, true));
        image
    }

    #[test]
    fn the_descriptors_are_read() {
        let info = read(&mut Cursor::new(image("Debian 13", 19))).unwrap();
        assert_eq!(
            info,
            IsoInfo {
                volume_id: "Debian 13".to_owned(),
                system_id: "LINUX".to_owned(),
                publisher_id: "ME".to_owned(),
                application_id: "XORRISO".to_owned(),
                volume_size: 19 * 2048,
                bootable: true,
            }
        );
        assert!(!parse(&descriptors("X", "", 1, false)).unwrap().bootable);
    }

    #[test]
    fn texts_are_cleaned() {
        let mut head = descriptors("A\n\u{1b}[31mB\0\0", "", 1, false);
        head[318] = 0xFF;
        let info = parse(&head).unwrap();
        assert_eq!(info.volume_id, "A  [31mB");
        assert_eq!(info.publisher_id, "E");
    }

    #[test]
    fn what_is_too_short_is_told_from_what_is_no_iso() {
        assert!(matches!(read(&mut Cursor::new(b"")), Err(IsoError::TooShort { found: 0 })));
        let short = vec![0; 0x8000 + 2047];
        assert!(matches!(read(&mut Cursor::new(short)), Err(IsoError::TooShort { .. })));
        assert!(matches!(read(&mut Cursor::new(vec![0; 70_000])), Err(IsoError::NotIso)));
        assert!(matches!(read(&mut Cursor::new(vec![b'C'; 70_000])), Err(IsoError::NotIso)));
    }

    #[test]
    fn a_broken_download_is_told_but_missing_padding_is_not() {
        let found = image("X", 1).len() as u64;
        let cut = read(&mut Cursor::new(image("X", 100_000)));
        assert!(matches!(
            cut,
            Err(IsoError::Truncated { expected: 204_800_000, found: f }) if f == found
        ));
        assert!(read(&mut Cursor::new(image("X", 19 + 150))).is_ok());
    }

    #[test]
    fn a_list_of_descriptors_without_end_ends() {
        let mut head = descriptors("X", "", 1, false);
        head.truncate(2048);
        let endless: Vec<u8> = std::iter::repeat_n(head, 100).flatten().collect();
        assert_eq!(parse(&endless).unwrap().volume_id, "X");
    }

    proptest! {
        #[test]
        fn garbage_never_panics(mut bytes in proptest::collection::vec(any::<u8>(), 0..6000)) {
            let _ = parse(&bytes);
            if bytes.len() > 6 {
                bytes[1..6].copy_from_slice(b"CD001");
                let _ = parse(&bytes);
            }
        }
    }
}
