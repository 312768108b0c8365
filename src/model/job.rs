//! Long operations, as the job list shows them.

use std::time::SystemTime;

use crate::model::{ConnectionId, Failure, JobId};

/// What a job does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Makes a guest of this name: volumes, definition, first start.
    Create {
        /// The guest's name.
        guest: String,
    },
    /// Copies a file of this computer into a pool.
    Upload {
        /// The file's name.
        file: String,
        /// The pool's name.
        pool: String,
    },
    /// Saves a guest's memory to disk.
    Save {
        /// The guest's name.
        guest: String,
    },
    /// Shuts a guest down and starts it again.
    Restart {
        /// The guest's name.
        guest: String,
    },
    /// Keeps a guest's disks and memory as they are.
    Snapshot {
        /// The guest's name.
        guest: String,
    },
    /// Deletes a guest and what was ticked with it.
    Delete {
        /// The guest's name.
        guest: String,
    },
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Units done (bytes, where there are any).
    pub done: u64,
    /// Units in all; nothing where it cannot be known.
    pub total: Option<u64>,
    /// The step the job is in.
    pub phase: JobPhase,
}

/// The step a job is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JobPhase {
    /// Checking what is asked for.
    #[default]
    Preparing,
    /// Making volumes.
    Allocating,
    /// Copying data.
    Copying,
    /// Defining the guest.
    Defining,
    /// Waiting for the guest to shut down.
    ShuttingDown,
    /// Starting the guest.
    Starting,
    /// Saving memory.
    Saving,
    /// Removing what is to be removed.
    Removing,
    /// Taking back what was made, after a failure or a cancel.
    CleaningUp,
}

/// How a job ended. Reported exactly once, also when its thread panics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// Done, completely.
    Finished,
    /// Stopped by the user; what it had made is removed.
    Cancelled,
    /// Stopped by a failure; what it had made is removed.
    Failed(Failure),
}

/// A job at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSnapshot {
    /// Which job.
    pub id: JobId,
    /// The host it works on.
    pub connection: ConnectionId,
    /// What it does.
    pub kind: JobKind,
    /// When it began.
    pub started: SystemTime,
    /// When it ended.
    pub ended: Option<SystemTime>,
    /// How far it is.
    pub progress: Progress,
    /// How it ended; nothing while it runs.
    pub end: Option<JobEnd>,
}
