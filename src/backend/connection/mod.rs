//! One host: its three libvirt connections, its worker threads and its state.
//!
//! - `call`: calls of libvirt from async code.
//! - `pool`: the worker threads.
//! - `link`: an open host; `opening` makes one.
//! - `actor`: the state machine of a host, a task on the backend's runtime.
//! - `inventory`: reading the guests; `refresh`: when they are read again.
//! - `watching`: definitions, load and addresses of the guests in view.

mod actor;
mod call;
mod inventory;
mod link;
mod opening;
mod pool;
mod refresh;
#[cfg(test)]
mod tests;
mod watching;

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    runtime,
    sync::{broadcast, mpsc, watch},
};

pub(crate) use call::{Lane, lookup_domain, lookup_network, lookup_pool};
pub(crate) use pool::Key;

use self::{actor::Command, link::Link};
use super::{auth::Prompter, jobs::Jobs, sys::DomainEvent};
use crate::model::{ConnectionId, DomainAction, DomainId, Inventory, StatsSnapshot};

/// One host: cheap to clone, usable from any thread, never blocking. See the
/// module's page.
#[derive(Clone)]
pub struct ConnectionHandle {
    host: Arc<Host>,
}

/// What the handles, the state machine and the worker threads share.
struct Host {
    id: ConnectionId,
    uri: Mutex<String>,
    inventory: watch::Sender<Arc<Inventory>>,
    stats: watch::Sender<Arc<StatsSnapshot>>,
    events: broadcast::Sender<DomainEvent>,
    link: RwLock<Option<Arc<Link>>>,
    commands: mpsc::UnboundedSender<Command>,
    runtime: runtime::Handle,
    next_subscription: AtomicU64,
    prompter: Prompter,
    jobs: Jobs,
}

impl Host {
    fn uri(&self) -> String {
        self.uri.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn link(&self) -> Option<Arc<Link>> {
        self.link.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_link(&self, link: Option<Arc<Link>>) {
        let old = {
            let mut slot = self.link.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *slot, link)
        };
        if let Some(old) = old {
            old.end();
        }
    }

    /// Changes what is known of the host; watchers hear of it if it is new.
    fn update(&self, change: impl FnOnce(&mut Inventory)) {
        self.inventory.send_if_modified(|inventory| {
            let before = Arc::clone(inventory);
            change(Arc::make_mut(inventory));
            *before != **inventory
        });
    }

    fn command(&self, command: Command) {
        // The state machine ends with the backend.
        let _ = self.commands.send(command);
    }
}

impl fmt::Debug for ConnectionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionHandle").field("id", &self.host.id).finish_non_exhaustive()
    }
}

impl ConnectionHandle {
    /// A host that is not connected; its state machine runs on `runtime`.
    pub(super) fn new(
        id: ConnectionId,
        uri: &str,
        runtime: runtime::Handle,
        prompter: Prompter,
        jobs: Jobs,
    ) -> Self {
        let (commands, receiver) = mpsc::unbounded_channel();
        let host = Arc::new(Host {
            id,
            uri: Mutex::new(uri.to_owned()),
            inventory: watch::Sender::new(Arc::default()),
            stats: watch::Sender::new(Arc::default()),
            events: broadcast::Sender::new(256),
            link: RwLock::default(),
            commands,
            runtime,
            next_subscription: AtomicU64::new(0),
            prompter,
            jobs,
        });
        host.runtime.spawn(actor::run(Arc::clone(&host), receiver));
        Self { host }
    }

    /// The answer of `ask`, kept until the connection ends.
    pub(in crate::backend) async fn capabilities_once(
        &self,
        ask: impl Future<Output = super::Result<String>>,
    ) -> super::Result<String> {
        match self.host.link() {
            Some(link) => link.capabilities.get_or_try_init(|| ask).await.cloned(),
            None => ask.await,
        }
    }

