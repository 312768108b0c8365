//! What a widget says below the pointer.

use relm4::gtk::{self, prelude::*};

/// Widgets that say something below the pointer.
pub(crate) trait Hint {
    /// Sets what is said. GTK asks the display for the pointer's place each time
    /// a text is set, be it the same as before (1 ms each, measured with `perf`);
    /// here only another one is.
    fn set_hint(&self, text: &str);
}

impl<W: IsA<gtk::Widget>> Hint for W {
    fn set_hint(&self, text: &str) {
        if self.tooltip_text().unwrap_or_default() != text {
            self.set_tooltip_text(Some(text).filter(|text| !text.is_empty()));
        }
    }
}
