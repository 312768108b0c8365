//! Two people have changed the same definition: both are shown.

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk};

use super::{
    Hidden,
    diff_view::{amount, closes, diff_view, note, on_click},
};
use crate::model::{
    hardware,
    text_diff::{Comparison, compare, merge},
    xml::Document,
};

/// Two people's changes of the same definition.
#[derive(Debug)]
pub(in crate::ui::guest) struct Conflict {
    /// What others changed.
    pub(super) theirs: Comparison,
    /// What was changed here.
    pub(super) mine: Comparison,
    /// Both in one text, where they touch different lines.
    pub(super) merged: Option<Hidden>,
}

impl Conflict {
    /// Between what `base` has become by others and here.
    pub(in crate::ui::guest) fn between(base: &str, theirs: &str, mine: &str) -> Self {
        Self {
            theirs: compare(base, theirs),
            mine: compare(base, mine),
            merged: merge(base, mine, theirs)
                .filter(|merged| Document::parse(merged).is_ok())
                .or_else(|| by_fields(base, theirs, mine))
                .map(Hidden),
        }
    }

    /// Whether others changed anything.
    pub(in crate::ui::guest) fn is_real(&self) -> bool {
        !self.theirs.is_empty()
    }

    /// Both in one text, where they touch different lines.
    pub(in crate::ui::guest) fn merged(&self) -> Option<String> {
        self.merged.as_ref().map(|merged| merged.0.clone())
    }
}

/// Lines that touch each other may still be about different things.
fn by_fields(base: &str, theirs: &str, mine: &str) -> Option<String> {
    let [base, theirs, mine] = [base, theirs, mine].map(|text| Document::parse(text).ok());
    hardware::merge(&base?, &mine?, &theirs?).map(|merged| merged.to_string())
}

/// Shows what others changed and what was changed here, and lets choose:
/// `take` theirs, or put one's own `on_top`.
pub(in crate::ui::guest) fn show(
    parent: &impl IsA<gtk::Widget>,
    conflict: &Conflict,
    take_theirs: impl FnOnce() + 'static,
    put_on_top: impl FnOnce() + 'static,
) {
    let stack = adw::ViewStack::builder().vexpand(true).build();
    let side = |name: &str, title: String, comparison: &Comparison| {
        let side = gtk::Box::new(gtk::Orientation::Vertical, 6);
        side.append(&note(&amount(comparison)));
        side.append(&diff_view(comparison, &title));
        stack.add_titled(&side, Some(name), &title);
    };
    side("theirs", gettext("Their Changes"), &conflict.theirs);
    side("mine", gettext("Your Changes"), &conflict.mine);
    let switcher =
        adw::InlineViewSwitcher::builder().stack(&stack).halign(gtk::Align::Center).build();
    let content = gtk::Box::new(gtk::Orientation::Vertical, 6);
    content.set_margin_top(6);
    content.append(&note(&if conflict.merged.is_some() {
        gettext("Somebody else changed this guest while you edited it, at other places. Your changes can be put on top of theirs.")
    } else {
        gettext("Somebody else changed this guest while you edited it, at the same places. If your changes go on top, theirs at these places are lost.")
    }));
    content.append(&switcher);
    content.append(&stack);

    let keep = gtk::Button::with_label(&gettext("Keep Editing"));
    let take = gtk::Button::builder()
        .label(gettext("Take Theirs"))
        .css_classes(["destructive-action"])
        .build();
    let on_top = gtk::Button::with_label(&gettext("Apply Mine on Top"));
    let buttons = adw::WrapBox::builder()
        .child_spacing(6)
        .line_spacing(6)
        .css_classes(["hardware-bar"])
        .build();
    for button in [&keep, &take, &on_top] {
        buttons.append(button);
    }
    let view = adw::ToolbarView::builder().content(&content).build();
    view.add_top_bar(&adw::HeaderBar::builder().show_end_title_buttons(false).build());
    view.add_bottom_bar(&buttons);
    let dialog = adw::Dialog::builder()
        .title(gettext("Changed Meanwhile"))
        .content_width(760)
        .content_height(520)
        .child(&view)
        .focus_widget(&keep)
        .default_widget(&keep)
        .build();
    closes(&keep, &dialog);
    on_click(&take, &dialog, take_theirs);
    on_click(&on_top, &dialog, put_on_top);
    dialog.present(Some(parent));
}
