//! Pools, uploads and who may read what.

use std::{
    fs::{self, File},
    io::{Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
    process::Command,
};

use posada::model::{DomainAction, FailureKind, FileAccess, JobEnd};

use crate::{
    common::{self, GuestXml},
    host::{Host, TestPool, data_file, failure, id, kind},
};

#[test]
fn an_upload_arrives_byte_for_byte_and_stays_sparse() {
    for libvirt in [common::system(), common::session()].into_iter().flatten() {
        let host = Host::connect(libvirt);
        let pool = host.pool("upload");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a 'b' & <ü>.img");
        let mut file = File::create(&path).unwrap();
        file.write_all(&vec![7; 100_000]).unwrap();
        file.seek(SeekFrom::Start(64 << 20)).unwrap();
        file.write_all(b"the end of the data").unwrap();
        file.set_len(96 << 20).unwrap();
        drop(file);

        let name = "a 'b' & <ü>.img".to_owned();
        let upload = || host.wait(host.handle.upload(path.clone(), pool.id, name.clone())).unwrap();
        assert_eq!(host.end(&upload()), JobEnd::Finished);
        let arrived = pool.path.join(&name);
        assert!(fs::read(&arrived).unwrap() == fs::read(&path).unwrap());
        assert!(fs::metadata(&arrived).unwrap().blocks() * 512 < 8 << 20);

        assert_eq!(failure(host.end(&upload())).kind, FailureKind::AlreadyExists);
        let volumes = host.wait(host.handle.volumes(pool.id)).unwrap();
        assert_eq!(volumes.len(), 1);
        assert_eq!(volumes[0].capacity, 96 << 20);
        let at = pool.path(&name);
        let part = host.wait(host.handle.read_volume(at.clone(), 64 << 20, 7)).unwrap();
        assert_eq!(part, b"the end");
        let part = host.wait(host.handle.read_volume(at, (96 << 20) - 2, 100)).unwrap();
        assert_eq!(part, [0, 0]);
    }
}

#[test]
fn a_cancelled_upload_leaves_nothing() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let pool = host.pool("cancel");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.img");
    data_file(&path, 512 << 20);
    let job = host.wait(host.handle.upload(path, pool.id, "large.img".into())).unwrap();
    host.until(&job, |snapshot| snapshot.progress.done > 0);
    assert_eq!(pool.files(), ["large.img"]);
    job.cancel();
    assert_eq!(host.end(&job), JobEnd::Cancelled);
    assert_eq!(pool.files(), [""; 0]);
    assert!(host.wait(host.handle.volumes(pool.id)).unwrap().is_empty());
}

#[test]
fn a_full_disk_is_told_and_cleaned_up() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let name = common::unique("full");
    let path = host.libvirt.folder.join(&name);
    fs::create_dir_all(&path).unwrap();
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "none"]).arg(&path).status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: a small file system can only be mounted by root");
        fs::remove_dir(&path).unwrap();
        return;
    }
    let pool = TestPool::of(host.libvirt.clone(), name, path.clone());
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large.img");
    data_file(&large, 16 << 20);
    let job = host.wait(host.handle.upload(large, pool.id, "large.img".into())).unwrap();
    let before = failure(host.end(&job));

    // The host's own figure of the space is out of date.
    let fits = folder.path().join("fits.img");
    data_file(&fits, 6 << 20);
    data_file(&path.join("other"), 4 << 20);
    let job = host.wait(host.handle.upload(fits, pool.id, "fits.img".into())).unwrap();
    let on_the_way = failure(host.end(&job));
    let files = pool.files();
    drop(pool);
    let unmounted = Command::new("umount").arg(&path).status();
    let _ = fs::remove_dir(&path);
    assert!(unmounted.unwrap().success());
    assert_eq!(before.kind, FailureKind::NoSpace, "{}", before.detail);
    assert_eq!(on_the_way.kind, FailureKind::NoSpace, "{}", on_the_way.detail);
    assert_eq!(files, ["other"]);
}

