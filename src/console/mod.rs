//! Layer 3: a guest's screen as a GTK widget.
//!
//! `vnc` and `spice` speak to the server and keep the screen's pixels, each
//! with a `helper` process; [`Screen`] draws them and passes the user's input on; [`Console`] puts the
//! two together. [`TextScreen`] is a text console.

mod chord;
mod clipboard;
mod error;
mod extras;
mod frame;
mod geometry;
mod helper;
mod input;
mod keymap;
mod remote;
mod scanout;
mod screen;
mod spice;
#[cfg(test)]
mod testing;
mod text;
mod trust;
mod typing;
mod views;
mod vnc;

pub use chord::{Chord, ChordError};
pub use clipboard::Sharing;
pub use error::ConsoleError;
pub use extras::{
    Ask, CardReader, Cards, Extras, FileProblem, FileStep, Folder, Obstacle, Sound, Usb, UsbDevice,
    UsbFailure, UsbProblem,
};
pub use geometry::Scaling;
pub use helper::set_helper_program;
pub use input::ReleaseChord;
pub use keymap::GuestKey;
pub use remote::{ClipboardSupport, Screens};
pub use screen::Screen;
pub use text::{TextLook, TextScreen, Zoom};
pub use trust::{accept_weaker, trust_server};
pub use typing::{Layout, typed};

use std::{cell::RefCell, process::ExitCode, rc::Rc, time::Duration};

use gtk::{gdk, gio, glib, prelude::*};
use relm4::gtk;

use self::{
    clipboard::Clipboards,
    remote::{Phase, Remote},
    spice::Spice,
    views::Views,
    vnc::Vnc,
};
use crate::{
    backend::ConsoleEndpoint,
    model::{PictureQuality, Secret},
};

/// How a console is to be.
#[derive(Clone, Debug, Default)]
pub struct ConsoleOptions {
    /// Whether the server runs on this computer, so that packing the pixels
    /// would cost more than sending them.
    pub local: bool,
    /// How the guest's screen fits the widget.
    pub scaling: Scaling,
    /// The keys that give the keyboard back.
    pub chord: ReleaseChord,
    /// When the guest's clipboard and the user's are one.
    pub sharing: Sharing,
}

/// What happens to a console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleEvent {
    /// The guest's screen is there.
    Connected,
    /// The server wants a password: answer with [`Console::give_credentials`].
    NeedPassword {
        /// It wants a user name too.
        user: bool,
    },
    /// One of the guest's screens has another size, in pixels.
    Resized {
        /// Which one, from 0.
        screen: u32,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Whether the guest takes positions of the pointer. Otherwise it takes
    /// movements only, and the pointer has to be grabbed.
    AbsolutePointer(bool),
    /// Whether the guest has the keyboard; [`Screen::has_pointer`] says whether it
    /// has the pointer too.
    Grabbed(bool),
    /// The desktop keeps its own shortcuts, though it was asked to leave them to
    /// the guest. Told once.
    ShortcutsKept,
    /// Whether the guest's clipboard has something to copy.
    GuestClipboard(bool),
    /// It was copied, as [`Console::copy_clipboard`] asked for.
    ClipboardCopied,
    /// Whether a SPICE server has stopped to answer what the user does.
    Silent(bool),
    /// What the server or the guest can do has changed.
    Abilities,
    /// Which screens the guest has has changed.
    Screens,
    /// What is known of sound, files, folder and USB devices has changed.
    Extras,
    /// How sending the file of this number goes.
    File(u32, FileStep),
    /// The guest could not have a USB device: its name, and why.
    UsbFailed(String, UsbFailure),
    /// The server ended an open connection: the guest is off, most likely.
    Closed,
    /// The connection could not be opened, or broke. No event follows.
    Failed(ConsoleError),
}

/// Whether a pointer can be held in the widget on the user's desktop: of a
/// guest that takes movements only it leaves at the edge otherwise.
#[must_use]
pub fn can_hold_pointer() -> bool {
    gdk::Display::default().is_some_and(|display| display.is::<gdk4_x11::X11Display>())
}

/// Is a console's helper, if the program was called as one. To be asked first
/// in `main`, before anything else is set up.
#[must_use]
pub fn helper_main_if_called() -> Option<ExitCode> {
    vnc::decoder::main_if_called().or_else(spice::client::main_if_called)
}

type Tell = Rc<dyn Fn(ConsoleEvent)>;

/// A connection to a guest's screen, with its widget. Dropping it closes it.
#[derive(Debug)]
pub struct Console {
    screen: Screen,
    /// All screens that are shown, the first one included.
    views: Rc<Views>,
    remote: Rc<dyn Remote>,
    clipboards: Rc<Clipboards>,
    watch: glib::JoinHandle<()>,
    /// A text on its way as keys.
    typing: RefCell<Option<glib::JoinHandle<()>>>,
}

