//! What means something only beside a certain value of a field. libvirt refuses
//! definitions in which it stays when the value goes, or lacks when it comes.

use std::collections::HashSet;

use super::{Device, DeviceKind, Field, Place, access, all_fields, edit, get, of_device, set};
use crate::model::xml::{Document, Position, XmlError};

/// What a network card has with some types only. Beside another one libvirt refuses
/// it or drops it (see `is_meant`).
const OF_CARD_TYPES: &[(&str, &[&str])] = &[
    ("source/@network", &["network"]),
    ("source/@portgroup", &["network"]),
    ("source/@bridge", &["bridge"]),
    ("source/@dev", &["direct"]),
    ("source/@mode", &["direct"]),
    ("mtu", &["network", "bridge", "ethernet", "vhostuser"]),
    ("filterref", &["network", "bridge", "ethernet"]),
    ("vlan", &["network", "bridge"]),
    ("port/@isolated", &["network", "bridge"]),
    ("bandwidth/inbound/@floor", &["network"]),
];

/// Takes away what belonged to the field's former value, now that it has this,
/// and says what belongs to this.
pub(super) fn follow_value(
    doc: &mut Document,
    device: Option<&Device>,
    field: &Field,
    value: Option<&str>,
) -> Result<(), XmlError> {
    let Some(device) = device else { return follow_value_of_guest(doc, field.id, value) };
    let paths: &[&str] = match field.id {
        // Only Intel's has something to set (see `is_meant`).
        "iommu.model" if value != Some("intel") => &["address", "driver"],
        // What it is plugged into says how its place is named; libvirt finds
        // another one.
        "disk.bus" | "input.bus" | "iommu.model" | "panic.model" | "watchdog.model" => &["address"],
        "sound.model" if value == Some("usb") || device.fact("model") == Some("usb") => {
            &["address", "codec"]
        }
        // What listens nowhere has neither address nor port.
        "graphics.listen_type" if matches!(value, Some("none" | "socket")) => {
            &["@listen", "listen/@address", "@port", "@autoport", "@tlsPort"]
        }
        "graphics.listen_type" if value == Some("network") => &["@listen", "listen/@address"],
        // libvirt says the address in two places, which must be the same.
        "graphics.listen" | "graphics.listen_type" => &["@listen"],
        "graphics.autoport" if value == Some("yes") => &["@port"],
        "graphics.port" if value.is_some() => &["@autoport"],
        "vcpu_sched.scheduler" | "iothread_sched.scheduler"
            if !matches!(value, Some("fifo" | "rr")) =>
        {
            &["@priority"]
        }
        "seclabel.type" if value == Some("static") => &["baselabel"],
        "seclabel.type" if value == Some("dynamic") => &["label", "@relabel"],
        "seclabel.type" if value == Some("none") => &["label", "baselabel", "@relabel"],
        "fw_cfg.value" if value.is_some() => &["@file"],
        "smartcard.mode" if value != Some("passthrough") => &["@type"],
        // The host's own chip has its version; an emulated one is no file of the host.
        "tpm.backend" if value == Some("passthrough") => {
            &["backend/@version", "backend/encryption"]
        }
        "tpm.backend" => &["backend/device"],
        "serial.type" | "parallel.type" | "console.type" | "channel.type" => match value {
            Some("tcp") => &["source/@path", "source/@append"],
            Some("udp") => &["source/@path", "source/@append", "source/@mode", "protocol"],
            Some("unix") => &["source/@host", "source/@service", "source/@append", "protocol"],
            Some("file" | "dev" | "pipe") => {
                &["source/@host", "source/@service", "source/@mode", "protocol"]
            }
            _ => &["source", "protocol"],
        },
        // Only VirtIO has what the driver can be told.
        "interface.model" | "controller.model"
            if value.is_some_and(|model| !model.starts_with("virtio")) =>
        {
            &["driver"]
        }
        // Speeds above or below what is no more.
        "interface.inbound" if value.is_none() => &["bandwidth/inbound"],
        "interface.outbound" if value.is_none() => &["bandwidth/outbound"],
        "video.model" if matches!(value, Some("none" | "ramfb")) => &[
            "address",
            "model/@ram",
            "model/@vram",
            "model/@vram64",
            "model/@vgamem",
            "model/@blob",
            "model/acceleration",
        ],
        "video.model" if value == Some("virtio") => {
            &["model/@ram", "model/@vram", "model/@vram64", "model/@vgamem"]
        }
        "video.model" => &[
            "model/@ram",
            "model/@vram",
            "model/@vram64",
            "model/@vgamem",
            "model/@blob",
            "model/acceleration",
        ],
        _ => &[],
    };
    for path in paths {
        access::take_away(doc, &format!("{}/{path}", device.path()))?;
    }
    super::bursts::follow(doc, device, field, value)?;
    match (field.id, value) {
        // Neither says anything without the other.
        ("mem_node.mode" | "mem_node.nodes" | "seclabel.type", None) => {
            access::take_away(doc, &device.path())
        }
        ("interface.type", value) => {
            let with = |types: &[&str]| value.is_some_and(|value| types.contains(&value));
            let others = OF_CARD_TYPES.iter().filter(|(_, types)| !with(types));
            others.into_iter().try_for_each(|(path, _)| {
                access::take_away(doc, &format!("{}/{path}", device.path()))
            })
        }
        // Without a port libvirt drops the address.
        ("graphics.listen_type", Some("address" | "network")) => {
            let at = device.path();
            let has = |attribute| doc.get(&format!("{at}/@{attribute}")).is_some();
            if ["port", "tlsPort", "autoport"].into_iter().any(has) {
                return Ok(());
            }
            doc.set_attr(&at, "autoport", "yes")
        }
        ("disk.bus", Some(bus @ ("scsi" | "sata"))) => choose_unit(doc, device, bus),
        ("rng.backend", Some("builtin")) => doc.set_text(&format!("{}/backend", device.path()), ""),
        ("fw_cfg.file", Some(_)) => doc.set_text(&device.path(), ""),
        _ => Ok(()),
    }
}

