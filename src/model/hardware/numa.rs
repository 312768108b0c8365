//! The guest's NUMA nodes. libvirt takes the guest's memory from the sum of the
//! nodes and of the memory modules, whatever `<memory>` says
//! (<https://libvirt.org/formatdomain.html#guest-numa-topology>): what belongs
//! together is changed together here.

use std::collections::BTreeSet;

use super::{DeviceKind, Field, all_fields, get, part, set};
use crate::model::{
    cpu_set,
    units::{MIB, libvirt_unit},
    xml::{Document, Position, XmlError},
};

/// The most nodes that QEMU has.
pub const MOST_NODES: usize = 128;

/// Places for modules of a guest that gets its first one.
const SLOTS: u64 = 16;

fn field(id: &str) -> Result<&'static Field, XmlError> {
    let found = all_fields().find(|field| field.id == id);
    found.ok_or_else(|| XmlError::NotFound(id.to_owned()))
}

fn number(doc: &Document, id: &str) -> Option<u64> {
    get(doc, None, field(id).ok()?)?.parse().ok()
}

fn write(doc: &mut Document, id: &str, value: u64) -> Result<(), XmlError> {
    set(doc, None, field(id)?, Some(&value.to_string()))
}

/// How many nodes the guest has.
#[must_use]
pub fn node_count(doc: &Document) -> usize {
    doc.select("cpu/numa/cell").len()
}

/// The fewest nodes that it can have: memory modules need one.
#[must_use]
pub fn fewest_nodes(doc: &Document) -> usize {
    usize::from(doc.find("maxMemory").is_some() || doc.find("devices/memory").is_some())
}

/// The most nodes that it can have: each has a processor.
#[must_use]
pub fn most_nodes(doc: &Document) -> usize {
    let cpus = number(doc, "cpu.maximum").and_then(|count| usize::try_from(count).ok());
    cpus.unwrap_or(1).clamp(1, MOST_NODES)
}

/// Bytes in memory modules.
pub(super) fn module_bytes(doc: &Document) -> u64 {
    let sizes = doc.select("devices/memory/target/size");
    let bytes = sizes.iter().filter_map(|size| {
        let unit = size.attr("unit").unwrap_or_else(|| "KiB".to_owned());
        let amount: u64 = size.text().trim().parse().ok()?;
        amount.checked_mul(libvirt_unit(&unit)?)
    });
    bytes.fold(0, u64::saturating_add)
}

fn node_values(doc: &Document, id: &str) -> Vec<Option<String>> {
    let Ok(field) = field(id) else { return Vec::new() };
    let nodes = super::parts_of(doc, DeviceKind::NumaNode);
    nodes.iter().map(|node| get(doc, Some(node), field)).collect()
}

fn node_memory(doc: &Document) -> Vec<u64> {
    let values = node_values(doc, "numa_node.memory");
    values.iter().map(|value| value.as_ref().and_then(|v| v.parse().ok()).unwrap_or(0)).collect()
}

fn write_nodes(doc: &mut Document, id: &str, values: &[Option<String>]) -> Result<(), XmlError> {
    let field = field(id)?;
    for (place, value) in values.iter().enumerate() {
        if let Some(node) = part(DeviceKind::NumaNode, &place.to_string()) {
            set(doc, Some(&node), field, value.as_deref())?;
        }
    }
    Ok(())
}

/// Divides memory in whole MiB; the last one takes what is left over.
fn divided(bytes: u64, count: usize) -> Vec<u64> {
    let count = count.max(1);
    let share = (bytes / MIB / count as u64 * MIB).max(MIB);
    let mut shares = vec![share; count];
    if let Some(last) = shares.last_mut() {
        *last = bytes.saturating_sub(share * (count as u64 - 1)).max(MIB);
    }
    shares
}

/// Divides processors into neighbours.
fn divided_cpus(cpus: u64, count: usize) -> Vec<Option<String>> {
    let (cpus, count) = (u32::try_from(cpus).unwrap_or(1), u32::try_from(count).unwrap_or(1));
    let bounds: Vec<u32> = (0..=count)
        .map(|node| u32::try_from(u64::from(cpus) * u64::from(node) / u64::from(count.max(1))))
        .map(|bound| bound.unwrap_or(0))
        .collect();
    let range = |ends: &[u32]| cpu_set::format(&(ends[0]..ends[1]).collect());
    bounds.windows(2).map(|ends| Some(range(ends)).filter(|set| !set.is_empty())).collect()
}

