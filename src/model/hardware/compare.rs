//! What two definitions of a guest say otherwise.

use std::collections::{HashMap, HashSet};

use super::{Device, Field, all_fields, device::with_elements, get, of_device, parts};
use crate::model::{
    hardware::Place,
    xml::{Document, Element},
};

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
    let old: Vec<_> = with_elements(before, |_| true).collect();
    let new: Vec<_> = with_elements(after, |_| true).collect();
    let by_identity: HashMap<&str, &(Device, Element<'_>)> =
        new.iter().map(|entry| (entry.0.identity.as_str(), entry)).collect();
    for (device, element) in &old {
        let Some((same, now)) = by_identity.get(device.identity.as_str()) else {
            found.push(Difference::Removed(device.clone()));
            continue;
        };
        if element.source() == now.source() {
            continue;
        }
        for field in of_device(device.kind) {
            let values = (get(before, Some(device), field), get(after, Some(same), field));
            if values.0 != values.1 {
                let (before, after) = values;
                let device = Some(device.identity.clone());
                found.push(Difference::Field { field, device, before, after });
            }
        }
    }
    let known: HashSet<&str> = old.iter().map(|(device, _)| device.identity.as_str()).collect();
    let added = new.iter().filter(|(device, _)| !known.contains(device.identity.as_str()));
    found.extend(added.map(|(device, _)| Difference::Added(device.clone())));
    found
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
