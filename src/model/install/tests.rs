use std::{io::Write, path::Path, process::Command, sync::OnceLock};

use uuid::Uuid;

use super::{
    DiskSpec, FirmwareChoice, GuestPlan, GuestSpec, InstallRequest, Location, Medium, Notice,
    PlanError, VirtType, plan, target,
};
use crate::model::{
    HostFacts, NetworkChoice, PoolId, PoolSummary, ScreenProtocol,
    capabilities::{DomainCapabilities, HostCapabilities, tests as fixtures},
    osinfo::{OsDatabase, OsProfile},
    units::GIB,
    xml::Document,
};

fn db() -> &'static OsDatabase {
    static DB: OnceLock<OsDatabase> = OnceLock::new();
    DB.get_or_init(|| OsDatabase::load(&["/usr/share/osinfo".into()], "C"))
}

/// A host, and the system to be installed on it.
struct Case {
    caps: HostCapabilities,
    domain: DomainCapabilities,
    os: OsProfile,
    spec: GuestSpec,
}

impl Case {
    fn new(caps: &str, domain: &str, os: &str, arch: &str) -> Self {
        let caps = fixtures::host(caps);
        let entry = db().by_short_id(os).unwrap_or_else(|| panic!("{os}"));
        let os = db().profile(entry, arch);
        let target = target(&caps, &os, Some(arch), None, None).unwrap();
        let uuid = Uuid::from_u128(0x0123_4567_89ab_4cde_8f01_2345_6789_abcd);
        let mut spec = GuestSpec::new("a guest".to_owned(), uuid, target, 2 * GIB, 2);
        spec.medium =
            Some(Medium { location: Location::File("/srv/a.iso".to_owned()), live_only: false });
        spec.disk = Some(DiskSpec {
            location: Location::File("/var/lib/libvirt/images/a.qcow2".to_owned()),
            format: "qcow2".to_owned(),
            blank: true,
        });
        spec.network = NetworkChoice::Network("default".to_owned());
        Self { caps, domain: fixtures::domain(domain), os, spec }
    }

    fn kvm(os: &str) -> Self {
        Self::new(fixtures::KVM_CAPS, fixtures::KVM_Q35, os, "x86_64")
    }

    fn tcg(os: &str) -> Self {
        Self::new(fixtures::TCG_CAPS, fixtures::TCG_Q35, os, "x86_64")
    }

    fn other(os: &str, arch: &str) -> Self {
        Self::new(fixtures::SMALL_CAPS, "<domainCapabilities/>", os, arch)
    }

    fn plan(&self) -> GuestPlan {
        self.try_plan().unwrap()
    }

    fn try_plan(&self) -> Result<GuestPlan, PlanError> {
        let host = HostFacts::default();
        let made = plan(&InstallRequest {
            host: &host,
            capabilities: &self.caps,
            domain: &self.domain,
            os: &self.os,
            guest: &self.spec,
        })?;
        for xml in [Some(&made.persistent_xml), made.first_boot_xml.as_ref()].into_iter().flatten()
        {
            validate(xml);
        }
        Ok(made)
    }

    fn xml(&self) -> Document {
        Document::parse(&self.plan().persistent_xml).unwrap()
    }
}

/// Checks against libvirt's own schema, where it is installed.
fn validate(xml: &str) {
    const SCHEMA: &str = "/usr/share/libvirt/schemas/domain.rng";
    // The schema knows no line breaks in paths, though libvirt takes them.
    if !Path::new(SCHEMA).exists() || xml.contains("&#10;") {
        return;
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(xml.as_bytes()).unwrap();
    let run =
        Command::new("xmllint").args(["--noout", "--relaxng", SCHEMA]).arg(file.path()).output();
    match run {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}\n{xml}");
        }
        Err(error) => println!("not checked against the schema: xmllint: {error}"),
    }
}

/// The boot order and the medium of a definition: (disk, cdrom, medium).
fn boot(xml: &str) -> (Option<String>, Option<String>, Option<String>) {
    let doc = Document::parse(xml).unwrap();
    let get = |path: &str| doc.get(path);
    (
        get("devices/disk[@device='disk']/boot/@order"),
        get("devices/disk[@device='cdrom']/boot/@order"),
        get("devices/disk[@device='cdrom']/source/@file"),
    )
}

