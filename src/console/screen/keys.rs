//! The keyboard: who has it, and what goes to the guest.

use gtk::{gdk, glib, prelude::*, subclass::prelude::*};
use relm4::gtk;

use super::Screen;
use crate::console::{
    input::KeyStep,
    keymap::{self, GuestKey},
};

impl Screen {
    /// Listens on the window and before everybody else, so that no shortcut of
    /// the program acts while the guest has the keyboard.
    pub(super) fn watch_keys(&self) {
        let Some(root) = self.root() else { return };
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let screen = self.downgrade();
        keys.connect_key_pressed(move |_, key, keycode, _| {
            let Some(screen) = screen.upgrade() else { return glib::Propagation::Proceed };
            if screen.key_pressed(key, keycode) {
                glib::Propagation::Stop
            } else {
                glib::Propagation::Proceed
            }
        });
        let screen = self.downgrade();
        keys.connect_key_released(move |_, _, keycode, _| {
            if let Some(screen) = screen.upgrade() {
                screen.key_released(keycode);
            }
        });
        let root: gtk::Widget = root.upcast();
        root.add_controller(keys.clone());
        // Weak: the window holds this widget, and would keep itself so.
        self.imp().key_controller.replace(Some((root.downgrade(), keys)));
    }

    pub(super) fn watch_focus(&self) {
        let focus = gtk::EventControllerFocus::new();
        let screen = self.downgrade();
        focus.connect_leave(move |_| {
            if let Some(screen) = screen.upgrade() {
                // The window may have lost it, not the widget in the window.
                let within = screen.is_focus();
                let had = screen.is_grabbed();
                screen.release();
                screen.imp().regrab.set(had && within);
            }
        });
        let screen = self.downgrade();
        focus.connect_enter(move |_| {
            if let Some(screen) = screen.upgrade()
                && screen.imp().regrab.take()
            {
                screen.grab();
            }
        });
        self.add_controller(focus);
    }

    /// Gives keyboard and pointer to the guest, because its user said so here.
    pub(super) fn grab_by_hand(&self) {
        self.grab();
        if self.is_grabbed() && !self.imp().by_hand.replace(true) {
            self.show_cursor();
            self.sync_hold();
            self.tell_grab(true);
        }
    }

    /// Gives the keyboard to the guest. A guest that takes the pointer's
    /// movements only gets them after a click or Enter: a window that opens must
    /// not take the pointer away.
    pub fn grab(&self) {
        let connected = self.imp().remote.borrow().is_some();
        let view_only = self.imp().view_only.get();
        if !connected || view_only || self.imp().grabbed.replace(true) {
            return;
        }
        self.grab_focus();
        if let Some(window) = self.toplevel() {
            window.inhibit_system_shortcuts(None::<&gdk::Event>);
            self.watch_shortcuts(&window);
        }
        self.sync_locks();
        self.show_cursor();
        self.tell_grab(true);
    }

    /// Tells if the desktop has not left its shortcuts to the guest after some
    /// time: it may have asked its user, or says nothing at all.
    fn watch_shortcuts(&self, window: &gdk::Toplevel) {
        const ANSWER: std::time::Duration = std::time::Duration::from_secs(2);
        if self.imp().shortcuts_kept.borrow().is_none() {
            return;
        }
        let (screen, window) = (self.downgrade(), window.downgrade());
        glib::timeout_add_local_once(ANSWER, move || {
            let (Some(screen), Some(window)) = (screen.upgrade(), window.upgrade()) else { return };
            if !screen.is_grabbed() || window.is_shortcuts_inhibited() {
                return;
            }
            let told = screen.imp().shortcuts_kept.take();
            if let Some(tell) = told {
                tell();
            }
        });
    }

    /// Takes keyboard and pointer back; lets go of every key in the guest.
    pub fn release(&self) {
        let steps = self.imp().keyboard.borrow_mut().release_all();
        for step in steps {
            self.act(step);
        }
        self.release_buttons();
        self.imp().by_hand.set(false);
        if !self.imp().grabbed.replace(false) {
            return;
        }
        if let Some(window) = self.toplevel() {
            window.restore_system_shortcuts();
        }
        self.show_cursor();
        self.sync_hold();
        self.tell_grab(false);
    }

    fn toplevel(&self) -> Option<gdk::Toplevel> {
        self.native()?.surface()?.downcast().ok()
    }

    fn tell_grab(&self, grabbed: bool) {
        let told = self.imp().grab_told.borrow().clone();
        if let Some(tell) = told {
            tell(grabbed);
        }
    }

    /// Whether the key was the guest's.
    fn key_pressed(&self, key: gdk::Key, keycode: u32) -> bool {
        if !self.has_focus() {
            return false;
        }
        if !self.is_grabbed() {
            // By keyboard alone: Tab comes here, Enter goes in.
            let enter = matches!(key, gdk::Key::Return | gdk::Key::KP_Enter);
            if enter {
                self.grab_by_hand();
            }
            return enter;
        }
        let code = keymap::from_gdk(keycode);
        let step = self.imp().keyboard.borrow_mut().press(code, keysym(key));
        self.act(step);
        true
    }

    fn key_released(&self, keycode: u32) {
        let code = keymap::from_gdk(keycode);
        let (first, second) = self.imp().keyboard.borrow_mut().release(code);
        [first, second].into_iter().flatten().for_each(|step| self.act(step));
    }

    fn act(&self, step: KeyStep) {
        match step {
            KeyStep::Send { down, code, keysym } => {
                self.with_hands(|remote| remote.key(down, code, keysym));
            }
            KeyStep::Release => self.release(),
        }
    }

    /// Brings Caps Lock and Num Lock of the guest in line with the keyboard
    /// here, where the server says how they stand.
    fn sync_locks(&self) {
        let Some(leds) = self.imp().leds.get() else { return };
        let seat = gtk::prelude::WidgetExt::display(self).default_seat();
        let Some(keyboard) = seat.and_then(|seat| seat.keyboard()) else { return };
        let locks = [
            (leds & 2 != 0, keyboard.is_num_locked(), GuestKey::NUM_LOCK),
            (leds & 4 != 0, keyboard.is_caps_locked(), GuestKey::CAPS_LOCK),
        ];
        for (guest, here, key) in locks {
            if guest != here {
                self.send_keys(&[key]);
            }
        }
    }
}

/// X's keysym: GTK's key values are the same numbers.
fn keysym(key: gdk::Key) -> u32 {
    use glib::translate::IntoGlib;
    key.into_glib()
}
