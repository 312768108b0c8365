//! The definitions of new guests, given to a real libvirt and started by a real
//! QEMU, and the way an installation ends.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod common;

use std::{fs, path::Path, time::Duration};

use common::{Libvirt, unique, wait_for};
use posada::model::{
    HostFacts, NetworkChoice,
    capabilities::{DomainCapabilities, HostCapabilities},
    install::{
        self, DiskSpec, FirmwareChoice, GuestPlan, GuestSpec, InstallRequest, Location, Medium,
        VirtType,
    },
    osinfo::OsDatabase,
    xml::Document,
};
use uuid::Uuid;

/// A guest that goes when dropped.
struct Made<'a> {
    libvirt: &'a Libvirt,
    uuid: String,
    plan: GuestPlan,
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        let _ = self.libvirt.try_virsh(&["destroy", &self.uuid]);
        let _ = self.libvirt.try_virsh(&["undefine", &self.uuid, "--nvram", "--tpm"]);
    }
}

struct Wish<'a> {
    os: &'a str,
    arch: &'a str,
    firmware: FirmwareChoice,
    iso: &'a Path,
}

/// Plans a guest with what this libvirt says of itself, and defines it.
fn define<'a>(libvirt: &'a Libvirt, db: &OsDatabase, wish: &Wish<'_>) -> Made<'a> {
    let caps = HostCapabilities::parse(&libvirt.virsh(&["capabilities"])).unwrap();
    let entry = db.by_short_id(wish.os).unwrap_or_else(|| panic!("no {}", wish.os));
    let os = db.profile(entry, wish.arch);
    // A `/dev/kvm` may be there and of no use: tests ask for emulation.
    let target = install::target(&caps, &os, Some(wish.arch), Some(&VirtType::Qemu), None).unwrap();
    let mut arguments = vec!["domcapabilities", "--virttype", "qemu", "--arch", wish.arch];
    arguments.extend(["--machine", target.machine.as_deref().unwrap()]);
    let domain = DomainCapabilities::parse(&libvirt.virsh(&arguments)).unwrap();

    let name = unique(&format!("{} & <{}> 'ñ'", wish.os, wish.arch));
    let uuid = Uuid::new_v4();
    let mut spec = GuestSpec::new(name, uuid, target, 256 << 20, 2);
    spec.firmware = wish.firmware;
    spec.network = NetworkChoice::User;
    spec.medium = Some(Medium {
        location: Location::File(wish.iso.to_string_lossy().into_owned()),
        live_only: false,
    });
    spec.disk = Some(DiskSpec {
        location: Location::File(libvirt.disk("definitions", "64M").to_string_lossy().into_owned()),
        format: "qcow2".to_owned(),
        blank: true,
    });
    let host = HostFacts::default();
    let request =
        InstallRequest { host: &host, capabilities: &caps, domain: &domain, os: &os, guest: &spec };
    let plan = install::plan(&request).unwrap();
    with_file(libvirt, &plan.persistent_xml, |file| libvirt.virsh(&["define", "--validate", file]));
    Made { libvirt, uuid: uuid.to_string(), plan }
}

fn with_file(libvirt: &Libvirt, xml: &str, run: impl FnOnce(&str) -> String) {
    let file = libvirt.folder.join(unique("definition"));
    fs::write(&file, xml).unwrap();
    run(&file.to_string_lossy());
    fs::remove_file(file).unwrap();
}

impl Made<'_> {
    /// Starts the first run, as the backend does: over the defined guest.
    fn first_boot(&self, more: &[&str]) {
        match &self.plan.first_boot_xml {
            Some(xml) => with_file(self.libvirt, xml, |file| {
                self.libvirt.virsh(&[&["create", file][..], more].concat())
            }),
            None => drop(self.libvirt.virsh(&[&["start", &self.uuid][..], more].concat())),
        }
    }

    fn medium(&self, more: &[&str]) -> Option<String> {
        let xml = self.libvirt.virsh(&[&["dumpxml", &self.uuid][..], more].concat());
        Document::parse(&xml).unwrap().get("devices/disk[@device='cdrom']/source/@file")
    }
}

