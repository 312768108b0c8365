use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    DeviceKind, Difference, LiveEdit, MemoryLimit, Need, NewDevice, Threads, Tuning, add,
    all_fields, can_have_features, devices, differences, edit, get, live_changes, needs,
    node_count, part, part_slots, parts, parts_of, remove, set, set_node_count,
};
use crate::model::{cpu_set, xml::Document};

const PLAIN: &str = "<domain>\n  <memory unit='MiB'>1000</memory>\n  \
    <currentMemory unit='MiB'>1000</currentMemory>\n  <vcpu>4</vcpu>\n  <iothreads>1</iothreads>\n  \
    <cpu mode='host-model'/>\n  <devices>\n    <rng/>\n  </devices>\n</domain>\n";

fn plain() -> Document {
    Document::parse(PLAIN).unwrap()
}

fn field(id: &str) -> &'static super::Field {
    all_fields().find(|field| field.id == id).unwrap()
}

fn mib(doc: &Document, id: &str) -> u64 {
    get(doc, None, field(id)).unwrap().parse::<u64>().unwrap() >> 20
}

#[test]
fn features_come_and_go() {
    let mut doc = plain();
    let policy = field("cpu_feature.policy");
    let avx = part(DeviceKind::CpuFeature, "avx2").unwrap();
    set(&mut doc, Some(&avx), policy, Some("disable")).unwrap();
    assert_eq!(parts(&doc), std::slice::from_ref(&avx));
    assert!(doc.as_str().contains("<feature name='avx2' policy='disable'/>"), "{doc}");
    let found = differences(&plain(), &doc);
    assert!(
        matches!(found.as_slice(), [Difference::Field { device: Some(of), .. }] if *of == avx.identity)
    );
    set(&mut doc, Some(&avx), policy, None).unwrap();
    assert_eq!(doc.as_str(), PLAIN);
    // What could close the path is no name.
    for name in ["", "a'b", "a]b", "a b", "ä"] {
        assert_eq!(part(DeviceKind::CpuFeature, name), None);
    }
    assert!(can_have_features(&doc));
    assert!(!can_have_features(&Document::parse("<domain/>").unwrap()));
}

#[test]
fn a_running_guest_has_what_became_of_a_wish() {
    let policy = field("cpu_feature.policy");
    assert!(!policy.is_pending(Some("require"), Some("force")));
    assert!(policy.is_pending(None, Some("require")));
    assert!(
        !policy.is_pending(None, Some("optional")) && !policy.is_pending(None, Some("disable"))
    );
    assert!(policy.is_pending(Some("require"), Some("forbid")));
}

#[test]
fn pins_and_limits_change_while_the_guest_runs() {
    let mut doc = plain();
    let slots = part_slots(&doc, DeviceKind::VcpuPin);
    assert_eq!(slots.len(), 4);
    assert_eq!(part_slots(&doc, DeviceKind::IothreadPin)[0].key(), "1");
    set(&mut doc, Some(&slots[2]), field("vcpu_pin.cpus"), Some("0-1")).unwrap();
    set(&mut doc, None, field("tuning.quota"), Some("50000")).unwrap();
    set(&mut doc, None, field("tuning.memory_hard"), Some("4294967296")).unwrap();
    let tuned = |before: &Document, after: &Document| -> Vec<_> {
        let edits = live_changes(before, before, after).unwrap();
        edits.into_iter().map(|(edit, _)| edit).collect()
    };
    assert_eq!(
        tuned(&plain(), &doc),
        [
            LiveEdit::Tune(Tuning::Quota(Threads::Vcpus, Some(50_000))),
            LiveEdit::Tune(Tuning::Memory(vec![(MemoryLimit::Hard, Some(4 << 30))])),
            LiveEdit::Tune(Tuning::PinVcpu(2, Some(BTreeSet::from([0, 1])))),
        ]
    );
    assert_eq!(
        tuned(&doc, &plain()),
        [
            LiveEdit::Tune(Tuning::Quota(Threads::Vcpus, None)),
            LiveEdit::Tune(Tuning::Memory(vec![(MemoryLimit::Hard, None)])),
            LiveEdit::Tune(Tuning::PinVcpu(2, None)),
        ]
    );
}

