//! Where fields stand between what is edited here, what the guest starts with
//! and what it runs with, and how they come back.

use std::collections::{HashMap, HashSet};

use super::{super::part_words, Draft, Entry};
use crate::model::{
    hardware::{self, Device, DeviceTable, Difference, Field, Place, Section},
    xml::{Document, XmlError},
};

/// What there is to say of a whole page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Mark {
    /// Something was changed here and is not applied.
    Edited,
    /// Something waits for the next start.
    Waiting,
}

/// Where a field stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Standing {
    /// The same everywhere.
    Settled,
    /// Changed here and not applied.
    Edited,
    /// The guest runs with this value, another than it will start with.
    Pending(Option<String>),
}

impl Draft {
    pub(in super::super) fn standing(&self, device: Option<&Device>, field: &Field) -> Standing {
        let value = self.value(device, field);
        let of = |doc: &Document, devices: &DeviceTable| match device {
            None => Some(hardware::get(doc, None, field)),
            Some(device) => {
                let same = devices.find(self.former(&device.identity))?;
                Some(hardware::get(doc, Some(&same), field))
            }
        };
        if of(&self.before, &self.had).is_some_and(|before| before != value) {
            return Standing::Edited;
        }
        match self.live.as_ref().and_then(|live| of(live, &self.lives)) {
            Some(now) if field.is_pending(now.as_deref(), value.as_deref()) => {
                Standing::Pending(now)
            }
            _ => Standing::Settled,
        }
    }

    /// Whether the field's change can be taken back.
    pub(in super::super) fn can_revert(&self, device: Option<&Device>, field: &Field) -> bool {
        match self.standing(device, field) {
            Standing::Settled => false,
            Standing::Edited => true,
            Standing::Pending(now) => now.is_some() || !field.is_required(),
        }
    }

    /// Takes a field's change back: one that was not applied, or else one that
    /// waits for the next start.
    pub(in super::super) fn revert(&mut self, device: Option<&Device>, field: &Field) {
        let done = if let (Standing::Pending(_), Some(live)) =
            (self.standing(device, field), &self.live)
        {
            let former = device.map(|device| self.former(&device.identity));
            let origin = former.and_then(|former| self.lives.find(former));
            hardware::take_over(&mut self.doc, live, device, origin.as_ref(), field)
        } else {
            let origin = device.and_then(|device| self.had(&device.identity));
            hardware::revert(&mut self.doc, &self.before, device, origin.as_ref(), field)
        };
        if let Err(error) = done {
            tracing::error!(%error, field = field.id, "a change could not be taken back");
        }
        self.follow(device);
    }

    /// Devices that were removed: here, or already for the next start.
    pub(in super::super) fn removed(&self) -> Vec<Device> {
        let mut gone: Vec<Device> = self.waiting.iter().filter_map(removed).cloned().collect();
        if self.is_edited() {
            gone.extend(self.had.all().iter().cloned());
        }
        // As for most guests, each time that the list is shown.
        if gone.is_empty() {
            return gone;
        }
        let now = self.devices();
        let names: HashSet<&str> = now.iter().map(|device| self.former(&device.identity)).collect();
        gone.retain(|device| {
            !names.contains(device.identity.as_str())
                && !device.is_plumbing()
                && device.is_removable()
        });
        gone
    }

    /// Whether the removal of the device was applied.
    pub(in super::super) fn is_gone(&self, identity: &str) -> bool {
        self.had(identity).is_none()
    }

    /// Gives a removed device back.
    pub(in super::super) fn restore(&mut self, identity: &str) -> Result<(), XmlError> {
        let live = self.live.as_ref().filter(|_| self.is_gone(identity));
        let from = live.unwrap_or(&self.before);
        let missing = || XmlError::NotFound(identity.to_owned());
        let device = hardware::find(from, identity).ok_or_else(missing)?;
        hardware::restore(&mut self.doc, from, &device)
    }

    /// The edited fields that `now`, the definition as libvirt has it, gives
    /// another value than was wanted.
    pub(in super::super) fn lost_in(&self, now: &Document) -> Vec<&'static Field> {
        let lost = |difference| match difference {
            Difference::Field { field, device, after: Some(wanted), .. } => {
                let device = device.map(|identity| hardware::find(now, &identity));
                // A device that is gone or bears another name is another matter.
                let device = match device {
                    Some(None) => return None,
                    Some(found) => found,
                    None => None,
                };
                let is = hardware::get(now, device.as_ref(), field);
                // libvirt does not say that all processors are plugged in.
                let all = field.id == "cpu.current"
                    && is.is_none()
                    && now.get("vcpu").as_ref() == Some(&wanted);
                (is.as_ref() != Some(&wanted) && !all).then_some(field)
            }
            _ => None,
        };
        hardware::differences(&self.before, &self.doc).into_iter().filter_map(lost).collect()
    }

    /// The firmware that the guest runs with, where what was applied last is
    /// another.
    pub(in super::super) fn waiting_firmware(&self) -> Option<hardware::Firmware> {
        let live = self.live.as_ref()?;
        hardware::firmware_waits(live, &self.before).then(|| hardware::firmware(live))
    }

    /// Whether another firmware was chosen here.
    pub(in super::super) fn has_new_firmware(&self) -> bool {
        hardware::firmware(&self.before) != self.firmware()
    }

    /// The pages with something that is not applied, or that waits.
    pub(in super::super) fn marks(&self) -> HashMap<Entry, Mark> {
        let waiting = self.waiting.iter().filter_map(entry).map(|entry| (entry, Mark::Waiting));
        let mut marks: HashMap<Entry, Mark> = waiting.collect();
        if self.waiting_firmware().is_some() {
            marks.insert(Entry::Section(Section::Boot), Mark::Waiting);
        }
        if self.has_new_firmware() {
            marks.insert(Entry::Section(Section::Boot), Mark::Edited);
        }
        if self.is_edited() {
            let edits = hardware::differences(&self.before, &self.doc);
            marks.extend(edits.iter().filter_map(entry).map(|entry| {
                let now = self.renamed.iter().find_map(|(now, former)| match &entry {
                    Entry::Device(identity) if identity == former => {
                        Some(Entry::Device(now.clone()))
                    }
                    _ => None,
                });
                (now.unwrap_or(entry), Mark::Edited)
            }));
        }
        marks
    }
}

/// Where something stands that two definitions say otherwise.
fn entry(difference: &Difference) -> Option<Entry> {
    match difference {
        Difference::Field { field, .. } if field.is_boot_order() => {
            Some(Entry::Section(Section::Boot))
        }
        Difference::Field { field, device: None, .. } => match field.place {
            Place::Guest(section) => Some(Entry::Section(section)),
            Place::Device(_) => None,
        },
        Difference::Field { device: Some(identity), .. } => {
            let of = hardware::part_kind(identity);
            let section = of.and_then(|kind| {
                Section::ALL
                    .into_iter()
                    .find(|section| part_words::on_page(*section).contains(&kind))
            });
            Some(section.map_or_else(|| Entry::Device(identity.clone()), Entry::Section))
        }
        Difference::Added(device) => Some(Entry::Device(device.identity.clone())),
        Difference::Removed(device) => Some(Entry::Gone(device.identity.clone())),
    }
}

fn removed(difference: &Difference) -> Option<&Device> {
    match difference {
        Difference::Removed(device) => Some(device),
        _ => None,
    }
}
