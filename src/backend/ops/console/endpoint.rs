//! Ways to a guest's graphics server, as the console takes them.

use std::{fmt, os::fd::OwnedFd, sync::Arc};

use super::tunnel::Excuse;
use crate::{
    backend::ops::Done,
    model::{Failure, Secret},
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

/// One connection.
#[derive(Debug)]
pub enum Line {
    /// A connected stream: from libvirt itself, or a tunnel of the system's ssh.
    Stream(OwnedFd),
    /// A server to connect to.
    Address {
        /// Host name or address.
        host: String,
        /// TCP port.
        port: u16,
    },
}

impl Line {
    /// The server's name, for certificates.
    #[must_use]
    pub fn host(&self) -> &str {
        match self {
            Self::Stream(_) => "localhost",
            Self::Address { host, .. } => host,
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
    /// A server to connect to by TLS alone.
    Secure {
        /// Host name or address.
        host: String,
        /// TCP port that speaks TLS.
        port: u16,
        /// What its certificate must be.
        trust: Trust,
    },
}

/// What a server's certificate must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// The certificate of the authority that vouches for it, in PEM; nothing
    /// for those that this computer has for SPICE.
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
