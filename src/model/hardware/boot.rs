//! What a guest tries to start from, in which order.

use super::{Device, DeviceKind, devices};
use crate::model::xml::{Document, Position, XmlError};

/// A device that a guest can start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootEntry {
    /// The device.
    pub device: Device,
    /// Whether it is tried at all.
    pub enabled: bool,
}

/// What the guest can start from: what it tries first, then the rest.
///
/// Both of libvirt's ways are understood: an order on each device, and the
/// older list of kinds in `<os>`, of which the first device of a kind counts.
#[must_use]
pub fn boot_order(doc: &Document) -> Vec<BootEntry> {
    let bootable: Vec<Device> = devices(doc).into_iter().filter(is_bootable).collect();
    let order = |device: &Device| -> Option<u32> {
        doc.get(&format!("{}/boot/@order", device.path()))?.parse().ok()
    };
    let mut listed: Vec<(u32, Device)> =
        bootable.iter().filter_map(|device| Some((order(device)?, device.clone()))).collect();
    listed.sort_by_key(|(order, _)| *order);
    let mut first: Vec<Device> = listed.into_iter().map(|(_, device)| device).collect();
    if first.is_empty() {
        for kind in doc.select("os/boot").iter().filter_map(|boot| boot.attr("dev")) {
            first.extend(bootable.iter().find(|device| is_of(device, &kind)).cloned());
        }
    }
    let rest: Vec<Device> = bootable.into_iter().filter(|device| !first.contains(device)).collect();
    let entry = |enabled| move |device| BootEntry { device, enabled };
    first.into_iter().map(entry(true)).chain(rest.into_iter().map(entry(false))).collect()
}

/// Writes the order onto the devices; those that are not enabled have none. The
/// older list is taken away, since libvirt refuses both together.
///
/// # Errors
/// If a device is not in the definition.
pub fn set_boot_order(doc: &mut Document, entries: &[BootEntry]) -> Result<(), XmlError> {
    if boot_order(doc) == entries {
        return Ok(());
    }
    while doc.find("os/boot").is_some() {
        doc.remove("os/boot")?;
    }
    for entry in entries {
        let path = format!("{}/boot", entry.device.path());
        if doc.find(&path).is_some() {
            doc.remove(path.as_str())?;
        }
    }
    for (place, entry) in entries.iter().filter(|entry| entry.enabled).enumerate() {
        let boot = format!("<boot order='{}'/>", place + 1);
        doc.insert_child(entry.device.path().as_str(), Position::Last, &boot)?;
    }
    Ok(())
}

fn is_bootable(device: &Device) -> bool {
    match device.kind {
        DeviceKind::Disk | DeviceKind::Interface | DeviceKind::Redirdev => true,
        DeviceKind::Hostdev => matches!(device.fact("type"), Some("usb" | "pci")),
        _ => false,
    }
}

/// Whether it is of a kind in the older list.
fn is_of(device: &Device, kind: &str) -> bool {
    let role = device.fact("device").unwrap_or("disk");
    match kind {
        "hd" => device.kind == DeviceKind::Disk && matches!(role, "disk" | "lun"),
        "cdrom" => device.kind == DeviceKind::Disk && role == "cdrom",
        "fd" => device.kind == DeviceKind::Disk && role == "floppy",
        "network" => device.kind == DeviceKind::Interface,
        _ => false,
    }
}
