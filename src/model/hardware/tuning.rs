//! Limits and shares of the host's resources, as a running guest takes them.

use std::collections::BTreeSet;

use super::{Device, Field, find};
use crate::model::{cpu_set, xml::Document};

/// The host's processors for a thread; nothing for all of them.
pub type Pin = Option<BTreeSet<u32>>;

/// A limit or share that can change while the guest runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tuning {
    /// The guest's weight beside others.
    Shares(u64),
    /// The period of the quota, in microseconds.
    Period(u64),
    /// Microseconds in each period; nothing lifts the limit.
    Quota(Option<u64>),
    /// The most memory of the host in bytes; nothing lifts the limit.
    MemoryHard(Option<u64>),
    /// The same while the host is short of memory.
    MemorySoft(Option<u64>),
    /// The weight on busy disks.
    IoWeight(u32),
    /// The processors for the emulator.
    PinEmulator(Pin),
    /// The processors for one of the guest.
    PinVcpu(u32, Pin),
    /// The processors for a disk thread.
    PinIothread(u32, Pin),
}

/// What to ask for so that the field has this value; nothing if only a new
/// start can give it, as with a weight that the host is to choose again.
pub(super) fn tuning(
    live: &Document,
    field: &Field,
    device: Option<&str>,
    value: Option<&str>,
) -> Option<Tuning> {
    let number = || value.map(str::parse::<u64>).transpose().ok();
    let pin = || match value {
        Some(text) => cpu_set::parse(text).map(Some),
        None => Some(None),
    };
    let part = || device.and_then(|identity| find(live, identity));
    let thread = |part: Option<Device>| part?.key().parse::<u32>().ok();
    Some(match field.id {
        "tuning.shares" => Tuning::Shares(number()??),
        "tuning.period" => Tuning::Period(number()??),
        "tuning.quota" => Tuning::Quota(number()?),
        "tuning.memory_hard" => Tuning::MemoryHard(number()?),
        "tuning.memory_soft" => Tuning::MemorySoft(number()?),
        "tuning.io_weight" => Tuning::IoWeight(u32::try_from(number()??).ok()?),
        "tuning.emulatorpin" => Tuning::PinEmulator(pin()?),
        "vcpu_pin.cpus" => Tuning::PinVcpu(thread(part())?, pin()?),
        "iothread_pin.cpus" => Tuning::PinIothread(thread(part())?, pin()?),
        _ => return None,
    })
}
