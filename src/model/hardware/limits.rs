//! What a value may be beside the rest of the guest's definition.

use super::{Device, Field, FieldError, Kind, all_fields, get, numa};
use crate::model::{units::format_bytes, xml::Document};

/// The least and the most that the field can be here: of a number as it counts,
/// of a size in bytes. Nothing for a field that is neither.
#[must_use]
pub fn limits(doc: &Document, field: &Field) -> Option<(u64, u64)> {
    let (min, max) = match field.kind {
        Kind::Number { min, max } => (min, max),
        Kind::Size { min } => (min, u64::MAX),
        _ => return None,
    };
    let most = match field.id {
        "cpu.current" | "vcpu.order" => number(doc, "cpu.maximum"),
        "memory.current" => number(doc, "memory.maximum"),
        "disk.iothread" | "controller.iothread" => {
            Some(super::part::iothread_ids(doc).last().map_or(0, |last| *last as u64))
        }
        "memory_device.node" => (numa::node_count(doc) as u64).checked_sub(1),
        _ => None,
    };
    Some((min, most.map_or(max, |most| most.min(max))))
}

fn number(doc: &Document, id: &str) -> Option<u64> {
    let field = all_fields().find(|field| field.id == id)?;
    get(doc, None, field)?.parse().ok()
}

/// Whether the value is within [`limits`].
///
/// # Errors
/// What is wrong with it.
pub fn check_limits(doc: &Document, field: &Field, value: &str) -> Result<(), FieldError> {
    match (limits(doc, field), value.parse::<u64>()) {
        (Some((min, max)), Ok(_)) if max < min => Err(FieldError::NoThreads),
        (Some((min, max)), Ok(number)) if number > max => Err(match field.kind {
            Kind::Size { .. } => FieldError::TooLarge { max: format_bytes(max) },
            _ => FieldError::OutOfRange { min, max },
        }),
        _ => Ok(()),
    }
}

/// Whether the field can mean something for such a device, or for a guest of
/// this architecture.
#[must_use]
pub fn is_meant(field: &Field, device: Option<&Device>, arch: Option<&str>) -> bool {
    let fact = |name| device.and_then(|device| device.fact(name));
    let kind = fact("type").unwrap_or_default();
    let disk = |buses: &[&str]| fact("bus").is_none_or(|bus| buses.contains(&bus));
    let drive = matches!(fact("device"), Some("cdrom" | "floppy"));
    let pc = arch.is_none_or(|arch| matches!(arch, "x86_64" | "i686"));
    match field.id {
        "hostdev.rom_bar" | "hostdev.rom_file" | "hostdev.managed" => kind == "pci",
        "hostdev.startup" => kind == "usb",
        "controller.model" => matches!(kind, "usb" | "scsi"),
        "controller.ports" => matches!(kind, "usb" | "virtio-serial"),
        "disk.queues" | "disk.iothread" | "disk.ioeventfd" | "disk.event_idx" | "disk.iommu"
        | "disk.ats" | "disk.packed" => disk(&["virtio"]) && !drive,
        "interface.driver"
        | "interface.queues"
        | "interface.ioeventfd"
        | "interface.event_idx"
        | "interface.iommu"
        | "interface.ats"
        | "interface.packed" => fact("model type").is_none_or(|model| model.starts_with("virtio")),
        "interface.vlans" | "interface.trunk" | "interface.isolated" => {
            matches!(kind, "network" | "bridge")
        }
        "interface.inbound_floor" => kind == "network",
        // libvirt drops a filter of the others without a word, and refuses an MTU.
        "interface.filter" => matches!(kind, "network" | "bridge" | "ethernet"),
        "interface.mtu" => matches!(kind, "network" | "bridge" | "ethernet" | "vhostuser"),
        "controller.queues"
        | "controller.iothread"
        | "controller.ioeventfd"
        | "controller.iommu"
        | "controller.ats"
        | "controller.packed" => {
            kind == "scsi" && fact("model").is_none_or(|model| model.starts_with("virtio"))
        }
        "disk.rotation" => disk(&["scsi", "sata", "ide"]) && !drive,
        "disk.format" if kind == "nvme" => false,
        "disk.format" | "disk.discard" | "disk.detect_zeroes" | "disk.copy_on_read"
        | "disk.serial" | "disk.throttle" => !drive,
        // Two guests would each write their own tables into another format.
        "disk.shareable" => !drive && fact("driver").is_none_or(|format| format == "raw"),
        "disk.namespace" => kind == "nvme",
        "disk.source" => kind != "nvme",
        "graphics.audio" => kind == "vnc",
        // The others open a window on the host.
        "graphics.listen_type" | "graphics.listen" | "graphics.password" | "graphics.keymap" => {
            matches!(kind, "vnc" | "spice")
        }
        "graphics.port" | "graphics.autoport" => {
            matches!(kind, "vnc" | "spice")
                && fact("listens").is_none_or(|how| matches!(how, "address" | "network"))
        }
        // libvirt refuses them with the other models.
        "iommu.intremap" | "iommu.caching" => fact("model") == Some("intel"),
        "memory_device.requested" => fact("model") == Some("virtio-mem"),
        "machine.ras" | "clock.armvtimer" => arch.is_none_or(|arch| arch == "aarch64"),
        "machine.aia" => arch.is_none_or(|arch| arch.starts_with("riscv")),
        "machine.hpt" | "machine.htm" | "machine.nested_hv" | "machine.ccf_assist"
        | "machine.cfpc" | "machine.sbbc" | "machine.ibs" => {
            arch.is_none_or(|arch| arch.starts_with("ppc64"))
        }
        "machine.gic" => arch.is_none_or(|arch| matches!(arch, "aarch64" | "armv7l")),
        "keywrap.aes" | "keywrap.dea" => arch.is_none_or(|arch| arch.starts_with("s390")),
        "machine.apic" | "machine.pae" | "machine.smm" | "machine.vmport" | "clock.pit"
        | "clock.hpet" | "clock.tsc" | "machine.ps2" | "machine.ioapic" => pc,
        "boot.dtb" => !pc || arch.is_none(),
        _ => true,
    }
}

