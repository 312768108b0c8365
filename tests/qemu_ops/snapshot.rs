//! Keeping a guest in its own disks before its definition is replaced.

use posada::{
    backend::{JobHandle, XmlKind},
    model::{FailureKind, JobEnd, no_snapshot, xml::Document},
};

use crate::{
    common::{self, Guest, GuestXml},
    host::{Host, failure, id},
};

const NAME: &str = "before-edit-2026-01-02-030405";

fn definition(host: &Host, guest: &Guest) -> String {
    host.wait(host.handle.domain_xml(id(guest), XmlKind::InactiveSecure)).unwrap()
}

fn take(host: &Host, guest: &Guest, expected: String) -> JobHandle {
    let taken = host.handle.snapshot_before_edit(id(guest), expected, NAME.to_owned());
    host.wait(taken).unwrap()
}

fn state_kept(host: &Host, guest: &Guest) -> String {
    let xml = host.libvirt.virsh(&["snapshot-dumpxml", &guest.name, NAME]);
    Document::parse(&xml).unwrap().get("state").unwrap()
}

#[test]
fn a_guest_that_is_off_comes_back_with_its_definition() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let disk = host.libvirt.disk("snapshot", "16M");
    let guest = host.libvirt.define(&GuestXml::new("snapshot").with_disk(&disk));
    let before = definition(&host, &guest);
    assert_eq!(no_snapshot(&Document::parse(&before).unwrap()), None);

    // Of another definition than the guest has nothing is kept.
    let end = host.end(&take(&host, &guest, before.replace(">1<", ">2<")));
    assert_eq!(failure(end).kind, FailureKind::Busy);
    assert_eq!(host.libvirt.virsh(&["snapshot-list", "--name", &guest.name]), "");

    assert_eq!(host.end(&take(&host, &guest, before.clone())), JobEnd::Finished);
    assert_eq!(state_kept(&host, &guest), "shutoff");
    let edited = before.replace("65536", "98304");
    host.wait(host.handle.redefine(id(&guest), before.clone(), edited)).unwrap();
    host.libvirt.virsh(&["snapshot-revert", &guest.name, NAME]);
    assert_eq!(definition(&host, &guest), before);

    host.wait(host.handle.remove_snapshot(id(&guest), NAME.to_owned())).unwrap();
    assert_eq!(host.libvirt.virsh(&["snapshot-list", "--name", &guest.name]), "");
    // A second time it is told.
    let gone = host.wait(host.handle.remove_snapshot(id(&guest), NAME.to_owned()));
    assert_eq!(crate::host::kind(gone), FailureKind::NotFound);
}

#[test]
fn a_running_guest_is_kept_with_its_memory() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let disk = host.libvirt.disk("snapshot", "16M");
    let guest = host.libvirt.start(&GuestXml::new("snapshot").with_disk(&disk));
    let end = host.end(&take(&host, &guest, definition(&host, &guest)));
    assert_eq!(end, JobEnd::Finished);
    assert_eq!(state_kept(&host, &guest), "running");
    assert_eq!(host.libvirt.virsh(&["domstate", &guest.name]), "running");
}

/// What is said to speak against it is what libvirt refuses.
#[test]
fn a_disk_that_holds_none_is_known_beforehand() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let disk = host.libvirt.disk("snapshot", "16M");
    let raw = host.libvirt.folder.join(format!("{}.img", common::unique("raw")));
    std::fs::write(&raw, vec![0; 1 << 20]).unwrap();
    let mut xml = GuestXml::new("snapshot").with_disk(&disk);
    let second = format!(
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
         <target dev='vdb' bus='virtio'/></disk>",
        raw.display()
    );
    xml.devices += &second;
    let guest = host.libvirt.define(&xml);
    let before = definition(&host, &guest);
    assert!(no_snapshot(&Document::parse(&before).unwrap()).is_some());
    assert_eq!(failure(host.end(&take(&host, &guest, before))).kind, FailureKind::Unsupported);
    assert_eq!(host.libvirt.virsh(&["snapshot-list", "--name", &guest.name]), "");
}
