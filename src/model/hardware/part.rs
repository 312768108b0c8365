//! What a guest has several of that are no devices: features of its processor,
//! its NUMA nodes, the host's processors for each of its threads.
//!
//! A part is found, read and changed as a device is: it has a kind with fields,
//! and an identity. Unlike a device it needs no element: a processor without a
//! pin is one whose pin says nothing.

use std::collections::BTreeMap;

use super::{Device, DeviceKind};
use crate::model::xml::Document;

/// The name of a part's key among its facts.
const KEY: &str = "key";

impl DeviceKind {
    /// The kinds that are parts of a guest and no devices.
    pub const PARTS: [Self; 4] =
        [Self::CpuFeature, Self::NumaNode, Self::VcpuPin, Self::IothreadPin];

    /// Whether it is a part of a guest and no device.
    #[must_use]
    pub fn is_part(self) -> bool {
        Self::PARTS.contains(&self)
    }

    /// What the identities of such parts begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::CpuFeature => "cpu_feature",
            Self::NumaNode => "numa_node",
            Self::VcpuPin => "vcpu_pin",
            Self::IothreadPin => "iothread_pin",
            _ => "",
        }
    }
}

/// The part with this key: a feature's name, a node's or a thread's number.
/// Nothing if there can be none.
#[must_use]
pub fn part(kind: DeviceKind, key: &str) -> Option<Device> {
    let possible = match kind {
        DeviceKind::CpuFeature => is_feature_name(key),
        // No number is written in two ways.
        _ => key.parse::<u16>().is_ok_and(|number| number.to_string() == key),
    };
    if !kind.is_part() || !possible {
        return None;
    }
    let ordinal = key.parse::<usize>().map_or(1, |number| number + 1);
    let facts = BTreeMap::from([(KEY, key.to_owned())]);
    Some(Device { kind, identity: format!("{}:{key}", kind.prefix()), ordinal, facts })
}

/// Whether a feature of a processor can have this name.
#[must_use]
pub fn is_feature_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=64).contains(&name.len()) && name.chars().all(fits)
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
    let (path, key) = match kind {
        DeviceKind::CpuFeature => ("cpu/feature", "name"),
        DeviceKind::VcpuPin => ("cputune/vcpupin", "vcpu"),
        DeviceKind::IothreadPin => ("cputune/iothreadpin", "iothread"),
        DeviceKind::NumaNode => {
            let count = doc.select("cpu/numa/cell").len();
            return (0..count).filter_map(|node| part(kind, &node.to_string())).collect();
        }
        _ => return Vec::new(),
    };
    let keys = doc.select(path).into_iter().filter_map(|element| element.attr(key));
    keys.filter_map(|key| part(kind, &key)).collect()
}

/// The parts that there are places for: those of [`parts_of`], and for pins
/// each of the guest's threads.
#[must_use]
pub fn part_slots(doc: &Document, kind: DeviceKind) -> Vec<Device> {
    let numbers = match kind {
        DeviceKind::VcpuPin => 0..count(doc, "vcpu"),
        DeviceKind::IothreadPin => 1..count(doc, "iothreads") + 1,
        _ => return parts_of(doc, kind),
    };
    numbers.filter_map(|number| part(kind, &number.to_string())).collect()
}

fn count(doc: &Document, path: &str) -> usize {
    let count = doc.get(path).and_then(|count| count.trim().parse().ok());
    count.unwrap_or(0).min(super::MOST_THREADS)
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

impl Device {
    /// What a part is called by: a feature's name, a node's or thread's number.
    #[must_use]
    pub fn key(&self) -> &str {
        self.fact(KEY).unwrap_or_default()
    }

    /// Where a part is in the XML.
    pub(super) fn part_path(&self) -> String {
        let key = self.key();
        match self.kind {
            DeviceKind::CpuFeature => format!("cpu/feature[@name='{key}']"),
            DeviceKind::NumaNode => format!("cpu/numa/cell[{}]", self.ordinal),
            DeviceKind::VcpuPin => format!("cputune/vcpupin[@vcpu='{key}']"),
            _ => format!("cputune/iothreadpin[@iothread='{key}']"),
        }
    }
}
