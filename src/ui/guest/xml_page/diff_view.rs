//! What changes, as a unified diff: signs and colours.

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk};

use super::source;
use crate::{
    i18n::{gettext_f, ngettext_f},
    model::text_diff::{Comparison, LineKind},
    ui::widgets::dialog_header,
};

/// More lines than this are nothing to read.
const LONGEST: usize = 4000;

/// The comparison in a view to be read.
pub(super) fn diff_view(comparison: &Comparison, label: &str) -> gtk::ScrolledWindow {
    let buffer = source::buffer(None);
    let (text, marks) = written(comparison);
    buffer.set_text(&text);
    for (tag, lines) in marks {
        source::mark_lines(&buffer, tag, &lines);
    }
    buffer.place_cursor(&buffer.start_iter());
    let view = source::reader(&buffer, label);
    gtk::ScrolledWindow::builder().child(&view).vexpand(true).build()
}

type Marks = [(&'static str, Vec<usize>); 3];

fn written(comparison: &Comparison) -> (String, Marks) {
    let (mut text, mut at) = (String::new(), 0);
    let (mut removed, mut added, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for hunk in &comparison.hunks {
        places.push(at);
        text.push_str(&gettext_f("Line {line}", &[("line", &hunk.new_start.to_string())]));
        text.push('\n');
        at += 1;
        for (kind, line) in &hunk.lines {
            match kind {
                LineKind::Same => {}
                LineKind::Removed => removed.push(at),
                LineKind::Added => added.push(at),
            }
            text.push(kind.sign());
            text.push(' ');
            text.push_str(line);
            text.push('\n');
            at += 1;
            if at >= LONGEST {
                text.push_str(&gettext("The rest is not shown."));
                return (text, marks(removed, added, places));
            }
        }
    }
    text.truncate(text.trim_end().len());
    (text, marks(removed, added, places))
}

fn marks(removed: Vec<usize>, added: Vec<usize>, places: Vec<usize>) -> Marks {
    [(source::REMOVED, removed), (source::ADDED, added), (source::PLACE, places)]
}

/// How much changes: "2 lines added, 1 line removed".
pub(super) fn amount(comparison: &Comparison) -> String {
    let count = |lines: &[usize]| u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let (plus, minus) = (count(&comparison.added), count(&comparison.removed));
    let added = ngettext_f("{n} line added", "{n} lines added", plus, &[("n", &plus.to_string())]);
    let removed =
        ngettext_f("{n} line removed", "{n} lines removed", minus, &[("n", &minus.to_string())]);
    match (plus, minus) {
        (_, 0) => added,
        (0, _) => removed,
        // Translators: such as "2 lines added, 1 line removed"
        _ => gettext_f("{added}, {removed}", &[("added", &added), ("removed", &removed)]),
    }
}

/// What changes where: "memory, vcpu: 2 lines added, 2 lines removed".
pub(super) fn summary(comparison: &Comparison) -> String {
    const NAMED: usize = 4;
    let names = comparison.elements();
    if names.is_empty() {
        return amount(comparison);
    }
    let mut text = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED {
        text.push('…');
    }
    // Translators: such as "memory, vcpu: 2 lines added"
    gettext_f("{elements}: {amount}", &[("elements", &text), ("amount", &amount(comparison))])
}

/// A sentence over a diff.
pub(super) fn note(text: &str) -> gtk::Label {
    gtk::Label::builder().label(text).wrap(true).xalign(0.0).margin_start(12).margin_end(12).build()
}

fn padded(widget: &gtk::Widget) -> gtk::Widget {
    widget.set_margin_start(12);
    widget.set_margin_end(12);
    widget.set_margin_bottom(12);
    widget.clone()
}

/// A dialog that shows what changes, with these notes and `more` to choose, and
/// asks.
pub(super) fn ask(
    parent: &impl IsA<gtk::Widget>,
    title: &str,
    notes: &[String],
    comparison: &Comparison,
    more: &gtk::Widget,
    verb: &str,
    wanted: impl FnOnce() + 'static,
) {
    let content = gtk::Box::new(gtk::Orientation::Vertical, 6);
    content.set_margin_top(6);
    // Between its buttons a narrow header has no room for the question.
    let question = note(title);
    question.set_css_classes(&["title-4"]);
    content.append(&question);
    content.append(&note(&summary(comparison)));
    for text in notes {
        content.append(&note(text));
    }
    content.append(&diff_view(comparison, &gettext("Changes")));
    content.append(&padded(more));
    let go = gtk::Button::builder().label(verb).css_classes(["suggested-action"]).build();
    let view = adw::ToolbarView::builder().content(&content).build();
    let dialog = adw::Dialog::builder()
        .title(title)
        .content_width(760)
        .content_height(520)
        .child(&view)
        .default_widget(&go)
        .focus_widget(&go)
        .build();
    let header = dialog_header(&dialog, Some(&go));
    header.set_show_title(false);
    view.add_top_bar(&header);
    on_click(&go, &dialog, wanted);
    dialog.present(Some(parent));
}

/// The button closes the dialog.
pub(super) fn closes(button: &gtk::Button, dialog: &adw::Dialog) {
    on_click(button, dialog, || {});
}

/// The button closes the dialog and does this, once.
pub(super) fn on_click(
    button: &gtk::Button,
    dialog: &adw::Dialog,
    wanted: impl FnOnce() + 'static,
) {
    let (dialog, wanted) = (dialog.downgrade(), std::cell::Cell::new(Some(wanted)));
    button.connect_clicked(move |_| {
        if let Some(dialog) = dialog.upgrade() {
            dialog.close();
        }
        if let Some(wanted) = wanted.take() {
            wanted();
        }
    });
}
