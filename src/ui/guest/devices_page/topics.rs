//! What fields of a long page are about, so that they stand in groups.

use gettextrs::gettext;

use crate::model::hardware::Field;

/// What several fields that follow each other are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Windows,
    Clock,
    Power,
    Protection,
    HostMemory,
    Speed,
    Bursts,
    Bandwidth,
    Vlan,
    Virtio,
    Compression,
    Maker,
    Bios,
    System,
    Board,
    Case,
    Counters,
}

impl Topic {
    /// Nothing for fields that need no heading.
    pub(super) fn of(field: &Field) -> Option<Self> {
        let (of, name) = field.id.split_once('.')?;
        match (of, name) {
            ("hyperv", _) => Some(Self::Windows),
            ("clock", _) => Some(Self::Clock),
            ("power" | "on", _) => Some(Self::Power),
            ("boot", "smbios") => Some(Self::Maker),
            ("bios", _) => Some(Self::Bios),
            ("system", _) => Some(Self::System),
            ("board", _) => Some(Self::Board),
            ("case", _) => Some(Self::Case),
            ("perf", _) => Some(Self::Counters),
            ("security" | "keywrap", _) => Some(Self::Protection),
            (
                "memory",
                "source" | "access" | "allocation" | "hugepages" | "hugepage_size" | "locked"
                | "nosharepages" | "discard",
            ) => Some(Self::HostMemory),
            (
                "disk",
                "total_bytes" | "read_bytes" | "write_bytes" | "total_iops" | "read_iops"
                | "write_iops",
            ) => Some(Self::Speed),
            ("disk", name) if name.ends_with("_max") || name.ends_with("_length") => {
                Some(Self::Bursts)
            }
            ("disk", "io_size" | "limit_group" | "throttle") => Some(Self::Bursts),
            ("interface", name) if name.starts_with("inbound") || name.starts_with("outbound") => {
                Some(Self::Bandwidth)
            }
            ("interface", "vlans" | "trunk") => Some(Self::Vlan),
            (
                "disk" | "interface" | "controller",
                "ioeventfd" | "event_idx" | "iommu" | "ats" | "packed",
            ) => Some(Self::Virtio),
            (
                "graphics",
                "image_compression"
                | "jpeg_compression"
                | "zlib_compression"
                | "playback_compression"
                | "streaming"
                | "mouse"
                | "clipboard"
                | "file_transfer",
            ) => Some(Self::Compression),
            _ => None,
        }
    }

    /// Whether its fields are called as those of another one on the same page.
    pub(super) fn is_alike(self) -> bool {
        matches!(self, Self::Bios | Self::System | Self::Board | Self::Case)
    }

    pub(super) fn title(self) -> String {
        match self {
            Self::Windows => gettext("Hyper-V"),
            Self::Clock => gettext("Clock"),
            Self::Power => gettext("Power"),
            Self::Protection => gettext("Encrypted Memory"),
            Self::HostMemory => gettext("Memory of the Host"),
            Self::Speed => gettext("Speed Limits"),
            Self::Bursts => gettext("Bursts and Shared Limits"),
            Self::Bandwidth => gettext("Bandwidth"),
            Self::Vlan => gettext("Virtual LAN"),
            Self::Virtio => gettext("VirtIO"),
            Self::Compression => gettext("Compression and Sharing"),
            Self::Maker => gettext("What the Guest Is Told of Its Machine"),
            Self::Bios => gettext("Firmware Shown"),
            Self::System => gettext("Computer Shown"),
            Self::Board => gettext("Main Board Shown"),
            Self::Case => gettext("Case Shown"),
            Self::Counters => gettext("Performance Counters"),
        }
    }
}
