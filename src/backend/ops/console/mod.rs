//! Where a guest's console is, and a way in.

mod graphics;
mod tunnel;

use std::os::fd::OwnedFd;

use virt::{domain::Domain, error::ErrorNumber};
use virt_sys as libvirt;

use self::{
    graphics::{Listen, Screen, Vnc},
    tunnel::{SshTarget, Way},
};
use super::Done;
use crate::{
    backend::{
        BackendError, ConnectionHandle, Operation, Result,
        connection::{Key, Lane, lookup_domain},
        failure::is_unsupported,
        sys,
    },
    model::{DomainId, Failure, FailureKind, Secret, uri::HostUri, xml::Document},
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

impl ConsoleEndpoint {
    /// The same way, for a server that has refused the definition's password.
    #[must_use]
    pub fn without_password(self) -> Self {
        match self {
            Self::Stream { fd, .. } => Self::Stream { fd, password: None },
            Self::Address { host, port, .. } => Self::Address { host, port, password: None },
        }
    }
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

/// What libvirt had to say; the rest of the way needs no libvirt.
enum Found {
    Open(OwnedFd, Option<Secret>),
    Listening(Vnc),
    Nothing(NoConsole),
}

impl ConnectionHandle {
    /// A way to the guest's first VNC console: on this computer one that
    /// libvirt opens, on a host over SSH a tunnel of the system's `ssh`,
    /// whatever address the guest listens on, else the address.
    ///
    /// # Errors
    /// If it cannot be opened for another reason than those of [`NoConsole`].
    pub async fn console(
        &self,
        id: DomainId,
    ) -> Result<std::result::Result<ConsoleEndpoint, NoConsole>> {
        let name = self.domain_name(id);
        let local = self.facts(Operation::Console, name.as_str())?.local;
        // Not behind an action that the guest does not answer.
        let lane = Lane::Quick(Key::Any);
        let found = self
            .call(lane, Operation::Console, name.as_str(), move |conn| {
                find(&lookup_domain(conn, id)?, local)
            })
            .await?;
        let vnc = match found {
            Found::Open(fd, password) => return Ok(Ok(ConsoleEndpoint::Stream { fd, password })),
            Found::Nothing(why) => return Ok(Err(why)),
            Found::Listening(vnc) => vnc,
        };
        let fail =
            |failure| BackendError { operation: Operation::Console, object: name.clone(), failure };
        let uri = self.uri();
        // Waits for ssh, which may be waiting for the user.
        let reached = self.runtime().spawn_blocking(move || reach(vnc, &uri, local)).await;
        reached
            .unwrap_or_else(|_| Err(Failure::new(FailureKind::Internal, "the way in broke off")))
            .map_err(fail)
    }
}

fn find(domain: &Domain, local: bool) -> Done<Found> {
    if !domain.is_active()? {
        return Ok(Found::Nothing(NoConsole::NotRunning));
    }
    // With the password, where this connection may see it.
    let xml = match domain.xml_desc(libvirt::VIR_DOMAIN_XML_SECURE) {
        Ok(xml) => xml,
        Err(error)
            if error.code().is(ErrorNumber::OperationDenied)
                || error.code().is(ErrorNumber::AccessDenied)
                || is_unsupported(&error) =>
        {
            domain.xml_desc(0)?
        }
        Err(error) => return Err(error.into()),
    };
    let vnc = match graphics::first_vnc(&Document::parse(&xml)?) {
        Screen::Vnc(vnc) => vnc,
        Screen::None => return Ok(Found::Nothing(NoConsole::NoGraphics)),
        Screen::Other(kind) => return Ok(Found::Nothing(NoConsole::UnsupportedKind(kind))),
    };
    if local {
        match sys::domain_open_graphics(domain, vnc.index) {
            Ok(fd) => return Ok(Found::Open(fd, vnc.password)),
            // Not over a socket that passes descriptors, or not this driver.
            // Or the guest's monitor is busy: its server may answer all the same.
            Err(error)
                if (is_unsupported(&error) || error.code().is(ErrorNumber::OperationTimeout))
                    && vnc.listen != Listen::Nowhere => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Found::Listening(vnc))
}

/// Opens the way to a server that libvirt does not open. Blocking.
fn reach(
    vnc: Vnc,
    uri: &str,
    local: bool,
) -> Done<std::result::Result<ConsoleEndpoint, NoConsole>> {
    let password = vnc.password;
    let way = match vnc.listen {
        Listen::Nowhere => return Ok(Err(NoConsole::Unreachable)),
        Listen::Socket(path) if local => {
            let stream =
                std::os::unix::net::UnixStream::connect(path).map_err(super::stream::unreadable)?;
            return Ok(Ok(ConsoleEndpoint::Stream { fd: stream.into(), password }));
        }
        Listen::Socket(path) => Way::Socket(path),
        Listen::Tcp { address, port } => Way::Tcp { address, port },
    };
    if !local && let Some(target) = SshTarget::of_uri(uri)? {
        let fd = tunnel::open(&target, &way)?;
        return Ok(Ok(ConsoleEndpoint::Stream { fd, password }));
    }
    let Way::Tcp { address, port } = way else { return Ok(Err(NoConsole::Unreachable)) };
    if local {
        let host = if graphics::is_wildcard(&address) { "localhost".to_owned() } else { address };
        return Ok(Ok(ConsoleEndpoint::Address { host, port, password }));
    }
    if graphics::is_loopback(&address) {
        return Ok(Err(NoConsole::LoopbackOnly));
    }
    let host = if graphics::is_wildcard(&address) {
        match HostUri::parse(uri).ok().and_then(|uri| uri.host) {
            Some(host) => host,
            None => return Ok(Err(NoConsole::Unreachable)),
        }
    } else {
        address
    };
    Ok(Ok(ConsoleEndpoint::Address { host, port, password }))
}
