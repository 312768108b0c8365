//! The platform: how the guest is run, its architecture, machine, firmware.
//! Pure; [`super::reading`] asks the host.

use gettextrs::gettext;

use super::draft::{Draft, FirmwareChoice};
use crate::{
    i18n::gettext_f,
    model::{
        ScreenProtocol,
        capabilities::{DomainCapabilities, GuestCapabilities, HostCapabilities},
    },
};

/// What is asked of a host's `<domainCapabilities>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Combination {
    /// The architecture.
    pub arch: Option<String>,
    /// The machine type.
    pub machine: Option<String>,
    /// The way to run.
    pub virt_type: Option<String>,
}

/// The ways to run, the best first.
const VIRT_TYPES: [&str; 5] = ["kvm", "hvf", "xen", "qemu", "test"];

/// What the draft says of the platform, against what the host has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Platform<'a> {
    /// The draft.
    pub(super) draft: &'a Draft,
    /// What the host can run; nothing while it is read.
    pub(super) host: Option<&'a HostCapabilities>,
    /// What the chosen platform offers; nothing while it is read, or where the
    /// driver does not say.
    pub(super) offered: Option<&'a DomainCapabilities>,
    /// The architecture of the detected medium.
    pub(super) medium_arch: Option<&'a str>,
}

impl Platform<'_> {
    /// The architecture in use: the chosen one; else that of the medium where
    /// the host can run it; else the host's own.
    pub(super) fn arch(&self) -> Option<String> {
        if self.draft.arch.is_some() {
            return self.draft.arch.clone();
        }
        let arches = self.host?.hvm_arches();
        let own = arches.first().copied();
        // A 64-bit PC runs 32-bit systems as they are, and with newer devices.
        let narrower = own == Some("x86_64") && self.medium_arch == Some("i686");
        let medium = self.medium_arch.filter(|arch| !narrower && arches.contains(arch));
        medium.or(own).map(str::to_owned)
    }

    /// The host's entry for the architecture in use.
    pub(super) fn guest(&self) -> Option<&GuestCapabilities> {
        self.host?.hvm(&self.arch()?)
    }

    /// The ways to run guests of this architecture, the best first.
    pub(super) fn virt_types(&self) -> Vec<String> {
        let mut types = self.guest().map(|guest| guest.domain_types.clone()).unwrap_or_default();
        let rank = |name: &str| {
            VIRT_TYPES.iter().position(|known| *known == name).unwrap_or(VIRT_TYPES.len())
        };
        types.sort_by_key(|name| rank(name));
        types.dedup();
        types
    }

    /// The way to run in use.
    pub(super) fn virt_type(&self) -> Option<String> {
        let types = self.virt_types();
        let chosen = self.draft.virt_type.clone().filter(|chosen| types.contains(chosen));
        chosen.or_else(|| types.first().cloned())
    }

    /// Whether the guest would be emulated, and KVM is there instead.
    pub(super) fn emulation(&self) -> Option<EmulatedBecause> {
        if self.virt_type()? != "qemu" {
            return None;
        }
        let types = self.virt_types();
        if types.iter().any(|name| name == "kvm" || name == "hvf") {
            return Some(EmulatedBecause::Chosen);
        }
        let own = self.host?.arch == self.arch()?;
        Some(if own { EmulatedBecause::NoKvm } else { EmulatedBecause::OtherArch })
    }

    /// The architectures, the host's own first.
    pub(super) fn arches(&self) -> Vec<String> {
        let arches = self.host.map(HostCapabilities::hvm_arches).unwrap_or_default();
        arches.into_iter().map(str::to_owned).collect()
    }

    /// The machine types: the names that stand for the newest of a family
    /// first, since they are what most want, then every version.
    pub(super) fn machines(&self) -> Vec<String> {
        let Some(guest) = self.guest() else { return Vec::new() };
        let usable = || guest.machines.iter().filter(|machine| !machine.deprecated);
        let aliases = usable().filter(|machine| machine.canonical.is_some());
        let versions = usable().filter(|machine| machine.canonical.is_none());
        aliases.chain(versions).map(|machine| machine.name.clone()).collect()
    }

    /// The firmware that can be had.
    pub(super) fn firmwares(&self) -> Vec<FirmwareChoice> {
        let mut list = vec![FirmwareChoice::Auto];
        if self.arch().is_none_or(|arch| has_bios(&arch)) {
            list.push(FirmwareChoice::Bios);
        }
        if self.offered.is_some_and(DomainCapabilities::has_uefi) {
            list.push(FirmwareChoice::Uefi);
        }
        if self.offered.is_some_and(DomainCapabilities::has_secure_boot) {
            list.push(FirmwareChoice::SecureBoot);
        }
        // What was picked stays visible, with a notice that it is gone.
        if !list.contains(&self.draft.firmware) {
            list.push(self.draft.firmware);
        }
        list
    }

    /// What the guest's screen can speak; nothing leaves it to Posada.
    pub(super) fn screens(&self) -> Vec<Option<ScreenProtocol>> {
        let offered = |protocol: &ScreenProtocol| {
            self.offered.is_some_and(|offered| offered.graphics.has(protocol.name()))
        };
        let known = [ScreenProtocol::Spice, ScreenProtocol::Vnc].into_iter().filter(offered);
        let mut list: Vec<_> = std::iter::once(None).chain(known.map(Some)).collect();
        if !list.contains(&self.draft.screen) {
            list.push(self.draft.screen);
        }
        list
    }

    /// Whether the host is known to have no UEFI firmware for this platform.
    pub(super) fn lacks_uefi(&self) -> bool {
        self.offered.is_some_and(|offered| match self.draft.firmware {
            FirmwareChoice::SecureBoot => !offered.has_secure_boot(),
            _ => !offered.has_uefi(),
        })
    }
}

