//! What a job's code sees: whether to stop, and where to report.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

#[cfg(test)]
use tokio_util::sync::CancellationToken;

use super::{Shared, registry::Inner};
use crate::model::{Failure, JobPhase, Progress};

/// Progress reaches the windows at most this often; a new phase at once.
const REPORT_EVERY: Duration = Duration::from_millis(200);

/// Why a job stops before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend) enum JobStop {
    /// The user asked for it.
    Cancelled,
    /// Something failed.
    Failed(Failure),
}

/// How a job's code ends.
pub(in crate::backend) type JobResult<T = ()> = Result<T, JobStop>;

impl<F: Into<Failure>> From<F> for JobStop {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

/// Handed to a job's code; not to be kept beyond it.
pub(in crate::backend) struct JobContext {
    pub(super) shared: Arc<Shared>,
    pub(super) jobs: Arc<Inner>,
    pub(super) begun: Instant,
    /// Microseconds from `begun` to the last report.
    pub(super) reported: AtomicU64,
}

impl JobContext {
    /// What the user's wish to stop arrives in.
    #[cfg(test)]
    pub(in crate::backend) fn token(&self) -> &CancellationToken {
        &self.shared.token
    }

    /// Waits for the user's wish to stop.
    pub(in crate::backend) async fn cancelled(&self) {
        self.shared.token.cancelled().await;
    }

    /// Stops here if the user asked for it.
    pub(in crate::backend) fn check(&self) -> JobResult {
        if self.shared.token.is_cancelled() { Err(JobStop::Cancelled) } else { Ok(()) }
    }

    /// Enters a step; the count starts anew.
    pub(in crate::backend) fn phase(&self, phase: JobPhase) {
        self.send(Progress { done: 0, total: None, phase });
    }

    /// Tells how far the present step is; cheap to call often.
    pub(in crate::backend) fn progress(&self, done: u64, total: Option<u64>) {
        let now = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let last = self.reported.load(Ordering::Relaxed);
        let complete = total == Some(done);
        let interval = u64::try_from(REPORT_EVERY.as_micros()).unwrap_or(u64::MAX);
        if complete || now.saturating_sub(last) >= interval {
            self.reported.store(now, Ordering::Relaxed);
            let phase = self.shared.snapshot.borrow().progress.phase;
            self.send(Progress { done, total, phase });
        }
    }

    fn send(&self, progress: Progress) {
        self.shared.snapshot.send_modify(|snapshot| snapshot.progress = progress);
        self.jobs.publish();
    }
}
