//! A plain connection to a server.

use std::{
    io,
    net::{TcpStream, ToSocketAddrs},
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use super::io as system;
use crate::{backend::Line, console::ConsoleError};

/// How long connecting may take, over all addresses of the host.
const CONNECT: Duration = Duration::from_secs(15);

/// Opens the line to a server. Waits.
pub(in crate::console) fn connect(line: Line) -> Result<OwnedFd, ConsoleError> {
    match line {
        Line::Stream(fd) | Line::Tunnel { fd, .. } => Ok(fd),
        Line::Address { host, port } => dial(&host, port),
    }
}

/// Connects to an address. Waits.
pub(in crate::console) fn dial(host: &str, port: u16) -> Result<OwnedFd, ConsoleError> {
    let unreachable = |error: io::Error| ConsoleError::Unreachable(error.to_string());
    let end = Instant::now() + CONNECT;
    let mut last = ConsoleError::Unreachable(String::new());
    for address in (host, port).to_socket_addrs().map_err(unreachable)? {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ConsoleError::TimedOut);
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(system)?;
                return Ok(stream.into());
            }
            Err(error) => last = unreachable(error),
        }
    }
    Err(last)
}
