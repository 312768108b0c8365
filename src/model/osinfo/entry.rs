//! One operating system of the database.

use super::{Date, Pattern, UNKNOWN_ID};

/// An operating system, as its own entry describes it. What it inherits is in
/// its [`OsProfile`](super::OsProfile).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Os {
    /// libosinfo's id, such as `http://debian.org/debian/13`.
    pub id: String,
    /// Short names, the usual one first (`debian13`).
    pub short_ids: Vec<String>,
    /// The name in the language that was asked for.
    pub name: String,
    /// The name in English.
    pub name_english: String,
    /// The version.
    pub version: Option<String>,
    /// Who makes it.
    pub vendor: Option<String>,
    /// `linux`, `winnt`, `freebsd`…
    pub family: Option<String>,
    /// `debian`, `fedora`, `win`…
    pub distro: Option<String>,
    /// The release's nickname.
    pub codename: Option<String>,
    /// When it came out.
    pub release_date: Option<Date>,
    /// When its maker stops caring for it.
    pub eol_date: Option<Date>,
    /// Whether it is released.
    pub status: ReleaseStatus,
    /// Ids of what it inherits devices and needs from, the nearest first.
    pub parents: Vec<String>,
    /// Devices it supports, or no longer does (`false`).
    pub devices: Vec<(String, bool)>,
    /// Ways it can or cannot boot.
    pub firmware: Vec<Firmware>,
    /// What it needs, by architecture.
    pub resources: Vec<ResourceSet>,
    /// Its editions: id and name.
    pub variants: Vec<(String, String)>,
    /// How its media are recognised.
    pub media: Vec<Media>,
}

/// Whether an operating system is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReleaseStatus {
    /// It is.
    #[default]
    Released,
    /// It has no versions: always the newest.
    Rolling,
    /// Not yet: an announced version.
    Prerelease,
    /// Not yet: a daily or weekly build.
    Snapshot,
}

/// A way to boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firmware {
    /// The architecture it is about.
    pub arch: String,
    /// `efi` or `bios`.
    pub kind: String,
    /// Whether the system boots that way.
    pub supported: bool,
}

/// Needs on one architecture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceSet {
    /// The architecture, or `all`.
    pub arch: String,
    /// Whether what is not given is as in the entry it derives from.
    pub inherit: bool,
    /// Less will not do.
    pub minimum: Resources,
    /// Enough to work well.
    pub recommended: Resources,
    /// What an installation over the network needs at least.
    pub network_install: Resources,
}

/// Amounts; nothing where the database does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Processors.
    pub cpus: Option<u32>,
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// Disk in bytes.
    pub storage: Option<u64>,
}

/// An installation or live medium.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// The architecture, or `all`.
    pub arch: String,
    /// Whether a system can be used from it without installing.
    pub live: bool,
    /// Whether it can install.
    pub installer: bool,
    /// How often the installer restarts before it is done.
    pub installer_reboots: u32,
    /// Whether the medium must be out after the installation.
    pub eject_after_install: bool,
    /// The editions it holds.
    pub variants: Vec<String>,
    /// Pattern of the volume id.
    pub volume_id: Option<Pattern>,
    /// Pattern of the system id.
    pub system_id: Option<Pattern>,
    /// Pattern of the publisher id.
    pub publisher_id: Option<Pattern>,
    /// Pattern of the application id.
    pub application_id: Option<Pattern>,
    /// The volume's exact size in bytes.
    pub volume_size: Option<u64>,
}

impl Os {
    /// Its usual short name.
    #[must_use]
    pub fn short_id(&self) -> &str {
        self.short_ids.first().map_or("unknown", String::as_str)
    }

    /// Whether its maker no longer cares for it on that day.
    #[must_use]
    pub fn is_end_of_life(&self, today: Date) -> bool {
        self.eol_date.is_some_and(|eol| eol < today)
    }

    /// Whether it is one of the entries that stand for a kind of system and not
    /// for one: "Unknown", "Generic Linux 2024".
    #[must_use]
    pub fn is_generic(&self) -> bool {
        self.id.starts_with("http://libosinfo.org/")
    }

    pub(super) fn unknown() -> Self {
        Self {
            id: UNKNOWN_ID.to_owned(),
            short_ids: vec!["unknown".to_owned()],
            name: "Unknown".to_owned(),
            name_english: "Unknown".to_owned(),
            ..Self::default()
        }
    }
}
