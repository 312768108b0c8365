//! libadwaita hides what adapts to another width for a frame, and with that takes
//! the keyboard from who has it.

use std::{cell::Cell, rc::Rc};

use relm4::gtk::{self, glib, prelude::*};

/// For so many frames it has the keyboard until that is settled.
const SETTLED: u8 = 4;
/// It may be gone for good: after so many frames nobody waits for it any more.
const PATIENCE: u8 = 60;

/// Who has the keyboard in the window, and who had it before.
#[derive(Default)]
struct Focus {
    now: glib::WeakRef<gtk::Widget>,
    before: glib::WeakRef<gtk::Widget>,
}

/// Gives the keyboard back to who had it when `adaptive`, a window or a bin with
/// breakpoints, has adapted to another width.
pub(crate) fn keep_focus(adaptive: &impl IsA<gtk::Widget>) {
    let focus = Rc::new(Focus::default());
    let seen = Rc::clone(&focus);
    adaptive.connect_realize(move |adaptive| {
        let Some(root) = adaptive.root() else { return };
        let follow = {
            let seen = Rc::downgrade(&seen);
            move |root: &gtk::Root| {
                let Some(seen) = seen.upgrade() else { return };
                seen.before.set(seen.now.upgrade().as_ref());
                seen.now.set(root.focus().as_ref());
            }
        };
        follow(&root);
        // It lives as long as the window; what it follows need not.
        root.connect_notify_local(Some("focus-widget"), move |root, _| follow(root));
    });
    adaptive.connect_notify_local(Some("current-breakpoint"), move |adaptive, _| {
        let had = focus.now.upgrade().or_else(|| focus.before.upgrade());
        let Some(had) = had.filter(|had| had.is_ancestor(adaptive)) else { return };
        let (had, frames, held) = (had.downgrade(), Cell::new(0), Cell::new(0));
        adaptive.add_tick_callback(move |adaptive, _| {
            let (Some(had), Some(root)) = (had.upgrade(), adaptive.root()) else {
                return glib::ControlFlow::Break;
            };
            if !had.is_mapped() {
                held.set(0);
            } else if root.focus().as_ref() == Some(&had) {
                held.set(held.get() + 1);
            } else {
                root.set_focus(Some(&had));
            }
            frames.set(frames.get() + 1);
            if held.get() < SETTLED && frames.get() < PATIENCE {
                glib::ControlFlow::Continue
            } else {
                glib::ControlFlow::Break
            }
        });
    });
}
