//! A guest's serial ports and text consoles.
//!
//! The bytes come over a libvirt stream that does not block, told of by the
//! process's own event loop, and go out on a thread of the console's own:
//!
//! * A blocking read could not be ended at once, and would pretend to wait: the
//!   daemon sends what the guest writes without being asked, and libvirt keeps
//!   all of it in memory until somebody takes it. There is no flow control in
//!   its protocol. So what a console does not take is not read from the
//!   connection either, which nothing else uses: then the daemon waits, then
//!   the hypervisor, then the guest.
//! * Sending waits, whatever the stream's flags say, once the guest does not
//!   read what it was sent. Before that the daemon stops reading from the
//!   connection, keepalive included, so after a while the console ends, and
//!   nothing but this console. The thread that sends needs no polling and none of
//!   the daemon's workers, as the daemon serves streams on its main thread.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread,
};

use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;
use virt::{connect::Connect, stream::Stream};
use virt_sys as libvirt;

use crate::{
    backend::{
        BackendError, ConnectionHandle, Operation, Result,
        connection::lookup_domain,
        ops::Done,
        sys::{self, Incoming, SharedConnect, StreamReader},
    },
    model::{DomainId, Failure, FailureKind, TextPort, TextPortId, xml::Document},
};

/// Bytes that may wait for the reader before nothing more is read.
const MOST_IN: usize = 256 * 1024;

/// Bytes that may wait for the guest before the writer waits.
const MOST_OUT: usize = 64 * 1024;

/// Bytes that are taken from the connection at once.
const CHUNK: usize = 64 * 1024;

/// Bytes that are taken over at once.
const PIECE: usize = 4096;

/// Bytes that are sent without a sign of the guest: a pseudo-terminal holds
/// them if it does not read. What it does not hold stays with libvirt's daemon,
/// which then hangs for all its clients at the guest's end: it sends the answer
/// to what it cannot write twice (`remote_daemon_stream.c`, libvirt 11.3). Who
/// reads mostly echoes, or acknowledges.
const MOST_UNHEARD: usize = 2048;

/// Why a text console cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoTextConsole {
    /// The guest does not run.
    NotRunning,
    /// The guest has no such port.
    Missing,
    /// The port leads somewhere else (the word is libvirt's, `file` say).
    LeadsElsewhere(String),
    /// Somebody else's viewer is connected.
    InUse,
}

/// How a text console ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextConsoleEnd {
    /// The stream is at its end: the guest is off, or another viewer took it.
    Closed,
    /// The connection to the host broke.
    Lost(Failure),
}

/// An open text console of a guest. Dropping it closes it.
pub struct TextConsole(Arc<Pipe>);

impl fmt::Debug for TextConsole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextConsole").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// Whether a piece is on its way, and how many have gone.
    sending: bool,
    sent: u64,
    /// Bytes that have gone since the guest was heard last.
    unheard: usize,
    /// Whether the connection is held since `incoming` is full. Sending waits
    /// too then, as libvirt reads while it sends.
    held: bool,
    /// Whether one piece may be sent all the same: each time that the reader
    /// has caught up, so that a flood does not keep what is typed.
    turn: bool,
    end: Option<TextConsoleEnd>,
    /// Until the console is closed.
    stream: Option<Arc<Stream>>,
}

struct Pipe {
    state: Mutex<State>,
    readable: Notify,
    writable: Notify,
    /// Something for the sending thread.
    to_do: Condvar,
    over: CancellationToken,
    connect: SharedConnect,
}

impl ConnectionHandle {
    /// Opens a text console of a running guest. With `force` a viewer that is
    /// connected is thrown out.
    ///
    /// # Errors
    /// If it cannot be opened for another reason than those of
    /// [`NoTextConsole`].
    pub async fn text_console(
        &self,
        id: DomainId,
        port: TextPortId,
        force: bool,
    ) -> Result<std::result::Result<TextConsole, NoTextConsole>> {
        let name = self.domain_name(id);
        let operation = Operation::Console;
        let (connect, ended) = self.console_connection(operation, name.clone()).await?;
        let fail = |failure| BackendError { operation, object: name.clone(), failure };
        let pipe = Arc::new(Pipe {
            state: Mutex::default(),
            readable: Notify::new(),
            writable: Notify::new(),
            to_do: Condvar::new(),
            over: CancellationToken::new(),
            connect: connect.clone(),
        });
        let console = TextConsole(Arc::clone(&pipe));
        let (reply, opened) = oneshot::channel();
        let spawned = thread::Builder::new().name("libvirt-console".to_owned()).spawn(move || {
            sys::process::use_english_messages();
            match open(&connect, &pipe, (id, port), force) {
                Ok(Ok(stream)) => {
                    // A caller that has gone has dropped the console too.
                    let _ = reply.send(Ok(Ok(())));
                    pipe.serve(&stream);
                    close(stream);
                }
                other => drop(reply.send(other.map(|open| open.map(|_| ())))),
            }
        });
        spawned.map_err(|error| fail(Failure::new(FailureKind::Internal, error.to_string())))?;
        let lost = || Failure::new(FailureKind::Disconnected, "not connected");
        let opened = tokio::select! {
            opened = opened => opened.unwrap_or_else(|_| Err(lost())),
            () = ended.cancelled() => Err(lost()),
        };
        let opened = opened.map_err(fail)?;
        self.runtime().spawn(watch(Arc::downgrade(&console.0), console.0.over.clone(), ended));
        Ok(opened.map(|()| console))
    }
}

