//! Names that cross between the layers instead of objects.

use std::fmt;

use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

uuid_id! {
    /// One host in the user's list. Posada's own number, not libvirt's: it
    /// stays the same when the host's URI or name is edited.
    ConnectionId
}
uuid_id! {
    /// A guest, by its libvirt UUID. Unique on one host only.
    DomainId
}
uuid_id! {
    /// A virtual network, by its libvirt UUID.
    NetworkId
}
uuid_id! {
    /// A storage pool, by its libvirt UUID.
    PoolId
}

/// A guest on a host: what a window or a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestRef {
    /// The host the guest lives on.
    pub connection: ConnectionId,
    /// The guest.
    pub domain: DomainId,
}

/// A long operation of this run of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);
