//! Keys that do not go to the guest.

use std::{cell::RefCell, rc::Rc};

use gtk::{glib, prelude::*};
use relm4::gtk;
use vte4::Terminal;

use crate::console::{
    ReleaseChord,
    input::{KeyStep, Keyboard},
    keymap,
};

/// Shortcuts of terminals in general, with the actions that the window has.
const SHORTCUTS: [(&str, &str); 8] = [
    ("<Control><Shift>c", "text.copy"),
    ("<Control><Shift>v", "text.paste"),
    ("<Control><Shift>a", "text.select-all"),
    ("<Control><Shift>f", "text.search"),
    ("<Control><Shift>s", "text.save"),
    ("<Control>plus|<Control>KP_Add|<Control>equal", "text.zoom::in"),
    ("<Control>minus|<Control>KP_Subtract", "text.zoom::out"),
    ("<Control>0|<Control>KP_0", "text.zoom::normal"),
];

/// Takes the shortcuts before the terminal sends them; everything else is the
/// guest's. The chord, pressed and released, gives the keyboard to the window.
pub(super) fn watch(terminal: &Terminal, chord: ReleaseChord) {
    let shortcuts = gtk::ShortcutController::new();
    shortcuts.set_propagation_phase(gtk::PropagationPhase::Capture);
    for (trigger, action) in SHORTCUTS {
        let trigger = gtk::ShortcutTrigger::parse_string(trigger);
        let (name, target) = action.split_once("::").unwrap_or((action, ""));
        let run = gtk::NamedAction::new(name);
        let shortcut = gtk::Shortcut::new(trigger, Some(run));
        if !target.is_empty() {
            shortcut.set_arguments(Some(&target.to_variant()));
        }
        shortcuts.add_shortcut(shortcut);
    }
    terminal.add_controller(shortcuts);

    let keyboard = Rc::new(RefCell::new(Keyboard::new(chord)));
    let keys = gtk::EventControllerKey::new();
    keys.set_propagation_phase(gtk::PropagationPhase::Capture);
    let pressed = Rc::clone(&keyboard);
    keys.connect_key_pressed(move |_, _, keycode, _| {
        pressed.borrow_mut().press(keymap::from_gdk(keycode), 0);
        glib::Propagation::Proceed
    });
    let released = Rc::clone(&keyboard);
    let watched = terminal.downgrade();
    keys.connect_key_released(move |_, _, keycode, _| {
        let (_, step) = released.borrow_mut().release(keymap::from_gdk(keycode));
        if step == Some(KeyStep::Release)
            && let Some(window) = watched.upgrade().and_then(|terminal| terminal.root())
        {
            window.set_focus(None::<&gtk::Widget>);
        }
    });
    terminal.add_controller(keys);
    let focus = gtk::EventControllerFocus::new();
    focus.connect_leave(move |_| drop(keyboard.borrow_mut().release_all()));
    terminal.add_controller(focus);
}
