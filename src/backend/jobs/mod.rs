//! Long operations: a thread each, a cancel token, progress, one end.
//!
//! A job runs on a thread of its own and talks to the host by its own means;
//! whoever started it may go away. Its snapshots are in a watch channel: the
//! last one has `end` set. Exactly one end is reported, also when the job's
//! code panics, since a guard on the thread's stack reports it.

mod context;
mod registry;

pub(in crate::backend) use context::{JobContext, JobResult, JobStop};
pub(in crate::backend) use registry::Jobs;

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::{JobEnd, JobId, JobSnapshot};

/// A running job. Dropping it does not cancel the job.
#[derive(Clone, Debug)]
pub struct JobHandle {
    shared: Arc<Shared>,
}

/// What the job's thread, its handles and the list of jobs share.
#[derive(Debug)]
struct Shared {
    id: JobId,
    token: CancellationToken,
    snapshot: watch::Sender<JobSnapshot>,
}

impl JobHandle {
    /// Which job.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.shared.id
    }

    /// Asks the job to stop and to take back what it made.
    pub fn cancel(&self) {
        self.shared.token.cancel();
    }

    /// How it goes; `end` is set in the last value.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<JobSnapshot> {
        self.shared.snapshot.subscribe()
    }

    /// Waits for the end.
    pub async fn ended(&self) -> JobEnd {
        let mut snapshots = self.watch();
        // The sender lives in `self`, so waiting cannot fail.
        match snapshots.wait_for(|snapshot| snapshot.end.is_some()).await {
            Ok(snapshot) => snapshot.end.clone().unwrap_or(JobEnd::Cancelled),
            Err(_) => JobEnd::Cancelled,
        }
    }
}