/// Ends the console with its host.
async fn watch(pipe: Weak<Pipe>, over: CancellationToken, ended: CancellationToken) {
    tokio::select! {
        () = over.cancelled() => {}
        () = ended.cancelled() => {
            if let Some(pipe) = pipe.upgrade() {
                let lost = Failure::new(FailureKind::Disconnected, "not connected");
                pipe.end(TextConsoleEnd::Lost(lost));
            }
        }
    }
}

fn open(
    connect: &Connect,
    pipe: &Arc<Pipe>,
    (id, port): (DomainId, TextPortId),
    force: bool,
) -> Done<std::result::Result<Arc<Stream>, NoTextConsole>> {
    let domain = lookup_domain(connect, id)?;
    if !domain.is_active()? {
        return Ok(Err(NoTextConsole::NotRunning));
    }
    let xml = domain.xml_desc(0)?;
    let document = Document::parse(&xml)?;
    let ports = document.root().child("devices").map(TextPort::all).unwrap_or_default();
    let Some(port) = ports.into_iter().find(|known| known.id == port) else {
        return Ok(Err(NoTextConsole::Missing));
    };
    if !port.can_be_shown() {
        return Ok(Err(NoTextConsole::LeadsElsewhere(port.leads_to)));
    }
    let stream = Stream::new(connect, libvirt::VIR_STREAM_NONBLOCK)?;
    let alias = port.alias.unwrap_or_default();
    if let Err(error) = sys::open_console(&domain, &alias, &stream, force) {
        let failure = Failure::from(error);
        return match failure.kind {
            FailureKind::InUse => Ok(Err(NoTextConsole::InUse)),
            _ => Err(failure),
        };
    }
    let stream = Arc::new(stream);
    pipe.state().stream = Some(Arc::clone(&stream));
    if let Err(error) = sys::watch(&stream, Arc::clone(pipe) as Arc<dyn StreamReader>) {
        pipe.state().stream = None;
        close(stream);
        return Err(error.into());
    }
    Ok(Ok(stream))
}

/// Ends the stream on the host, so that the port is free again.
fn close(stream: Arc<Stream>) {
    sys::unwatch(&stream);
    // A failure means that the connection is gone, and the stream with it.
    if let Some(stream) = Arc::into_inner(stream) {
        let _ = stream.abort();
    }
}

