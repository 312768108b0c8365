//! Ways to a screen that has no host behind it.

use std::os::unix::net::UnixStream;

use super::{ConsoleEndpoint, Line, LineOpener, Lines, OpenLine, Trust};
use crate::{
    backend::{BackendError, Operation, Result, ops::Done},
    model::{Failure, FailureKind, ScreenProtocol, ServerPlace, Viewer, ViewerPlace},
};

/// A way to the screen that a file or an address names. To be awaited on a
/// tokio runtime.
///
/// # Errors
/// If its socket on this computer cannot be opened.
pub async fn screen_endpoint(viewer: Viewer) -> Result<ConsoleEndpoint> {
    let name = viewer.name();
    let found = tokio::task::spawn_blocking(move || endpoint(viewer)).await;
    let broke = || Failure::new(FailureKind::Internal, "the way in broke off");
    found.unwrap_or_else(|_| Err(broke())).map_err(|failure| BackendError {
        operation: Operation::Console,
        object: name,
        failure,
    })
}

fn endpoint(viewer: Viewer) -> Done<ConsoleEndpoint> {
    let Viewer { protocol, place, password, authority, subject, .. } = viewer;
    Ok(match (protocol, place) {
        (ScreenProtocol::Vnc, ViewerPlace::Socket(path)) => {
            ConsoleEndpoint::Vnc { line: Line::Stream(open(&path)?.fd), password }
        }
        (ScreenProtocol::Vnc, ViewerPlace::Network { host, port, tls_port }) => {
            let port = port.or(tls_port).unwrap_or_default();
            ConsoleEndpoint::Vnc { line: Line::Address { host, port }, password }
        }
        (ScreenProtocol::Spice, ViewerPlace::Socket(path)) => {
            let lines = Lines::Opened(LineOpener::new(move || open(&path), false));
            ConsoleEndpoint::Spice { lines, password }
        }
        (ScreenProtocol::Spice, ViewerPlace::Network { host, tls_port: Some(port), .. }) => {
            let trust = Trust { authority, subject };
            let lines = Lines::Secure { place: ServerPlace { host, port }, opener: None, trust };
            ConsoleEndpoint::Spice { lines, password }
        }
        (ScreenProtocol::Spice, ViewerPlace::Network { host, port, .. }) => {
            let port = port.unwrap_or_default();
            ConsoleEndpoint::Spice { lines: Lines::Address { host, port }, password }
        }
    })
}

fn open(path: &str) -> Done<OpenLine> {
    let stream = UnixStream::connect(path)
        .map_err(|error| Failure::new(FailureKind::Unreachable, format!("{path}: {error}")))?;
    Ok(OpenLine { fd: stream.into(), excuse: None })
}
