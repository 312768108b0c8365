//! Where a guest's console is, and a way in.

mod endpoint;
mod graphics;
mod text;
mod tunnel;
mod viewer;

pub use text::{NoTextConsole, TextConsole, TextConsoleEnd};

use std::{os::fd::OwnedFd, sync::Mutex};

use virt::{domain::Domain, error::ErrorNumber};
use virt_sys as libvirt;

pub use self::{
    endpoint::{ConsoleEndpoint, Line, LineOpener, Lines, OpenLine, Trust},
    tunnel::Excuse,
    viewer::screen_endpoint,
};
use self::{
    graphics::{Listen, Screen, Server},
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
    model::{
        DomainId, Failure, FailureKind, ScreenProtocol, ServerPlace, uri::HostUri, xml::Document,
    },
};

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
    /// Its definition wants TLS, and the server has no port for it.
    SecureOnly,
}

/// What libvirt had to say; the rest of the way needs no libvirt.
enum Found {
    Open(OwnedFd, Server),
    Listening(Server),
    Nothing(NoConsole),
}

impl ConnectionHandle {
    /// A way to one of the guest's graphics servers: that of the number `which`
    /// among all its graphics devices, or the first one that can be shown. On
    /// this computer one that libvirt opens, on a host over SSH a tunnel of the
    /// system's `ssh`, whatever address the guest listens on, else the address.
    ///
    /// # Errors
    /// If it cannot be opened for another reason than those of [`NoConsole`].
    pub async fn console(
        &self,
        id: DomainId,
        which: Option<u32>,
    ) -> Result<std::result::Result<ConsoleEndpoint, NoConsole>> {
        let name = self.domain_name(id);
        let local = self.facts(Operation::Console, name.as_str())?.local;
        // Not behind an action that the guest does not answer.
        let lane = Lane::Quick(Key::Any);
        let found = self
            .call(lane, Operation::Console, name.as_str(), move |conn| {
                find(&lookup_domain(conn, id)?, which, local)
            })
            .await?;
        let server = match found {
            Found::Open(fd, server) => return Ok(Ok(self.opened(id, fd, server))),
            Found::Nothing(why) => return Ok(Err(why)),
            Found::Listening(server) => server,
        };
        let fail =
            |failure| BackendError { operation: Operation::Console, object: name.clone(), failure };
        let uri = self.uri();
        // Waits for ssh, which may be waiting for the user.
        let reached = self.runtime().spawn_blocking(move || reach(server, &uri, local)).await;
        reached
            .unwrap_or_else(|_| Err(Failure::new(FailureKind::Internal, "the way in broke off")))
            .map_err(fail)
    }

    /// A way that libvirt opens; SPICE comes back for more.
    fn opened(&self, id: DomainId, fd: OwnedFd, server: Server) -> ConsoleEndpoint {
        let Server { protocol, index, password, .. } = server;
        if protocol == ScreenProtocol::Vnc {
            return ConsoleEndpoint::Vnc { line: Line::Stream(fd), password };
        }
        let (handle, first) = (self.clone(), Mutex::new(Some(fd)));
        let open = move || {
            let waiting = first.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            let fd = match waiting {
                Some(fd) => fd,
                None => handle.runtime().block_on(handle.open_graphics(id, index))?,
            };
            Ok(OpenLine { fd, excuse: None })
        };
        ConsoleEndpoint::Spice { lines: Lines::Opened(LineOpener::new(open, false)), password }
    }

    async fn open_graphics(&self, id: DomainId, index: u32) -> Done<OwnedFd> {
        let (lane, name) = (Lane::Quick(Key::Any), self.domain_name(id));
        let opened = self.call(lane, Operation::Console, name, move |conn| {
            Ok(sys::domain_open_graphics(&lookup_domain(conn, id)?, index)?)
        });
        opened.await.map_err(|error| error.failure)
    }
}

