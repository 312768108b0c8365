//! Giving back a device that was taken away.

use super::{Device, DeviceKind, devices, find, numa};
use crate::model::xml::{Document, Position, XmlError};

/// What only a running guest's device says; libvirt finds it anew at each start.
const OF_RUNNING: [&str; 4] = ["alias", "backingStore", "source/@index", "source/@portid"];

/// Puts `device` of `from` back into the definition, beside the one that it
/// stood beside there. Of a running guest's definition it comes without what only
/// running guests have.
///
/// # Errors
/// If there is no such device in `from`.
pub fn restore(doc: &mut Document, from: &Document, device: &Device) -> Result<(), XmlError> {
    let missing = || XmlError::NotFound(device.identity.clone());
    let mut from = from.clone();
    if from.root().attr("id").is_some() {
        for path in OF_RUNNING {
            super::access::take_away(&mut from, &format!("{}/{path}", device.path()))?;
        }
    }
    let xml = device.xml(&from).ok_or_else(missing)?.to_owned();
    let modules = numa::module_bytes(doc);
    let all: Vec<Device> = devices(&from);
    let place = all.iter().position(|other| other.identity == device.identity);
    let (before, after) = all.split_at(place.ok_or_else(missing)?);
    let here = |other: &Device| {
        let same = find(doc, &other.identity)?;
        doc.find(same.path().as_str()).map(|element| element.id())
    };
    let position = before
        .iter()
        .rev()
        .find_map(here)
        .map(Position::After)
        .or_else(|| after.iter().find_map(here).map(Position::Before));
    doc.insert_child("devices", position.unwrap_or(Position::Last), &xml)?;
    if device.kind == DeviceKind::Memory {
        numa::modules_changed(doc, modules)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::restore;
    use crate::model::{
        hardware::{find, remove},
        xml::Document,
    };

    const GUEST: &str = "<domain type='qemu'>\n  <devices>\n    <emulator>/q</emulator>\n    \
        <disk type='file'><target dev='vda'/></disk>\n    <disk><target dev='vdb'/></disk>\n    \
        <sound model='ich9'/>\n  </devices>\n</domain>\n";

    #[test]
    fn what_was_taken_away_comes_back_where_it_was() {
        let before = Document::parse(GUEST).unwrap();
        for identity in ["disk:vda", "disk:vdb", "sound"] {
            let device = find(&before, identity).unwrap();
            let mut doc = before.clone();
            remove(&mut doc, &device).unwrap();
            restore(&mut doc, &before, &device).unwrap();
            assert_eq!(doc.as_str(), GUEST);
        }
    }

    #[test]
    fn what_only_a_running_guest_says_stays_there() {
        let live = "<domain id='3'><devices><disk type='file'><source file='/a' index='1'/>\
            <backingStore/><target dev='vda'/><alias name='virtio-disk0'/></disk></devices></domain>";
        let live = Document::parse(live).unwrap();
        let mut doc = Document::parse("<domain><devices></devices></domain>").unwrap();
        restore(&mut doc, &live, &find(&live, "disk:vda").unwrap()).unwrap();
        assert_eq!(
            doc.as_str(),
            "<domain><devices><disk type='file'><source file='/a'/><target dev='vda'/></disk>\
             </devices></domain>"
        );
    }
}
