//! Menus whose items have names.
//!
//! The items that GTK 4.18 makes from a menu model show a text, but tell
//! assistive technology no name.

use relm4::gtk::{self, prelude::*};

/// A menu button that names its menu's items.
pub(crate) trait NamedItems {
    /// Gives every item its visible text as its name, each time the menu opens.
    fn set_named_items(&self, named: bool);
}

impl NamedItems for gtk::MenuButton {
    fn set_named_items(&self, named: bool) {
        if named {
            self.connect_active_notify(|button| {
                if let Some(popover) = button.popover().filter(|_| button.is_active()) {
                    name_items(popover.upcast_ref());
                }
            });
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
