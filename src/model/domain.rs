//! Guests as the list shows them, and what can be done with them.

use crate::model::{DomainId, Tags, TextPort};

/// The state of a guest (`virDomainState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DomainState {
    /// The hypervisor does not say.
    #[default]
    Unknown,
    /// Running, or blocked on a resource while running.
    Running,
    /// Paused; memory stays on the host.
    Paused,
    /// Asked to shut down and doing so.
    ShuttingDown,
    /// Not running.
    ShutOff,
    /// Stopped by a crash.
    Crashed,
    /// Suspended by the guest's own power management.
    Suspended,
}

impl DomainState {
    /// Whether the guest has a running hypervisor process.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::ShuttingDown | Self::Suspended)
    }
}

/// What is known of a guest without reading its XML: enough for its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSummary {
    /// The guest's UUID.
    pub id: DomainId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: DomainState,
    /// libvirt's reason for the state (`virDomain…Reason`), 0 where unknown.
    pub reason: i32,
    /// Whether it has a definition that survives its shut-down.
    pub persistent: bool,
    /// Whether libvirt starts it with the host.
    pub autostart: bool,
    /// Whether its memory is saved to disk, to be restored at the next start.
    pub managed_save: bool,
}

/// What the list and the overview show of a guest's definition. Read when a
/// window shows the guest, and kept until an event says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainDetails {
    /// The short title.
    pub title: Option<String>,
    /// The notes (libvirt's `<description>`).
    pub notes: Option<String>,
    /// The words by which people sort it.
    pub tags: Tags,
    /// The libosinfo id of the operating system (`http://debian.org/debian/12`).
    pub os_id: Option<String>,
    /// Processors at start.
    pub vcpus: u32,
    /// Maximum memory, in bytes.
    pub memory: u64,
    /// Machine and architecture, such as `pc-q35-10.0` and `x86_64`.
    pub machine: Option<String>,
    /// The guest's architecture.
    pub arch: Option<String>,
    /// Whether the guest boots through UEFI.
    pub uefi: bool,
    /// Addresses from leases, agent or ARP; filled only for running guests in view.
    pub addresses: Vec<String>,
    /// Whether it has a device that takes the pointer's positions.
    pub tablet: bool,
    /// Graphics kinds in order (`vnc`, `spice`…).
    pub graphics: Vec<String>,
    /// Serial ports and text consoles.
    pub text_ports: Vec<TextPort>,
    /// The guest's disks.
    pub disks: Vec<DiskSummary>,
    /// Whether the guest's agent is connected; nothing without a channel for it.
    pub agent: Option<bool>,
    /// Whether the desktop's agent (SPICE) is connected; nothing without a
    /// channel for it.
    pub desktop_agent: Option<bool>,
    /// Whether the definition in use differs from the one at next start.
    pub pending_changes: bool,
    /// Another number whenever the definition at next start is another one.
    pub revision: u64,
}

/// A disk of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskSummary {
    /// The guest's name for it, such as `vda`.
    pub target: String,
    /// `disk`, `cdrom`, `floppy` or `lun`.
    pub device: String,
    /// Path, volume or network name; nothing in an empty drive.
    pub source: Option<String>,
}

/// An action on a guest as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DomainAction {
    /// Start, or restore where a saved state exists.
    Start,
    /// Stop the processors, keep the memory.
    Pause,
    /// Go on after a pause; wakes a suspended guest.
    Resume,
    /// Ask the guest to shut down.
    ShutDown,
    /// Ask the guest to restart.
    Reboot,
    /// Press the reset button.
    Reset,
    /// Pull the plug.
    ForceOff,
    /// Save the memory to disk and stop (managed save).
    Save,
    /// Forget the saved memory.
    DropSavedState,
    /// Let libvirt start the guest with the host.
    EnableAutostart,
    /// Do not start the guest with the host.
    DisableAutostart,
}
