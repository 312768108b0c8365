use super::draft::{Draft, Entry, Mark, Standing};
use crate::model::hardware::{self, Firmware, LiveEdit, Section};

const BASE: &str = "<domain><memory unit='MiB'>512</memory><vcpu>2</vcpu><devices>\
    <disk type='file' device='disk'><target dev='vda' bus='virtio'/></disk>\
    <interface type='user'><mac address='52:54:00:00:00:01'/><link state='up'/></interface>\
    </devices></domain>";

fn field(id: &str) -> &'static hardware::Field {
    hardware::all_fields().find(|field| field.id == id).unwrap()
}

#[test]
fn a_field_is_edited_taken_back_and_waits_for_the_next_start() {
    let live = BASE.replace("<vcpu>2", "<vcpu>1");
    let mut draft = Draft::new(BASE.to_owned(), Some(&live)).unwrap();
    let vcpus = field("cpu.maximum");
    assert_eq!(draft.standing(None, vcpus), Standing::Pending(Some("1".to_owned())));
    assert!(draft.waits_for_restart() && !draft.is_edited());
    draft.set(None, vcpus, Some("4")).unwrap();
    assert_eq!(draft.standing(None, vcpus), Standing::Edited);
    assert_eq!(draft.changes(), 1);
    assert!(draft.set(None, vcpus, Some("many")).is_err());
    draft.revert(None, vcpus);
    assert!(!draft.is_edited());
}

#[test]
fn what_waits_comes_back_and_pages_with_changes_are_marked() {
    let next = BASE.replace("<domain>", "<domain><os firmware='efi'><type>hvm</type></os>");
    let live = next.replace(" firmware='efi'", "").replace("<vcpu>2", "<vcpu>1");
    let mut draft = Draft::new(next, Some(&live)).unwrap();
    assert_eq!(draft.waiting_firmware(), Some(Firmware::Bios));
    let (cpu, boot) = (Entry::Section(Section::Cpu), Entry::Section(Section::Boot));
    let marks = draft.marks();
    assert_eq!((marks[&cpu], marks[&boot], marks.len()), (Mark::Waiting, Mark::Waiting, 2));
    let vcpus = field("cpu.maximum");
    draft.revert(None, vcpus);
    assert_eq!(draft.value(None, vcpus).as_deref(), Some("1"));
    // It comes with what else the running one says of its start.
    draft.set_firmware(None).unwrap();
    assert_eq!(draft.firmware(), Firmware::Bios);
    assert!(draft.doc.get("os/type").is_some() && draft.has_new_firmware());
    let disk = draft.devices().remove(0);
    draft.set(Some(&disk), field("disk.cache"), Some("none")).unwrap();
    let marks = draft.marks();
    assert_eq!(marks[&cpu], Mark::Edited);
    assert_eq!(marks[&boot], Mark::Edited);
    assert_eq!(marks[&Entry::Device(disk.identity)], Mark::Edited);
    // Once more is back to what waits.
    draft.set_firmware(None).unwrap();
    assert_eq!(draft.marks()[&boot], Mark::Waiting);
    draft.revert(None, vcpus);
    assert_eq!(draft.marks()[&cpu], Mark::Waiting);
}

#[test]
fn a_new_hardware_address_is_a_change_of_the_same_card() {
    let with = BASE.replace("<link", "<address type='pci' slot='0x03'/><link");
    let mut draft = Draft::new(with.clone(), Some(&with)).unwrap();
    let card = |draft: &Draft| {
        draft.devices().into_iter().find(|d| d.identity.starts_with("interface")).unwrap()
    };
    let mac = field("interface.mac");
    for value in ["52:54:00:00:00:02", "52:54:00:00:00:03"] {
        draft.set(Some(&card(&draft)), mac, Some(value)).unwrap();
        assert_eq!(draft.standing(Some(&card(&draft)), mac), Standing::Edited);
        let (modification, waiting) = draft.plan().unwrap();
        assert!(modification.live.is_empty(), "no card is pulled out for it");
        assert_eq!((draft.changes(), waiting), (1, 1));
    }
    draft.revert(Some(&card(&draft)), mac);
    assert!(!draft.is_edited());
}

#[test]
fn all_processors_need_no_number() {
    let with = BASE.replace("<vcpu>2", "<vcpu current='1'>2");
    let mut draft = Draft::new(with, None).unwrap();
    draft.set(None, field("cpu.current"), Some("2")).unwrap();
    assert!(draft.is_edited());
    let kept = Draft::new(BASE.to_owned(), None).unwrap();
    assert!(draft.lost_in(kept.as_read()).is_empty());
    let one = Draft::new(BASE.replace("<vcpu>2", "<vcpu>1"), None).unwrap();
    assert_eq!(draft.lost_in(one.as_read()).len(), 1);
}

