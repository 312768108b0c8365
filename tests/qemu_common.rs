//! The daemons that the other `qemu_*` tests stand on are real.

mod common;

use std::time::Duration;

use common::{GuestXml, Libvirt, wait_for};

fn a_guest_boots_from_a_medium(libvirt: &Libvirt) {
    let iso = libvirt.readable(&common::rescue_iso());
    let guest = libvirt.start(&GuestXml::new("common").with_cdrom(&iso));
    assert_eq!(libvirt.virsh(&["domstate", &guest.name]), "running");
    // GRUB stands in the boot sector it read from the medium: the drive was read.
    wait_for("the medium to be read", Duration::from_mins(1), || {
        let stats = libvirt.virsh(&["domblkstat", &guest.name, "sda"]);
        let read: u64 = stats
            .lines()
            .find_map(|line| line.strip_prefix("sda rd_bytes "))?
            .trim()
            .parse()
            .ok()?;
        (read > 100_000).then_some(())
    });
    let name = guest.name.clone();
    drop(guest);
    assert!(libvirt.try_virsh(&["dominfo", &name]).is_err());
}

#[test]
fn the_systems_daemon_runs_guests() {
    let Some(libvirt) = common::system() else { return };
    a_guest_boots_from_a_medium(&libvirt);
}

#[test]
fn an_ordinary_users_daemon_runs_guests() {
    let Some(libvirt) = common::session() else { return };
    a_guest_boots_from_a_medium(&libvirt);
}
