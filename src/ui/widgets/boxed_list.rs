//! Rows in a list with a frame, where no preferences group belongs.

use relm4::gtk::{self, prelude::*};

/// The rows as a list with a frame.
pub(crate) fn boxed_list<W: IsA<gtk::Widget>>(rows: &[&W]) -> gtk::ListBox {
    let list = gtk::ListBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .css_classes(["boxed-list"])
        .build();
    for row in rows {
        list.append(*row);
    }
    list
}
