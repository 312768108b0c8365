//! What is sent to the guest by the window's means: keys, texts, or nothing.

use gettextrs::gettext;
use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::{
    ConsoleInput, ConsoleOutput, ConsolePage, Shown,
    words::{self, Held},
};
use crate::{
    console::{GuestKey, Layout, typed},
    i18n::{gettext_f, ngettext_f},
};

/// From so many letters on, or with several lines, typing asks first.
const MANY: usize = 200;

/// More than this is never typed: it would take an hour.
const MOST: usize = 100_000;

impl ConsolePage {
    pub(super) fn send_keys(&self, keys: &[GuestKey]) {
        if let Some(console) = &self.console {
            console.send_keys(keys);
        }
        self.focus();
    }

    /// Gives the keyboard to the guest, if its screen can be seen.
    pub(super) fn focus(&self) {
        if let Some(console) = &self.console
            && self.shown == Shown::Screen
            && console.screen().is_mapped()
        {
            console.screen().grab_focus();
            console.screen().grab();
        }
    }

    pub(super) fn copy_text(&self) {
        if let Some(console) = &self.console {
            console.copy_clipboard();
        }
    }

    pub(super) fn paste_text(&self, sender: &ComponentSender<Self>) {
        let clipboard = self.frame.clipboard();
        let output = sender.output_sender().clone();
        let Some(console) = &self.console else { return };
        let screen = console.screen().downgrade();
        let send = console.clipboard_sender();
        relm4::spawn_local(async move {
            let text = clipboard.read_text_future().await.ok().flatten();
            let say = match text {
                Some(text) if screen.upgrade().is_some() => {
                    send(&text);
                    gettext("Clipboard given to the guest")
                }
                _ => gettext("There is no text in the clipboard"),
            };
            let _ = output.send(ConsoleOutput::Say(say));
        });
    }

    /// Types the clipboard's text; asks first where it is long, has several lines
    /// or letters that cannot be typed.
    pub(super) fn type_text(&self, sender: &ComponentSender<Self>) {
        let (clipboard, parent) = (self.frame.clipboard(), self.frame.clone());
        let (input, output) = (sender.input_sender().clone(), sender.output_sender().clone());
        let layout = Layout::from_name(&self.settings.typing_layout()).unwrap_or_default();
        relm4::spawn_local(async move {
            let text = clipboard.read_text_future().await.ok().flatten();
            let Some(text) = text.filter(|text| !text.is_empty()) else {
                let say = gettext("There is no text in the clipboard");
                return drop(output.send(ConsoleOutput::Say(say)));
            };
            let letters = text.chars().count();
            if letters > MOST {
                let say = gettext("The text in the clipboard is too long to be typed");
                return drop(output.send(ConsoleOutput::Say(say)));
            }
            let (keys, missing) = typed(&text, layout);
            let lines = text.trim_end_matches(['\n', '\r']).lines().count();
            if letters <= MANY && lines <= 1 && missing.is_empty() {
                return input.emit(ConsoleInput::Type(keys));
            }
            let dialog = question(letters, lines, &missing, keys.is_empty());
            if dialog.choose_future(Some(&parent)).await == "type" {
                input.emit(ConsoleInput::Type(keys));
            }
        });
    }

    pub(super) fn type_keys(&mut self, keys: Vec<Vec<GuestKey>>, sender: &ComponentSender<Self>) {
        self.focus();
        let Some(console) = self.console.as_ref().filter(|_| !self.view_only) else { return };
        let (input, number) = (sender.input_sender().clone(), self.number);
        console.type_keys(keys, move || input.emit(ConsoleInput::Typed(number)));
        self.typing = true;
    }

    pub(super) fn stop_typing(&mut self) {
        self.typing = false;
        if let Some(console) = &self.console {
            console.stop_typing();
        }
    }

    pub(super) fn set_view_only(&mut self, view_only: bool, sender: &ComponentSender<Self>) {
        self.view_only = view_only;
        self.keep_back(view_only, sender);
        self.typing &= !view_only;
        if let Some(console) = &self.console {
            console.set_view_only(view_only);
        }
        self.sync_hints();
        if !view_only {
            self.focus();
        }
    }

    /// What the guest has of keyboard and pointer.
    fn held(&self) -> Held {
        let pointer = self.console.as_ref().is_some_and(|console| console.screen().has_pointer());
        Held::of(self.grabbed, self.absolute, pointer)
    }

    /// Says it to those who do not see it, too.
    pub(super) fn set_grabbed(&mut self, grabbed: bool) {
        self.grabbed = grabbed;
        let said = words::announcement(self.held(), &self.chord_label);
        self.frame.announce(&said, gtk::AccessibleAnnouncementPriority::High);
    }

    /// Takes keyboard and pointer back.
    pub(super) fn release(&self) {
        if let Some(console) = &self.console {
            console.screen().release();
        }
    }

    pub(super) fn shortcuts_kept(&mut self, sender: &ComponentSender<Self>) {
        if !std::mem::replace(&mut self.shortcuts_told, true) {
            let said = gettext(
                "This desktop keeps its own shortcuts, such as Alt+Tab. “Send Keys” has them for the guest",
            );
            let _ = sender.output(ConsoleOutput::Say(said));
        }
    }

    /// How to take or release the keyboard.
    pub(super) fn hint(&self) -> String {
        let hint = if self.view_only {
            words::view_only()
        } else {
            words::hint(self.held(), &self.chord_label)
        };
        hint + &self.sharing.reminder()
    }
}

/// Before something long, or something that cannot be typed as it is.
fn question(letters: usize, lines: usize, missing: &[char], nothing: bool) -> adw::AlertDialog {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let heading = ngettext_f(
        "Type {count} Letter?",
        "Type {count} Letters?",
        count(letters),
        &[("count", &letters.to_string())],
    );
    let mut body = Vec::new();
    if lines > 1 {
        body.push(ngettext_f(
            "Enter is pressed after each line but the last: {count} line.",
            "Enter is pressed after each line but the last: {count} lines.",
            count(lines),
            &[("count", &lines.to_string())],
        ));
    }
    if !missing.is_empty() {
        // Not what would break the line, or turn its direction.
        let name = |letter: &char| match letter {
            letter if letter.is_alphanumeric() || letter.is_ascii_graphic() => letter.to_string(),
            '\u{a0}'..='\u{ff}' | '\u{2010}'..='\u{2027}' | '€' => letter.to_string(),
            other => format!("U+{:04X}", u32::from(*other)),
        };
        let mut names: Vec<String> = missing.iter().take(12).map(name).collect();
        if missing.len() > names.len() {
            names.push("…".to_owned());
        }
        body.push(gettext_f(
            "The keyboard layout of guests, set in the preferences, has no keys for these, which are left out: {letters}",
            &[("letters", &names.join("  "))],
        ));
    }
    body.push(gettext("Whatever has the keyboard in the guest gets the text."));
    let dialog = adw::AlertDialog::new(Some(&heading), Some(&body.join("\n\n")));
    dialog.add_responses(&[("cancel", &gettext("Cancel")), ("type", &gettext("Type Text"))]);
    dialog.set_response_enabled("type", !nothing);
    dialog.set_default_response(Some("cancel"));
    dialog.set_close_response("cancel");
    dialog
}
