//! The user's list of hosts.

use crate::model::ConnectionId;

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