#[test]
fn nodes_share_what_the_guest_has() {
    let mut doc = plain();
    set_node_count(&mut doc, 3).unwrap();
    let cells: Vec<_> =
        doc.select("cpu/numa/cell").iter().map(crate::model::xml::Element::source).collect();
    assert_eq!(
        cells,
        [
            "<cell id='0' memory='340992' unit='KiB' cpus='0'/>",
            "<cell id='1' memory='340992' unit='KiB' cpus='1'/>",
            "<cell id='2' memory='342016' unit='KiB' cpus='2-3'/>",
        ]
    );
    set_node_count(&mut doc, 0).unwrap();
    assert_eq!(doc.as_str(), PLAIN);

    // A guest with one node changes with it.
    set_node_count(&mut doc, 1).unwrap();
    edit(&mut doc, None, field("memory.maximum"), Some(&(2_u64 << 30).to_string())).unwrap();
    edit(&mut doc, None, field("cpu.maximum"), Some("6")).unwrap();
    let node = &parts_of(&doc, DeviceKind::NumaNode)[0];
    assert_eq!(
        get(&doc, Some(node), field("numa_node.memory")).unwrap(),
        (2_u64 << 30).to_string()
    );
    assert_eq!(get(&doc, Some(node), field("numa_node.cpus")).unwrap(), "0-5");
    // And the guest with its node, in use as well.
    edit(&mut doc, Some(node), field("numa_node.memory"), Some(&(512_u64 << 20).to_string()))
        .unwrap();
    assert_eq!((mib(&doc, "memory.maximum"), mib(&doc, "memory.current")), (512, 512));
}

#[test]
fn a_module_brings_what_it_needs() {
    let mut doc = plain();
    let module = add(&mut doc, &NewDevice::MemoryModule(1 << 30)).unwrap();
    assert_eq!(node_count(&doc), 1);
    assert_eq!((mib(&doc, "memory.maximum"), mib(&doc, "memory.current")), (2024, 2024));
    assert_eq!(mib(&doc, "memory.hotplug"), 4048);
    assert_eq!(doc.get("maxMemory/@slots").as_deref(), Some("16"));
    // The node's memory is the guest's without the module.
    edit(&mut doc, None, field("memory.maximum"), Some(&(3_u64 << 30).to_string())).unwrap();
    assert_eq!(doc.get("cpu/numa/cell/@memory").as_deref(), Some("2097152"));
    remove(&mut doc, &module).unwrap();
    assert_eq!(mib(&doc, "memory.maximum"), 2048);
    assert_eq!(mib(&doc, "memory.current"), 2048);
    assert!(devices(&doc).iter().all(|device| device.kind != DeviceKind::Memory));
}

