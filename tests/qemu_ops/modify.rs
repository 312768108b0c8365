//! Changes of running guests.

use posada::{
    backend::{Modification, NewVolume, XmlKind},
    model::{FailureKind, NodeDeviceKind, hardware::LiveEdit},
};

use crate::{
    common::{self, GuestXml, wait_for},
    host::{Host, PATIENCE, id, kind},
};

/// A guest with sockets for processors, a drive and a place to plug things in.
fn guest(host: &Host, name: &str) -> common::Guest {
    let disk = host.libvirt.disk(name, "16M");
    let mut xml = GuestXml::new(name).with_disk(&disk).with_memory(128);
    xml.devices += "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>\
         <controller type='usb' model='qemu-xhci'/><memballoon model='virtio'/>";
    xml.vcpus = 4;
    host.libvirt.start(&xml)
}

#[test]
fn a_running_guest_is_changed_and_keeps_its_definition() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = guest(&host, "live");
    let id = id(&guest);
    let live = || host.libvirt.virsh(&["dumpxml", &guest.name]);
    let inactive = || host.libvirt.virsh(&["dumpxml", "--inactive", &guest.name]);
    let before = inactive();
    let change = |live: Vec<LiveEdit>| {
        let modification = Modification { live, ..Modification::default() };
        host.wait(host.handle.modify(id, modification)).unwrap()
    };

    let iso = host.libvirt.readable(&common::rescue_iso());
    let medium = format!(
        "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='{}'/>\
         <target dev='sda' bus='sata'/><readonly/></disk>",
        common::escape(&iso.to_string_lossy())
    );
    let mouse = "<input type='mouse' bus='usb'><alias name='ua-mouse'/></input>".to_owned();
    let done = change(vec![
        LiveEdit::Update(medium),
        LiveEdit::Attach(mouse.clone()),
        LiveEdit::Vcpus(3),
        LiveEdit::Memory(96 << 20),
    ]);
    assert_eq!(done, vec![Ok(()); 4]);
    // Of a running guest the disk is found by its name alone.
    host.wait(host.handle.grow_disk(id, "vda".to_owned(), String::new(), 32 << 20)).unwrap();
    let now = live();
    assert!(now.contains("grub-rescue"), "{now}");
    assert!(now.contains("ua-mouse"), "{now}");
    assert!(now.contains("current='3'"), "{now}");
    let size = host.libvirt.virsh(&["domblkinfo", &guest.name, "vda"]);
    assert!(size.contains("33554432"), "{size}");

    // USB needs nobody inside to let go of a device.
    assert_eq!(change(vec![LiveEdit::Detach(mouse)]), vec![Ok(())]);
    wait_for("the mouse to go", PATIENCE, || (!live().contains("ua-mouse")).then_some(()));
    assert_eq!(inactive(), before);
}

#[test]
fn what_cannot_be_now_waits_for_the_next_start_and_says_why() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = guest(&host, "refused");
    let id = id(&guest);
    let read = || host.wait(host.handle.domain_xml(id, XmlKind::InactiveSecure)).unwrap();
    let before = read();
    let edited = before.replace("model type='vga'", "model type='virtio'");
    assert_ne!(edited, before);
    let modification = Modification {
        definition: Some((before.clone(), edited)),
        volumes: Vec::new(),
        live: vec![
            LiveEdit::Update("<video><model type='virtio'/></video>".to_owned()),
            LiveEdit::Vcpus(99),
            LiveEdit::Vcpus(2),
        ],
    };
    let done = host.wait(host.handle.modify(id, modification.clone())).unwrap();
    assert!(done[0].is_err() && done[1].is_err(), "{done:?}");
    assert_eq!(done[2], Ok(()), "one refusal does not stop the rest");
    assert!(read().contains("model type='virtio'"));

    // The definition is another one by now: nothing happens at all.
    let late = host.wait(host.handle.modify(id, modification));
    assert_eq!(kind(late), FailureKind::Busy);
    let bad = Modification {
        definition: Some((read(), read().replace("type='virtio'", "type='nonsense'"))),
        volumes: Vec::new(),
        live: vec![LiveEdit::Vcpus(4)],
    };
    let count = || host.libvirt.virsh(&["vcpucount", &guest.name, "--live", "--current"]);
    assert!(host.wait(host.handle.modify(id, bad)).is_err());
    assert_eq!(count(), "2", "a refused definition changes nothing now either");
}

