use std::io::Cursor;

use proptest::prelude::*;

use super::{DiskFormat, DiskImage, FileKind, Reference, ReferenceKind, sniff};
use crate::model::{
    iso::tests::image,
    units::{GIB, MIB},
};

fn kind(bytes: impl AsRef<[u8]>) -> FileKind {
    sniff(&mut Cursor::new(bytes.as_ref())).unwrap()
}

fn disk(bytes: impl AsRef<[u8]>) -> DiskImage {
    match kind(bytes) {
        FileKind::Disk(image) => image,
        other => panic!("{other:?}"),
    }
}

fn put(target: &mut [u8], at: usize, bytes: &[u8]) {
    target[at..at + bytes.len()].copy_from_slice(bytes);
}

fn qcow2(version: u32, backing: Option<&str>, data: Option<&str>) -> Vec<u8> {
    let mut file = vec![0; 65536];
    put(&mut file, 0, b"QFI\xfb");
    put(&mut file, 4, &version.to_be_bytes());
    put(&mut file, 24, &(20 * GIB).to_be_bytes());
    put(&mut file, 100, &104_u32.to_be_bytes());
    // An extension of another kind comes first.
    put(&mut file, 104, &0x6803_f857_u32.to_be_bytes());
    put(&mut file, 108, &3_u32.to_be_bytes());
    if let Some(data) = data {
        put(&mut file, 72, &4_u64.to_be_bytes());
        put(&mut file, 120, &0x4441_5441_u32.to_be_bytes());
        put(&mut file, 124, &u32::try_from(data.len()).unwrap().to_be_bytes());
        put(&mut file, 128, data.as_bytes());
    }
    if let Some(name) = backing {
        put(&mut file, 8, &1024_u64.to_be_bytes());
        put(&mut file, 16, &u32::try_from(name.len()).unwrap().to_be_bytes());
        put(&mut file, 1024, name.as_bytes());
    }
    file
}

#[test]
fn qcow2_tells_its_size_and_the_files_it_would_open() {
    let plain = disk(qcow2(3, None, None));
    assert_eq!((plain.format, plain.virtual_size), (DiskFormat::Qcow2, Some(20 * GIB)));
    assert!(plain.references.is_empty() && !plain.damaged && !plain.encrypted);
    let naming = disk(qcow2(3, Some("/etc/shadow"), Some("/dev/sda")));
    let reference = |kind, target: &str| Reference { kind, target: target.to_owned() };
    assert_eq!(
        naming.references,
        [
            reference(ReferenceKind::Backing, "/etc/shadow"),
            reference(ReferenceKind::Data, "/dev/sda")
        ]
    );
    assert_eq!(disk(qcow2(2, Some("base.img"), None)).references.len(), 1);
}

#[test]
fn a_data_file_flag_without_a_name_is_still_told() {
    let mut file = qcow2(3, None, None);
    put(&mut file, 72, &4_u64.to_be_bytes());
    assert_eq!(disk(file).references[0].kind, ReferenceKind::Data);
}

#[test]
fn lying_headers_are_damaged_not_trusted() {
    let mut far = qcow2(3, Some("x"), None);
    put(&mut far, 8, &u64::MAX.to_be_bytes());
    put(&mut far, 16, &u32::MAX.to_be_bytes());
    assert!(disk(&far).damaged);
    assert!(disk(b"QFI\xfb").damaged);
    assert!(disk(b"vhdxfile").damaged);
    assert!(disk(b"KDMV").damaged);
    assert!(disk(qcow2(9, None, None)).damaged);
}

#[test]
fn a_qcow2_that_was_cut_is_damaged() {
    let whole = qcow2(3, None, None);
    // Version 3 says at 100 how long its header is, 104 bytes at least.
    for length in [8, 30, 72, 100, 103] {
        assert!(disk(&whole[..length]).damaged, "{length}");
    }
    assert!(!disk(&whole[..104]).damaged);
    let old = qcow2(2, None, None);
    assert!(disk(&old[..71]).damaged);
    assert!(!disk(&old[..72]).damaged);
    let mut short = whole.clone();
    put(&mut short, 100, &96_u32.to_be_bytes());
    assert!(disk(&short).damaged);
    // The header is there, the table that it points to is not.
    let mut table = whole;
    put(&mut table, 36, &1_u32.to_be_bytes());
    put(&mut table, 40, &0x2000_u64.to_be_bytes());
    assert!(!disk(&table[..0x2008]).damaged);
    assert!(disk(&table[..0x2007]).damaged);
    put(&mut table, 40, &u64::MAX.to_be_bytes());
    assert!(disk(&table).damaged);
}