#[test]
fn what_libvirt_did_not_keep_is_told() {
    let mut draft = Draft::new(BASE.to_owned(), None).unwrap();
    draft.set(None, field("cpu.maximum"), Some("4")).unwrap();
    draft.set(None, field("memory.source"), Some("memfd")).unwrap();
    let kept = Draft::new(BASE.replace("<vcpu>2", "<vcpu>4"), None).unwrap();
    let lost: Vec<_> = draft.lost_in(kept.as_read()).iter().map(|field| field.id).collect();
    assert_eq!(lost, ["memory.source"]);
}

#[test]
fn what_can_be_now_is_asked_for_now() {
    let mut draft = Draft::new(BASE.to_owned(), Some(BASE)).unwrap();
    let nic = draft.devices().into_iter().find(|d| d.identity.starts_with("interface"));
    draft.set(nic.as_ref(), field("interface.link"), Some("down")).unwrap();
    draft.set(nic.as_ref(), field("interface.model"), Some("e1000e")).unwrap();
    let (modification, waiting) = draft.plan().unwrap();
    assert!(matches!(modification.live.as_slice(), [LiveEdit::Update(_)]));
    assert_eq!(waiting, 1);
    assert!(modification.definition.is_some_and(|(before, _)| before == BASE));
}

#[test]
fn what_depends_on_another_field_shows_beside_it_only() {
    let mut draft = Draft::new(BASE.to_owned(), None).unwrap();
    let zone = field("clock.timezone");
    assert!(!draft.is_shown(None, zone));
    draft.set(None, field("clock.offset"), Some("timezone")).unwrap();
    assert!(draft.is_shown(None, zone));
}

#[test]
fn a_removed_device_is_listed_and_comes_back() {
    let mut draft = Draft::new(BASE.to_owned(), Some(BASE)).unwrap();
    let disk = draft.devices().remove(0);
    let gone = Entry::Gone(disk.identity.clone());
    draft.remove(&disk, None).unwrap();
    assert_eq!(draft.removed(), std::slice::from_ref(&disk));
    assert_eq!(draft.marks()[&gone], Mark::Edited);
    assert!(!draft.is_gone(&disk.identity));
    draft.restore(&disk.identity).unwrap();
    assert!(!draft.is_edited() && draft.removed().is_empty());

    // Its removal was applied, and the guest has not let go of it.
    let next =
        BASE.replace("<disk type='file' device='disk'><target dev='vda' bus='virtio'/></disk>", "");
    let mut draft = Draft::new(next, Some(BASE)).unwrap();
    assert_eq!(draft.removed(), std::slice::from_ref(&disk));
    assert_eq!(draft.marks()[&gone], Mark::Waiting);
    draft.restore(&disk.identity).unwrap();
    assert!(draft.removed().is_empty() && draft.devices().contains(&disk));
    let (modification, waiting) = draft.plan().unwrap();
    assert!(modification.live.is_empty(), "the guest has it");
    assert_eq!(waiting, 0);
}

/// A value comes key by key: what the first ones would bring with them is nobody's
/// wish.
#[test]
fn what_is_typed_leaves_no_traces_of_its_beginning() {
    let topology = "<cpu><topology sockets='1' dies='1' cores='2' threads='2'/></cpu>";
    let base = BASE.replace("<vcpu>2</vcpu>", &format!("<vcpu>4</vcpu>{topology}"));
    let typed = |edits: &[(&str, &str)]| {
        let mut draft = Draft::new(base.clone(), None).unwrap();
        for (id, value) in edits {
            draft.set(None, field(id), Some(value)).unwrap();
        }
        draft.doc.to_string()
    };
    let all = "cpu.maximum";
    assert_eq!(typed(&[(all, "1"), (all, "16")]), typed(&[(all, "16")]));
    assert_eq!(typed(&[(all, "1"), (all, "4")]), base);
    // Another field in between makes it another edit.
    let between = typed(&[(all, "1"), ("cpu.check", "full"), (all, "4")]);
    assert!(!between.contains("cores='2' threads='2'"), "{between}");
    // A card whose address is typed is the same card all the time.
    let mut draft = Draft::new(base, None).unwrap();
    let mut nic = draft.devices().remove(1);
    for address in ["52:54:00:00:00:02", "52:54:00:00:00:03"] {
        draft.set(Some(&nic), field("interface.mac"), Some(address)).unwrap();
        nic = draft.devices().remove(1);
        assert_eq!(draft.standing(Some(&nic), field("interface.mac")), Standing::Edited);
        assert_eq!(draft.standing(Some(&nic), field("interface.link")), Standing::Settled);
    }
    draft.revert(Some(&nic), field("interface.mac"));
    assert!(!draft.is_edited());
}
