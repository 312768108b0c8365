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

/// Where a device stands, and its name: all that is read to find one of hundreds.
pub(super) struct Placed<'a> {
    pub(super) kind: DeviceKind,
    pub(super) identity: String,
    ordinal: usize,
    pub(super) element: Element<'a>,
}

impl Placed<'_> {
    /// The device, with what the definition says of it.
    pub(super) fn device(&self) -> Device {
        let Self { kind, ordinal, .. } = *self;
        Device { kind, identity: self.identity.clone(), ordinal, facts: facts(self.element) }
    }
}

/// The devices of a guest, in the order of the definition.
#[must_use]
pub fn devices(doc: &Document) -> Vec<Device> {
    placed(doc, |_| true).map(|placed| placed.device()).collect()
}

/// The places of the devices of the kinds that are asked for.
pub(super) fn placed<'a>(
    doc: &'a Document,
    wanted: impl Fn(DeviceKind) -> bool + 'a,
) -> impl Iterator<Item = Placed<'a>> {
    let mut ordinals: HashMap<DeviceKind, usize> = HashMap::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let root = doc.root();
    let elements: Vec<_> = root.children_named("devices").flat_map(|e| e.children()).collect();
    elements.into_iter().filter_map(move |element| {
        let kind = DeviceKind::of_element(element.name()).filter(|kind| wanted(*kind))?;
        let ordinal = ordinals.entry(kind).or_default();
        *ordinal += 1;
        let mut identity = identity(kind, element);
        // Several that say the same of themselves are told apart by place.
        let copies = seen.entry(identity.clone()).or_default();
        *copies += 1;
        if *copies > 1 {
            identity = format!("{identity} {copies}");
        }
        Some(Placed { kind, identity, ordinal: *ordinal, element })
    })
}

/// The device, or part of the guest, with this identity.
#[must_use]
pub fn find(doc: &Document, identity: &str) -> Option<Device> {
    let end = identity.find([':', ' ']).unwrap_or(identity.len());
    let kind = DeviceKind::of_element(&identity[..end]);
    super::part::by_identity(identity).or_else(|| {
        let mut same = placed(doc, move |of| Some(of) == kind);
        same.find(|placed| placed.identity == identity).map(|placed| placed.device())
    })
}

/// The device that stands where `device` does in the definition that it was read
/// from, whatever it is called now.
#[must_use]
pub fn in_place_of(doc: &Document, device: &Device) -> Option<Device> {
    let mut same = placed(doc, |kind| kind == device.kind);
    same.find(|placed| placed.ordinal == device.ordinal).map(|placed| placed.device())
}

/// The devices of a definition that stays as it is, each found at once.
#[derive(Clone, Debug, Default)]
pub struct DeviceTable {
    devices: Vec<Device>,
    places: HashMap<String, usize>,
}

impl DeviceTable {
    /// The devices of `doc`.
    #[must_use]
    pub fn of(doc: &Document) -> Self {
        let devices = devices(doc);
        let place = |(place, device): (usize, &Device)| (device.identity.clone(), place);
        let places = devices.iter().enumerate().map(place).collect();
        Self { devices, places }
    }

    /// All of them, in the order of the definition.
    #[must_use]
    pub fn all(&self) -> &[Device] {
        &self.devices
    }

    /// What [`find`] finds in the definition.
    #[must_use]
    pub fn find(&self, identity: &str) -> Option<Device> {
        super::part::by_identity(identity)
            .or_else(|| self.devices.get(*self.places.get(identity)?).cloned())
    }
}

fn facts(element: Element<'_>) -> BTreeMap<&'static str, String> {
    let facts = FACTS.iter().filter_map(|(name, path)| Some((*name, value(element, path)?)));
    let mut facts: BTreeMap<_, _> = facts.collect();
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
fn identity(kind: DeviceKind, element: Element<'_>) -> String {
    let fact = |wanted: &str| {
        let (_, path) = FACTS.iter().find(|(name, _)| *name == wanted)?;
        value(element, path)
    };
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
        DeviceKind::Hostdev if fact("vendor id").is_some() => &["type", "vendor id", "product id"],
        DeviceKind::Hostdev => {
            &["type", "uuid", "source bus", "source device", "source slot", "source function"]
        }
        DeviceKind::Shmem => &["name"],
        _ => &[],
    };
    let mut identity = kind.element().to_owned();
    for value in of.iter().filter_map(|name| fact(name)) {
        identity.push(':');
        identity.push_str(&value);
    }
    identity
}
