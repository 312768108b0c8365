//! The names of devices, fields and mistakes.

use gettextrs::gettext;

use super::{part_words, values};
use crate::{
    i18n::gettext_f,
    model::hardware::{Device, DeviceKind, FieldError, Section},
};

/// The name of fields that are shown together.
pub(super) fn section(section: Section) -> String {
    match section {
        Section::Cpu => gettext("Processors"),
        Section::Memory => gettext("Memory"),
        Section::Boot => gettext("Starting"),
        Section::Machine => gettext("Machine"),
        Section::Tuning => gettext("Resources"),
    }
}

pub(super) fn section_icon(section: Section) -> &'static str {
    match section {
        Section::Cpu => "power-profile-performance-symbolic",
        Section::Memory => "media-flash-symbolic",
        Section::Boot => "media-playback-start-symbolic",
        Section::Machine => "computer-symbolic",
        Section::Tuning => "power-profile-balanced-symbolic",
    }
}

/// What kind of device it is.
pub(super) fn kind(kind: DeviceKind) -> String {
    match kind {
        DeviceKind::Disk => gettext("Disk"),
        DeviceKind::Interface => gettext("Network Interface"),
        DeviceKind::Graphics => gettext("Graphical Console"),
        DeviceKind::Video => gettext("Graphics Card"),
        DeviceKind::Input => gettext("Input Device"),
        DeviceKind::Sound => gettext("Sound Card"),
        DeviceKind::Audio => gettext("Sound Output"),
        DeviceKind::Serial => gettext("Serial Port"),
        DeviceKind::Parallel => gettext("Parallel Port"),
        DeviceKind::Console => gettext("Text Console"),
        DeviceKind::Channel => gettext("Channel"),
        DeviceKind::Filesystem => gettext("Shared Folder"),
        DeviceKind::Hostdev => gettext("Host Device"),
        DeviceKind::Redirdev => gettext("USB Redirection"),
        DeviceKind::Redirfilter => gettext("USB Redirection Filter"),
        DeviceKind::Smartcard => gettext("Smart Card"),
        DeviceKind::Tpm => gettext("TPM"),
        DeviceKind::Rng => gettext("Random Numbers"),
        DeviceKind::Watchdog => gettext("Watchdog"),
        DeviceKind::Panic => gettext("Crash Notifier"),
        DeviceKind::Memballoon => gettext("Memory Balloon"),
        DeviceKind::Memory => gettext("Memory Module"),
        DeviceKind::Vsock => gettext("Host Socket"),
        DeviceKind::Shmem => gettext("Shared Memory"),
        DeviceKind::Iommu => gettext("IOMMU"),
        DeviceKind::Pstore => gettext("Crash Storage"),
        DeviceKind::Crypto => gettext("Encryption Processor"),
        DeviceKind::Nvram => gettext("NVRAM"),
        DeviceKind::Lease => gettext("Lease"),
        DeviceKind::Hub => gettext("USB Hub"),
        DeviceKind::Controller => gettext("Controller"),
        part => part_words::heading(part),
    }
}

pub(super) fn kind_icon(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Disk => "drive-harddisk-symbolic",
        DeviceKind::Interface => "network-wired-symbolic",
        DeviceKind::Graphics | DeviceKind::Video => "video-display-symbolic",
        DeviceKind::Input => "input-keyboard-symbolic",
        DeviceKind::Sound | DeviceKind::Audio => "audio-speakers-symbolic",
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console | DeviceKind::Channel => {
            "utilities-terminal-symbolic"
        }
        DeviceKind::Filesystem => "folder-publicshare-symbolic",
        DeviceKind::Tpm | DeviceKind::Crypto | DeviceKind::Smartcard => "channel-secure-symbolic",
        _ => "application-x-firmware-symbolic",
    }
}

/// What stands for the device in the list.
pub(super) fn icon(device: &Device) -> &'static str {
    match (device.kind, device.fact("device"), device.fact("type")) {
        (DeviceKind::Disk, Some("cdrom"), _) => "media-optical-symbolic",
        (DeviceKind::Disk, Some("floppy"), _) => "media-floppy-symbolic",
        (DeviceKind::Input, _, Some("tablet")) => "input-tablet-symbolic",
        (DeviceKind::Input, _, Some("mouse")) => "input-mouse-symbolic",
        _ => kind_icon(device.kind),
    }
}

