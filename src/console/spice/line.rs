//! What the program and the SPICE client's process say to each other.

mod extras;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

pub(super) use extras::Extra;

use crate::{
    console::{
        extras::Ask,
        frame::Rect,
        helper::{
            self, Link, Why,
            line::{Fields, Malformed, Writer},
        },
        remote::{Content, Contents, CursorImage, Screens},
        scanout::Layout,
    },
    model::{PictureQuality, Secret},
};

/// The longest message, in bytes: a text of the clipboard.
pub(super) const LONGEST: usize = LONGEST_CONTENT + 1024;

/// The longest content of a clipboard that travels, in bytes.
pub(super) const LONGEST_CONTENT: usize = 16 << 20;

/// A channel of SPICE: its type and its number.
pub(super) type Channel = (u32, u32);

/// The most screens of a guest: the library's own limit.
pub(super) const MOST_SCREENS: u32 = 16;

/// Stands for no screen.
const NONE: u32 = u32::MAX;

fn content(content: Content) -> u8 {
    match content {
        Content::Text => 0,
        Content::Picture => 1,
    }
}

fn read_content(fields: &mut Fields<'_>) -> Result<Content, Malformed> {
    match fields.u8()? {
        0 => Ok(Content::Text),
        1 => Ok(Content::Picture),
        _ => Err(Malformed),
    }
}

fn contents(contents: Contents, writer: Writer<'_>) -> Writer<'_> {
    writer.bool(contents.text).bool(contents.picture)
}

fn read_contents(fields: &mut Fields<'_>) -> Result<Contents, Malformed> {
    Ok(Contents { text: fields.bool()?, picture: fields.bool()? })
}

/// To the client.
#[derive(Debug)]
pub(super) enum Order {
    /// Connect, anew if need be, with this user name and password.
    Connect { user: String, password: Option<Secret> },
    /// The connection that [`Report::WantsLine`] asked for.
    Line { channel: Channel, fd: OwnedFd },
    /// There is none.
    NoLine { channel: Channel, text: String },
    /// A key by its XT scan code, the extended ones from 0x100 on.
    Key { down: bool, code: u32 },
    /// The pointer's position on a screen, and its buttons.
    Pointer { screen: u32, mask: u16, x: u32, y: u32 },
    /// A movement of the pointer, and its buttons.
    Moved { mask: u16, dx: i32, dy: i32 },
    /// Send what changed on a screen since the last update.
    Update { screen: u32 },
    /// Ask the guest for another size of a screen.
    Size { screen: u32, width: u32, height: u32 },
    /// Draw another of the guest's screens into this memory. Where the guest
    /// can, it turns the screen on, in this size.
    Show { screen: u32, width: u32, height: u32, memory: OwnedFd },
    /// Draw it no longer; the guest may turn it off.
    Hide { screen: u32 },
    /// The guest may ask for what the user's clipboard has; nothing for no
    /// longer.
    Offer(Contents),
    /// Ask for what the guest's clipboard has.
    Fetch(Content),
    /// What the guest has asked for.
    Give { content: Content, bytes: Vec<u8> },
    /// Something about sound, files, a folder or USB devices.
    Ask(Ask),
    /// Have the pictures packed like this from now on.
    Quality(PictureQuality),
}

/// From the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// How the way to the server is protected.
    Link(Link),
    /// A channel wants its connection.
    WantsLine { channel: Channel },
    /// The server wants a password, and perhaps a user name.
    WantsCredentials { user: bool },
    /// The guest's screen is there.
    Open,
    /// The guest's screens, and the number of one that it could have besides.
    Screens(Screens),
    /// A screen's size, also at first.
    Size { screen: u32, width: u32, height: u32 },
    /// A screen of the size told before is in a graphics card's memory, which comes along.
    Scanout { screen: u32, layout: Layout },
    /// Pixels of a screen changed.
    Damage { screen: u32, area: Rect },
    /// An update of a screen is complete.
    Updated { screen: u32 },
    /// Another pointer picture on a screen.
    Cursor { screen: u32, image: CursorImage },
    /// Whether the guest takes positions.
    Absolute(bool),
    /// The guest's lock keys.
    Leds(u8),
    /// What the guest's agent does, if there is one.
    Agent(Agent),
    /// What the guest's clipboard can be asked for; nothing for no longer.
    Offer(Contents),
    /// The guest asks for what the user's clipboard has.
    Fetch(Content),
    /// What the guest's clipboard has.
    Give { content: Content, bytes: Vec<u8> },
    /// Something about sound, files, a folder or USB devices.
    Extra(Extra),
    /// The server does not answer, or answers again.
    Silent(bool),
    /// It is over.
    Failed { why: Why, text: String },
}

