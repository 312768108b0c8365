//! The user's clipboard and the guest's.
//!
//! Each side only says that it has something; what it is goes over when the
//! other one asks. Nothing goes over, and nothing is said, while the user has
//! not allowed it: a guest must not read what is copied elsewhere.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gtk::{gdk, gio, glib, prelude::*};
use relm4::gtk;

use super::{
    ConsoleEvent, Tell,
    remote::{Content, Contents, Remote},
};

/// What a picture in a clipboard is called.
const PNG: &str = "image/png";

/// When the two clipboards are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Only where the user asks for it, by the menu.
    Never,
    /// While the guest has the keyboard.
    #[default]
    Focused,
    /// Whatever has the focus.
    Always,
}

/// Keeps the two clipboards in step.
#[derive(Debug)]
pub(super) struct Clipboards(Rc<Inner>);

struct Inner {
    remote: Rc<dyn Remote>,
    clipboard: gdk::Clipboard,
    tell: Tell,
    sharing: Cell<Sharing>,
    /// Nothing goes over unless the user says so, whatever is shared.
    muted: Cell<bool>,
    focused: Cell<bool>,
    /// What came from the guest, which it need not be offered.
    own: RefCell<Option<gdk::ContentProvider>>,
    /// The guest copied something later than the user did.
    guest_is_newer: Cell<bool>,
    /// What the guest may ask for.
    offered: Cell<Contents>,
    /// A text that the user gave by hand.
    given: RefCell<Option<String>>,
    /// What the guest has that was not fetched yet.
    waiting: Cell<Contents>,
    /// What it has at all, for the menu.
    guest: Cell<Contents>,
    /// The guest's text, of a server that sends it unasked.
    classic: RefCell<Option<String>>,
    /// The user waits for what the guest has.
    copying: Cell<bool>,
    watch: RefCell<Option<glib::SignalHandlerId>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("sharing", &self.sharing).finish_non_exhaustive()
    }
}

impl Clipboards {
    pub(super) fn new(
        remote: Rc<dyn Remote>,
        clipboard: &gdk::Clipboard,
        sharing: Sharing,
        tell: Tell,
    ) -> Self {
        let inner = Rc::new(Inner {
            remote,
            clipboard: clipboard.clone(),
            tell,
            sharing: Cell::new(sharing),
            muted: Cell::default(),
            focused: Cell::default(),
            own: RefCell::default(),
            guest_is_newer: Cell::default(),
            offered: Cell::default(),
            given: RefCell::default(),
            waiting: Cell::default(),
            guest: Cell::default(),
            classic: RefCell::default(),
            copying: Cell::default(),
            watch: RefCell::default(),
        });
        let weak = Rc::downgrade(&inner);
        let watch = clipboard.connect_changed(move |_| {
            if let Some(this) = weak.upgrade()
                && !this.is_own()
            {
                this.given.replace(None);
                this.guest_is_newer.set(false);
                this.waiting.take();
                this.offer();
            }
        });
        inner.watch.replace(Some(watch));
        Self(inner)
    }

    /// Whether the guest has the keyboard.
    pub(super) fn focus(&self, focused: bool) {
        self.0.focused.set(focused);
        self.0.settle();
    }

    /// The user has chosen otherwise.
    pub(super) fn set_sharing(&self, sharing: Sharing) {
        self.0.sharing.set(sharing);
        self.0.settle();
    }

    /// Shares nothing, or what is shared again.
    pub(super) fn mute(&self, muted: bool) {
        self.0.muted.set(muted);
        self.0.settle();
    }

    /// Gives a text to the guest because the user said so.
    pub(super) fn give(&self, text: &str) {
        self.0.given.replace(Some(text.to_owned()));
        self.0.set_offer(Contents { text: true, picture: false });
        // A server that is not asked by its guest takes it at once.
        self.0.remote.send_clipboard(text);
    }

    /// Copies what the guest has because the user said so.
    pub(super) fn copy(&self) {
        let this = &self.0;
        if let Some(text) = this.classic.borrow().as_deref() {
            this.keep(&gdk::ContentProvider::for_value(&text.to_value()));
            (this.tell)(ConsoleEvent::ClipboardCopied);
            return;
        }
        this.copying.set(true);
        this.fetch(this.guest.get());
    }

    /// Ends it.
    pub(super) fn close(&self) {
        if let Some(watch) = self.0.watch.take() {
            self.0.clipboard.disconnect(watch);
        }
    }