/// Whether such a device can have this word of the field. A floppy drive has a
/// controller of its own, and nothing else is plugged into that: libvirt speaks of
/// an "Invalid bus type".
#[must_use]
pub fn can_have(field: &Field, device: Option<&Device>, word: &str) -> bool {
    let fact = |name| device.and_then(|device| device.fact(name));
    match field.id {
        "disk.bus" => (fact("device") == Some("floppy")) == (word == "fdc"),
        // UHCI, EHCI and xHCI are those of USB.
        "controller.model" => (fact("type") == Some("usb")) == word.contains("hci"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{can_have, check_limits, is_meant, limits};
    use crate::model::{
        hardware::{FieldError, all_fields, find},
        xml::Document,
    };

    const GUEST: &str = "<domain><memory>65536</memory><vcpu current='1'>4</vcpu><devices>\
        <disk><target dev='vda' bus='virtio'/></disk>\
        <disk device='cdrom'><target dev='sda' bus='sata'/></disk>\
        <hostdev type='usb'><source><vendor id='0x1'/></source></hostdev></devices></domain>";

    fn field(id: &str) -> &'static crate::model::hardware::Field {
        all_fields().find(|field| field.id == id).unwrap()
    }

    #[test]
    fn a_guest_limits_its_own_values() {
        let doc = Document::parse(GUEST).unwrap();
        assert_eq!(limits(&doc, field("cpu.current")), Some((1, 4)));
        let wrong = check_limits(&doc, field("cpu.current"), "5");
        assert_eq!(wrong, Err(FieldError::OutOfRange { min: 1, max: 4 }));
        let wrong = check_limits(&doc, field("memory.current"), "134217728");
        assert_eq!(wrong, Err(FieldError::TooLarge { max: "64 MiB".to_owned() }));
        assert_eq!(check_limits(&doc, field("memory.current"), "67108864"), Ok(()));
        let wrong = check_limits(&doc, field("disk.iothread"), "1");
        assert_eq!(wrong, Err(FieldError::NoThreads));
        let text = GUEST.replace("<vcpu", "<iothreads>2</iothreads><vcpu");
        let with = Document::parse(&text).unwrap();
        assert_eq!(limits(&with, field("disk.iothread")), Some((1, 2)));
    }

    #[test]
    fn only_a_floppy_drive_has_its_bus() {
        let doc = Document::parse(&GUEST.replace("cdrom", "floppy")).unwrap();
        let of = |identity, bus| can_have(field("disk.bus"), find(&doc, identity).as_ref(), bus);
        assert!(of("disk:vda", "scsi") && !of("disk:vda", "fdc"));
        assert!(of("disk:sda", "fdc") && !of("disk:sda", "sata"));
    }

    #[test]
    fn controllers_have_the_models_of_their_kind() {
        let xml = "<domain><devices><controller type='usb' index='0'/>\
            <controller type='scsi' index='0'/></devices></domain>";
        let doc = Document::parse(xml).unwrap();
        let of =
            |id: &str, word| can_have(field("controller.model"), find(&doc, id).as_ref(), word);
        assert!(of("controller:usb:0", "qemu-xhci") && !of("controller:usb:0", "virtio-scsi"));
        assert!(of("controller:scsi:0", "virtio-scsi") && !of("controller:scsi:0", "nec-xhci"));
    }

    #[test]
    fn fields_are_shown_for_what_has_them() {
        let doc = Document::parse(GUEST).unwrap();
        let of = |identity: &str, id| is_meant(field(id), find(&doc, identity).as_ref(), None);
        assert!(of("disk:vda", "disk.queues") && !of("disk:sda", "disk.queues"));
        assert!(of("hostdev:usb:0x1", "hostdev.startup"));
        let card_has = |kind, id| {
            let card = format!("<domain><devices><interface type='{kind}'/></devices></domain>");
            let card = super::super::devices(&Document::parse(&card).unwrap()).remove(0);
            is_meant(field(id), Some(&card), None)
        };
        for id in ["interface.isolated", "interface.filter", "interface.mtu"] {
            let card = |kind| card_has(kind, id);
            assert!(card("network") && card("bridge") && !card("user") && !card("direct"), "{id}");
        }
        assert!(
            card_has("vhostuser", "interface.mtu") && !card_has("vhostuser", "interface.filter")
        );
        assert!(!of("hostdev:usb:0x1", "hostdev.rom_file"));
        assert!(!is_meant(field("keywrap.aes"), None, Some("x86_64")));
        assert!(is_meant(field("keywrap.aes"), None, Some("s390x")));
    }
}