/// The guest's agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agent {
    /// It runs.
    pub(super) connected: bool,
    /// It shares the clipboard.
    pub(super) clipboard: bool,
    /// It sets the screen's size.
    pub(super) size: bool,
}

impl helper::Order for Order {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Connect { user, password } => {
                let writer = Writer::new(out, 0).text(user).bool(password.is_some());
                writer.text(password.as_ref().map_or("", Secret::expose)).end();
            }
            Self::Line { channel, .. } => Writer::new(out, 1).u32(channel.0).u32(channel.1).end(),
            Self::NoLine { channel, text } => {
                Writer::new(out, 2).u32(channel.0).u32(channel.1).text(text).end();
            }
            Self::Key { down, code } => Writer::new(out, 3).bool(*down).u32(*code).end(),
            Self::Pointer { screen, mask, x, y } => {
                Writer::new(out, 4).u32(*screen).u32((*mask).into()).u32(*x).u32(*y).end();
            }
            Self::Moved { mask, dx, dy } => {
                let writer = Writer::new(out, 5).u32((*mask).into());
                writer.u32(dx.cast_unsigned()).u32(dy.cast_unsigned()).end();
            }
            Self::Update { screen } => Writer::new(out, 6).u32(*screen).end(),
            Self::Size { screen, width, height } => {
                Writer::new(out, 7).u32(*screen).u32(*width).u32(*height).end();
            }
            Self::Offer(contents) => self::contents(*contents, Writer::new(out, 8)).end(),
            Self::Fetch(content) => Writer::new(out, 9).u8(self::content(*content)).end(),
            Self::Give { content, bytes } => {
                Writer::new(out, 10).u8(self::content(*content)).bytes(bytes).end();
            }
            Self::Ask(ask) => extras::write_ask(ask, Writer::new(out, 11)).end(),
            Self::Show { screen, width, height, .. } => {
                Writer::new(out, 12).u32(*screen).u32(*width).u32(*height).end();
            }
            Self::Hide { screen } => Writer::new(out, 13).u32(*screen).end(),
            Self::Quality(quality) => Writer::new(out, 14).text(quality.name()).end(),
        }
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Line { fd, .. } | Self::Show { memory: fd, .. } => Some(fd.as_fd()),
            _ => None,
        }
    }

    /// A pointer that only moved replaces its last position.
    fn absorb(&mut self, next: &Self) -> bool {
        match (self, next) {
            (
                Self::Pointer { screen, mask, x, y },
                Self::Pointer { screen: other, mask: new, x: nx, y: ny },
            ) if mask == new && screen == other => {
                (*x, *y) = (*nx, *ny);
                true
            }
            (Self::Moved { mask, dx, dy }, Self::Moved { mask: new, dx: nx, dy: ny })
                if mask == new =>
            {
                (*dx, *dy) = (dx.saturating_add(*nx), dy.saturating_add(*ny));
                true
            }
            (Self::Update { screen }, Self::Update { screen: other }) => screen == other,
            _ => false,
        }
    }

    fn is_needed(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::Line { .. }
                | Self::NoLine { .. }
                | Self::Ask(_)
                | Self::Show { .. }
                | Self::Hide { .. }
                | Self::Quality(_)
        )
    }
}

impl Order {
    /// Reads a message without its length, and the descriptor that came along.
    pub(super) fn decode(message: &[u8], fds: Vec<OwnedFd>) -> Result<Self, Malformed> {
        let mut fields = Fields(message);
        Ok(match fields.u8()? {
            0 => {
                let (user, known) = (fields.text()?, fields.bool()?);
                let password = Secret::new(fields.text()?);
                Self::Connect { user, password: known.then_some(password) }
            }
            1 => Self::Line {
                channel: (fields.u32()?, fields.u32()?),
                fd: fds.into_iter().next().ok_or(Malformed)?,
            },
            2 => Self::NoLine { channel: (fields.u32()?, fields.u32()?), text: fields.text()? },
            3 => Self::Key { down: fields.bool()?, code: fields.u32()? },
            4 => Self::Pointer {
                screen: fields.u32()?,
                mask: fields.u16()?,
                x: fields.u32()?,
                y: fields.u32()?,
            },
            5 => Self::Moved {
                mask: fields.u16()?,
                dx: fields.u32()?.cast_signed(),
                dy: fields.u32()?.cast_signed(),
            },
            6 => Self::Update { screen: fields.u32()? },
            7 => Self::Size { screen: fields.u32()?, width: fields.u32()?, height: fields.u32()? },
            8 => Self::Offer(read_contents(&mut fields)?),
            9 => Self::Fetch(read_content(&mut fields)?),
            10 => Self::Give { content: read_content(&mut fields)?, bytes: fields.bytes()? },
            11 => Self::Ask(extras::read_ask(&mut fields)?),
            12 => Self::Show {
                screen: fields.u32()?,
                width: fields.u32()?,
                height: fields.u32()?,
                memory: fds.into_iter().next().ok_or(Malformed)?,
            },
            13 => Self::Hide { screen: fields.u32()? },
            14 => Self::Quality(PictureQuality::of_name(&fields.text()?)),
            _ => return Err(Malformed),
        })
    }
}