#[test]
fn vmdk_of_both_kinds() {
    let mut sparse = vec![0; 4096];
    put(&mut sparse, 0, b"KDMV");
    put(&mut sparse, 12, &(2 * GIB / 512).to_le_bytes());
    put(&mut sparse, 28, &1_u64.to_le_bytes());
    put(&mut sparse, 36, &2_u64.to_le_bytes());
    put(&mut sparse, 512, b"# Disk DescriptorFile\nRW 4194304 SPARSE \"me.vmdk\"\n");
    let image = disk(sparse);
    assert_eq!((image.format, image.virtual_size), (DiskFormat::Vmdk, Some(2 * GIB)));
    assert!(image.references.is_empty());
    let text =
        "# Disk DescriptorFile\nparentFileNameHint=\"base.vmdk\"\nRW 2048 FLAT \"/dev/sdb\" 0\n";
    let image = disk(text);
    assert_eq!(image.virtual_size, Some(MIB));
    assert_eq!(image.references[0].target, "base.vmdk");
    assert_eq!(image.references[1].target, "/dev/sdb");
}

#[test]
fn vdi_vhd_and_vhdx() {
    let mut vdi = vec![0; 1024];
    put(&mut vdi, 64, &0xbeda_107f_u32.to_le_bytes());
    put(&mut vdi, 368, &(4 * GIB).to_le_bytes());
    assert_eq!(disk(&vdi).virtual_size, Some(4 * GIB));
    put(&mut vdi, 424, &[1]);
    assert_eq!(disk(&vdi).references[0].kind, ReferenceKind::Backing);

    let mut fixed = vec![0; 8192];
    put(&mut fixed, 8192 - 512, b"conectix");
    put(&mut fixed, 8192 - 512 + 48, &(3 * GIB).to_be_bytes());
    let image = disk(&fixed);
    assert_eq!((image.format, image.virtual_size), (DiskFormat::Vhd, Some(3 * GIB)));
    assert_eq!(image.format.libvirt_name(), "vpc");
}

#[test]
fn raw_disks_show_their_partition_table() {
    let mut mbr = vec![0; 8192];
    put(&mut mbr, 510, &[0x55, 0xaa]);
    let image = disk(&mbr);
    assert_eq!((image.format, image.virtual_size), (DiskFormat::Raw, Some(8192)));
    let mut gpt = vec![0; 8192];
    put(&mut gpt, 512, b"EFI PART");
    assert_eq!(disk(&gpt).format, DiskFormat::Raw);
    assert_eq!(kind(vec![0; 8192]), FileKind::Blank);
    assert_eq!(kind(b""), FileKind::Blank);
    assert_eq!(kind(b"hello"), FileKind::Unknown);
    assert!(disk(b"LUKS\xba\xbe").encrypted);
}

#[test]
fn an_iso_with_a_partition_table_is_an_iso() {
    let mut hybrid = image("Debian", 20);
    put(&mut hybrid, 510, &[0x55, 0xaa]);
    assert!(matches!(kind(hybrid), FileKind::Iso(info) if info.volume_id == "Debian"));
}

#[test]
fn packed_files_are_named() {
    assert_eq!(kind(b"\x1f\x8b\x08"), FileKind::Packed("gzip"));
    assert_eq!(kind(b"\xfd7zXZ\0\0"), FileKind::Packed("xz"));
    let mut ova = vec![0; 1024];
    put(&mut ova, 257, b"ustar");
    assert_eq!(kind(ova), FileKind::Packed("tar"));
}

proptest! {
    #[test]
    fn garbage_behind_any_magic_never_panics(
        magic in prop_oneof![
            Just(&b"QFI\xfb\0\0\0\x03"[..]), Just(&b"KDMV"[..]), Just(&b"QED\0"[..]),
            Just(&b"# Disk DescriptorFile\nRW "[..]), Just(&b"vhdxfile"[..]), Just(&b"conectix"[..])
        ],
        rest in proptest::collection::vec(any::<u8>(), 0..2000),
    ) {
        let _ = kind([magic, &rest].concat());
    }
}
