//! Opening a host's connections, on threads of their own.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{Host, call, link::OpenMore};
use crate::{
    backend::sys::{self, EventSource, HostEvent, SharedConnect},
    model::{Failure, FailureKind},
};

/// Seconds between keepalive questions, and how many may stay unanswered: a
/// daemon that says nothing for 25 seconds is lost.
const KEEPALIVE: (i32, u32) = (5, 4);

/// How an opening ended, for the state machine.
pub(super) type Opened = Result<SharedConnect, Failure>;

/// Opens the host's first connection on a new thread; `done` runs there. The
/// thread cannot be interrupted inside libvirt, so a cancelled opening may
/// still end later: its connection is then closed there.
pub(super) fn open_in_background(
    host: &Arc<Host>,
    cancel: CancellationToken,
    events: UnboundedSender<HostEvent>,
    done: impl FnOnce(Opened) + Send + 'static,
) {
    let host = Arc::clone(host);
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    let spawned = std::thread::Builder::new().name("libvirt-open".to_owned()).spawn(move || {
        sys::process::use_english_messages();
        let Ok(done) = receiver.recv() else { return };
        let done: Box<dyn FnOnce(Opened) + Send> = done;
        let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            open(&host, &cancel, Some(&events))
        }));
        done(opened.unwrap_or_else(|_| {
            Err(Failure::new(FailureKind::Internal, "opening the connection panicked"))
        }));
    });
    let done: Box<dyn FnOnce(Opened) + Send> = Box::new(done);
    match spawned {
        // The receiver lives until it got this.
        Ok(_) => drop(sender.send(done)),
        Err(error) => done(Err(Failure::new(FailureKind::Internal, error.to_string()))),
    }
}

/// What opens further connections of `host`; nothing where those would be
/// other hypervisors.
pub(super) fn opener(host: &Arc<Host>, ended: &CancellationToken) -> Option<OpenMore> {
    let uri = host.uri();
    // `test:///file.xml` makes a new hypervisor in this process at each
    // opening. (`test+ssh://…` does not: there a daemon holds it.)
    if uri.starts_with("test:") {
        return None;
    }
    let host = Arc::downgrade(host);
    let ended = ended.clone();
    Some(Box::new(move || {
        let host = host.upgrade().ok_or_else(call::disconnected)?;
        open(&host, &ended, None)
    }))
}

fn open(
    host: &Arc<Host>,
    cancel: &CancellationToken,
    events: Option<&UnboundedSender<HostEvent>>,
) -> Opened {
    let uri = host.uri();
    let attempt = host.prompter.attempt(host.id, cancel.clone(), host.runtime.clone());
    let opened = SharedConnect::open(|| {
        sys::open(&uri, &mut |credentials| attempt.credentials(credentials))
    });
    let connect = match opened {
        Ok(connect) => connect,
        Err(failure) => {
            attempt.failed(&failure);
            return Err(if attempt.was_cancelled() {
                Failure::new(FailureKind::AuthenticationCancelled, failure.detail)
            } else {
                failure
            });
        }
    };
    attempt.succeeded();
    if cancel.is_cancelled() {
        return Err(call::disconnected());
    }
    // In-process drivers have no keepalive and need none.
    let _ = connect.set_keep_alive(KEEPALIVE.0, KEEPALIVE.1);
    if let Some(events) = events {
        let source = EventSource::LIFECYCLE;
        match sys::register(&connect, source, events) {
            Ok(id) => connect.registrations().add(source, id),
            // A driver without events: the list is read again now and then.
            Err(error) => tracing::debug!(uri, error = error.message(), "no events"),
        }
    }
    Ok(connect)
}