    /// The host's number.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.host.id
    }

    /// The URI in use.
    #[must_use]
    pub fn uri(&self) -> String {
        self.host.uri()
    }

    /// What is known of the host: a new value with every change, bursts merged.
    #[must_use]
    pub fn inventory(&self) -> watch::Receiver<Arc<Inventory>> {
        self.host.inventory.subscribe()
    }

    /// Load of the guests that subscriptions name.
    #[must_use]
    pub fn stats(&self) -> watch::Receiver<Arc<StatsSnapshot>> {
        self.host.stats.subscribe()
    }

    /// Opens the connection, or tries again at once; the inventory tells how it goes.
    pub fn connect(&self) {
        self.host.command(Command::Connect);
    }

    /// Closes the connection, or stops trying.
    pub fn disconnect(&self) {
        self.host.command(Command::Disconnect);
    }

    /// How often load is read; two seconds unless told.
    pub fn set_stats_interval(&self, interval: Duration) {
        self.host.command(Command::StatsInterval(interval));
    }

    /// Says which guests a window shows: their definitions are read and, where
    /// `load` is set, their load every [interval](Self::set_stats_interval).
    #[must_use]
    pub fn subscribe(&self) -> DomainSubscription {
        DomainSubscription {
            id: self.host.next_subscription.fetch_add(1, Ordering::Relaxed),
            host: Arc::clone(&self.host),
        }
    }

    /// Uses another URI from the next connecting on; an open connection to the
    /// old one is closed.
    pub(super) fn set_uri(&self, uri: &str) {
        self.host.command(Command::Uri(uri.to_owned()));
        uri.clone_into(&mut self.host.uri.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Ends the host for good: its connection and its state machine.
    pub(super) fn end(&self) {
        self.host.command(Command::End);
    }

    /// Whether the state machine has ended and given up its connections.
    pub(super) fn has_ended(&self) -> bool {
        self.host.commands.is_closed()
    }

    /// Events of guests as they happen. A receiver that is too slow misses
    /// some; the inventory never does.
    pub(crate) fn events(&self) -> broadcast::Receiver<DomainEvent> {
        self.host.events.subscribe()
    }

    /// Shows `action` as pending on the guest until the guard is dropped; then
    /// the guest is read again.
    pub(crate) fn pending(&self, id: DomainId, action: DomainAction) -> PendingGuard {
        self.host.update(|inventory| {
            inventory.pending.insert(id, action);
        });
        PendingGuard { host: Arc::clone(&self.host), id, action }
    }

    /// Reads the list of guests again soon, for whoever comes back to it:
    /// libvirt sends no event when autostart or a saved state changes.
    pub fn look_again(&self) {
        self.host.command(Command::LookAgain);
    }

    /// Reads a guest again soon: for changes that libvirt sends no event for.
    pub(crate) fn touch(&self, id: DomainId) {
        self.host.command(Command::Touch(id));
    }

    /// Tells pages that networks, pools or volumes changed.
    pub(crate) fn resources_changed(&self) {
        self.host.update(|inventory| inventory.resources_generation += 1);
    }

    /// The guest's name for messages; its UUID if it is not known.
    pub(crate) fn domain_name(&self, id: DomainId) -> String {
        let inventory = self.host.inventory.borrow();
        inventory.domains.get(&id).map_or_else(|| id.to_string(), |domain| domain.name.clone())
    }

    /// The runtime for tasks that outlive their caller.
    pub(crate) fn runtime(&self) -> &runtime::Handle {
        &self.host.runtime
    }

    /// The process's list of jobs.
    pub(in crate::backend) fn jobs(&self) -> &Jobs {
        &self.host.jobs
    }

    fn link(&self) -> Option<Arc<Link>> {
        self.host.link()
    }
}

/// An action that is under way; see [`ConnectionHandle::pending`].
#[must_use]
pub(crate) struct PendingGuard {
    host: Arc<Host>,
    id: DomainId,
    action: DomainAction,
}

impl Drop for PendingGuard {
    fn drop(&mut self) {
        // Only its own: a later action may have taken the place.
        self.host.update(|inventory| {
            if inventory.pending.get(&self.id) == Some(&self.action) {
                inventory.pending.remove(&self.id);
            }
        });
        self.host.command(Command::Touch(self.id));
    }
}

/// What one window shows of a host; ends when dropped.
pub struct DomainSubscription {
    id: u64,
    host: Arc<Host>,
}

impl fmt::Debug for DomainSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DomainSubscription").field("id", &self.id).finish_non_exhaustive()
    }
}

impl DomainSubscription {
    /// Shows `domains` from now on; `load` also reads their load, while the
    /// window is visible.
    pub fn show(&self, domains: Vec<DomainId>, load: bool) {
        self.host.command(Command::Show { subscription: self.id, domains, load });
    }
}

impl Drop for DomainSubscription {
    fn drop(&mut self) {
        self.host.command(Command::Unsubscribe(self.id));
    }
}