/// As the parser gives a text that is there.
#[expect(clippy::unnecessary_wraps, reason = "to be compared with what may be absent")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_modern_linux_gets_virtio_on_q35() {
    let case = Case::kvm("debian12");
    let xml = case.xml();
    let get = |path: &str| xml.get(path).unwrap_or_default();
    assert_eq!(get("@type"), "kvm");
    assert_eq!(get("os/type/@machine"), "q35");
    assert_eq!(get("os/@firmware"), "");
    assert_eq!(get("cpu/@mode"), "host-passthrough");
    assert_eq!(get("cpu/@migratable"), "on");
    assert_eq!(get("devices/disk[@device='disk']/target/@bus"), "virtio");
    assert_eq!(get("devices/disk[@device='disk']/driver/@discard"), "unmap");
    assert_eq!(get("devices/disk[@device='cdrom']/target/@dev"), "sda");
    assert_eq!(get("devices/interface/model/@type"), "virtio");
    assert_eq!(get("devices/interface/mac/@address"), "52:54:00:89:ab:cd");
    assert_eq!(get("devices/video/model/@type"), "virtio");
    assert_eq!(get("devices/graphics/@type"), "spice");
    assert_eq!(get("devices/graphics/listen/@type"), "address");
    assert_eq!(get("devices/channel[@type='spicevmc']/target/@name"), "com.redhat.spice.0");
    assert_eq!(get("devices/sound/@model"), "ich9");
    assert_eq!(xml.select("devices/redirdev").len(), 2);
    assert_eq!(get("devices/channel/target/@name"), "org.qemu.guest_agent.0");
    assert_eq!(get("devices/rng/backend"), "/dev/urandom");
    assert_eq!(get("devices/memballoon/@model"), "virtio");
    assert_eq!(get("devices/controller[@type='usb']/@model"), "qemu-xhci");
    assert_eq!(get("devices/input/@type"), "tablet");
    assert_eq!(get("memory"), "2097152");
    assert_eq!(get("clock/@offset"), "utc");
    assert_eq!(get("metadata/libosinfo:libosinfo/libosinfo:os/@id"), "http://debian.org/debian/12");
    assert_eq!(xml.select("devices/controller[@model='pcie-root-port']").len(), 14);
    assert!(xml.find("devices/tpm").is_none());
    assert_eq!(case.plan().notices, []);
}

#[test]
fn emulation_takes_the_whole_emulated_processor_and_says_so() {
    let case = Case::tcg("debian12");
    assert_eq!(case.spec.target.virt_type, VirtType::Qemu);
    let made = case.plan();
    assert_eq!(made.notices, [Notice::Emulated]);
    let xml = case.xml();
    assert_eq!(xml.get("cpu/@mode"), some("maximum"));
    assert_eq!(xml.get("cpu/feature[@name='la57']/@policy"), some("disable"));
}

#[test]
fn windows_11_gets_secure_boot_and_a_tpm() {
    let case = Case::kvm("win11");
    let xml = case.xml();
    let get = |path: &str| xml.get(path).unwrap_or_default();
    assert_eq!(get("os/@firmware"), "efi");
    assert_eq!(get("os/firmware/feature[@name='secure-boot']/@enabled"), "yes");
    assert_eq!(get("os/firmware/feature[@name='enrolled-keys']/@enabled"), "yes");
    assert_eq!(get("features/smm/@state"), "on");
    assert_eq!(get("devices/tpm/@model"), "tpm-crb");
    assert_eq!(get("devices/tpm/backend/@version"), "2.0");
    assert_eq!(get("devices/disk[@device='disk']/target/@dev"), "sda");
    assert_eq!(get("devices/disk[@device='cdrom']/target/@dev"), "sdb");
    assert_eq!(get("devices/interface/model/@type"), "e1000e");
    assert_eq!(get("clock/@offset"), "localtime");
    assert_eq!(get("clock/timer[@name='hypervclock']/@present"), "yes");
    assert_eq!(get("features/hyperv/spinlocks/@retries"), "8191");
    assert_eq!(get("cpu/topology/@sockets"), "1");
    assert!(xml.find("features/hyperv/evmcs").is_none());
    let made = case.plan();
    assert_eq!(made.notices, [Notice::WindowsDrivers]);
    // Its medium stays, in one and the same definition.
    assert_eq!(made.first_boot_xml, None);
    assert_eq!(boot(&made.persistent_xml), (some("1"), some("2"), some("/srv/a.iso")));
}

