//! Restarting a guest so that it runs with what was changed.

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk};

use super::Target;
use crate::{i18n::gettext_f, ui::error};

/// Asks, shuts the guest down and starts it again. The list of jobs shows how
/// far that is, and lets it be cancelled.
pub(crate) fn restart(parent: &impl IsA<gtk::Widget>, target: Target) {
    let heading = gettext_f("Restart “{guest}” Now?", &[("guest", &target.name)]);
    let body = gettext(
        "It is asked to shut down, and is started again with your changes. A reboot from inside would not be enough: the hardware stays the same then.",
    );
    let dialog = adw::AlertDialog::new(Some(&heading), Some(&body));
    dialog.add_responses(&[("cancel", &gettext("Cancel")), ("restart", &gettext("Restart"))]);
    dialog.set_response_appearance("restart", adw::ResponseAppearance::Suggested);
    dialog.set_default_response(Some("cancel"));
    dialog.set_close_response("cancel");
    let parent: gtk::Widget = parent.clone().upcast();
    relm4::spawn_local(async move {
        if dialog.choose_future(Some(&parent)).await != "restart" {
            return;
        }
        // What happens later is told by the job.
        if let Err(failed) = target.handle.restart(target.id).await {
            error::details(&parent, &error::describe(&failed));
        }
    });
}
