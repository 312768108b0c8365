//! The headers of the formats, by their specifications.

use std::io::{self, Read, Seek};

use super::{DiskFormat, DiskImage, ReferenceKind, Source, be32, be64, le32, le64};

/// The longest file name that QEMU takes from a header.
const MAX_NAME: u64 = 1023;

pub(super) fn detect<R: Read + Seek>(source: &mut Source<'_, R>) -> io::Result<Option<DiskImage>> {
    let head = source.head.clone();
    let image = if head.starts_with(b"QFI\xfb") {
        qcow(source, &head)?
    } else if head.starts_with(b"QED\0") {
        qed(source, &head)?
    } else if head.starts_with(b"KDMV") || head.starts_with(b"COWD") {
        vmdk_sparse(source, &head)?
    } else if head.starts_with(b"# Disk DescriptorFile") {
        let mut image = DiskImage::new(DiskFormat::Vmdk, None);
        vmdk_descriptor(&mut image, &head);
        image
    } else if le32(&head, 64) == Some(0xbeda_107f) {
        vdi(&head)
    } else if head.starts_with(b"vhdxfile") {
        vhdx(source)?
    } else if head.starts_with(b"conectix") {
        vhd(&head)
    } else {
        let footer = source.bytes(source.size.saturating_sub(512), 512)?;
        if footer.starts_with(b"conectix") {
            vhd(&footer)
        } else if let Some(image) = raw(source, &head) {
            image
        } else {
            return Ok(None);
        }
    };
    Ok(Some(image))
}

fn qcow<R: Read + Seek>(source: &mut Source<'_, R>, head: &[u8]) -> io::Result<DiskImage> {
    const EXTERNAL_DATA: u64 = 1 << 2;
    const DATA_FILE_NAME: u32 = 0x4441_5441;
    let version = be32(head, 4).unwrap_or(0);
    let format = if version == 1 { DiskFormat::Qcow } else { DiskFormat::Qcow2 };
    let (Some(backing), Some(backing_length), Some(size), Some(crypt)) = (
        be64(head, 8),
        be32(head, 16),
        be64(head, 24),
        be32(head, if version == 1 { 36 } else { 32 }),
    ) else {
        return Ok(DiskImage::damaged(format));
    };
    let mut image = DiskImage::new(format, Some(size));
    image.encrypted = crypt != 0;
    let extensions = match version {
        1 => Some(48),
        2 => Some(72),
        3 => be32(head, 100).filter(|length| *length >= 104),
        _ => None,
    };
    image.damaged = extensions.is_none_or(|header| u64::from(header) > source.size)
        || version != 1 && !holds_first_table(head, source.size);
    if backing != 0 {
        let name = source.bytes(backing, u64::from(backing_length).min(MAX_NAME))?;
        image.damaged |= name.is_empty();
        image.reference(ReferenceKind::Backing, &String::from_utf8_lossy(&name));
    }
    if version >= 3 {
        let mut data_file = None;
        let mut at = extensions.map_or(usize::MAX, |header| header as usize);
        // Header extensions: kind, length, content padded to eight bytes.
        while let (Some(kind), Some(length)) = (be32(head, at), be32(head, at.saturating_add(4))) {
            let Some(start) = at.checked_add(8).filter(|_| kind != 0) else { break };
            let end = start.saturating_add(length as usize);
            if kind == DATA_FILE_NAME {
                let name = head.get(start..end.min(head.len())).unwrap_or_default();
                data_file = Some(String::from_utf8_lossy(name).into_owned());
            }
            at = end.saturating_add(7) & !7;
        }
        let external = be64(head, 72).unwrap_or(0) & EXTERNAL_DATA != 0;
        if external || data_file.is_some() {
            image.reference(ReferenceKind::Data, &data_file.unwrap_or_default());
        }
    }
    Ok(image)
}

/// Whether a qcow2 of `length` bytes holds the table that all others hang on;
/// what broke off early does not.
fn holds_first_table(head: &[u8], length: u64) -> bool {
    let (Some(entries), Some(at)) = (be32(head, 36), be64(head, 40)) else { return false };
    at.checked_add(u64::from(entries) * 8).is_some_and(|end| end <= length)
}

fn qed<R: Read + Seek>(source: &mut Source<'_, R>, head: &[u8]) -> io::Result<DiskImage> {
    let (Some(features), Some(size)) = (le64(head, 16), le64(head, 48)) else {
        return Ok(DiskImage::damaged(DiskFormat::Qed));
    };
    let mut image = DiskImage::new(DiskFormat::Qed, Some(size));
    if features & 1 != 0 {
        let (offset, length) = (le32(head, 56).unwrap_or(0), le32(head, 60).unwrap_or(0));
        let name = source.bytes(u64::from(offset), u64::from(length).min(MAX_NAME))?;
        image.reference(ReferenceKind::Backing, &String::from_utf8_lossy(&name));
    }
    Ok(image)
}

