//! The guest's disk threads. libvirt refuses pins and rules of threads that are
//! not there, and has at least as many threads as are named
//! (<https://libvirt.org/formatdomain.html#iothreads-allocation>).

use std::collections::BTreeSet;

use super::{
    all_fields, get,
    part::{count, iothread_ids},
    parts_of, set,
};
use crate::model::{
    cpu_set,
    hardware::DeviceKind,
    xml::{Document, XmlError},
};

/// After their number changed: nothing is said of threads that are no more.
pub(super) fn keep_in_step(doc: &mut Document, edited: &str) -> Result<(), XmlError> {
    if edited != "tuning.iothreads" {
        return Ok(());
    }
    let wanted = count(doc, "iothreads");
    let ids: BTreeSet<usize> = iothread_ids(doc).into_iter().take(wanted).collect();
    let stays = |key: &str| key.parse().is_ok_and(|id| ids.contains(&id));
    for kind in [DeviceKind::Iothread, DeviceKind::IothreadPin] {
        for part in parts_of(doc, kind).iter().filter(|part| !stays(part.key())) {
            super::access::take_away(doc, &part.path())?;
        }
    }
    let Some(field) = all_fields().find(|field| field.id == "iothread_sched.threads") else {
        return Ok(());
    };
    for rule in parts_of(doc, DeviceKind::IothreadSched).iter().rev() {
        let Some(all) = get(doc, Some(rule), field).and_then(|set| cpu_set::parse(&set)) else {
            continue;
        };
        let kept: BTreeSet<u32> =
            all.iter().copied().filter(|id| ids.contains(&(*id as usize))).collect();
        if kept.is_empty() {
            super::access::take_away(doc, &rule.path())?;
        } else if kept != all {
            set(doc, Some(rule), field, Some(&cpu_set::format(&kept)))?;
        }
    }
    Ok(())
}

/// Whether the thread named at this path would have the same number without
/// being named.
pub(super) fn is_spare(doc: &Document, path: &str) -> bool {
    let mut without = doc.clone();
    let id = doc.get(&format!("{path}/@id")).and_then(|id| id.parse().ok());
    without.remove(path).is_ok() && id.is_none_or(|id| iothread_ids(&without).contains(&id))
}

#[cfg(test)]
mod tests {
    use crate::model::{
        hardware::{DeviceKind, all_fields, edit, part_slots},
        xml::Document,
    };

    #[test]
    fn nothing_is_said_of_threads_that_are_no_more() {
        let mut doc = Document::parse(
            "<domain><iothreads>4</iothreads><iothreadids><iothread id='7'/><iothread id='2'/>\
             </iothreadids><cputune><iothreadpin iothread='7' cpuset='0'/>\
             <iothreadsched iothreads='1-2,7' scheduler='batch'/></cputune></domain>",
        )
        .unwrap();
        let keys = |doc: &Document| -> Vec<String> {
            let threads = part_slots(doc, DeviceKind::IothreadPin);
            threads.iter().map(|thread| thread.key().to_owned()).collect()
        };
        assert_eq!(keys(&doc), ["1", "2", "3", "7"]);
        let field = all_fields().find(|field| field.id == "tuning.iothreads").unwrap();
        edit(&mut doc, None, field, Some("2")).unwrap();
        assert_eq!(keys(&doc), ["2", "7"]);
        assert_eq!(
            doc.as_str(),
            "<domain><iothreads>2</iothreads><iothreadids><iothread id='7'/><iothread id='2'/>\
             </iothreadids><cputune><iothreadpin iothread='7' cpuset='0'/>\
             <iothreadsched iothreads='2,7' scheduler='batch'/></cputune></domain>"
        );
        edit(&mut doc, None, field, None).unwrap();
        assert_eq!(doc.as_str(), "<domain></domain>");
    }
}
