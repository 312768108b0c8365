//! Actions on guests.

use std::fs;

use posada::{
    backend::XmlKind,
    model::{DomainAction, FailureKind},
};

use crate::{
    common::{self, GuestXml},
    host::{Host, id, kind},
};

#[test]
fn actions_change_a_real_guest() {
    for libvirt in [common::system(), common::session()].into_iter().flatten() {
        let host = Host::connect(libvirt);
        let guest = host.libvirt.define(&GuestXml::new("actions"));
        let id = id(&guest);
        let state = || host.libvirt.virsh(&["domstate", &guest.name]);
        let act = |action| host.wait(host.handle.act(id, action));
        act(DomainAction::Start).unwrap();
        assert_eq!(state(), "running");
        assert_eq!(kind(act(DomainAction::Start)), FailureKind::InvalidState);
        act(DomainAction::Pause).unwrap();
        assert_eq!(state(), "paused");
        act(DomainAction::Resume).unwrap();
        act(DomainAction::Reset).unwrap();
        assert_eq!(state(), "running");

        let (mime, picture) = host.wait(host.handle.screenshot(id)).unwrap();
        match mime.as_str() {
            "image/png" => assert!(picture.starts_with(b"\x89PNG")),
            "image/x-portable-pixmap" => assert!(picture.starts_with(b"P6")),
            other => panic!("{other}"),
        }

        assert_eq!(kind(host.wait(host.handle.rename(id, "x".into()))), FailureKind::InvalidState);
        act(DomainAction::Save).unwrap();
        assert_eq!(state(), "shut off");
        assert!(host.libvirt.virsh(&["dominfo", &guest.name]).contains("Managed save:   yes"));
        act(DomainAction::Start).unwrap();
        assert_eq!(state(), "running");
        act(DomainAction::ForceOff).unwrap();
        assert_eq!(state(), "shut off");

        let name = common::unique("renamed ü");
        host.wait(host.handle.rename(id, name.clone())).unwrap();
        host.wait(host.handle.describe(id, "A & B".into(), "x\ny".into())).unwrap();
        let xml = host.wait(host.handle.domain_xml(id, XmlKind::InactiveSecure)).unwrap();
        assert!(xml.contains(&format!("<name>{name}</name>")));
        assert!(xml.contains("<title>A &amp; B</title>"));
        let edited = xml.replace(">65536<", ">131072<");
        host.wait(host.handle.redefine(id, xml.clone(), edited)).unwrap();
        let versions = host.wait(host.handle.versions(id)).unwrap();
        let kept = host.wait(host.handle.version_xml(id, versions[0])).unwrap();
        assert_eq!(kept, xml, "what was replaced can be had again");
        let late = host.wait(host.handle.redefine(id, xml.clone(), xml));
        assert_eq!(kind(late), FailureKind::Busy);
    }
}

#[test]
fn failures_have_their_kind() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let start = |guest: &common::Guest| {
        let error = host.wait(host.handle.act(id(guest), DomainAction::Start)).unwrap_err();
        (error.failure.kind, error.failure.detail)
    };

    let network = common::unique("quiet");
    let file = host.libvirt.folder.join(format!("{network}.xml"));
    fs::write(&file, format!("<network><name>{network}</name></network>")).unwrap();
    host.libvirt.virsh(&["net-define", &file.to_string_lossy()]);
    let mut xml = GuestXml::new("network");
    xml.devices = format!("<interface type='network'><source network='{network}'/></interface>");
    let guest = host.libvirt.define(&xml);
    let (kind, detail) = start(&guest);
    drop(guest);
    host.libvirt.virsh(&["net-undefine", &network]);
    fs::remove_file(&file).unwrap();
    assert_eq!(kind, FailureKind::NetworkInactive, "{detail}");

    let guest =
        host.libvirt.define(&GuestXml::new("missing").with_cdrom("/nonexistent/a.iso".as_ref()));
    let (kind, detail) = start(&guest);
    assert_eq!(kind, FailureKind::FileAccess, "{detail}");

    let disk = host.libvirt.disk("shared", "16M");
    let first = host.libvirt.start(&GuestXml::new("first").with_disk(&disk));
    let second = host.libvirt.define(&GuestXml::new("second").with_disk(&disk));
    let (kind, detail) = start(&second);
    assert_eq!(kind, FailureKind::InUse, "{detail}");
    drop(first);

    let guest = host.libvirt.define(&GuestXml::new("huge").with_memory(64 << 20));
    let (kind, detail) = start(&guest);
    assert_eq!(kind, FailureKind::NoMemory, "{detail}");
    fs::remove_file(disk).unwrap();
}

#[test]
fn a_started_network_says_so() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let name = common::unique("net");
    let bridge = format!("tb{}", std::process::id());
    let file = host.libvirt.folder.join(format!("{name}.xml"));
    let xml = format!("<network><name>{name}</name><bridge name='{bridge}'/></network>");
    fs::write(&file, xml).unwrap();
    host.libvirt.virsh(&["net-define", &file.to_string_lossy()]);
    fs::remove_file(&file).unwrap();
    let find = || {
        let networks = host.wait(host.handle.networks()).unwrap();
        networks.into_iter().find(|network| network.name == name).unwrap()
    };
    let before = find();
    let started = host.wait(host.handle.start_network(before.id, true));
    let after = find();
    let bridges = host.wait(host.handle.bridges()).unwrap();
    let _ = host.libvirt.try_virsh(&["net-destroy", &name]);
    host.libvirt.virsh(&["net-undefine", &name]);
    assert!(!before.active && !before.autostart);
    started.unwrap();
    assert!(after.active && after.autostart);
    assert_eq!((&*after.forward, after.bridge.as_deref()), ("isolated", Some(&*bridge)));
    assert!(!bridges.contains(&bridge));
}

#[test]
fn capabilities_are_those_of_the_host() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let capabilities = host.wait(host.handle.capabilities_xml()).unwrap();
    assert!(capabilities.starts_with("<capabilities>"));
    let ask = |arch: &str| {
        let arch = Some(arch.to_owned());
        host.wait(host.handle.domain_capabilities_xml(None, arch, None, Some("qemu".into())))
    };
    assert!(ask("x86_64").unwrap().contains("<arch>x86_64</arch>"));
    assert!(ask("abacus").is_err());
}
