//! An open connection that may be dropped anywhere.

use std::{
    collections::HashMap,
    mem::ManuallyDrop,
    ops::Deref,
    os::raw::c_int,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use virt::{connect::Connect, domain::Domain};

use super::{Registrations, event_loop};
use crate::model::{DomainId, Failure};

/// A counted reference to a connection. The last drop hands the connection to
/// a thread of its own, because closing is a blocking call.
#[derive(Clone, Debug)]
pub(crate) struct SharedConnect(Arc<Keep>);

#[derive(Debug)]
struct Keep {
    connect: ManuallyDrop<Connect>,
    /// What the event loop reads for it.
    handles: Vec<c_int>,
    registrations: Mutex<Registrations>,
    domains: Mutex<HashMap<DomainId, Domain>>,
}

impl SharedConnect {
    /// The connection that `open` gives, which blocks.
    pub(crate) fn open(open: impl FnOnce() -> Result<Connect, Failure>) -> Result<Self, Failure> {
        let (connect, handles) = event_loop::with_handles(open);
        Ok(Self(Arc::new(Keep {
            connect: ManuallyDrop::new(connect?),
            handles,
            registrations: Mutex::default(),
            domains: Mutex::default(),
        })))
    }

    /// Reads nothing that the host sends by itself (`true`), or no longer so
    /// (`false`); to be called as often with the one as with the other. Calls
    /// still read until their answer is there.
    pub(crate) fn hold(&self, hold: bool) {
        event_loop::hold(&self.0.handles, hold);
    }

    /// The event callbacks of this connection; ended before it is closed.
    pub(crate) fn registrations(&self) -> MutexGuard<'_, Registrations> {
        self.0.registrations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Guests looked up so far, to be used again without a round trip.
    pub(crate) fn domains(&self) -> MutexGuard<'_, HashMap<DomainId, Domain>> {
        self.0.domains.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for SharedConnect {
    type Target = Connect;

    fn deref(&self) -> &Connect {
        &self.0.connect
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        // SAFETY: `drop` runs once and nothing uses the field after it.
        let connect = unsafe { ManuallyDrop::take(&mut self.connect) };
        let registrations =
            std::mem::take(self.registrations.get_mut().unwrap_or_else(PoisonError::into_inner));
        let domains =
            std::mem::take(self.domains.get_mut().unwrap_or_else(PoisonError::into_inner));
        // What is left over if no thread can be started stays open: closing
        // here could block the window.
        let rest = Arc::new(Mutex::new(Some((connect, registrations, domains))));
        let kept = Arc::clone(&rest);
        closing(1);
        let spawned =
            std::thread::Builder::new().name("libvirt-close".to_owned()).spawn(move || {
                let taken = rest.lock().unwrap_or_else(PoisonError::into_inner).take();
                // The `virt` crate panics if a close fails; that ends this thread only.
                let closed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    if let Some((connect, registrations, domains)) = taken {
                        drop(domains);
                        registrations.end(&connect);
                        drop(connect);
                    }
                }));
                if closed.is_err() {
                    tracing::warn!("libvirt could not close a connection");
                }
                closing(-1);
            });
        if let Err(error) = spawned {
            tracing::warn!(%error, "no thread to close a connection");
            std::mem::forget(kept);
            closing(-1);
        }
    }
}

static CLOSING: (Mutex<i64>, Condvar) = (Mutex::new(0), Condvar::new());

fn closing(change: i64) {
    *CLOSING.0.lock().unwrap_or_else(PoisonError::into_inner) += change;
    CLOSING.1.notify_all();
}

/// Waits until every connection given up so far is closed, at most `limit`.
pub(crate) fn wait_until_closed(limit: Duration) -> bool {
    let end = Instant::now() + limit;
    let mut open = CLOSING.0.lock().unwrap_or_else(PoisonError::into_inner);
    while *open > 0 {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        open = CLOSING.1.wait_timeout(open, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    true
}
