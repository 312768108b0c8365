//! Making guests, all or nothing.

use std::{fs, path::Path};

use posada::{
    backend::{CreateRequest, DeleteRequest, NewVolume},
    model::{DomainId, FailureKind, JobEnd},
};
use uuid::Uuid;

use crate::{
    common::{self, GuestXml, Libvirt},
    host::{Host, TestPool, data_file, failure},
};

/// A request for a guest with a new disk of 1 GiB and a medium in its first run.
fn request(libvirt: &Libvirt, pool: &TestPool, iso: &Path) -> (CreateRequest, DomainId) {
    let name = common::unique("made ü & <co>");
    let volume = format!("{name}.qcow2");
    let uuid = Uuid::new_v4();
    let disk = pool.path.join(&volume);
    let guest = GuestXml { name: name.clone(), ..GuestXml::new("").with_disk(&disk) };
    let drive = |medium: &str| {
        format!(
            "<disk type='file' device='cdrom'>{medium}<target dev='sda' bus='sata'/><readonly/></disk>"
        )
    };
    let xml = |medium: &str| {
        let guest = GuestXml { devices: drive(medium), ..guest.clone() };
        guest.xml().replace("</name>", &format!("</name><uuid>{uuid}</uuid>"))
    };
    let source = format!("<source file='{}'/>", common::escape(&iso.to_string_lossy()));
    let request = CreateRequest {
        name,
        xml: xml(""),
        first_boot_xml: Some(xml(&source)),
        volumes: vec![NewVolume {
            pool: pool.id,
            name: volume,
            format: "qcow2".to_owned(),
            capacity: 1 << 30,
            copy_of: None,
        }],
        start: true,
    };
    let _ = libvirt;
    (request, DomainId(uuid))
}

#[test]
fn a_guest_starts_from_its_medium_and_keeps_none() {
    for libvirt in [common::system(), common::session()].into_iter().flatten() {
        let host = Host::connect(libvirt);
        let pool = host.pool("create");
        let iso = host.libvirt.readable(&common::rescue_iso());
        let (request, id) = request(&host.libvirt, &pool, &iso);
        let uuid = id.to_string();
        let job = host.wait(host.handle.create(request.clone())).unwrap();
        assert_eq!(host.end(&job), JobEnd::Finished);
        let virsh = |arguments: &[&str]| host.libvirt.virsh(arguments);
        assert_eq!(virsh(&["domstate", &uuid]), "running");
        assert!(virsh(&["dumpxml", &uuid]).contains("grub-rescue-cdrom.iso"));
        assert!(!virsh(&["dumpxml", "--inactive", &uuid]).contains("grub-rescue-cdrom.iso"));
        let disk = pool.path(&request.volumes[0].name);
        assert!(fs::metadata(&disk).unwrap().len() < 1 << 20);

        // The same again is refused and harms nothing.
        let again = host.wait(host.handle.create(request)).unwrap();
        assert_eq!(failure(host.end(&again)).kind, FailureKind::AlreadyExists);
        assert_eq!(virsh(&["domstate", &uuid]), "running");

        let plan = host.wait(host.handle.delete_plan(id)).unwrap();
        let seen: Vec<_> = plan.disks.iter().map(|disk| (&*disk.path, disk.kept_because)).collect();
        assert_eq!(seen[0], (&*disk, None));
        assert!(plan.disks[1].kept_because.is_some(), "{seen:?}");
        let job = host.wait(host.handle.delete(id, DeleteRequest { disks: vec![disk] })).unwrap();
        assert_eq!(host.end(&job), JobEnd::Finished);
        assert!(host.libvirt.try_virsh(&["dominfo", &uuid]).is_err());
        assert_eq!(pool.files(), [""; 0]);
        assert!(iso.exists());
    }
}

#[test]
fn a_first_start_that_fails_leaves_nothing() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let pool = host.pool("refused");
    let (request, id) = request(&host.libvirt, &pool, Path::new("/nonexistent/a.iso"));
    let job = host.wait(host.handle.create(request)).unwrap();
    assert_eq!(failure(host.end(&job)).kind, FailureKind::FileAccess);
    assert!(host.libvirt.try_virsh(&["dominfo", &id.to_string()]).is_err());
    assert_eq!(pool.files(), [""; 0]);
}

#[test]
fn an_image_is_copied_and_a_cancel_takes_it_back() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let pool = host.pool("import");
    let iso = host.libvirt.readable(&common::rescue_iso());
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("large.img");
    data_file(&image, 512 << 20);
    let (mut wanted, id) = request(&host.libvirt, &pool, &iso);
    let copy = NewVolume {
        name: "copy.img".to_owned(),
        format: "raw".to_owned(),
        copy_of: Some(image),
        ..wanted.volumes[0].clone()
    };
    wanted.volumes.push(copy);
    let job = host.wait(host.handle.create(wanted)).unwrap();
    host.until(&job, |snapshot| snapshot.progress.done > 0);
    assert_eq!(pool.files().len(), 2);
    job.cancel();
    assert_eq!(host.end(&job), JobEnd::Cancelled);
    assert_eq!(pool.files(), [""; 0]);
    assert!(host.libvirt.try_virsh(&["dominfo", &id.to_string()]).is_err());

    // A small one, to the end; it is the guest's disk.
    let image = folder.path().join("small.img");
    data_file(&image, 1 << 20);
    let (mut wanted, id) = request(&host.libvirt, &pool, &iso);
    wanted.volumes[0].copy_of = Some(image.clone());
    wanted.xml = wanted.xml.replace("type='qcow2'", "type='raw'");
    wanted.first_boot_xml = None;
    let disk = pool.path(&wanted.volumes[0].name);
    let job = host.wait(host.handle.create(wanted)).unwrap();
    let end = host.end(&job);
    let same = fs::read(&disk).is_ok_and(|bytes| bytes == fs::read(&image).unwrap());
    let _ = host.libvirt.try_virsh(&["destroy", &id.to_string()]);
    let _ = host.libvirt.try_virsh(&["undefine", &id.to_string()]);
    assert_eq!(end, JobEnd::Finished);
    assert!(same);
}
