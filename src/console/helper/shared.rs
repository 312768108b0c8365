//! What the threads of a console and its widget share, and the threads.

use std::{
    convert::Infallible,
    fmt::Debug,
    io,
    net::Shutdown,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;

use super::{
    Memory, Order, Outbox,
    line::{self as framed, Malformed},
    process,
};
use crate::console::{
    ConsoleError,
    frame::Frame,
    remote::{News, Phase},
};

/// A kind of console, as far as its helper goes.
pub(in crate::console) trait Dialect: Debug + 'static {
    /// What the helper is told.
    type Order: Order;
    /// What is known of the server.
    type Facts: Debug + Default + Send;
    /// The argument that makes the program this helper.
    const ARGUMENT: &'static str;
    /// The longest report, in bytes.
    const LONGEST: usize;
}

/// What the threads and the widget share.
#[derive(Debug)]
pub(in crate::console) struct Shared<D: Dialect> {
    pub(in crate::console) frame: Mutex<Frame>,
    news: Mutex<News>,
    pub(in crate::console) facts: Mutex<D::Facts>,
    pub(in crate::console) outbox: Outbox<D::Order>,
    wake: Notify,
    line: Mutex<Option<UnixStream>>,
    closed: AtomicBool,
    over: AtomicBool,
}

pub(in crate::console) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(in crate::console) fn io(error: impl Into<io::Error>) -> ConsoleError {
    ConsoleError::Io(error.into().to_string())
}

impl<D: Dialect> Shared<D> {
    /// Starts the thread of a connection, which `run` is.
    pub(in crate::console) fn start(
        run: impl FnOnce(&Arc<Self>) -> Result<Infallible, ConsoleError> + Send + 'static,
    ) -> Arc<Self> {
        let shared = Arc::new(Self {
            frame: Mutex::default(),
            news: Mutex::default(),
            facts: Mutex::default(),
            outbox: Outbox::default(),
            wake: Notify::default(),
            line: Mutex::default(),
            closed: AtomicBool::default(),
            over: AtomicBool::default(),
        });
        let body = {
            let shared = Arc::clone(&shared);
            move || {
                let end = run(&shared);
                shared.end(if shared.is_closed() { None } else { end.err() });
            }
        };
        if let Err(error) = std::thread::Builder::new().name("console-read".into()).spawn(body) {
            shared.end(Some(io(error)));
        }
        shared
    }

    /// Starts a helper with the message `start` and `fds`, lets it draw on new memory, and
    /// hears what it reports until the end.
    pub(in crate::console) fn converse(
        self: &Arc<Self>,
        start: &[u8],
        fds: Vec<OwnedFd>,
        hear: impl FnMut(&[u8], Vec<OwnedFd>) -> Result<(), ConsoleError>,
    ) -> Result<Infallible, ConsoleError> {
        let memory = Memory::create().map_err(io)?;
        let (line, mut child) = process::spawn(D::ARGUMENT).map_err(io)?;
        let mut handles = vec![memory.fd().as_fd()];
        handles.extend(fds.iter().map(AsFd::as_fd));
        let handed = framed::send_with(&line, start, &handles);
        drop(handles);
        drop(fds);
        let end = handed.map_err(io).and_then(|()| {
            *lock(&self.frame) = Frame::over(memory);
            self.listen(&line, hear)
        });
        let _ = line.shutdown(Shutdown::Both);
        match (end, child.wait()) {
            // It went without a word: the library, or the system, ended it.
            (Err(ConsoleError::Closed), Ok(status)) if !status.success() => {
                tracing::warn!(%status, helper = D::ARGUMENT, "a console's helper ended");
                Err(ConsoleError::Protocol("the decoder gave up".to_owned()))
            }
            (end, _) => end,
        }
    }

    fn listen(
        self: &Arc<Self>,
        line: &UnixStream,
        mut hear: impl FnMut(&[u8], Vec<OwnedFd>) -> Result<(), ConsoleError>,
    ) -> Result<Infallible, ConsoleError> {
        *lock(&self.line) = Some(line.try_clone().map_err(io)?);
        if self.is_closed() {
            return Err(ConsoleError::Closed);
        }
        let (this, outwards) = (Arc::clone(self), line.try_clone().map_err(io)?);
        // If the helper is gone, the reader finds out by itself and says so.
        let body = move || drop(this.outbox.write_to(&outwards));
        std::thread::Builder::new().name("console-write".into()).spawn(body).map_err(io)?;
        loop {
            let (message, fds) =
                framed::receive(line, D::LONGEST).map_err(io)?.ok_or(ConsoleError::Closed)?;
            hear(&message, fds)?;
        }
    }

    /// Changes the news, and tells that there are some.
    pub(in crate::console) fn tell(&self, change: impl FnOnce(&mut News)) {
        change(&mut lock(&self.news));
        self.wake.notify_one();
    }

    /// Waits until there is something to look at.
    pub(in crate::console) async fn news_later(self: Arc<Self>) {
        self.wake.notified().await;
    }

    /// What happened since the last call.
    pub(in crate::console) fn take_news(&self) -> News {
        std::mem::take(&mut *lock(&self.news))
    }

    /// Whether this side ended the connection.
    pub(in crate::console) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn end(&self, error: Option<ConsoleError>) {
        self.outbox.close();
        *lock(&self.line) = None;
        if self.over.swap(true, Ordering::AcqRel) {
            // The first reason counts.
            return;
        }
        self.tell(|news| news.phase = Some(Phase::Over(error)));
    }

    /// Ends the connection for this reason; waits for nothing.
    pub(in crate::console) fn fail(&self, error: ConsoleError) {
        let line = lock(&self.line).take();
        // Before the reader finds the line at its end.
        self.end(Some(error));
        if let Some(line) = line {
            let _ = line.shutdown(Shutdown::Both);
        }
    }

    /// Ends the connection; waits for nothing.
    pub(in crate::console) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.outbox.close();
        if let Some(line) = lock(&self.line).take() {
            let _ = line.shutdown(Shutdown::Both);
        }
    }
}

/// What a helper says that cannot be read.
pub(in crate::console) fn malformed(_: Malformed) -> ConsoleError {
    ConsoleError::Protocol("the decoder is not to be understood".to_owned())
}
