//! Two people's edits of the same definition, field by field.

use super::{Device, Difference, devices, differences, find, get, set};
use crate::model::xml::{Document, Position, XmlError};

/// What `mine` made of `base`, done to what `theirs` made of it. Nothing where
/// both changed the same field or device, or where fields and devices do not
/// say all that `mine` changed.
#[must_use]
pub fn merge(base: &Document, mine: &Document, theirs: &Document) -> Option<Document> {
    let edits = differences(base, mine);
    let told = replay(&edits, mine, base).ok()?;
    if told != *mine || edits.iter().any(|edit| is_disputed(edit, base, theirs)) {
        return None;
    }
    replay(&edits, mine, theirs).ok()
}

/// Whether `theirs` changed what the edit is about.
fn is_disputed(edit: &Difference, base: &Document, theirs: &Document) -> bool {
    match edit {
        Difference::Field { field, device: None, before, .. } => {
            get(theirs, None, field) != *before
        }
        Difference::Field { field, device: Some(identity), before, .. } => {
            find(theirs, identity).is_none_or(|same| get(theirs, Some(&same), field) != *before)
        }
        Difference::Added(device) => find(theirs, &device.identity).is_some(),
        Difference::Removed(device) => {
            let now = find(theirs, &device.identity);
            now.is_none_or(|now| now.xml(theirs) != device.xml(base))
        }
    }
}

/// Does the edits that led to `to` on a copy of `onto`.
fn replay(edits: &[Difference], to: &Document, onto: &Document) -> Result<Document, XmlError> {
    let mut doc = onto.clone();
    for edit in edits {
        match edit {
            Difference::Field { field, device, after, .. } => {
                let device = device.as_deref().map(|identity| same(&doc, identity)).transpose()?;
                set(&mut doc, device.as_ref(), field, after.as_deref())?;
            }
            Difference::Removed(device) => {
                let device = same(&doc, &device.identity)?;
                doc.remove(device.path().as_str())?;
            }
            Difference::Added(device) => {
                let xml = device.xml(to).ok_or_else(|| gone(&device.identity))?;
                let before = devices(&doc).into_iter().rfind(|other| other.kind == device.kind);
                let sibling = before.and_then(|other| doc.find(&other.path()).map(|e| e.id()));
                let position = sibling.map_or(Position::Last, Position::After);
                doc.insert_child("devices", position, xml)?;
            }
        }
    }
    Ok(doc)
}

fn same(doc: &Document, identity: &str) -> Result<Device, XmlError> {
    find(doc, identity).ok_or_else(|| gone(identity))
}

fn gone(identity: &str) -> XmlError {
    XmlError::NotFound(identity.to_owned())
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::model::{
        hardware::{NewDevice, add, all_fields, find, remove, set},
        xml::Document,
    };

    const BASE: &str = "<domain>\n  <description>a</description>\n  <memory>1024</memory>\n  \
        <vcpu>1</vcpu>\n  <devices>\n    <input type='mouse' bus='usb'/>\n  </devices>\n</domain>\n";

    fn edited(id: &str, value: &str) -> Document {
        let mut doc = Document::parse(BASE).unwrap();
        let field = all_fields().find(|field| field.id == id).unwrap();
        set(&mut doc, None, field, Some(value)).unwrap();
        doc
    }

    #[test]
    fn edits_of_neighbours_go_together() {
        let base = Document::parse(BASE).unwrap();
        let theirs = Document::parse(&BASE.replace(">a<", ">b<")).unwrap();
        let mine = edited("memory.maximum", "2097152");
        let merged = merge(&base, &mine, &theirs).unwrap();
        assert_eq!(merged.as_str(), mine.as_str().replace(">a<", ">b<"));
    }

    #[test]
    fn devices_come_and_go_beside_other_edits() {
        let base = Document::parse(BASE).unwrap();
        let mut mine = base.clone();
        let mouse = find(&mine, "input:mouse:usb").unwrap();
        add(&mut mine, &NewDevice::Rng).unwrap();
        remove(&mut mine, &mouse).unwrap();
        let merged = merge(&base, &mine, &edited("cpu.maximum", "4")).unwrap();
        assert!(merged.as_str().contains("<vcpu>4</vcpu>"), "{merged}");
        assert!(merged.as_str().contains("<rng") && !merged.as_str().contains("mouse"));
    }

    #[test]
    fn the_same_field_is_a_dispute() {
        let base = Document::parse(BASE).unwrap();
        let (mine, theirs) = (edited("cpu.maximum", "2"), edited("cpu.maximum", "4"));
        assert_eq!(merge(&base, &mine, &theirs), None);
        // What no field stands for cannot be told.
        let mine = Document::parse(&BASE.replace(">a<", ">c<")).unwrap();
        assert_eq!(merge(&base, &mine, &theirs), None);
    }
}
