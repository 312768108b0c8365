//! One question, by name, before something is lost.

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self},
};

use crate::{
    i18n::{gettext_f, ngettext_f},
    model::DomainAction,
    settings::Settings,
    ui::words,
};

/// A question to ask before an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    heading: String,
    body: String,
    verb: String,
}

/// What to ask before `action` is done with the guests of these names;
/// nothing where nothing can be lost, or the user does not want to be asked.
pub(crate) fn question(
    action: DomainAction,
    names: &[&str],
    settings: &Settings,
) -> Option<Question> {
    let plug = matches!(action, DomainAction::ForceOff | DomainAction::Reset);
    if plug && !settings.confirm_force_off() {
        return None;
    }
    let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let number = count.to_string();
    let first = names.first().copied().unwrap_or_default();
    let args = [("guest", first), ("n", number.as_str())];
    let (heading, body) = match action {
        DomainAction::ForceOff => (
            ngettext_f("Force Off “{guest}”?", "Force Off {n} Guests?", count, &args),
            gettext(
                "This is like pulling the plug: what the guest has not written to its disks is lost.",
            ),
        ),
        DomainAction::Reset => (
            ngettext_f("Reset “{guest}”?", "Reset {n} Guests?", count, &args),
            gettext(
                "This is like pressing the reset button: what the guest has not written to its disks is lost.",
            ),
        ),
        DomainAction::DropSavedState => (
            ngettext_f(
                "Drop the Saved State of “{guest}”?",
                "Drop the Saved States of {n} Guests?",
                count,
                &args,
            ),
            gettext(
                "The guest starts afresh next time: what it had open and not written to its disks is lost.",
            ),
        ),
        _ => return None,
    };
    let body = match names {
        [] | [_] => body,
        several => gettext_f(
            "{explanation}\n\nGuests: {names}",
            &[("explanation", &body), ("names", &listed(several))],
        ),
    };
    Some(Question { heading, body, verb: words::action_label(action, false) })
}

/// Some names, and how many more there are.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let more = (names.len() - SHOWN).to_string();
        // Translators: at the end of a list of names
        text = gettext_f("{names} and {n} more", &[("names", &text), ("n", &more)]);
    }
    text
}

impl Question {
    /// Asks over `parent`. Answers whether to go on.
    pub(crate) async fn ask(self, parent: &impl IsA<gtk::Widget>) -> bool {
        let dialog = adw::AlertDialog::new(Some(&self.heading), Some(&self.body));
        dialog.add_responses(&[("cancel", &gettext("Cancel")), ("do", &self.verb)]);
        dialog.set_response_appearance("do", adw::ResponseAppearance::Destructive);
        dialog.set_default_response(Some("cancel"));
        dialog.set_close_response("cancel");
        dialog.choose_future(Some(parent)).await == "do"
    }
}

#[cfg(test)]
mod tests {
    use relm4::gtk::prelude::SettingsExt;

    use super::{listed, question};
    use crate::{model::DomainAction as A, settings::Settings};

    #[test]
    fn only_what_loses_something_is_asked_and_by_name() {
        let settings = Settings::in_memory();
        for action in [A::Start, A::Pause, A::Resume, A::ShutDown, A::Reboot, A::Save] {
            assert_eq!(question(action, &["web"], &settings), None, "{action:?}");
        }
        let one = question(A::ForceOff, &["web"], &settings).expect("a question");
        assert_eq!(one.heading, "Force Off “web”?");
        assert_eq!(one.verb, "Force Off");
        let two = question(A::Reset, &["web", "mail"], &settings).expect("a question");
        assert_eq!(two.heading, "Reset 2 Guests?");
        assert!(two.body.ends_with("Guests: web, mail"), "{}", two.body);
        let store = settings.store().expect("settings");
        store.set_boolean("confirm-force-off", false).expect("kept");
        assert_eq!(question(A::ForceOff, &["web"], &settings), None, "nobody wants to be asked");
        assert!(question(A::DropSavedState, &["web"], &settings).is_some());
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..20).map(|n| format!("g{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(listed(&names).ends_with("g11 and 8 more"));
    }
}
