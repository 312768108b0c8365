//! Layer 2: everything that talks to libvirt.
//!
//! [`Backend`] owns the process-wide libvirt event thread, the hosts and the
//! jobs. A [`ConnectionHandle`] is one host: cheap to clone, usable from any
//! thread, never blocking. Its methods are `async` and wait for libvirt on the
//! host's own worker threads; what changes is told through watch channels.
//!
//! Only `sys/` holds `unsafe` code. No libvirt object leaves this module.

mod askpass;
mod auth;
mod connection;
mod error;
mod failure;
mod jobs;
mod ops;
mod schema;
mod sys;

pub use askpass::main_if_called as askpass_main_if_called;
pub use auth::{CredentialField, Prompt, PromptAnswer, PromptRequest};
pub use connection::{ConnectionHandle, DomainSubscription};
pub use error::{BackendError, Operation, Result};
pub use jobs::JobHandle;
pub use ops::{
    ConsoleEndpoint, CreateRequest, DeletePlan, DeletePlanDisk, DeleteRequest, DiskSize, Excuse,
    KeptBecause, Line, LineOpener, Lines, Modification, NewVolume, NoConsole, NoTextConsole,
    OpenLine, TextConsole, TextConsoleEnd, Trust, Version, XmlKind, screen_endpoint,
    waiter_main_if_called,
};
pub use schema::{SchemaProblem, check_schema};

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    runtime::{self, Runtime},
    sync::{mpsc, watch},
};

use self::{auth::Prompter, jobs::Jobs};
use crate::model::{ConnectionId, Failure, FailureKind, JobId, JobSnapshot};

/// The one backend of the process. Cheap to clone.
#[derive(Clone)]
pub struct Backend {
    shared: Arc<Shared>,
}

struct Shared {
    hosts: Mutex<HashMap<ConnectionId, ConnectionHandle>>,
    jobs: Jobs,
    prompter: Prompter,
    /// Waits for worker threads and for times; taken when the backend ends.
    runtime: Mutex<Option<Runtime>>,
    handle: runtime::Handle,
    /// Where ssh asks; removed at the end.
    askpass: Mutex<Option<askpass::Home>>,
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend").finish_non_exhaustive()
    }
}

impl Backend {
    /// Sets what libvirt and ssh read from the environment, so that ssh asks in
    /// a dialog. `program` is the one that ssh calls for that, and that waits for
    /// installations; normally this one. Its `main` begins with
    /// [`askpass_main_if_called`] and [`waiter_main_if_called`].
    ///
    /// To be called once, at the very beginning of `main`, while there is one
    /// thread: the environment may not be changed later.
    ///
    /// # Errors
    /// If no private folder can be made. The program works without, but ssh can
    /// then use keys only.
    pub fn prepare_environment(program: Option<&std::path::Path>) -> std::io::Result<()> {
        sys::process::give_memory_back();
        let program = match program {
            Some(program) => program.to_owned(),
            None => std::env::current_exe()?,
        };
        ops::prepare_waiter(program.clone());
        askpass::prepare(&program)
    }

    /// Sets a variable of the process's environment. Only for the very
    /// beginning of `main`, while there is one thread.
    pub fn set_environment(name: &str, value: &str) {
        sys::process::set_env(name, value);
    }

    /// Starts the event thread. Questions of hosts arrive in `prompts`.
    ///
    /// # Errors
    /// If libvirt cannot be initialised.
    pub fn start(prompts: mpsc::UnboundedSender<PromptRequest>) -> Result<Self> {
        let internal = |detail: String| BackendError {
            operation: Operation::Connect,
            object: "libvirt".to_owned(),
            failure: Failure::new(FailureKind::Internal, detail),
        };
        // The event loop must be there before the first connection.
        sys::start_event_loop().map_err(|error| internal(error.to_string()))?;
        sys::initialise().map_err(|error| internal(error.message().to_owned()))?;
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("posada-backend")
            .enable_time()
            .build()
            .map_err(|error| internal(error.to_string()))?;
        let handle = runtime.handle().clone();
        let shared = Arc::new(Shared {
            hosts: Mutex::default(),
            jobs: Jobs::new(),
            prompter: Prompter::new(prompts),
            runtime: Mutex::new(Some(runtime)),
            handle,
            askpass: Mutex::default(),
        });
        if let Some(home) = askpass::take_home() {
            let known = Arc::downgrade(&shared);
            let hosts = Arc::new(move || {
                known.upgrade().map_or_else(Vec::new, |shared| {
                    shared.hosts().iter().map(|(id, host)| (*id, host.uri())).collect()
                })
            });
            let (prompter, handle) = (shared.prompter.clone(), shared.handle.clone());
            if let Err(error) = askpass::serve(&home, prompter, handle, hosts) {
                tracing::warn!(%error, "ssh cannot ask");
            }
            *shared.askpass.lock().unwrap_or_else(PoisonError::into_inner) = Some(home);
        }
        Ok(Self { shared })
    }

    /// A handle to the host `id` at `uri`; does not connect. A second call with
    /// the same id gives the same host; with another URI, the host is closed
    /// and uses the new one from then on.
    #[must_use]
    pub fn connection(&self, id: ConnectionId, uri: &str) -> ConnectionHandle {
        let mut hosts = self.shared.hosts();
        if let Some(known) = hosts.get(&id) {
            if known.uri() != uri {
                known.set_uri(uri);
            }
            return known.clone();
        }
        let shared = &self.shared;
        let handle = ConnectionHandle::new(
            id,
            uri,
            shared.handle.clone(),
            shared.prompter.clone(),
            shared.jobs.clone(),
        );
        hosts.insert(id, handle.clone());
        handle
    }

    /// Forgets the host and closes its connection in the background.
    pub fn forget(&self, id: ConnectionId) {
        let host = self.shared.hosts().remove(&id);
        if let Some(host) = host {
            host.end();
        }
    }

    /// All jobs of this run, the oldest first; a new value with every change.
    #[must_use]
    pub fn jobs(&self) -> watch::Receiver<Arc<Vec<JobSnapshot>>> {
        self.shared.jobs.watch()
    }

    /// Cancels a job.
    pub fn cancel(&self, job: JobId) {
        self.shared.jobs.cancel(job);
    }

    /// Closes every connection and ends every job; waits at most `deadline`.
    /// Blocking: for the end of `main` only.
    pub fn shut_down(&self, deadline: Duration) {
        let end = Instant::now() + deadline;
        // Jobs first: taking back what they made needs their connections.
        self.shared.jobs.stop(end);
        let hosts: Vec<ConnectionHandle> =
            self.shared.hosts().drain().map(|(_, host)| host).collect();
        for host in &hosts {
            host.end();
        }
        while hosts.iter().any(|host| !host.has_ended()) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
        }
        if !sys::wait_until_closed(end.saturating_duration_since(Instant::now())) {
            tracing::info!("connections were left open at the end");
        }
        self.shared.end_runtime();
    }
}

impl Shared {
    fn hosts(&self) -> MutexGuard<'_, HashMap<ConnectionId, ConnectionHandle>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_runtime(&self) {
        drop(self.askpass.lock().unwrap_or_else(PoisonError::into_inner).take());
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            // The plain drop would wait, and panic inside async code.
            runtime.shutdown_background();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        for (_, host) in self.hosts().drain() {
            host.end();
        }
        self.end_runtime();
    }
}
