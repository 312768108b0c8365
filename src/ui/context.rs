//! What every component may need: the backend and the list of hosts.

use crate::{
    backend::{Backend, ConnectionHandle},
    model::ConnectionId,
};

/// Handed to every component that talks to a host. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// The backend.
    pub backend: Backend,
}

/// A host in the user's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostEntry {
    /// Its number.
    pub id: ConnectionId,
    /// The name the user sees.
    pub name: String,
    /// libvirt's URI.
    pub uri: String,
    /// Whether to connect when the program starts.
    pub autoconnect: bool,
}

impl Context {
    /// The user's hosts in their order.
    #[must_use]
    pub fn hosts(&self) -> Vec<HostEntry> {
        todo!()
    }

    /// The host `id`, if it is still in the list.
    #[must_use]
    pub fn host(&self, _id: ConnectionId) -> Option<HostEntry> {
        todo!()
    }

    /// The handle of host `id`, if it is still in the list.
    #[must_use]
    pub fn handle(&self, _id: ConnectionId) -> Option<ConnectionHandle> {
        todo!()
    }
}
