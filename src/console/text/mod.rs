//! A guest's text console as a terminal widget.
//!
//! The widget is VTE's, and nothing but what the guest sends reaches it. A guest
//! is not to be trusted: what its text asks for beyond text stays unheard. VTE
//! has no clipboard access (OSC 52) and no command execution; its signals for
//! titles, window sizes, notifications and progress have no listener here;
//! links and images are off; the bell is silent. The only thing that goes back
//! are VTE's short answers about itself (cursor position, kind of terminal),
//! which contain no text of the guest's.
//!
//! What comes faster than it can be shown waits in the guest ([`pace`]).

mod keys;
mod pace;
mod sending;
#[cfg(test)]
mod tests;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gtk::{gdk, gio, glib, pango, prelude::*};
use relm4::gtk;
use vte4::{Format, Regex, Terminal, TerminalExt, TerminalExtManual, WriteFlags};

use self::{pace::Pace, sending::Sending};
use super::ReleaseChord;
use crate::backend::{TextConsole, TextConsoleEnd};

/// Font sizes, as parts of the system's.
const ZOOM: (f64, f64, f64) = (0.5, 4.0, 1.2);

/// PCRE2's flags: no difference between large and small letters, lines, UTF-8.
const SEARCH: u32 = 0x0000_0008 | 0x0000_0400 | 0x0008_0000;

/// How a terminal is to look.
#[derive(Clone, Debug, PartialEq)]
pub struct TextLook {
    /// Light text on dark ground.
    pub dark: bool,
    /// The font's name and size, as Pango writes them.
    pub font: String,
    /// Lines that are kept above the visible ones.
    pub scrollback: u32,
}

/// A change of the letters' size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zoom {
    /// Larger.
    In,
    /// Smaller.
    Out,
    /// The system's.
    Normal,
}

/// A terminal, connected with a text console or not. Dropping it closes the
/// console.
#[derive(Debug)]
pub struct TextScreen {
    terminal: Terminal,
    sending: Rc<Sending>,
    connection: RefCell<Option<glib::JoinHandle<()>>>,
    /// Whether anything was shown.
    used: Rc<Cell<bool>>,
    /// Whether a console is connected.
    live: Rc<Cell<bool>>,
    /// Nothing is sent to the guest.
    view_only: Cell<bool>,
}

impl TextScreen {
    /// An empty terminal. `chord` gives the keyboard back to the window.
    #[must_use]
    pub fn new(look: &TextLook, chord: ReleaseChord) -> Self {
        let terminal = Terminal::builder()
            .allow_hyperlink(false)
            .audible_bell(false)
            .enable_sixel(false)
            .input_enabled(false)
            .pointer_autohide(true)
            .scroll_on_insert(false)
            .scroll_on_keystroke(true)
            .scroll_on_output(false)
            .enable_fallback_scrolling(false)
            .scroll_unit_is_pixels(true)
            .hexpand(true)
            .vexpand(true)
            .build();
        keys::watch(&terminal, chord);
        let sending = Rc::new(Sending::default());
        let send = Rc::clone(&sending);
        terminal.connect_commit(move |_, text, size| send.push(text, size));
        let screen = Self {
            terminal,
            sending,
            connection: RefCell::default(),
            used: Rc::default(),
            live: Rc::default(),
            view_only: Cell::default(),
        };
        screen.set_look(look);
        screen
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Widget {
        self.terminal.upcast_ref()
    }

    /// The name that assistive technology says.
    pub fn set_name(&self, name: &str) {
        self.terminal.update_property(&[gtk::accessible::Property::Label(name)]);
    }

    /// The menu of the right mouse button and the menu key.
    pub fn set_menu(&self, menu: &gio::Menu) {
        self.terminal.set_context_menu_model(Some(menu));
    }

    /// Changes how it looks.
    pub fn set_look(&self, look: &TextLook) {
        let colour = |value: u32| {
            let part = |shift: u32| {
                #[expect(clippy::cast_possible_truncation, reason = "one byte")]
                let byte = (value >> shift) as u8;
                f32::from(byte) / 255.0
            };
            gdk::RGBA::new(part(16), part(8), part(0), 1.0)
        };
        let (text, ground) =
            if look.dark { (0x00ff_ffff, 0x001d_1d20) } else { (0x001d_1d20, 0x00ff_ffff) };
        let palette = PALETTE.map(colour);
        let palette: Vec<&gdk::RGBA> = palette.iter().collect();
        self.terminal.set_colors(Some(&colour(text)), Some(&colour(ground)), &palette);
        self.terminal.set_font(Some(&pango::FontDescription::from_string(&look.font)));
        self.terminal.set_scrollback_lines(look.scrollback.into());
    }

    /// Shows what comes out of `console` and sends what is typed, until `ended`
    /// is called, on the main thread. `stuck` is told when the guest does not
    /// read what it is sent, so that nothing more is taken, and when it does.
    pub fn connect(
        &self,
        console: TextConsole,
        stuck: impl Fn(bool) + 'static,
        ended: impl FnOnce(TextConsoleEnd) + 'static,
    ) {
        self.disconnect();
        if self.used.get() {
            // A guest that died in a program of its whole screen left its modes.
            self.terminal.reset(true, false);
            // Below what was there.
            self.terminal.feed(b"\r\n");
        }
        self.terminal.set_input_enabled(!self.view_only.get());
        let (terminal, used) = (self.terminal.downgrade(), Rc::clone(&self.used));
        let (sending, live) = (Rc::clone(&self.sending), Rc::clone(&self.live));
        live.set(true);
        if !self.view_only.get() {
            sending.start();
        }
        let connection = glib::MainContext::default().spawn_local(async move {
            let end = tokio::select! {
                end = show(async |most| console.read(most).await, &terminal, &used) => end,
                end = sending.run(&console, stuck) => Some(end),
            };
            sending.stop();
            live.set(false);
            if let Some(terminal) = terminal.upgrade() {
                terminal.set_input_enabled(false);
            }
            if let Some(end) = end {
                ended(end);
            }
        });
        self.connection.replace(Some(connection));
    }

    /// Closes the console; what was shown stays. Nobody is told.
    pub fn disconnect(&self) {
        if let Some(connection) = self.connection.take() {
            connection.abort();
        }
        self.live.set(false);
        self.sending.stop();
        self.terminal.set_input_enabled(false);
    }

    /// Sends nothing to the guest from now on, not even the terminal's answers
    /// about itself. Or sends again.
    pub fn set_view_only(&self, view_only: bool) {
        self.view_only.set(view_only);
        let open = self.live.get();
        self.terminal.set_input_enabled(open && !view_only);
        if view_only {
            self.sending.hold();
        } else if open {
            self.sending.start();
        }
    }

    /// Whether there is something to see.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.used.get()
    }

