//! What the program and the decoder's process say to each other.
//!
//! A message is its length (4 bytes), its kind (1 byte) and its fields, all
//! little-endian. Both ends are the same program, so there are no versions;
//! but the decoder reads what a stranger's server sends, so its messages are
//! read as if a stranger had written them.

use std::{
    io::{self, Read},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::{console::remote::CursorImage, model::Secret};

/// The longest message, in bytes: a pointer picture of 512 × 512 is 1 MiB.
const LONGEST: usize = (1 << 20) + 1024;

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
}

/// From the decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Report {
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
    /// It is over.
    Failed { why: Why, text: String },
}

/// Why the decoder gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The password was wrong, or the user name.
    Authentication,
    /// The server offers no kind of authentication that is known.
    Security,
    /// The screen is too large.
    TooLarge,
    /// The server took too long.
    TimedOut,
    /// The server stopped within a message.
    Stalled,
    /// The server closed the line.
    Closed,
    /// The protocol was broken, in the library's words.
    Protocol,
}

const WHYS: [Why; 7] = [
    Why::Authentication,
    Why::Security,
    Why::TooLarge,
    Why::TimedOut,
    Why::Stalled,
    Why::Closed,
    Why::Protocol,
];

/// The message cannot be what the other side of this program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Writer<'a> {
    fn new(out: &'a mut Vec<u8>, kind: u8) -> Self {
        let start = out.len();
        out.extend_from_slice(&[0, 0, 0, 0, kind]);
        Self { out, start }
    }

    fn u8(self, value: u8) -> Self {
        self.out.push(value);
        self
    }

    fn u32(self, value: u32) -> Self {
        self.out.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn bytes(self, value: &[u8]) -> Self {
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        let this = self.u32(length);
        this.out.extend_from_slice(value);
        this
    }

    fn end(self) {
        let length = u32::try_from(self.out.len() - self.start - 4).unwrap_or(u32::MAX);
        self.out[self.start..self.start + 4].copy_from_slice(&length.to_le_bytes());
    }
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn u8(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    fn bool(&mut self) -> Result<bool, Malformed> {
        Ok(self.u8()? != 0)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        let (first, rest) = self.0.split_first_chunk::<4>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*first))
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        u16::try_from(self.u32()?).map_err(|_| Malformed)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, Malformed> {
        let length = self.u32()? as usize;
        let (first, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(first.to_vec())
    }

    fn text(&mut self) -> Result<String, Malformed> {
        String::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }
}

impl Order {
    /// Appends the message's bytes.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Key { down, keysym, qnum } => {
                Writer::new(out, 0).u8(u8::from(*down)).u32(*keysym).u32(*qnum).end();
            }
            Self::Pointer { mask, x, y } => {
                Writer::new(out, 1).u8(*mask).u32((*x).into()).u32((*y).into()).end();
            }
            Self::Update => Writer::new(out, 2).end(),
            Self::Size { width, height } => Writer::new(out, 3).u32(*width).u32(*height).end(),
            Self::Credentials { user, password } => {
                let password = password.expose().as_bytes();
                Writer::new(out, 4).bytes(user.as_bytes()).bytes(password).end();
            }
            Self::CutText(text) => Writer::new(out, 5).bytes(text).end(),
        }
    }

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
            _ => return Err(Malformed),
        })
    }
}

impl Report {
    /// Appends the message's bytes.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::WantsCredentials { user } => Writer::new(out, 0).u8(u8::from(*user)).end(),
            Self::Open => Writer::new(out, 1).end(),
            Self::Size { width, height } => Writer::new(out, 2).u32(*width).u32(*height).end(),
            Self::Damage { x, y, width, height } => {
                Writer::new(out, 3).u32(*x).u32(*y).u32(*width).u32(*height).end();
            }
            Self::Cursor(image) => {
                let writer = Writer::new(out, 4).u32(image.hot.0).u32(image.hot.1);
                writer.u32(image.width).u32(image.height).bytes(&image.pixels).end();
            }
            Self::Absolute(absolute) => Writer::new(out, 5).u8(u8::from(*absolute)).end(),
            Self::Leds(leds) => Writer::new(out, 6).u8(*leds).end(),
            Self::CutText(text) => Writer::new(out, 7).bytes(text).end(),
            Self::NoResize => Writer::new(out, 8).end(),
            Self::Failed { why, text } => {
                let number = WHYS.iter().position(|one| one == why).unwrap_or_default();
                let number = u8::try_from(number).unwrap_or_default();
                Writer::new(out, 9).u8(number).bytes(text.as_bytes()).end();
            }
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
            4 => {
                let hot = (fields.u32()?, fields.u32()?);
                let (width, height, pixels) = (fields.u32()?, fields.u32()?, fields.bytes()?);
                let expected = u64::from(width) * u64::from(height) * 4;
                if pixels.len() as u64 != expected {
                    return Err(Malformed);
                }
                Self::Cursor(CursorImage { hot, width, height, pixels })
            }
            5 => Self::Absolute(fields.bool()?),
            6 => Self::Leds(fields.u8()?),
            7 => Self::CutText(fields.bytes()?),
            8 => Self::NoResize,
            9 => {
                let why = WHYS.get(usize::from(fields.u8()?)).ok_or(Malformed)?;
                let text = String::from_utf8_lossy(&fields.bytes()?).into_owned();
                Self::Failed { why: *why, text }
            }
            _ => return Err(Malformed),
        })
    }
}

/// Waits for a message and reads it, without its length. Nothing at the end.
pub(super) fn read_message(stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message)?;
    Ok(Some(message))
}

/// More orders than this wait only if the decoder does not read.
const MOST_WAITING: usize = 4096;

/// Where relative movements are counted from; a real position never gets near.
pub(super) const RELATIVE_ORIGIN: u16 = 0x7fff;

fn is_relative(x: u16, y: u16) -> bool {
    // No screen is wider than 8192 here.
    x > 16384 || y > 16384
}

/// Orders on their way to the decoder.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    ready: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    orders: Vec<Order>,
    closed: bool,
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an order; never waits. A pointer that only moved replaces its
    /// last position, and a decoder that reads nothing loses input instead of
    /// filling the memory.
    pub(super) fn send(&self, order: Order) {
        let mut waiting = self.lock();
        if waiting.closed || waiting.orders.len() >= MOST_WAITING {
            return;
        }
        match (waiting.orders.last_mut(), &order) {
            (Some(Order::Pointer { mask, x, y }), Order::Pointer { mask: new, x: nx, y: ny })
                if mask == new && !is_relative(*x, *y) && !is_relative(*nx, *ny) =>
            {
                (*x, *y) = (*nx, *ny);
            }
            (Some(Order::Update), Order::Update) => {}
            _ => waiting.orders.push(order),
        }
        drop(waiting);
        self.ready.notify_one();
    }

    /// Waits for orders; nothing once the outbox is closed.
    pub(super) fn take(&self) -> Option<Vec<Order>> {
        let mut waiting = self.lock();
        while waiting.orders.is_empty() && !waiting.closed {
            waiting = self.ready.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.closed { None } else { Some(std::mem::take(&mut waiting.orders)) }
    }

    /// Ends the writer.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_all();
    }
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
