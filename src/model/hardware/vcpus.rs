//! The guest's processors one by one. libvirt wants to be told of all or of
//! none, and what it is told goes before their number
//! (<https://libvirt.org/formatdomain.html#cpu-allocation>).

use super::part::count;
use crate::model::xml::{Document, Position, XmlError};

const LIST: &str = "vcpus";

/// Brings the processors and their number in step after the field of this id
/// was edited; `key` is that of the processor that the field is of.
pub(super) fn keep_in_step(
    doc: &mut Document,
    edited: &str,
    key: Option<&str>,
    value: Option<&str>,
) -> Result<(), XmlError> {
    match (edited, value) {
        ("vcpu.enabled" | "cpu.current", None) => super::access::take_away(doc, LIST),
        ("vcpu.enabled" | "vcpu.hotpluggable" | "vcpu.order", _) => {
            let Some(at) = key.map(path).filter(|at| doc.find(at).is_some()) else { return Ok(()) };
            match (edited, value) {
                ("vcpu.enabled", Some("no")) => unplug(doc, &at)?,
                // What cannot be unplugged is plugged in.
                ("vcpu.hotpluggable", Some("no")) => doc.set_attr(&at, "enabled", "yes")?,
                ("vcpu.order", None) => {
                    for number in 0..count(doc, "vcpu") {
                        if doc.find(&path(number)).is_some() {
                            doc.remove_attr(&path(number), "order")?;
                        }
                    }
                }
                _ => {}
            }
            complete(doc)?;
            let moved = key.filter(|_| edited == "vcpu.order").and_then(|key| key.parse().ok());
            put_in_order(doc, moved)?;
            count_again(doc)
        }
        ("cpu.current", Some(wanted)) if doc.find(LIST).is_some() => {
            plug(doc, wanted.parse().unwrap_or(0))
        }
        (
            "cpu.maximum" | "cpu.sockets" | "cpu.dies" | "cpu.clusters" | "cpu.cores"
            | "cpu.threads",
            _,
        ) if doc.find(LIST).is_some() => {
            complete(doc)?;
            put_in_order(doc, None)?;
            count_again(doc)
        }
        _ => Ok(()),
    }
}

fn path(number: impl std::fmt::Display) -> String {
    format!("{LIST}/vcpu[@id='{number}']")
}

fn is_on(doc: &Document, number: usize) -> bool {
    doc.get(&format!("{}/@enabled", path(number))).as_deref() == Some("yes")
}

/// Whether a running guest has the processor, of those that are named or of the
/// first ones.
pub(super) fn is_plugged_in(live: &Document, number: u32) -> bool {
    let number = number as usize;
    if live.find(LIST).is_some() {
        return is_on(live, number);
    }
    let on = live.get("vcpu/@current").and_then(|on| on.parse().ok());
    number < on.unwrap_or_else(|| count(live, "vcpu"))
}

fn unplug(doc: &mut Document, at: &str) -> Result<(), XmlError> {
    doc.set_attr(at, "enabled", "no")?;
    doc.set_attr(at, "hotpluggable", "yes")?;
    doc.remove_attr(at, "order")
}

/// Says something of each processor that there is, and of no others.
fn complete(doc: &mut Document) -> Result<(), XmlError> {
    let all = count(doc, "vcpu");
    let present: Vec<_> =
        doc.select(&format!("{LIST}/vcpu")).iter().map(|v| v.attr("id")).collect();
    for id in present.into_iter().flatten() {
        if id.parse().is_ok_and(|id: usize| id >= all) {
            doc.remove(&path(id))?;
        }
    }
    let on = doc.get("vcpu/@current").and_then(|on| on.parse().ok()).unwrap_or(all);
    // One of several that are named is off unless it is said to be on.
    let known = doc.select(&format!("{LIST}/vcpu[@enabled]")).len();
    for number in 0..all {
        let at = path(number);
        if doc.find(&at).is_none() {
            doc.insert_child(LIST, Position::Last, &format!("<vcpu id='{number}'/>"))?;
        }
        if doc.get(&format!("{at}/@enabled")).is_none() {
            let on = number == 0 || (known <= 1 && number < on);
            doc.set_attr(&at, "enabled", if on { "yes" } else { "no" })?;
            if doc.get(&format!("{at}/@hotpluggable")).is_none() {
                doc.set_attr(&at, "hotpluggable", if on { "no" } else { "yes" })?;
            }
        }
    }
    Ok(())
}

/// The number of processors is that of those that are plugged in.
fn count_again(doc: &mut Document) -> Result<(), XmlError> {
    let all = count(doc, "vcpu");
    let on = (0..all).filter(|number| is_on(doc, *number)).count();
    if on == all {
        return doc.remove_attr("vcpu", "current");
    }
    doc.set_attr("vcpu", "current", &on.to_string())
}

/// Plugs in the first that are off, or unplugs the last that are on.
fn plug(doc: &mut Document, wanted: usize) -> Result<(), XmlError> {
    let all = count(doc, "vcpu");
    let (on, off): (Vec<usize>, Vec<usize>) = (0..all).partition(|number| is_on(doc, *number));
    for number in off.into_iter().take(wanted.saturating_sub(on.len())) {
        doc.set_attr(&path(number), "enabled", "yes")?;
    }
    let few = on.len().saturating_sub(wanted.max(1));
    for number in on.into_iter().rev().take(few) {
        unplug(doc, &path(number))?;
    }
    put_in_order(doc, None)
}