/// libvirt makes a disk's place of its name, and refuses it if another has that:
/// `vda` would be where `sda` is.
fn choose_unit(doc: &mut Document, disk: &Device, bus: &str) -> Result<(), XmlError> {
    let others = doc.select(&format!("devices/disk[target/@bus='{bus}']/address"));
    let first = |of: &crate::model::xml::Element<'_>| {
        ["controller", "bus", "target"].iter().all(|part| of.attr(part).as_deref() == Some("0"))
    };
    let taken: HashSet<u32> = others
        .iter()
        .filter(|address| first(address))
        .filter_map(|address| address.attr("unit")?.parse().ok())
        .collect();
    // A controller for SATA has so many places.
    let Some(unit) = (0..6).find(|unit| !taken.contains(unit)).filter(|_| !taken.is_empty()) else {
        return Ok(());
    };
    let address =
        format!("<address type='drive' controller='0' bus='0' target='0' unit='{unit}'/>");
    doc.insert_child(disk.path().as_str(), Position::Last, &address).map(drop)
}

fn follow_value_of_guest(
    doc: &mut Document,
    id: &str,
    value: Option<&str>,
) -> Result<(), XmlError> {
    match (id, value) {
        ("cpu.mode", Some("host-passthrough" | "maximum")) => Ok(()),
        ("cpu.mode", _) => access::take_away(doc, "cpu/@migratable"),
        // All of these or none.
        ("cpu.sockets" | "cpu.cores" | "cpu.threads", None) => {
            access::take_away(doc, "cpu/topology")
        }
        // Each kind counts the policy in its own way.
        ("security.type", _) => {
            for path in ["policy", "@kernelHashes", "cbitpos", "reducedPhysBits"] {
                access::take_away(doc, &format!("launchSecurity/{path}"))?;
            }
            Ok(())
        }
        // All that the host has, so libvirt drops what is said of single ones.
        ("hyperv.mode", Some("passthrough")) => all_fields()
            .filter(|field| is_single_feature(field.id))
            .try_for_each(|field| set(doc, None, field, None)),
        // QEMU emulates no other level.
        ("cpu.cache", Some("emulate")) => doc.set_attr("cpu/cache", "level", "3"),
        ("cpu.cache", _) => access::take_away(doc, "cpu/cache/@level"),
        // With an adjustment every clock is a variable one.
        ("clock.offset", value) => {
            for (of, path) in [
                ("variable", "clock/@adjustment"),
                ("variable", "clock/@basis"),
                ("timezone", "clock/@timezone"),
                ("absolute", "clock/@start"),
            ] {
                if value != Some(of) {
                    access::take_away(doc, path)?;
                }
            }
            Ok(())
        }
        ("tuning.emulator_scheduler", value) if !matches!(value, Some("fifo" | "rr")) => {
            access::take_away(doc, "cputune/emulatorsched/@priority")
        }
        // Neither means anything without the other.
        ("tuning.numa_mode" | "tuning.numa_nodes", None) => {
            access::take_away(doc, "numatune/memory")
        }
        _ => Ok(()),
    }
}

