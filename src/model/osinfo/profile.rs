//! What a system supports and needs, with what it inherits.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Date, Os, OsDatabase, ResourceSet, Resources};

/// Ids of devices, as the database writes them.
pub mod devices {
    /// virtio network: the legacy and the modern device.
    pub const VIRTIO_NET: &[&str] = &["http://pcisig.com/pci/1af4/1000", VIRTIO1_NET];
    /// virtio network, modern only.
    pub const VIRTIO1_NET: &str = "http://pcisig.com/pci/1af4/1041";
    /// virtio disk.
    pub const VIRTIO_BLOCK: &[&str] =
        &["http://pcisig.com/pci/1af4/1001", "http://pcisig.com/pci/1af4/1042"];
    /// virtio SCSI.
    pub const VIRTIO_SCSI: &[&str] =
        &["http://pcisig.com/pci/1af4/1004", "http://pcisig.com/pci/1af4/1048"];
    /// virtio serial ports, over which the guest agent speaks.
    pub const VIRTIO_CONSOLE: &[&str] =
        &["http://pcisig.com/pci/1af4/1003", "http://pcisig.com/pci/1af4/1043"];
    /// virtio random numbers.
    pub const VIRTIO_RNG: &[&str] =
        &["http://pcisig.com/pci/1af4/1005", "http://pcisig.com/pci/1af4/1044"];
    /// virtio memory balloon.
    pub const VIRTIO_BALLOON: &[&str] =
        &["http://pcisig.com/pci/1af4/1002", "http://pcisig.com/pci/1af4/1045"];
    /// virtio graphics.
    pub const VIRTIO_GPU: &[&str] = &["http://pcisig.com/pci/1af4/1050"];
    /// virtio keyboard and mouse.
    pub const VIRTIO_INPUT: &[&str] = &["http://pcisig.com/pci/1af4/1052"];
    /// USB 3 controllers of QEMU.
    pub const USB3: &[&str] =
        &["http://pcisig.com/pci/1b36/0004", "http://pcisig.com/pci/1033/0194"];
    /// QEMU's PCI Express chipset.
    pub const Q35: &[&str] = &["http://qemu.org/chipset/x86/q35"];
    /// Intel gigabit network on PCI Express.
    pub const E1000E: &[&str] = &["http://pcisig.com/pci/8086/10d3"];
    /// Intel gigabit network on PCI.
    pub const E1000: &[&str] = &["http://pcisig.com/pci/8086/100e"];
    /// Realtek network.
    pub const RTL8139: &[&str] = &["http://pcisig.com/pci/10ec/8139"];
    /// NE2000 network.
    pub const NE2K_PCI: &[&str] = &["http://pcisig.com/pci/10ec/8029"];
    /// AMD network.
    pub const PCNET: &[&str] = &["http://pcisig.com/pci/1022/2000"];
}

/// An operating system on one architecture: what a new guest's definition and
/// sizes are chosen by. A plain value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OsProfile {
    /// libosinfo's id.
    pub id: String,
    /// The usual short name.
    pub short_id: String,
    /// The name for people.
    pub name: String,
    /// `linux`, `winnt`…
    pub family: Option<String>,
    /// `debian`, `win`…
    pub distro: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// When it came out.
    pub release_date: Option<Date>,
    /// The architecture that needs and firmware below are about.
    pub arch: String,
    /// Ids of all supported devices.
    pub devices: BTreeSet<String>,
    /// Whether it boots through UEFI; nothing where the database does not say.
    pub efi: Option<bool>,
    /// Whether it boots through a BIOS; nothing where the database does not say.
    pub bios: Option<bool>,
    /// Less will not do.
    pub minimum: Resources,
    /// Enough to work well.
    pub recommended: Resources,
    /// What an installation over the network needs at least.
    pub network_install: Resources,
}

impl OsProfile {
    /// Whether it supports one of these [`devices`].
    #[must_use]
    pub fn supports(&self, ids: &[&str]) -> bool {
        ids.iter().any(|&id| self.devices.contains(id))
    }

    /// Whether it is a Windows.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        self.family.as_deref().is_some_and(|f| f.starts_with("win"))
    }

    /// Whether nothing is known of it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.id == super::UNKNOWN_ID || self.id.is_empty()
    }
}

impl OsDatabase {
    /// The profile of `os` on `arch`: its own entry, completed by those it is a
    /// clone of or derives from; the nearest one that says something is right.
    #[must_use]
    pub fn profile(&self, os: &Os, arch: &str) -> OsProfile {
        let line = self.ancestry(os);
        let mut known: BTreeMap<&str, bool> = BTreeMap::new();
        let mut firmware: BTreeMap<&str, bool> = BTreeMap::new();
        for ancestor in &line {
            for (id, supported) in &ancestor.devices {
                known.entry(id).or_insert(*supported);
            }
            for f in ancestor.firmware.iter().filter(|f| same_arch(&f.arch, arch)) {
                firmware.entry(&f.kind).or_insert(f.supported);
            }
        }
        let mut profile = OsProfile {
            id: os.id.clone(),
            short_id: os.short_id().to_owned(),
            name: os.name.clone(),
            family: os.family.clone(),
            distro: os.distro.clone(),
            version: os.version.clone(),
            release_date: os.release_date,
            arch: arch.to_owned(),
            devices: known.iter().filter(|(_, s)| **s).map(|(id, _)| (*id).to_owned()).collect(),
            efi: firmware.get("efi").copied(),
            bios: firmware.get("bios").copied(),
            ..OsProfile::default()
        };
        for ancestor in &line {
            let Some(set) = resources_for(&ancestor.resources, arch) else { continue };
            complete(&mut profile.minimum, set.minimum);
            complete(&mut profile.recommended, set.recommended);
            complete(&mut profile.network_install, set.network_install);
            // An entry that gives needs of its own gives all of them.
            if !set.inherit {
                break;
            }
        }
        profile
    }

    /// `os` and all it inherits from, the nearest first; each once, so that a
    /// circle in the database ends.
    fn ancestry<'a>(&'a self, os: &'a Os) -> Vec<&'a Os> {
        let mut line = vec![os];
        let mut seen: HashSet<&str> = HashSet::from([os.id.as_str()]);
        let mut at = 0;
        while at < line.len() {
            for parent in line[at].parents.iter().filter_map(|id| self.by_id(id)) {
                if seen.insert(&parent.id) {
                    line.push(parent);
                }
            }
            at += 1;
        }
        line
    }
}

fn same_arch(entry: &str, arch: &str) -> bool {
    entry == arch || entry == "all"
}

/// The needs for `arch`, else those for all, else those of the sister: what a
/// system needs on `i686` is a good guess for `x86_64` and the other way round.
fn resources_for<'a>(sets: &'a [ResourceSet], arch: &str) -> Option<&'a ResourceSet> {
    let sister = match arch {
        "x86_64" => "i686",
        "i686" => "x86_64",
        _ => "all",
    };
    [arch, "all", sister].iter().find_map(|wanted| sets.iter().find(|set| set.arch == *wanted))
}

fn complete(own: &mut Resources, inherited: Resources) {
    own.cpus = own.cpus.or(inherited.cpus);
    own.memory = own.memory.or(inherited.memory);
    own.storage = own.storage.or(inherited.storage);
}
