//! Keyboard and pointer, and what the guest says of them.

use std::rc::{Rc, Weak};

use spice_client_glib::{
    Channel, CursorChannel, CursorType, InputsChannel, MouseButton, MouseButtonMask, MouseMode,
    glib::{self, prelude::*},
};

use super::{connection::Client, library};
use crate::console::{helper::Way, remote::CursorImage, spice::line::Report};

/// What the program holds down.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hands {
    mask: u16,
    /// Where the pointer was put last, and on which screen.
    place: Option<(i32, i32, i32)>,
}

/// The program's bits, and what SPICE calls them: `None` has no bit there. It
/// knows no wheel to the sides.
const BUTTONS: [(u16, MouseButton, MouseButtonMask); 7] = [
    (1, MouseButton::Left, MouseButtonMask::LEFT),
    (1 << 1, MouseButton::Middle, MouseButtonMask::MIDDLE),
    (1 << 2, MouseButton::Right, MouseButtonMask::RIGHT),
    (1 << 3, MouseButton::Up, MouseButtonMask::UP),
    (1 << 4, MouseButton::Down, MouseButtonMask::DOWN),
    (1 << 7, MouseButton::Side, MouseButtonMask::SIDE),
    (1 << 8, MouseButton::Extra, MouseButtonMask::EXTRA),
];

fn state(mask: u16) -> i32 {
    let pressed = BUTTONS.iter().filter(|(bit, ..)| mask & bit != 0);
    pressed.fold(0, |state, (_, _, bit)| state | bit.bits())
}

impl Client {
    pub(super) fn watch_inputs(self: &Rc<Self>, inputs: &InputsChannel) {
        let weak = Rc::downgrade(self);
        inputs.connect_inputs_modifiers(move |inputs| {
            if let Some(this) = weak.upgrade() {
                this.say(&Report::Leds(u8::try_from(inputs.key_modifiers() & 7).unwrap_or(0)));
            }
        });
    }

    pub(super) fn watch_cursor(self: &Rc<Self>, cursor: &CursorChannel) {
        let show = {
            let weak = Rc::downgrade(self);
            move |cursor: &CursorChannel| {
                if let Some(this) = weak.upgrade()
                    && let Some(image) = shape(cursor)
                {
                    this.show_cursor(cursor, image);
                }
            }
        };
        // A move shows a pointer that was hidden.
        let (shown, hidden) = (Rc::new(std::cell::Cell::new(true)), Rc::downgrade(self));
        let state = Rc::clone(&shown);
        let again = show.clone();
        cursor.connect_cursor_notify(move |cursor| {
            state.set(true);
            show(cursor);
        });
        let state = Rc::clone(&shown);
        cursor.connect_cursor_move(move |cursor, _, _| {
            if !state.replace(true) {
                again(cursor);
            }
        });
        cursor.connect_cursor_hide(move |cursor| {
            shown.set(false);
            if let Some(this) = hidden.upgrade() {
                this.show_cursor(cursor, CursorImage::hidden());
            }
        });
    }

    pub(super) fn tell_mouse_mode(&self, mode: i32) {
        self.say(&Report::Absolute(mode == MouseMode::CLIENT.bits()));
    }

    pub(super) fn key(&self, down: bool, code: u32) {
        if let Some(inputs) = &self.channels.borrow().inputs {
            if down {
                inputs.key_press(code);
            } else {
                inputs.key_release(code);
            }
        }
    }

    pub(super) fn point(&self, screen: u32, mask: u16, (x, y): (u32, u32)) {
        let channels = self.channels.borrow();
        let Some(inputs) = &channels.inputs else { return };
        let (left, top) = self.origin(screen);
        let place = |at: u32| i32::try_from(at).unwrap_or(0);
        // With the buttons as they were: a press belongs to its place.
        let mut hands = self.hands.get();
        let (x, y) = (place(left.saturating_add(x)), place(top.saturating_add(y)));
        inputs.position(x, y, place(screen), state(hands.mask));
        hands.place = Some((x, y, place(screen)));
        self.hands.set(hands);
        self.press(inputs, mask);
    }

    pub(super) fn move_pointer(&self, mask: u16, dx: i32, dy: i32) {
        let channels = self.channels.borrow();
        let Some(inputs) = &channels.inputs else { return };
        inputs.motion(dx, dy, state(self.hands.get().mask));
        self.press(inputs, mask);
    }

    /// Presses and releases what changed.
    fn press(&self, inputs: &InputsChannel, mask: u16) {
        let mut held = self.hands.get().mask;
        for (bit, button, _) in BUTTONS {
            if (held ^ mask) & bit == 0 {
                continue;
            }
            held ^= bit;
            if mask & bit == 0 {
                inputs.button_release(button as i32, state(held));
            } else {
                inputs.button_press(button as i32, state(held));
            }
        }
        self.hands.set(Hands { mask, ..self.hands.get() });
    }
}

/// So many positions are acknowledged together (`SPICE_INPUT_MOTION_ACK_BUNCH`).
const ACKNOWLEDGED: usize = 4;

impl Way for Weak<Client> {
    fn heard(&self) -> Option<u64> {
        let this = self.upgrade()?;
        let channels = this.channels.borrow();
        let main = channels.main.iter().map(Cast::upcast_ref::<Channel>);
        let displays = channels.displays.values().map(Cast::upcast_ref);
        let inputs = channels.inputs.iter().map(Cast::upcast_ref);
        // Not the binding's getter, which takes it for another type, and panics.
        let read = |channel: &Channel| channel.property::<glib::ULong>("total-read-bytes").0;
        Some(main.chain(displays).chain(inputs).map(read).sum())
    }

    /// Puts the pointer where it is, or moves it by a pixel and back in a guest
    /// that takes movements only. It comes after silence, not while the pointer
    /// moves.
    fn ping(&self) -> bool {
        let Some(this) = self.upgrade() else { return false };
        let (channels, hands) = (this.channels.borrow(), this.hands.get());
        let (Some(main), Some(inputs)) = (&channels.main, &channels.inputs) else { return false };
        let absolute = main.mouse_mode() == MouseMode::CLIENT.bits();
        for turn in 0..ACKNOWLEDGED {
            match hands.place.filter(|_| absolute) {
                Some((x, y, screen)) => inputs.position(x, y, screen, state(hands.mask)),
                None if absolute => return false,
                None => inputs.motion(if turn % 2 == 0 { 1 } else { -1 }, 0, state(hands.mask)),
            }
        }
        true
    }

    fn tell(&self, silent: bool) {
        if let Some(this) = self.upgrade() {
            this.say(&Report::Silent(silent));
        }
    }
}

fn shape(cursor: &CursorChannel) -> Option<CursorImage> {
    let shape = cursor.cursor()?;
    // The library leaves these empty.
    if matches!(shape.cursor_type(), Ok(CursorType::Color8 | CursorType::Color24) | Err(_)) {
        return None;
    }
    library::cursor(&shape)
}
