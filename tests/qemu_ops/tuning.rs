//! Processors' features, NUMA nodes, modules and limits on real guests.

use std::collections::BTreeSet;

use posada::{
    backend::{Modification, XmlKind},
    model::{
        hardware::{
            self, DeviceKind, Field, LiveEdit, MemoryLimit, NewDevice, Threads, Tuning, all_fields,
            differences, live_changes,
        },
        xml::Document,
    },
};

use crate::{
    common::{self, GuestXml},
    host::{Host, id},
};

fn field(id: &str) -> &'static Field {
    all_fields().find(|field| field.id == id).unwrap()
}

fn change(host: &Host, guest: &common::Guest, live: Vec<LiveEdit>) -> Vec<Result<(), String>> {
    let modification = Modification { live, ..Modification::default() };
    let done = host.wait(host.handle.modify(id(guest), modification)).unwrap();
    done.into_iter().map(|done| done.map_err(|failure| failure.detail)).collect()
}

#[test]
fn threads_are_pinned_and_limited_while_the_guest_runs() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let mut xml = GuestXml::new("pinned");
    xml.vcpus = 2;
    let guest = host.libvirt.start(&xml);
    let first = || Some(BTreeSet::from([0]));
    let done = change(
        &host,
        &guest,
        vec![
            LiveEdit::Tune(Tuning::PinVcpu(1, first())),
            LiveEdit::Tune(Tuning::PinEmulator(first())),
        ],
    );
    assert_eq!(done, [Ok(()), Ok(())]);
    let live = || Document::parse(&host.libvirt.virsh(&["dumpxml", &guest.name])).unwrap();
    let pin = "cputune/vcpupin[@vcpu='1']/@cpuset";
    assert_eq!(live().get(pin).as_deref(), Some("0"));
    assert_eq!(live().get("cputune/emulatorpin/@cpuset").as_deref(), Some("0"));
    // Lifted again: all of the host's.
    assert_eq!(change(&host, &guest, vec![LiveEdit::Tune(Tuning::PinVcpu(1, None))]), [Ok(())]);
    assert_ne!(live().get(pin).as_deref(), Some("0"));

    // What virsh can limit here can be limited; what it cannot is refused with
    // the host's reason.
    for (change_now, command, path, value) in [
        (
            Tuning::Shares(512),
            ["schedinfo", "--live", "--set", "cpu_shares=256"].as_slice(),
            "cputune/shares",
            "512",
        ),
        (
            Tuning::Period(Threads::Vcpus, 50_000),
            &["schedinfo", "--live", "--set", "vcpu_period=40000"],
            "cputune/period",
            "50000",
        ),
        (
            Tuning::Quota(Threads::Vcpus, Some(20_000)),
            &["schedinfo", "--live", "--set", "vcpu_quota=10000"],
            "cputune/quota",
            "20000",
        ),
        (
            Tuning::Memory(vec![(MemoryLimit::Hard, Some(3 << 30))]),
            &["memtune", "--live", "--hard-limit", "4194304"],
            "memtune/hard_limit",
            "3145728",
        ),
        (
            Tuning::Memory(vec![(MemoryLimit::Soft, Some(2 << 30))]),
            &["memtune", "--live", "--soft-limit", "3145728"],
            "memtune/soft_limit",
            "2097152",
        ),
        (
            Tuning::IoWeight(200),
            &["blkiotune", "--live", "--weight", "300"],
            "blkiotune/weight",
            "200",
        ),
    ] {
        let mut words = vec![command[0], guest.name.as_str()];
        words.extend(&command[1..]);
        let possible = host.libvirt.try_virsh(&words).is_ok();
        let done = change(&host, &guest, vec![LiveEdit::Tune(change_now.clone())]);
        assert_eq!(done[0].is_ok(), possible, "{change_now:?}: {done:?}");
        if possible {
            assert_eq!(live().get(path).as_deref(), Some(value), "{change_now:?}");
        }
    }
}

