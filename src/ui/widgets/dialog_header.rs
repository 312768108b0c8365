//! The header bar of a dialog that is either given up or carried out.

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, glib},
};

/// "Cancel", which closes the dialog, and beside the title what is done
/// instead.
pub(crate) fn dialog_header(dialog: &adw::Dialog, go: Option<&gtk::Button>) -> adw::HeaderBar {
    let cancel = gtk::Button::with_label(&gettext("Cancel"));
    cancel.connect_clicked(glib::clone!(
        #[weak]
        dialog,
        move |_| {
            dialog.close();
        }
    ));
    let header = adw::HeaderBar::builder()
        .show_start_title_buttons(false)
        .show_end_title_buttons(false)
        .build();
    header.pack_start(&cancel);
    if let Some(go) = go {
        header.pack_end(go);
    }
    header
}