#[test]
fn a_folder_takes_the_memory_as_it_is_set() {
    let folder =
        NewDevice::Folder { source: "/srv".to_owned(), target: "t".to_owned(), readonly: false };
    let huge = "<memoryBacking><hugepages/></memoryBacking>";
    let file = "<memoryBacking><source type='file'/></memoryBacking>";
    for (before, source) in [("", Some("memfd")), (huge, None), (file, Some("file"))] {
        let mut doc = Document::parse(&PLAIN.replace("<cpu ", &format!("{before}<cpu "))).unwrap();
        assert_eq!(needs(&doc, &folder), [Need::SharedMemory]);
        add(&mut doc, &folder).unwrap();
        assert_eq!(doc.get("memoryBacking/source/@type").as_deref(), source);
        assert_eq!(doc.get("memoryBacking/access/@mode").as_deref(), Some("shared"));
        assert_eq!(needs(&doc, &folder), []);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Nodes(usize),
    Memory(u64),
    Cpus(u32),
    NodeMemory(usize, u64),
    Module(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_usize..6).prop_map(Step::Nodes),
        (64_u64..9000).prop_map(Step::Memory),
        (1_u32..40).prop_map(Step::Cpus),
        (0_usize..6, 1_u64..3000).prop_map(|(node, memory)| Step::NodeMemory(node, memory)),
        (128_u64..1024).prop_map(Step::Module),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nodes_and_modules_are_always_all_of_the_guest(
        steps in prop::collection::vec(step(), 1..12)
    ) {
        let mut doc = plain();
        for step in steps {
            match step {
                Step::Nodes(count) => set_node_count(&mut doc, count).unwrap(),
                Step::Memory(size) => {
                    edit(&mut doc, None, field("memory.maximum"), Some(&(size << 20).to_string())).unwrap();
                }
                Step::Cpus(count) => {
                    edit(&mut doc, None, field("cpu.maximum"), Some(&count.to_string())).unwrap();
                }
                Step::NodeMemory(node, size) => {
                    if let Some(node) = parts_of(&doc, DeviceKind::NumaNode).get(node) {
                        let size = (size << 20).to_string();
                        edit(&mut doc, Some(node), field("numa_node.memory"), Some(&size)).unwrap();
                    }
                }
                Step::Module(size) => {
                    add(&mut doc, &NewDevice::MemoryModule(size << 20)).unwrap();
                }
            }
        }
        let nodes = parts_of(&doc, DeviceKind::NumaNode);
        prop_assume!(!nodes.is_empty());
        let memory = |node| get(&doc, Some(node), field("numa_node.memory")).unwrap();
        let memory: u64 = nodes.iter().map(|node| memory(node).parse::<u64>().unwrap()).sum();
        let all = mib(&doc, "memory.maximum") << 20;
        prop_assert_eq!(memory + super::numa::module_bytes(&doc), all, "{}", doc);
        if let Some(most) = get(&doc, None, field("memory.hotplug")) {
            prop_assert!(most.parse::<u64>().unwrap() >= all);
        }
        let cpus: Vec<u32> = nodes
            .iter()
            .filter_map(|node| get(&doc, Some(node), field("numa_node.cpus")))
            .flat_map(|set| cpu_set::parse(&set).unwrap())
            .collect();
        let wanted: u32 = get(&doc, None, field("cpu.maximum")).unwrap().parse().unwrap();
        prop_assert_eq!(cpus, (0..wanted).collect::<Vec<_>>(), "{}", doc);
    }
}

#[test]
fn parts_that_one_adds_come_with_usual_settings_and_go() {
    let mut doc = plain();
    for (kind, text, said) in [
        (DeviceKind::OemString, "one & two", "<entry>one &amp; two</entry>"),
        (DeviceKind::FwCfg, "opt/org.example/a", "<entry name='opt/org.example/a'/>"),
        (DeviceKind::VcpuSched, "", "<vcpusched vcpus='0' scheduler='batch'/>"),
        (DeviceKind::IothreadSched, "", "<iothreadsched iothreads='1' scheduler='batch'/>"),
        (DeviceKind::BlockDevice, "/dev/disk/a=b", "<path>/dev/disk/a=b</path>"),
        (DeviceKind::ThrottleGroup, "slow ones", "<group_name>slow ones</group_name>"),
        (DeviceKind::CacheTune, "", "<cache id='0' level='3' type='both' size='3072'/>"),
        (DeviceKind::MemoryTune, "", "<node id='0' bandwidth='100'/>"),
        (DeviceKind::CpuFeature, "avx2", "<feature name='avx2' policy='require'/>"),
    ] {
        let part = super::add_part(&mut doc, kind, text).unwrap();
        assert!(doc.as_str().contains(said), "{doc}");
        assert_eq!(super::find(&doc, &part.identity).as_ref(), Some(&part));
        assert_eq!(parts_of(&doc, kind), std::slice::from_ref(&part));
        super::remove_part(&mut doc, &part).unwrap();
        assert_eq!(doc.as_str(), PLAIN, "{kind:?} leaves nothing behind");
    }
    // What could close the path is no name.
    for name in ["", "a'b", "a[b", "a<b", "a&b", " a", "a\nb"] {
        assert!(super::add_part(&mut doc, DeviceKind::ThrottleGroup, name).is_err(), "{name}");
    }
    assert!(super::add_part(&mut doc, DeviceKind::BlockDevice, "sda").is_err());
    // Each processor has one rule.
    for vcpu in 0..4 {
        assert!(super::can_add_part(&doc, DeviceKind::VcpuSched));
        super::add_part(&mut doc, DeviceKind::VcpuSched, "").unwrap();
        assert!(doc.as_str().contains(&format!("<vcpusched vcpus='{vcpu}'")), "{doc}");
    }
    assert!(!super::can_add_part(&doc, DeviceKind::VcpuSched));
}

#[test]
fn a_value_for_the_firmware_is_a_text_or_a_file() {
    let mut doc = plain();
    let part = super::add_part(&mut doc, DeviceKind::FwCfg, "opt/a").unwrap();
    edit(&mut doc, Some(&part), field("fw_cfg.value"), Some("text")).unwrap();
    edit(&mut doc, Some(&part), field("fw_cfg.file"), Some("/a")).unwrap();
    assert!(doc.as_str().contains("<entry name='opt/a' file='/a'></entry>"), "{doc}");
    edit(&mut doc, Some(&part), field("fw_cfg.value"), Some("text")).unwrap();
    assert!(doc.as_str().contains("<entry name='opt/a'>text</entry>"), "{doc}");
}
