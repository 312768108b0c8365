//! The menu of the selected guests. It is made when it opens, so that each
//! item that cannot be chosen can say why.

use relm4::gtk::{self, gdk, gio, glib, graphene, prelude::*};

use super::actions::{GuestAction, SECTIONS, Targets};
use crate::model::DomainAction;

/// Room for the shadow, which a popover's size leaves out.
const SHADOW: i32 = 60;

/// Opens the menu over `parent`, pointing at this place of it.
pub(super) fn open(parent: &impl IsA<gtk::Widget>, place: (f64, f64), targets: &Targets) {
    let menu = gio::Menu::new();
    let popover = gtk::PopoverMenu::from_model(Some(&menu));
    let mut children = Vec::new();
    // One place for pause and resume: whichever makes sense.
    let resume = GuestAction::Domain(DomainAction::Resume);
    let hidden = if targets.check(resume).is_ok() {
        GuestAction::Domain(DomainAction::Pause)
    } else {
        resume
    };
    for section in SECTIONS {
        let part = gio::Menu::new();
        for action in section.iter().filter(|action| **action != hidden) {
            let entry = gio::MenuItem::new(None, None);
            entry.set_attribute_value("custom", Some(&action.name().to_variant()));
            part.append_item(&entry);
            children.push(*action);
        }
        menu.append_section(None, &part);
    }
    for action in children {
        popover.add_child(&item(action, targets, &popover), action.name());
    }
    popover.set_parent(parent);
    popover.set_has_arrow(false);
    popover.set_halign(gtk::Align::Start);
    popover.connect_closed(|popover| {
        let popover = popover.clone();
        // The action that was chosen still needs the popover's place in the tree.
        glib::idle_add_local_once(move || popover.unparent());
    });
    let parent = parent.clone().upcast();
    // GTK puts the lines between sections in when idle. A popover that is open
    // by then is too small for them.
    glib::idle_add_local_once(move || point_to(&popover, &parent, place));
}

/// Opens the menu at `place`, higher where it would leave the window below.
fn point_to(popover: &gtk::PopoverMenu, parent: &gtk::Widget, place: (f64, f64)) {
    #[allow(clippy::cast_possible_truncation)] // pixels of a window
    let at = |top: f64| gdk::Rectangle::new(place.0 as i32, top as i32, 1, 1);
    // Before it shows: whoever clicks at once where an item appears would miss
    // a menu that moves after that.
    let top = highest(parent, popover).map_or(place.1, |top| place.1.min(top));
    popover.set_pointing_to(Some(&at(top)));
    popover.popup();
}

/// Where in `parent` the menu must begin to end within the window.
fn highest(parent: &gtk::Widget, popover: &gtk::PopoverMenu) -> Option<f64> {
    let root = parent.root()?;
    let origin = parent.compute_point(&root, &graphene::Point::zero())?;
    // A popover that does not show has no size, but what is in it has.
    let (_, height, ..) = popover.first_child()?.measure(gtk::Orientation::Vertical, -1);
    let free = f64::from((root.height() - height - SHADOW).max(0));
    Some(free - f64::from(origin.y()))
}

fn item(action: GuestAction, targets: &Targets, popover: &gtk::PopoverMenu) -> gtk::Button {
    let label = action.label(targets);
    let texts = gtk::Box::new(gtk::Orientation::Vertical, 0);
    texts.set_valign(gtk::Align::Center);
    texts.append(&gtk::Label::builder().label(&label).xalign(0.0).build());
    let button = gtk::Button::builder()
        .child(&texts)
        .action_name(action.full_name())
        .accessible_role(gtk::AccessibleRole::MenuItem)
        .css_classes(["flat", "guest-menu-item"])
        .build();
    button.update_property(&[gtk::accessible::Property::Label(&label)]);
    if let Err(reason) = targets.check(action) {
        let why = gtk::Label::builder()
            .label(&reason)
            .xalign(0.0)
            .wrap(true)
            .max_width_chars(30)
            .css_classes(["caption"])
            .build();
        texts.append(&why);
        button.update_property(&[gtk::accessible::Property::Description(&reason)]);
    }
    button.connect_clicked(glib::clone!(
        #[weak]
        popover,
        move |_| popover.popdown()
    ));
    button
}
