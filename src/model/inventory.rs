//! Everything known of one host at a moment: an immutable value that the
//! backend replaces as a whole and the windows compare with the one before.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::SystemTime,
};

use crate::model::{DomainAction, DomainDetails, DomainId, DomainSummary, Failure};

/// Where a host's connection stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HostState {
    /// Not connected, and nobody asked for it.
    #[default]
    Disconnected,
    /// Being opened, or its first list being read.
    Connecting,
    /// Open; the lists are complete.
    Ready,
    /// Could not be opened. Nothing happens until the user tries again.
    Failed(Failure),
    /// Was open and broke; the lists are the last known.
    Lost {
        /// Why.
        failure: Failure,
        /// When the next try starts.
        retry_at: SystemTime,
    },
}

/// What a connected host is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// The host's own name.
    pub hostname: String,
    /// libvirt's name for the driver (`QEMU`, `Test`, `LXC`, `Xen`…).
    pub driver: String,
    /// Hypervisor version as major × 1,000,000 + minor × 1,000 + release.
    pub hypervisor_version: u32,
    /// libvirt version on the host, in the same form.
    pub libvirt_version: u32,
    /// Logical processors.
    pub cpus: u32,
    /// Memory in bytes.
    pub memory: u64,
    /// Processor architecture.
    pub arch: String,
    /// Whether this client shares files with the host: a local daemon.
    pub local: bool,
    /// Whether the daemon runs with the user's own rights (`/session`).
    pub session: bool,
}

/// Everything known of one host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// Where the connection stands.
    pub state: HostState,
    /// What the host is; nothing before the first connection.
    pub facts: Option<Arc<HostFacts>>,
    /// The guests, also the last known ones of a lost host.
    pub domains: BTreeMap<DomainId, Arc<DomainSummary>>,
    /// Definitions read so far; an event removes what it makes stale.
    pub details: BTreeMap<DomainId, Arc<DomainDetails>>,
    /// Actions asked for and not yet answered.
    pub pending: BTreeMap<DomainId, DomainAction>,
    /// Actions that this host's driver has refused as unsupported: no query
    /// tells beforehand, so the first refusal is remembered.
    pub unsupported: BTreeSet<DomainAction>,
    /// Counts up with every change of networks, pools or volumes, so that a
    /// page which shows them knows when to read them again.
    pub resources_generation: u64,
}
