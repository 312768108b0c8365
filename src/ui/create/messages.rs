//! What the assistant is made from, what happens in it and what it asks of
//! its parent.

use std::{path::PathBuf, sync::Arc};

use crate::{
    backend::{JobHandle, NewVolume, Result},
    model::{
        ConnectionId, FileAccess, GuestRef, Inventory, JobSnapshot, NetworkSummary, PoolId,
        PoolSummary, VolumeSummary,
        capabilities::{DomainCapabilities, HostCapabilities},
        osinfo::OsDatabase,
    },
    ui::{
        context::Context,
        create::{
            draft::{AccessChoice, DiskKind, ImageUse, Method, Page, Source},
            inspect::{InspectError, Inspection},
            jobs::Purpose,
            platform::Combination,
        },
    },
};

/// What the assistant is made from. Its root is an `adw::Dialog`.
#[derive(Debug)]
pub struct CreateInit {
    /// The backend and the hosts.
    pub context: Context,
    /// The host to propose; nothing proposes the first connected one.
    pub connection: Option<ConnectionId>,
    /// An ISO or a disk image to begin with.
    pub source: Option<PathBuf>,
}

/// What the assistant asks of its parent.
#[derive(Debug)]
pub enum CreateOutput {
    /// The guest is made: open its console.
    Created(GuestRef),
    /// The dialog was closed; drop its controller.
    Closed,
}

/// What happens in the assistant.
#[derive(Debug)]
pub enum CreateInput {
    /// The button that goes on, or Enter.
    NextClicked,
    /// The navigation shows this page now, by whatever way.
    PageShown(Page),
    /// A host of the list was picked.
    HostPicked(usize),
    /// A way to begin was picked.
    MethodPicked(Method),
    /// The file dialog is wanted.
    ChooseFileClicked,
    /// A file was chosen, dropped or given; nothing where its dialog was closed.
    FileChosen(Option<PathBuf>),
    /// A file was dropped: it says itself whether it is a medium or a disk.
    FileDropped(PathBuf),
    /// A volume was picked.
    VolumeChosen(Source),
    /// The search over volumes has a new text.
    VolumeSearchChanged(String),
    /// How to use a disk image.
    ImageUsePicked(ImageUse),
    /// What to do about a file that cannot be opened.
    AccessChoicePicked(AccessChoice),
    /// Start the pool that is picked.
    StartPoolClicked,
    /// The pool for the copy, by its place in the list.
    CopyPoolPicked(usize),
    /// Stop the job that is running.
    StopClicked,
    /// The search over systems has a new text.
    SystemSearchChanged(String),
    /// Enter was pressed in the search over systems.
    SystemSearchActivated,
    /// End-of-life systems are wanted or not.
    OldSystemsSwitched(bool),
    /// A system was picked; nothing is unknown.
    SystemPicked(Option<String>),
    /// Memory in MiB.
    MemoryEdited(u64),
    /// Processors.
    CpusEdited(u64),
    /// Which disk.
    DiskKindPicked(DiskKind),
    /// Size of a new disk in GiB.
    DiskSizeEdited(u64),
    /// The pool of a new disk, by its place in the list.
    DiskPoolPicked(usize),
    /// Whether a new disk is raw.
    DiskFormatPicked(bool),
    /// An existing volume, by its place in the list.
    DiskVolumePicked(usize),
    /// The name has a new text.
    NameEdited(String),
    /// A network, by its place in the list.
    NetworkPicked(usize),
    /// Start the network that is picked.
    StartNetworkClicked,
    /// Show firmware, machine and the like.
    AdvancedOpened,
    /// Show the definition.
    XmlOpened,
    /// Whether to edit the definition before the first start.
    CustomiseSwitched(bool),
    /// The definition has a new text.
    XmlEdited(String),
    /// The hardware was edited: the definition, and volumes to be made for it.
    HardwareEdited(String, Vec<NewVolume>),
    /// Put the definition on the clipboard.
    CopyXmlClicked,
    /// Virtualisation or emulation, by its place in the list.
    VirtTypePicked(usize),
    /// The architecture, by its place in the list.
    ArchPicked(usize),
    /// The machine type, by its place in the list.
    MachinePicked(usize),
    /// What the screen speaks, by its place in the list.
    ScreenPicked(usize),
    /// The firmware, by its place in the list.
    FirmwarePicked(usize),
    /// The dialog is to be closed while a job is running.
    CloseAttempted,
    /// The answer to that question: whether the job goes on without the dialog.
    LeaveAnswered {
        /// Stop the job, or let it run.
        stop: bool,
    },
    /// The dialog is closed.
    Closed,
}

/// Results that arrive in the assistant.
#[derive(Debug)]
pub enum CreateCmd {
    /// The user's list of hosts changed.
    HostsListed,
    /// A host's state or guests changed.
    HostChanged(ConnectionId, Arc<Inventory>),
    /// Recent files that are still there.
    Recent(Vec<PathBuf>),
    /// The database of operating systems.
    Systems(Arc<OsDatabase>),
    /// What a dropped file is.
    DroppedLookedInto(PathBuf, std::result::Result<Inspection, InspectError>),
    /// What the chosen file is, in answer to the question of this number.
    FileLookedInto(u64, std::result::Result<Inspection, InspectError>),
    /// What the chosen volume is, in answer to the question of this number.
    VolumeLookedInto(u64, Result<Inspection>),
    /// Whether the hypervisor can open the file.
    AccessKnown(ConnectionId, PathBuf, FileAccess),
    /// Whether the hypervisor can open the volume as it is.
    VolumeAccessKnown(ConnectionId, PathBuf, FileAccess),
    /// The backend has taken a job, or not.
    JobTaken(Result<(Purpose, JobHandle)>),
    /// The job went on.
    JobChanged(Box<JobSnapshot>),
    /// The copy is in the pool; its volumes.
    Copied(ConnectionId, PoolId, String, Result<Vec<VolumeSummary>>),
    /// A network was started, or not.
    NetworkStarted(ConnectionId, Result<()>),
    /// A pool was started, or not.
    PoolStarted(ConnectionId, Result<()>),
    /// The host's pools.
    Pools(ConnectionId, u64, Result<Vec<PoolSummary>>),
    /// The default pool, made if it was not there.
    DefaultPool(ConnectionId, Result<PoolSummary>),
    /// The volumes of one pool.
    Volumes(ConnectionId, PoolId, Result<Vec<VolumeSummary>>),
    /// The host's networks.
    Networks(ConnectionId, u64, Result<Vec<NetworkSummary>>),
    /// The host's bridges.
    Bridges(ConnectionId, Result<Vec<String>>),
    /// What the host can run.
    Capabilities(ConnectionId, Option<Arc<HostCapabilities>>),
    /// What a platform offers.
    DomainCapabilities(ConnectionId, Combination, Option<Arc<DomainCapabilities>>),
    /// Free memory in bytes.
    FreeMemory(ConnectionId, Option<u64>),
}
