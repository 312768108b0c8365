//! Ways to a guest's graphics server, as the console takes them.

use std::{fmt, os::fd::OwnedFd, sync::Arc};

use super::tunnel::Excuse;
use crate::{
    backend::ops::Done,
    model::{Failure, Secret, ServerPlace},
};

/// A way to a guest's graphics server.
#[derive(Debug)]
pub enum ConsoleEndpoint {
    /// VNC, which needs one connection.
    Vnc {
        /// The connection.
        line: Line,
        /// The password from the guest's definition, where this user may read it.
        password: Option<Secret>,
    },
    /// SPICE, which needs a connection for each of its channels.
    Spice {
        /// How to get them.
        lines: Lines,
        /// The password from the guest's definition, where this user may read it.
        password: Option<Secret>,
    },
}

impl ConsoleEndpoint {
    /// The same way, for a server that has refused the definition's password.
    #[must_use]
    pub fn without_password(self) -> Self {
        match self {
            Self::Vnc { line, .. } => Self::Vnc { line, password: None },
            Self::Spice { lines, .. } => Self::Spice { lines, password: None },
        }
    }
}

/// A way to a server that needs one connection.
#[derive(Debug)]
pub enum Line {
    /// A connected stream: of a socket on this computer, or from libvirt itself.
    Stream(OwnedFd),
    /// A tunnel of the system's ssh.
    Tunnel {
        /// The connected stream.
        fd: OwnedFd,
        /// Where it leads to.
        place: ServerPlace,
    },
    /// A server to connect to.
    Address {
        /// Host name or address.
        host: String,
        /// TCP port.
        port: u16,
    },
}

impl Line {
    /// Where the server is; port 0 for one of this computer's sockets.
    #[must_use]
    pub fn place(&self) -> ServerPlace {
        match self {
            Self::Stream(_) => ServerPlace { host: "localhost".to_owned(), port: 0 },
            Self::Tunnel { place, .. } => place.clone(),
            Self::Address { host, port } => ServerPlace { host: host.clone(), port: *port },
        }
    }
}

/// As many connections as are asked for.
#[derive(Clone, Debug)]
pub enum Lines {
    /// Each one is opened by the host's connection.
    Opened(LineOpener),
    /// A server to connect to.
    Address {
        /// Host name or address.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// A server to speak TLS with from the first word on.
    Secure {
        /// Where it is.
        place: ServerPlace,
        /// What opens the connections; nothing for those to the place itself.
        opener: Option<LineOpener>,
        /// What its certificate must be.
        trust: Trust,
    },
}

/// What a server's certificate must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// The certificate of the authority that vouches for it, in PEM; nothing
    /// for those that this computer has.
    pub authority: Option<String>,
    /// Whom it must be made out to, in OpenSSL's words; nothing for the host.
    pub subject: Option<String>,
}

type Open = dyn Fn() -> Done<OpenLine> + Send + Sync;

/// Opens one connection after another.
#[derive(Clone)]
pub struct LineOpener {
    open: Arc<Open>,
    patient: bool,
}

/// A connection that was opened.
#[derive(Debug)]
pub struct OpenLine {
    /// The open end.
    pub fd: OwnedFd,
    /// What to say if the server never answers.
    pub excuse: Option<Excuse>,
}

impl LineOpener {
    /// `open` may wait. `patient` says that the user may have something to do
    /// before the server answers, such as to enter a password.
    pub fn new(open: impl Fn() -> Done<OpenLine> + Send + Sync + 'static, patient: bool) -> Self {
        Self { open: Arc::new(open), patient }
    }

    /// Opens one more. Waits.
    ///
    /// # Errors
    /// In the words of the host or of ssh.
    pub fn open(&self) -> Result<OpenLine, Failure> {
        (self.open)()
    }

    /// Whether the user may have something to do before the server answers.
    #[must_use]
    pub fn is_patient(&self) -> bool {
        self.patient
    }
}

impl fmt::Debug for LineOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineOpener").field("patient", &self.patient).finish_non_exhaustive()
    }
}
