//! The list of jobs of this run, and how one is started.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Instant, SystemTime},
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{JobContext, JobHandle, JobResult, JobStop, Shared};
use crate::model::{
    ConnectionId, Failure, FailureKind, JobEnd, JobId, JobKind, JobSnapshot, Progress,
};

/// How many ended jobs the list keeps.
const ENDED_KEPT: usize = 50;

/// The jobs of the process. Cheap to clone.
#[derive(Clone, Debug)]
pub(in crate::backend) struct Jobs {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    next: AtomicU64,
    jobs: Mutex<VecDeque<Arc<Shared>>>,
    ended: Condvar,
    list: watch::Sender<Arc<Vec<JobSnapshot>>>,
}

impl Jobs {
    /// An empty list.
    pub(in crate::backend) fn new() -> Self {
        Self {
            inner: Arc::new(Inner {
                next: AtomicU64::new(1),
                jobs: Mutex::default(),
                ended: Condvar::new(),
                list: watch::Sender::new(Arc::default()),
            }),
        }
    }

    /// All jobs, the oldest first; a new value with every change.
    pub(in crate::backend) fn watch(&self) -> watch::Receiver<Arc<Vec<JobSnapshot>>> {
        self.inner.list.subscribe()
    }

    /// Asks a job to stop.
    pub(in crate::backend) fn cancel(&self, job: JobId) {
        if let Some(shared) = self.inner.lock().iter().find(|shared| shared.id == job) {
            shared.token.cancel();
        }
    }

