//! Two people have changed the same definition: both are shown.

use gettextrs::gettext;
use relm4::{Sender, adw, adw::prelude::*, gtk};

use super::{
    Hidden, XmlInput,
    diff_view::{amount, closes, diff_view, note, on_click},
    messages::Conflict,
};
use crate::model::text_diff::Comparison;

/// Shows what others changed and what was changed here, and lets choose.
pub(super) fn show(
    parent: &impl IsA<gtk::Widget>,
    conflict: Conflict,
    theirs: Hidden,
    input: &Sender<XmlInput>,
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
    content.append(&note(&if conflict.merged.is_some() {
        gettext("Somebody else changed this guest while you edited it, at other places. Your changes can be put on top of theirs.")
    } else {
        gettext("Somebody else changed this guest while you edited it, at the same places. If your text goes on top, their changes there are lost.")
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
    let (sends, definition) = (input.clone(), theirs.clone());
    on_click(&take, &dialog, move || sends.emit(XmlInput::TakeTheirs(definition)));
    let (sends, merged) = (input.clone(), conflict.merged);
    on_click(&on_top, &dialog, move || sends.emit(XmlInput::OnTop { theirs, merged }));
    dialog.present(Some(parent));
}