fn find(domain: &Domain, which: Option<u32>, local: bool) -> Done<Found> {
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
    let server = match graphics::choose(&Document::parse(&xml)?, which) {
        Screen::Server(server) => server,
        Screen::None => return Ok(Found::Nothing(NoConsole::NoGraphics)),
        Screen::Other(kind) => return Ok(Found::Nothing(NoConsole::UnsupportedKind(kind))),
    };
    // libvirt opens lines without TLS, which such a server refuses.
    if local && !server.demands_tls {
        match sys::domain_open_graphics(domain, server.index) {
            Ok(fd) => return Ok(Found::Open(fd, server)),
            // Not over a socket that passes descriptors, or not this driver.
            // Or the guest's monitor is busy: its server may answer all the same.
            Err(error)
                if (is_unsupported(&error) || error.code().is(ErrorNumber::OperationTimeout))
                    && server.listen != Listen::Nowhere => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Found::Listening(server))
}

type Reached = Done<std::result::Result<ConsoleEndpoint, NoConsole>>;

/// Opens the way to a server that libvirt does not open. Blocking.
fn reach(server: Server, uri: &str, local: bool) -> Reached {
    let target = if local { None } else { SshTarget::of_uri(uri)? };
    let plain = !server.demands_tls && server.listen != Listen::Nowhere;
    if !plain && let Some((address, port)) = server.secure.clone() {
        let password = server.password;
        let secure = |host: String, opener| ConsoleEndpoint::Spice {
            lines: Lines::Secure {
                place: ServerPlace { host, port },
                opener,
                trust: Trust::default(),
            },
            password,
        };
        return Ok(match target {
            Some(target) => {
                let host = target.host().to_owned();
                let open = move || {
                    tunnel::open_silent(&target, &Way::Tcp { address: address.clone(), port })
                };
                Ok(secure(host, Some(LineOpener::new(open, true))))
            }
            None => seen_from_here(address, uri, local).map(|host| secure(host, None)),
        });
    }
    if server.demands_tls {
        return Ok(Err(NoConsole::SecureOnly));
    }
    let way = match server.listen {
        Listen::Nowhere => return Ok(Err(NoConsole::Unreachable)),
        Listen::Socket(path) => Way::Socket(path),
        Listen::Tcp { address, port } => Way::Tcp { address, port },
    };
    let endpoint = match (server.protocol, target, way) {
        (ScreenProtocol::Vnc, Some(target), way) => ConsoleEndpoint::Vnc {
            line: Line::Tunnel { fd: tunnel::open(&target, &way)?, place: target.place(&way) },
            password: server.password,
        },
        (ScreenProtocol::Spice, Some(target), way) => {
            let open = move || tunnel::open_silent(&target, &way);
            let lines = Lines::Opened(LineOpener::new(open, true));
            ConsoleEndpoint::Spice { lines, password: server.password }
        }
        (_, None, Way::Socket(_)) if !local => return Ok(Err(NoConsole::Unreachable)),
        (ScreenProtocol::Vnc, None, Way::Socket(path)) => ConsoleEndpoint::Vnc {
            line: Line::Stream(open_socket(&path)?),
            password: server.password,
        },
        (ScreenProtocol::Spice, None, Way::Socket(path)) => {
            let open = move || Ok(OpenLine { fd: open_socket(&path)?, excuse: None });
            let lines = Lines::Opened(LineOpener::new(open, false));
            ConsoleEndpoint::Spice { lines, password: server.password }
        }
        (protocol, None, Way::Tcp { address, port }) => {
            let password = server.password;
            match (seen_from_here(address, uri, local), protocol) {
                (Err(why), _) => return Ok(Err(why)),
                (Ok(host), ScreenProtocol::Vnc) => {
                    ConsoleEndpoint::Vnc { line: Line::Address { host, port }, password }
                }
                (Ok(host), ScreenProtocol::Spice) => {
                    ConsoleEndpoint::Spice { lines: Lines::Address { host, port }, password }
                }
            }
        }
    };
    Ok(Ok(endpoint))
}

fn open_socket(path: &str) -> Done<OwnedFd> {
    let stream =
        std::os::unix::net::UnixStream::connect(path).map_err(super::stream::unreadable)?;
    Ok(stream.into())
}

/// The name by which this computer reaches a server of the host.
fn seen_from_here(
    address: String,
    uri: &str,
    local: bool,
) -> std::result::Result<String, NoConsole> {
    if local {
        return Ok(if graphics::is_wildcard(&address) { "localhost".to_owned() } else { address });
    }
    if graphics::is_loopback(&address) {
        return Err(NoConsole::LoopbackOnly);
    }
    if graphics::is_wildcard(&address) {
        HostUri::parse(uri).ok().and_then(|uri| uri.host).ok_or(NoConsole::Unreachable)
    } else {
        Ok(address)
    }
}
