//! The pointer, its buttons and its wheel.

use gtk::{gdk, glib, prelude::*, subclass::prelude::*};
use relm4::gtk;

use super::Screen;
use crate::console::input::{WHEEL, button_bit};

impl Screen {
    pub(super) fn watch_pointer(&self) {
        let motion = gtk::EventControllerMotion::new();
        let screen = self.downgrade();
        let moved = move |x, y| {
            if let Some(screen) = screen.upgrade() {
                screen.pointer_moved(x, y);
            }
        };
        let screen = self.downgrade();
        motion.connect_enter(move |_, x, y| {
            if let Some(screen) = screen.upgrade() {
                // Not a movement: the way here was outside.
                screen.imp().position.set((x, y));
                if let Some(hold) = screen.imp().hold.borrow_mut().as_mut() {
                    hold.entered();
                }
            }
        });
        motion.connect_motion(move |_, x, y| moved(x, y));
        self.add_controller(motion);

        // Gestures follow one button at a time; a guest wants them all.
        let buttons = gtk::EventControllerLegacy::new();
        let screen = self.downgrade();
        buttons.connect_event(move |_, event| {
            let Some(screen) = screen.upgrade() else { return glib::Propagation::Proceed };
            let Some(button) = event.downcast_ref::<gdk::ButtonEvent>() else {
                return glib::Propagation::Proceed;
            };
            screen.button(button.button(), event.event_type() == gdk::EventType::ButtonPress);
            glib::Propagation::Stop
        });
        self.add_controller(buttons);

        let scroll = gtk::EventControllerScroll::new(gtk::EventControllerScrollFlags::BOTH_AXES);
        let screen = self.downgrade();
        scroll.connect_scroll(move |controller, dx, dy| {
            if let Some(screen) = screen.upgrade() {
                // Touchpads count in pixels; some fifty feel like a click.
                let unit = if controller.unit() == gdk::ScrollUnit::Surface { 50.0 } else { 1.0 };
                screen.scrolled(dx / unit, dy / unit);
            }
            glib::Propagation::Stop
        });
        self.add_controller(scroll);
    }

    fn pointer_moved(&self, x: f64, y: f64) {
        let imp = self.imp();
        let (old_x, old_y) = imp.position.replace((x, y));
        if imp.absolute.get() {
            self.send_pointer();
        } else if self.has_pointer() {
            let place = imp.placement();
            let delta = |length: f64| {
                #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
                let delta = (length * place.scale / place.factor).round() as i32;
                delta
            };
            let (from, to) = ((old_x, old_y), (x, y));
            let way = match imp.hold.borrow_mut().as_mut() {
                Some(hold) => hold.way(from, to),
                None => (x - old_x, y - old_y),
            };
            // What is too little for the guest is counted with the next one.
            let (left_x, left_y) = imp.rest.get();
            let way = (way.0 + left_x, way.1 + left_y);
            let (dx, dy) = (delta(way.0), delta(way.1));
            let unit = place.factor / place.scale;
            imp.rest.set((way.0 - f64::from(dx) * unit, way.1 - f64::from(dy) * unit));
            if (dx, dy) != (0, 0) {
                self.with_hands(|remote| remote.pointer_moved(imp.buttons.get(), dx, dy));
            }
            if let Some(hold) = imp.hold.borrow_mut().as_mut() {
                hold.keep_off_edges(to, place.scale);
            }
        }
    }

    /// Tells the guest where the pointer is and what is pressed.
    fn send_pointer(&self) {
        let imp = self.imp();
        let mask = imp.buttons.get();
        if imp.absolute.get() {
            let (x, y) = imp.position.get();
            let (x, y) = imp.placement().guest_point(x, y);
            self.with_hands(|remote| remote.pointer(mask, x, y));
        } else {
            self.with_hands(|remote| remote.pointer_moved(mask, 0, 0));
        }
    }

    fn button(&self, button: u32, pressed: bool) {
        let imp = self.imp();
        if pressed && !self.has_pointer() {
            self.grab_focus();
            self.grab_by_hand();
            if !imp.absolute.get() {
                // This click was for taking the pointer.
                return;
            }
        }
        let Some(bit) = button_bit(button) else { return };
        let mask = imp.buttons.get();
        imp.buttons.set(if pressed { mask | bit } else { mask & !bit });
        self.send_pointer();
    }

    fn scrolled(&self, dx: f64, dy: f64) {
        let imp = self.imp();
        let (right, down) = imp.wheel.borrow_mut().turn(dx, dy);
        let mask = imp.buttons.get();
        let click = |count: i32, bits: [u16; 2]| {
            let bit = if count < 0 { bits[0] } else { bits[1] };
            for _ in 0..count.unsigned_abs() {
                imp.buttons.set(mask | bit);
                self.send_pointer();
                imp.buttons.set(mask);
                self.send_pointer();
            }
        };
        click(down, [WHEEL[0], WHEEL[1]]);
        click(right, [WHEEL[2], WHEEL[3]]);
    }

    /// Lets go of every button in the guest.
    pub(super) fn release_buttons(&self) {
        if self.imp().buttons.replace(0) != 0 {
            self.send_pointer();
        }
    }
}
