//! What every component may need: the backend, the list of hosts, the settings.

use std::sync::Arc;

use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    backend::{Backend, ConnectionHandle},
    model::ConnectionId,
    settings::Settings,
};

pub use crate::model::HostEntry;

/// Handed to every component that talks to a host. Cheap to clone; main
/// thread only, as the settings are.
#[derive(Clone, Debug)]
pub struct Context {
    /// The backend.
    pub backend: Backend,
    /// The user's settings.
    pub settings: Settings,
    hosts: watch::Sender<Arc<Vec<HostEntry>>>,
}

impl Context {
    /// The backend with the hosts of the settings.
    #[must_use]
    pub fn new(backend: Backend, settings: Settings) -> Self {
        let hosts = watch::Sender::new(Arc::new(settings.hosts()));
        Self { backend, settings, hosts }
    }

    /// The user's hosts in their order.
    #[must_use]
    pub fn hosts(&self) -> Vec<HostEntry> {
        self.hosts.borrow().to_vec()
    }

    /// The user's hosts; a new value with every change of the list.
    #[must_use]
    pub fn watch_hosts(&self) -> watch::Receiver<Arc<Vec<HostEntry>>> {
        self.hosts.subscribe()
    }

    /// The host `id`, if it is still in the list.
    #[must_use]
    pub fn host(&self, id: ConnectionId) -> Option<HostEntry> {
        self.hosts.borrow().iter().find(|host| host.id == id).cloned()
    }

    /// The handle of host `id`, if it is still in the list.
    #[must_use]
    pub fn handle(&self, id: ConnectionId) -> Option<ConnectionHandle> {
        self.host(id).map(|host| {
            let handle = self.backend.connection(id, &host.uri);
            handle.set_stats_interval(self.settings.stats_interval());
            handle
        })
    }

    /// Reads loads at the interval of the settings from now on.
    pub fn apply_stats_interval(&self) {
        for host in self.hosts() {
            let _ = self.handle(host.id);
        }
    }

    /// The first host with this URI.
    #[must_use]
    pub fn host_by_uri(&self, uri: &str) -> Option<HostEntry> {
        self.hosts.borrow().iter().find(|host| host.uri == uri).cloned()
    }

    /// Adds a host at the end of the list.
    #[must_use]
    pub fn add_host(&self, name: String, uri: String, autoconnect: bool) -> ConnectionId {
        let id = ConnectionId(Uuid::new_v4());
        self.change(|hosts| hosts.push(HostEntry { id, name, uri, autoconnect }));
        id
    }

    /// Replaces the entry with the same id. A changed URI closes the
    /// connection; the caller decides whether to open the new one.
    pub fn update_host(&self, entry: HostEntry) {
        self.change(|hosts| {
            if let Some(host) = hosts.iter_mut().find(|host| host.id == entry.id) {
                *host = entry;
            }
        });
    }

    /// Takes a host off the list and closes its connection. Nothing on the
    /// host itself changes.
    pub fn remove_host(&self, id: ConnectionId) {
        self.change(|hosts| hosts.retain(|host| host.id != id));
        self.backend.forget(id);
    }

    /// Changes the list, keeps it and tells everybody.
    fn change(&self, change: impl FnOnce(&mut Vec<HostEntry>)) {
        self.hosts.send_if_modified(|hosts| {
            let before = Arc::clone(hosts);
            change(Arc::make_mut(hosts));
            before != *hosts
        });
        let hosts = Arc::clone(&self.hosts.borrow());
        if *hosts != self.settings.hosts() {
            self.settings.set_hosts(&hosts);
        }
    }
}