impl Pipe {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what is to be sent until the end.
    fn serve(&self, stream: &Arc<Stream>) {
        loop {
            let mut state = self.state();
            while state.end.is_none()
                && (state.outgoing.is_empty()
                    || state.unheard >= MOST_UNHEARD
                    || state.held && !std::mem::take(&mut state.turn))
            {
                state = self.to_do.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.end.is_some() {
                // From now on nobody else holds it.
                state.stream = None;
                break;
            }
            let length = state.outgoing.len().min(MOST_UNHEARD - state.unheard);
            state.unheard += length;
            let piece: Vec<u8> = state.outgoing.drain(..length).collect();
            state.sending = true;
            drop(state);
            self.writable.notify_one();
            let sent = send(stream, &piece);
            let mut state = self.state();
            state.sending = false;
            state.sent += 1;
            drop(state);
            self.writable.notify_one();
            if let Err(failure) = sent {
                self.end(self.broken(failure));
            }
        }
    }

    /// What a failure of the stream means. On a connection that lives it is how
    /// libvirt tells that another viewer has the port.
    fn broken(&self, failure: Failure) -> TextConsoleEnd {
        // Local: libvirt looks at its own mark, not at the host.
        if self.connect.is_alive().unwrap_or(false) {
            TextConsoleEnd::Closed
        } else {
            TextConsoleEnd::Lost(failure)
        }
    }

    /// The first end counts.
    fn end(&self, end: TextConsoleEnd) {
        let mut state = self.state();
        if state.end.is_none() {
            state.end = Some(end);
        }
        self.let_go(&mut state);
        drop(state);
        self.over.cancel();
        self.to_do.notify_all();
        self.readable.notify_one();
        self.writable.notify_one();
    }

    /// Reads from the connection again.
    fn let_go(&self, state: &mut State) {
        if std::mem::take(&mut state.held) {
            self.connect.hold(false);
            state.turn = true;
            self.to_do.notify_one();
        }
    }
}

fn send(stream: &Stream, mut bytes: &[u8]) -> Done {
    while !bytes.is_empty() {
        match usize::try_from(stream.send(bytes)?) {
            Ok(sent) => bytes = &bytes[sent.min(bytes.len())..],
            // No driver that has text consoles says "later".
            Err(_) => return Err(Failure::new(FailureKind::Other, "the stream takes nothing")),
        }
    }
    Ok(())
}

impl StreamReader for Pipe {
    fn readable(&self, stream: &Incoming) -> bool {
        let mut buffer = vec![0; CHUNK];
        loop {
            let mut state = self.state();
            if state.end.is_some() {
                return false;
            }
            if state.incoming.len() >= MOST_IN {
                if !std::mem::replace(&mut state.held, true) {
                    self.connect.hold(true);
                }
                return false;
            }
            let end = match stream.receive(&mut buffer) {
                Ok(None) => return true,
                Ok(Some(0)) => TextConsoleEnd::Closed,
                Ok(Some(count)) => {
                    state.incoming.extend_from_slice(&buffer[..count.min(CHUNK)]);
                    state.unheard = 0;
                    drop(state);
                    self.to_do.notify_one();
                    self.readable.notify_one();
                    continue;
                }
                Err(error) => self.broken(error.into()),
            };
            drop(state);
            self.end(end);
            return false;
        }
    }
}

impl TextConsole {
    /// Waits for bytes of the guest; at most `most` of them.
    ///
    /// # Errors
    /// How the console ended, once all that came before was read.
    pub async fn read(&self, most: usize) -> std::result::Result<Vec<u8>, TextConsoleEnd> {
        loop {
            if let Some(read) = self.take(most) {
                return read;
            }
            self.0.readable.notified().await;
        }
    }

    fn take(&self, most: usize) -> Option<std::result::Result<Vec<u8>, TextConsoleEnd>> {
        let mut state = self.0.state();
        if state.incoming.is_empty() {
            return state.end.clone().map(Err);
        }
        let count = most.clamp(1, state.incoming.len());
        let taken: Vec<u8> = state.incoming.drain(..count).collect();
        if state.held && state.incoming.len() < MOST_IN / 2 {
            self.0.let_go(&mut state);
            if let Some(stream) = &state.stream {
                sys::want(Arc::clone(stream));
            }
        }
        Some(Ok(taken))
    }

    /// Sends bytes to the guest; waits while it does not read.
    ///
    /// # Errors
    /// How the console ended, if it has.
    pub async fn write(&self, bytes: &[u8]) -> std::result::Result<(), TextConsoleEnd> {
        for piece in bytes.chunks(PIECE) {
            while !self.give(piece)? {
                self.0.writable.notified().await;
            }
        }
        Ok(())
    }

    /// Waits until all that was written has gone to the host. One caller at a
    /// time may be in this or in [`Self::write`].
    ///
    /// # Errors
    /// How the console ended, if it has.
    pub async fn flush(&self) -> std::result::Result<(), TextConsoleEnd> {
        loop {
            {
                let state = self.0.state();
                if let Some(end) = &state.end {
                    return Err(end.clone());
                }
                if state.outgoing.is_empty() && !state.sending {
                    return Ok(());
                }
            }
            self.0.writable.notified().await;
        }
    }

    /// A number that grows with what goes to the host: while it stays as it is
    /// and something was written, the guest does not read.
    #[must_use]
    pub fn progress(&self) -> u64 {
        self.0.state().sent
    }

    /// Whether there was room for the piece.
    fn give(&self, piece: &[u8]) -> std::result::Result<bool, TextConsoleEnd> {
        let mut state = self.0.state();
        if let Some(end) = &state.end {
            return Err(end.clone());
        }
        if state.outgoing.len() + piece.len() > MOST_OUT {
            return Ok(false);
        }
        state.outgoing.extend_from_slice(piece);
        drop(state);
        self.0.to_do.notify_one();
        Ok(true)
    }

    /// Ends it at once; what was not read or sent is lost.
    pub fn close(&self) {
        self.0.end(TextConsoleEnd::Closed);
    }
}

impl Drop for TextConsole {
    fn drop(&mut self) {
        self.close();
    }
}
