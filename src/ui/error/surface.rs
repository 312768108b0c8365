//! Where a failure is shown.

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk};

use super::UserMessage;

/// Shows a failed quick action as a toast with a Details button, which opens a
/// dialog over `overlay` with the whole message and a Copy button.
pub fn toast(overlay: &adw::ToastOverlay, message: &UserMessage) {
    let toast = adw::Toast::builder()
        .title(&message.title)
        .use_markup(false)
        .button_label(gettext("Details"))
        .priority(adw::ToastPriority::High)
        .timeout(8)
        .build();
    let message = message.clone();
    // The overlay holds the toast, so the toast must not hold the overlay.
    let place = overlay.downgrade();
    toast.connect_button_clicked(move |_| {
        if let Some(overlay) = place.upgrade() {
            details(&overlay, &message);
        }
    });
    overlay.add_toast(toast);
}

/// Says a sentence in passing; in a narrow window on several lines.
pub fn say(overlay: &adw::ToastOverlay, text: &str) {
    let title = gtk::Label::builder()
        .label(text)
        .wrap(true)
        .xalign(0.0)
        .margin_top(6)
        .margin_bottom(6)
        .css_classes(["heading"])
        .build();
    overlay.add_toast(adw::Toast::builder().custom_title(&title).build());
    // libadwaita (1.7) announces of such a toast only that it is there.
    let speaker = overlay.upcast_ref::<gtk::Widget>();
    speaker.announce(text, gtk::AccessibleAnnouncementPriority::Medium);
}

/// Opens a dialog with the whole message; libvirt's own words can be copied.
pub fn details(parent: &impl IsA<gtk::Widget>, message: &UserMessage) {
    let dialog = adw::AlertDialog::new(Some(&message.title), Some(&message.body));
    dialog.add_response("close", &gettext("Close"));
    dialog.set_close_response("close");
    dialog.set_default_response(Some("close"));
    if !message.detail.is_empty() {
        dialog.add_response("copy", &gettext("Copy Details"));
        dialog.set_extra_child(Some(&words(&message.detail)));
        let text = format!("{}\n{}\n{}\n", message.title, message.body, message.detail);
        dialog.connect_response(Some("copy"), move |dialog, _| dialog.clipboard().set_text(&text));
    }
    dialog.present(Some(parent));
}

/// libvirt's own words, to be read and selected, at any length.
fn words(text: &str) -> gtk::ScrolledWindow {
    let label = gtk::Label::builder()
        .label(text)
        .selectable(true)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .xalign(0.0)
        .css_classes(["monospace", "caption"])
        .build();
    label.update_property(&[gtk::accessible::Property::Description(&gettext("Details"))]);
    gtk::ScrolledWindow::builder()
        .child(&label)
        .propagate_natural_height(true)
        .max_content_height(220)
        .hscrollbar_policy(gtk::PolicyType::Never)
        .build()
}
