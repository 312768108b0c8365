//! The process that waits for the end of an installation.
//!
//! It is this program without a window. It has a connection of its own, so it
//! outlives the window that started it, whatever ends that; and it ends with
//! the first restart of the guest or when the guest stops. It is there before
//! the guest is, so that it misses nothing.

use std::{
    io::{Read, Write},
    path::PathBuf,
    process::{ChildStdin, Command, ExitCode, Stdio},
    sync::OnceLock,
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::eject;
use crate::{
    backend::{
        Backend, ConnectionHandle, Operation,
        connection::{Key, Lane, lookup_domain},
    },
    model::{ConnectionId, DomainId, HostState, uri::HostUri},
};

/// The argument that makes the program wait; URI and UUID follow.
const ARGUMENT: &str = "--wait-for-installation";

/// How long the making of a guest is held up for this.
const PATIENCE: Duration = Duration::from_secs(5);

/// The program to start; nothing where this process is not it.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Says which program waits; its `main` begins with [`main_if_called`].
pub(in crate::backend) fn prepare(program: PathBuf) {
    // The first one counts.
    let _ = PROGRAM.set(program);
}

/// A process that waits.
pub(super) struct Waiter {
    /// While this is open, the guest may still be to come.
    line: ChildStdin,
    ended: oneshot::Receiver<bool>,
}

impl Waiter {
    /// Starts one; it hears of all that happens to the guest from now on.
    /// Nothing where that does not work.
    pub(super) async fn start(host: &ConnectionHandle, id: DomainId) -> Option<Self> {
        let uri = host.uri();
        // Elsewhere somebody may have to be asked for a password.
        let here = HostUri::parse(&uri).is_ok_and(|uri| uri.is_local() && uri.driver != "test");
        let program = PROGRAM.get().filter(|_| here)?;
        let started = Command::new(program)
            .args([ARGUMENT, &uri, &id.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = started
            .inspect_err(|error| tracing::info!(%error, "nobody else waits for the installation"))
            .ok()?;
        let (line, mut answer) = (child.stdin.take()?, child.stdout.take()?);
        let (tell_ready, ready) = oneshot::channel();
        let (tell_ended, ended) = oneshot::channel();
        let reader =
            std::thread::Builder::new().name("posada-waiter".to_owned()).spawn(move || {
                // It may have been given up on in the meantime.
                let _ = tell_ready.send(answer.read_exact(&mut [0]).is_ok());
                let _ = tell_ended.send(child.wait().is_ok_and(|status| status.success()));
            });
        reader.ok()?;
        match tokio::time::timeout(PATIENCE, ready).await {
            Ok(Ok(true)) => Some(Self { line, ended }),
            _ => None,
        }
    }

    /// Leaves it alone with the guest. Whether it did its duty; returns when it
    /// has ended.
    pub(super) async fn leave(self) -> bool {
        drop(self.line);
        self.ended.await.unwrap_or(false)
    }
}

/// Waits, if the program was called for that; to be asked first in `main`.
#[must_use]
pub fn main_if_called() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let uri = arguments.next().and_then(|uri| uri.into_string().ok());
    let id = arguments.next().and_then(|id| Uuid::parse_str(id.to_str()?).ok()).map(DomainId);
    let done = uri.zip(id).is_some_and(|(uri, id)| wait(&uri, id));
    Some(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Waits for the end of the installation; whether that was possible.
fn wait(uri: &str, id: DomainId) -> bool {
    // Not ended by what ends the window: a closed terminal, an interrupt there.
    let _ = rustix::process::setsid();
    // Nobody is here to be asked.
    let (prompts, _) = mpsc::unbounded_channel();
    let Ok(backend) = Backend::start(prompts) else { return false };
    let (tell_left, mut left) = oneshot::channel();
    let reader = std::thread::Builder::new().spawn(move || {
        // The end, in whatever way.
        let _ = std::io::stdin().read(&mut [0]);
        let _ = tell_left.send(());
    });
    if reader.is_err() {
        return false;
    }
    let host = backend.connection(ConnectionId(Uuid::new_v4()), uri);
    host.connect();
    host.runtime().clone().block_on(async {
        tokio::select! {
            connected = is_ready(&host) => if !connected { return false },
            _ = &mut left => return false,
        }
        let restarted = eject::until_restarted(&host, id, host.events());
        tokio::pin!(restarted);
        let said = std::io::stdout().write_all(b"+").and_then(|()| std::io::stdout().flush());
        if said.is_err() {
            return false;
        }
        tokio::select! {
            () = &mut restarted => return true,
            _ = left => {}
        }
        if is_running(&host, id).await {
            restarted.await;
        }
        true
    })
}

/// Waits until the host is connected; whether it is.
async fn is_ready(host: &ConnectionHandle) -> bool {
    let mut inventory = host.inventory();
    loop {
        match inventory.borrow_and_update().state {
            HostState::Ready => return true,
            HostState::Failed(_) | HostState::Lost { .. } => return false,
            HostState::Disconnected | HostState::Connecting => {}
        }
        if inventory.changed().await.is_err() {
            return false;
        }
    }
}

/// Whether the guest was started.
async fn is_running(host: &ConnectionHandle, id: DomainId) -> bool {
    let lane = Lane::Quick(Key::Domain(id));
    let asked = host.call(lane, Operation::Edit, host.domain_name(id), move |conn| {
        Ok(lookup_domain(conn, id)?.is_active()?)
    });
    asked.await.unwrap_or(false)
}
