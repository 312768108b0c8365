//! What of an edit can be done while the guest runs.

use super::{
    Applies, Device, DeviceKind, Difference, Section, Tuning, devices, differences, find, get,
    is_pluggable, of_section, part, set, tuning::tuning, vcpus,
};
use crate::model::xml::{Document, XmlError};

/// A change of a guest that runs, for as long as it runs: the persistent
/// definition is another matter.
#[derive(Clone, PartialEq, Eq)]
pub enum LiveEdit {
    /// Plugs in the device that this element describes.
    Attach(String),
    /// Asks the guest to let go of the device that this element describes. It
    /// may take its time or never do so: the live definition tells.
    Detach(String),
    /// Makes the device be as this element says: a medium, a link, a password.
    Update(String),
    /// Memory that the guest may use, in bytes, through the balloon.
    Memory(u64),
    /// Processors that are plugged in.
    Vcpus(u32),
    /// A limit or share of the host's resources.
    Tune(Tuning),
}

impl std::fmt::Debug for LiveEdit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the elements, which may hold passwords.
        match self {
            Self::Attach(_) => f.write_str("Attach(…)"),
            Self::Detach(_) => f.write_str("Detach(…)"),
            Self::Update(_) => f.write_str("Update(…)"),
            Self::Memory(bytes) => write!(f, "Memory({bytes})"),
            Self::Vcpus(count) => write!(f, "Vcpus({count})"),
            Self::Tune(tuning) => write!(f, "{tuning:?}"),
        }
    }
}

/// What can be tried on the running guest, whose definition is `live`, so that
/// it follows the edit from `before` to `after` of the persistent one. Each
/// comes with the difference that it is for.
///
/// # Errors
/// If a value cannot be written.
pub fn live_changes(
    live: &Document,
    before: &Document,
    after: &Document,
) -> Result<Vec<(LiveEdit, Difference)>, XmlError> {
    let mut edits: Vec<(LiveEdit, Difference)> = Vec::new();
    let mut updated: Vec<String> = Vec::new();
    let all = differences(before, after);
    for difference in &all {
        if is_of_modules(difference, &all) {
            continue;
        }
        let edit = match difference {
            // It was taken away and given back before the guest let go of it.
            Difference::Added(device) if find(live, &device.identity).is_some() => None,
            Difference::Added(device) if is_pluggable(live, device) => attach(after, device),
            Difference::Added(_) => None,
            Difference::Removed(device) => detach(live, device),
            Difference::Field { field, device, after: value, .. } => match field.applies {
                Applies::NextStart => None,
                // More than it started with comes with the next start.
                Applies::Balloon => number(value.as_deref())
                    .filter(|bytes| !has_less(live, *bytes))
                    .map(LiveEdit::Memory),
                Applies::Vcpus if field.id == "vcpu.enabled" => {
                    plug(live, device.as_deref(), value.as_deref())
                }
                // Those that are named one by one are plugged in one by one.
                Applies::Vcpus if all.iter().any(names_a_processor) => None,
                Applies::Vcpus => number(value.as_deref())
                    .and_then(|count| u32::try_from(count).ok())
                    .map(LiveEdit::Vcpus),
                Applies::Tuning => tuning(live, after, difference, &all).map(LiveEdit::Tune),
                Applies::Device => {
                    let Some(identity) = device else { continue };
                    // All changes of a device go in one.
                    if updated.contains(identity) {
                        continue;
                    }
                    updated.push(identity.clone());
                    update(live, identity, &all)?
                }
            },
        };
        edits.extend(edit.map(|edit| (edit, difference.clone())));
    }
    Ok(edits)
}

/// Whether the guest's memory changes only because a module comes or goes,
/// which brings or takes it.
#[must_use]
pub fn is_of_modules(difference: &Difference, all: &[Difference]) -> bool {
    let is_module = |other: &Difference| {
        matches!(other, Difference::Added(device) | Difference::Removed(device)
            if device.kind == DeviceKind::Memory)
    };
    let Difference::Field { field, device: None, .. } = difference else { return false };
    matches!(field.id, "memory.current" | "memory.maximum") && all.iter().any(is_module)
}

/// Whether it says of one processor that it is plugged in or not.
fn names_a_processor(difference: &Difference) -> bool {
    matches!(difference, Difference::Field { field, after: Some(_), .. }
        if field.id == "vcpu.enabled")
}

/// Plugs in or unplugs the processor, unless it is so.
fn plug(live: &Document, identity: Option<&str>, value: Option<&str>) -> Option<LiveEdit> {
    let number: u32 = part::by_identity(identity?)?.key().parse().ok()?;
    let on = value? == "yes";
    (vcpus::is_plugged_in(live, number) != on).then_some(LiveEdit::Tune(Tuning::Vcpu(number, on)))
}

/// Whether the guest was started with less memory than so many bytes.
fn has_less(live: &Document, bytes: u64) -> bool {
    let started = of_section(Section::Memory).find(|field| field.id == "memory.maximum");
    let started = started.and_then(|field| number(get(live, None, field).as_deref()));
    started.is_some_and(|started| started < bytes)
}

fn number(value: Option<&str>) -> Option<u64> {
    value?.parse().ok()
}

fn attach(after: &Document, device: &Device) -> Option<LiveEdit> {
    device.xml(after).map(|xml| LiveEdit::Attach(xml.to_owned()))
}

fn detach(live: &Document, device: &Device) -> Option<LiveEdit> {
    let running = find(live, &device.identity)?;
    running.xml(live).map(|xml| LiveEdit::Detach(xml.to_owned()))
}

/// The running device with the fields that can change on it.
fn update(
    live: &Document,
    identity: &str,
    all: &[Difference],
) -> Result<Option<LiveEdit>, XmlError> {
    let Some(device) = devices(live).into_iter().find(|device| device.identity == identity) else {
        return Ok(None);
    };
    let mut edited = live.clone();
    for difference in all {
        if let Difference::Field { field, device: Some(of), after, .. } = difference
            && of == identity
            && field.applies == Applies::Device
        {
            set(&mut edited, Some(&device), field, after.as_deref())?;
        }
    }
    Ok(device.xml(&edited).map(|xml| LiveEdit::Update(xml.to_owned())))
}
