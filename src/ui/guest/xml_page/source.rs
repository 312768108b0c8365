//! Text views: their look, and the marks in them.

use relm4::{adw, adw::prelude::*, gtk};
use sourceview5::prelude::*;

/// Lines that are in one of two texts only.
pub(super) const DIFFERS: &str = "posada-differs";
/// A line that is wrong.
pub(super) const WRONG: &str = "posada-wrong";
/// A removed line of a diff.
pub(super) const REMOVED: &str = "posada-removed";
/// An added line of a diff.
pub(super) const ADDED: &str = "posada-added";
/// What a diff says of places.
pub(super) const PLACE: &str = "posada-place";

/// A buffer with XML's colours and the tags for marks.
pub(super) fn buffer(language: Option<&str>) -> sourceview5::Buffer {
    let buffer = sourceview5::Buffer::new(None);
    let manager = sourceview5::LanguageManager::default();
    buffer.set_language(language.and_then(|id| manager.language(id)).as_ref());
    buffer.set_highlight_matching_brackets(language.is_some());
    // Half transparent: they fit light and dark.
    let colours = [
        (DIFFERS, (0.90, 0.65, 0.04, 0.28)),
        (REMOVED, (0.88, 0.11, 0.14, 0.24)),
        (ADDED, (0.18, 0.76, 0.49, 0.26)),
        (WRONG, (0.88, 0.11, 0.14, 0.28)),
    ];
    for (name, (red, green, blue, alpha)) in colours {
        let tag = gtk::TextTag::new(Some(name));
        tag.set_paragraph_background_rgba(Some(&gtk::gdk::RGBA::new(red, green, blue, alpha)));
        if name == WRONG {
            tag.set_underline(gtk::pango::Underline::Error);
        }
        buffer.tag_table().add(&tag);
    }
    let place = gtk::TextTag::new(Some(PLACE));
    place.set_weight(700);
    buffer.tag_table().add(&place);
    follow_theme(&buffer);
    buffer
}

/// A view for `buffer` that is only read.
pub(super) fn reader(buffer: &sourceview5::Buffer, label: &str) -> sourceview5::View {
    let view = sourceview5::View::with_buffer(buffer);
    view.set_monospace(true);
    view.set_editable(false);
    view.set_accepts_tab(false);
    view.set_top_margin(6);
    view.set_bottom_margin(6);
    view.set_left_margin(6);
    view.upcast_ref::<gtk::Widget>().update_property(&[gtk::accessible::Property::Label(label)]);
    view
}

/// Marks these lines, counted from 0, and no others.
pub(super) fn mark_lines(buffer: &sourceview5::Buffer, tag: &str, lines: &[usize]) {
    buffer.remove_tag_by_name(tag, &buffer.start_iter(), &buffer.end_iter());
    for line in lines {
        let Ok(line) = i32::try_from(*line) else { continue };
        let Some(start) = buffer.iter_at_line(line) else { continue };
        let mut end = start;
        end.forward_line();
        buffer.apply_tag_by_name(tag, &start, &end);
    }
}

/// Moves the cursor to a line, counted from 0, and shows it.
pub(super) fn go_to_line(view: &sourceview5::View, line: usize) {
    let buffer = view.buffer();
    let line = i32::try_from(line).unwrap_or(i32::MAX).min(buffer.line_count() - 1);
    if let Some(mut place) = buffer.iter_at_line(line) {
        buffer.place_cursor(&place);
        view.scroll_to_iter(&mut place, 0.1, true, 0.0, 0.3);
    }
}

/// Puts `text` into the buffer, as an edit that can be undone.
pub(super) fn replace(buffer: &sourceview5::Buffer, text: &str) {
    buffer.begin_user_action();
    let (mut start, mut end) = buffer.bounds();
    buffer.delete(&mut start, &mut end);
    buffer.insert(&mut start, text);
    buffer.end_user_action();
    buffer.place_cursor(&buffer.start_iter());
}

/// Light or dark, as the desktop is.
fn follow_theme(buffer: &sourceview5::Buffer) {
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