/// The device's name in the list: what it is and which one.
pub(super) fn device(device: &Device) -> String {
    let what = what(device);
    match which(device) {
        Some(which) => format!("{what} {which}"),
        None => what,
    }
}

/// What the device is.
pub(super) fn what(device: &Device) -> String {
    match (device.kind, device.fact("device")) {
        (DeviceKind::Disk, Some("cdrom")) => gettext("CD Drive"),
        (DeviceKind::Disk, Some("floppy")) => gettext("Floppy Drive"),
        _ => match (device.kind, device.fact("type")) {
            (DeviceKind::Input, Some("tablet")) => gettext("Tablet"),
            (DeviceKind::Input, Some("mouse")) => gettext("Mouse"),
            (DeviceKind::Input, Some("keyboard")) => gettext("Keyboard"),
            (DeviceKind::Hostdev, Some("usb")) => gettext("Host USB Device"),
            (DeviceKind::Hostdev, Some("pci")) => gettext("Host PCI Device"),
            (DeviceKind::Controller, Some(of)) => {
                // Translators: such as "USB Controller"
                let of = match of {
                    "virtio-serial" => "VirtIO Serial".to_owned(),
                    "xenbus" => "XenBus".to_owned(),
                    _ => of.to_uppercase(),
                };
                gettext_f("{kind} Controller", &[("kind", &of)])
            }
            _ => kind(device.kind),
        },
    }
}

/// What tells it apart from others of its kind.
fn which(device: &Device) -> Option<&str> {
    let names: &[&str] = match device.kind {
        DeviceKind::Filesystem => &["target dir"],
        DeviceKind::Shmem => &["name"],
        _ => &[],
    };
    names.iter().find_map(|name| device.fact(name))
}

/// What more there is to say of it in a line.
pub(super) fn details(device: &Device) -> String {
    let names: &[&str] = match device.kind {
        DeviceKind::Disk => &["target", "bus", "source"],
        DeviceKind::Interface => &["source", "type", "model type"],
        DeviceKind::Channel => &["target name"],
        DeviceKind::Video => &["model type"],
        DeviceKind::Filesystem => &["source"],
        DeviceKind::Hostdev => &["uuid"],
        DeviceKind::Input => &["own bus"],
        DeviceKind::Graphics | DeviceKind::Audio | DeviceKind::Redirdev => &["type"],
        DeviceKind::Tpm => &["model", "version"],
        DeviceKind::Console => &["target type", "type"],
        // Their names say the rest.
        DeviceKind::Controller | DeviceKind::Hub => &["model"],
        _ => &["model", "type"],
    };
    let mut facts: Vec<String> = names.iter().filter_map(|name| fact(device, name)).collect();
    if device.kind == DeviceKind::Interface && device.fact("source").is_some() {
        facts = ["source", "model type"].iter().filter_map(|name| fact(device, name)).collect();
    }
    if let (DeviceKind::Disk, Some("nvme")) = (device.kind, device.fact("type")) {
        let target = device.fact("target").map(str::to_owned);
        let place = pci_address(device);
        let all = target.into_iter().chain(["NVMe".to_owned()]).chain(place);
        return all.collect::<Vec<_>>().join(" · ");
    }
    if device.kind == DeviceKind::Disk && device.fact("source").is_none() {
        let place = ["target", "bus"].into_iter().filter_map(|name| fact(device, name));
        return place.chain([gettext("Empty")]).collect::<Vec<_>>().join(" · ");
    }
    match (device.kind, device.fact("type")) {
        (DeviceKind::Hostdev, Some("pci")) => return pci_address(device).unwrap_or_default(),
        (DeviceKind::Hostdev, Some("usb")) => return usb_place(device),
        _ => {}
    }
    if device.kind == DeviceKind::Disk {
        // The folder says little, and is on the page.
        for fact in &mut facts {
            *fact = fact.rsplit('/').next().unwrap_or(fact).to_owned();
        }
    }
    facts.join(" · ")
}