fn every_profile_starts(libvirt: &Libvirt) {
    let db = OsDatabase::load(&["/usr/share/osinfo".into()], "C");
    let iso = libvirt.readable(&common::rescue_iso());
    for (os, arch, firmware) in [
        ("debian12", "x86_64", FirmwareChoice::Auto),
        ("debian12", "x86_64", FirmwareChoice::Uefi),
        ("debian12", "x86_64", FirmwareChoice::UefiSecureBoot),
        ("debian12", "i686", FirmwareChoice::Auto),
        ("win11", "x86_64", FirmwareChoice::Auto),
        ("win10", "x86_64", FirmwareChoice::Auto),
        ("win7", "x86_64", FirmwareChoice::Auto),
        ("winxp", "i686", FirmwareChoice::Auto),
        ("freebsd13.2", "x86_64", FirmwareChoice::Auto),
        ("unknown", "x86_64", FirmwareChoice::Auto),
        ("msdos6.22", "i686", FirmwareChoice::Auto),
    ] {
        let guest = define(libvirt, &db, &Wish { os, arch, firmware, iso: &iso });
        guest.first_boot(&["--paused"]);
        let state = libvirt.virsh(&["domstate", &guest.uuid]);
        assert_eq!(state, "paused", "{os} {arch} {firmware:?}");
        assert_eq!(guest.medium(&[]).as_deref(), iso.to_str(), "{os}");
        let xml = libvirt.virsh(&["dumpxml", &guest.uuid]);
        let xml = Document::parse(&xml).unwrap();
        let secure = xml.get("os/loader/@secure").as_deref() == Some("yes");
        let uefi = xml.get("os/loader/@type").as_deref() == Some("pflash");
        println!("{os} {arch}: {:?}, uefi {uefi}, secure {secure}", xml.get("os/loader"));
        assert_eq!(uefi, guest.plan.summary.firmware != FirmwareChoice::Bios, "{os}");
        assert_eq!(secure, guest.plan.summary.firmware == FirmwareChoice::UefiSecureBoot, "{os}");
        assert_eq!(xml.find("devices/tpm").is_some(), guest.plan.summary.tpm, "{os}");
        let same_place = |path: &str| {
            let next = libvirt.virsh(&["dumpxml", "--inactive", &guest.uuid]);
            assert_eq!(xml.get(path), Document::parse(&next).unwrap().get(path), "{os}: {path}");
        };
        // The first run must not be another machine than the later ones.
        for path in [
            "os/type/@machine",
            "os/nvram",
            "devices/interface/mac/@address",
            "devices/interface/address/@bus",
            "devices/disk[1]/target/@dev",
            "devices/disk[1]/address/@bus",
            "devices/video/address/@bus",
        ] {
            same_place(path);
        }
    }
}

fn an_installation_ends_without_the_medium(libvirt: &Libvirt) {
    let db = OsDatabase::load(&["/usr/share/osinfo".into()], "C");
    // A name that has to be escaped.
    let iso = libvirt.folder.join(unique("a b&c<d>'e'\"f\" ñ漢.iso"));
    fs::copy(common::rescue_iso(), &iso).unwrap();
    let wish = Wish { os: "unknown", arch: "x86_64", firmware: FirmwareChoice::Auto, iso: &iso };
    let guest = define(libvirt, &db, &wish);
    guest.first_boot(&[]);
    // The disk is blank, so the firmware goes on to the medium.
    let drive = "sdb";
    wait_for("the medium to be read", Duration::from_mins(2), || {
        let stats = libvirt.virsh(&["domblkstat", &guest.uuid, drive]);
        let read = stats.lines().find_map(|l| l.strip_prefix("sdb rd_bytes "))?;
        (read.trim().parse::<u64>().ok()? > 100_000).then_some(())
    });
    assert_eq!(guest.medium(&[]).as_deref(), iso.to_str());
    assert_eq!(guest.medium(&["--inactive"]), None);
    libvirt.virsh(&["destroy", &guest.uuid]);
    // Nothing of this program is needed for the next start to be without it.
    libvirt.virsh(&["start", &guest.uuid, "--paused"]);
    assert_eq!(guest.medium(&[]), None);
    drop(guest);
    fs::remove_file(iso).unwrap();
}

#[test]
fn every_profile_starts_on_the_system() {
    let Some(libvirt) = common::system() else { return };
    every_profile_starts(&libvirt);
}

#[test]
fn an_installation_ends_without_the_medium_on_the_system() {
    let Some(libvirt) = common::system() else { return };
    an_installation_ends_without_the_medium(&libvirt);
}

#[test]
fn an_installation_ends_without_the_medium_in_a_session() {
    let Some(libvirt) = common::session() else { return };
    an_installation_ends_without_the_medium(&libvirt);
}
