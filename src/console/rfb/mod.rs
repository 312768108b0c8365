//! VNC (the RFB protocol), in safe code on threads of its own.
//!
//! gvnc would decode on the main thread, and version 1.5 lets a hostile server
//! end the process: forty security types overflow a buffer on its stack. Here
//! a reader thread decodes into the shared [`Frame`], a writer thread sends,
//! and the main thread looks at the news when it is woken.

mod clipboard;
mod cursor;
mod handshake;
mod messages;
mod session;
mod wire;
mod zrle;

use std::{
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;

use self::messages::{Message, Outbox, RELATIVE_ORIGIN};
use super::{
    ConsoleError,
    frame::Frame,
    keymap,
    remote::{News, Phase, Remote},
};
use crate::{backend::ConsoleEndpoint, model::Secret};

/// Which clipboard texts the server can carry.
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
    password: Mutex<Option<Secret>>,
    password_given: Condvar,
    stream: Mutex<Option<UnixStream>>,
    closed: AtomicBool,
}

/// What is known of the server.
#[derive(Debug, Default)]
struct Facts {
    size: (u16, u16),
    scan_codes: bool,
    /// Id and flags of the first screen, if the size can be asked for.
    screen: Option<(u32, u32)>,
    extended_clipboard: bool,
    classic_seen: bool,
    offered: Option<String>,
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

    /// Waits for the user. Nothing when the console is closed meanwhile.
    fn wait_for_password(&self) -> Option<Secret> {
        let mut password = lock(&self.password);
        loop {
            if self.is_closed() {
                return None;
            }
            if let Some(given) = password.take() {
                return Some(given);
            }
            password = self.password_given.wait(password).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A connection to a VNC server. Ends when dropped.
#[derive(Debug)]
pub(crate) struct Rfb {
    shared: Arc<Shared>,
}

impl Rfb {
    /// Starts connecting; `local` says that bytes cost less than packing them.
    pub(crate) fn open(endpoint: ConsoleEndpoint, local: bool) -> Self {
        let shared = Arc::new(Shared::default());
        session::start(Arc::clone(&shared), endpoint, local);
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

    /// Answers a server that wants a password.
    pub(crate) fn give_password(&self, password: Secret) {
        *lock(&self.shared.password) = Some(password);
        self.shared.password_given.notify_all();
    }

    /// Which clipboard texts the server can carry, as far as it has said.
    pub(crate) fn clipboard_support(&self) -> ClipboardSupport {
        let facts = lock(&self.shared.facts);
        ClipboardSupport {
            unicode: facts.extended_clipboard,
            from_guest: facts.extended_clipboard || facts.classic_seen,
        }
    }

    /// Whether the guest can be asked for another screen size.
    pub(crate) fn can_resize(&self) -> bool {
        lock(&self.shared.facts).screen.is_some()
    }

    /// Puts a text into the guest's clipboard.
    pub(crate) fn send_clipboard(&self, text: &str) {
        let mut facts = lock(&self.shared.facts);
        let message = if facts.extended_clipboard {
            facts.offered = Some(text.to_owned());
            Message::Clipboard(clipboard::offer(true))
        } else {
            Message::CutText(clipboard::to_classic(text))
        };
        drop(facts);
        self.shared.outbox.send(message);
    }

    /// Ends the connection; waits for nothing.
    pub(crate) fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.outbox.close();
        // Taken and let go, so that a reader about to wait sees `closed` or
        // gets the wake-up.
        drop(lock(&self.shared.password));
        self.shared.password_given.notify_all();
        if let Some(stream) = lock(&self.shared.stream).take() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Rfb {
    fn drop(&mut self) {
        self.close();
    }
}

impl Remote for Rfb {
    fn key(&self, down: bool, code: u32, keysym: u32) {
        let scan_codes = lock(&self.shared.facts).scan_codes;
        let qnum = if scan_codes { keymap::qnum(code) } else { None };
        if qnum.is_some() || keysym != 0 {
            self.shared.outbox.send(Message::Key { down, keysym, qnum });
        }
    }

    fn pointer(&self, mask: u8, x: u32, y: u32) {
        let narrow = |value: u32| u16::try_from(value).unwrap_or(u16::MAX >> 2);
        self.shared.outbox.send(Message::Pointer { mask, x: narrow(x), y: narrow(y) });
    }

    fn pointer_moved(&self, mask: u8, dx: i32, dy: i32) {
        let shifted =
            |delta: i32| RELATIVE_ORIGIN.saturating_add_signed(delta.clamp(-4096, 4096) as i16);
        self.shared.outbox.send(Message::Pointer { mask, x: shifted(dx), y: shifted(dy) });
    }

    fn request_update(&self) {
        let (width, height) = lock(&self.shared.facts).size;
        self.shared.outbox.send(Message::Update { incremental: true, width, height });
    }

    fn request_size(&self, width: u32, height: u32) {
        let facts = lock(&self.shared.facts);
        let Some((screen, flags)) = facts.screen else { return };
        let (Ok(width), Ok(height)) = (u16::try_from(width), u16::try_from(height)) else { return };
        if (width, height) != facts.size && width > 0 && height > 0 {
            self.shared.outbox.send(Message::DesktopSize { width, height, screen, flags });
        }
    }

    fn with_frame(&self, use_it: &mut dyn FnMut(&mut Frame)) {
        use_it(&mut lock(&self.shared.frame));
    }
}

impl Shared {
    fn end(&self, error: Option<ConsoleError>) {
        self.outbox.close();
        *lock(&self.stream) = None;
        self.tell(|news| news.phase = Some(Phase::Over(error)));
    }
}
