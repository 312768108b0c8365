//! The text view's look.

use relm4::adw;
use sourceview5::prelude::*;

/// Light or dark, as the desktop is.
pub(super) fn follow_theme(buffer: &sourceview5::Buffer) {
    let apply = |buffer: &sourceview5::Buffer, dark: bool| {
        let name = if dark { "Adwaita-dark" } else { "Adwaita" };
        let scheme = sourceview5::StyleSchemeManager::default().scheme(name);
        buffer.set_style_scheme(scheme.as_ref());
    };
    let theme = adw::StyleManager::default();
    apply(buffer, theme.is_dark());
    let weak = buffer.downgrade();
    let handler = theme.connect_dark_notify(move |theme| {
        if let Some(buffer) = weak.upgrade() {
            apply(&buffer, theme.is_dark());
        }
    });
    let handler = std::cell::Cell::new(Some(handler));
    buffer.add_weak_ref_notify_local(move || {
        if let Some(handler) = handler.take() {
            adw::StyleManager::default().disconnect(handler);
        }
    });
}
