//! VNC through gvnc, in a process of its own.
//!
//! A server that names forty security types ends the process that gvnc runs in
//! (version 1.5): a helper, called with [`decoder::ARGUMENT`].
//!
//! `decoder` is that process, `line` what the two say to each other, `session`
//! this side of it.

pub(crate) mod decoder;
mod line;
mod session;

use std::{pin::Pin, sync::Arc};

use self::line::{Order, RELATIVE_ORIGIN};
use super::{
    extras::{Ask, Extras, Sound},
    frame::Frame,
    helper::{Dialect, Shared, lock},
    keymap,
    remote::{ClipboardSupport, News, Remote},
};
use crate::{
    backend::Line,
    model::{PictureQuality, Secret},
};

/// What is known of the server.
#[derive(Debug, Default)]
struct Facts {
    open: bool,
    no_resize: bool,
    classic_seen: bool,
    sound: Sound,
}

/// VNC, as far as its helper goes.
#[derive(Debug)]
struct Rfb;

impl Dialect for Rfb {
    type Order = Order;
    type Facts = Facts;
    const ARGUMENT: &'static str = decoder::ARGUMENT;
    const LONGEST: usize = line::LONGEST;
}

/// A connection to a VNC server. Ends when dropped.
#[derive(Debug)]
pub(crate) struct Vnc {
    shared: Arc<Shared<Rfb>>,
}

impl Vnc {
    /// Starts connecting; `local` says that bytes cost less than packing them.
    pub(crate) fn open(server: Line, password: Option<Secret>, local: bool) -> Self {
        let run = move |shared: &Arc<_>| session::run(shared, server, password, local);
        Self { shared: Shared::start(run) }
    }
}

impl Drop for Vnc {
    fn drop(&mut self) {
        self.close();
    }
}

impl Remote for Vnc {
    fn news_later(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(Arc::clone(&self.shared).news_later())
    }

    fn take_news(&self) -> News {
        self.shared.take_news()
    }

    fn give_credentials(&self, user: String, password: Secret) {
        self.shared.outbox.send(Order::Credentials { user, password });
    }

    /// gvnc speaks the classic clipboard only: Latin-1, and QEMU sends nothing
    /// back in it (`ui/vnc-clipboard.c`).
    fn clipboard_support(&self) -> ClipboardSupport {
        ClipboardSupport { unicode: false, from_guest: lock(&self.shared.facts).classic_seen }
    }

    fn can_resize(&self) -> bool {
        let facts = lock(&self.shared.facts);
        facts.open && !facts.no_resize
    }

    fn send_clipboard(&self, text: &str) {
        self.shared.outbox.send(Order::CutText(line::to_latin1(text)));
    }

    /// Of all that a console can share, the protocol carries sound only.
    fn extras(&self) -> Extras {
        Extras { sound: lock(&self.shared.facts).sound.clone(), ..Extras::default() }
    }

    fn ask(&self, ask: Ask) {
        if let Ask::Mute(mute) = ask {
            self.shared.outbox.send(Order::Mute(mute));
        }
    }

    fn set_quality(&self, quality: PictureQuality) {
        self.shared.outbox.send(Order::Quality(quality));
    }

    fn close(&self) {
        self.shared.close();
    }

    fn key(&self, down: bool, code: u32, keysym: u32) {
        let qnum = keymap::qnum(code).unwrap_or(0);
        if qnum != 0 || keysym != 0 {
            self.shared.outbox.send(Order::Key { down, keysym, qnum });
        }
    }

    fn pointer(&self, mask: u16, x: u32, y: u32) {
        let narrow = |value: u32| u16::try_from(value).unwrap_or(u16::MAX >> 2);
        self.shared.outbox.send(Order::Pointer { mask: buttons(mask), x: narrow(x), y: narrow(y) });
    }

    fn pointer_moved(&self, mask: u16, dx: i32, dy: i32) {
        let shifted = |delta: i32| {
            let delta = i16::try_from(delta.clamp(-4096, 4096)).unwrap_or_default();
            RELATIVE_ORIGIN.saturating_add_signed(delta)
        };
        self.shared.outbox.send(Order::Pointer {
            mask: buttons(mask),
            x: shifted(dx),
            y: shifted(dy),
        });
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

/// The buttons that the protocol has a bit for.
fn buttons(mask: u16) -> u8 {
    mask.to_le_bytes()[0]
}
