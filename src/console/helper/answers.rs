//! Whether a server still answers the user.
//!
//! A server that is idle and one that hangs look alike, until the user does
//! something: then it is asked for what every server answers.

use std::{cell::Cell, rc::Rc, time::Duration};

use relm4::gtk::glib;

/// How long after the user did something a server is asked, and how long the
/// answer is waited for: QEMU looks every three seconds at what it is asked
/// while nothing moves.
const ANSWER: Duration = Duration::from_secs(5);

/// How often a server that does not answer is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The way to a server.
pub(in crate::console) trait Way: 'static {
    /// Bytes that have come from it; nothing once it is gone.
    fn heard(&self) -> Option<u64>;
    /// Asks it for something; whether there is something to ask for.
    fn ping(&self) -> bool;
    /// Tells whether it does not answer.
    fn tell(&self, silent: bool);
}

/// What is waited for.
#[derive(Debug, Default)]
pub(in crate::console) struct Answers {
    /// The user has done something that was not followed by a question.
    acted: Cell<bool>,
    waiting: Cell<bool>,
}

impl Answers {
    /// The user has done something.
    pub(in crate::console) fn listen_for(self: &Rc<Self>, way: impl Way) {
        self.acted.set(true);
        if !self.waiting.replace(true) {
            let this = Rc::clone(self);
            glib::MainContext::default().spawn_local(async move {
                // Nothing is told of a way that is gone.
                let _ = this.wait(&way).await;
                this.waiting.set(false);
            });
        }
    }

    async fn wait(&self, way: &impl Way) -> Option<()> {
        while self.acted.replace(false) {
            // What is on its way meanwhile is no answer.
            glib::timeout_future(ANSWER).await;
            let before = way.heard()?;
            if !way.ping() {
                return None;
            }
            glib::timeout_future(ANSWER).await;
            if way.heard()? == before {
                way.tell(true);
                while way.heard()? == before {
                    glib::timeout_future(LOOK).await;
                }
                way.tell(false);
            }
        }
        Some(())
    }
}
