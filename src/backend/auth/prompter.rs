//! Carries questions to the interface and remembers, while the program runs,
//! the answers that opened a connection: reconnecting, the second connection
//! and console tunnels ask the same again.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    runtime,
    sync::{mpsc, oneshot},
};
use tokio_util::sync::CancellationToken;

use super::{CredentialField, Prompt, PromptAnswer, PromptRequest};
use crate::{
    backend::sys::Credential,
    model::{ConnectionId, Failure, FailureKind, Secret},
};

/// Asks the user. Cheap to clone.
#[derive(Clone)]
pub(in crate::backend) struct Prompter {
    requests: mpsc::UnboundedSender<PromptRequest>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// Answers that led to an open connection, by host and question.
    remembered: HashMap<ConnectionId, HashMap<String, PromptAnswer>>,
    /// Openings that are under way.
    attempts: HashMap<ConnectionId, Vec<Arc<AttemptState>>>,
}

struct AttemptState {
    cancel: CancellationToken,
    cancelled_by_user: AtomicBool,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    /// Answers of the user in this attempt.
    given: HashMap<String, PromptAnswer>,
    /// Questions that were answered from memory.
    recalled: HashSet<String>,
}

impl Prompter {
    pub(in crate::backend) fn new(requests: mpsc::UnboundedSender<PromptRequest>) -> Self {
        Self { requests, shared: Arc::default() }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an opening of `connection`.
    pub(in crate::backend) fn attempt(
        &self,
        connection: ConnectionId,
        cancel: CancellationToken,
        runtime: runtime::Handle,
    ) -> Attempt {
        let state = Arc::new(AttemptState {
            cancel,
            cancelled_by_user: AtomicBool::new(false),
            progress: Mutex::default(),
        });
        self.shared().attempts.entry(connection).or_default().push(Arc::clone(&state));
        Attempt { prompter: self.clone(), connection, runtime, state }
    }

    /// Forgets the answers for a host: the user disconnected, or they failed.
    pub(in crate::backend) fn forget(&self, connection: ConnectionId) {
        self.shared().remembered.remove(&connection);
    }

    /// Hosts that are being opened now.
    pub(in crate::backend) fn opening(&self) -> Vec<ConnectionId> {
        self.shared().attempts.keys().copied().collect()
    }

    /// Asks on behalf of ssh for `connection`: from memory where the same
    /// question was answered well before, else the user. `ended` is cancelled
    /// when ssh no longer wants to know.
    pub(in crate::backend) async fn ask_for_ssh(
        &self,
        connection: ConnectionId,
        prompt: Prompt,
        ended: CancellationToken,
    ) -> Option<PromptAnswer> {
        let attempt =
            self.shared().attempts.get(&connection).and_then(|attempts| attempts.last().cloned());
        self.ask(connection, prompt, attempt.as_deref(), ended).await
    }

    async fn ask(
        &self,
        connection: ConnectionId,
        prompt: Prompt,
        attempt: Option<&AttemptState>,
        ended: CancellationToken,
    ) -> Option<PromptAnswer> {
        let key = key(&prompt);
        let recall = attempt.is_none_or(|attempt| {
            // A second time in the same attempt, the remembered answer was wrong.
            attempt.progress().recalled.insert(key.clone())
        });
        if recall
            && let Some(known) =
                self.shared().remembered.get(&connection).and_then(|known| known.get(&key))
        {
            return Some(known.clone());
        }
        let again = attempt.is_some_and(|attempt| attempt.progress().given.contains_key(&key));
        let (reply, answer) = oneshot::channel();
        // Nobody listens any more: as if cancelled.
        self.requests.send(PromptRequest { connection, prompt, again, reply }).ok()?;
        let stop = attempt.map_or_else(CancellationToken::new, |attempt| attempt.cancel.clone());
        let answer = tokio::select! {
            answer = answer => answer.ok().flatten(),
            () = stop.cancelled() => None,
            () = ended.cancelled() => None,
        };
        if let Some(attempt) = attempt {
            match &answer {
                Some(answer) => {
                    attempt.progress().given.insert(key, answer.clone());
                }
                None => attempt.cancelled_by_user.store(true, Ordering::Release),
            }
        }
        answer
    }
}

/// What makes two questions the same.
fn key(prompt: &Prompt) -> String {
    match prompt {
        Prompt::Credentials(fields) => {
            fields.iter().map(|field| field.label.as_str()).collect::<Vec<_>>().join("\n")
        }
        Prompt::SshSecret { text } | Prompt::SshConfirm { text } => text.clone(),
    }
}

impl AttemptState {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One opening of a connection, from its thread.
pub(in crate::backend) struct Attempt {
    prompter: Prompter,
    connection: ConnectionId,
    runtime: runtime::Handle,
    state: Arc<AttemptState>,
}

impl Attempt {
    /// Asks for libvirt's credentials; blocks until the user answers, the
    /// question is cancelled or the opening is given up.
    pub(in crate::backend) fn credentials(
        &self,
        credentials: &[Credential],
    ) -> Option<Vec<Secret>> {
        let fields: Vec<CredentialField> = credentials
            .iter()
            .map(|credential| CredentialField {
                label: credential.prompt.clone(),
                secret: credential.secret,
                default: credential.default.clone(),
            })
            .collect();
        let asked = self.prompter.ask(
            self.connection,
            Prompt::Credentials(fields),
            Some(&self.state),
            CancellationToken::new(),
        );
        match self.runtime.block_on(asked) {
            Some(PromptAnswer::Values(values)) => Some(values),
            _ => None,
        }
    }

    /// Remembers what the user answered.
    pub(in crate::backend) fn succeeded(&self) {
        let given = std::mem::take(&mut self.state.progress().given);
        // Only what can be asked again: a trusted key is in ssh's own list.
        let answers =
            given.into_iter().filter(|(_, answer)| matches!(answer, PromptAnswer::Values(_)));
        self.prompter.shared().remembered.entry(self.connection).or_default().extend(answers);
    }

    /// Forgets what did not help.
    pub(in crate::backend) fn failed(&self, failure: &Failure) {
        if failure.kind == FailureKind::AuthenticationFailed {
            self.prompter.forget(self.connection);
        }
    }

    /// Whether the user closed a question of this opening.
    pub(in crate::backend) fn was_cancelled(&self) -> bool {
        self.state.cancelled_by_user.load(Ordering::Acquire)
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut shared = self.prompter.shared();
        if let Some(attempts) = shared.attempts.get_mut(&self.connection) {
            attempts.retain(|attempt| !Arc::ptr_eq(attempt, &self.state));
            if attempts.is_empty() {
                shared.attempts.remove(&self.connection);
            }
        }
    }
}
