//! What a guest has several of that are no devices: features of its processor,
//! its NUMA nodes, the host's processors for each of its threads.
//!
//! A part is found, read and changed as a device is: it has a kind with fields,
//! and an identity. Unlike a device it needs no element: a processor without a
//! pin is one whose pin says nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Device, DeviceKind, all_fields, get, set};
use crate::model::{
    cpu_set,
    xml::{Document, XmlError},
};

/// The name of a part's key among its facts.
const KEY: &str = "key";

/// The drivers that keep guests apart, as libvirt names them.
const SECURITY_MODELS: [&str; 3] = ["dac", "selinux", "apparmor"];

/// What tells parts of a kind apart.
enum Key {
    /// An attribute with a number.
    Number(&'static str),
    /// An attribute with a name.
    Name(&'static str),
    /// The text of a child.
    Child(&'static str),
    /// The place among their like, from this number on.
    Place(usize),
}

impl DeviceKind {
    /// The kinds that are parts of a guest and no devices.
    pub const PARTS: [Self; 16] = [
        Self::CpuFeature,
        Self::Vcpu,
        Self::NumaNode,
        Self::MemNode,
        Self::OemString,
        Self::FwCfg,
        Self::SecLabel,
        Self::VcpuPin,
        Self::VcpuSched,
        Self::Iothread,
        Self::IothreadPin,
        Self::IothreadSched,
        Self::BlockDevice,
        Self::ThrottleGroup,
        Self::CacheTune,
        Self::MemoryTune,
    ];

    /// Whether it is a part of a guest and no device.
    #[must_use]
    pub fn is_part(self) -> bool {
        Self::PARTS.contains(&self)
    }

    /// Whether such parts are there only where somebody added them.
    #[must_use]
    pub fn is_added(self) -> bool {
        matches!(
            self,
            Self::CpuFeature
                | Self::OemString
                | Self::FwCfg
                | Self::VcpuSched
                | Self::IothreadSched
                | Self::BlockDevice
                | Self::ThrottleGroup
                | Self::CacheTune
                | Self::MemoryTune
        )
    }

    /// What the identities of such parts begin with.
    fn prefix(self) -> &'static str {
        self.shape().map_or("", |(prefix, ..)| prefix)
    }

    /// What the identities of such parts begin with, where they are in the XML,
    /// and what tells them apart.
    fn shape(self) -> Option<(&'static str, &'static str, Key)> {
        Some(match self {
            Self::CpuFeature => ("cpu_feature", "cpu/feature", Key::Name("name")),
            Self::Vcpu => ("vcpu", "vcpus/vcpu", Key::Number("id")),
            Self::NumaNode => ("numa_node", "cpu/numa/cell", Key::Place(0)),
            Self::MemNode => ("mem_node", "numatune/memnode", Key::Number("cellid")),
            Self::OemString => {
                ("oem_string", "sysinfo[@type='smbios']/oemStrings/entry", Key::Place(1))
            }
            Self::FwCfg => ("fw_cfg", "sysinfo[@type='fwcfg']/entry", Key::Name("name")),
            Self::SecLabel => ("seclabel", "seclabel", Key::Name("model")),
            Self::VcpuPin => ("vcpu_pin", "cputune/vcpupin", Key::Number("vcpu")),
            Self::VcpuSched => ("vcpu_sched", "cputune/vcpusched", Key::Place(1)),
            Self::Iothread => ("iothread", "iothreadids/iothread", Key::Number("id")),
            Self::IothreadPin => ("iothread_pin", "cputune/iothreadpin", Key::Number("iothread")),
            Self::IothreadSched => ("iothread_sched", "cputune/iothreadsched", Key::Place(1)),
            Self::BlockDevice => ("block_device", "blkiotune/device", Key::Child("path")),
            Self::ThrottleGroup => {
                ("throttle_group", "throttlegroups/throttlegroup", Key::Child("group_name"))
            }
            Self::CacheTune => ("cache_tune", "cputune/cachetune", Key::Place(1)),
            Self::MemoryTune => ("memory_tune", "cputune/memorytune", Key::Place(1)),
            _ => return None,
        })
    }
}

/// The part with this key: a feature's name, a node's or a thread's number.
/// Nothing if there can be none.
#[must_use]
pub fn part(kind: DeviceKind, key: &str) -> Option<Device> {
    let (prefix, _, told_by) = kind.shape()?;
    let number = key.parse::<u16>().ok();
    let possible = match told_by {
        _ if matches!(kind, DeviceKind::CpuFeature | DeviceKind::SecLabel) => is_feature_name(key),
        Key::Name(_) => is_key(key),
        Key::Child(_) => is_key(key) && (kind != DeviceKind::BlockDevice || key.starts_with('/')),
        // No number is written in two ways.
        Key::Number(_) | Key::Place(0) => number.is_some_and(|number| number.to_string() == key),
        Key::Place(_) => number.is_some_and(|number| number > 0 && number.to_string() == key),
    };
    let ordinal = match told_by {
        Key::Place(first) => usize::from(number.unwrap_or(0)) + 1 - first.min(1),
        _ => number.map_or(1, |number| usize::from(number) + 1),
    };
    let facts = BTreeMap::from([(KEY, key.to_owned())]);
    possible.then(|| Device { kind, identity: format!("{prefix}:{key}"), ordinal, facts })
}

/// Whether a feature of a processor can have this name.
#[must_use]
pub fn is_feature_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=64).contains(&name.len()) && name.chars().all(fits)
}

