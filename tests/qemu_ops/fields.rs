//! Every field of every page, on a guest with one of each device: changed, seen
//! in libvirt's definition and nowhere else, taken back.
//!
//! The fields are those of the program's tables: a new one is covered by itself.
//! What one cannot change here and what else comes with it stands in
//! `tests/guests/exceptions.txt`, each with its reason.

use std::collections::{BTreeMap, BTreeSet};

use posada::{
    backend::{Modification, XmlKind},
    model::{
        DomainId, Failure,
        hardware::{self, Device, DeviceKind, Difference, Field, Kind, Place, Rule},
        xml::{Document, Element},
    },
};

use crate::{
    common,
    exceptions::{named, stays, together, why_not},
    host::{Host, id},
};

const ONE_OF_EACH: &str = include_str!("../guests/one-of-each.xml");

/// Values that the field takes other than `present`; nothing leaves it to
/// libvirt.
fn others(field: &Field, present: Option<&str>) -> Vec<Option<String>> {
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let number = present.and_then(|present| present.parse::<u64>().ok());
    let mut values = text(&named(field.id));
    values.extend(match field.kind {
        Kind::Flag => text(&["yes"]),
        Kind::Switch { on, off } => text(&[on, off]),
        Kind::Choice(words) | Kind::OpenChoice(words) => text(words),
        Kind::Number { min, max } => {
            let near = [number.map_or(min, |n| n + 1), number.map_or(min, |n| n.max(1) - 1)];
            let all = near.into_iter().chain([min, max, 2, 4]);
            all.filter(|n| (min..=max).contains(n)).map(|n| n.to_string()).collect()
        }
        Kind::Size { min } => {
            let now = number.unwrap_or(min);
            [now * 2, now / 2, min * 4].iter().filter(|n| **n >= min).map(u64::to_string).collect()
        }
        Kind::Text(Rule::Path) => text(&["/var/lib/another"]),
        Kind::Text(Rule::Mac) => text(&["52:54:00:aa:bb:cc"]),
        Kind::Text(Rule::CpuSet) => text(&["0", "0-1"]),
        Kind::Text(Rule::Vlans) => text(&["42", "10,20"]),
        Kind::Text(Rule::Hexadecimal) => text(&["0x0001"]),
        Kind::Text(Rule::Serial | Rule::Password) => text(&["AB-12"]),
        Kind::Text(Rule::Line) => text(&["another"]),
    });
    let mut values: Vec<Option<String>> = values.into_iter().map(Some).collect();
    if !field.is_required() {
        values.push(None);
    }
    let mut seen = BTreeSet::from([present.map(str::to_owned)]);
    values.retain(|value| {
        // More than 255 processors need an IOMMU of another kind.
        if field.id == "cpu.maximum" && value.as_deref() == Some("4096") {
            return false;
        }
        value.as_ref().is_none_or(|value| hardware::check(field, value).is_ok())
            && seen.insert(value.clone())
    });
    values
}

/// The definition as places and what stands there. Two that differ in one place
/// are the same in all others.
fn places(doc: &Document) -> BTreeMap<String, String> {
    fn walk(element: Element<'_>, path: &str, all: &mut BTreeMap<String, String>) {
        let text = if element.children().next().is_none() { element.text() } else { String::new() };
        all.insert(path.to_owned(), text);
        for (name, value) in element.attrs() {
            all.insert(format!("{path}/@{name}"), value);
        }
        let mut ordinals: BTreeMap<&str, usize> = BTreeMap::new();
        for child in element.children() {
            let name = child.name();
            let key = match name {
                "timer" | "feature" | "cipher" | "event" | "entry" => Some("name"),
                "vcpupin" => Some("vcpu"),
                "iothreadpin" => Some("iothread"),
                "vcpu" | "iothread" => Some("id"),
                "memnode" => Some("cellid"),
                "seclabel" => Some("model"),
                "sysinfo" => Some("type"),
                _ => None,
            };
            let named = match name {
                "device" => child.get("path").map(|path| ("path", path)),
                "throttlegroup" => child.get("group_name").map(|group| ("group_name", group)),
                _ => None,
            };
            // libvirt sorts disks by what they are plugged into.
            let disk = child.get("target/@dev").filter(|_| name == "disk" && path == "devices");
            let step = if let Some(target) = disk {
                format!("disk[{target}]")
            } else if let Some((key, value)) = named {
                format!("{name}[{key}='{value}']")
            } else if let Some(value) = key.and_then(|key| child.attr(key)) {
                format!("{name}[@{}='{value}']", key.unwrap_or_default())
            } else {
                let ordinal = ordinals.entry(name).or_default();
                *ordinal += 1;
                let counted =
                    ["cell", "entry", "vcpusched", "iothreadsched", "cachetune", "memorytune"];
                if path == "devices" || counted.contains(&name) || *ordinal > 1 {
                    format!("{name}[{ordinal}]")
                } else {
                    name.to_owned()
                }
            };
            let path = if path.is_empty() { step } else { format!("{path}/{step}") };
            walk(child, &path, all);
        }
    }
    let mut all = BTreeMap::new();
    walk(doc.root(), "", &mut all);
    all
}

