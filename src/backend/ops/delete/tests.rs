use virt::{connect::Connect, domain::Domain};

use super::{plan::plan, run::delete, *};
use crate::{
    backend::ops::{
        storage,
        testing::{connect, disk, guest, pool, run},
    },
    model::{FailureKind, JobEnd},
};

/// A host with the pool `/pool`, the volumes `a`, `b` and `base`, and a guest
/// `web` with these disks.
fn host(disks: &str, others: &str) -> (Connect, Domain) {
    let conn = connect(&(pool("pool", "/pool") + &guest("web", disks) + others));
    let pool = conn.lookup_storage_pool_by_name("pool").unwrap();
    for name in ["a", "b", "base"] {
        storage::make(&pool, name, "raw", 4096).unwrap().keep();
    }
    let domain = conn.lookup_domain_by_name("web").unwrap();
    (conn, domain)
}

fn volumes(conn: &Connect) -> Vec<String> {
    let mut names = conn.lookup_storage_pool_by_name("pool").unwrap().list_volumes().unwrap();
    names.sort();
    names
}

fn ask(conn: &Connect, domain: &Domain, disks: &[&str]) -> JobEnd {
    let (conn, domain) = (conn.clone(), domain.clone());
    let request = DeleteRequest { disks: disks.iter().map(|&disk| disk.to_owned()).collect() };
    run(move |job| delete(&conn, &domain, &request, false, job))
}

fn failed(end: &JobEnd) -> FailureKind {
    match end {
        JobEnd::Failed(failure) => failure.kind,
        end => panic!("{end:?}"),
    }
}

#[test]
fn the_plan_says_what_each_disk_is() {
    let disks = disk("vda", "/pool/a", "")
        + &disk("vdb", "/pool/b", "<shareable/>")
        + &disk("vdc", "/elsewhere/c", "")
        + &disk("vdd", "/pool/base", "<readonly/>")
        + "<disk type='block' device='disk'><source dev='/dev/sdz'/><target dev='vde'/></disk>\
           <disk type='file' device='cdrom'><source file='/iso'/><target dev='hda'/></disk>\
           <disk type='file' device='cdrom'><target dev='hdb'/></disk>\
           <disk type='volume' device='disk'><source pool='pool' volume='b'/><target dev='vdf'/></disk>\
           <disk type='network' device='disk'><source protocol='rbd' name='p/img'>\
           <host name='ceph'/></source><target dev='vdg'/></disk>";
    let (conn, domain) = host(&disks, "");
    let plan = plan(&conn, &domain, false).unwrap();
    let seen: Vec<_> =
        plan.disks.iter().map(|disk| (&*disk.target, &*disk.path, disk.kept_because)).collect();
    let expected = [
        ("vda", "/pool/a", None),
        ("vdb", "/pool/b", Some(KeptBecause::Shareable)),
        ("vdc", "/elsewhere/c", Some(KeptBecause::Unmanaged)),
        ("vdd", "/pool/base", Some(KeptBecause::Medium)),
        ("vde", "/dev/sdz", Some(KeptBecause::Device)),
        ("vdg", "rbd:p/img", Some(KeptBecause::Device)),
        ("hda", "/iso", Some(KeptBecause::Medium)),
    ];
    assert_eq!(seen, expected);
    assert_eq!(plan.disks[0].size, Some(4096), "a raw volume takes its space at once");
    assert!(plan.active && !plan.managed_save && !plan.nvram);
    assert_eq!(plan.snapshots, 0);
}

#[test]
fn other_guests_are_named_also_with_chains_and_volumes() {
    let chain = "<backingStore type='file'><format type='raw'/><source file='/pool/base'/>\
                 <backingStore/></backingStore>";
    let by_volume = "<disk type='volume' device='disk'><source pool='pool' volume='a'/>\
                     <target dev='vda'/></disk>";
    let others = guest("chain", &disk("vda", "/other/top", chain)) + &guest("volume", by_volume);
    let disks = disk("vda", "/pool/a", "") + &disk("vdb", "/pool/base", "");
    let (conn, domain) = host(&disks, &others);
    let plan = plan(&conn, &domain, false).unwrap();
    assert_eq!(plan.disks[0].used_by, ["volume"]);
    assert_eq!(plan.disks[1].used_by, ["chain"]);
}

#[test]
fn only_ticked_disks_go_and_the_guest_with_them() {
    let (conn, domain) = host(&(disk("vda", "/pool/a", "") + &disk("vdb", "/pool/b", "")), "");
    assert_eq!(ask(&conn, &domain, &["/pool/b"]), JobEnd::Finished);
    assert!(conn.lookup_domain_by_name("web").is_err());
    assert_eq!(volumes(&conn), ["a", "base"]);
}

#[test]
fn nothing_is_touched_if_a_disk_is_not_offered_or_in_use() {
    let others = guest("mail", &disk("vda", "/pool/a", ""));
    let (conn, domain) = host(&disk("vda", "/pool/a", ""), &others);
    assert_eq!(failed(&ask(&conn, &domain, &["/pool/a"])), FailureKind::InUse);
    assert_eq!(failed(&ask(&conn, &domain, &["/pool/b"])), FailureKind::InvalidState);
    assert!(domain.is_active().unwrap());
    assert_eq!(volumes(&conn), ["a", "b", "base"]);

    // Without its disk it can go.
    assert_eq!(ask(&conn, &domain, &[]), JobEnd::Finished);
    assert_eq!(volumes(&conn), ["a", "b", "base"]);
}

#[test]
fn a_saved_and_snapshotted_guest_goes_too() {
    let (conn, domain) = host("", "");
    domain.create_snapshot_xml("<domainsnapshot/>", 0).unwrap();
    domain.managed_save(0).unwrap();
    let plan = plan(&conn, &domain, false).unwrap();
    assert!(plan.managed_save && !plan.active);
    assert_eq!(plan.snapshots, 1);
    assert_eq!(ask(&conn, &domain, &[]), JobEnd::Finished);
    assert!(conn.lookup_domain_by_name("web").is_err());
}
