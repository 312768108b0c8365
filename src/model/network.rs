//! Virtual networks and what else a guest's interface can join.

use crate::model::NetworkId;

/// A virtual network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSummary {
    /// Its UUID.
    pub id: NetworkId,
    /// Its name.
    pub name: String,
    /// Whether it is started.
    pub active: bool,
    /// Whether it starts with the host.
    pub autostart: bool,
    /// `nat`, `route`, `open`, `bridge`, `isolated`…
    pub forward: String,
    /// The host's bridge device, where it has one.
    pub bridge: Option<String>,
}

/// Where a new guest's network interface goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkChoice {
    /// A virtual network, by name.
    Network(String),
    /// A bridge device of the host, by name.
    Bridge(String),
    /// User-mode networking: works without rights, reaches out only.
    User,
    /// No interface.
    None,
}
