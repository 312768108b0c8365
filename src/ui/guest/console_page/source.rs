//! Whose screen the page shows.

use crate::{
    backend::{self, BackendError, ConnectionHandle, ConsoleEndpoint, NoConsole},
    model::{DomainId, Viewer},
    ui::guest::keyring,
};

/// Whose screen the page shows.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A guest's of a host.
    Guest(ConnectionHandle, DomainId),
    /// A server's that a file or an address names.
    Server(Box<Viewer>),
}

impl Source {
    /// The guest, where there is a host to ask.
    pub(super) fn guest(&self) -> Option<(ConnectionHandle, DomainId)> {
        match self {
            Self::Guest(handle, id) => Some((handle.clone(), *id)),
            Self::Server(_) => None,
        }
    }

    /// A way to the screen.
    pub(super) async fn endpoint(self) -> Result<Result<ConsoleEndpoint, NoConsole>, BackendError> {
        match self {
            Self::Guest(handle, id) => handle.console(id, None).await,
            Self::Server(viewer) => backend::screen_endpoint(*viewer).await.map(Ok),
        }
    }

    /// What its password is kept under.
    pub(super) fn key(&self) -> keyring::Key {
        match self {
            Self::Guest(handle, id) => keyring::Key::new(*id, handle.uri()),
            Self::Server(viewer) => keyring::Key::of_server(viewer),
        }
    }
}