/// Whether it is a Hyper-V feature that means nothing where the guest has all.
#[must_use]
pub fn is_single_feature(id: &str) -> bool {
    id.starts_with("hyperv.") && id != "hyperv.mode"
}

/// Gives the field the value that it has in `before`, and with it back what
/// belonged to that. `origin` is the device as it is in `before`: a new name may
/// have made another of it.
///
/// # Errors
/// As those of [`set`].
pub fn revert(
    doc: &mut Document,
    before: &Document,
    device: Option<&Device>,
    origin: Option<&Device>,
    field: &Field,
) -> Result<(), XmlError> {
    take_over(doc, before, device, origin, field)?;
    match (device, origin) {
        (Some(device), Some(origin)) if !device.kind.is_part() => {
            give_back(doc, before, device, origin)
        }
        _ => Ok(()),
    }
}

/// Gives the field the value that it has in another definition, and with it
/// those that go with it. `origin` is the device as it is there.
///
/// # Errors
/// As those of [`set`].
pub fn take_over(
    doc: &mut Document,
    from: &Document,
    device: Option<&Device>,
    origin: Option<&Device>,
    field: &Field,
) -> Result<(), XmlError> {
    edit(doc, device, field, get(from, origin, field).as_deref())?;
    let with = goes_with(field.id);
    let together = |other: &&Field| {
        with.contains(&other.id)
            || super::bursts::belong_together(field, other)
            || field.id == "hyperv.mode" && is_single_feature(other.id)
    };
    for other in all_fields().filter(together) {
        let (device, origin) = match other.place {
            Place::Guest(_) => (None, None),
            Place::Device(_) => (device, origin),
        };
        set(doc, device, other, get(from, origin, other).as_deref())?;
    }
    Ok(())
}

