use super::{DomainCapabilities, HostCapabilities};
use crate::model::units::KIB;

pub(crate) const TCG_CAPS: &str = include_str!("fixtures/tcg-x86_64.caps.xml");
pub(crate) const KVM_CAPS: &str = include_str!("fixtures/kvm-x86_64.caps.xml");
pub(crate) const ARM_CAPS: &str = include_str!("fixtures/virt-aarch64.caps.xml");
pub(crate) const SMALL_CAPS: &str = include_str!("fixtures/small.caps.xml");
pub(crate) const TCG_Q35: &str = include_str!("fixtures/tcg-x86_64-q35.xml");
pub(crate) const TCG_PC: &str = include_str!("fixtures/tcg-x86_64-pc.xml");
pub(crate) const KVM_Q35: &str = include_str!("fixtures/kvm-x86_64-q35.xml");
pub(crate) const KVM_PC: &str = include_str!("fixtures/kvm-x86_64-pc.xml");
pub(crate) const KVM_ARM: &str = include_str!("fixtures/kvm-aarch64-virt.xml");

pub(crate) fn host(xml: &str) -> HostCapabilities {
    HostCapabilities::parse(xml).unwrap()
}

pub(crate) fn domain(xml: &str) -> DomainCapabilities {
    DomainCapabilities::parse(xml).unwrap()
}

#[test]
fn the_host_is_described() {
    let caps = host(KVM_CAPS);
    assert_eq!(caps.arch, "x86_64");
    assert_eq!(caps.cpu_vendor.as_deref(), Some("Intel"));
    assert_eq!(caps.topology, Some((1, 2, 1)));
    assert_eq!(caps.memory, 13_591_108 * KIB);
    assert_eq!(caps.numa_cells, 1);
    let dac = caps.security.iter().find(|s| s.model == "dac").unwrap();
    assert_eq!(dac.user.as_deref(), Some("64055"));
}

#[test]
fn machines_and_ways_to_run_are_listed() {
    let caps = host(KVM_CAPS);
    assert_eq!(caps.hvm_arches(), ["x86_64", "i686"]);
    let guest = caps.hvm("x86_64").unwrap();
    assert_eq!(guest.domain_types, ["qemu", "kvm"]);
    assert_eq!(guest.emulator.as_deref(), Some("/usr/bin/qemu-system-x86_64"));
    let q35 = guest.machine("q35").unwrap();
    assert_eq!(q35.canonical.as_deref(), Some("pc-q35-10.0"));
    assert!(guest.machine("pc-i440fx-2.12").unwrap().deprecated);
    assert_eq!(guest.default_machine().unwrap().name, "pc-i440fx-10.0");
    assert!(guest.has_feature("acpi") && !guest.has_feature("pae"));
    assert!(caps.hvm("i686").unwrap().has_feature("pae"));
    assert!(!caps.has_containers());
}

#[test]
fn kvm_is_available_only_where_it_is_offered() {
    assert!(host(KVM_CAPS).kvm_available("x86_64"));
    assert!(!host(TCG_CAPS).kvm_available("x86_64"));
    assert!(!host(KVM_CAPS).kvm_available("aarch64"));
    let small = host(SMALL_CAPS);
    assert!(small.kvm_available("s390x") && !small.kvm_available("ppc64le"));
    assert!(small.has_containers());
    assert_eq!(small.hvm_arches()[0], "s390x");
}

#[test]
fn a_domain_offers_what_it_says() {
    let caps = domain(KVM_Q35);
    assert_eq!(caps.machine.as_deref(), Some("pc-q35-10.0"));
    assert_eq!(caps.max_vcpus, Some(4096));
    assert!(caps.has_uefi() && caps.has_secure_boot() && caps.has_tpm_emulator());
    assert_eq!(caps.uefi_loader(), Some("/usr/share/OVMF/OVMF_CODE_4M.fd"));
    assert!(caps.cpu.host_passthrough && caps.cpu.host_passthrough_migratable == Some(true));
    assert!(caps.disk_buses.has("sata") && !caps.disk_buses.has("ide"));
    assert!(caps.graphics.has("spice") && caps.video.has("virtio"));
    assert!(caps.tpm_models.has("tpm-crb") && caps.tpm_versions.has("2.0"));
    assert!(caps.hyperv.has("stimer") && caps.interface_backends.has("passt"));
    assert!(
        caps.features.contains(&"ps2".to_owned()) && !caps.features.contains(&"sev".to_owned())
    );
    let usable = |name: &str| caps.cpu.models.iter().find(|m| m.name == name).unwrap().usable;
    assert_eq!((usable("qemu64"), usable("Broadwell")), (Some(true), Some(false)));
    assert!(!domain(TCG_Q35).cpu.host_passthrough && domain(TCG_Q35).cpu.maximum);
    assert!(domain(TCG_PC).disk_buses.has("ide"));
    assert!(!domain(KVM_ARM).has_secure_boot());
}

#[test]
fn silence_is_not_a_no() {
    let caps = domain(
        "<domainCapabilities><devices><tpm supported='no'/><disk supported='yes'/></devices></domainCapabilities>",
    );
    assert_eq!(caps.graphics.0, None);
    assert!(caps.graphics.has_or("vnc", true));
    assert!(caps.disk_buses.has_or("virtio", true));
    assert_eq!(caps.tpm_models.0, Some(Vec::new()));
    assert!(!caps.tpm_models.has_or("tpm-crb", true));
    assert!(!caps.has_uefi());
}

#[test]
fn other_documents_are_no_panic() {
    assert_eq!(host("<x/>"), HostCapabilities::default());
    assert!(HostCapabilities::parse("<capabilities>").is_err());
    assert!(DomainCapabilities::parse("no").is_err());
}
