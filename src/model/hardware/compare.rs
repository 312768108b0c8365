//! What two definitions of a guest say otherwise.

use std::collections::{HashMap, HashSet};

use super::{
    Device, Field, all_fields,
    device::{Placed, placed},
    get, of_device, parts,
};
use crate::model::{hardware::Place, xml::Document};

/// Something that two definitions say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A field has another value.
    Field {
        /// The field.
        field: &'static Field,
        /// The identity of its device; nothing for the guest as a whole.
        device: Option<String>,
        /// Its value before.
        before: Option<String>,
        /// Its value after.
        after: Option<String>,
    },
    /// A device that was not there before.
    Added(Device),
    /// A device that is no more.
    Removed(Device),
}

/// The fields by which a device is known.
const NAMES: [&str; 5] =
    ["interface.mac", "filesystem.target", "channel.name", "input.type", "input.bus"];

/// What `after` says otherwise than `before`, as far as fields and devices go.
#[must_use]
pub fn differences(before: &Document, after: &Document) -> Vec<Difference> {
    let mut found = Vec::new();
    for field in all_fields().filter(|field| matches!(field.place, Place::Guest(_))) {
        let values = (get(before, None, field), get(after, None, field));
        if values.0 != values.1 {
            let (before, after) = values;
            found.push(Difference::Field { field, device: None, before, after });
        }
    }
    compare_parts(before, after, &mut found);
    let old: Vec<_> = placed(before, |_| true).collect();
    let new: Vec<_> = placed(after, |_| true).collect();
    let pairs = pairs(&old, &new);
    let mut renamed = HashSet::new();
    for (was, same) in old.iter().zip(pairs) {
        let Some(now) = same else {
            found.push(Difference::Removed(was.device()));
            continue;
        };
        renamed.insert(now.identity.as_str());
        if was.element.source() == now.element.source() {
            continue;
        }
        let (device, same) = (&was.device(), &now.device());
        // By a new name it is found no more: that is said last.
        let (first, last): (Vec<&Field>, Vec<&Field>) =
            of_device(device.kind).partition(|field| !NAMES.contains(&field.id));
        for field in first.into_iter().chain(last) {
            let values = (get(before, Some(device), field), get(after, Some(same), field));
            if values.0 != values.1 {
                let (before, after) = values;
                let device = Some(device.identity.clone());
                found.push(Difference::Field { field, device, before, after });
            }
        }
    }
    let added = new.iter().filter(|placed| !renamed.contains(placed.identity.as_str()));
    found.extend(added.map(|placed| Difference::Added(placed.device())));
    found
}

/// For each device what became of it: the one of the same identity, or, where
/// that was changed, the one that is plugged in at the same place.
fn pairs<'a, 'b>(old: &[Placed<'_>], new: &'b [Placed<'a>]) -> Vec<Option<&'b Placed<'a>>> {
    let by_identity: HashMap<&str, &Placed<'_>> =
        new.iter().map(|placed| (placed.identity.as_str(), placed)).collect();
    let known: HashSet<&str> = old.iter().map(|placed| placed.identity.as_str()).collect();
    let unknown: Vec<&Placed<'_>> =
        new.iter().filter(|placed| !known.contains(placed.identity.as_str())).collect();
    let moved = |was: &Placed<'_>| {
        let address = was.element.child("address")?.source();
        unknown.iter().copied().find(|other| {
            other.kind == was.kind
                && other.element.child("address").is_some_and(|now| now.source() == address)
        })
    };
    let same = |was: &Placed<'_>| by_identity.get(was.identity.as_str()).copied();
    old.iter().map(|was| same(was).or_else(|| moved(was))).collect()
}

/// In what a guest that runs as `live` says will start with something else, as
/// `next` has it. What libvirt itself says otherwise of a guest that runs does
/// not count.
#[must_use]
pub fn waiting(live: &Document, next: &Document) -> Vec<Difference> {
    let mut found = differences(live, next);
    found.retain(|difference| match difference {
        Difference::Field { field, before, after, .. } => {
            field.is_pending(before.as_deref(), after.as_deref())
        }
        Difference::Added(_) => true,
        Difference::Removed(device) => device.is_removable(),
    });
    found
}

/// Whether anything is [`waiting()`], or another firmware.
#[must_use]
pub fn waits_for_restart(live: &Document, next: &Document) -> bool {
    super::firmware_waits(live, next) || !waiting(live, next).is_empty()
}

/// A part that is not there is one that says nothing.
fn compare_parts(before: &Document, after: &Document, found: &mut Vec<Difference>) {
    let mut all = parts(before);
    let seen: HashSet<String> = all.iter().map(|part| part.identity.clone()).collect();
    all.extend(parts(after).into_iter().filter(|part| !seen.contains(&part.identity)));
    for part in &all {
        if part.xml(before) == part.xml(after) {
            continue;
        }
        for field in of_device(part.kind) {
            let (before, after) = (get(before, Some(part), field), get(after, Some(part), field));
            if before != after {
                let device = Some(part.identity.clone());
                found.push(Difference::Field { field, device, before, after });
            }
        }
    }
}
