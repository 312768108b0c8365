//! What can be asked of a connected host, a file per kind of object.
//!
//! Each file has plain functions over a libvirt connection, which block and
//! run on a worker's or a job's thread, and the handle's methods, which only
//! wait for them.

mod console;
mod create;
mod definition;
mod delete;
mod disk_size;
mod domain;
mod history;
mod host;
mod modify;
mod network;
mod node_device;
mod parallel;
mod restart;
mod snapshot;
mod storage;
mod stream;
#[cfg(test)]
mod testing;
mod xml;

pub use console::{
    ConsoleEndpoint, Excuse, Line, LineOpener, Lines, NoConsole, NoTextConsole, OpenLine,
    TextConsole, TextConsoleEnd, Trust, screen_endpoint,
};
pub(in crate::backend) use create::prepare as prepare_waiter;
pub use create::{CreateRequest, NewVolume, main_if_called as waiter_main_if_called};
pub use delete::{DeletePlan, DeletePlanDisk, DeleteRequest, KeptBecause};
pub use disk_size::DiskSize;
pub use domain::XmlKind;
pub use history::Version;
pub use modify::Modification;

use virt::connect::Connect;

use crate::{
    backend::{
        BackendError, ConnectionHandle, JobHandle, Operation, Result,
        jobs::{JobContext, JobResult},
    },
    model::{Failure, FailureKind, HostFacts, JobKind},
};

/// The result of an operation before it is known what it was for.
type Done<T = ()> = std::result::Result<T, Failure>;

impl ConnectionHandle {
    /// Starts a job that works on the connection for slow calls.
    async fn start_job<W>(
        &self,
        operation: Operation,
        object: String,
        kind: JobKind,
        work: W,
    ) -> Result<JobHandle>
    where
        W: FnOnce(&Connect, &JobContext) -> JobResult + Send + 'static,
    {
        let connect = self.job_connection(operation, object).await?;
        let host = self.clone();
        Ok(self.jobs().start(self.id(), kind, move |job| {
            let result = work(&connect, job);
            host.resources_changed();
            result
        }))
    }

    /// What the host is.
    fn facts(
        &self,
        operation: Operation,
        object: impl Into<String>,
    ) -> Result<std::sync::Arc<HostFacts>> {
        self.inventory().borrow().facts.clone().ok_or_else(|| BackendError {
            operation,
            object: object.into(),
            failure: Failure::new(FailureKind::Disconnected, "not connected"),
        })
    }
}
