//! Another name for a guest, checked as it is typed.

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use super::Target;
use crate::{
    i18n::gettext_f,
    ui::{error, widgets::boxed_list},
};

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    /// Nothing, but nothing would change either.
    Same,
    Empty,
    /// libvirt makes file names of it.
    Slash,
    Control,
    Taken,
}

impl Problem {
    fn text(self) -> String {
        match self {
            Self::Same => String::new(),
            Self::Empty => gettext("Enter a name"),
            Self::Slash => gettext("A name cannot have “/” in it"),
            Self::Control => gettext("A name cannot have line breaks or tabs in it"),
            Self::Taken => gettext("Another guest on this host has this name"),
        }
    }
}

/// Checks the name `new` for the guest that is called `old`.
fn check(new: &str, old: &str, taken: impl Fn(&str) -> bool) -> Result<(), Problem> {
    if new == old {
        Err(Problem::Same)
    } else if new.trim().is_empty() {
        Err(Problem::Empty)
    } else if new.contains('/') {
        Err(Problem::Slash)
    } else if new.chars().any(char::is_control) {
        Err(Problem::Control)
    } else if taken(new) {
        Err(Problem::Taken)
    } else {
        Ok(())
    }
}

/// Why the guest cannot be renamed now, for who has asked by keyboard.
pub(crate) fn not_renamed(guest: &str, reason: &str) -> String {
    gettext_f(
        // Translators: {reason} is a sentence, such as "The guest must be off"
        "“{guest}” cannot be renamed. {reason}",
        &[("guest", guest), ("reason", reason)],
    )
}

/// Asks for another name and renames. A refusal shows in the dialog, which
/// stays open.
pub(crate) fn rename(parent: &impl IsA<gtk::Widget>, target: Target) {
    let name = adw::EntryRow::builder().title(gettext("Name")).text(&target.name).build();
    let problem = gtk::Label::builder()
        .xalign(0.0)
        .wrap(true)
        .visible(false)
        .css_classes(["error", "caption"])
        .build();
    let group = gtk::Box::new(gtk::Orientation::Vertical, 6);
    let list = boxed_list(&[&name]);
    group.append(&list);
    group.append(&problem);
    let heading = gettext_f("Rename “{guest}”", &[("guest", &target.name)]);
    let dialog = adw::AlertDialog::builder().heading(heading).extra_child(&group).build();
    dialog.add_responses(&[("cancel", &gettext("Cancel")), ("rename", &gettext("Rename"))]);
    dialog.set_response_appearance("rename", adw::ResponseAppearance::Suggested);
    dialog.set_response_enabled("rename", false);
    dialog.set_default_response(Some("rename"));
    dialog.set_close_response("cancel");
    name.set_activates_default(true);

    let say = glib::clone!(
        #[weak]
        name,
        #[weak]
        problem,
        move |text: &str| {
            problem.set_label(text);
            problem.set_visible(!text.is_empty());
            if text.is_empty() {
                name.remove_css_class("error");
            } else {
                name.add_css_class("error");
            }
            let widget: &gtk::Widget = name.upcast_ref();
            widget.update_property(&[gtk::accessible::Property::Description(text)]);
        }
    );
    let (handle, old) = (target.handle.clone(), target.name.clone());
    let say_problem = say.clone();
    name.connect_changed(glib::clone!(
        #[weak]
        dialog,
        move |name| {
            let inventory = handle.inventory();
            let inventory = inventory.borrow();
            let taken = |new: &str| inventory.domains.values().any(|guest| guest.name == new);
            let checked = check(&name.text(), &old, taken);
            dialog.set_response_enabled("rename", checked.is_ok());
            say_problem(&checked.err().map_or_else(String::new, Problem::text));
        }
    ));
    let parent: gtk::Widget = parent.clone().upcast();
    relm4::spawn_local(async move {
        loop {
            let answer = dialog.clone().choose_future(Some(&parent)).await;
            if answer != "rename" {
                return;
            }
            let new = name.text().to_string();
            match target.handle.rename(target.id, new).await {
                Ok(()) => return,
                Err(failed) => say(&error::describe(&failed).body),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{Problem, check};

    #[test]
    fn a_name_is_checked_as_it_is_typed() {
        let taken = |name: &str| name == "mail";
        assert_eq!(check("web2", "web", taken), Ok(()));
        assert_eq!(check("web", "web", taken), Err(Problem::Same));
        assert_eq!(check("  ", "web", taken), Err(Problem::Empty));
        assert_eq!(check("a/b", "web", taken), Err(Problem::Slash));
        assert_eq!(check("a\nb", "web", taken), Err(Problem::Control));
        assert_eq!(check("mail", "web", taken), Err(Problem::Taken));
    }
}
