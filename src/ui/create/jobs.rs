//! The work that takes time: copying an image into a pool, making the guest.

use std::path::PathBuf;

use relm4::ComponentSender;

use super::{
    Create, CreateCmd, CreateOutput,
    draft::{Page, Source},
    helpers,
    pages::{Problem, Severity},
    plan,
};
use crate::{
    backend::{BackendError, ConnectionHandle, JobHandle, Operation},
    model::{
        ConnectionId, FailureKind, GuestRef, JobEnd, JobSnapshot, PoolId, Progress, VolumeSummary,
    },
    ui::error,
};

/// A job that the assistant waits for.
#[derive(Debug)]
pub(super) struct RunningJob {
    purpose: Purpose,
    /// Nothing until the backend has taken the job.
    handle: Option<JobHandle>,
    progress: Progress,
}

/// What a job is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Copies the chosen medium into a pool.
    Copy {
        /// The host.
        host: ConnectionId,
        /// The pool.
        pool: PoolId,
        /// The volume's name.
        name: String,
    },
    /// Makes the guest.
    Create {
        /// The guest.
        guest: GuestRef,
    },
}

impl Create {
    /// How the copy goes, while there is one.
    pub(super) fn copying(&self) -> Option<&Progress> {
        self.job
            .as_ref()
            .filter(|job| !matches!(job.purpose, Purpose::Create { .. }))
            .map(|job| &job.progress)
    }

    /// Whether a file is being copied.
    pub(super) fn is_copying(&self) -> bool {
        self.copying().is_some()
    }

    /// How the making of the guest goes.
    pub(super) fn creating(&self) -> Option<&Progress> {
        self.job
            .as_ref()
            .filter(|job| matches!(job.purpose, Purpose::Create { .. }))
            .map(|job| &job.progress)
    }

    /// Copies the chosen file into a pool.
    pub(super) fn start_copy(&mut self, sender: &ComponentSender<Self>) {
        let Some(Source::File(file)) = self.draft.source().cloned() else { return };
        let Some(host) = &self.host else { return };
        if self.job.is_some() {
            return;
        }
        self.problem = None;
        let id = host.entry.id;
        let handle = host.handle.clone();
        let chosen = self.draft.copy_pool.or_else(|| host.default_pool().map(|pool| pool.id));
        self.job = Some(RunningJob {
            purpose: Purpose::Copy {
                host: id,
                pool: PoolId(uuid::Uuid::nil()),
                name: String::new(),
            },
            handle: None,
            progress: Progress::default(),
        });
        sender.oneshot_command(async move {
            CreateCmd::JobTaken(begin_copy(handle, id, chosen, file).await)
        });
    }

    /// Makes the guest.
    pub(super) fn start_create(&mut self, sender: &ComponentSender<Self>) {
        let Some(host) = &self.host else { return };
        if self.job.is_some() {
            return;
        }
        let plan = match &self.plan {
            Some(Ok(plan)) => plan.clone(),
            Some(Err(problem)) => {
                self.problem = Some((self.page, problem.clone()));
                return;
            }
            None => return,
        };
        let edited = self.draft.customise.then(|| self.edited.clone()).flatten();
        let plan = match plan::with_edits(plan, edited.as_deref(), &self.more_volumes) {
            Ok(plan) => plan,
            Err(problem) => {
                self.go_to_line = problem.line;
                self.problem = Some((Page::Xml, problem.problem));
                return;
            }
        };
        self.problem = None;
        let guest = GuestRef { connection: host.entry.id, domain: plan.domain };
        let handle = host.handle.clone();
        self.job = Some(RunningJob {
            purpose: Purpose::Create { guest },
            handle: None,
            progress: Progress::default(),
        });
        self.page = Page::Progress;
        sender.oneshot_command(async move {
            let taken = handle.create(plan.request).await;
            CreateCmd::JobTaken(taken.map(|job| (Purpose::Create { guest }, job)))
        });
    }

    /// The backend has taken the job, or not.
    pub(super) fn job_taken(
        &mut self,
        taken: Result<(Purpose, JobHandle), BackendError>,
        sender: &ComponentSender<Self>,
    ) {
        match taken {
            Ok((purpose, handle)) => {
                if self.stopping {
                    handle.cancel();
                }
                let mut watch = handle.watch();
                sender.command(move |out, shutdown| {
                    shutdown
                        .register(async move {
                            loop {
                                let now = watch.borrow_and_update().clone();
                                let ended = now.end.is_some();
                                out.emit(CreateCmd::JobChanged(Box::new(now)));
                                if ended || watch.changed().await.is_err() {
                                    break;
                                }
                            }
                        })
                        .drop_on_shutdown()
                });
                self.job = Some(RunningJob {
                    purpose,
                    handle: Some(handle),
                    progress: Progress::default(),
                });
            }
            Err(error) => self.job_failed(&error),
        }
    }

