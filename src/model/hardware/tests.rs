use proptest::prelude::*;

use super::{
    BootEntry, Difference, FieldError, Firmware, Kind, LiveEdit, NewDevice, Place, Rule, add,
    all_fields, boot_order, check, devices, differences, find, firmware, get, live_changes,
    part_slots, remove, set, set_boot_order, set_firmware, waits_for_restart,
};
use crate::model::xml::Document;

const EVERYTHING: &str = include_str!("fixtures/everything.xml");

fn everything() -> Document {
    Document::parse(EVERYTHING).unwrap()
}

fn field(id: &str) -> &'static super::Field {
    all_fields().find(|field| field.id == id).unwrap_or_else(|| panic!("no field {id}"))
}

/// A value that the field takes.
fn example(field: &super::Field) -> String {
    match field.kind {
        Kind::Flag => "yes".to_owned(),
        Kind::Switch { on, .. } => on.to_owned(),
        Kind::Choice(words) => words[0].to_owned(),
        Kind::OpenChoice(words) => words.first().unwrap_or(&"special").to_string(),
        Kind::Number { min, .. } => min.to_string(),
        Kind::Size { min } => (min * 3).to_string(),
        Kind::Text(Rule::Path) => "/a b/<&'\">".to_owned(),
        Kind::Text(Rule::Mac) => "52:54:00:aa:bb:cc".to_owned(),
        Kind::Text(Rule::CpuSet) => "0-3,^2".to_owned(),
        Kind::Text(Rule::Vlans) => "10,20".to_owned(),
        Kind::Text(Rule::Hexadecimal) => "0x0003".to_owned(),
        Kind::Text(_) => "one & <two>".to_owned(),
    }
}

#[test]
fn ids_are_unique_and_examples_pass() {
    let mut ids: Vec<_> = all_fields().map(|field| field.id).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for field in all_fields() {
        assert_eq!(check(field, &example(field)), Ok(()), "{}", field.id);
        assert!(check(field, "a\nb").is_err() && check(field, "\u{1}").is_err(), "{}", field.id);
    }
}

/// Every field on the guest, or on each device of its kind.
fn places(doc: &Document) -> Vec<(&'static super::Field, Option<super::Device>)> {
    let mut devices = devices(doc);
    devices.extend(super::DeviceKind::PARTS.into_iter().flat_map(|kind| part_slots(doc, kind)));
    let mut places = Vec::new();
    for field in all_fields() {
        match field.place {
            Place::Guest(_) => places.push((field, None)),
            Place::Device(kind) => {
                let mine = devices.iter().filter(|device| device.kind == kind);
                places.extend(mine.map(|device| (field, Some(device.clone()))));
            }
        }
    }
    places
}

#[test]
fn each_field_is_written_read_and_taken_back() {
    let before = everything();
    for (field, device) in places(&before) {
        let at = device.as_ref();
        let old = get(&before, at, field);
        let value = example(field);
        let mut doc = before.clone();
        set(&mut doc, at, field, Some(&value)).unwrap_or_else(|e| panic!("{}: {e}", field.id));
        assert_eq!(get(&doc, at, field).as_deref(), Some(value.as_str()), "{}", field.id);
        set(&mut doc, at, field, old.as_deref()).unwrap();
        assert_eq!(get(&doc, at, field), old, "{}", field.id);
        if old.is_none() {
            assert_eq!(doc.as_str(), before.as_str(), "{} leaves nothing behind", field.id);
        }
    }
}

#[test]
fn an_edit_touches_only_its_own_device() {
    let before = everything();
    let disk = find(&before, "disk:vda").unwrap();
    let mut doc = before.clone();
    set(&mut doc, Some(&disk), field("disk.cache"), Some("none")).unwrap();
    let found = differences(&before, &doc);
    let [Difference::Field { field, device, before: old, after }] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!((field.id, device.as_deref()), ("disk.cache", Some("disk:vda")));
    assert_eq!((old.as_deref(), after.as_deref()), (None, Some("none")));
}

