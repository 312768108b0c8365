//! Questions of hosts, one at a time.

use std::collections::VecDeque;

use relm4::gtk;

use crate::{
    backend::PromptRequest,
    ui::{context::Context, host::auth_dialog},
};

/// Questions waiting for their turn.
#[derive(Debug, Default)]
pub(super) struct Prompts {
    queue: VecDeque<PromptRequest>,
    asking: bool,
}

impl Prompts {
    /// A new question.
    pub(super) fn push(&mut self, request: PromptRequest) {
        self.queue.push_back(request);
    }

    /// Asks the next question if none is on screen or `done` was called.
    pub(super) fn next(
        &mut self,
        context: &Context,
        parent: &gtk::Window,
        done: impl FnOnce() + 'static,
    ) {
        if self.asking {
            return;
        }
        // Whose asker has given up meanwhile is not asked at all.
        while let Some(request) = self.queue.pop_front() {
            if request.reply.is_closed() {
                continue;
            }
            let host = context.host(request.connection).map_or_else(String::new, |host| host.name);
            self.asking = true;
            auth_dialog::ask(parent, &host, request, done);
            return;
        }
    }

    /// The question on screen is answered or gone.
    pub(super) fn answered(&mut self) {
        self.asking = false;
    }
}