/// The pages write nothing where nothing is changed.
#[test]
fn what_is_made_is_edited_byte_for_byte() {
    use crate::model::hardware::{Place, all_fields, devices, get, of_device, set};
    for case in [Case::kvm("win11"), Case::kvm("debian12")] {
        let xml = case.xml();
        let mut same = xml.clone();
        for field in all_fields().filter(|field| matches!(field.place, Place::Guest(_))) {
            set(&mut same, None, field, get(&xml, None, field).as_deref()).unwrap();
        }
        for device in devices(&xml) {
            for field in of_device(device.kind) {
                let value = get(&xml, Some(&device), field);
                set(&mut same, Some(&device), field, value.as_deref()).unwrap();
            }
        }
        assert_eq!(same.as_str(), xml.as_str());
    }
}

#[test]
fn windows_11_without_what_it_wants_says_what_is_missing() {
    let mut case = Case::kvm("win11");
    case.domain.firmware.0 = Some(Vec::new());
    case.domain.loader.paths.clear();
    case.domain.tpm_backends.0 = Some(Vec::new());
    let made = case.plan();
    assert_eq!(made.notices, [Notice::NoSecureBoot, Notice::NoUefi, Notice::WindowsDrivers]);
    assert_eq!(made.summary.firmware, FirmwareChoice::Bios);
    let mut case = Case::kvm("win11");
    case.domain.tpm_backends.0 = Some(Vec::new());
    assert_eq!(case.plan().notices, [Notice::NoTpm, Notice::WindowsDrivers]);
}

#[test]
fn windows_10_starts_with_what_it_has_drivers_for() {
    let made = Case::kvm("win10").plan();
    assert_eq!(made.summary.disk_bus, "sata");
    assert_eq!(made.summary.nic_model, Some("e1000e"));
    assert_eq!((made.summary.firmware, made.summary.tpm), (FirmwareChoice::Bios, false));
    // Under emulation the enlightenments are not there to be had.
    assert!(Case::tcg("win10").xml().find("features/hyperv").is_none());
}

#[test]
fn an_old_system_gets_an_old_machine() {
    let case = Case::new(fixtures::KVM_CAPS, fixtures::KVM_PC, "winxp", "x86_64");
    let xml = case.xml();
    assert_eq!(xml.get("os/type/@machine"), some("pc"));
    assert_eq!(xml.get("devices/disk[1]/target/@dev"), some("hda"));
    assert_eq!(xml.get("devices/disk[2]/target/@dev"), some("hdb"));
    assert_eq!(xml.get("devices/interface/model/@type"), some("e1000"));
    assert!(xml.find("devices/controller[@model='pcie-root-port']").is_none());
    // FreeBSD is known for the old form of virtio alone, which PCI Express has not.
    let case = Case::new(fixtures::KVM_CAPS, fixtures::KVM_PC, "freebsd13.2", "x86_64");
    assert_eq!(case.spec.target.machine.as_deref(), Some("pc"));
    assert_eq!(case.plan().summary.disk_bus, "virtio");
}

#[test]
fn an_unknown_system_gets_what_needs_no_drivers_on_a_modern_machine() {
    for os in ["unknown", "rocky-unknown"] {
        let made = Case::kvm(os).plan();
        assert_eq!(made.summary.machine.as_deref(), Some("q35"));
        assert_eq!((made.summary.disk_bus, made.summary.nic_model), ("sata", Some("e1000e")));
        assert_eq!(made.summary.video, Some("vga"));
        assert!(made.persistent_xml.contains("guest_agent"));
    }
    let old = Case::new(fixtures::KVM_CAPS, fixtures::KVM_PC, "msdos6.22", "x86_64");
    assert_eq!(old.spec.target.machine.as_deref(), Some("pc"));
}