/// What is said of the device, in words where libvirt's own are none.
fn fact(device: &Device, name: &str) -> Option<String> {
    let value = device.fact(name)?;
    let field = match name {
        "bus" | "own bus" => "bus",
        "target type" => "target",
        other => other,
    };
    let field = format!("{}.{field}", device.kind.element());
    Some(values::word(&field, value).unwrap_or_else(|| value.to_owned()))
}

/// Which USB device of the host it is: by its numbers, as `lsusb` writes them,
/// or by where it is plugged in.
fn usb_place(device: &Device) -> String {
    let id = |name| device.fact(name).map(|id| id.trim_start_matches("0x"));
    if let (Some(vendor), Some(product)) = (id("vendor id"), id("product id")) {
        return format!("{vendor}:{product}");
    }
    match (device.fact("source bus"), device.fact("source device")) {
        (Some(bus), Some(number)) => {
            gettext_f("Bus {bus}, device {number}", &[("bus", bus), ("number", number)])
        }
        _ => String::new(),
    }
}

/// Where it is plugged in on the host, as `lspci` writes it.
fn pci_address(device: &Device) -> Option<String> {
    let number = |name| u8::from_str_radix(device.fact(name)?.strip_prefix("0x")?, 16).ok();
    let (bus, slot) = (number("source bus")?, number("source slot")?);
    Some(format!("{bus:02x}:{slot:02x}.{:x}", number("source function")?))
}

/// What is wrong with a value, and what would be right.
pub(super) fn mistake(error: &FieldError) -> String {
    match error {
        FieldError::Empty => gettext("Type something, or choose the default"),
        FieldError::NotANumber => gettext("Type a whole number"),
        FieldError::OutOfRange { min, max } => gettext_f(
            "Type a number from {min} to {max}",
            &[("min", &min.to_string()), ("max", &max.to_string())],
        ),
        FieldError::TooSmall { min } => gettext_f("At least {size}", &[("size", min)]),
        FieldError::TooLarge { max } => gettext_f("At most {size}", &[("size", max)]),
        FieldError::NoThreads => gettext("The guest has no disk threads yet: see Resources"),
        FieldError::NotHexadecimal => {
            gettext("Type a number such as 0x0003, with digits 0–9 and a–f")
        }
        FieldError::NotAChoice => gettext("This is none of the choices"),
        FieldError::BadCharacter => gettext("It has a character that cannot be used here"),
        FieldError::NotAbsolute => gettext("Type the whole path, from “/” on"),
        FieldError::NotAMac => gettext("Type six pairs such as 52:54:00:12:34:56, the first even"),
        FieldError::TooLong(most) => {
            gettext_f("At most {count} characters", &[("count", &most.to_string())])
        }
        FieldError::NotACpuSet => gettext("Type numbers and ranges such as 0-3,^2,8"),
        FieldError::NotVlans => gettext("Type tags from 0 to 4095, such as 42 or 10,20"),
    }
}

#[cfg(test)]
mod tests {
    use super::{details, device};
    use crate::model::{hardware, xml::Document};

    /// What the list says of the only device.
    fn listed(xml: &str) -> (String, String) {
        let doc = Document::parse(&format!("<domain><devices>{xml}</devices></domain>")).unwrap();
        let found = hardware::devices(&doc).remove(0);
        (device(&found), details(&found))
    }

    #[test]
    fn devices_are_called_as_people_know_them() {
        let nvme = "<disk type='nvme'><source type='pci' namespace='1'><address domain='0x0000' \
            bus='0x66' slot='0x00' function='0x0'/></source><target dev='vdb' bus='virtio'/></disk>";
        for (xml, name, more) in [
            (nvme, "Disk", "vdb · NVMe · 66:00.0"),
            ("<graphics type='vnc' port='-1'/>", "Graphical Console", "VNC"),
            (
                "<disk device='cdrom'><target dev='sda' bus='sata'/></disk>",
                "CD Drive",
                "sda · SATA · Empty",
            ),
            ("<controller type='virtio-serial'/>", "VirtIO Serial Controller", ""),
            (
                "<interface type='network'><source network='lan'/><model type='virtio'/></interface>",
                "Network Interface",
                "lan · virtio",
            ),
            ("<interface type='user'/>", "Network Interface", "User-mode network"),
        ] {
            assert_eq!(listed(xml), (name.to_owned(), more.to_owned()));
        }
    }
}