impl Report {
    /// Appends the message's bytes.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::WantsLine { channel } => {
                Writer::new(out, 0).u32(channel.0).u32(channel.1).end();
            }
            Self::WantsCredentials { user } => Writer::new(out, 1).bool(*user).end(),
            Self::Open => Writer::new(out, 2).end(),
            Self::Size { screen, width, height } => {
                Writer::new(out, 3).u32(*screen).u32(*width).u32(*height).end();
            }
            Self::Damage { screen, area } => {
                let writer = Writer::new(out, 4).u32(*screen).u32(area.x).u32(area.y);
                writer.u32(area.width).u32(area.height).end();
            }
            Self::Updated { screen } => Writer::new(out, 5).u32(*screen).end(),
            Self::Cursor { screen, image } => image.write(Writer::new(out, 6).u32(*screen)).end(),
            Self::Absolute(absolute) => Writer::new(out, 7).bool(*absolute).end(),
            Self::Leds(leds) => Writer::new(out, 8).u8(*leds).end(),
            Self::Agent(agent) => {
                let writer = Writer::new(out, 9).bool(agent.connected);
                writer.bool(agent.clipboard).bool(agent.size).end();
            }
            Self::Offer(contents) => self::contents(*contents, Writer::new(out, 10)).end(),
            Self::Fetch(content) => Writer::new(out, 11).u8(self::content(*content)).end(),
            Self::Give { content, bytes } => {
                Writer::new(out, 12).u8(self::content(*content)).bytes(bytes).end();
            }
            Self::Failed { why, text } => why.write(Writer::new(out, 13)).text(text).end(),
            Self::Extra(extra) => extra.write(Writer::new(out, 14)).end(),
            Self::Link(link) => link.write(Writer::new(out, 15)).end(),
            Self::Screens(Screens { there, more, shared }) => {
                let writer = Writer::new(out, 16).u32(more.unwrap_or(NONE)).bool(*shared);
                there.iter().fold(writer, |writer, number| writer.u32(*number)).end();
            }
            Self::Silent(silent) => Writer::new(out, 17).bool(*silent).end(),
            Self::Scanout { screen, layout } => {
                layout.write(Writer::new(out, 18).u32(*screen)).end();
            }
        }
    }

    /// Reads a message without its length.
    pub(super) fn decode(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields(message);
        Ok(match fields.u8()? {
            0 => Self::WantsLine { channel: (fields.u32()?, fields.u32()?) },
            1 => Self::WantsCredentials { user: fields.bool()? },
            2 => Self::Open,
            3 => Self::Size { screen: fields.u32()?, width: fields.u32()?, height: fields.u32()? },
            4 => {
                let (screen, x, y) = (fields.u32()?, fields.u32()?, fields.u32()?);
                let (width, height) = (fields.u32()?, fields.u32()?);
                Self::Damage { screen, area: Rect { x, y, width, height } }
            }
            5 => Self::Updated { screen: fields.u32()? },
            6 => Self::Cursor { screen: fields.u32()?, image: CursorImage::read(&mut fields)? },
            7 => Self::Absolute(fields.bool()?),
            8 => Self::Leds(fields.u8()?),
            9 => Self::Agent(Agent {
                connected: fields.bool()?,
                clipboard: fields.bool()?,
                size: fields.bool()?,
            }),
            10 => Self::Offer(read_contents(&mut fields)?),
            11 => Self::Fetch(read_content(&mut fields)?),
            12 => Self::Give { content: read_content(&mut fields)?, bytes: fields.bytes()? },
            13 => {
                let why = Why::read(&mut fields)?;
                let text = String::from_utf8_lossy(&fields.bytes()?).into_owned();
                Self::Failed { why, text }
            }
            14 => Self::Extra(Extra::read(&mut fields)?),
            15 => Self::Link(Link::read(&mut fields)?),
            16 => {
                let more = Some(fields.u32()?).filter(|number| *number != NONE);
                let shared = fields.bool()?;
                let mut there = Vec::new();
                while !fields.0.is_empty() {
                    there.push(fields.u32()?);
                }
                if there.len() > MOST_SCREENS as usize {
                    return Err(Malformed);
                }
                Self::Screens(Screens { there, more, shared })
            }
            17 => Self::Silent(fields.bool()?),
            18 => Self::Scanout { screen: fields.u32()?, layout: Layout::read(&mut fields)? },
            _ => return Err(Malformed),
        })
    }
}

#[cfg(test)]
mod tests;
