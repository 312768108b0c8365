//! Whether the server still answers the user.

use std::rc::Weak;

use super::connection::Decoder;
use crate::console::{
    helper::Way,
    vnc::line::{Order, Report},
};

impl Order {
    /// Whether the user did something that a server should follow.
    pub(super) fn is_by_hand(&self) -> bool {
        matches!(self, Self::Key { .. } | Self::Pointer { .. } | Self::CutText(_))
    }
}

impl Way for Weak<Decoder> {
    fn heard(&self) -> Option<u64> {
        Some(self.upgrade()?.wire.heard())
    }

    /// Asks for a pixel that need not have changed, which every server sends.
    fn ping(&self) -> bool {
        let Some(this) = self.upgrade() else { return false };
        this.connection.is_initialized()
            && !this.turns.is_held()
            && this.connection.framebuffer_update_request(false, 0, 0, 1, 1).is_ok()
    }

    fn tell(&self, silent: bool) {
        if let Some(this) = self.upgrade() {
            this.reporter.say(&Report::Silent(silent));
        }
    }
}