#[test]
fn a_memory_module_is_plugged_into_a_running_guest() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = host.libvirt.define(&GuestXml::new("modules").with_memory(256));
    let read = |kind| host.wait(host.handle.domain_xml(id(&guest), kind)).unwrap();
    // Room for modules, made at the next start.
    let base = read(XmlKind::InactiveSecure);
    let mut doc = Document::parse(&base).unwrap();
    let module = hardware::add(&mut doc, &NewDevice::MemoryModule(128 << 20)).unwrap();
    hardware::remove(&mut doc, &module).unwrap();
    let modification =
        Modification { definition: Some((base, doc.to_string())), ..Modification::default() };
    host.wait(host.handle.modify(id(&guest), modification)).unwrap();
    host.libvirt.virsh(&["start", &guest.name]);

    let base = read(XmlKind::InactiveSecure);
    let before = Document::parse(&base).unwrap();
    let running = Document::parse(&read(XmlKind::Live)).unwrap();
    let mut after = before.clone();
    hardware::add(&mut after, &NewDevice::MemoryModule(128 << 20)).unwrap();
    let edits = live_changes(&running, &before, &after).unwrap();
    let [(LiveEdit::Attach(xml), _)] = edits.as_slice() else { panic!("{edits:?}") };
    let modification = Modification {
        definition: Some((base, after.to_string())),
        volumes: Vec::new(),
        live: vec![LiveEdit::Attach(xml.clone())],
    };
    assert_eq!(host.wait(host.handle.modify(id(&guest), modification)).unwrap(), [Ok(())]);
    let live = Document::parse(&read(XmlKind::Live)).unwrap();
    let inactive = Document::parse(&read(XmlKind::InactiveSecure)).unwrap();
    for doc in [&live, &inactive] {
        let all = hardware::get(doc, None, field("memory.maximum"));
        assert_eq!(all, Some((384_u64 << 20).to_string()));
        assert_eq!(doc.select("devices/memory").len(), 1);
    }
    // What was wanted is what libvirt made of it.
    let memory = |found: &hardware::Difference| matches!(found, hardware::Difference::Field { field, .. } if field.id.starts_with("memory.") || field.id.starts_with("numa"));
    assert!(!differences(&after, &inactive).iter().any(memory));
}

#[test]
fn nodes_and_features_are_as_libvirt_keeps_them() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let mut xml = GuestXml::new("nodes").with_memory(300);
    xml.vcpus = 3;
    let guest = host.libvirt.define(&xml);
    let read = || host.wait(host.handle.domain_xml(id(&guest), XmlKind::InactiveSecure)).unwrap();
    let base = read();
    let mut doc = Document::parse(&base).unwrap();
    hardware::edit(&mut doc, None, field("cpu.mode"), Some("maximum")).unwrap();
    let feature = hardware::part(DeviceKind::CpuFeature, "aes").unwrap();
    let policy = field("cpu_feature.policy");
    hardware::edit(&mut doc, Some(&feature), policy, Some("disable")).unwrap();
    hardware::set_node_count(&mut doc, 2).unwrap();
    let modification =
        Modification { definition: Some((base, doc.to_string())), ..Modification::default() };
    host.wait(host.handle.modify(id(&guest), modification)).unwrap();
    let kept = Document::parse(&read()).unwrap();
    assert_eq!(kept.get("cpu/numa/cell[1]/@cpus").as_deref(), Some("0"));
    assert_eq!(kept.get("cpu/numa/cell[2]/@cpus").as_deref(), Some("1-2"));
    assert_eq!(kept.get("cpu/feature[@name='aes']/@policy").as_deref(), Some("disable"));
    // The model of another kind of processor goes; nothing else does.
    let others = |found: &hardware::Difference| !matches!(found, hardware::Difference::Field { field, .. } if field.id == "cpu.model");
    assert!(!differences(&doc, &kept).iter().any(others));
    host.libvirt.virsh(&["start", &guest.name]);
}
