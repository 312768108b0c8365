//! One host: its two libvirt connections, its worker threads and its state.

use std::sync::Arc;

use tokio::sync::watch;

use crate::model::{ConnectionId, DomainId, Inventory, StatsSnapshot};

/// One host. See the module's page.
#[derive(Clone, Debug)]
pub struct ConnectionHandle {}

impl ConnectionHandle {
    /// The host's number.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        todo!()
    }

    /// The URI in use.
    #[must_use]
    pub fn uri(&self) -> String {
        todo!()
    }

    /// What is known of the host: a new value with every change, bursts merged.
    #[must_use]
    pub fn inventory(&self) -> watch::Receiver<Arc<Inventory>> {
        todo!()
    }

    /// Load of the guests that subscriptions name.
    #[must_use]
    pub fn stats(&self) -> watch::Receiver<Arc<StatsSnapshot>> {
        todo!()
    }

    /// Opens the connection, or tries again at once; the inventory tells how it goes.
    pub fn connect(&self) {
        todo!()
    }

    /// Closes the connection, or stops trying.
    pub fn disconnect(&self) {
        todo!()
    }

    /// Says which guests a window shows: their definitions are read and, where
    /// `load` is set, their load every `interval`.
    #[must_use]
    pub fn subscribe(&self) -> DomainSubscription {
        todo!()
    }
}

/// What one window shows of a host; ends when dropped.
#[derive(Debug)]
pub struct DomainSubscription {}

impl DomainSubscription {
    /// Shows `domains` from now on; `load` also reads their load, while the
    /// window is visible.
    pub fn show(&self, _domains: Vec<DomainId>, _load: bool) {
        todo!()
    }
}