#[test]
fn uefi_is_had_when_asked_for_and_never_locks_out_by_chance() {
    let mut case = Case::kvm("debian12");
    case.spec.firmware = FirmwareChoice::Uefi;
    let xml = case.xml();
    assert_eq!(xml.get("os/@firmware"), some("efi"));
    assert_eq!(xml.get("os/firmware/feature/@name"), some("secure-boot"));
    assert_eq!(xml.get("os/firmware/feature/@enabled"), some("no"));
    let mut secure_only = case.domain.clone();
    secure_only.loader.paths.retain(|path| path.contains("secboot"));
    std::mem::swap(&mut case.domain, &mut secure_only);
    assert_eq!(case.xml().get("os/firmware/feature/@name"), some("enrolled-keys"));
    case.domain = secure_only;
    assert!(case.plan().summary.tpm);
    case.spec.firmware = FirmwareChoice::UefiSecureBoot;
    assert_eq!(case.plan().summary.firmware, FirmwareChoice::UefiSecureBoot);
    // An older libvirt chooses no firmware itself: a file is named.
    case.spec.firmware = FirmwareChoice::Uefi;
    case.domain.firmware.0 = None;
    let xml = case.xml();
    assert_eq!(xml.get("os/loader"), some("/usr/share/OVMF/OVMF_CODE_4M.fd"));
    assert_eq!(xml.get("os/loader/@readonly"), some("yes"));
}

#[test]
fn other_architectures_have_their_own_machines() {
    let arm = Case::new(fixtures::ARM_CAPS, fixtures::KVM_ARM, "debian12", "aarch64");
    let xml = arm.xml();
    let get = |path: &str| xml.get(path).unwrap_or_default();
    assert_eq!(
        (get("os/type/@machine"), get("os/@firmware")),
        ("virt".to_owned(), "efi".to_owned())
    );
    assert_eq!(get("cpu/@mode"), "host-passthrough");
    assert_eq!(get("devices/disk[@device='cdrom']/target/@bus"), "scsi");
    assert_eq!(get("devices/controller[@type='scsi']/@model"), "virtio-scsi");
    assert_eq!(get("devices/tpm/@model"), "tpm-tis");
    assert_eq!(xml.select("devices/input").len(), 2);
    assert!(xml.find("clock/timer").is_none() && xml.find("pm").is_none());

    let s390x = Case::other("debian12", "s390x").xml();
    assert_eq!(s390x.get("devices/console/target/@type"), some("sclp"));
    assert!(s390x.find("devices/graphics").is_none() && s390x.find("devices/video").is_none());
    let power = Case::other("unknown", "ppc64le").xml();
    assert_eq!(power.get("os/type/@machine"), some("pseries"));
    assert_eq!(power.get("devices/video/model/@type"), some("vga"));
    let riscv = Case::other("unknown", "riscv64").plan();
    assert_eq!(riscv.summary.machine.as_deref(), Some("virt"));
    assert_eq!(riscv.summary.disk_bus, "virtio");
    assert_eq!(riscv.notices, [Notice::Emulated, Notice::NoUefi]);
    let i686 = Case::new(fixtures::TCG_CAPS, fixtures::TCG_PC, "debian12", "i686").xml();
    assert!(i686.find("features/pae").is_some() && i686.find("cpu/feature").is_none());
}

#[test]
fn the_screen_speaks_what_was_chosen_if_the_host_can() {
    let mut case = Case::kvm("debian12");
    case.spec.screen = Some(ScreenProtocol::Vnc);
    let vnc = case.xml();
    assert_eq!(vnc.get("devices/graphics/@type"), some("vnc"));
    assert_eq!(vnc.get("devices/graphics/@port"), some("-1"));
    assert!(!vnc.as_str().contains("spice"));
    assert_eq!(vnc.get("devices/sound/@model"), some("ich9"));
    assert_eq!(vnc.get("devices/graphics/audio/@id"), vnc.get("devices/audio/@id"));

    case.spec.screen = Some(ScreenProtocol::Spice);
    case.domain.graphics.0 = Some(vec!["vnc".to_owned()]);
    assert_eq!(case.plan().summary.screen, Some(ScreenProtocol::Vnc));

    // A system without virtio drivers gets SPICE's own card.
    let windows = Case::kvm("win10");
    assert_eq!(windows.xml().get("devices/video/model/@type"), some("qxl"));

    case.domain.graphics.0 = Some(Vec::new());
    let made = case.plan();
    assert_eq!((made.summary.screen, made.summary.video), (None, None));
    assert_eq!(made.notices, [Notice::NoGraphics]);
}