/// All that are plugged in have a place in their order, or none has. The first
/// processor is always the first; the one that was `moved` has the place that it
/// says, as far as there is one.
fn put_in_order(doc: &mut Document, moved: Option<usize>) -> Result<(), XmlError> {
    let order = |doc: &Document, number: usize| -> Option<usize> {
        doc.get(&format!("{}/@order", path(number)))?.parse().ok()
    };
    let mut on: Vec<usize> = (0..count(doc, "vcpu")).filter(|number| is_on(doc, *number)).collect();
    if on.iter().all(|number| order(doc, *number).is_none()) {
        return Ok(());
    }
    on.sort_by_key(|number| (*number != 0, order(doc, *number).unwrap_or(usize::MAX), *number));
    if let Some(from) = on.iter().position(|number| Some(*number) == moved).filter(|at| *at > 0) {
        let number = on.remove(from);
        let to = order(doc, number).unwrap_or(0).saturating_sub(1).clamp(1, on.len());
        on.insert(to, number);
    }
    for (place, number) in on.into_iter().enumerate() {
        doc.set_attr(&path(number), "order", &(place + 1).to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::model::{
        hardware::{DeviceKind, all_fields, edit, get, part, revert},
        xml::Document,
    };

    const BEFORE: &str = "<domain><vcpu current='2'>4</vcpu></domain>";

    fn edited(doc: &mut Document, key: Option<&str>, id: &str, value: Option<&str>) {
        let vcpu = key.map(|key| part(DeviceKind::Vcpu, key).unwrap());
        let field = all_fields().find(|field| field.id == id).unwrap();
        edit(doc, vcpu.as_ref(), field, value).unwrap();
    }

    fn on(doc: &Document) -> String {
        let all = doc.select("vcpus/vcpu");
        let one = |vcpu: &crate::model::xml::Element<'_>| {
            format!("{}{}", vcpu.attr("id").unwrap(), &vcpu.attr("enabled").unwrap()[..1])
        };
        let mut all: Vec<String> = all.iter().map(one).collect();
        all.sort();
        format!("{}/{}", all.join(" "), doc.get("vcpu/@current").unwrap_or_default())
    }

    #[test]
    fn the_processors_and_their_number_agree() {
        let mut doc = Document::parse(BEFORE).unwrap();
        edited(&mut doc, Some("3"), "vcpu.enabled", Some("yes"));
        assert_eq!(on(&doc), "0y 1y 2n 3y/3");
        edited(&mut doc, None, "cpu.current", Some("4"));
        assert_eq!(on(&doc), "0y 1y 2y 3y/4");
        edited(&mut doc, None, "cpu.current", Some("2"));
        assert_eq!(on(&doc), "0y 1y 2n 3n/2");
        edited(&mut doc, None, "cpu.maximum", Some("3"));
        assert_eq!(on(&doc), "0y 1y 2n/2");
        edited(&mut doc, None, "cpu.maximum", Some("5"));
        assert_eq!(on(&doc), "0y 1y 2n 3n 4n/2");
        // What cannot be unplugged is plugged in; what is off can be plugged.
        edited(&mut doc, Some("2"), "vcpu.hotpluggable", Some("no"));
        assert_eq!(on(&doc), "0y 1y 2y 3n 4n/3");
        edited(&mut doc, Some("2"), "vcpu.enabled", Some("no"));
        assert_eq!(doc.get("vcpus/vcpu[@id='2']/@hotpluggable").as_deref(), Some("yes"));
        // Left to libvirt, all of them are.
        edited(&mut doc, Some("2"), "vcpu.enabled", None);
        assert_eq!(on(&doc), "/2");
    }

    #[test]
    fn all_have_a_place_in_the_order_or_none_has() {
        let mut doc = Document::parse("<domain><vcpu current='3'>4</vcpu></domain>").unwrap();
        let order = |doc: &Document| -> Vec<String> {
            let one = |number| doc.get(&format!("vcpus/vcpu[@id='{number}']/@order"));
            (0..4).map(|number| one(number).unwrap_or_default()).collect()
        };
        edited(&mut doc, Some("2"), "vcpu.order", Some("2"));
        assert_eq!(order(&doc), ["1", "3", "2", ""]);
        edited(&mut doc, Some("3"), "vcpu.enabled", Some("yes"));
        assert_eq!(order(&doc), ["1", "3", "2", "4"]);
        edited(&mut doc, Some("2"), "vcpu.order", Some("4"));
        assert_eq!(order(&doc), ["1", "2", "4", "3"]);
        edited(&mut doc, Some("1"), "vcpu.enabled", Some("no"));
        assert_eq!(order(&doc), ["1", "", "3", "2"]);
        edited(&mut doc, Some("3"), "vcpu.order", None);
        assert_eq!(order(&doc), ["", "", "", ""]);
    }

    #[test]
    fn one_is_taken_back_with_the_number() {
        let before = Document::parse(BEFORE).unwrap();
        let mut doc = before.clone();
        edited(&mut doc, Some("2"), "vcpu.enabled", Some("yes"));
        let vcpu = part(DeviceKind::Vcpu, "2").unwrap();
        let field = all_fields().find(|field| field.id == "vcpu.enabled").unwrap();
        assert_eq!(get(&doc, Some(&vcpu), field).as_deref(), Some("yes"));
        revert(&mut doc, &before, Some(&vcpu), Some(&vcpu), field).unwrap();
        assert_eq!(doc.as_str(), BEFORE);
    }
}