#[test]
fn every_kind_of_device_is_found_again() {
    let doc = everything();
    let all = devices(&doc);
    for kind in super::DeviceKind::ALL {
        assert!(all.iter().any(|device| device.kind == kind), "{kind:?}");
    }
    let mut identities: Vec<_> = all.iter().map(|device| device.identity.clone()).collect();
    identities.sort();
    identities.dedup();
    assert_eq!(identities.len(), all.len());
    for device in &all {
        assert_eq!(find(&doc, &device.identity).as_ref(), Some(device));
        assert!(device.xml(&doc).unwrap().starts_with(&format!("<{}", device.kind.element())));
    }
}

#[test]
fn what_comes_goes_again_and_takes_no_name_twice() {
    let before = everything();
    let disk = |bus: &str| NewDevice::Disk {
        device: "disk".to_owned(),
        bus: bus.to_owned(),
        source: Some("/x y.qcow2".to_owned()),
        format: "qcow2".to_owned(),
    };
    let mut doc = before.clone();
    let first = add(&mut doc, &disk("virtio")).unwrap();
    let second = add(&mut doc, &disk("virtio")).unwrap();
    assert_ne!(first.fact("target"), second.fact("target"));
    assert_eq!(differences(&before, &doc).len(), 2);
    remove(&mut doc, &second).unwrap();
    remove(&mut doc, &first).unwrap();
    assert_eq!(doc.as_str(), before.as_str());
}

#[test]
fn the_mark_of_waiting_changes_knows_every_field() {
    let live = everything();
    for (field, device) in places(&live) {
        let (value, now) = (example(field), get(&live, device.as_ref(), field));
        let mut next = live.clone();
        set(&mut next, device.as_ref(), field, Some(&value)).unwrap();
        // What a row says of itself, list and page say of the guest.
        let row = now.as_deref() != Some(&value) && field.is_pending(now.as_deref(), Some(&value));
        assert_eq!(waits_for_restart(&live, &next), row, "{}", field.id);
        assert!(!waits_for_restart(&live, &live));
    }
}

#[test]
fn a_usb_device_is_the_same_wherever_it_is_plugged_in() {
    let hostdev = |place: &str| {
        let text = format!(
            "<domain><devices><hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/>\
             <product id='0x2'/>{place}</source></hostdev></devices></domain>"
        );
        Document::parse(&text).unwrap()
    };
    let (live, next) = (hostdev("<address bus='1' device='5'/>"), hostdev(""));
    assert!(!waits_for_restart(&live, &next));
}

#[test]
fn a_policy_has_digits_of_sixteen_and_fits() {
    let policy = field("security.policy");
    for good in ["0x0", "0x0003", "0XfF", "0x00030000", "0xffffffffffffffff"] {
        assert_eq!(check(policy, good), Ok(()), "{good}");
    }
    for bad in ["3", "0x", "0003", "x3", "0x0g", "0x 3", "-0x3", "0x10000000000000000"] {
        assert_eq!(check(policy, bad), Err(FieldError::NotHexadecimal), "{bad}");
    }
    assert_eq!(check(policy, " "), Err(FieldError::Empty));
}

#[test]
fn a_running_guest_follows_where_it_can() {
    let before = everything();
    let live = before.clone();
    let mut after = before.clone();
    let nic =
        devices(&before).into_iter().find(|d| d.kind == super::DeviceKind::Interface).unwrap();
    set(&mut after, Some(&nic), field("interface.link"), Some("down")).unwrap();
    set(&mut after, Some(&nic), field("interface.model"), Some("e1000e")).unwrap();
    set(&mut after, None, field("memory.current"), Some("1073741824")).unwrap();
    set(&mut after, None, field("cpu.mode"), Some("maximum")).unwrap();
    let edits = live_changes(&live, &before, &after).unwrap();
    let edits: Vec<_> = edits.into_iter().map(|(edit, _)| edit).collect();
    let [LiveEdit::Memory(bytes), LiveEdit::Update(xml)] = edits.as_slice() else {
        panic!("{edits:?}");
    };
    assert_eq!(*bytes, 1 << 30);
    assert!(xml.contains("state='down'") || xml.contains("state=\"down\""), "{xml}");
    assert!(!xml.contains("e1000e"), "another card waits for the next start: {xml}");
}