    /// The guest's clipboard holds something else.
    pub(super) fn guest_has(&self, contents: Contents) {
        let this = &self.0;
        // It has taken its clipboard from us.
        this.offered.set(Contents::default());
        this.guest.set(contents);
        this.waiting.set(contents);
        this.guest_is_newer.set(contents != Contents::default());
        (this.tell)(ConsoleEvent::GuestClipboard(contents != Contents::default()));
        this.settle_guest();
    }

    /// A server sent the guest's text unasked.
    pub(super) fn guest_sent(&self, text: String) {
        self.0.classic.replace(Some(text));
        (self.0.tell)(ConsoleEvent::GuestClipboard(true));
    }

    /// The guest's answer.
    pub(super) fn guest_gave(&self, content: Content, bytes: Vec<u8>) {
        let this = &self.0;
        let copying = this.copying.take();
        if !copying && !this.is_allowed() {
            // Asked for while it was.
            return;
        }
        let provider = match content {
            Content::Text => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                gdk::ContentProvider::for_value(&text.to_value())
            }
            // As it is: whoever pastes it decodes it.
            Content::Picture => {
                gdk::ContentProvider::for_bytes(PNG, &glib::Bytes::from_owned(bytes))
            }
        };
        this.keep(&provider);
        if copying {
            (this.tell)(ConsoleEvent::ClipboardCopied);
        }
    }

    /// The guest asks for what the user has.
    pub(super) fn guest_asks(&self, content: Content) {
        let this = Rc::clone(&self.0);
        if let Some(text) = this.given.borrow().clone().filter(|_| content == Content::Text) {
            this.remote.give_clipboard(content, text.into_bytes());
            return;
        }
        if !this.is_allowed() {
            return;
        }
        glib::MainContext::default().spawn_local(async move {
            let bytes = match content {
                Content::Text => text_of(&this.clipboard).await,
                Content::Picture => picture_of(&this.clipboard).await,
            };
            // It may have taken long.
            if this.is_allowed()
                && let Some(bytes) = bytes
            {
                this.remote.give_clipboard(content, bytes);
            }
        });
    }
}

async fn text_of(clipboard: &gdk::Clipboard) -> Option<Vec<u8>> {
    let text = clipboard.read_text_future().await.ok().flatten()?;
    Some(text.as_bytes().to_vec())
}

async fn picture_of(clipboard: &gdk::Clipboard) -> Option<Vec<u8>> {
    let texture = clipboard.read_texture_future().await.ok().flatten()?;
    gio::spawn_blocking(move || texture.save_to_png_bytes().to_vec()).await.ok()
}

impl Inner {
    fn is_allowed(&self) -> bool {
        if self.muted.get() {
            return false;
        }
        match self.sharing.get() {
            Sharing::Never => false,
            Sharing::Focused => self.focused.get(),
            Sharing::Always => true,
        }
    }

    /// Whether the user's clipboard holds what came from the guest.
    fn is_own(&self) -> bool {
        let present = self.clipboard.content();
        present.is_some() && *self.own.borrow() == present
    }

    /// Does what has become allowed, and takes back what no longer is.
    fn settle(&self) {
        self.offer();
        self.settle_guest();
    }

    /// Fetches what the guest has, once that is allowed.
    fn settle_guest(&self) {
        if self.is_allowed() {
            self.fetch(self.waiting.take());
        }
    }

    fn fetch(&self, contents: Contents) {
        if contents.text {
            self.remote.fetch_clipboard(Content::Text);
        } else if contents.picture {
            self.remote.fetch_clipboard(Content::Picture);
        }
    }

    /// Says what the guest may ask for.
    fn offer(&self) {
        if self.given.borrow().is_some() {
            return;
        }
        let contents = if self.is_allowed() && !self.guest_is_newer.get() && !self.is_own() {
            let formats = self.clipboard.formats();
            Contents {
                text: formats.contains_type(glib::Type::STRING)
                    || formats.contain_mime_type("text/plain;charset=utf-8")
                    || formats.contain_mime_type("text/plain"),
                picture: formats.contains_type(gdk::Texture::static_type())
                    || formats.mime_types().iter().any(|name| name.starts_with("image/")),
            }
        } else {
            Contents::default()
        };
        self.set_offer(contents);
    }

    fn set_offer(&self, contents: Contents) {
        let nothing = contents == Contents::default();
        // Saying it anew tells the guest that something else is there.
        if !nothing || self.offered.get() != contents {
            self.offered.set(contents);
            self.remote.offer_clipboard(contents);
        }
    }

    /// Makes it the user's clipboard.
    fn keep(&self, provider: &gdk::ContentProvider) {
        self.own.replace(Some(provider.clone()));
        if let Err(error) = self.clipboard.set_content(Some(provider)) {
            tracing::warn!("the guest's clipboard could not be kept: {error}");
        }
    }
}