impl Console {
    /// Starts connecting to `endpoint`. `tell` is called on the main thread.
    pub fn open(
        endpoint: ConsoleEndpoint,
        options: ConsoleOptions,
        tell: impl Fn(ConsoleEvent) + 'static,
    ) -> Self {
        let tell: Tell = Rc::new(tell);
        let remote: Rc<dyn Remote> = match endpoint {
            ConsoleEndpoint::Vnc { line, password } => {
                Rc::new(Vnc::open(line, password, options.local))
            }
            ConsoleEndpoint::Spice { lines, password } => Rc::new(Spice::open(lines, password)),
        };
        let views = Rc::new(Views::new(options.chord));
        let screen = views.add(0, Rc::clone(&remote), options.scaling);
        let clipboards = Rc::new(Clipboards::new(
            Rc::clone(&remote),
            &gtk::prelude::WidgetExt::display(&screen).clipboard(),
            options.sharing,
            Rc::clone(&tell),
        ));
        let (told, focus) = (Rc::clone(&tell), Rc::downgrade(&clipboards));
        screen.on_grab(move |grabbed| {
            if let Some(clipboards) = focus.upgrade() {
                clipboards.focus(grabbed);
            }
            told(ConsoleEvent::Grabbed(grabbed));
        });
        let told = Rc::clone(&tell);
        screen.on_shortcuts_kept(move || told(ConsoleEvent::ShortcutsKept));
        let watch = glib::MainContext::default().spawn_local(watch(
            Rc::clone(&remote),
            Rc::clone(&views),
            Rc::clone(&clipboards),
            tell,
        ));
        Self { screen, views, remote, clipboards, watch, typing: RefCell::default() }
    }

    /// The widget.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Answers [`ConsoleEvent::NeedPassword`].
    pub fn give_credentials(&self, user: String, password: Secret) {
        self.remote.give_credentials(user, password);
    }

    /// Presses `keys` in their order in the guest, and lets go.
    pub fn send_keys(&self, keys: &[GuestKey]) {
        self.screen.send_keys(keys);
    }

    /// Types `keys` ([`typed`]) at a pace that a guest can follow. Calls `done`
    /// at the end; not if it is stopped.
    pub fn type_keys(&self, keys: Vec<Vec<GuestKey>>, done: impl FnOnce() + 'static) {
        self.stop_typing();
        let screen = self.screen.downgrade();
        let typing = glib::MainContext::default().spawn_local(async move {
            if let Some(screen) = screen.upgrade() {
                screen.lock_no_capitals();
            }
            for combination in keys {
                glib::timeout_future(STROKE).await;
                let Some(screen) = screen.upgrade() else { return };
                screen.send_keys(&combination);
            }
            done();
        });
        self.typing.replace(Some(typing));
    }

    /// Types no further.
    pub fn stop_typing(&self) {
        if let Some(typing) = self.typing.take() {
            typing.abort();
        }
    }

    /// Sends nothing to the guest from now on: no keys, no pointer, no size and
    /// no clipboard. Or sends them again.
    pub fn set_view_only(&self, view_only: bool) {
        if view_only {
            self.stop_typing();
        }
        self.views.set_view_only(view_only);
        self.clipboards.mute(view_only);
    }

    /// Changes when the guest's clipboard and the user's are one.
    pub fn set_sharing(&self, sharing: Sharing) {
        self.clipboards.set_sharing(sharing);
    }

    /// Has the server send its pictures like this: over VNC exact ones, or ones
    /// that only look alike; over SPICE plain ones, or packed ones, which are
    /// exact as far as the server wants them to be.
    pub fn set_quality(&self, quality: PictureQuality) {
        self.remote.set_quality(quality);
    }

    /// Which clipboard texts can go to and fro.
    #[must_use]
    pub fn clipboard_support(&self) -> ClipboardSupport {
        self.remote.clipboard_support()
    }

    /// Gives a text to the guest's clipboard, whatever is shared.
    pub fn send_clipboard(&self, text: &str) {
        self.clipboards.give(text);
    }

