//! What happens to the hardware page.

use std::collections::HashMap;

use super::{
    apply::Applied,
    draft::Draft,
    new_disk::{DiskPlace, ImageUse},
    offers::{Offers, Platform},
    overtaken::{OnTop, Overtaking},
};
use crate::{
    backend::{BackendError, DiskSize, NewVolume},
    model::{
        NodeDevice, ScreenProtocol,
        hardware::{DeviceKind, Field, Firmware, NewDevice},
        xml::XmlError,
    },
    ui::{dialogs::Image, guest::view::GuestView},
};

/// The part of the guest that a field is of, by its identity; nothing for what
/// the page shows.
pub(super) type Of = Option<String>;

/// What happens to the page.
#[derive(Debug)]
pub(crate) enum DevicesInput {
    /// The guest has changed.
    Guest(Box<GuestView>),
    /// The definition of a guest that is not there yet.
    Definition(String),
    /// The page is shown.
    Shown,
    /// The row at this place was chosen.
    Select(usize),
    /// The page that is shown is not whole yet.
    GoOn,
    /// A field was given another value; nothing leaves it to libvirt.
    Change(Of, &'static Field, Option<String>),
    /// A field's change is taken back.
    Revert(Of, &'static Field),
    /// A part of the guest of this kind is to be added: its name is asked for.
    AskForPart(DeviceKind),
    /// The part of this name, or with this text, is to be added.
    AddPart(DeviceKind, String),
    /// The part of this identity is to say nothing any more.
    ClearPart(String),
    /// The guest is to have so many NUMA nodes.
    Nodes(usize),
    /// Another firmware was chosen; nothing takes the change back.
    Firmware(Option<Firmware>),
    /// What UEFI keeps of the guest is to be emptied.
    AskToResetFirmware,
    /// The guest's screen is to speak another protocol.
    ChangeScreen(ScreenProtocol),
    /// A device of the boot order was moved up (-1) or down (1).
    MoveBoot(usize, i32),
    /// The device at the first place was dragged to the second.
    DropBoot(usize, usize),
    /// A device of the boot order was switched on or off.
    EnableBoot(usize, bool),
    /// "Add Hardware" was pressed.
    AskWhatToAdd,
    /// A new disk was chosen to be added.
    AskForDisk,
    /// An image of the host is to be chosen.
    AskForImage(ImageUse),
    /// It was.
    ImageChosen(ImageUse, Image),
    /// A device was chosen to be added.
    Add(NewDevice),
    /// A disk whose image, at this path, is made when all is applied.
    AddDisk(String, NewVolume),
    /// The disk shown is to be made larger.
    AskForSize,
    /// It is to have so many bytes.
    Grow(u64),
    /// "Restart Now…" was pressed.
    Restart,
    /// "Remove Device" was pressed.
    AskToRemove,
    /// The device shown is to be removed, and the image at this path.
    Remove(Option<String>),
    /// The removed device of this identity is to come back.
    Restore(String),
    /// "Apply" was pressed.
    Apply,
    /// "Discard" was pressed.
    Discard,
    /// What somebody else changed meanwhile is to be seen.
    Compare,
    /// The edits go on top of what somebody else made.
    PutOnTop(OnTop),
    /// "Details" of the failure was pressed.
    Details,
}

/// What the page asks of who shows it.
pub(crate) enum DevicesOutput {
    /// The definition of a guest that is not there yet was edited; these
    /// volumes are to be made for it.
    Edited(String, Vec<NewVolume>),
}

impl std::fmt::Debug for DevicesOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Edited(…)")
    }
}

/// Results of work in the background. Definitions can hold passwords, so they
/// are not printed.
pub(crate) enum DevicesCmd {
    /// The definitions were read: the persistent one and the one in use.
    Read(Result<Option<Result<Box<Draft>, XmlError>>, BackendError>),
    /// What the host can do was read.
    Offers(Platform, Box<Offers>),
    /// The host's own devices were read, for those who want to add one.
    HostDevices(Result<Vec<NodeDevice>, BackendError>),
    /// Where a new disk goes was found out.
    DiskPlace(Box<Result<DiskPlace, BackendError>>),
    /// The size of the disk of this identity was read.
    DiskSize(String, Result<DiskSize, BackendError>),
    /// What the guest sees of its disks was read, by their targets.
    Sizes(HashMap<String, u64>),
    /// The host's own devices were read, for what they are called.
    HostNames(Vec<NodeDevice>),
    /// A disk was made larger.
    Grown(Result<(), BackendError>),
    /// What somebody else changed meanwhile was found out.
    Compared(Result<Box<Overtaking>, BackendError>),
    /// The changes were applied, or not.
    Applied(Result<Applied, BackendError>),
}

impl std::fmt::Debug for DevicesCmd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Read(_) => "Read(…)",
            Self::Offers(..) => "Offers(…)",
            Self::DiskPlace(_) => "DiskPlace(…)",
            Self::DiskSize(..) => "DiskSize(…)",
            Self::Grown(_) => "Grown(…)",
            Self::HostDevices(_) => "HostDevices(…)",
            Self::Sizes(_) => "Sizes(…)",
            Self::HostNames(_) => "HostNames(…)",
            Self::Compared(_) => "Compared(…)",
            Self::Applied(_) => "Applied(…)",
        })
    }
}
