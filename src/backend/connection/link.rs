//! An open host: its connections and their worker threads.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OnceCell, mpsc::UnboundedSender};
use tokio_util::sync::CancellationToken;

use super::pool::Pool;
use crate::{
    backend::sys::{CloseReason, HostEvent, SharedConnect},
    model::{Failure, FailureKind},
};

/// Threads for calls that answer at once. At 100 ms round trip 16 of them read
/// 155 definitions a second, one reads 10.
const QUICK_THREADS: usize = 16;

/// Threads for calls that may take long. A daemon works on five calls of a
/// connection at a time and answers nothing else meanwhile.
const SLOW_THREADS: usize = 4;

/// Threads for what is read unasked and may have to wait for a guest.
const READ_THREADS: usize = 4;

/// Opens a further connection when its first call comes.
pub(super) type OpenMore = Box<dyn Fn() -> Result<SharedConnect, Failure> + Send + Sync>;

/// A connection that is opened when it is first needed.
type Slot = Mutex<Option<SharedConnect>>;

pub(super) struct Link {
    /// Counts up with every opening, to tell late news of an old connection.
    pub(super) generation: u64,
    pub(super) quick: Pool,
    pub(super) slow: Pool,
    pub(super) reads: Pool,
    /// Cancelled when the connection is given up, so that no caller waits on.
    pub(super) ended: CancellationToken,
    quick_connect: SharedConnect,
    /// Where the end of the quick connection is told.
    events: Option<UnboundedSender<HostEvent>>,
    slow_connect: Slot,
    reads_connect: Slot,
    open_more: Option<OpenMore>,
    /// The host's `<capabilities>`: some hosts take seconds to say them, and
    /// several callers want them at once.
    pub(super) capabilities: OnceCell<String>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("generation", &self.generation).finish_non_exhaustive()
    }
}

impl Link {
    /// `open_more` is absent where a further connection would be another
    /// hypervisor: the test driver gives each opening of a file its own.
    pub(super) fn new(
        generation: u64,
        connect: SharedConnect,
        events: Option<UnboundedSender<HostEvent>>,
        open_more: Option<OpenMore>,
    ) -> Arc<Self> {
        Arc::new(Self {
            generation,
            quick: Pool::new("libvirt-quick", QUICK_THREADS),
            slow: Pool::new("libvirt-slow", SLOW_THREADS),
            reads: Pool::new("libvirt-reads", READ_THREADS),
            ended: CancellationToken::new(),
            quick_connect: connect,
            events,
            slow_connect: Slot::default(),
            reads_connect: Slot::default(),
            open_more,
            capabilities: OnceCell::new(),
        })
    }

    pub(super) fn quick_connect(&self) -> &SharedConnect {
        &self.quick_connect
    }

    /// The connection for slow calls; opens it if need be, so only for worker
    /// threads.
    pub(super) fn slow_connect(&self) -> Result<SharedConnect, Failure> {
        self.opened(&self.slow_connect)
    }

    /// The same for what is read unasked.
    pub(super) fn reads_connect(&self) -> Result<SharedConnect, Failure> {
        self.opened(&self.reads_connect)
    }

    /// A connection for one text console: what it sends is read only as fast as
    /// it is shown, and the daemon reads nothing more from a connection with
    /// bytes for a guest that does not take them. Nothing else may wait for that.
    pub(super) fn console_connect(&self) -> Result<SharedConnect, Failure> {
        self.open_more.as_ref().map_or_else(|| Ok(self.quick_connect.clone()), |open| open())
    }

    fn opened(&self, slot: &Slot) -> Result<SharedConnect, Failure> {
        let Some(open) = &self.open_more else { return Ok(self.quick_connect.clone()) };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connect) = &*slot
            && connect.is_alive().unwrap_or(false)
        {
            return Ok(connect.clone());
        }
        let connect = open()?;
        *slot = Some(connect.clone());
        Ok(connect)
    }

    /// Tells that the connection is gone, if it is, after a quick call with
    /// this outcome.
    ///
    /// With several calls under way, a keepalive that stays unanswered ends
    /// only one of them: libvirt marks the connection as closed, but the other
    /// calls go on waiting for its socket, and the close callback waits for
    /// them. So it comes too late, or never.
    pub(super) fn look_after<T>(&self, outcome: &Result<T, Failure>) {
        // Local: libvirt looks at its own mark, not at the host.
        if self.ended.is_cancelled() || self.quick_connect.is_alive().unwrap_or(true) {
            return;
        }
        let reason = match outcome {
            Err(failure) if failure.kind == FailureKind::TimedOut => CloseReason::KeepAlive,
            _ => CloseReason::Gone,
        };
        if let Some(events) = &self.events {
            // Nobody listens any more if it is known already.
            let _ = events.send(HostEvent::Closed(reason));
        }
    }

    /// Gives the connection up: callers get their answer, threads end when
    /// their present call returns. Does not block.
    pub(super) fn end(&self) {
        self.ended.cancel();
        self.quick.close();
        self.slow.close();
        self.reads.close();
    }
}
