//! The messages about sound, files, a folder, USB devices and smart cards.

use crate::console::{
    extras::{
        Ask, CardReader, Cards, FileProblem, FileStep, Folder, Obstacle, Sound, Usb, UsbDevice,
        UsbFailure, UsbProblem,
    },
    helper::line::{Fields, Malformed, Writer},
};

/// The client's word on one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console::spice) enum Extra {
    /// The guest's sound.
    Sound(Sound),
    /// Whether the guest could record.
    Records(bool),
    /// Whether the guest takes files.
    Files(bool),
    /// How sending the file of this number goes.
    File(u32, FileStep),
    /// The shared folder.
    Folder(Folder),
    /// The USB devices.
    Usb(Usb),
    /// What went wrong with the USB device of this name.
    UsbFailed(String, UsbFailure),
    /// The smart cards.
    Cards(Cards),
}

/// More devices than this no computer has.
const MOST_DEVICES: u32 = 512;

/// Words of the guest or its library, which need not be UTF-8.
fn words(fields: &mut Fields<'_>) -> Result<String, Malformed> {
    Ok(String::from_utf8_lossy(&fields.bytes()?).into_owned())
}

fn wide(writer: Writer<'_>, value: u64) -> Writer<'_> {
    let half = |value: u64| u32::try_from(value & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    writer.u32(half(value)).u32(half(value >> 32))
}

fn read_wide(fields: &mut Fields<'_>) -> Result<u64, Malformed> {
    let (low, high) = (fields.u32()?, fields.u32()?);
    Ok(u64::from(low) | u64::from(high) << 32)
}

/// Appends the fields of a question.
pub(super) fn write_ask<'a>(ask: &Ask, writer: Writer<'a>) -> Writer<'a> {
    match ask {
        Ask::Mute(mute) => writer.u8(0).bool(*mute),
        Ask::Record(record) => writer.u8(1).bool(*record),
        Ask::SendFile { id, uri } => writer.u8(2).u32(*id).text(uri),
        Ask::StopFile(id) => writer.u8(3).u32(*id),
        Ask::ShareFolder { path, read_only } => writer.u8(4).text(path).bool(*read_only),
        Ask::StopFolder => writer.u8(5),
        Ask::Usb { id, connect, window } => writer.u8(6).u32(*id).bool(*connect).text(window),
        Ask::UsbDisc(path) => writer.u8(7).text(path),
        Ask::Cards(share) => writer.u8(8).bool(*share),
    }
}

/// Reads them.
pub(super) fn read_ask(fields: &mut Fields<'_>) -> Result<Ask, Malformed> {
    Ok(match fields.u8()? {
        0 => Ask::Mute(fields.bool()?),
        1 => Ask::Record(fields.bool()?),
        2 => Ask::SendFile { id: fields.u32()?, uri: fields.text()? },
        3 => Ask::StopFile(fields.u32()?),
        4 => Ask::ShareFolder { path: fields.text()?, read_only: fields.bool()? },
        5 => Ask::StopFolder,
        6 => Ask::Usb { id: fields.u32()?, connect: fields.bool()?, window: fields.text()? },
        7 => Ask::UsbDisc(fields.text()?),
        8 => Ask::Cards(fields.bool()?),
        _ => return Err(Malformed),
    })
}

impl Extra {
    /// Appends its fields.
    pub(super) fn write<'a>(&self, writer: Writer<'a>) -> Writer<'a> {
        match self {
            Self::Sound(sound) => sound.write(writer.u8(0)),
            Self::Records(records) => writer.u8(3).bool(*records),
            Self::Files(files) => writer.u8(4).bool(*files),
            Self::File(id, step) => write_step(step, writer.u8(5).u32(*id)),
            Self::Folder(folder) => writer.u8(6).u8(match folder {
                Folder::Absent => 0,
                Folder::Possible => 1,
                Folder::Waiting => 2,
                Folder::Shared => 3,
            }),
            Self::Usb(usb) => {
                let count = u32::try_from(usb.devices.len()).unwrap_or(u32::MAX);
                let writer = writer.u8(7).u32(usb.channels).u32(usb.free).bool(usb.asks);
                let writer = write_problem(&usb.problem, writer);
                usb.devices.iter().fold(writer.u32(count), |writer, device| {
                    let writer = writer.u32(device.id).text(&device.name).text(&device.kind);
                    let writer = writer.bool(device.connected).bool(device.fresh);
                    write_obstacle(&device.obstacle, writer)
                })
            }
            Self::UsbFailed(name, why) => {
                let writer = writer.u8(8).text(name);
                match why {
                    UsbFailure::Refused => writer.u8(0),
                    UsbFailure::NotConnected(why) => writer.u8(1).text(why),
                    UsbFailure::Lost(why) => writer.u8(2).text(why),
                }
            }
            Self::Cards(cards) => write_cards(cards, writer.u8(9)),
        }
    }

    /// Reads it.
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(match fields.u8()? {
            0 => Self::Sound(Sound::read(fields)?),
            3 => Self::Records(fields.bool()?),
            4 => Self::Files(fields.bool()?),
            5 => Self::File(fields.u32()?, read_step(fields)?),
            6 => Self::Folder(match fields.u8()? {
                0 => Folder::Absent,
                1 => Folder::Possible,
                2 => Folder::Waiting,
                3 => Folder::Shared,
                _ => return Err(Malformed),
            }),
            7 => {
                let (channels, free, asks) = (fields.u32()?, fields.u32()?, fields.bool()?);
                let problem = read_problem(fields)?;
                let count = fields.u32()?;
                if count > MOST_DEVICES {
                    return Err(Malformed);
                }
                let device = |_| {
                    Ok(UsbDevice {
                        id: fields.u32()?,
                        name: words(fields)?,
                        kind: words(fields)?,
                        connected: fields.bool()?,
                        fresh: fields.bool()?,
                        obstacle: read_obstacle(fields)?,
                    })
                };
                let devices = (0..count).map(device).collect::<Result<_, _>>()?;
                Self::Usb(Usb { channels, free, devices, problem, asks })
            }
            8 => {
                let name = words(fields)?;
                let why = match fields.u8()? {
                    0 => UsbFailure::Refused,
                    1 => UsbFailure::NotConnected(words(fields)?),
                    2 => UsbFailure::Lost(words(fields)?),
                    _ => return Err(Malformed),
                };
                Self::UsbFailed(name, why)
            }
            9 => Self::Cards(read_cards(fields)?),
            _ => return Err(Malformed),
        })
    }
}

