//! The tags of a network interface's virtual LANs, an element each
//! (<https://libvirt.org/formatdomain.html#setting-vlan-tag-on-supported-network-types-only>).

use super::Device;
use crate::model::xml::{Document, Position, XmlError};

/// The field whose value is the list of them.
pub(super) const FIELD: &str = "interface.vlans";

/// The greatest tag (IEEE 802.1Q).
const LAST: u16 = 4095;

/// Different tags with commas between them.
pub(super) fn parse(text: &str) -> Option<Vec<u16>> {
    let mut tags: Vec<u16> = Vec::new();
    for part in text.split(',') {
        let tag = part.trim().parse().ok().filter(|tag| *tag <= LAST && !tags.contains(tag))?;
        tags.push(tag);
    }
    Some(tags)
}

pub(super) fn get(doc: &Document, nic: &Device) -> Option<String> {
    let tags = doc.select(&format!("{}/vlan/tag", nic.path()));
    let ids: Vec<String> = tags.iter().filter_map(|tag| tag.attr("id")).collect();
    (!ids.is_empty()).then(|| ids.join(","))
}

/// What else is said of a tag that stays, stays.
pub(super) fn set(doc: &mut Document, nic: &Device, value: Option<&str>) -> Result<(), XmlError> {
    let list = format!("{}/vlan", nic.path());
    let Some(text) = value else { return super::access::take_away(doc, &list) };
    let wanted = parse(text).ok_or_else(|| XmlError::BadPath(text.to_owned()))?;
    super::access::ensure(doc, &list)?;
    let old = doc.select(&format!("{list}/tag"));
    let old: Vec<(Option<u16>, String)> = old
        .iter()
        .map(|tag| (tag.attr("id").and_then(|id| id.parse().ok()), tag.source().to_owned()))
        .collect();
    while doc.find(&format!("{list}/tag")).is_some() {
        doc.remove(&format!("{list}/tag"))?;
    }
    for tag in wanted {
        let same = old.iter().find(|(id, _)| *id == Some(tag)).map(|(_, xml)| xml.clone());
        let xml = same.unwrap_or_else(|| format!("<tag id='{tag}'/>"));
        doc.insert_child(list.as_str(), Position::Last, &xml)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::model::{
        hardware::{FieldError, all_fields, check, edit, find, get},
        xml::Document,
    };

    #[test]
    fn tags_come_and_go_and_keep_what_else_is_said() {
        let text = "<domain><devices><interface type='bridge'><mac address='52:54:00:00:00:01'/>\
            <vlan trunk='yes'><tag id='7' nativeMode='tagged'/><tag id='9'/></vlan></interface>\
            </devices></domain>";
        let mut doc = Document::parse(text).unwrap();
        let nic = find(&doc, "interface:52:54:00:00:00:01").unwrap();
        let field = all_fields().find(|field| field.id == super::FIELD).unwrap();
        assert_eq!(get(&doc, Some(&nic), field).as_deref(), Some("7,9"));
        edit(&mut doc, Some(&nic), field, Some("42, 7")).unwrap();
        assert!(
            doc.as_str().contains(
                "<vlan trunk='yes'><tag id='42'/><tag id='7' nativeMode='tagged'/></vlan>"
            ),
            "{doc}"
        );
        edit(&mut doc, Some(&nic), field, None).unwrap();
        assert!(!doc.as_str().contains("vlan"), "{doc}");
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        let field = all_fields().find(|field| field.id == super::FIELD).unwrap();
        for bad in ["4096", "-1", "1,1", "1-3", "a", "1,,2"] {
            assert_eq!(check(field, bad), Err(FieldError::NotVlans), "{bad}");
        }
        assert_eq!(parse("0,4095"), Some(vec![0, 4095]));
    }
}