    /// As [`Self::send_clipboard`], for when the text is read some time later.
    pub fn clipboard_sender(&self) -> impl Fn(&str) + 'static {
        let clipboards = Rc::clone(&self.clipboards);
        move |text| clipboards.give(text)
    }

    /// Makes what the guest's clipboard has the user's, whatever is shared;
    /// [`ConsoleEvent::ClipboardCopied`] follows.
    pub fn copy_clipboard(&self) {
        self.clipboards.copy();
    }

    /// What is known of sound, files, folder and USB devices.
    #[must_use]
    pub fn extras(&self) -> Extras {
        self.remote.extras()
    }

    /// Asks for something about them.
    pub fn ask(&self, ask: Ask) {
        self.remote.ask(ask);
    }

    /// The guest's screens, of a server that can show more than one.
    #[must_use]
    pub fn screens(&self) -> Option<Screens> {
        self.remote.screens()
    }

    /// Shows another of the guest's screens, in a widget of its own, until
    /// [`Self::hide_screen`]. Where the guest can, it turns the screen on, in
    /// this size. `told` hears whether the screen has keyboard and pointer.
    pub fn show_screen(
        &self,
        number: u32,
        size: (u32, u32),
        scaling: Scaling,
        told: impl Fn(bool) + 'static,
    ) -> Option<Screen> {
        let screen = self.views.add(number, self.remote.screen(number, size)?, scaling);
        let focus = Rc::downgrade(&self.clipboards);
        screen.on_grab(move |grabbed| {
            if let Some(clipboards) = focus.upgrade() {
                clipboards.focus(grabbed);
            }
            told(grabbed);
        });
        Some(screen)
    }

    /// Shows it no longer; the guest may turn it off.
    pub fn hide_screen(&self, number: u32) {
        self.views.remove(number);
    }

    /// Whether the guest's screen can take another size.
    #[must_use]
    pub fn can_resize(&self) -> bool {
        self.remote.can_resize()
    }

    /// The guest's screen as it is; nothing before there is one.
    #[must_use]
    pub fn picture(&self) -> Option<gdk::Texture> {
        self.screen.picture()
    }

    /// The guest's screen as a PNG file's bytes, packed on another thread.
    pub async fn screenshot(&self) -> Option<Vec<u8>> {
        let picture = self.picture()?;
        gio::spawn_blocking(move || picture.save_to_png_bytes().to_vec()).await.ok()
    }

    /// Ends the connection at once. No event follows.
    pub fn close(&self) {
        self.watch.abort();
        self.stop_typing();
        self.clipboards.close();
        self.views.each(Screen::release);
        // First: a screen that goes before would be turned off in the guest.
        self.remote.close();
        self.views.detach();
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.close();
    }
}

/// Between two keys that are typed: a guest's keyboard has room for few.
const STROKE: Duration = Duration::from_millis(20);

/// The least time between two looks at the news. At idle priority a slow
/// animation elsewhere in the window would keep the news waiting for ever; at
/// the default one a flood of news would keep the window from drawing.
const BREATH: Duration = Duration::from_millis(4);

/// Passes the news on until the connection is over.
async fn watch(remote: Rc<dyn Remote>, views: Rc<Views>, clipboards: Rc<Clipboards>, tell: Tell) {
    let mut open = false;
    loop {
        remote.news_later().await;
        let news = remote.take_news();
        match news.phase {
            Some(Phase::Open) => {
                open = true;
                views.each(Screen::connected);
                tell(ConsoleEvent::Connected);
            }
            Some(Phase::WantsPassword { user }) => tell(ConsoleEvent::NeedPassword { user }),
            Some(Phase::Over(error)) => {
                views.each(Screen::release);
                match error {
                    Some(ConsoleError::Closed) if open => tell(ConsoleEvent::Closed),
                    Some(error) => tell(ConsoleEvent::Failed(error)),
                    None => {}
                }
                return;
            }
            Some(Phase::Connecting) | None => {}
        }
        for (number, told) in news.pictures {
            if let Some((width, height)) = views.changed(number, &told) {
                tell(ConsoleEvent::Resized { screen: number, width, height });
            }
        }
        if news.screens {
            tell(ConsoleEvent::Screens);
        }
        if let Some(absolute) = news.absolute {
            views.set_absolute(absolute);
            tell(ConsoleEvent::AbsolutePointer(absolute));
        }
        if let Some(leds) = news.leds {
            views.set_leds(leds);
        }
        if let Some(silent) = news.silent {
            tell(ConsoleEvent::Silent(silent));
        }
        if news.abilities {
            views.each(Screen::abilities_changed);
            tell(ConsoleEvent::Abilities);
        }
        if news.extras {
            tell(ConsoleEvent::Extras);
        }
        for (id, step) in news.files {
            tell(ConsoleEvent::File(id, step));
        }
        if let Some((name, why)) = news.usb_failed {
            tell(ConsoleEvent::UsbFailed(name, why));
        }
        if let Some(text) = news.clipboard {
            clipboards.guest_sent(text);
        }
        if let Some(contents) = news.offer {
            clipboards.guest_has(contents);
        }
        if let Some(content) = news.asks {
            clipboards.guest_asks(content);
        }
        if let Some((content, bytes)) = news.gave {
            clipboards.guest_gave(content, bytes);
        }
        glib::timeout_future(BREATH).await;
    }
}
