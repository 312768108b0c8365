//! The devices of a guest.

use std::collections::{BTreeMap, HashMap};

use crate::model::xml::{Document, Element};

/// A kind of device, by its element in `<devices>`
/// (<https://libvirt.org/formatdomain.html#devices>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are libvirt's")]
pub enum DeviceKind {
    Disk,
    Interface,
    Graphics,
    Video,
    Input,
    Sound,
    Audio,
    Serial,
    Parallel,
    Console,
    Channel,
    Filesystem,
    Hostdev,
    Redirdev,
    Redirfilter,
    Smartcard,
    Tpm,
    Rng,
    Watchdog,
    Panic,
    Memballoon,
    Memory,
    Vsock,
    Shmem,
    Iommu,
    Pstore,
    Crypto,
    Nvram,
    Lease,
    Hub,
    Controller,
    // Parts of the guest that are no devices.
    CpuFeature,
    Vcpu,
    NumaNode,
    MemNode,
    OemString,
    FwCfg,
    SecLabel,
    VcpuPin,
    VcpuSched,
    Iothread,
    IothreadPin,
    IothreadSched,
    BlockDevice,
    ThrottleGroup,
    CacheTune,
    MemoryTune,
}

impl DeviceKind {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 31] = [
        Self::Disk,
        Self::Interface,
        Self::Graphics,
        Self::Video,
        Self::Input,
        Self::Sound,
        Self::Audio,
        Self::Serial,
        Self::Parallel,
        Self::Console,
        Self::Channel,
        Self::Filesystem,
        Self::Hostdev,
        Self::Redirdev,
        Self::Redirfilter,
        Self::Smartcard,
        Self::Tpm,
        Self::Rng,
        Self::Watchdog,
        Self::Panic,
        Self::Memballoon,
        Self::Memory,
        Self::Vsock,
        Self::Shmem,
        Self::Iommu,
        Self::Pstore,
        Self::Crypto,
        Self::Nvram,
        Self::Lease,
        Self::Hub,
        Self::Controller,
    ];

    /// The element's name.
    #[must_use]
    pub fn element(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Interface => "interface",
            Self::Graphics => "graphics",
            Self::Video => "video",
            Self::Input => "input",
            Self::Sound => "sound",
            Self::Audio => "audio",
            Self::Serial => "serial",
            Self::Parallel => "parallel",
            Self::Console => "console",
            Self::Channel => "channel",
            Self::Filesystem => "filesystem",
            Self::Hostdev => "hostdev",
            Self::Redirdev => "redirdev",
            Self::Redirfilter => "redirfilter",
            Self::Smartcard => "smartcard",
            Self::Tpm => "tpm",
            Self::Rng => "rng",
            Self::Watchdog => "watchdog",
            Self::Panic => "panic",
            Self::Memballoon => "memballoon",
            Self::Memory => "memory",
            Self::Vsock => "vsock",
            Self::Shmem => "shmem",
            Self::Iommu => "iommu",
            Self::Pstore => "pstore",
            Self::Crypto => "crypto",
            Self::Nvram => "nvram",
            Self::Lease => "lease",
            Self::Hub => "hub",
            Self::Controller => "controller",
            Self::CpuFeature => "feature",
            Self::Vcpu => "vcpu",
            Self::NumaNode => "cell",
            Self::MemNode => "memnode",
            Self::OemString | Self::FwCfg => "entry",
            Self::SecLabel => "seclabel",
            Self::VcpuPin => "vcpupin",
            Self::VcpuSched => "vcpusched",
            Self::Iothread => "iothread",
            Self::IothreadPin => "iothreadpin",
            Self::IothreadSched => "iothreadsched",
            Self::BlockDevice => "device",
            Self::ThrottleGroup => "throttlegroup",
            Self::CacheTune => "cachetune",
            Self::MemoryTune => "memorytune",
        }
    }

    /// The kind with this element.
    #[must_use]
    pub fn of_element(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.element() == name)
    }
}

/// What tells a device of this kind apart and says what it is: where it is in
/// the XML, and the name that it has here.
const FACTS: [(&str, &str); 28] = [
    ("target", "target/@dev"),
    ("target name", "target/@name"),
    ("target port", "target/@port"),
    ("target dir", "target/@dir"),
    ("target type", "target/@type"),
    ("bus", "target/@bus"),
    ("type", "@type"),
    ("device", "@device"),
    ("mode", "@mode"),
    ("model", "@model"),
    ("name", "@name"),
    ("index", "@index"),
    ("own bus", "@bus"),
    ("mac", "mac/@address"),
    ("model type", "model/@type"),
    ("alias", "alias/@name"),
    ("vendor id", "source/vendor/@id"),
    ("product id", "source/product/@id"),
    ("uuid", "source/address/@uuid"),
    ("source bus", "source/address/@bus"),
    ("source device", "source/address/@device"),
    ("source domain", "source/address/@domain"),
    ("source slot", "source/address/@slot"),
    ("source function", "source/address/@function"),
    ("version", "backend/@version"),
    ("driver", "driver/@type"),
    ("state", "target/@state"),
    ("listens", "listen/@type"),
];

/// Where the source of a device's data may stand.
const SOURCES: [&str; 9] = [
    "source/@file",
    "source/@dev",
    "source/@name",
    "source/@dir",
    "source/@network",
    "source/@bridge",
    "source/@volume",
    "source/@path",
    "source/@startport",
];

/// A device of a guest, as it was in a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What it is.
    pub kind: DeviceKind,
    /// The same in every version of the guest's definition.
    pub identity: String,
    /// Which one of its kind it is in this definition, from 1.
    pub ordinal: usize,
    pub(super) facts: BTreeMap<&'static str, String>,
}