/// The places at which two definitions differ.
fn changed(before: &Document, after: &Document) -> BTreeSet<String> {
    let (before, after) = (places(before), places(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).cloned().collect()
}

/// Where the field stands in the definition.
fn place_of(field: &Field, device: Option<&Device>) -> String {
    match device {
        None => field.path.to_owned(),
        Some(device) if field.path == "." => place(device),
        Some(device) => format!("{}/{}", place(device), field.path),
    }
}

/// Where the device stands among [`places`].
fn place(device: &Device) -> String {
    match (device.kind, device.fact("target")) {
        (DeviceKind::Disk, Some(target)) => format!("devices/disk[{target}]"),
        _ => device.path(),
    }
}

/// Whether a changed place is the field's own: it, what it is in, its key, its
/// unit.
fn is_own(place: &str, own: &str) -> bool {
    if let Some(below) = own.strip_suffix('/')
        && place.starts_with(below)
    {
        return true;
    }
    let key = place.rsplit_once("/@").is_some_and(|(element, name)| {
        own.starts_with(element)
            && element.ends_with(']')
            && element.contains(&format!("[@{name}="))
    });
    let unit = own.split_once("/@").map_or(own, |(element, _)| element);
    place == own
        || key
        || own.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'))
        || place == format!("{unit}/@unit")
}

/// An edit as a page makes it: the field, after the one without which it means
/// nothing.
type Edit<'a> = Vec<(&'static Field, Option<&'a Device>, Option<String>)>;

struct Bench<'a> {
    host: &'a Host,
    id: DomainId,
    /// The definition that each trial begins with.
    base: String,
}