#[test]
fn other_hypervisors_get_plain_definitions() {
    let xen = Case::other("debian12", "x86_64");
    assert_eq!(xen.spec.target.virt_type, VirtType::Other("xen".to_owned()));
    let xml = xen.xml();
    assert_eq!(xml.get("@type"), some("xen"));
    assert_eq!(xml.get("os/boot[1]/@dev"), some("hd"));
    assert_eq!(xml.get("devices/graphics/@type"), some("vnc"));
    assert_eq!(xml.get("devices/interface/mac/@address"), some("00:16:3e:89:ab:cd"));
    assert!(xml.find("devices/disk/boot").is_none() && xml.find("devices/rng").is_none());
    let test = "<capabilities><host><cpu><arch>i686</arch></cpu></host><guest><os_type>hvm</os_type>\
        <arch name='i686'><wordsize>32</wordsize><domain type='test'/></arch></guest></capabilities>";
    let case = Case::new(test, "<domainCapabilities/>", "unknown", "i686");
    assert_eq!(case.xml().get("@type"), some("test"));
}

#[test]
fn an_installation_ends_on_the_disk_with_the_medium_out() {
    let made = Case::kvm("debian12").plan();
    let first = made.first_boot_xml.unwrap();
    assert_eq!(boot(&made.persistent_xml), (some("1"), some("2"), None));
    assert_eq!(boot(&first), (some("1"), some("2"), some("/srv/a.iso")));
    // They differ in the medium alone.
    let mut edited = Document::parse(&first).unwrap();
    edited.remove("devices/disk[@device='cdrom']/source").unwrap();
    assert_eq!(edited.as_str(), made.persistent_xml);
    assert_eq!(edited.get("on_reboot"), some("restart"));
}

#[test]
fn a_disk_with_something_on_it_waits_for_the_medium() {
    let mut case = Case::kvm("debian12");
    case.spec.disk.as_mut().unwrap().blank = false;
    let made = case.plan();
    assert_eq!(boot(&made.persistent_xml), (some("1"), some("2"), None));
    assert_eq!(boot(&made.first_boot_xml.unwrap()), (some("2"), some("1"), some("/srv/a.iso")));
    let mut windows = Case::kvm("win10");
    windows.spec.disk.as_mut().unwrap().blank = false;
    let made = windows.plan();
    assert_eq!(boot(&made.persistent_xml), (some("1"), some("2"), some("/srv/a.iso")));
    assert_eq!(boot(&made.first_boot_xml.unwrap()).0, some("2"));
}

#[test]
fn media_that_only_run_stay_in() {
    let mut case = Case::kvm("unknown");
    case.spec.disk = None;
    let made = case.plan();
    assert_eq!(made.first_boot_xml, None);
    assert_eq!(boot(&made.persistent_xml), (None, some("1"), some("/srv/a.iso")));
    let mut case = Case::kvm("debian12");
    case.spec.medium.as_mut().unwrap().live_only = true;
    let made = case.plan();
    assert_eq!(made.first_boot_xml, None);
    assert_eq!(boot(&made.persistent_xml), (some("2"), some("1"), some("/srv/a.iso")));
}

#[test]
fn without_a_medium_there_is_disk_or_network() {
    let mut import = Case::kvm("debian12");
    import.spec.medium = None;
    import.spec.disk.as_mut().unwrap().blank = false;
    let made = import.plan();
    assert_eq!(made.first_boot_xml, None);
    assert_eq!(boot(&made.persistent_xml).0, some("1"));
    assert!(import.xml().find("devices/interface/boot").is_none());
    import.spec.disk.as_mut().unwrap().blank = true;
    assert_eq!(import.xml().get("devices/interface/boot/@order"), some("3"));
    import.spec.disk = None;
    assert_eq!(import.xml().get("devices/interface/boot/@order"), some("2"));
    import.spec.network = NetworkChoice::None;
    assert!(import.xml().find("devices/interface").is_none());
}

