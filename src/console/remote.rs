//! What the screen widget needs of a protocol, and what a protocol tells it.

use std::{collections::BTreeMap, pin::Pin, rc::Rc};

use super::{
    ConsoleError,
    extras::{Ask, Extras, FileStep, UsbFailure},
    frame::{Frame, PIXEL},
    helper::line::{Fields, Malformed, Writer},
};
use crate::model::{PictureQuality, Secret};

/// Which clipboard texts the server can carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClipboardSupport {
    /// Texts of every script go to the guest; otherwise only Latin-1.
    pub unicode: bool,
    /// The guest's texts arrive here as they are copied. Otherwise only those
    /// of a server that sends them in the classic way, which QEMU does not.
    pub from_guest: bool,
}

/// What a clipboard holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Text in UTF-8, with line ends of this system.
    Text,
    /// A picture, as a PNG file.
    Picture,
}

/// What a clipboard can be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) text: bool,
    pub(crate) picture: bool,
}

/// A pointer picture: blue, green, red and alpha, multiplied by alpha.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CursorImage {
    /// The pixel that points.
    pub(crate) hot: (u32, u32),
    /// Pixels across; 0 hides the pointer.
    pub(crate) width: u32,
    /// Pixels down; 0 hides the pointer.
    pub(crate) height: u32,
    /// The pixels, row after row.
    pub(crate) pixels: Vec<u8>,
}

/// The widest and highest pointer that is taken, in pixels.
pub(crate) const LARGEST_CURSOR: u32 = 512;

impl CursorImage {
    /// No pointer at all.
    pub(crate) fn hidden() -> Self {
        Self { hot: (0, 0), width: 0, height: 0, pixels: Vec::new() }
    }

    /// Of red, green, blue and an alpha that they are not multiplied by;
    /// nothing if it is mad.
    pub(crate) fn from_rgba(
        hot: (u32, u32),
        (width, height): (u32, u32),
        rgba: &[u8],
    ) -> Option<Self> {
        let expected = width as usize * height as usize * PIXEL;
        if width > LARGEST_CURSOR || height > LARGEST_CURSOR || rgba.len() != expected {
            return None;
        }
        let mut pixels = Vec::with_capacity(rgba.len());
        for pixel in rgba.chunks_exact(PIXEL) {
            let alpha = u16::from(pixel[3]);
            let times = |part: u8| u8::try_from(u16::from(part) * alpha / 255).unwrap_or(u8::MAX);
            pixels.extend_from_slice(&[
                times(pixel[2]),
                times(pixel[1]),
                times(pixel[0]),
                pixel[3],
            ]);
        }
        let edge = |hot: u32, size: u32| hot.min(size.saturating_sub(1));
        Some(Self { hot: (edge(hot.0, width), edge(hot.1, height)), width, height, pixels })
    }

    /// Appends the picture to a message.
    pub(crate) fn write<'a>(&self, writer: Writer<'a>) -> Writer<'a> {
        let writer = writer.u32(self.hot.0).u32(self.hot.1);
        writer.u32(self.width).u32(self.height).bytes(&self.pixels)
    }

    /// Reads the picture from a message.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let hot = (fields.u32()?, fields.u32()?);
        let (width, height, pixels) = (fields.u32()?, fields.u32()?, fields.bytes()?);
        let expected = u64::from(width) * u64::from(height) * PIXEL as u64;
        if pixels.len() as u64 != expected {
            return Err(Malformed);
        }
        Ok(Self { hot, width, height, pixels })
    }
}

/// Where a connection stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// On the way there.
    #[default]
    Connecting,
    /// The server wants a password.
    WantsPassword {
        /// It wants a user name too.
        user: bool,
    },
    /// The guest's screen is there.
    Open,
    /// Over; nothing where it was closed from this side.
    Over(Option<ConsoleError>),
}

/// What happened since the last look. Each part holds the latest value only,
/// so a server that floods cannot fill the memory.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Where the connection stands now, if that changed.
    pub(crate) phase: Option<Phase>,
    /// What happened on the guest's screens, by their numbers.
    pub(crate) pictures: BTreeMap<u32, PictureNews>,
    /// Which screens the guest has has changed.
    pub(crate) screens: bool,
    /// The guest takes absolute positions (or movements only).
    pub(crate) absolute: Option<bool>,
    /// Lock keys in the guest: bit 0 Scroll, 1 Num, 2 Caps.
    pub(crate) leds: Option<u8>,
    /// The guest's clipboard, from a server that sends it unasked.
    pub(crate) clipboard: Option<String>,
    /// What the guest's clipboard can be asked for.
    pub(crate) offer: Option<Contents>,
    /// What the guest asks for.
    pub(crate) asks: Option<Content>,
    /// What the guest's clipboard holds, as it was asked for.
    pub(crate) gave: Option<(Content, Vec<u8>)>,
    /// The server does not answer, or answers again.
    pub(crate) silent: Option<bool>,
    /// What the server or the guest can do has changed.
    pub(crate) abilities: bool,
    /// What is known of sound, files, folder and USB devices has changed.
    pub(crate) extras: bool,
    /// How sending files goes: the latest of each.
    pub(crate) files: Vec<(u32, FileStep)>,
    /// A USB device that the guest could not have, and why.
    pub(crate) usb_failed: Option<(String, UsbFailure)>,
}