    /// The job went on or ended.
    pub(super) fn job_changed(
        &mut self,
        snapshot: JobSnapshot,
        sender: &ComponentSender<Self>,
        root: &relm4::adw::Dialog,
    ) {
        let Some(job) = &mut self.job else { return };
        if job.handle.as_ref().is_none_or(|handle| handle.id() != snapshot.id) {
            return;
        }
        job.progress = snapshot.progress;
        let purpose = job.purpose.clone();
        match snapshot.end {
            None => {}
            Some(JobEnd::Finished) => {
                self.job = None;
                self.stopping = false;
                self.job_finished(purpose, sender, root);
            }
            Some(JobEnd::Cancelled) => {
                self.job = None;
                self.stopping = false;
                if matches!(purpose, Purpose::Create { .. }) {
                    self.page = Page::Review;
                }
            }
            Some(JobEnd::Failed(failure)) => {
                let (operation, object) = match &purpose {
                    Purpose::Copy { name, .. } => (Operation::Storage, name.clone()),
                    Purpose::Create { .. } => (Operation::Create, self.draft.name.value.clone()),
                };
                self.job_failed(&BackendError { operation, object, failure });
            }
        }
    }

    fn job_finished(
        &mut self,
        purpose: Purpose,
        sender: &ComponentSender<Self>,
        root: &relm4::adw::Dialog,
    ) {
        use relm4::adw::prelude::AdwDialogExt;
        match purpose {
            Purpose::Copy { host, pool, name } => {
                let Some(handle) = self.context.handle(host) else { return };
                sender.oneshot_command(async move {
                    CreateCmd::Copied(host, pool, name, handle.volumes(pool).await)
                });
            }
            Purpose::Create { guest } => {
                // The parent may have gone; then there is nobody to tell.
                let _ = sender.output(CreateOutput::Created(guest));
                root.force_close();
            }
        }
    }

    /// Shows a failure where it can be mended.
    pub(super) fn job_failed(&mut self, error: &BackendError) {
        let creating = self.creating().is_some();
        self.job = None;
        self.stopping = false;
        if error.failure.kind == FailureKind::Cancelled {
            if creating {
                self.page = Page::Review;
            }
            return;
        }
        let page =
            if creating { mend_on(error.failure.kind, self.draft.customise) } else { Page::Source };
        self.problem = Some((page, problem(error)));
        self.page = page;
    }

    /// The copy is there: the guest begins with it from now on.
    pub(super) fn copied(
        &mut self,
        host: ConnectionId,
        pool: PoolId,
        name: &str,
        volumes: Result<Vec<VolumeSummary>, BackendError>,
        sender: &ComponentSender<Self>,
    ) {
        if self.host_id() != Some(host) {
            return;
        }
        let volumes = match volumes {
            Ok(volumes) => volumes,
            Err(error) => {
                self.problem = Some((Page::Source, problem(&error)));
                return;
            }
        };
        let Some(volume) = volumes.iter().find(|volume| volume.name == name).cloned() else {
            return;
        };
        let pool_name = self
            .host
            .as_mut()
            .map(|host| {
                host.volumes.insert(pool, volumes);
                host.pools.iter().find(|had| had.id == pool).map(|had| had.name.clone())
            })
            .unwrap_or_default();
        // The bytes are the same, so what was found in the file holds.
        self.draft.set_source(Some(Source::Volume { pool: pool_name.unwrap_or_default(), volume }));
        self.check_access(sender);
        self.read_resources(sender);
        self.leave_source(sender);
    }

    /// Stops the job.
    pub(super) fn stop_job(&mut self) {
        if let Some(job) = &self.job {
            self.stopping = true;
            if let Some(handle) = &job.handle {
                handle.cancel();
            }
        }
    }
}

/// The page on which a failed creation can be mended.
fn mend_on(kind: FailureKind, customised: bool) -> Page {
    match kind {
        FailureKind::FileAccess | FailureKind::NotFound => Page::Source,
        FailureKind::NoSpace | FailureKind::NoMemory => Page::Resources,
        FailureKind::InvalidDefinition if customised => Page::Xml,
        _ => Page::Review,
    }
}

/// A failure as a page shows it.
pub(super) fn problem(error: &BackendError) -> Problem {
    let message = error::describe(error);
    Problem {
        severity: Severity::Error,
        title: message.title,
        body: message.body,
        detail: message.detail,
    }
}

/// The pool to use: the chosen one, or the default one, made if need be.
async fn pool_or_default(
    handle: &ConnectionHandle,
    chosen: Option<PoolId>,
) -> Result<PoolId, BackendError> {
    match chosen {
        Some(pool) => Ok(pool),
        None => handle.default_pool().await.map(|pool| pool.id),
    }
}

async fn begin_copy(
    handle: ConnectionHandle,
    host: ConnectionId,
    chosen: Option<PoolId>,
    file: PathBuf,
) -> Result<(Purpose, JobHandle), BackendError> {
    let pool = pool_or_default(&handle, chosen).await?;
    let volumes = handle.volumes(pool).await?;
    let name = helpers::volume_name(&file, |name| volumes.iter().any(|volume| volume.name == name));
    let job = handle.upload(file, pool, name.clone()).await?;
    Ok((Purpose::Copy { host, pool, name }, job))
}
