//! Whatever bytes come, the parsers end soon and never panic: XML of hosts,
//! heads of disk images and ISO files, operating system data, addresses.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    io::Cursor,
    time::{Duration, Instant},
};

use posada::model::{
    NodeDevice, Viewer,
    capabilities::{DomainCapabilities, HostCapabilities},
    disk_image, hardware, iso, osinfo,
    uri::HostUri,
    xml::Document,
};
use proptest::{prelude::*, test_runner::TestRunner};

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

/// Tries what comes of `strategy` for as long as it may: some seconds, or those
/// that `build-aux/dev bench fuzz` gives. What fails is made small and shown.
fn fuzz<S: Strategy>(strategy: &S, test: impl Fn(S::Value)) {
    let seconds = std::env::var("POSADA_FUZZ_SECONDS").ok().and_then(|value| value.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(2));
    let config = ProptestConfig { cases: 16, failure_persistence: None, ..Default::default() };
    let mut tried = 0;
    while tried == 0 || Instant::now() < end {
        // One that has run all its cases runs no more.
        let done = TestRunner::new(config.clone()).run(strategy, |value| {
            test(value);
            Ok(())
        });
        done.unwrap();
        tried += 16;
    }
    eprintln!("{tried} tried");
}

#[test]
fn any_bytes_are_read_or_refused() {
    fuzz(&prop::collection::vec(any::<u8>(), 0..4096), |bytes| read_bytes(&bytes));
}

/// Behind a head that a format is known by, anything may follow.
#[test]
fn heads_of_images_promise_nothing() {
    let head = prop::sample::select(vec![
        &b"QFI\xfb\0\0\0\x03"[..],
        b"QFI\xfb\0\0\0\x02",
        b"KDMV\x01\0\0\0",
        b"COWD",
        b"vhdxfile",
        b"conectix",
        b"<<< Oracle VM VirtualBox Disk Image >>>\n",
        b"QED\0",
        b"WithoutFreeSpace",
        b"\x1f\x8b\x08",
        b"\xfd7zXZ\0",
        b"BZh9",
        b"PK\x03\x04",
        b"LUKS\xba\xbe\0\x01",
    ]);
    let byte = prop_oneof![Just(0_u8), Just(0xff), any::<u8>()];
    let rest = prop::collection::vec(byte, 0..2048);
    fuzz(&(head, rest, 0_usize..40_000), |(head, rest, zeros)| {
        let mut bytes = head.to_vec();
        bytes.extend(&rest);
        bytes.resize(bytes.len() + zeros, 0);
        read_bytes(&bytes);
        // The same where an ISO file keeps its descriptors.
        let mut image = vec![0; 32 * 1024];
        image.extend(b"\x01CD001\x01\0");
        image.extend(&bytes);
        read_bytes(&image);
    });
}

#[test]
fn spoilt_definitions_are_read_or_refused() {
    fuzz(&cuts(), |cuts| {
        for text in [EVERYTHING, DOMAIN, HOST] {
            read_xml(&mutated(text, &cuts));
        }
    });
}

/// What a spoilt definition is edited to is a definition again, in which the
/// edit stands.
#[test]
fn spoilt_definitions_are_edited_or_left() {
    let value = prop_oneof![
        "[ -~]{0,12}",
        any::<u64>().prop_map(|n| n.to_string()),
        Just("<&]]>\u{0}".to_owned())
    ];
    let edits =
        prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(value)), 1..8);
    fuzz(&(cuts(), edits), |(cuts, edits)| {
        let Ok(mut doc) = Document::parse(&mutated(EVERYTHING, &cuts)) else { return };
        for (which, value) in edits {
            let fields: Vec<_> = hardware::all_fields().collect();
            let field = fields[which.index(fields.len())];
            let owner = match field.place {
                hardware::Place::Guest(_) => None,
                hardware::Place::Device(kind) => {
                    let of_kind = |device: &hardware::Device| device.kind == kind;
                    let Some(device) = hardware::devices(&doc).into_iter().find(of_kind) else {
                        continue;
                    };
                    Some(device)
                }
            };
            if value.as_ref().is_some_and(|value| hardware::check(field, value).is_err()) {
                continue;
            }
            let before = doc.to_string();
            match hardware::edit(&mut doc, owner.as_ref(), field, value.as_deref()) {
                Ok(()) => {
                    let again = Document::parse(doc.as_str());
                    assert!(again.is_ok(), "{} = {value:?}: {:?}", field.id, again.err());
                }
                // Companions may have been set before what failed.
                Err(_) => assert!(Document::parse(doc.as_str()).is_ok(), "{before}"),
            }
        }
    });
}

#[test]
fn spoilt_system_data_is_passed_over() {
    const OS: &str = "<libosinfo version='0.0.1'><os id='http://x/1'><short-id>x1</short-id>\
        <name>X</name><release-date>2020-01-01</release-date><media arch='x86_64'><iso>\
        <volume-id>X.*[0-9]</volume-id></iso></media><resources arch='all'><minimum>\
        <ram>1073741824</ram></minimum></resources><derives-from id='http://x/1'/></os></libosinfo>";
    fuzz(&(cuts(), prop::collection::vec(any::<u8>(), 0..300)), |(cuts, bytes)| {
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
    });
}

/// Addresses of hosts and screens, as somebody may hand them over.
#[test]
fn spoilt_addresses_are_read_or_refused() {
    const ADDRESSES: [&str; 6] = [
        "qemu+ssh://me@host.example:2222/system?keyfile=/k&socket=/s",
        "qemu+tls://[fe80::1%25eth0]/system?pkipath=/p",
        "test:///default",
        "vnc://[::1]:5901",
        "spice://host?tls-port=5901&port=5900",
        "spice+unix:///run/a%20b",
    ];
    fuzz(&(cuts(), ".{0,60}"), |(cuts, any)| {
        let spoilt = ADDRESSES.iter().map(|address| mutated(address, &cuts));
        for text in spoilt.chain([any]) {
            let _ = HostUri::parse(&text);
            let _ = Viewer::is_address(&text);
            if let Ok(viewer) = Viewer::from_address(&text) {
                let _ = (viewer.name(), viewer.is_local(), viewer.place.to_string());
            }
        }
    });
}

/// What stands in a connection file for a screen.
#[test]
fn spoilt_connection_files_are_read_or_refused() {
    let keys = ["type", "host", "port", "tls-port", "password", "title", "fullscreen", "ca"];
    let more = ["host-subject", "delete-this-file", "unix-path", "proxy", "secure-channels"];
    let key = prop::sample::select([&keys[..], &more[..]].concat());
    let value = prop_oneof!["vnc|spice", "[0-9]{0,8}", "0|1|true", ".{0,40}", "\\PC{0,70}"];
    fuzz(&prop::collection::btree_map(key.prop_map(str::to_owned), value, 0..9), |keys| {
        if let Ok(viewer) = Viewer::from_file(&keys) {
            let _ = (viewer.name(), viewer.is_local(), viewer.place.to_string());
        }
    });
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
