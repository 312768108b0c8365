//! What a console shares besides screen, keyboard, pointer and clipboard:
//! sound, files, a folder, USB devices, smart cards.

use super::helper::line::{Fields, Malformed, Writer};

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Whether the protocol knows any of it.
    pub known: bool,
    /// The guest's sound.
    pub sound: Sound,
    /// Whether the guest could record here.
    pub records: bool,
    /// Whether the guest takes files.
    pub files: bool,
    /// The folder that the guest may see.
    pub folder: Folder,
    /// USB devices.
    pub usb: Usb,
    /// Smart cards.
    pub cards: Cards,
}

/// A guest's sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sound {
    /// The guest has no sound device here.
    #[default]
    Absent,
    /// It would be played here: whether the guest makes any has not been told.
    Expected,
    /// It is played here.
    Played,
    /// It cannot be played; why, in the system's words.
    Unplayable(String),
}

impl Sound {
    /// Appends it to a message.
    pub(super) fn write<'a>(&self, writer: Writer<'a>) -> Writer<'a> {
        match self {
            Self::Absent => writer.u8(0),
            Self::Expected => writer.u8(1),
            Self::Played => writer.u8(2),
            Self::Unplayable(why) => writer.u8(3).text(why),
        }
    }

    /// Reads it from a message.
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(match fields.u8()? {
            0 => Self::Absent,
            1 => Self::Expected,
            2 => Self::Played,
            3 => Self::Unplayable(fields.text()?),
            _ => return Err(Malformed),
        })
    }
}

/// A folder that a guest may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Folder {
    /// The guest has no channel for it.
    #[default]
    Absent,
    /// One can be shared.
    Possible,
    /// One is shared, and the guest's service for it has not answered.
    Waiting,
    /// One is shared, and the guest's service for it is there.
    Shared,
}

/// The USB devices of this computer, as a guest may have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usb {
    /// The guest's channels, one for each device at a time.
    pub channels: u32,
    /// Those that are free.
    pub free: u32,
    /// The devices.
    pub devices: Vec<UsbDevice>,
    /// Why none can be seen.
    pub problem: UsbProblem,
    /// Whether the desktop asks the user for each, which it does on behalf of
    /// a window.
    pub asks: bool,
}

/// Why no USB devices can be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UsbProblem {
    /// They can.
    #[default]
    None,
    /// The system's words.
    Said(String),
    /// In a sandbox: the desktop has no portal that hands them out.
    NoPortal,
    /// In a sandbox: the user does not allow it at all.
    Forbidden,
}

/// A USB device of this computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsbDevice {
    /// Tells it from the others of this console.
    pub id: u32,
    /// Its maker and its name, as it says them.
    pub name: String,
    /// Vendor and product: "0951:1666".
    pub kind: String,
    /// Whether the guest has it.
    pub connected: bool,
    /// Whether it came after the console was opened.
    pub fresh: bool,
    /// Why the guest cannot have it.
    pub obstacle: Obstacle,
}

/// Why a guest cannot have a USB device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Obstacle {
    /// It can.
    #[default]
    None,
    /// The library's words.
    Said(String),
    /// The user has no right to it.
    Rights,
}

/// What went wrong with a USB device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsbFailure {
    /// The desktop did not hand it over: the user said no, or it could not ask.
    Refused,
    /// It could not be connected; the library's words.
    NotConnected(String),
    /// The guest had it, and has lost it; the library's words.
    Lost(String),
}

/// The smart cards of this computer, as a guest may have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cards {
    /// The guest has no reader for them here.
    #[default]
    Absent,
    /// The SPICE library of this computer was built without them.
    Unsupported,
    /// They can be shared.
    Possible,
    /// They are shared: this reader, if there is one.
    Shared(Option<CardReader>),
    /// They could not be shared; why, in the system's words.
    Failed(String),
    /// The server ended it; the library's words.
    Lost(String),
}

/// A smart card reader of this computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardReader {
    /// How PC/SC calls it.
    pub name: String,
    /// Whether a card is in it.
    pub card: bool,
}

/// How sending a file goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileStep {
    /// This many bytes of that many are on their way.
    Sent(u64, u64),
    /// The guest has it.
    Done,
    /// It was called off.
    Cancelled,
    /// It failed.
    Failed(FileProblem),
}

/// Why a guest does not have a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileProblem {
    /// Its disk is full.
    NoSpace,
    /// Its screen is locked.
    Locked,
    /// Nobody is at its screen, or nobody whose agent runs.
    NobodyThere,
    /// It takes no files.
    Disabled,
    /// The file cannot be read; the system's words.
    Unreadable(String),
    /// Something else; the library's words.
    Other(String),
}

/// What can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Play no sound, or play it again.
    Mute(bool),
    /// Let the guest record, or no longer.
    Record(bool),
    /// Send the file of this address; what becomes of it is told by the number.
    SendFile {
        /// The sender's number for it.
        id: u32,
        /// Its address.
        uri: String,
    },
    /// Call it off.
    StopFile(u32),
    /// Let the guest see this folder.
    ShareFolder {
        /// Its path.
        path: String,
        /// The guest may not change it.
        read_only: bool,
    },
    /// Share none.
    StopFolder,
    /// Give a USB device to the guest, or take it back.
    Usb {
        /// Its number.
        id: u32,
        /// Whether the guest is to have it.
        connect: bool,
        /// The window that a question of the desktop belongs to, as portals
        /// name windows; empty if there is none.
        window: String,
    },
    /// Give a disc image to the guest, as a disc in a USB drive.
    UsbDisc(String),
    /// Let the guest use the smart cards, or no longer.
    Cards(bool),
}
