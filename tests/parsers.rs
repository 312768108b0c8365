//! Whatever bytes come, the parsers end soon and never panic: XML of hosts,
//! heads of disk images and ISO files, operating system data.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    io::Cursor,
    time::{Duration, Instant},
};

use posada::model::{
    NodeDevice,
    capabilities::{DomainCapabilities, HostCapabilities},
    disk_image, hardware, iso, osinfo,
    xml::Document,
};
use proptest::prelude::*;

const EVERYTHING: &str = include_str!("../src/model/hardware/fixtures/everything.xml");
const DOMAIN: &str = include_str!("../src/model/capabilities/fixtures/tcg-x86_64-q35.xml");
const HOST: &str = include_str!("../src/model/capabilities/fixtures/small.caps.xml");

/// No input of these sizes takes a parser longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// All that reads XML reads this.
fn read_xml(text: &str) {
    let started = Instant::now();
    let _ = DomainCapabilities::parse(text);
    let _ = HostCapabilities::parse(text);
    let _ = NodeDevice::parse(text);
    if let Ok(doc) = Document::parse(text) {
        assert_eq!(doc.as_str(), text);
        let parts = hardware::DeviceKind::PARTS.into_iter();
        let mut devices = hardware::devices(&doc);
        devices.extend(parts.flat_map(|kind| hardware::part_slots(&doc, kind)).take(64));
        for device in &devices {
            for field in hardware::of_device(device.kind) {
                let _ = hardware::get(&doc, Some(device), field);
            }
        }
        assert_eq!(hardware::differences(&doc, &doc), []);
        let _ = hardware::boot_order(&doc);
        let mut edited = doc.clone();
        let _ = hardware::set_node_count(&mut edited, 3);
        let _ = hardware::add(&mut edited, &hardware::NewDevice::MemoryModule(1 << 30));
    }
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

fn read_bytes(bytes: &[u8]) {
    let started = Instant::now();
    let _ = disk_image::sniff(&mut Cursor::new(bytes));
    let _ = iso::read(&mut Cursor::new(bytes));
    let _ = iso::read_descriptors(&mut Cursor::new(bytes));
    let _ = iso::parse(bytes);
    read_xml(&String::from_utf8_lossy(bytes));
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

/// A definition as others than libvirt write it, cut and mixed anywhere.
fn mutated(text: &str, cuts: &[(prop::sample::Index, prop::sample::Index, String)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (from, to, put) in cuts {
        let (a, b) = (from.index(chars.len() + 1), to.index(chars.len() + 1));
        // Short pieces: most of what is left still makes sense.
        let (a, b) = (a.min(b), a.max(b).min(a.min(b) + 40));
        chars.splice(a..b, put.chars());
    }
    chars.into_iter().collect()
}

fn cuts() -> impl Strategy<Value = Vec<(prop::sample::Index, prop::sample::Index, String)>> {
    let words = prop_oneof![
        Just(String::new()),
        Just("18446744073709551615".to_owned()),
        Just("-1".to_owned()),
        Just("<a>".to_owned()),
        Just("</devices>".to_owned()),
        Just("'\"[]&lt;".to_owned()),
        "[ -~]{0,6}",
    ];
    prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), words), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        read_bytes(&bytes);
    }

    /// Behind a head that a format is known by, anything may follow.
    #[test]
    fn heads_of_images_promise_nothing(
        head in prop::sample::select(vec![
            &b"QFI\xfb\0\0\0\x03"[..], b"QFI\xfb\0\0\0\x02", b"KDMV\x01\0\0\0", b"COWD", b"vhdxfile",
            b"conectix", b"<<< Oracle VM VirtualBox Disk Image >>>\n", b"QED\0", b"WithoutFreeSpace",
            b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"BZh9", b"PK\x03\x04", b"LUKS\xba\xbe\0\x01",
        ]),
        rest in prop::collection::vec(prop_oneof![Just(0_u8), Just(0xff), any::<u8>()], 0..2048),
        zeros in 0_usize..40_000,
    ) {
        let mut bytes = head.to_vec();
        bytes.extend(&rest);
        bytes.resize(bytes.len() + zeros, 0);
        read_bytes(&bytes);
        // The same where an ISO file keeps its descriptors.
        let mut image = vec![0; 32 * 1024];
        image.extend(b"\x01CD001\x01\0");
        image.extend(&bytes);
        read_bytes(&image);
    }

    #[test]
    fn spoilt_definitions_are_read_or_refused(cuts in cuts()) {
        for text in [EVERYTHING, DOMAIN, HOST] {
            read_xml(&mutated(text, &cuts));
        }
    }

    #[test]
    fn spoilt_system_data_is_passed_over(
        cuts in cuts(), bytes in prop::collection::vec(any::<u8>(), 0..300)
    ) {
        const OS: &str = "<libosinfo version='0.0.1'><os id='http://x/1'><short-id>x1</short-id>\
            <name>X</name><release-date>2020-01-01</release-date><media arch='x86_64'><iso>\
            <volume-id>X.*[0-9]</volume-id></iso></media><resources arch='all'><minimum>\
            <ram>1073741824</ram></minimum></resources><derives-from id='http://x/1'/></os></libosinfo>";
        let folder = tempfile::tempdir().unwrap();
        let systems = folder.path().join("os/x");
        std::fs::create_dir_all(&systems).unwrap();
        std::fs::write(systems.join("a.xml"), mutated(OS, &cuts)).unwrap();
        std::fs::write(systems.join("b.xml"), &bytes).unwrap();
        let started = Instant::now();
        let library = osinfo::OsDatabase::load(&[folder.path().to_owned()], "en");
        let _ = library.search("x");
        for os in library.all() {
            let _ = library.profile(os, "x86_64");
        }
        assert!(started.elapsed() < PATIENCE);
    }
}

/// Definitions as virt-manager and old machines have them; those that Posada
/// makes are among its own tests.
#[test]
fn definitions_of_all_origins_come_back_byte_for_byte() {
    for (name, text) in [
        ("everything", EVERYTHING),
        ("i440fx-bios", include_str!("../src/model/hardware/fixtures/i440fx-bios.xml")),
        ("virt-manager", include_str!("../src/model/hardware/fixtures/virt-manager.xml")),
    ] {
        let doc = Document::parse(text).unwrap();
        assert_eq!(doc.as_str(), text, "{name}");
        assert!(hardware::devices(&doc).len() > 5, "{name}");
        // What is set to what it is stays as it is written.
        let mut same = doc.clone();
        for field in hardware::all_fields() {
            if matches!(field.place, hardware::Place::Guest(_)) {
                let value = hardware::get(&doc, None, field);
                hardware::set(&mut same, None, field, value.as_deref()).unwrap();
            }
        }
        for device in hardware::devices(&doc) {
            for field in hardware::of_device(device.kind) {
                let value = hardware::get(&doc, Some(&device), field);
                hardware::set(&mut same, Some(&device), field, value.as_deref()).unwrap();
            }
        }
        assert_eq!(same.as_str(), text, "{name}");
    }
}
