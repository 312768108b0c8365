//! SPICE through spice-client-glib, in a process of its own.
//!
//! A SPICE server is spoken to over several connections, its channels. The
//! helper, called with [`client::ARGUMENT`], says which one it wants next, and
//! this side opens it: the helper itself connects to TLS servers only.
//!
//! `client` is that process, `line` what the two say to each other, `session`
//! this side of it.

pub(crate) mod client;
mod line;
mod session;

use std::{collections::BTreeMap, pin::Pin, rc::Rc, sync::Arc};

use self::line::{Agent, LONGEST_CONTENT, Order};
use super::{
    ConsoleError,
    extras::{Ask, Extras},
    frame::Frame,
    helper::{Dialect, Memory, Shared, lock},
    keymap,
    remote::{ClipboardSupport, Content, Contents, News, Remote, Screens},
};
use crate::{
    backend::Lines,
    model::{PictureQuality, Secret},
};

/// What is known of the server and its guest.
#[derive(Debug, Default)]
struct Facts {
    agent: Agent,
    extras: Extras,
    screens: Screens,
    /// The pixels of the further screens that are shown.
    frames: BTreeMap<u32, Frame>,
}

/// SPICE, as far as its helper goes.
#[derive(Debug)]
struct Dialog;

impl Dialect for Dialog {
    type Order = Order;
    type Facts = Facts;
    const ARGUMENT: &'static str = client::ARGUMENT;
    const LONGEST: usize = line::LONGEST;
}

/// A screen of a connection to a SPICE server. The connection ends when the
/// first screen is dropped.
#[derive(Debug)]
pub(crate) struct Spice {
    shared: Arc<Shared<Dialog>>,
    screen: u32,
}

impl Spice {
    /// Starts connecting.
    pub(crate) fn open(lines: Lines, password: Option<Secret>) -> Self {
        let run = move |shared: &Arc<_>| session::run(shared, &lines, password);
        Self { shared: Shared::start(run), screen: 0 }
    }
}

impl Drop for Spice {
    fn drop(&mut self) {
        if self.screen == 0 {
            return self.close();
        }
        lock(&self.shared.facts).frames.remove(&self.screen);
        self.shared.outbox.send(Order::Hide { screen: self.screen });
    }
}

impl Remote for Spice {
    fn news_later(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(Arc::clone(&self.shared).news_later())
    }

    fn take_news(&self) -> News {
        self.shared.take_news()
    }

    fn give_credentials(&self, user: String, password: Secret) {
        self.shared.outbox.send(Order::Connect { user, password: Some(password) });
    }

    fn clipboard_support(&self) -> ClipboardSupport {
        let shared = lock(&self.shared.facts).agent.clipboard;
        ClipboardSupport { unicode: true, from_guest: shared }
    }

    fn can_resize(&self) -> bool {
        lock(&self.shared.facts).agent.size
    }

    fn offer_clipboard(&self, contents: Contents) {
        self.shared.outbox.send(Order::Offer(contents));
    }

    fn fetch_clipboard(&self, content: Content) {
        self.shared.outbox.send(Order::Fetch(content));
    }

    fn give_clipboard(&self, content: Content, bytes: Vec<u8>) {
        if bytes.len() <= LONGEST_CONTENT {
            self.shared.outbox.send(Order::Give { content, bytes });
        }
    }

    fn extras(&self) -> Extras {
        Extras { known: true, ..lock(&self.shared.facts).extras.clone() }
    }

    fn ask(&self, ask: Ask) {
        self.shared.outbox.send(Order::Ask(ask));
    }

    fn set_quality(&self, quality: PictureQuality) {
        self.shared.outbox.send(Order::Quality(quality));
    }

    fn close(&self) {
        self.shared.close();
    }

    fn cannot_show(&self, why: String) {
        self.shared.fail(ConsoleError::Unshowable(why));
    }

    fn key(&self, down: bool, code: u32, _keysym: u32) {
        if let Some(code) = keymap::xt(code) {
            self.shared.outbox.send(Order::Key { down, code });
        }
    }

    fn pointer(&self, mask: u16, x: u32, y: u32) {
        self.shared.outbox.send(Order::Pointer { screen: self.screen, mask, x, y });
    }

    fn pointer_moved(&self, mask: u16, dx: i32, dy: i32) {
        self.shared.outbox.send(Order::Moved { mask, dx, dy });
    }

    fn request_update(&self) {
        self.shared.outbox.send(Order::Update { screen: self.screen });
    }

    fn request_size(&self, width: u32, height: u32) {
        let mut same = false;
        self.with_frame(&mut |frame| same = frame.size() == (width, height));
        if self.can_resize() && !same && width > 0 && height > 0 {
            self.shared.outbox.send(Order::Size { screen: self.screen, width, height });
        }
    }

    fn with_frame(&self, use_it: &mut dyn FnMut(&mut Frame)) {
        session::with_frame(&self.shared, self.screen, use_it);
    }

    fn screens(&self) -> Option<Screens> {
        Some(lock(&self.shared.facts).screens.clone())
    }

    fn screen(&self, number: u32, (width, height): (u32, u32)) -> Option<Rc<dyn Remote>> {
        let memory = Memory::create().ok()?;
        let handle = memory.fd().try_clone().ok()?;
        lock(&self.shared.facts).frames.insert(number, Frame::over(memory));
        self.shared.outbox.send(Order::Show { screen: number, width, height, memory: handle });
        Some(Rc::new(Self { shared: Arc::clone(&self.shared), screen: number }))
    }
}