fn vmdk_sparse<R: Read + Seek>(source: &mut Source<'_, R>, head: &[u8]) -> io::Result<DiskImage> {
    if head.starts_with(b"COWD") {
        let sectors = le32(head, 12).map(u64::from);
        return Ok(DiskImage::new(DiskFormat::Vmdk, sectors.and_then(|s| s.checked_mul(512))));
    }
    let (Some(sectors), Some(at), Some(length)) = (le64(head, 12), le64(head, 28), le64(head, 36))
    else {
        return Ok(DiskImage::damaged(DiskFormat::Vmdk));
    };
    let mut image = DiskImage::new(DiskFormat::Vmdk, sectors.checked_mul(512));
    image.damaged = image.virtual_size.is_none();
    if let (Some(at), Some(length)) = (at.checked_mul(512), length.checked_mul(512))
        && at != 0
    {
        let text = source.bytes(at, length.min(64 * 1024))?;
        let size = image.virtual_size;
        vmdk_descriptor(&mut image, &text);
        image.virtual_size = size;
        // A sparse file names itself as its only extent.
        let backing = |kind| kind == ReferenceKind::Backing;
        image.references.retain(|r| backing(r.kind));
    }
    Ok(image)
}

/// The text part of a VMDK: `RW 4192256 FLAT "disk-flat.vmdk" 0` lines.
fn vmdk_descriptor(image: &mut DiskImage, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let mut sectors = 0_u64;
    for line in text.lines().map(str::trim) {
        if let Some(parent) = line.strip_prefix("parentFileNameHint=") {
            image.reference(ReferenceKind::Backing, parent.trim_matches('"'));
        }
        let mut words = line.split_whitespace();
        if !matches!(words.next(), Some("RW" | "RDONLY" | "NOACCESS")) {
            continue;
        }
        let size = words.next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        sectors = sectors.saturating_add(size);
        if let Some(name) = line.split('"').nth(1) {
            image.reference(ReferenceKind::Data, name);
        }
    }
    image.virtual_size = sectors.checked_mul(512).filter(|&size| size > 0);
}

fn vdi(head: &[u8]) -> DiskImage {
    let (Some(kind), Some(size)) = (le32(head, 76), le64(head, 368)) else {
        return DiskImage::damaged(DiskFormat::Vdi);
    };
    let mut image = DiskImage::new(DiskFormat::Vdi, Some(size));
    let parent = head.get(424..440).is_some_and(|uuid| uuid.iter().any(|&b| b != 0));
    if kind == 4 || parent {
        image.reference(ReferenceKind::Backing, "");
    }
    image
}

fn vhd(header: &[u8]) -> DiskImage {
    let (Some(size), Some(kind)) = (be64(header, 48), be32(header, 60)) else {
        return DiskImage::damaged(DiskFormat::Vhd);
    };
    let mut image = DiskImage::new(DiskFormat::Vhd, Some(size));
    if kind == 4 {
        image.reference(ReferenceKind::Backing, "");
    }
    image
}

fn vhdx<R: Read + Seek>(source: &mut Source<'_, R>) -> io::Result<DiskImage> {
    /// GUIDs as they are stored: the first three groups little-endian.
    const METADATA_REGION: [u8; 16] = [
        0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88,
        0x6e,
    ];
    const VIRTUAL_SIZE: [u8; 16] = [
        0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4,
        0xb8,
    ];
    const FILE_PARAMETERS: [u8; 16] = [
        0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d, 0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7,
        0x6b,
    ];
    let entry = |table: &[u8], first: usize, guid: &[u8; 16]| {
        table.get(first..)?.chunks_exact(32).find(|e| e.starts_with(guid)).map(<[u8]>::to_vec)
    };
    let damaged = Ok(DiskImage::damaged(DiskFormat::Vhdx));
    let regions = source.bytes(0x3_0000, 0x1_0000)?;
    let Some(region) = entry(&regions, 16, &METADATA_REGION) else { return damaged };
    let Some(base) = le64(&region, 16) else { return damaged };
    let table = source.bytes(base, 0x1_0000)?;
    let item = |guid| entry(&table, 32, guid).and_then(|e| le32(&e, 16));
    let Some(size_at) = item(&VIRTUAL_SIZE) else { return damaged };
    let size = source.bytes(base.saturating_add(size_at.into()), 8)?;
    let mut image = DiskImage::new(DiskFormat::Vhdx, le64(&size, 0));
    image.damaged = image.virtual_size.is_none();
    if let Some(at) = item(&FILE_PARAMETERS) {
        let parameters = source.bytes(base.saturating_add(at.into()), 8)?;
        if le32(&parameters, 4).unwrap_or(0) & 2 != 0 {
            image.reference(ReferenceKind::Backing, "");
        }
    }
    Ok(image)
}

/// A raw disk shows itself by its partition table, or by being a LUKS volume.
fn raw<R>(source: &Source<'_, R>, head: &[u8]) -> Option<DiskImage> {
    let luks = head.starts_with(b"LUKS\xba\xbe");
    let gpt = head.get(512..520).is_some_and(|m| m == b"EFI PART");
    let mbr = head.get(510..512).is_some_and(|m| m == [0x55, 0xaa]);
    if !(luks || gpt || mbr) {
        return None;
    }
    let mut image = DiskImage::new(DiskFormat::Raw, Some(source.size));
    image.encrypted = luks;
    Some(image)
}