/// What happened on one of the guest's screens.
#[derive(Debug, Default)]
pub(crate) struct PictureNews {
    /// It has another size.
    pub(crate) resized: bool,
    /// An update is complete: the next one can be asked for.
    pub(crate) updated: bool,
    /// Another pointer picture.
    pub(crate) cursor: Option<CursorImage>,
}

/// The guest's screens. A guest has the first one always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screens {
    /// The numbers of those that are there, from 0.
    pub there: Vec<u32>,
    /// The number of one that could be turned on besides.
    pub more: Option<u32>,
    /// Whether all of them are parts of one picture, as on a QXL card.
    pub shared: bool,
}

impl News {
    /// What happened on the screen of this number.
    pub(crate) fn picture(&mut self, number: u32) -> &mut PictureNews {
        self.pictures.entry(number).or_default()
    }

    /// How sending the file of this number goes.
    pub(crate) fn file(&mut self, id: u32, step: FileStep) {
        match self.files.iter_mut().find(|(other, _)| *other == id) {
            Some((_, last)) => *last = step,
            None => self.files.push((id, step)),
        }
    }
}

/// A connected guest, as the screen widget uses it. No call waits, and none
/// does anything once the connection is over.
pub(crate) trait Remote: std::fmt::Debug {
    /// Waits until there is something to look at.
    fn news_later(&self) -> Pin<Box<dyn Future<Output = ()>>>;
    /// What happened since the last call.
    fn take_news(&self) -> News;
    /// Answers a server that wants a password, or a user name too.
    fn give_credentials(&self, user: String, password: Secret);
    /// Which clipboard texts the server can carry, as far as it has shown.
    fn clipboard_support(&self) -> ClipboardSupport;
    /// Whether the guest can be asked for another screen size, as far as the
    /// server has not refused.
    fn can_resize(&self) -> bool;
    /// Puts a text into the guest's clipboard, of a server that takes it
    /// unasked.
    fn send_clipboard(&self, _text: &str) {}
    /// Says what the guest may ask for; nothing for no longer.
    fn offer_clipboard(&self, _contents: Contents) {}
    /// Asks for what the guest's clipboard has.
    fn fetch_clipboard(&self, _content: Content) {}
    /// Answers the guest's question.
    fn give_clipboard(&self, _content: Content, _bytes: Vec<u8>) {}
    /// What is known of sound, files, folder and USB devices.
    fn extras(&self) -> Extras {
        Extras::default()
    }
    /// Asks for something about them.
    fn ask(&self, _ask: Ask) {}
    /// The guest's screens, of a server that can show more than one.
    fn screens(&self) -> Option<Screens> {
        None
    }
    /// Another of the guest's screens, shown from now on in a window of this
    /// size, until it is dropped.
    fn screen(&self, _number: u32, _size: (u32, u32)) -> Option<Rc<dyn Remote>> {
        None
    }
    /// Has the server send its pictures like this, as far as that is for this
    /// side to say.
    fn set_quality(&self, quality: PictureQuality);
    /// Ends the connection.
    fn close(&self);
    /// Ends the connection, whose pictures cannot be shown here.
    fn cannot_show(&self, _why: String) {
        self.close();
    }
    /// A key by the kernel's code and X's keysym.
    fn key(&self, down: bool, code: u32, keysym: u32);
    /// The pointer's position and its buttons ([`super::input::button_bit`]).
    fn pointer(&self, mask: u16, x: u32, y: u32);
    /// A movement of the pointer and its buttons.
    fn pointer_moved(&self, mask: u16, dx: i32, dy: i32);
    /// Asks for what changes from now on.
    fn request_update(&self);
    /// Asks the guest to take another screen size, in pixels.
    fn request_size(&self, width: u32, height: u32);
    /// Gives access to the screen's pixels, for a short moment.
    fn with_frame(&self, use_it: &mut dyn FnMut(&mut Frame));
}
