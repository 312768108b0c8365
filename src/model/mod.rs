//! Layer 1: plain values and pure functions.
//!
//! Nothing here knows GTK, libvirt's library or tokio. Everything is
//! `Clone + Send + PartialEq` and tested beside its code.

mod actions;
pub mod capabilities;
pub mod console_check;
pub mod cpu_set;
mod details;
pub mod diff;
pub mod disk_image;
mod domain;
mod failure;
pub mod hardware;
mod host;
mod ids;
pub mod install;
mod inventory;
pub mod iso;
mod job;
mod network;
mod node_device;
pub mod osinfo;
mod screen;
mod secret;
mod snapshot;
mod stats;
mod storage;
pub mod tags;
pub mod text_diff;
mod text_port;
mod trust;
pub mod units;
pub mod uri;
pub mod validate;
mod viewer;
pub mod xml;

pub use actions::{DisabledReason, GuestChange, allowed, change_allowed};
pub use domain::{DiskSummary, DomainAction, DomainDetails, DomainState, DomainSummary};
pub use failure::{Failure, FailureKind};
pub use host::HostEntry;
pub use ids::{ConnectionId, DomainId, GuestRef, JobId, NetworkId, PoolId};
pub use inventory::{HostFacts, HostState, Inventory};
pub use job::{JobEnd, JobKind, JobPhase, JobSnapshot, Progress};
pub use network::{NetworkChoice, NetworkSummary};
pub use node_device::{NodeDevice, NodeDeviceKind, PciAddress, PciDevice, ScsiDevice, UsbDevice};
pub use screen::{PictureQuality, ScreenProtocol};
pub use secret::Secret;
pub use snapshot::{NoSnapshot, no_snapshot};
pub use stats::{GuestStats, HISTORY, LoadSample, StatsSnapshot};
pub use storage::{FileAccess, PoolSummary, VolumeSummary};
pub use tags::{TagChange, Tags};
pub use text_port::{TextPort, TextPortId, TextPortKind};
pub use trust::{
    CERTIFICATE_PROBLEMS, CertificateProblem, KnownServers, LinkSecurity, ServerCertificate,
    ServerPlace, UntrustedServer,
};
pub use viewer::{Viewer, ViewerError, ViewerPlace};