    /// Asks every job to stop and waits for their ends, at most until
    /// `deadline`. Blocking.
    pub(in crate::backend) fn stop(&self, deadline: Instant) {
        let mut jobs = self.inner.lock();
        for shared in jobs.iter() {
            shared.token.cancel();
        }
        while jobs.iter().any(|shared| shared.snapshot.borrow().end.is_none()) {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { break };
            jobs =
                self.inner.ended.wait_timeout(jobs, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Starts `work` on a thread of its own.
    pub(in crate::backend) fn start<W>(
        &self,
        connection: ConnectionId,
        kind: JobKind,
        work: W,
    ) -> JobHandle
    where
        W: FnOnce(&JobContext) -> JobResult + Send + 'static,
    {
        let begun = Instant::now();
        let id = JobId(self.inner.next.fetch_add(1, Ordering::Relaxed));
        let snapshot = JobSnapshot {
            id,
            connection,
            kind,
            started: SystemTime::now(),
            ended: None,
            progress: Progress::default(),
            end: None,
        };
        let shared = Arc::new(Shared {
            id,
            token: CancellationToken::new(),
            snapshot: watch::Sender::new(snapshot),
        });
        self.inner.add(Arc::clone(&shared));

        let context = JobContext {
            shared: Arc::clone(&shared),
            jobs: Arc::clone(&self.inner),
            begun,
            reported: AtomicU64::new(0),
        };
        let guard = EndGuard {
            shared: Arc::clone(&shared),
            jobs: Arc::clone(&self.inner),
            begun,
            end: JobEnd::Failed(Failure::new(
                FailureKind::Internal,
                "the thread of the job broke off",
            )),
        };
        // If the thread cannot be made, the closure and with it the guard are
        // dropped here, which reports the failure.
        let spawned = thread::Builder::new().name(format!("job-{}", id.0)).spawn(move || {
            let mut guard = guard;
            guard.end = match work(&context) {
                Ok(()) => JobEnd::Finished,
                Err(JobStop::Cancelled) => JobEnd::Cancelled,
                Err(JobStop::Failed(failure)) => JobEnd::Failed(failure),
            };
        });
        if let Err(error) = spawned {
            tracing::error!("no thread for a job: {error}");
        }
        JobHandle { shared }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Shared>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, shared: Arc<Shared>) {
        let mut jobs = self.lock();
        jobs.push_back(shared);
        let mut surplus = jobs
            .iter()
            .filter(|job| job.snapshot.borrow().end.is_some())
            .count()
            .saturating_sub(ENDED_KEPT);
        jobs.retain(|job| {
            let drop = surplus > 0 && job.snapshot.borrow().end.is_some();
            surplus -= usize::from(drop);
            !drop
        });
        self.send(&jobs);
    }

    /// Puts the present state of all jobs into the list's channel.
    pub(super) fn publish(&self) {
        self.send(&self.lock());
    }

    /// Under the lock, so that a later state never comes before an earlier one.
    fn send(&self, jobs: &VecDeque<Arc<Shared>>) {
        let list = jobs.iter().map(|job| job.snapshot.borrow().clone()).collect();
        self.list.send_replace(Arc::new(list));
    }
}

/// Reports the end when the job's thread leaves its code, however it does.
struct EndGuard {
    shared: Arc<Shared>,
    jobs: Arc<Inner>,
    begun: Instant,
    end: JobEnd,
}

impl Drop for EndGuard {
    fn drop(&mut self) {
        let jobs = self.jobs.lock();
        self.shared.snapshot.send_modify(|snapshot| {
            // The computer's clock may have been set meanwhile.
            snapshot.ended = Some(snapshot.started + self.begun.elapsed());
            snapshot.end = Some(self.end.clone());
        });
        self.jobs.send(&jobs);
        self.jobs.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use uuid::Uuid;

    use super::*;
    use crate::model::JobPhase;

    fn upload() -> JobKind {
        JobKind::Upload { file: "a.iso".to_owned(), pool: "default".to_owned() }
    }

    fn start<W>(jobs: &Jobs, work: W) -> JobHandle
    where
        W: FnOnce(&JobContext) -> JobResult + Send + 'static,
    {
        jobs.start(ConnectionId(Uuid::nil()), upload(), work)
    }

    #[tokio::test]
    async fn a_job_ends_as_its_code_does() {
        let jobs = Jobs::new();
        assert_eq!(start(&jobs, |_| Ok(())).ended().await, JobEnd::Finished);
        let failure = Failure::new(FailureKind::NoSpace, "full");
        let same = failure.clone();
        let failed = start(&jobs, move |_| Err(JobStop::Failed(same)));
        assert_eq!(failed.ended().await, JobEnd::Failed(failure));
        let mut list = jobs.watch();
        let all_ended = |list: &Arc<Vec<JobSnapshot>>| list.iter().all(|job| job.end.is_some());
        let list = list.wait_for(all_ended).await.unwrap();
        assert_eq!(list.len(), 2);
        assert!(list.iter().all(|job| job.ended.is_some_and(|ended| ended >= job.started)));
    }

    #[tokio::test]
    async fn a_panic_is_reported_as_a_defect() {
        let jobs = Jobs::new();
        let end = start(&jobs, |_| panic!("on purpose")).ended().await;
        assert!(matches!(end, JobEnd::Failed(failure) if failure.kind == FailureKind::Internal));
    }

    #[tokio::test]
    async fn a_cancel_reaches_the_code() {
        let jobs = Jobs::new();
        let job = start(&jobs, |context| {
            loop {
                context.check()?;
                thread::yield_now();
            }
        });
        jobs.cancel(job.id());
        assert_eq!(job.ended().await, JobEnd::Cancelled);
    }

    #[tokio::test]
    async fn phases_are_told_at_once_and_counts_now_and_then() {
        let jobs = Jobs::new();
        let (go, wait) = mpsc::channel::<()>();
        let job = start(&jobs, move |context| {
            context.phase(JobPhase::Copying);
            for done in 0..10_000 {
                context.progress(done, Some(10_000));
            }
            let _ = wait.recv();
            context.progress(10_000, Some(10_000));
            Ok(())
        });
        let mut seen = job.watch();
        let copying = seen.wait_for(|snapshot| snapshot.progress.phase == JobPhase::Copying);
        assert!(copying.await.is_ok());
        go.send(()).unwrap();
        assert_eq!(job.ended().await, JobEnd::Finished);
        assert_eq!(job.watch().borrow().progress.done, 10_000);
    }

    #[test]
    fn stopping_waits_for_the_ends_but_not_for_ever() {
        let jobs = Jobs::new();
        let job = start(&jobs, |context| {
            while context.check().is_ok() {
                thread::yield_now();
            }
            Err(JobStop::Cancelled)
        });
        jobs.stop(Instant::now() + Duration::from_secs(10));
        assert_eq!(job.watch().borrow().end, Some(JobEnd::Cancelled));

        let (_keep, wait) = mpsc::channel::<()>();
        let stubborn = start(&jobs, move |_| {
            let _ = wait.recv();
            Ok(())
        });
        jobs.stop(Instant::now() + Duration::from_millis(20));
        assert_eq!(stubborn.watch().borrow().end, None);
    }

    #[tokio::test]
    async fn the_list_forgets_the_oldest_ended_jobs() {
        let jobs = Jobs::new();
        for _ in 0..ENDED_KEPT + 20 {
            start(&jobs, |_| Ok(())).ended().await;
        }
        let list = jobs.watch().borrow().clone();
        assert!(list.len() <= ENDED_KEPT + 1, "{}", list.len());
        assert!(list[0].id > JobId(1));
    }
}
