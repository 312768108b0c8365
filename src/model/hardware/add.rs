//! Devices that come and go.

use super::{Device, DeviceKind, devices, element::element, needs, numa};
use crate::model::{
    PciAddress,
    xml::{Document, Position, XmlError},
};

/// A device to be added, as far as a person chooses; the rest is libvirt's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewDevice {
    /// A disk or drive.
    Disk {
        /// `disk`, `cdrom`, `floppy` or `lun`.
        device: String,
        /// What it is plugged into.
        bus: String,
        /// The image, device or medium; nothing for an empty drive.
        source: Option<String>,
        /// The image's format.
        format: String,
    },
    /// A network interface.
    Interface {
        /// `network`, `bridge`, `user` or `direct`.
        kind: String,
        /// The network, bridge or interface of the host.
        source: Option<String>,
        /// The card that the guest sees; nothing leaves it to libvirt.
        model: Option<String>,
    },
    /// Something to point or type with.
    Input {
        /// `tablet`, `mouse` or `keyboard`.
        kind: String,
        /// `usb` or `virtio`.
        bus: String,
    },
    /// A console of this protocol, on this computer only.
    Graphics(String),
    /// A graphics card of this model.
    Video(String),
    /// A sound card of this model.
    Sound(String),
    /// A serial port.
    Serial,
    /// A text console of this type: `virtio`, say.
    Console(String),
    /// The channel of the guest's own agent.
    AgentChannel,
    /// A USB device of the host, by its maker's and its own number.
    HostUsb {
        /// The maker's number.
        vendor: u16,
        /// The product's number.
        product: u16,
        /// Bus and number there, where two are alike.
        place: Option<(u32, u32)>,
    },
    /// A PCI function of the host.
    HostPci(PciAddress),
    /// A mediated device of the host.
    HostMediated(String),
    /// A folder of the host, shared by virtiofs.
    Folder {
        /// The host's folder.
        source: String,
        /// The name that the guest mounts.
        target: String,
        /// Whether the guest may only read.
        readonly: bool,
    },
    /// A TPM chip of the version.
    Tpm(String),
    /// A source of chance.
    Rng,
    /// A watchdog of this model, with what happens when the guest hangs.
    Watchdog(String, String),
    /// A way to tell of a crash.
    Panic(String),
    /// A socket between host and guest.
    Vsock,
    /// A controller of this type and model.
    Controller(String, Option<String>),
    /// A place for USB devices of the viewer's computer.
    Redirection,
    /// An IOMMU.
    Iommu(String),
    /// A memory module of so many bytes on the guest's node 0.
    MemoryModule(u64),
    /// The balloon.
    Balloon,
    /// A smart card of the viewer's computer.
    Smartcard,
    /// A processor for encryption.
    Crypto,
    /// A parallel port.
    Parallel,
    /// The channel of SPICE's agent in the guest.
    SpiceAgentChannel,
    /// The same for other consoles: QEMU itself speaks with the agent.
    VdagentChannel,
    /// The channel of SPICE's shared folder.
    WebdavChannel,
    /// A way out for sound of this type.
    Audio(String),
    /// So many bytes that the guest shares with programs of the host.
    SharedMemory(u64),
    /// A file that keeps what the guest said last.
    Pstore,
    /// A hub for USB devices.
    Hub,
    /// Rules for the devices that come from the viewer's computer.
    RedirectionFilter,
    /// A namespace of an `NVMe` drive of the host, as a disk.
    HostNvme {
        /// Where the drive is.
        address: PciAddress,
        /// Which of its namespaces.
        namespace: u32,
    },
    /// A SCSI device of the host.
    HostScsi {
        /// The number of the host's adapter.
        adapter: u32,
        /// Its bus.
        bus: u32,
        /// The target there.
        target: u32,
        /// The unit of the target.
        unit: u32,
    },
}

/// Adds a device, and [what it needs](super::needs()): a free name, a controller,
/// shared memory for a folder.
/// Returns the new device.
///
/// # Errors
/// If a text cannot be written into a definition, or the definition has no
/// `<devices>`.
pub fn add(doc: &mut Document, new: &NewDevice) -> Result<Device, XmlError> {
    let modules = numa::module_bytes(doc);
    needs::meet(doc, new)?;
    let element = element(doc, new);
    let xml =
        element.to_xml().map_err(|error| XmlError::Malformed { line: 0, problem: error.into() })?;
    // After the last of its kind: so it stays together and the order of the
    // others is theirs.
    let kind = xml.trim_start_matches('<');
    let name = &kind[..kind.find([' ', '/', '>', '\n']).unwrap_or(kind.len())];
    let last = doc.select(&format!("devices/{name}")).last().map(crate::model::xml::Element::id);
    let position = last.map_or(Position::Last, Position::After);
    doc.insert_child("devices", position, &xml)?;
    let ordinal = doc.select(&format!("devices/{name}")).len();
    let kind = DeviceKind::of_element(name);
    if kind == Some(DeviceKind::Memory) {
        numa::modules_changed(doc, modules)?;
    }
    devices(doc)
        .into_iter()
        .find(|device| Some(device.kind) == kind && device.ordinal == ordinal)
        .ok_or_else(|| XmlError::NotFound(name.to_owned()))
}

/// Takes a device away. No file of a disk goes with it.
///
/// # Errors
/// If the device is not in the definition.
pub fn remove(doc: &mut Document, device: &Device) -> Result<(), XmlError> {
    let modules = numa::module_bytes(doc);
    doc.remove(device.path().as_str())?;
    if device.kind == DeviceKind::Memory {
        numa::modules_changed(doc, modules)?;
    }
    Ok(())
}
