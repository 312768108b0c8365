//! What a new device needs beside itself.

use super::{NewDevice, numa};
use crate::model::xml::{Document, Position, XmlError};

/// Something that a new device needs and that is made with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Memory that the host's programs can share.
    SharedMemory,
    /// A NUMA node, or room and places for modules.
    RoomForModules,
    /// A controller for SCSI devices.
    ScsiController,
    /// A controller for USB devices, where the guest has none by choice.
    UsbController,
}

/// What is missing for the device. What libvirt adds by itself is not counted.
#[must_use]
pub fn needs(doc: &Document, new: &NewDevice) -> Vec<Need> {
    let mut missing = Vec::new();
    match new {
        NewDevice::Folder { .. } if !is_shared(doc) => missing.push(Need::SharedMemory),
        NewDevice::MemoryModule(bytes) if numa::lacks_room(doc, *bytes) => {
            missing.push(Need::RoomForModules);
        }
        _ => {}
    }
    // libvirt would make one of a model that few systems have drivers for.
    let scsi = match new {
        NewDevice::Disk { bus, .. } => bus == "scsi",
        NewDevice::HostScsi { .. } => true,
        _ => false,
    };
    if scsi && doc.find("devices/controller[@type='scsi']").is_none() {
        missing.push(Need::ScsiController);
    }
    let usb = match new {
        NewDevice::Input { bus, .. } | NewDevice::Disk { bus, .. } => bus == "usb",
        NewDevice::HostUsb { .. } | NewDevice::Redirection | NewDevice::Hub => true,
        _ => false,
    };
    if usb && doc.find("devices/controller[@type='usb'][@model='none']").is_some() {
        missing.push(Need::UsbController);
    }
    missing
}

/// Makes what is missing for the device.
pub(super) fn meet(doc: &mut Document, new: &NewDevice) -> Result<(), XmlError> {
    for need in needs(doc, new) {
        match need {
            Need::SharedMemory => share(doc)?,
            Need::RoomForModules => {
                if let NewDevice::MemoryModule(bytes) = new {
                    numa::make_room(doc, *bytes)?;
                }
            }
            Need::ScsiController => {
                let controller = "<controller type='scsi' model='virtio-scsi'/>";
                doc.insert_child("devices", Position::Last, controller)?;
            }
            Need::UsbController => {
                let none = "devices/controller[@type='usb'][@model='none']";
                doc.set_attr(none, "model", "qemu-xhci")?;
            }
        }
    }
    Ok(())
}

/// Whether virtiofsd could read the guest's memory.
pub(super) fn is_shared(doc: &Document) -> bool {
    let shared = doc.get("memoryBacking/access/@mode").as_deref() == Some("shared");
    shared && !is_anonymous(doc)
}

/// Whether the memory is nobody's but the guest's. Huge pages are files.
fn is_anonymous(doc: &Document) -> bool {
    let source = doc.get("memoryBacking/source/@type");
    doc.find("memoryBacking/hugepages").is_none()
        && matches!(source.as_deref(), None | Some("anonymous"))
}

fn share(doc: &mut Document) -> Result<(), XmlError> {
    if is_anonymous(doc) {
        doc.ensure("memoryBacking/source")?;
        doc.set_attr("memoryBacking/source", "type", "memfd")?;
    }
    doc.ensure("memoryBacking/access")?;
    doc.set_attr("memoryBacking/access", "mode", "shared")
}
