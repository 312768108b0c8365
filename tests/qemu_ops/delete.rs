//! Deleting guests.

use std::{fs, path::Path};

use posada::{
    backend::{DeleteRequest, KeptBecause},
    model::{FailureKind, JobEnd},
};

use crate::{
    common::{self, GuestXml},
    host::{Host, TestPool, failure, id},
};

fn guest_on(host: &Host, pool: &TestPool, volume: &str) -> (common::Guest, String) {
    let disk = pool.volume(volume);
    (host.libvirt.define(&GuestXml::new("delete").with_disk(Path::new(&disk))), disk)
}

fn delete(host: &Host, guest: &common::Guest, disks: &[&str]) -> JobEnd {
    let request = DeleteRequest { disks: disks.iter().map(|&disk| disk.to_owned()).collect() };
    host.end(&host.wait(host.handle.delete(id(guest), request)).unwrap())
}

fn exists(host: &Host, guest: &common::Guest) -> bool {
    host.libvirt.try_virsh(&["dominfo", &guest.uuid]).is_ok()
}

#[test]
fn storage_stays_unless_it_is_ticked() {
    for libvirt in [common::system(), common::session()].into_iter().flatten() {
        let host = Host::connect(libvirt);
        let pool = host.pool("delete");
        let (guest, _) = guest_on(&host, &pool, "kept.qcow2");
        host.libvirt.virsh(&["start", &guest.name]);
        host.libvirt.virsh(&["managedsave", &guest.name]);
        assert_eq!(delete(&host, &guest, &[]), JobEnd::Finished);
        assert!(!exists(&host, &guest));
        assert_eq!(pool.files(), ["kept.qcow2"]);

        let (guest, disk) = guest_on(&host, &pool, "removed.qcow2");
        host.libvirt.virsh(&["start", &guest.name]);
        let plan = host.wait(host.handle.delete_plan(id(&guest))).unwrap();
        assert!(plan.active);
        assert!(plan.disks[0].size.is_some_and(|size| size < 16 << 20));
        assert_eq!(delete(&host, &guest, &[&disk]), JobEnd::Finished);
        assert!(!exists(&host, &guest));
        assert_eq!(pool.files(), ["kept.qcow2"]);
    }
}

#[test]
fn a_disk_that_others_stand_on_is_not_deleted() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let pool = host.pool("shared");
    let (guest, base) = guest_on(&host, &pool, "base.qcow2");
    let top = pool.path("top.qcow2");
    host.libvirt.virsh(&[
        "vol-create-as",
        &pool.name,
        "top.qcow2",
        "16M",
        "--format",
        "qcow2",
        "--backing-vol",
        &base,
        "--backing-vol-format",
        "qcow2",
    ]);
    let other = host.libvirt.start(&GuestXml::new("other").with_disk(Path::new(&top)));
    let plan = host.wait(host.handle.delete_plan(id(&guest))).unwrap();
    let users = &plan.disks[0].used_by;
    assert!(users.contains(&other.name) && users.contains(&"top.qcow2".to_owned()), "{users:?}");
    assert_eq!(failure(delete(&host, &guest, &[&base])).kind, FailureKind::InUse);
    assert!(exists(&host, &guest));
    assert_eq!(pool.files(), ["base.qcow2", "top.qcow2"]);
}

#[test]
fn nothing_is_removed_if_the_guest_cannot_be_undefined() {
    let Some(libvirt) = common::system() else { return };
    if !common::is_root() {
        eprintln!("SKIPPED: only root can put something in the daemon's way");
        return;
    }
    let host = Host::connect(libvirt);
    let pool = host.pool("stuck");
    let (guest, disk) = guest_on(&host, &pool, "a.qcow2");
    // A folder in the place of the definition cannot be unlinked.
    let file = Path::new("/etc/libvirt/qemu").join(format!("{}.xml", guest.name));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let end = delete(&host, &guest, &[&disk]);
    let there = exists(&host, &guest);
    fs::remove_dir(&file).unwrap();
    failure(end);
    assert!(there);
    assert_eq!(pool.files(), ["a.qcow2"]);
    // With that out of the way it can be deleted.
    assert_eq!(delete(&host, &guest, &[&disk]), JobEnd::Finished);
    assert_eq!(pool.files(), [""; 0]);
}

#[test]
fn a_file_outside_of_pools_goes_if_it_is_ours() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let disk = host.libvirt.disk("loose", "16M");
    let path = disk.to_string_lossy().into_owned();
    let guest = host.libvirt.define(&GuestXml::new("loose").with_disk(&disk));
    let plan = host.wait(host.handle.delete_plan(id(&guest))).unwrap();
    assert_eq!(plan.disks[0].kept_because, None::<KeptBecause>);
    assert_eq!(delete(&host, &guest, &[&path]), JobEnd::Finished);
    assert!(!disk.exists());
}

#[test]
fn an_image_goes_only_when_nobody_has_it_any_more() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let pool = host.pool("unused");
    let (guest, disk) = guest_on(&host, &pool, "a.qcow2");
    let delete = || host.wait(host.handle.delete_unused_image(id(&guest), disk.clone()));
    assert_eq!(delete().unwrap_err().failure.kind, FailureKind::InUse);
    host.libvirt.virsh(&["detach-disk", &guest.name, "vda", "--config"]);
    // Somebody else's now.
    let other = host.libvirt.define(&GuestXml::new("other").with_disk(Path::new(&disk)));
    assert_eq!(delete().unwrap_err().failure.kind, FailureKind::InUse);
    host.libvirt.virsh(&["detach-disk", &other.name, "vda", "--config"]);
    delete().unwrap();
    assert!(pool.files().is_empty());
}
