//! Whose turn it is: the server's to answer, or ours to ask again.

use std::{
    cell::Cell,
    io,
    os::fd::AsRawFd,
    rc::Rc,
    time::{Duration, Instant},
};

use gvnc::glib;
use rustix::event::{Timespec, epoll};

use super::connection::Decoder;

/// How long the line is to be silent before what arrived is taken for an
/// answer's end.
const SILENCE: Duration = Duration::from_millis(300);

/// What happened since the server was asked last.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Something was drawn: the program asks, once it has shown it.
    drawn_since_asked: Cell<bool>,
    /// Something arrived.
    heard_since_asked: Cell<bool>,
    /// When something arrived last.
    heard: Cell<Option<Instant>>,
    /// Whether the end of what arrives is being waited for.
    listening: Cell<bool>,
}

impl Turns {
    /// Pixels have changed.
    pub(super) fn drawn(&self) {
        self.drawn_since_asked.set(true);
    }

    fn asked(&self) {
        self.drawn_since_asked.set(false);
        self.heard_since_asked.set(false);
    }
}

impl Decoder {
    /// Asks for what changes from now on, or for everything.
    pub(super) fn ask(&self, changes: bool) {
        let edge = |edge: i32| u16::try_from(edge).unwrap_or(0);
        let (width, height) = (self.connection.width(), self.connection.height());
        let (width, height) = (edge(width), edge(height));
        self.turns.asked();
        let _ = self.connection.framebuffer_update_request(changes, 0, 0, width, height);
    }

    /// Notices whatever arrives. gvnc does not tell where an answer ends, and
    /// tells nothing of some messages; so the line itself is watched, by its
    /// edges, since gvnc is the one that reads it. A silent line wakes nobody.
    pub(super) fn listen_to_line(self: &Rc<Self>) -> io::Result<()> {
        let edges = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(&edges, &self.server, epoll::EventData::new_u64(0), flags)?;
        let weak = Rc::downgrade(self);
        let number = edges.as_raw_fd();
        glib_unix::unix_fd_add_local(number, glib::IOCondition::IN, move |_, _| {
            let Some(this) = weak.upgrade() else { return glib::ControlFlow::Break };
            let mut events = Vec::with_capacity(1);
            let spare = rustix::buffer::spare_capacity(&mut events);
            if epoll::wait(&edges, spare, Some(&Timespec::default())).is_err() {
                return glib::ControlFlow::Break;
            }
            this.turns.heard.set(Some(Instant::now()));
            this.turns.heard_since_asked.set(true);
            if !this.turns.listening.replace(true) {
                this.await_silence(SILENCE);
            }
            glib::ControlFlow::Continue
        });
        Ok(())
    }

    /// Asks again, once, when the line is silent after something that brought
    /// no pixels: an answer may hold a pointer, lock keys or a name only, and
    /// the picture would stand still for ever.
    fn await_silence(self: &Rc<Self>, wait: Duration) {
        let weak = Rc::downgrade(self);
        glib::timeout_add_local_once(wait, move || {
            let Some(this) = weak.upgrade() else { return };
            let left = this
                .turns
                .heard
                .get()
                .map_or(Duration::ZERO, |at| SILENCE.saturating_sub(at.elapsed()));
            if !left.is_zero() {
                this.await_silence(left);
                return;
            }
            this.turns.listening.set(false);
            let unanswered =
                this.turns.heard_since_asked.get() && !this.turns.drawn_since_asked.get();
            if unanswered && this.connection.is_initialized() {
                this.ask(true);
            }
        });
    }
}
