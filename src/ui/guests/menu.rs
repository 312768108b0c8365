//! The menu of the selected guests. It is made when it opens, so that each
//! item that cannot be chosen can say why.

use relm4::gtk::{self, gdk, gio, glib, prelude::*};

use super::actions::{GuestAction, SECTIONS, Targets};

/// Opens the menu over `parent`, pointing at this place of it.
pub(super) fn open(parent: &impl IsA<gtk::Widget>, place: (f64, f64), targets: &Targets) {
    let menu = gio::Menu::new();
    let popover = gtk::PopoverMenu::from_model(Some(&menu));
    let mut children = Vec::new();
    for section in SECTIONS {
        let part = gio::Menu::new();
        for action in *section {
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
    #[allow(clippy::cast_possible_truncation)] // pixels of a window
    let at = gdk::Rectangle::new(place.0 as i32, place.1 as i32, 1, 1);
    popover.set_parent(parent);
    popover.set_pointing_to(Some(&at));
    popover.set_has_arrow(false);
    popover.set_halign(gtk::Align::Start);
    popover.connect_closed(|popover| {
        let popover = popover.clone();
        // The action that was chosen still needs the popover's place in the tree.
        glib::idle_add_local_once(move || popover.unparent());
    });
    popover.popup();
}

fn item(action: GuestAction, targets: &Targets, popover: &gtk::PopoverMenu) -> gtk::Button {
    let label = action.label(targets);
    let texts = gtk::Box::new(gtk::Orientation::Vertical, 0);
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
