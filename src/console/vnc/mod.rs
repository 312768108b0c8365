//! VNC through gvnc, in a process of its own.
//!
//! gvnc decodes on the default main context, which in this program is GTK's,
//! and a server that names forty security types ends the process it runs in
//! (version 1.5). So it runs in another process, the decoder: the same program
//! called with [`decoder::ARGUMENT`]. A server that breaks it breaks one
//! console, and however long it computes, no window waits.
//!
//! `decoder` is that process, `line` what the two say to each other, `memory`
//! the pixels they share, `session` the threads on this side.

pub(crate) mod decoder;
mod line;
mod memory;
mod session;

pub(super) use memory::Memory;
pub use session::set_decoder_program;

use std::{
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;

use self::line::{Order, Outbox, RELATIVE_ORIGIN};
use super::{
    ConsoleError,
    frame::Frame,
    keymap,
    remote::{News, Phase, Remote},
};
use crate::{backend::ConsoleEndpoint, model::Secret};

/// Which clipboard texts the server can carry.
///
/// gvnc speaks the classic clipboard only: Latin-1, and QEMU sends nothing
/// back in it (`ui/vnc-clipboard.c`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClipboardSupport {
    /// Texts of every script go to the guest; otherwise only Latin-1.
    pub unicode: bool,
    /// The guest's texts arrive here as they are copied. Otherwise only those
    /// of a server that sends them in the classic way, which QEMU does not.
    pub from_guest: bool,
}

/// What the threads and the widget share.
#[derive(Debug, Default)]
struct Shared {
    frame: Mutex<Frame>,
    news: Mutex<News>,
    facts: Mutex<Facts>,
    outbox: Outbox,
    wake: Notify,
    line: Mutex<Option<UnixStream>>,
    closed: AtomicBool,
}

/// What is known of the server.
#[derive(Debug, Default)]
struct Facts {
    open: bool,
    no_resize: bool,
    classic_seen: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn tell(&self, change: impl FnOnce(&mut News)) {
        change(&mut lock(&self.news));
        self.wake.notify_one();
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn end(&self, error: Option<ConsoleError>) {
        self.outbox.close();
        *lock(&self.line) = None;
        self.tell(|news| news.phase = Some(Phase::Over(error)));
    }
}

/// A connection to a VNC server. Ends when dropped.
#[derive(Debug)]
pub(crate) struct Vnc {
    shared: Arc<Shared>,
}

impl Vnc {
    /// Starts connecting; `local` says that bytes cost less than packing them.
    pub(crate) fn open(endpoint: ConsoleEndpoint, local: bool) -> Self {
        let shared = Arc::new(Shared::default());
        session::start(&shared, endpoint, local);
        Self { shared }
    }

    /// Waits until there is something to look at.
    pub(crate) fn news_later(&self) -> impl Future<Output = ()> + 'static {
        let shared = Arc::clone(&self.shared);
        async move { shared.wake.notified().await }
    }

    /// What happened since the last call.
    pub(crate) fn take_news(&self) -> News {
        std::mem::take(&mut *lock(&self.shared.news))
    }

    /// Answers a server that wants a password, or a user name too.
    pub(crate) fn give_credentials(&self, user: String, password: Secret) {
        self.shared.outbox.send(Order::Credentials { user, password });
    }

    /// Which clipboard texts the server can carry, as far as it has shown.
    pub(crate) fn clipboard_support(&self) -> ClipboardSupport {
        ClipboardSupport { unicode: false, from_guest: lock(&self.shared.facts).classic_seen }
    }

    /// Whether the guest can be asked for another screen size, as far as the
    /// server has not refused.
    pub(crate) fn can_resize(&self) -> bool {
        let facts = lock(&self.shared.facts);
        facts.open && !facts.no_resize
    }

    /// Puts a text into the guest's clipboard.
    pub(crate) fn send_clipboard(&self, text: &str) {
        self.shared.outbox.send(Order::CutText(line::to_latin1(text)));
    }

    /// Ends the connection; waits for nothing.
    pub(crate) fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.outbox.close();
        if let Some(line) = lock(&self.shared.line).take() {
            let _ = line.shutdown(std::net::Shutdown::Both);
        }
    }
}

impl Drop for Vnc {
    fn drop(&mut self) {
        self.close();
    }
}

impl Remote for Vnc {
    fn key(&self, down: bool, code: u32, keysym: u32) {
        let qnum = keymap::qnum(code).unwrap_or(0);
        if qnum != 0 || keysym != 0 {
            self.shared.outbox.send(Order::Key { down, keysym, qnum });
        }
    }

    fn pointer(&self, mask: u8, x: u32, y: u32) {
        let narrow = |value: u32| u16::try_from(value).unwrap_or(u16::MAX >> 2);
        self.shared.outbox.send(Order::Pointer { mask, x: narrow(x), y: narrow(y) });
    }

    fn pointer_moved(&self, mask: u8, dx: i32, dy: i32) {
        let shifted = |delta: i32| {
            let delta = i16::try_from(delta.clamp(-4096, 4096)).unwrap_or_default();
            RELATIVE_ORIGIN.saturating_add_signed(delta)
        };
        self.shared.outbox.send(Order::Pointer { mask, x: shifted(dx), y: shifted(dy) });
    }

    fn request_update(&self) {
        self.shared.outbox.send(Order::Update);
    }

    fn request_size(&self, width: u32, height: u32) {
        let same = lock(&self.shared.frame).size() == (width, height);
        if self.can_resize() && !same && width > 0 && height > 0 {
            self.shared.outbox.send(Order::Size { width, height });
        }
    }

    fn with_frame(&self, use_it: &mut dyn FnMut(&mut Frame)) {
        use_it(&mut lock(&self.shared.frame));
    }
}