#[test]
fn the_hosts_devices_are_told() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let devices = host.wait(host.handle.node_devices()).unwrap();
    let listed = |cap: &str| {
        let names = host.libvirt.virsh(&["nodedev-list", "--cap", cap]);
        names.split_whitespace().count()
    };
    let count = |wanted: fn(&NodeDeviceKind) -> bool| {
        devices.iter().filter(|device| wanted(&device.kind)).count()
    };
    assert_eq!(count(|kind| matches!(kind, NodeDeviceKind::Pci(_))), listed("pci"));
    assert_eq!(count(|kind| matches!(kind, NodeDeviceKind::Usb(_))), listed("usb_device"));
    assert_eq!(count(|kind| matches!(kind, NodeDeviceKind::Network { .. })), listed("net"));
}

#[test]
fn a_new_disk_is_made_with_the_definition_or_not_at_all() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = guest(&host, "disks");
    let id = id(&guest);
    let read = || host.wait(host.handle.domain_xml(id, XmlKind::InactiveSecure)).unwrap();
    let pool = host.wait(host.handle.default_pool()).unwrap();
    let name = common::unique("new.qcow2");
    let path = format!("{}/{name}", pool.path.as_deref().unwrap());
    let volume = || NewVolume {
        pool: pool.id,
        name: name.clone(),
        format: "qcow2".to_owned(),
        capacity: 8 << 20,
        copy_of: None,
    };
    let exists = || host.libvirt.try_virsh(&["vol-info", &path]).is_ok();
    let before = read();
    let disk = format!(
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{path}'/>\
         <target dev='vdb' bus='virtio'/></disk></devices>"
    );
    let bad = Modification {
        definition: Some((before.clone(), before.replace("</devices>", "<nonsense"))),
        volumes: vec![volume()],
        live: Vec::new(),
    };
    assert!(host.wait(host.handle.modify(id, bad)).is_err());
    assert!(!exists(), "a refused definition leaves no volume");
    let good = Modification {
        definition: Some((before.clone(), before.replace("</devices>", &disk))),
        volumes: vec![volume()],
        live: vec![LiveEdit::Attach(disk.replace("</devices>", ""))],
    };
    assert_eq!(host.wait(host.handle.modify(id, good)).unwrap(), vec![Ok(())]);
    assert!(exists() && read().contains(&path));
    drop(guest);
    host.libvirt.virsh(&["vol-delete", &path]);
}

#[test]
fn disks_grow_whether_the_guest_runs_or_not() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let pool = common::unique("grow");
    let folder = host.libvirt.folder.join(&pool);
    std::fs::create_dir(&folder).unwrap();
    let place = folder.to_string_lossy().into_owned();
    host.libvirt.virsh(&["pool-create-as", &pool, "dir", "--target", &place]);
    host.libvirt.virsh(&["vol-create-as", &pool, "a.qcow2", "16M", "--format", "qcow2"]);
    let path = format!("{place}/a.qcow2");
    let guest = host.libvirt.define(&GuestXml::new("grow").with_disk(path.as_ref()));
    let id = id(&guest);
    let capacity =
        || host.wait(host.handle.disk_size(id, "vda".to_owned())).unwrap().capacity >> 20;
    let grow = |megabytes: u64| {
        host.wait(host.handle.grow_disk(id, "vda".to_owned(), path.clone(), megabytes << 20))
    };
    assert_eq!(capacity(), 16);
    grow(24).unwrap();
    assert_eq!(capacity(), 24);
    // Never smaller: what is on it would be lost.
    assert_eq!(kind(grow(20)), FailureKind::InvalidDefinition);
    host.libvirt.virsh(&["start", &guest.name]);
    grow(32).unwrap();
    assert_eq!(capacity(), 32);
    host.libvirt.virsh(&["pool-destroy", &pool]);
}
