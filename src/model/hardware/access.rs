//! A field's value in a definition.

use super::{Device, Field, Kind, Place, all_fields, fields::companions, image, vlan};
use crate::model::{
    units::libvirt_unit,
    xml::{Document, Element, Position, XmlError},
};

/// The field that stands for more than one place in the XML.
const IMAGE: &str = "disk.source";

/// The field's value, in libvirt's words; sizes in bytes. Nothing where the
/// definition leaves it to libvirt. `device` is the device that the field
/// belongs to; nothing for a field of the whole guest.
#[must_use]
pub fn get(doc: &Document, device: Option<&Device>, field: &Field) -> Option<String> {
    if let (IMAGE, Some(disk)) = (field.id, device) {
        return image::get(doc, disk);
    }
    if let (vlan::FIELD, Some(nic)) = (field.id, device) {
        return vlan::get(doc, nic);
    }
    let at = base(doc, device)?;
    match field.kind {
        Kind::Flag => at.find(field.path).map(|_| "yes".to_owned()),
        Kind::Size { .. } => size(at, field.path),
        _ => at.get(field.path).map(|text| text.trim().to_owned()).filter(|text| {
            // libvirt's word for a port that it is yet to choose.
            !text.is_empty() && (field.id != "graphics.port" || text != "-1")
        }),
    }
}

/// An amount with its unit, in bytes. libvirt counts in KiB unless it says.
fn size(at: Element<'_>, path: &str) -> Option<String> {
    let amount: u64 = at.get(path)?.trim().parse().ok()?;
    let unit = at.find(path)?.attr("unit").unwrap_or_else(|| "KiB".to_owned());
    Some(amount.checked_mul(libvirt_unit(&unit)?)?.to_string())
}

/// Gives the field this value; nothing leaves it to libvirt again. Only the
/// field's own nodes change. The value is not [checked](super::check()).
///
/// # Errors
/// If the device is not in the definition, or the value cannot be written.
pub fn set(
    doc: &mut Document,
    device: Option<&Device>,
    field: &Field,
    value: Option<&str>,
) -> Result<(), XmlError> {
    if get(doc, device, field).as_deref() == value {
        return Ok(());
    }
    if let (IMAGE, Some(disk)) = (field.id, device) {
        return match value {
            Some(path) => image::set(doc, disk, path),
            None => image::clear(doc, disk),
        };
    }
    if let (vlan::FIELD, Some(nic)) = (field.id, device) {
        return vlan::set(doc, nic, value);
    }
    let path = match (field.place, device) {
        (Place::Guest(_), _) => field.path.to_owned(),
        (Place::Device(_), Some(device)) if field.path == "." => device.path(),
        (Place::Device(_), Some(device)) => format!("{}/{}", device.path(), field.path),
        (Place::Device(_), None) => return Err(XmlError::NotFound(field.path.to_owned())),
    };
    let (element, attribute) = split(&path);
    match (value, attribute) {
        (None, None) if field.path == "." => clear_text(doc, &path),
        (None, _) => take_away(doc, &path),
        (Some(value), Some(name)) => {
            let at = ensure(doc, element)?;
            let size = matches!(field.kind, Kind::Size { .. });
            if size {
                set_size(doc, &at, Some(name), value)
            } else {
                doc.set_attr(at.as_str(), name, value)
            }
        }
        (Some(value), None) => {
            let at = ensure(doc, element)?;
            match field.kind {
                Kind::Flag => Ok(()),
                Kind::Size { .. } => set_size(doc, &at, None, value),
                _ => doc.set_text(at.as_str(), value),
            }
        }
    }
}

/// As [`set`], with what libvirt wants to be said as well or no more: a topology
/// has all its numbers or none, NUMA nodes have all of the memory and processors,
/// a guest that may use all of its memory still may,
/// what belonged to the former value goes with it.
///
/// # Errors
/// As those of [`set`].
pub fn edit(
    doc: &mut Document,
    device: Option<&Device>,
    field: &Field,
    value: Option<&str>,
) -> Result<(), XmlError> {
    if get(doc, device, field).as_deref() == value {
        return Ok(());
    }
    let has_all = field.id == "memory.maximum" && super::numa::has_all(doc);
    set(doc, device, field, value)?;
    super::belongings::follow_value(doc, device, field, value)?;
    let companions = if value.is_some() { companions(field.id, value) } else { &[] };
    for (id, word) in companions {
        let other = all_fields().find(|other| other.id == *id);
        if let Some(other) = other.filter(|other| get(doc, device, other).is_none()) {
            set(doc, device, other, Some(word))?;
        }
    }
    super::topology::keep_in_step(doc, field.id)?;
    super::vcpus::keep_in_step(doc, field.id, device.map(Device::key), value)?;
    super::iothreads::keep_in_step(doc, field.id)?;
    super::numa::keep_in_step(doc, field.id)?;
    if has_all { super::numa::give_all(doc) } else { Ok(()) }
}

/// Takes away the text of an element, and the element if it says nothing else.
fn clear_text(doc: &mut Document, path: &str) -> Result<(), XmlError> {
    if doc.find(path).is_none() {
        return Ok(());
    }
    doc.set_text(path, "")?;
    prune(doc, path)
}