impl Device {
    /// What the definition says of it: `target`, `bus`, `type`, `device`,
    /// `model`, `mac`, `source` and so on.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }

    /// Its path in the definition that it was read from.
    #[must_use]
    pub fn path(&self) -> String {
        if self.kind.is_part() {
            return self.part_path();
        }
        format!("devices/{}[{}]", self.kind.element(), self.ordinal)
    }

    /// Its element as it stands in `doc`.
    #[must_use]
    pub fn xml<'a>(&self, doc: &'a Document) -> Option<&'a str> {
        doc.find(&self.path()).map(|element| element.source())
    }

    /// Whether libvirt puts it in by itself, so that nobody needs to see it:
    /// the bridges and ports that other devices are plugged into, and the second
    /// name of the first serial port.
    #[must_use]
    pub fn is_plumbing(&self) -> bool {
        // The console that libvirt makes of the first serial port.
        (self.kind == DeviceKind::Console && self.fact("target type") == Some("serial"))
            || self.kind == DeviceKind::Controller
                && (self.fact("type") == Some("pci")
                    || (self.fact("type") == Some("usb")
                        && self.fact("model").is_some_and(|model| model.contains("uhci"))))
    }

    /// Whether the guest can do without it, as far as the machine goes.
    #[must_use]
    pub fn is_removable(&self) -> bool {
        match self.kind {
            DeviceKind::Controller => self.fact("type") != Some("pci"),
            DeviceKind::Input => self.fact("own bus").is_none_or(|bus| bus != "ps2"),
            DeviceKind::Watchdog => self.fact("model") != Some("itco"),
            DeviceKind::Nvram | DeviceKind::Audio => false,
            _ => true,
        }
    }
}

/// The devices of a guest, in the order of the definition.
#[must_use]
pub fn devices(doc: &Document) -> Vec<Device> {
    with_elements(doc, |_| true).map(|(device, _)| device).collect()
}

/// The devices of the kinds that are asked for, each with its element.
pub(super) fn with_elements<'a>(
    doc: &'a Document,
    wanted: impl Fn(DeviceKind) -> bool + 'a,
) -> impl Iterator<Item = (Device, Element<'a>)> {
    let mut ordinals: HashMap<DeviceKind, usize> = HashMap::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let root = doc.root();
    let elements: Vec<_> = root.children_named("devices").flat_map(|e| e.children()).collect();
    elements.into_iter().filter_map(move |element| {
        let kind = DeviceKind::of_element(element.name()).filter(|kind| wanted(*kind))?;
        let ordinal = ordinals.entry(kind).or_default();
        *ordinal += 1;
        let facts = facts(element);
        let mut identity = identity(kind, &facts);
        // Several that say the same of themselves are told apart by place.
        let copies = seen.entry(identity.clone()).or_default();
        *copies += 1;
        if *copies > 1 {
            identity = format!("{identity} {copies}");
        }
        Some((Device { kind, identity, ordinal: *ordinal, facts }, element))
    })
}

/// The device, or part of the guest, with this identity.
#[must_use]
pub fn find(doc: &Document, identity: &str) -> Option<Device> {
    let end = identity.find([':', ' ']).unwrap_or(identity.len());
    let kind = DeviceKind::of_element(&identity[..end]);
    super::part::by_identity(identity).or_else(|| {
        let mut same = with_elements(doc, move |of| Some(of) == kind);
        same.find_map(|(device, _)| (device.identity == identity).then_some(device))
    })
}

fn facts(element: Element<'_>) -> BTreeMap<&'static str, String> {
    let mut facts = BTreeMap::new();
    for (name, path) in FACTS {
        if let Some(value) = value(element, path) {
            facts.insert(name, value);
        }
    }
    if let Some(source) = SOURCES.iter().find_map(|path| value(element, path)) {
        facts.insert("source", source);
    }
    facts
}

/// As `Element::get`, without reading the path anew: a guest may have hundreds
/// of devices.
fn value(element: Element<'_>, path: &str) -> Option<String> {
    let (steps, attribute) = path.split_once('@')?;
    let mut at = element;
    for step in steps.split('/').filter(|step| !step.is_empty()) {
        at = at.child(step)?;
    }
    at.attr(attribute).filter(|value| !value.is_empty())
}

/// What stays the same however the guest is changed otherwise. Aliases would,
/// too, but only running guests have them all.
fn identity(kind: DeviceKind, facts: &BTreeMap<&'static str, String>) -> String {
    let of: &[&str] = match kind {
        DeviceKind::Disk => &["target"],
        DeviceKind::Interface => &["mac"],
        DeviceKind::Controller => &["type", "index"],
        DeviceKind::Channel => &["target name"],
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console => &["target port"],
        DeviceKind::Filesystem => &["target dir"],
        DeviceKind::Graphics | DeviceKind::Redirdev | DeviceKind::Smartcard => &["type"],
        DeviceKind::Input => &["type", "own bus"],
        // Where such a USB device is plugged in, only the running guest says.
        DeviceKind::Hostdev if facts.contains_key("vendor id") => {
            &["type", "vendor id", "product id"]
        }
        DeviceKind::Hostdev => {
            &["type", "uuid", "source bus", "source device", "source slot", "source function"]
        }
        DeviceKind::Shmem => &["name"],
        _ => &[],
    };
    let mut identity = kind.element().to_owned();
    for name in of {
        if let Some(value) = facts.get(name) {
            identity.push(':');
            identity.push_str(value);
        }
    }
    identity
}
