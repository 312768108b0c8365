//! From "this medium on this host" to a definition.
//!
//! In order, as an assistant goes:
//!
//! 1. [`target()`] chooses architecture, way to run and machine from the host's
//!    capabilities and the operating system. Ask the host for the domain
//!    capabilities of exactly that (`emulator`, `arch`, `machine`, `virt_type`).
//! 2. [`resources::propose`] gives memory, processors and disk size;
//!    [`resources::concerns`] says what is doubtful about the user's own values.
//! 3. [`name::propose`] gives a free name; [`crate::model::validate`] checks one.
//! 4. [`plan()`] makes the XML of it all, a summary, and [`Notice`]s: what the
//!    user should know and may not expect.
//!
//! ```ignore
//! let target = install::target(&caps, &profile, None, None, None)?;
//! let domain = DomainCapabilities::parse(&xml_for(&target))?;
//! let spec = GuestSpec::new(name, uuid, target, memory, vcpus);
//! let plan = install::plan(&InstallRequest { host, capabilities: &caps, domain: &domain, os: &profile, guest: &spec })?;
//! ```
//!
//! # How an installation ends in the installed system
//!
//! The persistent definition has a CD drive with nothing in it. The first run
//! uses another definition of the same guest (same UUID), started with
//! `virDomainCreateXML` over the defined guest: there the medium is in the
//! drive. In both, the disk comes before the drive in the boot order. A new
//! disk is blank, so the firmware passes it over and starts the medium; when
//! the installer restarts the machine, the disk is bootable and is started.
//! When the guest is next shut down and started, libvirt uses the persistent
//! definition: the medium is out. Nothing of this needs Posada to be running. In
//! the restarted guest's drive the medium would stay until then; the backend's
//! `ops::create::eject` takes it out.
//!
//! Exceptions:
//! - a disk that already holds something, with a medium beside it: the medium
//!   comes first in the first run, or the disk would start;
//! - a medium that only runs and cannot install, and a guest without a disk:
//!   the medium stays in the persistent definition, for it is what the guest is;
//! - Windows: the medium stays too, since its setup asks for it again (for
//!   features, and for repair) after restarts and shut-downs.

mod devices;
pub mod name;
mod plan;
pub mod resources;
mod system;
mod target;
#[cfg(test)]
mod tests;
mod traits;

use thiserror::Error;
use uuid::Uuid;

use crate::model::{
    HostFacts, NetworkChoice, PoolSummary, ScreenProtocol,
    capabilities::{DomainCapabilities, HostCapabilities},
    osinfo::OsProfile,
    validate::NameProblem,
    xml::ForbiddenChar,
};

pub use plan::plan;
pub use target::{Target, VirtType, target};

/// Everything a definition is made from.
#[derive(Clone, Copy, Debug)]
pub struct InstallRequest<'a> {
    /// The host.
    pub host: &'a HostFacts,
    /// What the host can run.
    pub capabilities: &'a HostCapabilities,
    /// What the guest's target offers; must be of that target.
    pub domain: &'a DomainCapabilities,
    /// The operating system, on the guest's architecture.
    pub os: &'a OsProfile,
    /// What the user chose.
    pub guest: &'a GuestSpec,
}

/// The user's choices for a new guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestSpec {
    /// The name.
    pub name: String,
    /// The UUID: new and random. The network address is made from it too.
    pub uuid: Uuid,
    /// Architecture, way to run, machine.
    pub target: Target,
    /// Memory in bytes; rounded up to KiB.
    pub memory: u64,
    /// Processors.
    pub vcpus: u32,
    /// How it boots.
    pub firmware: FirmwareChoice,
    /// The medium in its CD drive.
    pub medium: Option<Medium>,
    /// Its disk.
    pub disk: Option<DiskSpec>,
    /// Its network.
    pub network: NetworkChoice,
    /// What its screen speaks; nothing leaves it to the hypervisor's abilities.
    pub screen: Option<ScreenProtocol>,
}

impl GuestSpec {
    /// A guest with neither medium, disk nor network yet, booting as its
    /// operating system wants.
    #[must_use]
    pub fn new(name: String, uuid: Uuid, target: Target, memory: u64, vcpus: u32) -> Self {
        Self {
            name,
            uuid,
            target,
            memory,
            vcpus,
            firmware: FirmwareChoice::Auto,
            medium: None,
            disk: None,
            network: NetworkChoice::None,
            screen: None,
        }
    }
}

