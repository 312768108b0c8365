//! Where a guest's console is, and a way in.

use std::os::fd::OwnedFd;

use crate::{
    backend::{ConnectionHandle, Result},
    model::{DomainId, Secret},
};

/// A way to a guest's VNC server.
#[derive(Debug)]
pub enum ConsoleEndpoint {
    /// A connected stream: from libvirt itself, or a tunnel of the system's ssh.
    Stream {
        /// The open end.
        fd: OwnedFd,
        /// The password from the guest's definition, where this user may read it.
        password: Option<Secret>,
    },
    /// A server to connect to.
    Address {
        /// Host name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// The password from the guest's definition, where this user may read it.
        password: Option<Secret>,
    },
}

/// Why a guest has no console to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoConsole {
    /// The guest does not run.
    NotRunning,
    /// The guest has no graphics device at all.
    NoGraphics,
    /// Its graphics are of a kind that Posada cannot show (the name is libvirt's).
    UnsupportedKind(String),
    /// It listens nowhere that can be reached from here (`listen type='none'` on a remote host).
    Unreachable,
    /// It listens on the host's loopback only, and the connection is not over SSH.
    LoopbackOnly,
}

impl ConnectionHandle {
    /// A way to the guest's first VNC console.
    ///
    /// # Errors
    /// If it cannot be opened for another reason than those of [`NoConsole`].
    pub async fn console(
        &self,
        _id: DomainId,
    ) -> Result<std::result::Result<ConsoleEndpoint, NoConsole>> {
        todo!()
    }
}