#[test]
fn an_unreadable_source_or_a_stopped_pool_is_told() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let pool = host.pool("stopped");
    let upload = |path: &str| {
        host.wait(host.handle.upload(path.into(), pool.id, "x".into())).map(|job| host.end(&job))
    };
    assert_eq!(failure(upload("/nonexistent").unwrap()).kind, FailureKind::NotFound);
    assert!(matches!(upload("/tmp").unwrap(), JobEnd::Failed(_)));
    host.libvirt.virsh(&["pool-destroy", &pool.name]);
    assert_eq!(failure(upload("/etc/passwd").unwrap()).kind, FailureKind::InvalidState);
    assert_eq!(kind(host.wait(host.handle.volumes(pool.id))), FailureKind::InvalidState);
    assert_eq!(pool.files(), [""; 0]);
}

/// The answer must be what libvirt and QEMU then really do.
#[test]
fn a_closed_home_is_found_before_the_guest_is_started() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let home = host.libvirt.folder.join(common::unique("home"));
    fs::create_dir_all(&home).unwrap();
    let iso = home.join("rescue disk.iso");
    fs::copy(common::rescue_iso(), &iso).unwrap();
    fs::set_permissions(&iso, fs::Permissions::from_mode(0o644)).unwrap();
    let owner = || fs::metadata(&iso).unwrap().uid();
    let before = owner();

    let mut xml = GuestXml::new("access");
    xml.devices = format!(
        "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='{}'>\
         <seclabel model='dac' relabel='no'/></source><target dev='sda' bus='sata'/><readonly/></disk>",
        common::escape(&iso.to_string_lossy())
    );
    let guest = host.libvirt.define(&xml);
    let start = || host.wait(host.handle.act(id(&guest), DomainAction::Start));
    let access = || host.wait(host.handle.file_access(iso.clone()));

    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    let FileAccess::Denied { at, .. } = access() else { panic!("{:?}", access()) };
    assert_eq!(at, home.to_string_lossy());
    assert_eq!(kind(start()), FailureKind::FileAccess);

    fs::set_permissions(&home, fs::Permissions::from_mode(0o711)).unwrap();
    fs::set_permissions(&iso, fs::Permissions::from_mode(0o600)).unwrap();
    let FileAccess::Denied { at, .. } = access() else { panic!("{:?}", access()) };
    assert_eq!(at, iso.to_string_lossy());
    assert_eq!(kind(start()), FailureKind::FileAccess);

    fs::set_permissions(&iso, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(access(), FileAccess::Readable);
    start().unwrap();
    assert_eq!(owner(), before);
    drop(guest);
    assert_eq!(owner(), before);
    fs::remove_dir_all(home).unwrap();
}

#[test]
fn a_session_reads_what_its_user_reads() {
    let Some(libvirt) = common::session() else { return };
    if common::is_root() {
        // The question is about the user who runs the program.
        eprintln!("SKIPPED as root: a session's own rights are those of its user");
        return;
    }
    let host = Host::connect(libvirt);
    let file = tempfile::NamedTempFile::new().unwrap();
    let access = || host.wait(host.handle.file_access(file.path().to_owned()));
    assert_eq!(access(), FileAccess::Readable);
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o0)).unwrap();
    assert!(matches!(access(), FileAccess::Denied { .. }));
}

#[test]
fn there_is_a_pool_for_new_disks() {
    // Of a session it is below the home of the user who runs this.
    let session = if common::is_root() { None } else { common::session() };
    for libvirt in [common::system(), session].into_iter().flatten() {
        let host = Host::connect(libvirt);
        let pool = host.wait(host.handle.default_pool()).unwrap();
        assert!(pool.active && pool.path.is_some(), "{pool:?}");
        let pools = host.wait(host.handle.pools()).unwrap();
        assert!(pools.iter().any(|other| other.id == pool.id));
    }
}
