//! Pools and volumes.

use crate::model::PoolId;

/// A storage pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolSummary {
    /// Its UUID.
    pub id: PoolId,
    /// Its name.
    pub name: String,
    /// Whether it is started.
    pub active: bool,
    /// Whether it starts with the host.
    pub autostart: bool,
    /// libvirt's type: `dir`, `logical`, `rbd`…
    pub kind: String,
    /// The folder or device it stands for, where it has one.
    pub path: Option<String>,
    /// Size in bytes.
    pub capacity: u64,
    /// Free bytes.
    pub available: u64,
}

/// A volume of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeSummary {
    /// The pool it is in.
    pub pool: PoolId,
    /// Its name in the pool.
    pub name: String,
    /// The path by which a guest uses it.
    pub path: String,
    /// `qcow2`, `raw`, `iso`…
    pub format: Option<String>,
    /// Size that a guest sees, in bytes.
    pub capacity: u64,
    /// Bytes it takes up now.
    pub allocation: u64,
}

/// Whether the hypervisor can use a file of this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileAccess {
    /// It can.
    Readable,
    /// It cannot, because of this folder or the file itself.
    Denied {
        /// The first path on the way that it may not pass or read.
        at: String,
        /// The user the hypervisor runs as, such as `libvirt-qemu`.
        user: String,
    },
    /// The host is another computer, so the file is not there.
    Remote,
    /// It cannot be found out without trying.
    Unknown,
}