/// How a guest shall boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FirmwareChoice {
    /// As the operating system and machine need it.
    #[default]
    Auto,
    /// Through a BIOS (or whatever else the machine brings).
    Bios,
    /// Through UEFI, any system.
    Uefi,
    /// Through UEFI, signed systems only.
    UefiSecureBoot,
}

/// Where a medium or disk is, as the host sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// A file, by absolute path.
    File(String),
    /// A block device, by absolute path.
    Block(String),
    /// A volume of a pool, by names: found by libvirt at each start.
    Volume {
        /// The pool's name.
        pool: String,
        /// The volume's name in it.
        volume: String,
    },
}

impl Location {
    /// The place of the volume `name` in `pool`, which need not exist yet: by
    /// path where the pool's kind gives its volumes one that can be told from
    /// the name, else by names.
    #[must_use]
    pub fn in_pool(pool: &PoolSummary, name: &str) -> Self {
        let path =
            pool.path.as_deref().map(|folder| format!("{}/{name}", folder.trim_end_matches('/')));
        match (pool.kind.as_str(), path) {
            ("dir" | "fs" | "netfs" | "vstorage", Some(path)) => Self::File(path),
            ("logical", Some(path)) => Self::Block(path),
            _ => Self::Volume { pool: pool.name.clone(), volume: name.to_owned() },
        }
    }
}

/// A medium for the CD drive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Medium {
    /// Where it is.
    pub location: Location,
    /// Whether it can only be run, not install anything.
    pub live_only: bool,
}

/// A guest's disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskSpec {
    /// Where it is.
    pub location: Location,
    /// `qcow2`, `raw`…, in libvirt's names. Always said: a hypervisor that
    /// guesses can be made to open other files by what a guest writes.
    pub format: String,
    /// Whether it is new, with nothing on it.
    pub blank: bool,
}

/// A definition, ready for libvirt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestPlan {
    /// The definition that the guest keeps.
    pub persistent_xml: String,
    /// The definition of its first run; nothing where it is the same.
    pub first_boot_xml: Option<String>,
    /// What was chosen.
    pub summary: Summary,
    /// What the user should know.
    pub notices: Vec<Notice>,
}

/// What a plan chose, in libvirt's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The way to run.
    pub virt_type: VirtType,
    /// The architecture.
    pub arch: String,
    /// The machine; nothing leaves it to libvirt.
    pub machine: Option<String>,
    /// How it boots; never [`FirmwareChoice::Auto`].
    pub firmware: FirmwareChoice,
    /// `host-passthrough`, `host-model`, `maximum`; nothing leaves it to libvirt.
    pub cpu: Option<&'static str>,
    /// The disk's bus.
    pub disk_bus: &'static str,
    /// The network card; nothing leaves it to libvirt.
    pub nic_model: Option<&'static str>,
    /// What the screen speaks; nothing where there are no graphics.
    pub screen: Option<ScreenProtocol>,
    /// The graphics card; nothing where there are no graphics.
    pub video: Option<&'static str>,
    /// Whether it has a TPM.
    pub tpm: bool,
}

/// Something a user may not expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// The processor is emulated: the guest will be many times slower.
    Emulated,
    /// The operating system or the user wants UEFI, and the host has none.
    NoUefi,
    /// Secure Boot is wanted, and the host has no firmware for it.
    NoSecureBoot,
    /// The operating system wants a TPM, and the host has no emulator for one.
    NoTpm,
    /// The guest gets no screen: the hypervisor offers neither SPICE nor VNC.
    NoGraphics,
    /// Windows begins on a disk and network that it has drivers for; faster ones
    /// can be chosen once the virtio drivers are installed in it.
    WindowsDrivers,
}

/// Why no definition can be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The host runs no guests of this architecture.
    #[error("no guests of architecture {0}")]
    NoSuchArch(String),
    /// The host does not run that architecture that way.
    #[error("guests of architecture {arch} cannot run as {virt_type}")]
    NoSuchVirtType {
        /// The architecture.
        arch: String,
        /// libvirt's name of the way to run.
        virt_type: String,
    },
    /// There is no such machine.
    #[error("no machine {0}")]
    NoSuchMachine(String),
    /// The host runs no whole machines, only containers.
    #[error("only containers")]
    OnlyContainers,
    /// The name is not possible.
    #[error(transparent)]
    Name(#[from] NameProblem),
    /// No processors or no memory.
    #[error("no processors or no memory")]
    NoResources,
    /// A path or name has a character that a definition cannot hold.
    #[error(transparent)]
    Forbidden(#[from] ForbiddenChar),
}