/// Whether a name or path can tell a part apart: one line, and nothing that
/// closes a path of the XML.
fn is_key(key: &str) -> bool {
    let fits = |c: char| !c.is_control() && !"'\"[]<>&".contains(c);
    (1..=255).contains(&key.len()) && key.trim() == key && key.chars().all(fits)
}

/// What kind of part bears this identity.
#[must_use]
pub fn part_kind(identity: &str) -> Option<DeviceKind> {
    by_identity(identity).map(|part| part.kind)
}

/// The part with this identity.
pub(super) fn by_identity(identity: &str) -> Option<Device> {
    let (prefix, key) = identity.split_once(':')?;
    part(DeviceKind::PARTS.into_iter().find(|kind| kind.prefix() == prefix)?, key)
}

/// The parts that the definition says something about, in its order.
#[must_use]
pub fn parts(doc: &Document) -> Vec<Device> {
    DeviceKind::PARTS.into_iter().flat_map(|kind| parts_of(doc, kind)).collect()
}

/// As [`parts`], of one kind.
#[must_use]
pub fn parts_of(doc: &Document, kind: DeviceKind) -> Vec<Device> {
    let Some((_, path, told_by)) = kind.shape() else { return Vec::new() };
    let found = doc.select(path).into_iter().enumerate();
    let keys = found.filter_map(|(place, element)| match told_by {
        Key::Number(name) | Key::Name(name) => element.attr(name),
        Key::Child(name) => Some(element.child(name)?.text().trim().to_owned()),
        Key::Place(first) => Some((place + first).to_string()),
    });
    keys.filter_map(|key| part(kind, &key)).collect()
}

/// The parts that there are places for: those of [`parts_of`], and for pins
/// each of the guest's threads.
#[must_use]
pub fn part_slots(doc: &Document, kind: DeviceKind) -> Vec<Device> {
    let numbers: Vec<usize> = match kind {
        DeviceKind::Vcpu | DeviceKind::VcpuPin => (0..count(doc, "vcpu")).collect(),
        DeviceKind::Iothread | DeviceKind::IothreadPin => iothread_ids(doc).into_iter().collect(),
        DeviceKind::MemNode => (0..super::node_count(doc)).collect(),
        DeviceKind::SecLabel => {
            let mut labels = parts_of(doc, kind);
            let usual = SECURITY_MODELS.into_iter().filter_map(|model| part(kind, model));
            let said: Vec<String> = labels.iter().map(|label| label.identity.clone()).collect();
            labels.extend(usual.filter(|label| !said.contains(&label.identity)));
            return labels;
        }
        _ => return parts_of(doc, kind),
    };
    numbers.into_iter().filter_map(|number| part(kind, &number.to_string())).collect()
}

pub(super) fn count(doc: &Document, path: &str) -> usize {
    let count = doc.get(path).and_then(|count| count.trim().parse().ok());
    count.unwrap_or(0).min(super::MOST_THREADS)
}

/// The numbers of the guest's disk threads: those that it names, and for the
/// others the lowest free ones, as libvirt gives them.
pub(super) fn iothread_ids(doc: &Document) -> BTreeSet<usize> {
    let named = doc.select("iothreadids/iothread").into_iter().take(super::MOST_THREADS);
    let mut ids: BTreeSet<usize> =
        named.filter_map(|thread| thread.attr("id")?.parse().ok()).collect();
    let all = count(doc, "iothreads");
    let mut next = 1;
    while ids.len() < all {
        ids.insert(next);
        next += 1;
    }
    ids
}

/// Whether the guest's processor is one that features can be added to: libvirt
/// wants to know whose features they are.
#[must_use]
pub fn can_have_features(doc: &Document) -> bool {
    match doc.get("cpu/@mode").as_deref() {
        None | Some("custom") => doc.get("cpu/model").is_some_and(|model| !model.trim().is_empty()),
        Some(_) => true,
    }
}

