//! What a file is that somebody wants to make a guest from: an ISO, a disk
//! image of one of the common formats, or something else.
//!
//! [`sniff`] reads headers only and trusts none of them: sizes are checked,
//! offsets are read with a limit. What an image says of other files (a backing
//! file, an external data file, extents) is reported in
//! [`DiskImage::references`]: whoever made the image chose those paths, and the
//! hypervisor would open them with its own rights, so the interface must ask
//! before such an image is used.

mod formats;
#[cfg(test)]
mod tests;

use std::io::{self, Read, Seek, SeekFrom};

use crate::model::iso::{self, IsoError, IsoInfo};

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// An ISO 9660 image.
    Iso(IsoInfo),
    /// A disk image.
    Disk(DiskImage),
    /// Something packed, which must be unpacked first (`gzip`, `xz`, `zip`…).
    Packed(&'static str),
    /// Empty, or nothing but zeros where a header would be: a blank raw disk.
    Blank,
    /// Nothing of the above. It may still be a raw disk with an unusual start.
    Unknown,
}

/// The format of a disk image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiskFormat {
    /// QEMU's own.
    Qcow2,
    /// QEMU's old one (version 1).
    Qcow,
    /// QEMU's `qed`.
    Qed,
    /// `VMware`'s.
    Vmdk,
    /// `VirtualBox`'s.
    Vdi,
    /// Hyper-V's.
    Vhdx,
    /// Virtual PC's.
    Vhd,
    /// No header: what the guest sees is what the file holds.
    Raw,
}

impl DiskFormat {
    /// libvirt's and QEMU's name of it.
    #[must_use]
    pub fn libvirt_name(self) -> &'static str {
        match self {
            Self::Qcow2 => "qcow2",
            Self::Qcow => "qcow",
            Self::Qed => "qed",
            Self::Vmdk => "vmdk",
            Self::Vdi => "vdi",
            Self::Vhdx => "vhdx",
            Self::Vhd => "vpc",
            Self::Raw => "raw",
        }
    }
}

/// A disk image's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskImage {
    /// Its format.
    pub format: DiskFormat,
    /// Size that a guest sees, in bytes, where the header has it.
    pub virtual_size: Option<u64>,
    /// Other files that the image makes the hypervisor open.
    pub references: Vec<Reference>,
    /// Whether its content is encrypted.
    pub encrypted: bool,
    /// Whether the header contradicts itself or ends too early.
    pub damaged: bool,
}

/// A file named inside an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it is to the image.
    pub kind: ReferenceKind,
    /// Path, URL or QEMU's `json:` text, without control characters; may be
    /// empty where the image has a parent but no name for it.
    pub target: String,
}

/// What a named file is to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// The image holds only the differences to it.
    Backing,
    /// It holds the content.
    Data,
}

impl DiskImage {
    fn new(format: DiskFormat, virtual_size: Option<u64>) -> Self {
        let virtual_size = virtual_size.filter(|&size| size > 0);
        Self { format, virtual_size, references: Vec::new(), encrypted: false, damaged: false }
    }

    fn damaged(format: DiskFormat) -> Self {
        Self { damaged: true, ..Self::new(format, None) }
    }

    fn reference(&mut self, kind: ReferenceKind, target: &str) {
        let target = target.trim_matches('\0').chars().filter(|c| !c.is_control()).collect();
        self.references.push(Reference { kind, target });
    }
}

/// Finds out what a file is.
///
/// A hybrid image (an ISO with a partition table, for USB sticks) is an ISO. A
/// truncated ISO is one too; [`IsoInfo::check_size`] tells.
///
/// # Errors
/// If the file cannot be read.
pub fn sniff<R: Read + Seek>(file: &mut R) -> io::Result<FileKind> {
    match iso::read_descriptors(file) {
        Ok(info) => return Ok(FileKind::Iso(info)),
        Err(IsoError::Io(e)) => return Err(e),
        Err(_) => {}
    }
    let mut source = Source::new(file)?;
    if let Some(packed) = packed(&source.head) {
        return Ok(FileKind::Packed(packed));
    }
    if let Some(image) = formats::detect(&mut source)? {
        return Ok(FileKind::Disk(image));
    }
    Ok(if source.head.iter().all(|&b| b == 0) { FileKind::Blank } else { FileKind::Unknown })
}

fn packed(head: &[u8]) -> Option<&'static str> {
    const MAGICS: [(&[u8], &str); 7] = [
        (b"\x1f\x8b", "gzip"),
        (b"\xfd7zXZ\0", "xz"),
        (b"BZh", "bzip2"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"PK\x03\x04", "zip"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07", "rar"),
    ];
    let magic = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)).map(|&(_, name)| name);
    // An OVA is a tar archive; its mark stands in the first entry's header.
    magic.or_else(|| head.get(257..262).is_some_and(|m| m == b"ustar").then_some("tar"))
}

/// A file with its first bytes at hand.
struct Source<'a, R> {
    file: &'a mut R,
    size: u64,
    head: Vec<u8>,
}

impl<'a, R: Read + Seek> Source<'a, R> {
    fn new(file: &'a mut R) -> io::Result<Self> {
        let size = file.seek(SeekFrom::End(0))?;
        let mut source = Self { file, size, head: Vec::new() };
        source.head = source.bytes(0, 4096)?;
        Ok(source)
    }

    /// Up to `length` bytes from `offset`; fewer at the end of the file.
    fn bytes(&mut self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        if offset < self.size {
            self.file.seek(SeekFrom::Start(offset))?;
            self.file.by_ref().take(length.min(1 << 20)).read_to_end(&mut out)?;
        }
        Ok(out)
    }
}

/// Big-endian and little-endian numbers at an offset; nothing past the end.
fn be32(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(data.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn be64(data: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(data.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

fn le32(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn le64(data: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(data.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
