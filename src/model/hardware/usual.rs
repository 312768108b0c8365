//! What can be added to any guest, each with usual settings.

use super::{Device, NewDevice, devices, element::element};
use crate::model::{
    units::{GIB, MIB},
    xml::Document,
};

impl NewDevice {
    /// What can be added to any guest, in the order in which it is listed.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        let text = str::to_owned;
        let input = |kind: &str| Self::Input { kind: text(kind), bus: text("usb") };
        let controller = |kind: &str, model: &str| Self::Controller(text(kind), Some(text(model)));
        vec![
            Self::Disk {
                device: text("cdrom"),
                bus: text("sata"),
                source: None,
                format: text("raw"),
            },
            Self::Interface {
                kind: text("network"),
                source: Some(text("default")),
                model: Some(text("virtio")),
            },
            Self::Folder { source: text("/srv/share"), target: text("share"), readonly: false },
            Self::Graphics(text("vnc")),
            Self::Video(text("virtio")),
            Self::Sound(text("ich9")),
            Self::Audio(text("none")),
            input("tablet"),
            input("mouse"),
            input("keyboard"),
            Self::Serial,
            Self::Parallel,
            Self::Console(text("virtio")),
            Self::AgentChannel,
            Self::SpiceAgentChannel,
            Self::VdagentChannel,
            Self::WebdavChannel,
            Self::Redirection,
            Self::RedirectionFilter,
            Self::Smartcard,
            Self::Tpm(text("2.0")),
            Self::Rng,
            // Every q35 machine has an iTCO one by itself.
            Self::Watchdog(text("i6300esb"), text("reset")),
            Self::Panic(text("pvpanic")),
            Self::Pstore,
            Self::Vsock,
            Self::SharedMemory(4 * MIB),
            Self::Iommu(text("virtio")),
            Self::MemoryModule(GIB),
            Self::Balloon,
            Self::Crypto,
            Self::Hub,
            controller("usb", "qemu-xhci"),
            controller("scsi", "virtio-scsi"),
        ]
    }

    /// The device that it would be in an otherwise empty guest.
    #[must_use]
    pub fn preview(&self) -> Option<Device> {
        let empty = Document::parse("<domain><devices/></domain>").ok()?;
        let xml = element(&empty, self).to_xml().ok()?;
        let doc = Document::parse(&format!("<domain><devices>{xml}</devices></domain>")).ok()?;
        devices(&doc).pop()
    }
}
