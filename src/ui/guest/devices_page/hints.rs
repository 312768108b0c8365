//! What a field can be, said below its name: the least and the most, from the
//! guest and from what its host can do.

use gettextrs::gettext;

use super::{draft::Draft, offers::Offers};
use crate::{
    i18n::gettext_f,
    model::hardware::{Field, Kind, Rule},
    ui::words::size,
};

/// Beyond this a limit tells nobody anything.
const MANY: u64 = 1 << 24;

/// The limits in words; possibly nothing.
pub(super) fn hint(field: &Field, draft: &Draft, offers: &Offers) -> String {
    let limits = draft.limits(field);
    match (field.kind, limits) {
        _ if field.id == "interface.inbound_floor" => {
            gettext("Needs a virtual network that shares out what it receives")
        }
        _ if field.id == "video.blob" && !has_memfd(draft) => {
            gettext("Needs memory to share (memfd), chosen under Memory")
        }
        (Kind::Number { .. }, Some((min, max))) => {
            let max = offers.most(field.id).map_or(max, |most| most.min(max));
            range(min, max)
        }
        (Kind::Size { .. }, Some((_, max))) if max < u64::MAX => {
            gettext_f("At most {size}", &[("size", &size(max))])
        }
        (Kind::Size { .. }, _) if field.id == "memory.maximum" => offers
            .memory
            .map(|memory| gettext_f("The host has {size}", &[("size", &size(memory))]))
            .unwrap_or_default(),
        (Kind::Text(Rule::Vlans), _) => {
            gettext("Needs a bridge that knows VLANs: Open vSwitch, or Linux from libvirt 11 on")
        }
        (Kind::Text(Rule::CpuSet), _) => processors(field.id, draft, offers),
        _ => String::new(),
    }
}

/// Whether the guest's memory is what libvirt wants for pictures without copies.
fn has_memfd(draft: &Draft) -> bool {
    draft.doc.get("memoryBacking/source/@type").as_deref() == Some("memfd")
}

fn range(min: u64, max: u64) -> String {
    if max < min {
        return gettext("Needs disk threads, set under Resources");
    }
    let (least, most) = (min.to_string(), max.to_string());
    match (min, max) {
        (0 | 1, MANY..) => String::new(),
        (_, MANY..) => gettext_f("At least {number}", &[("number", &least)]),
        // Translators: a range of numbers
        _ => gettext_f("{min} to {max}", &[("min", &least), ("max", &most)]),
    }
}

/// Which processors there are to choose from.
fn processors(id: &str, draft: &Draft, offers: &Offers) -> String {
    let (count, of_guest) = match id {
        "numa_node.cpus" | "vcpu_sched.vcpus" | "cache_tune.vcpus" | "memory_tune.vcpus" => {
            (draft.processors(), true)
        }
        // Their group says it once.
        "tuning.numa_nodes"
        | "mem_node.nodes"
        | "vcpu_pin.cpus"
        | "iothread_pin.cpus"
        | "iothread_sched.threads" => return String::new(),
        _ => (offers.processors.map(u64::from), false),
    };
    let Some(last) = count.and_then(|count| count.checked_sub(1)) else { return String::new() };
    let last = [("last", &*last.to_string())];
    if of_guest {
        gettext_f("The guest’s are 0 to {last}", &last)
    } else {
        gettext_f("The host’s are 0 to {last}", &last)
    }
}
