//! What a guest is made of, as things that a person can change.
//!
//! A guest's definition is a lossless [`Document`](crate::model::xml::Document).
//! Here stand the views over it:
//!
//! - [`Field`]: one thing to change: where it is in the XML, which values it
//!   takes, when a change applies. All of them stand in the tables under
//!   `fields/`, a line each; pages, checks, documentation and the comparison of
//!   two definitions are made from these tables.
//! - [`Device`]: one device, found again in another version of the definition.
//! - [`get`], [`set`], [`check()`]: a field's value in a definition, in libvirt's
//!   own words; `None` is libvirt's default. Setting changes the field's own
//!   nodes and no others.
//! - [`differences`]: what two definitions say otherwise, field by field.
//! - [`waits_for_restart`]: whether a running guest will start with something else.
//! - [`live_changes`]: what of an edit can be done while the guest runs.

/// The most threads of a guest that are looked at one by one.
const MOST_THREADS: usize = 4096;

mod access;
mod add;
mod belongings;
mod boot;
mod bursts;
mod check;
mod compare;
mod device;
mod element;
mod field;
mod fields;
mod firmware;
mod image;
mod iothreads;
mod limits;
mod live;
mod merge;
mod needs;
mod numa;
mod part;
#[cfg(test)]
mod part_tests;
mod pluggable;
mod restore;
mod screen;
#[cfg(test)]
mod tests;
mod topology;
mod tuning;
mod usual;
mod vcpus;
mod vlan;
mod vnc_sound;

pub use access::{edit, get, set};
pub use add::{NewDevice, add, remove};
pub use belongings::{is_single_feature, revert, take_over};
pub use boot::{BootEntry, boot_order, set_boot_order};
pub use check::{FieldError, check};
pub use compare::{Difference, differences, waiting, waits_for_restart};
pub use device::{Device, DeviceKind, DeviceTable, devices, find, in_place_of};
pub use field::{Applies, Field, Kind, Place, Rule, Section};
pub use fields::{all as all_fields, depends, excludes, of_device, of_section};
pub use firmware::{Firmware, firmware, firmware_waits, set_firmware, take_firmware};
pub use limits::{can_have, check_limits, is_meant, limits};
pub use live::{LiveEdit, is_of_modules, live_changes};
pub use merge::merge;
pub use needs::{Need, needs};
pub use numa::{MOST_NODES, fewest_nodes, most_nodes, node_count, set_node_count};
pub use part::{
    add_part, can_add_part, can_have_features, is_feature_name, part, part_kind, part_slots, parts,
    parts_of, remove_part,
};
pub use pluggable::{can_be_now, is_only_one, is_pluggable};
pub use restore::restore;
pub use screen::{change_screen_protocol, missing_for_spice, screen_protocol};
pub use tuning::{HostDiskLimit, MemoryLimit, Named, Pin, Threads, Tuning};
pub use vnc_sound::{give_vnc_sound, vnc_has_sound};
