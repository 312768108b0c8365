//! The bar at the bottom with what can be done with the selected guests.

use gettextrs::gettext;
use relm4::{
    adw,
    gtk::{self, prelude::*},
};

use super::{
    GuestAction,
    actions::{GROUP, Targets},
};
use crate::{
    i18n::ngettext_f,
    model::{DomainAction, GuestChange},
    ui::words,
};

/// What has a button of its own; the rest is in the menu.
const BUTTONS: [GuestAction; 5] = [
    GuestAction::Domain(DomainAction::Start),
    GuestAction::Domain(DomainAction::Pause),
    GuestAction::Domain(DomainAction::ShutDown),
    FORCE_OFF,
    GuestAction::Change(GuestChange::Delete),
];

const FORCE_OFF: GuestAction = GuestAction::Domain(DomainAction::ForceOff);

/// See the module's page.
pub(super) struct SelectionBar {
    revealer: gtk::Revealer,
    count: gtk::Label,
    buttons: Vec<(GuestAction, gtk::Button, adw::ButtonContent)>,
    pub(super) more: gtk::Button,
    /// Selects all guests; shows in selection mode.
    pub(super) all: gtk::Button,
}

impl SelectionBar {
    pub(super) fn new() -> Self {
        let line = gtk::Box::builder().spacing(6).css_classes(["guest-bar"]).build();
        let count = gtk::Label::builder()
            .xalign(0.0)
            .hexpand(true)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .css_classes(["heading"])
            .build();
        line.append(&count);
        let all = gtk::Button::builder()
            .icon_name("edit-select-all-symbolic")
            .tooltip_text(gettext("Select All"))
            .css_classes(["flat"])
            .build();
        all.update_property(&[gtk::accessible::Property::Label(&gettext("Select All"))]);
        line.append(&all);
        let mut buttons = Vec::new();
        for action in BUTTONS {
            let content = adw::ButtonContent::builder().icon_name(icon(action)).build();
            let button = gtk::Button::builder()
                .child(&content)
                .action_name(action.full_name())
                .css_classes(["flat"])
                .build();
            line.append(&button);
            buttons.push((action, button, content));
        }
        let more = gtk::Button::builder()
            .icon_name("view-more-symbolic")
            .tooltip_text(gettext("More Actions"))
            .css_classes(["flat"])
            .build();
        more.update_property(&[gtk::accessible::Property::Label(&gettext("More Actions"))]);
        line.append(&more);
        let revealer = gtk::Revealer::builder()
            .transition_type(gtk::RevealerTransitionType::SlideUp)
            .child(&line)
            .build();
        Self { revealer, count, buttons, more, all }
    }

    pub(super) fn widget(&self) -> &gtk::Revealer {
        &self.revealer
    }

    /// Says what is selected and what can be done with it. `name` is that of
    /// a single guest.
    pub(super) fn show(
        &self,
        targets: &Targets,
        name: Option<&str>,
        selecting: bool,
        narrow: bool,
    ) {
        let count = u32::try_from(targets.0.len()).unwrap_or(u32::MAX);
        self.revealer.set_reveal_child(selecting || count > 0);
        let text = match (count, name) {
            (0, _) => gettext("Select guests"),
            (1, Some(name)) => name.to_owned(),
            _ => {
                let number = count.to_string();
                ngettext_f("{n} selected", "{n} selected", count, &[("n", &number)])
            }
        };
        if count > 0 || selecting {
            self.count.set_label(&text);
        }
        self.all.set_visible(selecting);
        self.more.set_sensitive(count > 0);
        for (action, button, content) in &self.buttons {
            // The menu has it as well.
            button.set_visible(!narrow || *action != FORCE_OFF);
            let action = resumes(*action, targets);
            let label = action.label(targets);
            content.set_icon_name(icon(action));
            content.set_label(if narrow { "" } else { &label });
            button.set_action_name(Some(&format!("{GROUP}.{}", action.name())));
            // The content points to its own label, which is empty where narrow.
            button.reset_relation(gtk::AccessibleRelation::LabelledBy);
            button.update_property(&[gtk::accessible::Property::Label(&label)]);
            let tooltip = targets.check(action).err();
            button.set_tooltip_text(Some(tooltip.as_deref().unwrap_or(&label)));
        }
    }
}

/// One place for pause and resume: whichever makes sense.
fn resumes(action: GuestAction, targets: &Targets) -> GuestAction {
    let resume = GuestAction::Domain(DomainAction::Resume);
    let pause = GuestAction::Domain(DomainAction::Pause);
    if action == pause && targets.check(pause).is_err() && targets.check(resume).is_ok() {
        resume
    } else {
        action
    }
}

fn icon(action: GuestAction) -> &'static str {
    match action {
        GuestAction::Domain(DomainAction::ForceOff) => "process-stop-symbolic",
        GuestAction::Domain(action) => words::action_icon(action),
        GuestAction::Change(GuestChange::Delete) => "user-trash-symbolic",
        _ => "view-more-symbolic",
    }
}