/// Why a guest is emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EmulatedBecause {
    /// The user wants it.
    Chosen,
    /// The host offers no hardware virtualisation.
    NoKvm,
    /// The host's processor is another one.
    OtherArch,
}

/// Whether machines of this architecture can start from a BIOS.
pub(super) fn has_bios(arch: &str) -> bool {
    matches!(arch, "x86_64" | "i686")
}

/// The choice that leaves a setting to Posada.
pub(super) fn automatic() -> String {
    // Translators: a choice that leaves a setting to Posada.
    gettext("Automatic")
}

/// A protocol's name; nothing leaves the choice to Posada.
pub(super) fn screen_name(screen: Option<ScreenProtocol>) -> String {
    match screen {
        None => automatic(),
        Some(protocol) => protocol.label().to_owned(),
    }
}

/// A firmware's name.
pub(super) fn firmware_name(firmware: FirmwareChoice) -> String {
    match firmware {
        FirmwareChoice::Auto => automatic(),
        FirmwareChoice::Bios => "BIOS".to_owned(),
        FirmwareChoice::Uefi => "UEFI".to_owned(),
        FirmwareChoice::SecureBoot => gettext("UEFI with Secure Boot"),
    }
}

/// The name of a way to run.
pub(super) fn virt_type_name(name: &str) -> String {
    match name {
        "kvm" => gettext("KVM (fast)"),
        "qemu" => gettext("Emulation (slow)"),
        "hvf" => "Hypervisor.framework".to_owned(),
        "xen" => "Xen".to_owned(),
        other => gettext_f("libvirt’s “{name}”", &[("name", other)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PC: &str = "<capabilities><host><cpu><arch>x86_64</arch></cpu></host>
        <guest><os_type>hvm</os_type><arch name='i686'><wordsize>32</wordsize>
          <machine canonical='pc-i440fx-10.0'>pc</machine><machine>pc-i440fx-10.0</machine>
          <domain type='qemu'/><domain type='kvm'/></arch></guest>
        <guest><os_type>hvm</os_type><arch name='x86_64'><wordsize>64</wordsize>
          <machine>pc-i440fx-2.1</machine><machine canonical='pc-q35-10.0'>q35</machine>
          <machine>pc-q35-10.0</machine><machine deprecated='yes'>pc-i440fx-1.0</machine>
          <domain type='qemu'/><domain type='kvm'/></arch></guest>
        <guest><os_type>hvm</os_type><arch name='aarch64'><wordsize>64</wordsize>
          <machine>virt</machine><domain type='qemu'/></arch></guest></capabilities>";

    fn host() -> HostCapabilities {
        HostCapabilities::parse(PC).unwrap()
    }

    fn platform<'a>(draft: &'a Draft, host: &'a HostCapabilities) -> Platform<'a> {
        Platform { draft, host: Some(host), offered: None, medium_arch: None }
    }

    #[test]
    fn kvm_is_taken_only_where_the_host_offers_it() {
        let (mut draft, host) = (Draft::default(), host());
        assert_eq!(platform(&draft, &host).virt_type().as_deref(), Some("kvm"));
        assert_eq!(platform(&draft, &host).emulation(), None);
        draft.arch = Some("aarch64".into());
        assert_eq!(platform(&draft, &host).virt_type().as_deref(), Some("qemu"));
        assert_eq!(platform(&draft, &host).emulation(), Some(EmulatedBecause::OtherArch));
        let plain = HostCapabilities::parse(&PC.replace("<domain type='kvm'/>", "")).unwrap();
        draft.arch = None;
        assert_eq!(platform(&draft, &plain).virt_type().as_deref(), Some("qemu"));
        assert_eq!(platform(&draft, &plain).emulation(), Some(EmulatedBecause::NoKvm));
    }

    #[test]
    fn emulation_can_be_chosen() {
        let host = host();
        let draft = Draft { virt_type: Some("qemu".into()), ..Draft::default() };
        assert_eq!(platform(&draft, &host).virt_type().as_deref(), Some("qemu"));
        assert_eq!(platform(&draft, &host).emulation(), Some(EmulatedBecause::Chosen));
        let draft = Draft { virt_type: Some("xen".into()), ..Draft::default() };
        assert_eq!(platform(&draft, &host).virt_type().as_deref(), Some("kvm"));
    }

    #[test]
    fn the_medium_decides_the_architecture_where_the_host_has_it() {
        let (draft, host) = (Draft::default(), host());
        let arch = |medium| Platform { medium_arch: medium, ..platform(&draft, &host) }.arch();
        assert_eq!(arch(None).as_deref(), Some("x86_64"));
        assert_eq!(arch(Some("aarch64")).as_deref(), Some("aarch64"));
        assert_eq!(arch(Some("i686")).as_deref(), Some("x86_64"));
        assert_eq!(arch(Some("s390x")).as_deref(), Some("x86_64"));
    }

    #[test]
    fn machine_families_come_before_versions_and_deprecated_ones_not_at_all() {
        let (draft, host) = (Draft::default(), host());
        let machines = platform(&draft, &host).machines();
        assert_eq!(machines, ["q35", "pc-i440fx-2.1", "pc-q35-10.0"]);
    }

    #[test]
    fn only_the_firmware_of_the_host_is_offered() {
        let (mut draft, host) = (Draft::default(), host());
        assert_eq!(
            platform(&draft, &host).firmwares(),
            [FirmwareChoice::Auto, FirmwareChoice::Bios]
        );
        let with_uefi = DomainCapabilities::parse(
            "<domainCapabilities><arch>x86_64</arch><os supported='yes'>
             <enum name='firmware'><value>efi</value></enum>
             <loader supported='yes'><enum name='secure'><value>no</value></enum></loader>
             </os></domainCapabilities>",
        )
        .unwrap();
        draft.firmware = FirmwareChoice::SecureBoot;
        let platform = Platform { offered: Some(&with_uefi), ..platform(&draft, &host) };
        assert!(platform.firmwares().contains(&FirmwareChoice::Uefi));
        assert!(platform.firmwares().contains(&FirmwareChoice::SecureBoot));
        assert!(platform.lacks_uefi());
    }
}