impl Bench<'_> {
    fn read(&self) -> String {
        let xml = self.host.handle.domain_xml(self.id, XmlKind::InactiveSecure);
        self.host.wait(xml).unwrap()
    }

    /// As "Apply" does it.
    fn apply(&self, from: &str, to: &Document) -> Result<(), Failure> {
        let definition = Some((from.to_owned(), to.to_string()));
        let modification = Modification { definition, ..Modification::default() };
        let done = self.host.wait(self.host.handle.modify(self.id, modification));
        done.map(drop).map_err(|failed| failed.failure)
    }

    /// Makes the edit, looks at what became of it, and takes it back. Says
    /// whether libvirt took it.
    fn try_out(&self, edit: &Edit<'_>, problems: &mut Vec<String>) -> Result<(), String> {
        let before = Document::parse(&self.base).unwrap();
        let mut wanted = before.clone();
        let mut old = Vec::new();
        for (field, device, value) in edit {
            old.push(hardware::get(&before, *device, field));
            hardware::edit(&mut wanted, *device, field, value.as_deref()).unwrap();
        }
        let (field, device, value) = edit.last().unwrap();
        let at = device.map_or("", |device| device.identity.as_str());
        let what = format!("{} of {at:?} = {value:?}", field.id);
        if let Err(refusal) = self.apply(&self.base, &wanted) {
            assert_eq!(self.read(), self.base, "{what}: refused, and yet something changed");
            assert!(!refusal.detail.is_empty(), "{what}: refused without a reason");
            return Err(refusal.detail);
        }
        let now = self.read();
        let after = Document::parse(&now).unwrap();
        // A new name of a device may be its identity; its place stays.
        let mut taken = true;
        for (field, device, value) in edit {
            let same = device.map(|device| hardware::find(&after, &device.identity));
            let device = same.flatten().or_else(|| device.cloned());
            let is = hardware::get(&after, device.as_ref(), field);
            // What is left to libvirt may be filled in.
            if value.is_some() && is != *value {
                taken = false;
            }
        }
        let mut own: Vec<String> = Vec::new();
        for (field, device, _) in edit {
            own.push(place_of(field, *device));
            own.extend(together(field.id).map(|more| match more.strip_prefix("./") {
                Some(path) => format!("{}/{path}", device.map(place).unwrap_or_default()),
                None => more.to_owned(),
            }));
        }
        let strange: Vec<String> = changed(&before, &after)
            .into_iter()
            .filter(|place| !own.iter().any(|own| is_own(place, own)))
            .collect();
        if taken && !strange.is_empty() {
            problems.push(format!("{what}: also changed {strange:?}"));
        }
        // Back as a person takes it back: this field, and what shows beside it.
        let mut back = after.clone();
        let reverse = edit.iter().zip(&old).rev();
        for ((field, device, _), old) in reverse {
            let same = device.map(|device| hardware::find(&back, &device.identity));
            let device = same.flatten().or_else(|| device.cloned());
            hardware::edit(&mut back, device.as_ref(), field, old.as_deref()).unwrap();
        }
        for _ in 0..3 {
            for difference in hardware::differences(&back.clone(), &before) {
                let Difference::Field { field, device, after: old, .. } = difference else {
                    continue;
                };
                let device = device.and_then(|identity| hardware::find(&back, &identity));
                hardware::edit(&mut back, device.as_ref(), field, old.as_deref()).unwrap();
            }
        }
        match self.apply(&now, &back) {
            Ok(()) => {
                let left = changed(&before, &Document::parse(&self.read()).unwrap());
                let left: Vec<_> = left.into_iter().filter(|place| !stays(place)).collect();
                if taken && !left.is_empty() {
                    problems.push(format!("{what}: taken back, but {left:?} are otherwise"));
                }
            }
            Err(refusal) => {
                problems.push(format!("{what}: not taken back: {}", refusal.detail));
            }
        }
        let left = self.read();
        if left != self.base {
            self.apply(&left, &before).unwrap();
        }
        assert_eq!(self.read(), self.base, "{what}: the first definition is not to be had again");
        if taken { Ok(()) } else { Err("not kept".to_owned()) }
    }
}

fn value_is_left_open(edit: &Edit<'_>) -> bool {
    edit.last().is_some_and(|(field, _, value)| value.is_none() && field.kind != Kind::Flag)
}

/// The edits that make a page show the field, none if it does.
pub(crate) fn first(
    doc: &Document,
    field: &Field,
    device: Option<&Device>,
) -> Vec<(&'static Field, String)> {
    let met = |(id, wanted): &(&str, &str)| {
        let is = hardware::get(doc, device, by_id(id));
        is.is_some_and(|is| wanted.is_empty() || is == *wanted)
    };
    let needs = hardware::depends(field.id);
    let shown = needs.iter().any(met) || hardware::get(doc, device, field).is_some();
    let Some((id, wanted)) = needs.first().filter(|_| !shown) else { return Vec::new() };
    let other = by_id(id);
    let any = others(other, None).into_iter().flatten().next();
    let value = if wanted.is_empty() { any } else { Some((*wanted).to_owned()) };
    let mut edits = first(doc, other, device);
    edits.extend(value.map(|value| (other, value)));
    edits
}

fn by_id(id: &str) -> &'static Field {
    hardware::all_fields().find(|field| field.id == id).unwrap()
}