#[test]
fn networks_and_places_are_written_as_chosen() {
    let mut case = Case::kvm("debian12");
    case.spec.network = NetworkChoice::Bridge("br0".to_owned());
    assert_eq!(case.xml().get("devices/interface[@type='bridge']/source/@bridge"), some("br0"));
    case.spec.network = NetworkChoice::User;
    assert!(case.xml().find("devices/interface[@type='user']").is_some());
    case.spec.disk.as_mut().unwrap().location = Location::Block("/dev/vg/a".to_owned());
    let xml = case.xml();
    assert_eq!(xml.get("devices/disk[1]/source/@dev"), some("/dev/vg/a"));
    assert_eq!(xml.get("devices/disk[1]/driver/@cache"), some("none"));
    case.spec.medium.as_mut().unwrap().location =
        Location::Volume { pool: "isos".to_owned(), volume: "a.iso".to_owned() };
    let first = case.plan().first_boot_xml.unwrap();
    assert!(first.contains("<source pool='isos' volume='a.iso'/>"));
}

#[test]
fn a_volume_is_named_by_path_where_its_pool_has_one() {
    let mut pool = PoolSummary {
        id: PoolId(Uuid::nil()),
        name: "p".to_owned(),
        active: true,
        autostart: true,
        kind: "dir".to_owned(),
        path: some("/var/images/"),
        capacity: 0,
        available: 0,
    };
    assert_eq!(Location::in_pool(&pool, "a.img"), Location::File("/var/images/a.img".to_owned()));
    pool.kind = "rbd".to_owned();
    let by_name = Location::Volume { pool: "p".to_owned(), volume: "a.img".to_owned() };
    assert_eq!(Location::in_pool(&pool, "a.img"), by_name);
}

#[test]
fn difficult_texts_survive_and_impossible_ones_are_refused() {
    let mut case = Case::kvm("debian12");
    case.spec.name = "Tom & <Ann>'s \"ñ\" 漢字".to_owned();
    let path = "/srv/a b&c<d>'e'\"f\"\nñ漢.iso";
    case.spec.medium.as_mut().unwrap().location = Location::File(path.to_owned());
    let made = case.plan();
    let first = Document::parse(&made.first_boot_xml.unwrap()).unwrap();
    assert_eq!(first.get("name"), Some(case.spec.name.clone()));
    assert_eq!(first.get("devices/disk[2]/source/@file"), some(path));
    case.spec.medium.as_mut().unwrap().location = Location::File("/srv/\u{1}.iso".to_owned());
    assert!(matches!(case.try_plan(), Err(PlanError::Forbidden(_))));
    case.spec.name = "a/b".to_owned();
    assert!(matches!(case.try_plan(), Err(PlanError::Name(_))));
    let mut case = Case::kvm("debian12");
    case.spec.vcpus = 0;
    assert_eq!(case.try_plan(), Err(PlanError::NoResources));
}

#[test]
fn a_target_is_chosen_or_refused() {
    let caps = fixtures::host(fixtures::KVM_CAPS);
    let os = db().profile(db().by_short_id("debian12").unwrap(), "x86_64");
    let chosen = target(&caps, &os, None, None, None).unwrap();
    assert_eq!((chosen.arch.as_str(), &chosen.virt_type), ("x86_64", &VirtType::Kvm));
    let emulated = target(&caps, &os, None, Some(&VirtType::Qemu), Some("pc-q35-9.1")).unwrap();
    assert_eq!(emulated.machine.as_deref(), Some("pc-q35-9.1"));
    let refused = |arch, virt: Option<&VirtType>, machine| {
        target(&caps, &os, arch, virt, machine).unwrap_err()
    };
    assert_eq!(refused(Some("sparc"), None, None), PlanError::NoSuchArch("sparc".to_owned()));
    assert_eq!(refused(None, None, Some("x")), PlanError::NoSuchMachine("x".to_owned()));
    let xen = VirtType::from_name("xen");
    assert!(matches!(refused(None, Some(&xen), None), PlanError::NoSuchVirtType { .. }));
    let containers = HostCapabilities::default();
    assert_eq!(target(&containers, &os, None, None, None), Err(PlanError::OnlyContainers));
}