fn text(values: &[u64]) -> Vec<Option<String>> {
    values.iter().map(|value| Some(value.to_string())).collect()
}

/// Gives the guest so many nodes with the same share of processors and memory
/// each; with 0 it has none of its own. What was said of nodes that are no more
/// goes with them.
///
/// # Errors
/// If the definition cannot hold them.
pub fn set_node_count(doc: &mut Document, wanted: usize) -> Result<(), XmlError> {
    let present = node_count(doc);
    let wanted = wanted.clamp(fewest_nodes(doc), most_nodes(doc).max(fewest_nodes(doc)));
    if wanted == present {
        return Ok(());
    }
    for node in (0..present).rev() {
        // The distances were those of other nodes.
        let at = format!("cpu/numa/cell[{}]", node + 1);
        remove(doc, &format!("{at}/distances"))?;
        if node >= wanted {
            remove(doc, &at)?;
            remove(doc, &format!("numatune/memnode[@cellid='{node}']"))?;
        }
    }
    if wanted == 0 {
        return super::access::prune(doc, "cpu/numa");
    }
    super::access::ensure(doc, "cpu/numa")?;
    for node in present..wanted {
        let cell = format!("<cell id='{node}' memory='1024' unit='KiB'/>");
        doc.insert_child("cpu/numa", Position::Last, &cell)?;
    }
    divide(doc)?;
    for module in 0..doc.select("devices/memory").len() {
        let at = format!("devices/memory[{}]/target/node", module + 1);
        let node = doc.get(&at).and_then(|node| node.trim().parse::<usize>().ok());
        if node.is_some_and(|node| node >= wanted) {
            doc.set_text(at.as_str(), &(wanted - 1).to_string())?;
        }
    }
    // No node is empty, however little memory there was.
    add_up(doc)
}

fn remove(doc: &mut Document, path: &str) -> Result<(), XmlError> {
    if doc.find(path).is_some() { doc.remove(path) } else { Ok(()) }
}

fn divide(doc: &mut Document) -> Result<(), XmlError> {
    let count = node_count(doc);
    let memory = number(doc, "memory.maximum").unwrap_or(0).saturating_sub(module_bytes(doc));
    write_nodes(doc, "numa_node.memory", &text(&divided(memory, count)))?;
    let cpus = divided_cpus(number(doc, "cpu.maximum").unwrap_or(1), count);
    write_nodes(doc, "numa_node.cpus", &cpus)
}

/// Makes what belongs together agree again after a field was changed.
pub(super) fn keep_in_step(doc: &mut Document, changed: &str) -> Result<(), XmlError> {
    match changed {
        "memory.maximum" if node_count(doc) > 0 => spread_memory(doc)?,
        "cpu.maximum" | "cpu.sockets" | "cpu.dies" | "cpu.clusters" | "cpu.cores"
        | "cpu.threads"
            if node_count(doc) > 0 =>
        {
            spread_cpus(doc)?;
        }
        "numa_node.memory" | "memory_device.size" if node_count(doc) > 0 => add_up(doc)?,
        "memory.maximum" | "memory.hotplug" => {}
        _ => return Ok(()),
    }
    let all = number(doc, "memory.maximum").unwrap_or(0);
    // libvirt refuses more than there can be.
    if number(doc, "memory.hotplug").is_some_and(|most| most < all) {
        write(doc, "memory.hotplug", all)?;
    }
    Ok(())
}

/// The nodes share the guest's memory as before: evenly, or the last one takes
/// the difference.
fn spread_memory(doc: &mut Document) -> Result<(), XmlError> {
    let wanted = number(doc, "memory.maximum").unwrap_or(0).saturating_sub(module_bytes(doc));
    let mut nodes = node_memory(doc);
    let before: u64 = nodes.iter().sum();
    let even = nodes == divided(before, nodes.len());
    let others: u64 = nodes.iter().rev().skip(1).sum();
    match nodes.last_mut() {
        Some(last) if !even && wanted >= others + MIB => *last = wanted - others,
        _ => nodes = divided(wanted, nodes.len()),
    }
    write_nodes(doc, "numa_node.memory", &text(&nodes))?;
    // What is no whole share.
    write(doc, "memory.maximum", nodes.iter().sum::<u64>().saturating_add(module_bytes(doc)))
}

