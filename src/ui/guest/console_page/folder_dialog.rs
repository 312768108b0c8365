//! The question which folder the guest may see, and how.

use gettextrs::gettext;
use relm4::{
    adw::{self, prelude::*},
    gtk::{self, gio},
};

use crate::i18n::gettext_f;

/// Asks for a folder; its path, and whether the guest may only read.
pub(super) async fn ask(parent: &impl IsA<gtk::Widget>) -> Option<(String, bool)> {
    let window = parent.root().and_downcast::<gtk::Window>();
    let chooser = gtk::FileDialog::builder().title(gettext("Share a Folder")).build();
    let chosen = chooser.select_folder_future(window.as_ref()).await.ok();
    let path = chosen.as_ref().and_then(gio::File::path)?.to_str()?.to_owned();
    // The whole path may be wider than the dialog.
    let name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(&path);

    let read_only = adw::SwitchRow::builder()
        .title(gettext("Read Only"))
        .subtitle(gettext("The guest sees the files and cannot change them"))
        .active(true)
        .build();
    let group = adw::PreferencesGroup::new();
    group.add(&read_only);
    let dialog = adw::AlertDialog::builder()
        .heading(gettext("Share the Folder With the Guest?"))
        .body(gettext_f(
            "Every program in the guest can then read what is in “{folder}”, until sharing is stopped or the window is closed.",
            &[("folder", name)],
        ))
        .extra_child(&group)
        .close_response("cancel")
        .default_response("share")
        .build();
    dialog.add_response("cancel", &gettext("Cancel"));
    dialog.add_response("share", &gettext("Share"));
    dialog.set_response_appearance("share", adw::ResponseAppearance::Suggested);
    let answer = dialog.choose_future(Some(parent)).await;
    (answer == "share").then(|| (path, read_only.is_active()))
}