#[test]
fn each_field_is_changed_seen_and_taken_back() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = host.libvirt.define_text("one-of-each", ONE_OF_EACH);
    let mut bench = Bench { host: &host, id: id(&guest), base: String::new() };
    // libvirt's own words for what the file leaves open.
    let first_read = bench.read();
    bench.apply(&first_read, &Document::parse(&first_read).unwrap()).unwrap();
    bench.base = bench.read();
    assert_eq!(bench.base, first_read);

    let doc = Document::parse(&bench.base).unwrap();
    let devices: Vec<Device> = hardware::devices(&doc)
        .into_iter()
        .filter(|device| !device.is_plumbing())
        .chain(DeviceKind::PARTS.into_iter().flat_map(|kind| hardware::part_slots(&doc, kind)))
        .collect();
    let mut problems = Vec::new();
    let mut never: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut tried = 0;
    for field in hardware::all_fields() {
        let owners: Vec<Option<&Device>> = match field.place {
            Place::Guest(_) => vec![None],
            Place::Device(kind) => {
                devices.iter().filter(|device| device.kind == kind).map(Some).collect()
            }
        };
        let mut refusals = BTreeSet::new();
        let mut changes = 0;
        // Those that show the field as they are, before those that have to be
        // changed for it.
        let (mut shown, hidden): (Vec<_>, Vec<_>) =
            owners.into_iter().partition(|device| first(&doc, field, *device).is_empty());
        if shown.is_empty() {
            shown = hidden;
        }
        for device in shown {
            if device.is_some_and(|device| !device.can_change(field)) {
                continue;
            }
            // No page shows it there.
            let meant = hardware::is_meant(field, device, Some("x86_64"));
            if device.is_some() && !meant && hardware::get(&doc, device, field).is_none() {
                continue;
            }
            let before = first(&doc, field, device);
            for value in others(field, hardware::get(&doc, device, field).as_deref()) {
                let mut edit = Vec::new();
                for (other, wanted) in &before {
                    edit.push((*other, device, Some(wanted.clone())));
                }
                edit.push((field, device, value));
                tried += 1;
                match bench.try_out(&edit, &mut problems) {
                    // Leaving it to libvirt is no other value yet.
                    Ok(()) if value_is_left_open(&edit) => {}
                    Ok(()) => changes += 1,
                    Err(why) => {
                        let at = device.map_or("", |device| device.identity.as_str());
                        eprintln!("refused: {} {at} {:?}: {why}", field.id, edit.last().unwrap().2);
                        refusals.insert(why);
                    }
                }
            }
        }
        let known = why_not(field.id);
        match (changes, known) {
            (0, None) => {
                never.insert(field.id, refusals);
            }
            (1.., Some(why)) => problems.push(format!("{} can be changed, not: {why}", field.id)),
            _ => {}
        }
    }
    eprintln!("{tried} changes tried");
    for (field, why) in never {
        problems.push(format!("{field} was never changed: {why:?}"));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_order_of_starting_is_turned_and_turned_back() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = host.libvirt.define_text("boot-order", ONE_OF_EACH);
    let mut bench = Bench { host: &host, id: id(&guest), base: String::new() };
    bench.base = bench.read();
    let before = Document::parse(&bench.base).unwrap();
    let order = hardware::boot_order(&before);
    assert!(order.iter().filter(|entry| entry.enabled).count() == 1 && order.len() > 6);
    let mut turned: Vec<_> = order.iter().rev().cloned().collect();
    for entry in &mut turned {
        entry.enabled = true;
    }
    let mut wanted = before.clone();
    hardware::set_boot_order(&mut wanted, &turned).unwrap();
    bench.apply(&bench.base, &wanted).unwrap();
    let now = bench.read();
    let after = Document::parse(&now).unwrap();
    let names = |order: &[hardware::BootEntry]| -> Vec<String> {
        order.iter().map(|entry| entry.device.identity.clone()).collect()
    };
    assert_eq!(names(&hardware::boot_order(&after)), names(&turned));
    for place in changed(&before, &after) {
        assert!(place.contains("/boot"), "{place}");
    }
    let mut back = after.clone();
    hardware::set_boot_order(&mut back, &order).unwrap();
    bench.apply(&now, &back).unwrap();
    let back = Document::parse(&bench.read()).unwrap();
    assert_eq!(names(&hardware::boot_order(&back)), names(&order));
    // One device has an order now, instead of the list of kinds.
    let left = changed(&before, &back);
    assert!(left.iter().all(|place| place.contains("/boot")) && left.len() <= 4, "{left:?}");
}