    /// Copies what is selected.
    pub fn copy(&self) {
        if self.terminal.has_selection() {
            self.terminal.copy_clipboard_format(Format::Text);
        }
    }

    /// Types the clipboard's text.
    pub fn paste(&self) {
        if self.view_only.get() {
            return;
        }
        self.terminal.paste_clipboard();
    }

    /// Selects all text.
    pub fn select_all(&self) {
        self.terminal.select_all();
    }

    /// Forgets what was shown, but not how the guest has set the terminal up.
    pub fn clear(&self) {
        // Cursor home, screen, lines above.
        self.terminal.feed(b"\x1b[H\x1b[2J\x1b[3J");
    }

    /// Brings everything back to how it was at first.
    pub fn reset(&self) {
        self.terminal.reset(true, true);
    }

    /// Changes the letters' size.
    pub fn zoom(&self, zoom: Zoom) {
        let (least, most, step) = ZOOM;
        let now = self.terminal.font_scale();
        self.terminal.set_font_scale(match zoom {
            Zoom::In => (now * step).min(most),
            Zoom::Out => (now / step).max(least),
            Zoom::Normal => 1.0,
        });
    }

    /// What [`Self::find`] looks for: this very text, in any case.
    pub fn set_search(&self, text: &str) {
        let pattern = (!text.is_empty()).then(|| glib::Regex::escape_string(text));
        let regex = pattern.and_then(|pattern| Regex::for_search(&pattern, SEARCH).ok());
        self.terminal.search_set_regex(regex.as_ref(), 0);
        self.terminal.search_set_wrap_around(true);
        if regex.is_none() {
            self.terminal.unselect_all();
        }
    }

    /// Goes to the place above, or below; whether there is one.
    #[must_use]
    pub fn find(&self, above: bool) -> bool {
        if above { self.terminal.search_find_previous() } else { self.terminal.search_find_next() }
    }

    /// All text, with the lines above the visible ones, in UTF-8.
    #[must_use]
    pub fn contents(&self) -> Vec<u8> {
        let stream = gio::MemoryOutputStream::new_resizable();
        let done = self
            .terminal
            .write_contents_sync(&stream, WriteFlags::Default, gio::Cancellable::NONE)
            .and_then(|()| stream.close(gio::Cancellable::NONE));
        if let Err(error) = done {
            tracing::warn!("the terminal's text could not be read: {error}");
        }
        stream.steal_as_bytes().to_vec()
    }
}

impl Drop for TextScreen {
    fn drop(&mut self) {
        self.disconnect();
    }
}

/// Feeds the terminal until the end; nothing if the terminal is gone.
async fn show(
    read: impl AsyncFn(usize) -> Result<Vec<u8>, TextConsoleEnd>,
    terminal: &glib::WeakRef<Terminal>,
    used: &Cell<bool>,
) -> Option<TextConsoleEnd> {
    let mut pace = Pace::default();
    loop {
        match read(pace.slice()).await {
            Ok(bytes) => {
                terminal.upgrade()?.feed(&bytes);
                used.set(true);
            }
            Err(end) => return Some(end),
        }
        pace.breathe().await;
    }
}

/// The desktop's colours, dark and bright.
const PALETTE: [u32; 16] = [
    0x0024_1f31,
    0x00c0_1c28,
    0x002e_c27e,
    0x00f5_c211,
    0x001e_78e4,
    0x0098_41bb,
    0x000a_b9dc,
    0x00c0_bfbc,
    0x005e_5c64,
    0x00ed_333b,
    0x0057_e389,
    0x00f8_e45c,
    0x0051_a1ff,
    0x00c0_61cb,
    0x004f_d2fd,
    0x00f6_f5f4,
];
