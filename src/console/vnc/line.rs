//! What the program and the decoder's process say to each other.

use crate::{
    console::{
        extras::Sound,
        helper::{
            self, Link, Why,
            line::{Fields, Malformed, Writer},
        },
        remote::CursorImage,
    },
    model::{PictureQuality, Secret},
};

/// The longest message, in bytes: a pointer picture of 512 × 512 is 1 MiB.
pub(super) const LONGEST: usize = (1 << 20) + 1024;

/// The longest clipboard text that travels, in bytes.
pub(super) const LONGEST_TEXT: usize = 1 << 20;

/// To the decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// A key by X's keysym and QEMU's number (0 where it has none).
    Key { down: bool, keysym: u32, qnum: u32 },
    /// The pointer's position and buttons.
    Pointer { mask: u8, x: u16, y: u16 },
    /// Send what changed since the last update.
    Update,
    /// Ask the guest for another screen size.
    Size { width: u32, height: u32 },
    /// The user's answer to [`Report::WantsCredentials`].
    Credentials { user: String, password: Secret },
    /// A text for the guest's clipboard, in Latin-1.
    CutText(Vec<u8>),
    /// Take the pictures like this from now on.
    Quality(PictureQuality),
    /// Play no sound, or play it again.
    Mute(bool),
}

/// From the decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// How the way to the server is protected.
    Link(Link),
    /// The server wants a password, and perhaps a user name.
    WantsCredentials { user: bool },
    /// The handshake is done.
    Open,
    /// The screen's size, also at first.
    Size { width: u32, height: u32 },
    /// Pixels changed.
    Damage { x: u32, y: u32, width: u32, height: u32 },
    /// Another pointer picture.
    Cursor(CursorImage),
    /// Whether the guest takes positions.
    Absolute(bool),
    /// The guest's lock keys.
    Leds(u8),
    /// The guest's clipboard, in Latin-1 or whatever the server took for it.
    CutText(Vec<u8>),
    /// The server cannot change the screen's size.
    NoResize,
    /// What becomes of the guest's sound.
    Sound(Sound),
    /// The server does not answer, or answers again.
    Silent(bool),
    /// It is over.
    Failed { why: Why, text: String },
}

impl helper::Order for Order {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Key { down, keysym, qnum } => {
                Writer::new(out, 0).bool(*down).u32(*keysym).u32(*qnum).end();
            }
            Self::Pointer { mask, x, y } => {
                Writer::new(out, 1).u8(*mask).u32((*x).into()).u32((*y).into()).end();
            }
            Self::Update => Writer::new(out, 2).end(),
            Self::Size { width, height } => Writer::new(out, 3).u32(*width).u32(*height).end(),
            Self::Credentials { user, password } => {
                Writer::new(out, 4).text(user).text(password.expose()).end();
            }
            Self::CutText(text) => Writer::new(out, 5).bytes(text).end(),
            Self::Quality(quality) => Writer::new(out, 6).text(quality.name()).end(),
            Self::Mute(mute) => Writer::new(out, 7).bool(*mute).end(),
        }
    }

    /// A pointer that only moved replaces its last position.
    fn absorb(&mut self, next: &Self) -> bool {
        match (self, next) {
            (Self::Pointer { mask, x, y }, Self::Pointer { mask: new, x: nx, y: ny })
                if mask == new && !is_relative(*x, *y) && !is_relative(*nx, *ny) =>
            {
                (*x, *y) = (*nx, *ny);
                true
            }
            (Self::Update, Self::Update) => true,
            _ => false,
        }
    }
}

impl Order {
    /// Reads a message without its length.
    pub(super) fn decode(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields(message);
        Ok(match fields.u8()? {
            0 => Self::Key { down: fields.bool()?, keysym: fields.u32()?, qnum: fields.u32()? },
            1 => Self::Pointer { mask: fields.u8()?, x: fields.u16()?, y: fields.u16()? },
            2 => Self::Update,
            3 => Self::Size { width: fields.u32()?, height: fields.u32()? },
            4 => Self::Credentials { user: fields.text()?, password: Secret::new(fields.text()?) },
            5 => Self::CutText(fields.bytes()?),
            6 => Self::Quality(PictureQuality::of_name(&fields.text()?)),
            7 => Self::Mute(fields.bool()?),
            _ => return Err(Malformed),
        })
    }
}

impl Report {
    /// Appends the message's bytes.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::WantsCredentials { user } => Writer::new(out, 0).bool(*user).end(),
            Self::Open => Writer::new(out, 1).end(),
            Self::Size { width, height } => Writer::new(out, 2).u32(*width).u32(*height).end(),
            Self::Damage { x, y, width, height } => {
                Writer::new(out, 3).u32(*x).u32(*y).u32(*width).u32(*height).end();
            }
            Self::Cursor(image) => image.write(Writer::new(out, 4)).end(),
            Self::Absolute(absolute) => Writer::new(out, 5).bool(*absolute).end(),
            Self::Leds(leds) => Writer::new(out, 6).u8(*leds).end(),
            Self::CutText(text) => Writer::new(out, 7).bytes(text).end(),
            Self::NoResize => Writer::new(out, 8).end(),
            Self::Failed { why, text } => why.write(Writer::new(out, 9)).text(text).end(),
            Self::Link(link) => link.write(Writer::new(out, 10)).end(),
            Self::Sound(sound) => sound.write(Writer::new(out, 11)).end(),
            Self::Silent(silent) => Writer::new(out, 12).bool(*silent).end(),
        }
    }

    /// Reads a message without its length.
    pub(super) fn decode(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields(message);
        Ok(match fields.u8()? {
            0 => Self::WantsCredentials { user: fields.bool()? },
            1 => Self::Open,
            2 => Self::Size { width: fields.u32()?, height: fields.u32()? },
            3 => Self::Damage {
                x: fields.u32()?,
                y: fields.u32()?,
                width: fields.u32()?,
                height: fields.u32()?,
            },
            4 => Self::Cursor(CursorImage::read(&mut fields)?),
            5 => Self::Absolute(fields.bool()?),
            6 => Self::Leds(fields.u8()?),
            7 => Self::CutText(fields.bytes()?),
            8 => Self::NoResize,
            9 => {
                let why = Why::read(&mut fields)?;
                let text = String::from_utf8_lossy(&fields.bytes()?).into_owned();
                Self::Failed { why, text }
            }
            10 => Self::Link(Link::read(&mut fields)?),
            11 => Self::Sound(Sound::read(&mut fields)?),
            12 => Self::Silent(fields.bool()?),
            _ => return Err(Malformed),
        })
    }
}

/// Where relative movements are counted from; a real position never gets near.
pub(super) const RELATIVE_ORIGIN: u16 = 0x7fff;

fn is_relative(x: u16, y: u16) -> bool {
    // No screen is wider than 8192 here.
    x > 16384 || y > 16384
}

/// A text of the classic clipboard, which is Latin-1 by the book and often
/// UTF-8 in fact.
pub(super) fn from_latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_end_matches('\0').to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// A text for the classic clipboard; what Latin-1 lacks becomes a question mark.
pub(super) fn to_latin1(text: &str) -> Vec<u8> {
    let byte = |char: char| u8::try_from(u32::from(char)).unwrap_or(b'?');
    text.chars().take(LONGEST_TEXT).map(byte).collect()
}

#[cfg(test)]
mod tests;
