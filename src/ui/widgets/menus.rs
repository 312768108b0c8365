//! Menus whose items have names.
//!
//! The items that GTK 4.18 makes from a menu model show a text, but tell
//! assistive technology no name.

use relm4::gtk::{self, gio, glib, prelude::*};

/// A menu button that names its menu's items.
pub(crate) trait NamedItems {
    /// Gives every item its visible text as its name, each time the menu opens
    /// and whenever the menu that was set before this changes while it is open.
    fn set_named_items(&self, named: bool);
}

impl NamedItems for gtk::MenuButton {
    fn set_named_items(&self, named: bool) {
        if named {
            self.connect_active_notify(name_open_items);
            if let Some(menu) = self.menu_model() {
                follow(&menu, self);
            }
        }
    }
}

/// Names what the menu of a button shows now.
fn name_open_items(button: &gtk::MenuButton) {
    if let Some(popover) = button.popover().filter(|_| button.is_active()) {
        name_items(popover.upcast_ref());
    }
}

/// Names the items that come while the menu is open.
fn follow(menu: &gio::MenuModel, button: &gtk::MenuButton) {
    let named = glib::closure_local!(
        #[watch]
        button,
        move |_: gio::MenuModel, _: i32, _: i32, _: i32| name_open_items(button)
    );
    // After GTK has made them.
    menu.connect_closure("items-changed", true, named);
    for place in 0..menu.n_items() {
        for link in [gio::MENU_LINK_SECTION, gio::MENU_LINK_SUBMENU] {
            if let Some(below) = menu.item_link(place, link) {
                follow(&below, button);
            }
        }
    }
}

/// Does so for all items below `widget`.
pub(crate) fn name_items(widget: &gtk::Widget) {
    let mut child = widget.first_child();
    while let Some(item) = child {
        if item.css_name() == "modelbutton"
            && item.find_property("text").is_some()
            && let Some(text) = item.property::<Option<String>>("text")
        {
            // The label it points to has no name of its own either.
            item.reset_relation(gtk::AccessibleRelation::LabelledBy);
            item.update_property(&[gtk::accessible::Property::Label(&text)]);
        }
        name_items(&item);
        child = item.next_sibling();
    }
}
