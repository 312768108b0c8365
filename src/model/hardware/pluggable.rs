//! Which devices a running guest can be given.

use super::{Device, DeviceKind, NewDevice, needs};
use crate::model::xml::Document;

/// Whether the running guest with the definition `live` can be given this
/// device now. Of hypervisors other than QEMU nothing is known: they are asked.
#[must_use]
pub fn is_pluggable(live: &Document, device: &Device) -> bool {
    if !matches!(live.root().attr("type").as_deref(), Some("qemu" | "kvm")) {
        return true;
    }
    let fact = |name| device.fact(name);
    match device.kind {
        DeviceKind::Interface
        | DeviceKind::Hostdev
        | DeviceKind::Redirdev
        | DeviceKind::Rng
        | DeviceKind::Lease => true,
        DeviceKind::Disk => matches!(fact("bus"), Some("virtio" | "scsi" | "usb")),
        DeviceKind::Input => matches!(fact("own bus"), Some("usb" | "virtio")),
        DeviceKind::Controller => {
            fact("type") == Some("scsi") && fact("model").is_none_or(|m| m.starts_with("virtio"))
        }
        DeviceKind::Shmem => has_plain_pci(live),
        DeviceKind::Watchdog => match fact("model") {
            Some("i6300esb") => has_plain_pci(live),
            model => model == Some("diag288"),
        },
        DeviceKind::Vsock => live.find("devices/vsock").is_none(),
        DeviceKind::Filesystem => needs::is_shared(live),
        DeviceKind::Memory => {
            let slots = live.get("maxMemory/@slots").and_then(|slots| slots.parse().ok());
            live.select("devices/memory").len() < slots.unwrap_or(0)
                && live.find("cpu/numa/cell").is_some()
        }
        DeviceKind::Channel | DeviceKind::Console => {
            let virtio = match device.kind {
                DeviceKind::Channel => fact("target type") == Some("virtio"),
                _ => fact("target type").is_some_and(|kind| kind.starts_with("virtio")),
            };
            // libvirt's qemu_monitor_json.c, "Hotplug unsupported for char device type".
            let stays_out = matches!(fact("type"), Some("spiceport" | "pipe" | "stdio" | "nmdm"));
            let bus = live.find("devices/controller[@type='virtio-serial']").is_some();
            virtio && bus && !stays_out
        }
        _ => false,
    }
}

/// Whether there is a place for devices that know no PCI Express.
fn has_plain_pci(live: &Document) -> bool {
    let buses = live.select("devices/controller[@type='pci']");
    let mut models = buses.iter().filter_map(|bus| bus.attr("model"));
    models.any(|model| model == "pci-root" || model.ends_with("pci-bridge"))
}

/// As [`is_pluggable`], of a device that is yet to be added.
#[must_use]
pub fn can_be_now(live: &Document, new: &NewDevice) -> bool {
    new.preview().is_some_and(|device| is_pluggable(live, &device))
}

/// Whether a guest can have only one such device.
#[must_use]
pub fn is_only_one(kind: DeviceKind) -> bool {
    matches!(
        kind,
        DeviceKind::Tpm
            | DeviceKind::Vsock
            | DeviceKind::Iommu
            | DeviceKind::Pstore
            | DeviceKind::Memballoon
            | DeviceKind::Redirfilter
    )
}
