//! Long operations: a thread each, a cancel token, progress, one end.

use tokio::sync::watch;

use crate::model::{JobId, JobSnapshot};

/// A running job. Dropping it does not cancel the job.
#[derive(Clone, Debug)]
pub struct JobHandle {}

impl JobHandle {
    /// Which job.
    #[must_use]
    pub fn id(&self) -> JobId {
        todo!()
    }

    /// Asks the job to stop and to take back what it made.
    pub fn cancel(&self) {
        todo!()
    }

    /// How it goes; `end` is set in the last value.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<JobSnapshot> {
        todo!()
    }
}
