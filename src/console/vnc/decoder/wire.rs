//! The line between gvnc and the server, which tells what passes on it.
//!
//! gvnc says neither when something arrives nor whether it is within a message.
//! So it gets one end of a line of ours, and two threads carry the bytes, behind
//! those that the greeting has for it.

use std::{
    fs::File,
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::net::{Shutdown, shutdown};
use tokio::sync::Notify;

use super::greeting::Greeted;

/// Bytes that are carried at a time.
const LOAD: usize = 1 << 16;

/// What has passed.
#[derive(Debug)]
pub(super) struct Wire {
    heard: AtomicU64,
    said: AtomicU64,
    last: Mutex<Instant>,
    stirred: Notify,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            heard: AtomicU64::new(0),
            said: AtomicU64::new(0),
            last: Mutex::new(Instant::now()),
            stirred: Notify::new(),
        }
    }
}

impl Wire {
    /// Lays the line to the server that was greeted; gives another handle of
    /// the server's end, and gvnc's end.
    pub(super) fn lay(self: &Arc<Self>, greeted: Greeted) -> io::Result<(OwnedFd, OwnedFd)> {
        let Greeted { line: server, before, swallow, sasl_encrypts, .. } = greeted;
        // gvnc has SASL encrypt on a network's lines only, and takes a socket
        // for safe.
        let (ours, theirs): (OwnedFd, OwnedFd) = if sasl_encrypts {
            network_pair()?
        } else {
            UnixStream::pair().map(|(ours, theirs)| (ours.into(), theirs.into()))?
        };
        let (from, mut to) = (File::from(server.try_clone()?), File::from(ours.try_clone()?));
        let outwards = (File::from(ours), File::from(server.try_clone()?));
        let this = Arc::clone(self);
        let heard = move |count| {
            *this.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            this.heard.fetch_add(count, Ordering::Relaxed);
            this.stirred.notify_one();
        };
        let this = Arc::clone(self);
        let said = move |count| {
            this.said.fetch_add(count, Ordering::Relaxed);
        };
        let named = |name: &str| std::thread::Builder::new().name(name.to_owned());
        named("from-server").spawn(move || {
            if to.write_all(&before).is_ok() {
                carry((from, to), heard);
            }
        })?;
        named("to-server").spawn(move || {
            let (mut from, to) = outwards;
            if from.read_exact(&mut vec![0; swallow]).is_ok() {
                carry((from, to), said);
            }
        })?;
        Ok((server, theirs))
    }

    /// Bytes that the server has sent.
    pub(super) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Bytes that gvnc has sent.
    pub(super) fn said(&self) -> u64 {
        self.said.load(Ordering::Relaxed)
    }

    /// How long nothing has arrived.
    pub(super) fn silent_since(&self) -> Duration {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Waits until something arrives.
    pub(super) async fn stirred(&self) {
        self.stirred.notified().await;
    }
}

/// Two ends of a line that looks like a network's, within this computer.
fn network_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let theirs = TcpStream::connect(listener.local_addr()?)?;
    loop {
        let (ours, who) = listener.accept()?;
        // Anybody on this computer could have been first.
        if who == theirs.local_addr()? {
            ours.set_nodelay(true)?;
            return Ok((ours.into(), theirs.into()));
        }
    }
}

/// Carries bytes until one end is closed, which it passes on.
fn carry((mut from, mut to): (File, File), passed: impl Fn(u64)) {
    let mut load = vec![0; LOAD];
    loop {
        let count = match from.read(&mut load) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        passed(u64::try_from(count).unwrap_or(u64::MAX));
        if to.write_all(&load[..count]).is_err() {
            break;
        }
    }
    // Whoever still writes is told so, too.
    let _ = shutdown(to.as_fd(), Shutdown::Write);
    let _ = shutdown(from.as_fd(), Shutdown::Read);
}