fn write_problem<'a>(problem: &UsbProblem, writer: Writer<'a>) -> Writer<'a> {
    match problem {
        UsbProblem::None => writer.u8(0),
        UsbProblem::Said(why) => writer.u8(1).text(why),
        UsbProblem::NoPortal => writer.u8(2),
        UsbProblem::Forbidden => writer.u8(3),
    }
}

fn read_problem(fields: &mut Fields<'_>) -> Result<UsbProblem, Malformed> {
    Ok(match fields.u8()? {
        0 => UsbProblem::None,
        1 => UsbProblem::Said(words(fields)?),
        2 => UsbProblem::NoPortal,
        3 => UsbProblem::Forbidden,
        _ => return Err(Malformed),
    })
}

fn write_obstacle<'a>(obstacle: &Obstacle, writer: Writer<'a>) -> Writer<'a> {
    match obstacle {
        Obstacle::None => writer.u8(0),
        Obstacle::Said(why) => writer.u8(1).text(why),
        Obstacle::Rights => writer.u8(2),
    }
}

fn read_obstacle(fields: &mut Fields<'_>) -> Result<Obstacle, Malformed> {
    Ok(match fields.u8()? {
        0 => Obstacle::None,
        1 => Obstacle::Said(words(fields)?),
        2 => Obstacle::Rights,
        _ => return Err(Malformed),
    })
}

fn write_cards<'a>(cards: &Cards, writer: Writer<'a>) -> Writer<'a> {
    match cards {
        Cards::Absent => writer.u8(0),
        Cards::Unsupported => writer.u8(1),
        Cards::Possible => writer.u8(2),
        Cards::Shared(None) => writer.u8(3).bool(false),
        Cards::Shared(Some(reader)) => writer.u8(3).bool(true).text(&reader.name).bool(reader.card),
        Cards::Failed(why) => writer.u8(4).text(why),
        Cards::Lost(why) => writer.u8(5).text(why),
    }
}

fn read_cards(fields: &mut Fields<'_>) -> Result<Cards, Malformed> {
    Ok(match fields.u8()? {
        0 => Cards::Absent,
        1 => Cards::Unsupported,
        2 => Cards::Possible,
        3 if fields.bool()? => {
            Cards::Shared(Some(CardReader { name: words(fields)?, card: fields.bool()? }))
        }
        3 => Cards::Shared(None),
        4 => Cards::Failed(words(fields)?),
        5 => Cards::Lost(words(fields)?),
        _ => return Err(Malformed),
    })
}

fn write_step<'a>(step: &FileStep, writer: Writer<'a>) -> Writer<'a> {
    match step {
        FileStep::Sent(sent, all) => wide(wide(writer.u8(0), *sent), *all),
        FileStep::Done => writer.u8(1),
        FileStep::Cancelled => writer.u8(2),
        FileStep::Failed(problem) => match problem {
            FileProblem::NoSpace => writer.u8(3),
            FileProblem::Locked => writer.u8(4),
            FileProblem::NobodyThere => writer.u8(5),
            FileProblem::Disabled => writer.u8(6),
            FileProblem::Unreadable(text) => writer.u8(7).text(text),
            FileProblem::Other(text) => writer.u8(8).text(text),
        },
    }
}

fn read_step(fields: &mut Fields<'_>) -> Result<FileStep, Malformed> {
    Ok(match fields.u8()? {
        0 => FileStep::Sent(read_wide(fields)?, read_wide(fields)?),
        1 => FileStep::Done,
        2 => FileStep::Cancelled,
        3 => FileStep::Failed(FileProblem::NoSpace),
        4 => FileStep::Failed(FileProblem::Locked),
        5 => FileStep::Failed(FileProblem::NobodyThere),
        6 => FileStep::Failed(FileProblem::Disabled),
        7 => FileStep::Failed(FileProblem::Unreadable(words(fields)?)),
        8 => FileStep::Failed(FileProblem::Other(words(fields)?)),
        _ => return Err(Malformed),
    })
}
