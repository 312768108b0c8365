//! The devices of a definition.

use super::{FirmwareChoice, Location, Notice, traits::Traits};
use crate::model::{NetworkChoice, ScreenProtocol, osinfo::devices as ids, xml::NewElement};

/// As many as QEMU's firmware copes with; each is room for a device that is
/// plugged in while the guest runs.
const SPARE_PCIE_PORTS: usize = 14;

/// Places in the boot order; nothing keeps a device out of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BootOrder {
    pub(super) disk: Option<u32>,
    pub(super) cdrom: Option<u32>,
    pub(super) network: Option<u32>,
}

fn boot(order: Option<u32>) -> Option<NewElement> {
    order.map(|order| NewElement::new("boot").attr("order", order))
}

/// The disk's bus.
pub(super) fn disk_bus(t: &Traits<'_>) -> &'static str {
    let offered = &t.request.domain.disk_buses;
    let order: &[&'static str] = if !t.qemu {
        if t.request.guest.target.virt_type.name() == "bhyve" { &["sata"] } else { &["ide"] }
    } else if t.virtio(ids::VIRTIO_BLOCK) {
        &["virtio", "scsi", "sata"]
    } else if t.q35 {
        &["sata", "virtio"]
    } else if t.x86 {
        &["ide", "sata"]
    } else {
        // Windows on ARM has drivers for USB storage and little else.
        &["usb", "scsi"]
    };
    order.iter().find(|bus| offered.has_or(bus, true)).unwrap_or(&order[0])
}

/// The CD drive's bus.
pub(super) fn cdrom_bus(t: &Traits<'_>) -> &'static str {
    let offered = &t.request.domain.disk_buses;
    let order: &[&'static str] = if !t.qemu {
        if t.request.guest.target.virt_type.name() == "bhyve" { &["sata"] } else { &["ide"] }
    } else if t.q35 {
        &["sata", "usb"]
    } else if t.x86 {
        &["ide", "sata", "usb"]
    } else if t.virtio(ids::VIRTIO_SCSI) {
        &["scsi", "usb"]
    } else {
        &["usb", "scsi"]
    };
    order.iter().find(|bus| offered.has_or(bus, true)).unwrap_or(&order[0])
}

fn letter(bus: &str, index: usize) -> String {
    let prefix = match bus {
        "virtio" => "vd",
        "ide" => "hd",
        _ => "sd",
    };
    let letter = char::from(b'a' + u8::try_from(index).unwrap_or(0).min(25));
    format!("{prefix}{letter}")
}

fn source(location: &Location) -> (&'static str, NewElement) {
    let source = NewElement::new("source");
    match location {
        Location::File(path) => ("file", source.attr("file", path)),
        Location::Block(path) => ("block", source.attr("dev", path)),
        Location::Volume { pool, volume } => {
            ("volume", source.attr("pool", pool).attr("volume", volume))
        }
    }
}

/// The disk, and the CD drive with the medium if `with_medium`.
pub(super) fn disks(t: &Traits<'_>, order: BootOrder, with_medium: bool) -> Vec<NewElement> {
    let guest = t.request.guest;
    let mut disks = Vec::new();
    let (disk_bus, cdrom_bus) = (disk_bus(t), cdrom_bus(t));
    if let Some(disk) = &guest.disk {
        let (kind, source) = source(&disk.location);
        let mut driver = NewElement::new("driver").attr("name", "qemu").attr("type", &disk.format);
        if matches!(disk.location, Location::Block(_)) {
            // The device is its own store: the host's cache would hold all twice.
            driver = driver.attr("cache", "none").attr("io", "native");
        }
        // What the guest deletes is given back to the host's storage.
        driver = driver.attr("discard", "unmap");
        disks.push(
            NewElement::new("disk")
                .attr("type", kind)
                .attr("device", "disk")
                .child_opt(t.qemu.then_some(driver))
                .child(source)
                .child(
                    NewElement::new("target")
                        .attr("dev", letter(disk_bus, 0))
                        .attr("bus", disk_bus),
                )
                .child_opt(boot(order.disk.filter(|_| t.qemu))),
        );
    }
    // A drive is there also with nothing in it: guest tools and rescue media
    // come on CDs, and a drive cannot be added while the guest runs.
    let medium = guest.medium.as_ref().filter(|_| with_medium).map(|m| source(&m.location));
    let (kind, source) = medium.map_or(("file", None), |(kind, source)| (kind, Some(source)));
    let shared_bus = guest.disk.is_some() && letter(disk_bus, 0) == letter(cdrom_bus, 0);
    let driver = NewElement::new("driver").attr("name", "qemu").attr("type", "raw");
    disks.push(
        NewElement::new("disk")
            .attr("type", kind)
            .attr("device", "cdrom")
            .child_opt(t.qemu.then_some(driver))
            .child_opt(source)
            .child(
                NewElement::new("target")
                    .attr("dev", letter(cdrom_bus, usize::from(shared_bus)))
                    .attr("bus", cdrom_bus),
            )
            .child(NewElement::new("readonly"))
            .child_opt(boot(order.cdrom.filter(|_| t.qemu))),
    );
    disks
}

/// Controllers beyond those that libvirt adds itself.
pub(super) fn controllers(t: &Traits<'_>) -> Vec<NewElement> {
    let controller = |kind: &'static str| NewElement::new("controller").attr("type", kind);
    let mut all = Vec::new();
    if !t.qemu {
        return all;
    }
    let xhci = t.open || t.virtio_machine || t.virt || t.request.os.supports(ids::USB3);
    if t.s390x {
        all.push(controller("usb").attr("model", "none"));
    } else if xhci {
        all.push(controller("usb").attr("model", "qemu-xhci").attr("ports", 15));
    } else if t.q35 {
        let companion = |index: u32| {
            controller("usb")
                .attr("index", 0)
                .attr("model", format!("ich9-uhci{}", index + 1))
                .child(NewElement::new("master").attr("startport", index * 2))
        };
        all.push(controller("usb").attr("index", 0).attr("model", "ich9-ehci1"));
        all.extend((0..3).map(companion));
    }
    if disk_bus(t) == "scsi" || cdrom_bus(t) == "scsi" {
        all.push(controller("scsi").attr("index", 0).attr("model", "virtio-scsi"));
    }
    if t.pcie() {
        all.push(controller("pci").attr("index", 0).attr("model", "pcie-root"));
        all.extend(
            (0..SPARE_PCIE_PORTS).map(|_| controller("pci").attr("model", "pcie-root-port")),
        );
    }
    all
}

/// The network card's model; nothing leaves it to libvirt.
pub(super) fn nic_model(t: &Traits<'_>) -> Option<&'static str> {
    if !t.qemu {
        return None;
    }
    if t.virtio(ids::VIRTIO_NET) {
        return Some("virtio");
    }
    if t.q35 {
        return Some("e1000e");
    }
    if !t.x86 {
        return None;
    }
    let known = [
        ("e1000", ids::E1000),
        ("rtl8139", ids::RTL8139),
        ("ne2k_pci", ids::NE2K_PCI),
        ("pcnet", ids::PCNET),
    ];
    let found = known.iter().find(|(_, ids)| t.request.os.supports(ids));
    Some(found.map_or("e1000", |(model, _)| model))
}

/// The network interface.
pub(super) fn interface(t: &Traits<'_>, order: BootOrder) -> Option<NewElement> {
    let (kind, source) = match &t.request.guest.network {
        NetworkChoice::Network(name) => {
            ("network", Some(NewElement::new("source").attr("network", name)))
        }
        NetworkChoice::Bridge(name) => {
            ("bridge", Some(NewElement::new("source").attr("bridge", name)))
        }
        NetworkChoice::User => ("user", None),
        NetworkChoice::None => return None,
    };
    // The address is said, so that both definitions have the same; it comes from
    // the random part of the UUID, under the prefix of the hypervisor's maker.
    let uuid = t.request.guest.uuid.as_bytes();
    let prefix =
        if t.request.guest.target.virt_type.name() == "xen" { "00:16:3e" } else { "52:54:00" };
    let mac = format!("{prefix}:{:02x}:{:02x}:{:02x}", uuid[13], uuid[14], uuid[15]);
    Some(
        NewElement::new("interface")
            .attr("type", kind)
            .child(NewElement::new("mac").attr("address", mac))
            .child_opt(source)
            .child_opt(nic_model(t).map(|model| NewElement::new("model").attr("type", model)))
            .child_opt(boot(order.network.filter(|_| t.qemu))),
    )
}

/// Which protocols the screen of such a guest can speak, the better one first.
pub(super) fn screen_protocols(t: &Traits<'_>) -> Vec<ScreenProtocol> {
    let xen = t.request.guest.target.virt_type.name() == "xen";
    if t.s390x || !(t.qemu || xen) {
        return Vec::new();
    }
    let offered = &t.request.domain.graphics;
    let mut protocols = Vec::new();
    if t.qemu && offered.has("spice") {
        protocols.push(ScreenProtocol::Spice);
    }
    if offered.has_or("vnc", true) {
        protocols.push(ScreenProtocol::Vnc);
    }
    protocols
}

/// What the screen speaks: as chosen, if that can be; nothing without a screen.
pub(super) fn screen_protocol(t: &Traits<'_>) -> Option<ScreenProtocol> {
    let protocols = screen_protocols(t);
    let chosen = t.request.guest.screen.filter(|chosen| protocols.contains(chosen));
    chosen.or_else(|| protocols.first().copied())
}

/// The graphics card's model; nothing where there are no graphics.
pub(super) fn video_model(t: &Traits<'_>, firmware: FirmwareChoice) -> Option<&'static str> {
    let offered = &t.request.domain.video;
    let protocol = screen_protocol(t)?;
    if !t.qemu {
        return Some("vga");
    }
    let uefi = firmware != FirmwareChoice::Bios;
    Some(if t.pseries {
        "vga"
    } else if t.virtio(ids::VIRTIO_GPU) && offered.has_or("virtio", true) {
        "virtio"
    } else if t.x86 && !t.open && protocol == ScreenProtocol::Spice && offered.has("qxl") {
        // A plain VGA card until the system has a driver for it; new systems
        // drive the plain card better.
        "qxl"
    } else if !t.x86 && offered.has("ramfb") {
        "ramfb"
    } else if !t.x86 {
        "virtio"
    } else if uefi && offered.has("bochs") {
        "bochs"
    } else {
        "vga"
    })
}

/// Screen, keyboard and pointer.
pub(super) fn screen(
    t: &Traits<'_>,
    firmware: FirmwareChoice,
    notices: &mut Vec<Notice>,
) -> Vec<NewElement> {
    let (Some(protocol), Some(video)) = (screen_protocol(t), video_model(t, firmware)) else {
        if t.qemu && !t.s390x {
            notices.push(Notice::NoGraphics);
        }
        return Vec::new();
    };
    let input = |kind: &'static str| NewElement::new("input").attr("type", kind).attr("bus", "usb");
    let mut devices = Vec::new();
    if t.qemu {
        // A tablet gives the pointer's place, so nothing has to be grabbed.
        devices.push(input("tablet"));
        if !t.x86 {
            devices.push(input("keyboard"));
        }
    }
    // It listens where the host's own configuration says: on its loopback,
    // unless the administrator chose otherwise. A local console comes through a
    // file descriptor of libvirt's and a remote one through SSH, so no guest
    // needs to be open to the network.
    let port = (protocol == ScreenProtocol::Vnc).then_some(-1);
    let audio = vnc_sound(t).then(|| NewElement::new("audio").attr("id", 1));
    devices.push(
        NewElement::new("graphics")
            .attr("type", protocol.name())
            .attr_opt("port", port)
            .attr("autoport", "yes")
            .child(NewElement::new("listen").attr("type", "address"))
            .children(audio),
    );
    let mut model = NewElement::new("model").attr("type", video);
    if video == "virtio" {
        model = model.attr("heads", 1).attr("primary", "yes");
    }
    devices.push(NewElement::new("video").child(model));
    devices
}

/// The TPM, where the guest boots through UEFI and the host can emulate one.
pub(super) fn tpm(
    t: &Traits<'_>,
    firmware: FirmwareChoice,
    notices: &mut Vec<Notice>,
) -> Option<NewElement> {
    let domain = t.request.domain;
    if !t.qemu || firmware == FirmwareChoice::Bios {
        return None;
    }
    if !domain.has_tpm_emulator() {
        if t.windows && t.request.os.bios == Some(false) {
            notices.push(Notice::NoTpm);
        }
        return None;
    }
    let model = ["tpm-crb", "tpm-tis"].into_iter().find(|m| domain.tpm_models.has(m));
    let backend = NewElement::new("backend").attr("type", "emulator");
    let v2 = domain.tpm_versions.has_or("2.0", true);
    let backend = backend.attr_opt("version", v2.then_some("2.0"));
    Some(NewElement::new("tpm").attr_opt("model", model).child(backend))
}

/// The text console, the agent's channel, random numbers and the balloon.
pub(super) fn others(t: &Traits<'_>) -> Vec<NewElement> {
    let mut devices = Vec::new();
    if t.s390x {
        let target = NewElement::new("target").attr("type", "sclp");
        devices.push(NewElement::new("console").attr("type", "pty").child(target));
    } else if t.qemu || t.request.guest.target.virt_type.name() == "xen" {
        devices.push(NewElement::new("console").attr("type", "pty"));
    }
    if !t.qemu {
        return devices;
    }
    // Also for Windows, which gets driver and agent from the same CD later: the
    // agent then works at once, without changing the definition.
    let channel = t.virtio_or_open(ids::VIRTIO_CONSOLE) || t.windows;
    if channel && t.request.domain.channels.has_or("unix", true) {
        let target =
            NewElement::new("target").attr("type", "virtio").attr("name", "org.qemu.guest_agent.0");
        devices.push(NewElement::new("channel").attr("type", "unix").child(target));
    }
    if t.virtio_or_open(ids::VIRTIO_BALLOON) {
        devices.push(NewElement::new("memballoon").attr("model", "virtio"));
    }
    let rng = &t.request.domain;
    if t.virtio_or_open(ids::VIRTIO_RNG)
        && rng.rng_models.has_or("virtio", true)
        && rng.rng_backends.has_or("random", true)
    {
        let backend = NewElement::with_text("backend", "/dev/urandom").attr("model", "random");
        devices.push(NewElement::new("rng").attr("model", "virtio").child(backend));
    }
    devices
}

/// Whether a VNC server is to send the guest's sound. libvirt knows how since
/// 7.2; it tells of channels since 8.10.
fn vnc_sound(t: &Traits<'_>) -> bool {
    let vnc = screen_protocol(t) == Some(ScreenProtocol::Vnc);
    vnc && t.qemu && t.x86 && t.request.domain.channels.0.is_some()
}

fn sound(t: &Traits<'_>) -> NewElement {
    NewElement::new("sound").attr("model", if t.q35 { "ich9" } else { "ich6" })
}

/// What a VNC server is good for beside the screen: sound, which plays nothing
/// on the host itself.
pub(super) fn with_vnc(t: &Traits<'_>) -> Vec<NewElement> {
    if !vnc_sound(t) {
        return Vec::new();
    }
    vec![sound(t), NewElement::new("audio").attr("id", 1).attr("type", "none")]
}

/// What a SPICE server is good for beside the screen: the agent's channel
/// (clipboard, screen size, files), sound, USB devices of the user's computer.
pub(super) fn with_spice(t: &Traits<'_>) -> Vec<NewElement> {
    /// How many USB devices can be redirected at a time; virt-manager's number.
    const REDIRECTIONS: usize = 2;

    let mut devices = Vec::new();
    if screen_protocol(t) != Some(ScreenProtocol::Spice) {
        return devices;
    }
    let domain = t.request.domain;
    // Also for Windows, whose drivers and agent come later from one CD.
    let channel = t.virtio_or_open(ids::VIRTIO_CONSOLE) || t.windows;
    if channel && domain.channels.has_or("spicevmc", true) {
        let target =
            NewElement::new("target").attr("type", "virtio").attr("name", "com.redhat.spice.0");
        devices.push(NewElement::new("channel").attr("type", "spicevmc").child(target));
    }
    if t.x86 {
        devices.push(sound(t));
    }
    if t.x86 && domain.redirdev.has_or("usb", true) {
        let redirection = NewElement::new("redirdev").attr("bus", "usb").attr("type", "spicevmc");
        devices.extend(vec![redirection; REDIRECTIONS]);
    }
    devices
}
