//! Who made this.

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk};

use crate::config::{APP_ID, VERSION, WEBSITE};

/// Opens the dialog.
pub(super) fn present(parent: &gtk::Window) {
    let dialog = adw::AboutDialog::builder()
        .application_name("Posada")
        .application_icon(APP_ID)
        .version(VERSION)
        .comments(gettext("Create, run and look after virtual machines on libvirt."))
        .developer_name(gettext("The Posada Project"))
        .website(WEBSITE)
        .issue_url(format!("{WEBSITE}/issues"))
        .license_type(gtk::License::Gpl30)
        .debug_info(debug_info())
        .debug_info_filename("posada-debug-info.txt")
        // Translators: your name, or several, a line each; shown as credits.
        .translator_credits(gettext("translator-credits"))
        .build();
    dialog.present(Some(parent));
}

/// Versions that a report of a defect needs.
fn debug_info() -> String {
    format!(
        "Posada {VERSION}\nGTK {}.{}.{}\nlibadwaita {}.{}.{}\n",
        gtk::major_version(),
        gtk::minor_version(),
        gtk::micro_version(),
        adw::major_version(),
        adw::minor_version(),
        adw::micro_version(),
    )
}
