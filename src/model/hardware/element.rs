//! The elements of new devices, with usual settings.

use std::collections::HashSet;

use super::NewDevice;
use crate::model::{
    PciAddress,
    xml::{Document, NewElement},
};

/// The names by which the guest's programs find SPICE's channels.
const SPICE_AGENT: &str = "com.redhat.spice.0";
const SPICE_WEBDAV: &str = "org.spice-space.webdav.0";

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn element(doc: &Document, new: &NewDevice) -> NewElement {
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
            host("pci").attr("managed", "yes").child(NewElement::new("source").child(pci(*address)))
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
        NewDevice::Parallel => NewElement::new("parallel").attr("type", "pty"),
        NewDevice::SpiceAgentChannel => {
            NewElement::new("channel").attr("type", "spicevmc").child(virtio_port(SPICE_AGENT))
        }
        NewDevice::VdagentChannel => NewElement::new("channel")
            .attr("type", "qemu-vdagent")
            .child(
                NewElement::new("source")
                    .child(NewElement::new("clipboard").attr("copypaste", "yes"))
                    .child(NewElement::new("mouse").attr("mode", "client")),
            )
            .child(virtio_port(SPICE_AGENT)),
        NewDevice::WebdavChannel => NewElement::new("channel")
            .attr("type", "spiceport")
            .child(NewElement::new("source").attr("channel", SPICE_WEBDAV))
            .child(virtio_port(SPICE_WEBDAV)),
        NewDevice::Audio(kind) => {
            let id = free(doc, "devices/audio", "id", 1, |number| number.to_string());
            NewElement::new("audio").attr("id", id).attr("type", kind)
        }
        NewDevice::SharedMemory(bytes) => {
            let name = free(doc, "devices/shmem", "name", 0, |number| format!("shmem{number}"));
            NewElement::new("shmem")
                .attr("name", name)
                .child(NewElement::new("model").attr("type", "ivshmem-plain"))
                .child(NewElement::with_text("size", bytes.to_string()).attr("unit", "B"))
        }
        NewDevice::Pstore => {
            // Beside the guest's NVRAM, as libvirt would name it.
            let name = doc.get("name").unwrap_or_default();
            let path = format!("/var/lib/libvirt/qemu/nvram/{name}_PSTORE.raw");
            NewElement::new("pstore")
                .attr("backend", "acpi-erst")
                .child(NewElement::with_text("path", path))
                .child(NewElement::with_text("size", "64").attr("unit", "KiB"))
        }
        NewDevice::Hub => NewElement::new("hub").attr("type", "usb"),
        NewDevice::RedirectionFilter => {
            NewElement::new("redirfilter").child(NewElement::new("usbdev").attr("allow", "yes"))
        }
        NewDevice::HostNvme { address, namespace } => NewElement::new("disk")
            .attr("type", "nvme")
            .attr("device", "disk")
            .child(NewElement::new("driver").attr("name", "qemu").attr("type", "raw"))
            .child(
                NewElement::new("source")
                    .attr("type", "pci")
                    .attr("managed", "yes")
                    .attr("namespace", namespace)
                    .child(pci(*address)),
            )
            .child(
                NewElement::new("target")
                    .attr("dev", free_target(doc, "virtio"))
                    .attr("bus", "virtio"),
            ),
        NewDevice::HostScsi { adapter, bus, target, unit } => host("scsi").child(
            NewElement::new("source")
                .child(NewElement::new("adapter").attr("name", format!("scsi_host{adapter}")))
                .child(
                    NewElement::new("address")
                        .attr("bus", bus)
                        .attr("target", target)
                        .attr("unit", unit),
                ),
        ),
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
fn free_target(doc: &Document, bus: &str) -> String {
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

fn virtio_port(name: &str) -> NewElement {
    NewElement::new("target").attr("type", "virtio").attr("name", name)
}

fn pci(address: PciAddress) -> NewElement {
    let PciAddress { domain, bus, slot, function } = address;
    NewElement::new("address")
        .attr("domain", format!("0x{domain:04x}"))
        .attr("bus", format!("0x{bus:02x}"))
        .attr("slot", format!("0x{slot:02x}"))
        .attr("function", format!("0x{function:x}"))
}

/// The first name, counting from `first`, that no such element has.
fn free(
    doc: &Document,
    path: &str,
    attribute: &str,
    first: usize,
    name: impl Fn(usize) -> String,
) -> String {
    let elements = doc.select(path);
    let taken: HashSet<String> = elements.iter().filter_map(|e| e.attr(attribute)).collect();
    let mut names = (first..=first + taken.len()).map(&name);
    names.find(|name| !taken.contains(name)).unwrap_or_else(|| name(first))
}
