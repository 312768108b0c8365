//! The end of what had many rows.

use std::time::{Duration, Instant};

use relm4::gtk::{self, glib, prelude::*};

/// A step of it, far below the length of a frame.
const STEP: Duration = Duration::from_millis(4);

/// Lets a widget that is shown no longer go, row by row whenever there is nothing
/// else to do: with a hundred rows at once the main loop is held for 15 to 20 ms
/// (measured with `perf` on a page of a disk's fields).
pub(crate) fn take_apart(widget: gtk::Widget) {
    let mut rows = Vec::new();
    find_rows(&widget, &mut rows);
    glib::idle_add_local_full(glib::Priority::LOW, move || {
        // It stays whole until its rows are gone.
        let _ = &widget;
        let until = Instant::now() + STEP;
        while Instant::now() < until {
            let Some((list, row)) = rows.pop() else { return glib::ControlFlow::Break };
            list.remove(&row);
        }
        glib::ControlFlow::Continue
    });
}

fn find_rows(widget: &gtk::Widget, rows: &mut Vec<(gtk::ListBox, gtk::ListBoxRow)>) {
    let mut child = widget.first_child();
    while let Some(part) = child {
        match (widget.downcast_ref::<gtk::ListBox>(), part.downcast_ref::<gtk::ListBoxRow>()) {
            (Some(list), Some(row)) => rows.push((list.clone(), row.clone())),
            _ => find_rows(&part, rows),
        }
        child = part.next_sibling();
    }
}
