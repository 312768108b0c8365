//! The tables of fields. A line makes a field; its words in the interface stand
//! in `ui/guest/devices_page/labels.rs`.

mod character;
mod depends;
mod disk;
mod display;
mod guest;
mod interface;
mod other;
mod part;
mod said;

pub(super) use depends::companions;
pub use depends::{depends, excludes};

use super::{DeviceKind, Field, Place, Section};

/// All fields.
pub fn all() -> impl Iterator<Item = &'static Field> {
    [
        guest::FIELDS,
        said::FIELDS,
        disk::FIELDS,
        interface::FIELDS,
        display::FIELDS,
        character::FIELDS,
        other::FIELDS,
        part::FIELDS,
    ]
    .into_iter()
    .flatten()
}

/// The fields of devices of this kind.
pub fn of_device(kind: DeviceKind) -> impl Iterator<Item = &'static Field> {
    all().filter(move |field| field.place == Place::Device(kind))
}

/// The fields of the guest as a whole that are shown together.
pub fn of_section(section: Section) -> impl Iterator<Item = &'static Field> {
    all().filter(move |field| field.place == Place::Guest(section))
}