#[test]
fn both_ways_to_say_the_order_are_read_and_one_is_written() {
    let old = "<domain><os><type>hvm</type><boot dev='cdrom'/><boot dev='hd'/></os><devices>\
        <disk device='disk'><target dev='vda'/></disk><disk device='cdrom'><target dev='sda'/></disk>\
        <interface type='user'><mac address='52:54:00:00:00:01'/></interface></devices></domain>";
    let mut doc = Document::parse(old).unwrap();
    let order = boot_order(&doc);
    let names = |order: &[BootEntry]| -> Vec<(String, bool)> {
        order.iter().map(|e| (e.device.identity.clone(), e.enabled)).collect()
    };
    let entry = |name: &str, enabled| (name.to_owned(), enabled);
    assert_eq!(
        names(&order),
        [
            entry("disk:sda", true),
            entry("disk:vda", true),
            entry("interface:52:54:00:00:00:01", false)
        ]
    );
    let mut turned = order.clone();
    turned.swap(0, 1);
    turned[2].enabled = true;
    set_boot_order(&mut doc, &turned).unwrap();
    assert_eq!(names(&boot_order(&doc)), names(&turned));
    assert!(doc.find("os/boot").is_none());
    assert_eq!(doc.get("devices/disk[1]/boot/@order").as_deref(), Some("1"));
}

#[test]
fn firmware_is_told_and_changed() {
    let mut doc =
        Document::parse("<domain><os><type machine='q35'>hvm</type></os></domain>").unwrap();
    assert_eq!(firmware(&doc), Firmware::Bios);
    for wanted in [
        Firmware::Uefi { secure: true },
        Firmware::Uefi { secure: false },
        Firmware::Bios,
        Firmware::Uefi { secure: false },
    ] {
        set_firmware(&mut doc, wanted).unwrap();
        assert_eq!(firmware(&doc), wanted, "{doc}");
    }
    let files =
        "<domain><os><loader type='pflash'>/x.fd</loader><nvram>/n.fd</nvram></os></domain>";
    let mut doc = Document::parse(files).unwrap();
    assert_eq!(firmware(&doc), Firmware::Files);
    set_firmware(&mut doc, Firmware::Uefi { secure: true }).unwrap();
    assert!(!doc.as_str().contains("nvram") && !doc.as_str().contains("loader"), "{doc}");
}

#[test]
fn two_hundred_disks_are_read_in_a_moment() {
    let mut doc = everything();
    for number in 0..200 {
        let disk = NewDevice::Disk {
            device: "disk".to_owned(),
            bus: "scsi".to_owned(),
            source: Some(format!("/disks/{number}.qcow2")),
            format: "qcow2".to_owned(),
        };
        add(&mut doc, &disk).unwrap();
    }
    let started = std::time::Instant::now();
    assert!(devices(&doc).len() > 200);
    let took = started.elapsed();
    // Unoptimised, on a busy machine.
    assert!(took.as_millis() < 500, "{took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_and_their_reverses_give_the_first_document(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..12)
    ) {
        let before = everything();
        let all = places(&before);
        let mut doc = before.clone();
        let mut undo = Vec::new();
        for pick in picks {
            let (field, device) = pick.get(&all);
            let device = device.as_ref();
            // What a device is called by is another matter.
            if ["disk.bus", "interface.mac", "filesystem.target"].contains(&field.id) {
                continue;
            }
            undo.push((*field, device, get(&doc, device, field)));
            set(&mut doc, device, field, Some(&example(field))).unwrap();
        }
        for (field, device, old) in undo.into_iter().rev() {
            set(&mut doc, device, field, old.as_deref()).unwrap();
        }
        prop_assert_eq!(differences(&before, &doc), vec![]);
    }
}
