//! The processors' number and their topology. libvirt starts no guest whose
//! sockets, dies, clusters, cores and threads do not make up its processors
//! (<https://libvirt.org/formatdomain.html#cpu-model-and-topology>).

use crate::model::xml::{Document, XmlError};

const TOPOLOGY: &str = "cpu/topology";
const PARTS: [&str; 5] = ["sockets", "dies", "clusters", "cores", "threads"];

/// Brings the topology in step with the number, or the number with the
/// topology, after the field of this id was edited.
pub(super) fn keep_in_step(doc: &mut Document, edited: &str) -> Result<(), XmlError> {
    if doc.find(TOPOLOGY).is_none() {
        return Ok(());
    }
    match edited {
        "cpu.maximum" => spread(doc),
        "cpu.sockets" | "cpu.dies" | "cpu.clusters" | "cpu.cores" | "cpu.threads" => {
            let all = product(doc).to_string();
            if doc.get("vcpu").is_some_and(|now| now.trim() != all) {
                doc.set_text("vcpu", &all)?;
            }
            cap_current(doc)
        }
        _ => Ok(()),
    }
}

fn part(doc: &Document, name: &str) -> u64 {
    let value = doc.get(&format!("{TOPOLOGY}/@{name}"));
    value.and_then(|value| value.parse().ok()).unwrap_or(1)
}

fn product(doc: &Document) -> u64 {
    PARTS.iter().fold(1_u64, |all, name| all.saturating_mul(part(doc, name)))
}

fn maximum(doc: &Document) -> Option<u64> {
    doc.get("vcpu")?.trim().parse().ok()
}

/// One socket of as many cores as make up the number; threads stay if they can.
fn spread(doc: &mut Document) -> Result<(), XmlError> {
    let Some(all) = maximum(doc).filter(|all| *all != product(doc)) else {
        return cap_current(doc);
    };
    let threads = Some(part(doc, "threads")).filter(|threads| all.is_multiple_of(*threads));
    let threads = threads.unwrap_or(1);
    for name in PARTS {
        let value = match name {
            "cores" => all / threads,
            "threads" => threads,
            _ => 1,
        };
        let at = format!("{TOPOLOGY}/@{name}");
        if doc.get(&at).is_some() || value != 1 {
            doc.set_attr(TOPOLOGY, name, &value.to_string())?;
        }
    }
    cap_current(doc)
}

/// No more processors are plugged in than there can be.
fn cap_current(doc: &mut Document) -> Result<(), XmlError> {
    let current = doc.get("vcpu/@current").and_then(|current| current.parse::<u64>().ok());
    match (current, maximum(doc)) {
        (Some(current), Some(all)) if current > all => doc.remove_attr("vcpu", "current"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{
        hardware::{all_fields, edit},
        xml::Document,
    };

    fn edited(before: &str, id: &str, value: &str) -> String {
        let mut doc = Document::parse(before).unwrap();
        let field = all_fields().find(|field| field.id == id).unwrap();
        edit(&mut doc, None, field, Some(value)).unwrap();
        doc.to_string()
    }

    const BEFORE: &str = "<domain><vcpu current='4'>4</vcpu><cpu><topology sockets='1' dies='1' \
                          cores='2' threads='2'/></cpu></domain>";

    #[test]
    fn the_topology_follows_the_number() {
        let six = edited(BEFORE, "cpu.maximum", "6");
        assert!(six.contains("sockets='1' dies='1' cores='3' threads='2'"), "{six}");
        let three = edited(BEFORE, "cpu.maximum", "3");
        assert!(three.contains("<vcpu>3<") && three.contains("cores='3' threads='1'"), "{three}");
        let same = edited(BEFORE, "cpu.maximum", "4");
        assert_eq!(same, BEFORE);
    }

    #[test]
    fn the_number_follows_the_topology() {
        let eight = edited(BEFORE, "cpu.sockets", "2");
        assert!(eight.contains("<vcpu current='4'>8</vcpu>"), "{eight}");
        let two = edited(BEFORE, "cpu.threads", "1");
        assert!(two.contains("<vcpu>2</vcpu>"), "{two}");
        // Without a topology there is nothing to keep.
        let bare = "<domain><vcpu>4</vcpu></domain>";
        assert_eq!(edited(bare, "cpu.maximum", "5"), bare.replace('4', "5"));
    }
}