/// Each processor is in a node: new ones are in the last, unless all were
/// shared evenly.
fn spread_cpus(doc: &mut Document) -> Result<(), XmlError> {
    let wanted = u32::try_from(number(doc, "cpu.maximum").unwrap_or(1)).unwrap_or(1);
    let values = node_values(doc, "numa_node.cpus");
    let sets: Vec<BTreeSet<u32>> = values
        .iter()
        .map(|value| value.as_deref().and_then(cpu_set::parse).unwrap_or_default())
        .collect();
    let before = sets.iter().flatten().max().map_or(0, |last| last + 1);
    let new = if values == divided_cpus(u64::from(before), values.len()) {
        divided_cpus(u64::from(wanted), values.len())
    } else {
        let mut sets = sets;
        if let Some(last) = sets.last_mut() {
            last.extend(before..wanted);
        }
        let kept = sets.iter().map(|set| set.range(..wanted).copied().collect());
        kept.map(|set| Some(cpu_set::format(&set)).filter(|text| !text.is_empty())).collect()
    };
    write_nodes(doc, "numa_node.cpus", &new)
}

/// Whether the guest may use all of its memory, and says so.
pub(super) fn has_all(doc: &Document) -> bool {
    let current = number(doc, "memory.current");
    current.is_some() && current == number(doc, "memory.maximum")
}

/// Lets the guest use all of its memory.
pub(super) fn give_all(doc: &mut Document) -> Result<(), XmlError> {
    let all = number(doc, "memory.maximum").unwrap_or(0);
    write(doc, "memory.current", all)
}

/// The guest has the memory of its nodes and modules.
pub(super) fn add_up(doc: &mut Document) -> Result<(), XmlError> {
    let all = node_memory(doc).iter().sum::<u64>().saturating_add(module_bytes(doc));
    write(doc, "memory.maximum", all)?;
    if number(doc, "memory.current").is_some_and(|current| current > all) {
        write(doc, "memory.current", all)?;
    }
    Ok(())
}

/// Whether something must be made before a module of so many bytes can be.
pub(super) fn lacks_room(doc: &Document, bytes: u64) -> bool {
    let all = number(doc, "memory.maximum").unwrap_or(0).saturating_add(bytes);
    let taken = doc.select("devices/memory").len() as u64;
    node_count(doc) == 0
        || number(doc, "memory.hotplug").is_none_or(|most| most < all)
        || number(doc, "memory.slots").is_none_or(|slots| slots <= taken)
}

/// Makes what a new module of so many bytes needs: a node, room and a place.
pub(super) fn make_room(doc: &mut Document, bytes: u64) -> Result<(), XmlError> {
    if node_count(doc) == 0 {
        set_node_count(doc, 1)?;
    }
    let all = number(doc, "memory.maximum").unwrap_or(0).saturating_add(bytes);
    if number(doc, "memory.hotplug").is_none_or(|most| most < all) {
        write(doc, "memory.hotplug", all.saturating_mul(2))?;
    }
    let taken = doc.select("devices/memory").len() as u64;
    if number(doc, "memory.slots").is_none_or(|slots| slots <= taken) {
        write(doc, "memory.slots", SLOTS.max(taken + 1))?;
    }
    Ok(())
}

/// After a module came or went: the guest has `before` bytes of modules no more.
pub(super) fn modules_changed(doc: &mut Document, before: u64) -> Result<(), XmlError> {
    let now = module_bytes(doc);
    let current = number(doc, "memory.current");
    add_up(doc)?;
    if let Some(current) = current {
        let current = current.saturating_add(now).saturating_sub(before);
        let all = number(doc, "memory.maximum").unwrap_or(current);
        write(doc, "memory.current", current.min(all).max(MIB))?;
    }
    Ok(())
}
