//! The line between gvnc and the server, which tells what passes on it.
//!
//! gvnc says neither when something arrives nor whether it is within a message.
//! So it gets one end of a line of ours, and two threads carry the bytes.

use std::{
    fs::File,
    io::{self, Read, Write},
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

impl Wire {
    /// Lays a line to `server`; gives gvnc's end of it.
    pub(super) fn lay(server: &OwnedFd) -> io::Result<(Arc<Self>, OwnedFd)> {
        let wire = Arc::new(Self {
            heard: AtomicU64::new(0),
            said: AtomicU64::new(0),
            last: Mutex::new(Instant::now()),
            stirred: Notify::new(),
        });
        let (ours, theirs) = UnixStream::pair()?;
        let inwards =
            (File::from(server.try_clone()?), File::from(OwnedFd::from(ours.try_clone()?)));
        let outwards = (File::from(OwnedFd::from(ours)), File::from(server.try_clone()?));
        let this = Arc::clone(&wire);
        let heard = move |count| {
            *this.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            this.heard.fetch_add(count, Ordering::Relaxed);
            this.stirred.notify_one();
        };
        let this = Arc::clone(&wire);
        let said = move |count| {
            this.said.fetch_add(count, Ordering::Relaxed);
        };
        let named = |name: &str| std::thread::Builder::new().name(name.to_owned());
        named("from-server").spawn(move || carry(inwards, heard))?;
        named("to-server").spawn(move || carry(outwards, said))?;
        Ok((wire, theirs.into()))
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
