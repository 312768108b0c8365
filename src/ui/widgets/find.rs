//! Parts of widgets that are not ours.

use relm4::gtk::{self, prelude::*};

/// The first widget of this kind below another.
pub(crate) fn find<T: IsA<gtk::Widget>>(widget: &gtk::Widget) -> Option<T> {
    let mut child = widget.first_child();
    while let Some(part) = child {
        let found = part.downcast_ref::<T>().cloned().or_else(|| find(&part));
        if found.is_some() {
            return found;
        }
        child = part.next_sibling();
    }
    None
}
