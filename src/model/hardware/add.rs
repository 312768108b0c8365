//! Devices that come and go.

use std::collections::HashSet;

use super::{Device, DeviceKind, devices, numa};
use crate::model::{
    PciAddress,
    xml::{Document, NewElement, Position, XmlError},
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
}

/// Adds a device, and what it needs: a free name, shared memory for a folder.
/// Returns the new device.
///
/// # Errors
/// If a text cannot be written into a definition, or the definition has no
/// `<devices>`.
pub fn add(doc: &mut Document, new: &NewDevice) -> Result<Device, XmlError> {
    if let NewDevice::Folder { .. } = new {
        // virtiofsd reads the guest's memory.
        for (path, name, value) in
            [("memoryBacking/source", "type", "memfd"), ("memoryBacking/access", "mode", "shared")]
        {
            let at = doc.ensure(path)?;
            doc.set_attr(at, name, value)?;
        }
    }
    let modules = numa::module_bytes(doc);
    if let NewDevice::MemoryModule(bytes) = new {
        numa::make_room(doc, *bytes)?;
    }
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

fn element(doc: &Document, new: &NewDevice) -> NewElement {
    let host = |kind: &str| NewElement::new("hostdev").attr("mode", "subsystem").attr("type", kind);
    match new {
        NewDevice::Disk { device, bus, source, format } => {
            disk(doc, device, bus, source.as_deref(), format)
        }
        NewDevice::Interface { kind, source, model } => {
            let name = match kind.as_str() {
                "network" => "network",
                "bridge" => "bridge",
                _ => "dev",
            };
            NewElement::new("interface")
                .attr("type", kind)
                .child_opt(source.as_ref().map(|s| NewElement::new("source").attr(name, s)))
                .child_opt(model.as_ref().map(|m| NewElement::new("model").attr("type", m)))
        }
        NewDevice::Input { kind, bus } => {
            NewElement::new("input").attr("type", kind).attr("bus", bus)
        }
        // No listener on any network: the console opens it by a descriptor.
        NewDevice::Graphics(kind) => NewElement::new("graphics")
            .attr("type", kind)
            .child(NewElement::new("listen").attr("type", "none")),
        NewDevice::Video(model) => {
            NewElement::new("video").child(NewElement::new("model").attr("type", model))
        }
        NewDevice::Sound(model) => NewElement::new("sound").attr("model", model),
        NewDevice::Serial => NewElement::new("serial").attr("type", "pty"),
        NewDevice::Console(kind) => NewElement::new("console")
            .attr("type", "pty")
            .child(NewElement::new("target").attr("type", kind)),
        NewDevice::AgentChannel => NewElement::new("channel").attr("type", "unix").child(
            NewElement::new("target").attr("type", "virtio").attr("name", "org.qemu.guest_agent.0"),
        ),
        NewDevice::HostUsb { vendor, product, place } => {
            let id =
                |name, number: &u16| NewElement::new(name).attr("id", format!("0x{number:04x}"));
            let source = NewElement::new("source")
                .child(id("vendor", vendor))
                .child(id("product", product))
                .child_opt(place.map(|(bus, number)| {
                    NewElement::new("address").attr("bus", bus).attr("device", number)
                }));
            host("usb").attr("managed", "yes").child(source)
        }
        NewDevice::HostPci(address) => {
            let PciAddress { domain, bus, slot, function } = address;
            let address = NewElement::new("address")
                .attr("domain", format!("0x{domain:04x}"))
                .attr("bus", format!("0x{bus:02x}"))
                .attr("slot", format!("0x{slot:02x}"))
                .attr("function", format!("0x{function:x}"));
            host("pci").attr("managed", "yes").child(NewElement::new("source").child(address))
        }
        NewDevice::HostMediated(uuid) => host("mdev")
            .attr("model", "vfio-pci")
            .child(NewElement::new("source").child(NewElement::new("address").attr("uuid", uuid))),
        NewDevice::Folder { source, target, readonly } => NewElement::new("filesystem")
            .attr("type", "mount")
            .attr("accessmode", "passthrough")
            .child(NewElement::new("driver").attr("type", "virtiofs"))
            .child(NewElement::new("source").attr("dir", source))
            .child(NewElement::new("target").attr("dir", target))
            .child_opt(readonly.then(|| NewElement::new("readonly"))),
        NewDevice::Tpm(version) => NewElement::new("tpm")
            .attr("model", if version == "1.2" { "tpm-tis" } else { "tpm-crb" })
            .child(NewElement::new("backend").attr("type", "emulator").attr("version", version)),
        NewDevice::Rng => NewElement::new("rng")
            .attr("model", "virtio")
            .child(NewElement::with_text("backend", "/dev/urandom").attr("model", "random")),
        NewDevice::Watchdog(model, action) => {
            NewElement::new("watchdog").attr("model", model).attr("action", action)
        }
        NewDevice::Panic(model) => NewElement::new("panic").attr("model", model),
        NewDevice::Vsock => NewElement::new("vsock")
            .attr("model", "virtio")
            .child(NewElement::new("cid").attr("auto", "yes")),
        NewDevice::Controller(kind, model) => {
            NewElement::new("controller").attr("type", kind).attr_opt("model", model.as_ref())
        }
        NewDevice::Redirection => {
            NewElement::new("redirdev").attr("bus", "usb").attr("type", "spicevmc")
        }
        NewDevice::Iommu(model) => NewElement::new("iommu").attr("model", model),
        NewDevice::MemoryModule(bytes) => NewElement::new("memory").attr("model", "dimm").child(
            NewElement::new("target")
                .child(
                    NewElement::with_text("size", (bytes / 1024).to_string()).attr("unit", "KiB"),
                )
                .child(NewElement::with_text("node", "0")),
        ),
        NewDevice::Balloon => NewElement::new("memballoon").attr("model", "virtio"),
        NewDevice::Smartcard => {
            NewElement::new("smartcard").attr("mode", "passthrough").attr("type", "spicevmc")
        }
        NewDevice::Crypto => NewElement::new("crypto")
            .attr("model", "virtio")
            .attr("type", "qemu")
            .child(NewElement::new("backend").attr("model", "builtin")),
    }
}

fn disk(doc: &Document, device: &str, bus: &str, source: Option<&str>, format: &str) -> NewElement {
    // A device file of the host is a block device, all else an image.
    let block = source.is_some_and(|path| path.starts_with("/dev/"));
    let (kind, attribute) = if block { ("block", "dev") } else { ("file", "file") };
    let writable = device != "cdrom";
    let driver = NewElement::new("driver")
        .attr("name", "qemu")
        .attr("type", if writable { format } else { "raw" })
        .attr_opt("discard", (device == "disk").then_some("unmap"));
    NewElement::new("disk")
        .attr("type", kind)
        .attr("device", device)
        .child(driver)
        .child_opt(source.map(|path| NewElement::new("source").attr(attribute, path)))
        .child(NewElement::new("target").attr("dev", free_target(doc, bus)).attr("bus", bus))
        .child_opt((!writable).then(|| NewElement::new("readonly")))
}

/// The first free name of a disk on such a bus: `vda` … `vdz`, `vdaa`.
pub(super) fn free_target(doc: &Document, bus: &str) -> String {
    let prefix = match bus {
        "virtio" => "vd",
        "ide" => "hd",
        "fdc" => "fd",
        _ => "sd",
    };
    let taken: HashSet<String> =
        doc.select("devices/disk/target").iter().filter_map(|target| target.attr("dev")).collect();
    // More than any machine has places for.
    let mut names = (0..18_278).map(|number| format!("{prefix}{}", letters(number)));
    names.find(|name| !taken.contains(name)).unwrap_or_else(|| format!("{prefix}zzzz"))
}

/// `a` … `z`, `aa`, `ab` … as Linux counts disks.
fn letters(mut number: u32) -> String {
    let mut text = Vec::new();
    loop {
        text.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or(0)));
        match (number / 26).checked_sub(1) {
            Some(rest) => number = rest,
            None => break,
        }
    }
    text.iter().rev().collect()
}
