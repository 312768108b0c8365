//! Limits of a disk, or of a group of them, that exclude or need each other: one
//! for reading and writing together, or one for each; how much more in bursts, and
//! how long these last
//! (<https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms>).

use super::{Device, DeviceKind, Field, Place, access};
use crate::model::xml::{Document, XmlError};

const DIRECTIONS: [&str; 3] = ["total", "read", "write"];

/// What is limited, as libvirt calls it.
struct Limit<'a> {
    /// Where its like stand.
    list: &'static str,
    /// `total`, `read` or `write`.
    direction: &'a str,
    /// `bytes` or `iops`.
    unit: &'a str,
    /// Nothing, `_max` or `_max_length`.
    more: &'a str,
}

/// Nothing for a field that is no such limit.
fn limit(field: &Field) -> Option<Limit<'static>> {
    let (list, name) = match field.place {
        Place::Device(DeviceKind::Disk) => ("iotune/", field.path.strip_prefix("iotune/")?),
        Place::Device(DeviceKind::ThrottleGroup) => ("", field.path),
        _ => return None,
    };
    let (direction, rest) = name.split_once('_')?;
    let (unit, more) = rest.split_once("_sec")?;
    let known = DIRECTIONS.contains(&direction) && matches!(unit, "bytes" | "iops");
    known.then_some(Limit { list, direction, unit, more })
}

/// Whether both limit the same, in one way or another: they are taken back
/// together.
pub(super) fn belong_together(one: &Field, other: &Field) -> bool {
    match (limit(one), limit(other)) {
        (Some(a), Some(b)) => one.place == other.place && a.unit == b.unit,
        _ => false,
    }
}

/// After the field got this value: nothing stays that would exclude it or that
/// needs what is no more.
pub(super) fn follow(
    doc: &mut Document,
    device: &Device,
    field: &Field,
    value: Option<&str>,
) -> Result<(), XmlError> {
    let Some(Limit { list, direction, unit, more }) = limit(field) else { return Ok(()) };
    let gone: Vec<(&str, &str)> = match (value, more, direction) {
        (None, "", _) => vec![(direction, "_max"), (direction, "_max_length")],
        (None, "_max", _) => vec![(direction, "_max_length")],
        (None, ..) => Vec::new(),
        (Some(_), _, "total") => ["read", "write"].iter().flat_map(|of| all_of(of)).collect(),
        (Some(_), ..) => all_of("total").collect(),
    };
    for (of, more) in gone {
        access::take_away(doc, &format!("{}/{list}{of}_{unit}_sec{more}", device.path()))?;
    }
    let is_limited = |doc: &Document, unit: &str| {
        let names = DIRECTIONS.map(|of| format!("{}/{list}{of}_{unit}_sec", device.path()));
        names.iter().any(|name| doc.find(name).is_some())
    };
    if !is_limited(doc, "iops") {
        access::take_away(doc, &format!("{}/{list}size_iops_sec", device.path()))?;
        if field.place == Place::Device(DeviceKind::Disk) && !is_limited(doc, "bytes") {
            access::take_away(doc, &format!("{}/iotune/group_name", device.path()))?;
        }
    }
    Ok(())
}

fn all_of(direction: &str) -> impl Iterator<Item = (&str, &'static str)> {
    ["", "_max", "_max_length"].into_iter().map(move |more| (direction, more))
}

#[cfg(test)]
mod tests {
    use crate::model::{
        hardware::{all_fields, edit, find, revert},
        xml::Document,
    };

    const GUEST: &str = "<domain><devices><disk><target dev='vda'/><iotune>\
        <total_bytes_sec>9</total_bytes_sec><total_bytes_sec_max>10</total_bytes_sec_max>\
        <total_bytes_sec_max_length>2</total_bytes_sec_max_length>\
        <read_iops_sec>5</read_iops_sec></iotune></disk></devices></domain>";

    #[test]
    fn limits_that_exclude_each_other_are_never_both_there() {
        let before = Document::parse(GUEST).unwrap();
        let mut doc = before.clone();
        let disk = find(&doc, "disk:vda").unwrap();
        let field = |id: &str| all_fields().find(|field| field.id == id).unwrap();
        edit(&mut doc, Some(&disk), field("disk.read_bytes"), Some("7")).unwrap();
        assert!(!doc.as_str().contains("total") && doc.as_str().contains("read_iops_sec>5"));
        revert(&mut doc, &before, Some(&disk), Some(&disk), field("disk.read_bytes")).unwrap();
        assert_eq!(doc, before);
        edit(&mut doc, Some(&disk), field("disk.total_bytes"), None).unwrap();
        assert!(!doc.as_str().contains("bytes"), "{doc}");
    }
}