/// Takes away an attribute or element, with what is empty without it.
pub(super) fn take_away(doc: &mut Document, path: &str) -> Result<(), XmlError> {
    let (element, attribute) = split(path);
    let Some(name) = attribute else { return remove(doc, element) };
    if doc.find(element).is_none() {
        return Ok(());
    }
    doc.remove_attr(element, name)?;
    prune(doc, element)
}

/// Keeps the unit that stands there if it can say the amount.
fn set_size(
    doc: &mut Document,
    at: &str,
    attribute: Option<&str>,
    bytes: &str,
) -> Result<(), XmlError> {
    let put = |doc: &mut Document, amount: &str| match attribute {
        Some(name) => doc.set_attr(at, name, amount),
        None => doc.set_text(at, amount),
    };
    let unit = doc.find(at).and_then(|element| element.attr("unit"));
    let bytes: u64 = bytes.parse().map_err(|_| XmlError::BadPath(bytes.to_owned()))?;
    let written = unit.as_deref().unwrap_or("KiB");
    let factor = libvirt_unit(written).filter(|factor| *factor > 0);
    if let Some(factor) = factor.filter(|factor| bytes.is_multiple_of(*factor)) {
        return put(doc, &(bytes / factor).to_string());
    }
    doc.set_attr(at, "unit", "b")?;
    put(doc, &bytes.to_string())
}

/// `a/b/@c` as `a/b` and `c`; the attribute of the guest itself is that of `.`.
fn split(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once("/@") {
        Some((element, name)) => (element, Some(name)),
        None => (path, None),
    }
}

/// Makes what is missing of a path. A step with a predicate, as in
/// `timer[@name='hpet']` or `device[path='/dev/sda']`, is made as the predicate
/// says; devices and what is told apart by its place alone are not made up.
pub(super) fn ensure(doc: &mut Document, path: &str) -> Result<String, XmlError> {
    if doc.find(path).is_some() {
        return Ok(path.to_owned());
    }
    let unknown = || XmlError::NotFound(path.to_owned());
    let (parent, step) = match cut_last_step(path) {
        Some((parent, step)) => (ensure(doc, parent)?, step),
        None => (".".to_owned(), path),
    };
    let xml = match step.split_once('[') {
        None => format!("<{step}/>"),
        Some((name, predicate)) => {
            let predicate = predicate.strip_suffix(']').ok_or_else(unknown)?;
            match predicate.split_once('=') {
                Some((key, value)) if key.starts_with('@') => {
                    format!("<{name} {}={value}/>", &key[1..])
                }
                Some((key, value)) => {
                    format!("<{name}><{key}>{}</{key}></{name}>", value.trim_matches('\''))
                }
                // The one after the last.
                None if COUNTED.contains(&name) => {
                    let before = path.strip_suffix(&format!("[{predicate}]"));
                    let count = doc.select(before.ok_or_else(unknown)?).len();
                    if predicate.parse() != Ok(count + 1) {
                        return Err(unknown());
                    }
                    format!("<{name}/>")
                }
                None => return Err(unknown()),
            }
        }
    };
    doc.insert_child(parent.as_str(), Position::Last, &xml)?;
    Ok(path.to_owned())
}

/// Elements of which a guest has any number, told apart by their places.
const COUNTED: [&str; 5] = ["entry", "vcpusched", "iothreadsched", "cachetune", "memorytune"];

/// The steps of a path whose predicates hold no slash but for descendants.
fn steps(path: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    path.split(|c| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '/' && depth == 0
    })
    .collect()
}

fn cut_last_step(path: &str) -> Option<(&str, &str)> {
    let last = *steps(path).last()?;
    let parent = path.strip_suffix(last)?.strip_suffix('/')?;
    Some((parent, last))
}

fn remove(doc: &mut Document, path: &str) -> Result<(), XmlError> {
    if doc.find(path).is_none() {
        return Ok(());
    }
    doc.remove(path)?;
    match cut_last_step(path) {
        Some((parent, _)) => prune(doc, parent),
        None => Ok(()),
    }
}

/// Takes away elements that an edit left empty, up to the device.
pub(super) fn prune(doc: &mut Document, path: &str) -> Result<(), XmlError> {
    let Some(element) = doc.find(path) else { return Ok(()) };
    let bare = says_nothing(path, &element);
    let all = steps(path);
    let is_device = all.first() == Some(&"devices") && all.len() <= 2;
    let is_spare = all.first() != Some(&"iothreadids") || super::iothreads::is_spare(doc, path);
    if bare && !is_device && is_spare && !element.source().contains("<!--") {
        remove(doc, path)
    } else {
        doc.collapse(path)
    }
}

/// Whether nothing is left but the attribute that the path's own predicate asks
/// for.
fn says_nothing(path: &str, element: &Element<'_>) -> bool {
    let step = cut_last_step(path).map_or(path, |(_, step)| step);
    let asked = |name: &str| step.contains(&format!("[@{name}="));
    element.children().next().is_none()
        && element.text().trim().is_empty()
        && element.attrs().iter().all(|(name, _)| asked(name))
}

/// The element that a field's path begins at.
fn base<'a>(doc: &'a Document, device: Option<&Device>) -> Option<Element<'a>> {
    match device {
        Some(device) => doc.find(&device.path()),
        None => Some(doc.root()),
    }
}
