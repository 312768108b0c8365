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
            ("disk", "read_bytes" | "write_bytes" | "read_iops" | "write_iops") => {
                Some(Self::Speed)
            }
            _ => None,
        }
    }

    pub(super) fn title(self) -> String {
        match self {
            Self::Windows => gettext("Hyper-V"),
            Self::Clock => gettext("Clock"),
            Self::Power => gettext("Power"),
            Self::Protection => gettext("Encrypted Memory"),
            Self::HostMemory => gettext("Memory of the Host"),
            Self::Speed => gettext("Speed Limits"),
            Self::Maker => gettext("What the Guest Is Told of Its Machine"),
            Self::Bios => gettext("Firmware Shown"),
            Self::System => gettext("Computer Shown"),
            Self::Board => gettext("Main Board Shown"),
            Self::Case => gettext("Case Shown"),
            Self::Counters => gettext("Performance Counters"),
        }
    }
}
