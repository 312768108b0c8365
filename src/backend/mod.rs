//! Layer 2: everything that talks to libvirt.
//!
//! [`Backend`] owns the process-wide libvirt event thread, the hosts and the
//! jobs. A [`ConnectionHandle`] is one host: cheap to clone, usable from any
//! thread, never blocking. Its methods are `async` and wait for libvirt on the
//! host's own worker threads; what changes is told through watch channels.
//!
//! Only `sys/` holds `unsafe` code. No libvirt object leaves this module.

mod auth;
mod connection;
mod error;
mod jobs;
mod ops;

pub use auth::{CredentialField, Prompt, PromptAnswer, PromptRequest};
pub use connection::{ConnectionHandle, DomainSubscription};
pub use error::{BackendError, Operation, Result};
pub use jobs::JobHandle;
pub use ops::{
    ConsoleEndpoint, CreateRequest, DeletePlan, DeletePlanDisk, DeleteRequest, KeptBecause,
    NewVolume, NoConsole, XmlKind,
};

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::model::{ConnectionId, JobSnapshot};

/// The one backend of the process.
#[derive(Clone, Debug)]
pub struct Backend {}

impl Backend {
    /// Starts the event thread. Questions of hosts arrive in `prompts`.
    ///
    /// # Errors
    /// If libvirt cannot be initialised.
    pub fn start(_prompts: mpsc::UnboundedSender<PromptRequest>) -> Result<Self> {
        todo!()
    }

    /// A handle to the host `id` at `uri`; does not connect. A second call with
    /// the same id gives the same host; with another URI, the host is closed
    /// and uses the new one from then on.
    #[must_use]
    pub fn connection(&self, _id: ConnectionId, _uri: &str) -> ConnectionHandle {
        todo!()
    }

    /// Forgets the host and closes its connection in the background.
    pub fn forget(&self, _id: ConnectionId) {
        todo!()
    }

    /// All jobs of this run, the oldest first; a new value with every change.
    #[must_use]
    pub fn jobs(&self) -> watch::Receiver<Arc<Vec<JobSnapshot>>> {
        todo!()
    }

    /// Cancels a job.
    pub fn cancel(&self, _job: crate::model::JobId) {
        todo!()
    }

    /// Closes every connection and ends every job; waits at most `deadline`.
    /// Blocking: for the end of `main` only.
    pub fn shut_down(&self, _deadline: std::time::Duration) {
        todo!()
    }
}
