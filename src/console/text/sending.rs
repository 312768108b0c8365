//! What is typed, pasted and answered, on its way to the guest.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    time::Duration,
};

use relm4::gtk::glib;
use tokio::sync::Notify;

use crate::backend::{TextConsole, TextConsoleEnd};

/// Once so much waits for a guest that does not read, nothing is added: a guest
/// could ask the terminal questions for ever. A paste may be larger.
const MOST: usize = 1024 * 1024;

/// A guest that has taken nothing for so long does not read.
const STUCK: Duration = Duration::from_secs(3);

#[derive(Debug, Default)]
pub(super) struct Sending {
    waiting: RefCell<Vec<u8>>,
    open: Cell<bool>,
    /// The guest does not read: nothing is added.
    stuck: Cell<bool>,
    more: Notify,
}

impl Sending {
    /// Takes what the terminal wants to send: `size` bytes, which `text` shows
    /// only up to a NUL (Ctrl+Space).
    pub(super) fn push(&self, text: &str, size: u32) {
        let mut waiting = self.waiting.borrow_mut();
        if !self.open.get() || self.stuck.get() || waiting.len() >= MOST {
            return;
        }
        waiting.extend_from_slice(text.as_bytes());
        if usize::try_from(size).is_ok_and(|size| size == text.len() + 1) {
            waiting.push(0);
        }
        drop(waiting);
        self.more.notify_one();
    }

    pub(super) fn start(&self) {
        self.open.set(true);
    }

    /// Takes nothing more, and forgets what was not sent.
    pub(super) fn hold(&self) {
        self.open.set(false);
        self.waiting.borrow_mut().clear();
    }

    /// What was not sent is forgotten: it was meant for what is gone.
    pub(super) fn stop(&self) {
        self.hold();
        self.stuck.set(false);
    }

    /// Sends until the console ends; says when the guest stops reading, and
    /// when it reads again.
    pub(super) async fn run(&self, console: &TextConsole, stuck: impl Fn(bool)) -> TextConsoleEnd {
        loop {
            let bytes = std::mem::take(&mut *self.waiting.borrow_mut());
            if bytes.is_empty() {
                self.more.notified().await;
                continue;
            }
            let mut send = pin!(async {
                console.write(&bytes).await?;
                console.flush().await
            });
            let done = loop {
                let before = console.progress();
                tokio::select! {
                    done = &mut send => break done,
                    () = glib::timeout_future(STUCK) => {}
                }
                if console.progress() == before && !self.stuck.replace(true) {
                    self.waiting.borrow_mut().clear();
                    stuck(true);
                }
            };
            if self.stuck.take() {
                stuck(false);
            }
            if let Err(end) = done {
                return end;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_for_a_closed_console_and_only_so_much_for_an_open_one() {
        let sending = Sending::default();
        sending.push("a", 1);
        assert!(sending.waiting.borrow().is_empty());
        sending.start();
        sending.push("a", 1);
        sending.push("", 1);
        sending.push("\u{1b}", 2);
        assert_eq!(*sending.waiting.borrow(), b"a\0\x1b\0");
        let paste = "x".repeat(3 * MOST);
        sending.push(&paste, u32::MAX);
        assert_eq!(sending.waiting.borrow().len(), 3 * MOST + 4);
        sending.push("y", 1);
        assert_eq!(sending.waiting.borrow().len(), 3 * MOST + 4);
        sending.stop();
        assert!(sending.waiting.borrow().is_empty());
    }
}