/// The fields that go with a field when it is given another definition's value.
fn goes_with(id: &str) -> &'static [&'static str] {
    match id {
        "cpu.mode" => &["cpu.migratable"],
        "cpu.sockets" | "cpu.cores" | "cpu.threads" => {
            &["cpu.sockets", "cpu.dies", "cpu.cores", "cpu.threads"]
        }
        "clock.offset" => &["clock.timezone"],
        "security.type" => &["security.policy", "security.kernel_hashes"],
        "tuning.numa_mode" => &["tuning.numa_nodes"],
        "tuning.numa_nodes" => &["tuning.numa_mode"],
        "video.model" => &["video.vram", "video.blob", "video.accel3d"],
        "graphics.listen_type" => &["graphics.listen", "graphics.port", "graphics.autoport"],
        "graphics.port" => &["graphics.autoport"],
        "graphics.autoport" => &["graphics.port"],
        "vcpu.enabled" | "vcpu.hotpluggable" | "vcpu.order" => {
            &["cpu.current", "vcpu.enabled", "vcpu.hotpluggable", "vcpu.order"]
        }
        "iothread.pool_min" => &["iothread.pool_max"],
        "tuning.pool_min" => &["tuning.pool_max"],
        "mem_node.mode" => &["mem_node.nodes"],
        "mem_node.nodes" => &["mem_node.mode"],
        "seclabel.type" => &["seclabel.label", "seclabel.baselabel", "seclabel.relabel"],
        "serial.type" => &[
            "serial.path",
            "serial.append",
            "serial.mode",
            "serial.host",
            "serial.service",
            "serial.protocol",
        ],
        "parallel.type" => &[
            "parallel.path",
            "parallel.mode",
            "parallel.host",
            "parallel.service",
            "parallel.protocol",
        ],
        "console.type" => {
            &["console.path", "console.mode", "console.host", "console.service", "console.protocol"]
        }
        "channel.type" => {
            &["channel.path", "channel.mode", "channel.host", "channel.service", "channel.protocol"]
        }
        "interface.type" => &[
            "interface.network",
            "interface.portgroup",
            "interface.bridge",
            "interface.device",
            "interface.mode",
            "interface.mtu",
            "interface.filter",
            "interface.vlans",
            "interface.trunk",
            "interface.isolated",
            "interface.inbound_floor",
        ],
        "interface.model" => &[
            "interface.driver",
            "interface.queues",
            "interface.ioeventfd",
            "interface.event_idx",
            "interface.iommu",
            "interface.ats",
            "interface.packed",
        ],
        "interface.vlans" => &["interface.trunk"],
        "interface.inbound" => {
            &["interface.inbound_peak", "interface.inbound_burst", "interface.inbound_floor"]
        }
        "interface.outbound" => &["interface.outbound_peak", "interface.outbound_burst"],
        "smartcard.mode" => &["smartcard.type"],
        "tpm.backend" => &["tpm.version", "tpm.device"],
        "iommu.model" => &["iommu.intremap", "iommu.caching"],
        "controller.model" => &[
            "controller.queues",
            "controller.iothread",
            "controller.ioeventfd",
            "controller.iommu",
            "controller.ats",
            "controller.packed",
        ],
        "rng.backend" => &["rng.source"],
        "fw_cfg.file" => &["fw_cfg.value"],
        "fw_cfg.value" => &["fw_cfg.file"],
        "vcpu_sched.scheduler" => &["vcpu_sched.priority"],
        "iothread_sched.scheduler" => &["iothread_sched.priority"],
        "tuning.emulator_scheduler" => &["tuning.emulator_priority"],
        _ => &[],
    }
}

/// Once no field of the device is otherwise, all of it is as it was.
fn give_back(
    doc: &mut Document,
    before: &Document,
    device: &Device,
    origin: &Device,
) -> Result<(), XmlError> {
    let same = |field: &Field| get(doc, Some(device), field) == get(before, Some(origin), field);
    match origin.xml(before) {
        Some(xml) if of_device(device.kind).all(same) => {
            doc.replace_element(device.path().as_str(), xml)
        }
        _ => Ok(()),
    }
}

