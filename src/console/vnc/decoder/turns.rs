//! Whose turn it is: the server's to answer, or ours to ask again.

use std::{
    cell::Cell,
    rc::{Rc, Weak},
    sync::Arc,
    time::Duration,
};

use gvnc::glib;

use super::{
    connection::{Decoder, PATIENCE},
    wire::Wire,
};
use crate::console::helper::Why;

/// How long the line is to be silent before what arrived is taken for an
/// answer's end.
const SILENCE: Duration = Duration::from_millis(300);

/// How long gvnc may take to send what it is told to.
const AT_ONCE: Duration = Duration::from_secs(1);

/// What happened since the server was asked last.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Something was drawn: the program asks, once it has shown it.
    drawn: Cell<bool>,
    /// What had arrived when it was asked.
    heard: Cell<u64>,
    /// Nothing is to be asked for now.
    held: Cell<bool>,
}

impl Turns {
    /// Has nothing asked for from now on, or again; says what was before.
    pub(super) fn hold(&self, hold: bool) -> bool {
        self.held.replace(hold)
    }

    /// Whether nothing is to be asked for.
    pub(super) fn is_held(&self) -> bool {
        self.held.get()
    }

    /// Pixels have changed.
    pub(super) fn drawn(&self) {
        self.drawn.set(true);
    }
}

impl Decoder {
    /// Asks for what changes from now on, or for everything.
    pub(super) fn ask(&self, changes: bool) {
        if self.turns.is_held() {
            return;
        }
        let edge = |edge: i32| u16::try_from(edge).unwrap_or(0);
        let (width, height) = (self.connection.width(), self.connection.height());
        let (width, height) = (edge(width), edge(height));
        self.turns.drawn.set(false);
        self.turns.heard.set(self.wire.heard());
        if !changes {
            self.expect_picture(u32::from(width), u32::from(height));
        }
        let _ = self.connection.framebuffer_update_request(changes, 0, 0, width, height);
    }

    /// Watches for the ends of answers, and for those that never end. A silent
    /// line wakes nobody.
    pub(super) fn take_turns(self: &Rc<Self>) {
        glib::MainContext::default()
            .spawn_local(watch(Rc::downgrade(self), Arc::clone(&self.wire)));
    }

    /// Asks again, once, after something that brought no pixels: an answer may
    /// hold a pointer, lock keys or a name only, and gvnc does not tell where
    /// one ends. The picture would stand still for ever.
    fn ask_again(&self) {
        let unanswered = self.turns.heard.get() != self.wire.heard() && !self.turns.drawn.get();
        if unanswered && self.connection.is_initialized() {
            self.ask(true);
        }
    }
}

async fn watch(decoder: Weak<Decoder>, wire: Arc<Wire>) {
    loop {
        wire.stirred().await;
        // Again and again, while something arrives now and then.
        while glib::future_with_timeout(PATIENCE, silence(&decoder, &wire)).await.is_ok() {}
        if !is_between_messages(&decoder, &wire).await {
            if let Some(this) = decoder.upgrade() {
                this.fail(if this.server_reads() { Why::Stalled } else { Why::TimedOut }, "");
            }
            return;
        }
    }
}

/// Waits for a moment of silence, asks again if need be, and ends with the
/// next thing that arrives.
async fn silence(decoder: &Weak<Decoder>, wire: &Wire) {
    while let Some(left) = SILENCE.checked_sub(wire.silent_since()).filter(|left| !left.is_zero()) {
        glib::timeout_future(left).await;
    }
    if let Some(this) = decoder.upgrade() {
        this.ask_again();
    }
    wire.stirred().await;
}

/// Whether the server has said what it began to say. Between two messages gvnc
/// sends at once what it is told to, within one it keeps it (vncconnection.c).
async fn is_between_messages(decoder: &Weak<Decoder>, wire: &Wire) -> bool {
    let before = (wire.heard(), wire.said());
    match decoder.upgrade() {
        Some(this) if this.connection.is_initialized() => this.ask(true),
        // The handshake is looked after elsewhere.
        _ => return true,
    }
    glib::timeout_future(AT_ONCE).await;
    (wire.heard(), wire.said()) != before
}