/// Whether such a part can be added: rules for threads need one without a rule.
#[must_use]
pub fn can_add_part(doc: &Document, kind: DeviceKind) -> bool {
    match kind {
        DeviceKind::CpuFeature => can_have_features(doc),
        _ => threads_of(kind).is_none() || free_threads(doc, kind).is_some(),
    }
}

/// The field of such parts that says for which threads they are.
fn threads_of(kind: DeviceKind) -> Option<&'static str> {
    match kind {
        DeviceKind::VcpuSched => Some("vcpu_sched.vcpus"),
        DeviceKind::IothreadSched => Some("iothread_sched.threads"),
        DeviceKind::CacheTune => Some("cache_tune.vcpus"),
        DeviceKind::MemoryTune => Some("memory_tune.vcpus"),
        _ => None,
    }
}

/// The threads that no such part is for yet, or the first of them where libvirt
/// writes a rule for each; nothing if there are none.
fn free_threads(doc: &Document, kind: DeviceKind) -> Option<String> {
    let id = threads_of(kind)?;
    let field = all_fields().find(|field| field.id == id)?;
    let number = |number: usize| u32::try_from(number).ok();
    let mut free: BTreeSet<u32> = match kind {
        DeviceKind::IothreadSched => iothread_ids(doc).into_iter().filter_map(number).collect(),
        _ => (0..count(doc, "vcpu")).filter_map(number).collect(),
    };
    for part in parts_of(doc, kind) {
        let taken = get(doc, Some(&part), field).and_then(|set| cpu_set::parse(&set));
        free.retain(|thread| taken.as_ref().is_none_or(|taken| !taken.contains(thread)));
    }
    if matches!(kind, DeviceKind::VcpuSched | DeviceKind::IothreadSched) {
        return free.first().map(u32::to_string);
    }
    (!free.is_empty()).then(|| cpu_set::format(&free))
}

/// Adds a part with usual settings; `text` is its name, or what it says.
///
/// # Errors
/// If there can be none of this name.
pub fn add_part(doc: &mut Document, kind: DeviceKind, text: &str) -> Result<Device, XmlError> {
    let bad = || XmlError::BadPath(text.to_owned());
    let next = (parts_of(doc, kind).len() + 1).to_string();
    let threads = free_threads(doc, kind).unwrap_or_else(|| "0".to_owned());
    let (key, values): (&str, Vec<(&str, &str)>) = match kind {
        DeviceKind::OemString => (&next, vec![("oem_string.text", text)]),
        DeviceKind::VcpuSched => {
            (&next, vec![("vcpu_sched.vcpus", &threads), ("vcpu_sched.scheduler", "batch")])
        }
        DeviceKind::IothreadSched => (
            &next,
            vec![("iothread_sched.threads", &threads), ("iothread_sched.scheduler", "batch")],
        ),
        DeviceKind::CacheTune => (
            &next,
            vec![
                ("cache_tune.vcpus", &threads),
                ("cache_tune.id", "0"),
                ("cache_tune.level", "3"),
                ("cache_tune.type", "both"),
                ("cache_tune.size", "3145728"),
            ],
        ),
        DeviceKind::MemoryTune => (
            &next,
            vec![
                ("memory_tune.vcpus", &threads),
                ("memory_tune.id", "0"),
                ("memory_tune.bandwidth", "100"),
            ],
        ),
        DeviceKind::CpuFeature => (text, vec![("cpu_feature.policy", "require")]),
        _ => (text, Vec::new()),
    };
    let part = part(kind, key).ok_or_else(bad)?;
    super::access::ensure(doc, &part.path())?;
    for (id, value) in values {
        let field = all_fields().find(|field| field.id == id).ok_or_else(bad)?;
        set(doc, Some(&part), field, Some(value))?;
    }
    Ok(part)
}

/// Makes the guest say nothing of the part any more.
///
/// # Errors
/// If it cannot be taken out.
pub fn remove_part(doc: &mut Document, part: &Device) -> Result<(), XmlError> {
    super::access::take_away(doc, &part.path())
}

impl Device {
    /// What a part is called by: a feature's name, a node's or thread's number.
    #[must_use]
    pub fn key(&self) -> &str {
        self.fact(KEY).unwrap_or_default()
    }

    /// Where a part is in the XML.
    pub(super) fn part_path(&self) -> String {
        let (key, ordinal) = (self.key(), self.ordinal);
        match self.kind.shape() {
            Some((_, list, Key::Number(name) | Key::Name(name))) => {
                format!("{list}[@{name}='{key}']")
            }
            Some((_, list, Key::Child(name))) => format!("{list}[{name}='{key}']"),
            Some((_, list, Key::Place(_))) => format!("{list}[{ordinal}]"),
            None => String::new(),
        }
    }
}