impl Device {
    /// Whether the field can be another one. What is part of the machine comes
    /// back however often one changes it.
    #[must_use]
    pub fn can_change(&self, field: &Field) -> bool {
        match self.kind {
            DeviceKind::Input => self.fact("own bus") != Some("ps2"),
            // Nobody writes on a CD.
            DeviceKind::Disk => field.id != "disk.readonly" || self.fact("device") != Some("cdrom"),
            // Every machine starts with its first processor.
            DeviceKind::Vcpu => self.key() != "0",
            DeviceKind::Watchdog => {
                field.id != "watchdog.model" || self.fact("model") != Some("itco")
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{edit, revert};
    use crate::model::{
        hardware::{all_fields, differences, find, live_changes},
        xml::Document,
    };

    const BEFORE: &str = "<domain><features><hyperv mode='custom'><vapic state='on'/><spinlocks \
        state='on' retries='8191'/></hyperv></features><cpu mode='host-passthrough' check='none' migratable='on'/>\
        <numatune><memory mode='strict' nodeset='0'/></numatune><devices><video><model type='qxl' \
        ram='65536' vram='65536' heads='1'/></video><panic model='isa'><address type='isa'/></panic>\
        <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/>\
        <mtu size='1400'/><filterref filter='clean-traffic'/><vlan><tag id='7'/></vlan></interface>\
        <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng><iommu model='intel'>\
        <driver intremap='on'/></iommu><graphics type='vnc' autoport='yes'><listen type='address' \
        address='127.0.0.1'/></graphics><smartcard mode='passthrough' type='spicevmc'/></devices></domain>";

    /// A field with another value, and taken back.
    fn there_and_back(id: &str, identity: Option<&str>, value: Option<&str>) -> (String, String) {
        let before = Document::parse(BEFORE).unwrap();
        let device = identity.map(|identity| find(&before, identity).unwrap());
        let field = all_fields().find(|field| field.id == id).unwrap();
        let mut doc = before.clone();
        edit(&mut doc, device.as_ref(), field, value).unwrap();
        let there = doc.to_string();
        revert(&mut doc, &before, device.as_ref(), device.as_ref(), field).unwrap();
        (there, doc.to_string())
    }

    #[test]
    fn a_guest_that_may_use_all_of_its_memory_still_may() {
        let of = |current: &str, value: &str| {
            let xml = format!(
                "<domain><memory>4096</memory><currentMemory>{current}</currentMemory></domain>"
            );
            let before = Document::parse(&xml).unwrap();
            let field = all_fields().find(|field| field.id == "memory.maximum").unwrap();
            let mut doc = before.clone();
            edit(&mut doc, None, field, Some(value)).unwrap();
            let current = doc.get("currentMemory").unwrap();
            // A guest that runs with less cannot be given it now.
            let live = live_changes(&before, &before, &doc).unwrap();
            revert(&mut doc, &before, None, None, field).unwrap();
            assert_eq!(doc, before);
            (current, live.len())
        };
        assert_eq!(of("4096", "8388608"), ("8192".to_owned(), 0));
        assert_eq!(of("4096", "2097152"), ("2048".to_owned(), 1));
        assert_eq!(of("1024", "8388608"), ("1024".to_owned(), 0));
    }

    #[test]
    fn what_belonged_to_a_value_goes_and_comes_with_it() {
        for (id, identity, value, gone) in [
            ("video.model", Some("video"), Some("virtio"), "ram="),
            ("panic.model", Some("panic"), Some("pvpanic"), "<address"),
            ("interface.type", Some("interface:52:54:00:00:00:01"), Some("user"), "mtu"),
            ("interface.type", Some("interface:52:54:00:00:00:01"), Some("direct"), "filterref"),
            ("interface.type", Some("interface:52:54:00:00:00:01"), Some("direct"), "vlan"),
            ("rng.backend", Some("rng"), Some("builtin"), "urandom"),
            ("iommu.model", Some("iommu"), Some("virtio"), "intremap"),
            ("graphics.listen_type", Some("graphics:vnc"), Some("none"), "autoport"),
            ("graphics.listen_type", Some("graphics:vnc"), Some("socket"), "127.0.0.1"),
            ("smartcard.mode", Some("smartcard:spicevmc"), Some("host"), "spicevmc"),
            ("cpu.mode", None, Some("custom"), "migratable"),
            ("hyperv.mode", None, Some("passthrough"), "spinlocks"),
            ("tuning.numa_nodes", None, None, "numatune"),
            ("tuning.numa_mode", None, None, "numatune"),
        ] {
            let (there, back) = there_and_back(id, identity, value);
            assert!(!there.contains(gone), "{id}: {there}");
            let before = Document::parse(BEFORE).unwrap();
            let back = Document::parse(&back).unwrap();
            assert_eq!(differences(&before, &back), [], "{id}");
            if identity.is_some() {
                assert_eq!(back, before, "{id}");
            }
        }
    }
}
