//! Limits, shares and threads, as a running guest takes them.

use std::collections::BTreeSet;

use super::{Applies, Device, DeviceKind, Difference, Field, Place, find, get, of_device, part};
use crate::model::{cpu_set, xml::Document};

/// The host's processors for a thread; nothing for all of them.
pub type Pin = Option<BTreeSet<u32>>;

/// Values by libvirt's names for them.
pub type Named = Vec<(&'static str, u64)>;

/// The guest's threads that a quota is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// Each of its processors.
    Vcpus,
    /// The emulator itself.
    Emulator,
    /// Each disk thread.
    Iothreads,
    /// All of them together.
    All,
}

/// A limit of the host's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryLimit {
    /// The most.
    Hard,
    /// The most while the host is short of memory.
    Soft,
    /// The most with what is swapped out.
    Swap,
}

/// Something that can change while the guest runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tuning {
    /// The guest's weight beside others.
    Shares(u64),
    /// The period of a quota, in microseconds.
    Period(Threads, u64),
    /// Microseconds in each period; nothing lifts the limit.
    Quota(Threads, Option<u64>),
    /// Limits of the host's memory in bytes; nothing lifts one. All that change
    /// go together: each must fit the others.
    Memory(Vec<(MemoryLimit, Option<u64>)>),
    /// The host's nodes that memory is taken from, as libvirt writes them.
    HostNodes(String),
    /// The weight on busy disks.
    IoWeight(u32),
    /// A weight or limit on one disk of the host, at this path; `0` lifts it.
    HostDisk(String, HostDiskLimit, u64),
    /// Limits of one disk of the guest, by its name there; `0` lifts one.
    Disk {
        /// Such as `vda`.
        target: String,
        /// Those that are set or lifted.
        limits: Named,
        /// The disks with this group's name have the limits together.
        group: Option<String>,
    },
    /// Whether the host counts this event.
    Counter(&'static str, bool),
    /// Disk threads that come and go, by their numbers.
    Iothreads {
        /// Those that come.
        added: Vec<u32>,
        /// Those that go.
        removed: Vec<u32>,
    },
    /// How a disk thread waits for work and how many helpers it has.
    Iothread(u32, Named),
    /// Whether a processor is plugged in.
    Vcpu(u32, bool),
    /// How often the guest tells its memory in use, in seconds; `0` is never.
    StatsPeriod(u32),
    /// The processors for the emulator.
    PinEmulator(Pin),
    /// The processors for one of the guest.
    PinVcpu(u32, Pin),
    /// The processors for a disk thread.
    PinIothread(u32, Pin),
}

/// What of a disk of the host is shared or limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostDiskLimit {
    /// The guest's weight on it.
    Weight,
    /// Bytes read in a second.
    ReadBytes,
    /// Bytes written in a second.
    WriteBytes,
    /// Reads in a second.
    ReadIops,
    /// Writes in a second.
    WriteIops,
}

/// What to ask for so that a field has the value that the difference says;
/// nothing if only a new start can give it, as with a weight that the host is to
/// choose again, or if another one of `all` asks for this, too.
pub(super) fn tuning(
    live: &Document,
    after: &Document,
    difference: &Difference,
    all: &[Difference],
) -> Option<Tuning> {
    let Difference::Field { field, device, after: value, .. } = difference else { return None };
    if all.iter().find(|other| go_together(difference, other)) != Some(difference) {
        return None;
    }
    let value = value.as_deref();
    let number = || value.map(str::parse::<u64>).transpose().ok();
    let small = || u32::try_from(number()?.unwrap_or(0)).ok();
    let pin = || match value {
        Some(text) => cpu_set::parse(text).map(Some),
        None => Some(None),
    };
    let of = || device.as_deref();
    let thread = || part::by_identity(of()?)?.key().parse::<u32>().ok();
    Some(match field.id {
        "tuning.shares" => Tuning::Shares(number()??),
        "tuning.period" => Tuning::Period(Threads::Vcpus, number()??),
        "tuning.quota" => Tuning::Quota(Threads::Vcpus, number()?),
        "tuning.emulator_period" => Tuning::Period(Threads::Emulator, number()??),
        "tuning.emulator_quota" => Tuning::Quota(Threads::Emulator, number()?),
        "tuning.iothread_period" => Tuning::Period(Threads::Iothreads, number()??),
        "tuning.iothread_quota" => Tuning::Quota(Threads::Iothreads, number()?),
        "tuning.global_period" => Tuning::Period(Threads::All, number()??),
        "tuning.global_quota" => Tuning::Quota(Threads::All, number()?),
        "tuning.memory_hard" | "tuning.memory_soft" | "tuning.memory_swap" => {
            Tuning::Memory(all.iter().filter_map(memory_limit).collect())
        }
        "tuning.numa_nodes" => Tuning::HostNodes(value?.to_owned()),
        "tuning.io_weight" => Tuning::IoWeight(u32::try_from(number()??).ok()?),
        "tuning.iothreads" => iothreads(live, after),
        "tuning.emulatorpin" => Tuning::PinEmulator(pin()?),
        "vcpu_pin.cpus" => Tuning::PinVcpu(thread()?, pin()?),
        "iothread_pin.cpus" => Tuning::PinIothread(thread()?, pin()?),
        "memballoon.period" => Tuning::StatsPeriod(small()?),
        _ => match field.place {
            Place::Device(DeviceKind::Disk) => disk(live, after, of()?)?,
            Place::Device(DeviceKind::Iothread) => {
                let of = part::by_identity(of()?)?;
                Tuning::Iothread(thread()?, thread_values(after, &of)?)
            }
            Place::Device(DeviceKind::BlockDevice) => {
                let path = part::by_identity(of()?)?.key().to_owned();
                Tuning::HostDisk(path, host_disk_limit(field)?, number()?.unwrap_or(0))
            }
            _ => Tuning::Counter(field.id.strip_prefix("perf.")?, value == Some("yes")),
        },
    })
}

/// Whether one question asks for both.
fn go_together(one: &Difference, other: &Difference) -> bool {
    let (
        Difference::Field { field: a, device: of, .. },
        Difference::Field { field: b, device, .. },
    ) = (one, other)
    else {
        return false;
    };
    let same = match a.place {
        Place::Device(DeviceKind::Disk | DeviceKind::Iothread) => a.place == b.place,
        _ if a.path.starts_with("memtune/") => b.path.starts_with("memtune/"),
        _ => a.id == b.id,
    };
    same && of == device && b.applies == Applies::Tuning
}

fn memory_limit(difference: &Difference) -> Option<(MemoryLimit, Option<u64>)> {
    let Difference::Field { field, after, .. } = difference else { return None };
    let limit = match field.id {
        "tuning.memory_hard" => MemoryLimit::Hard,
        "tuning.memory_soft" => MemoryLimit::Soft,
        "tuning.memory_swap" => MemoryLimit::Swap,
        _ => return None,
    };
    let bytes = after.as_deref().map(str::parse).transpose().ok()?;
    Some((limit, bytes))
}

fn iothreads(live: &Document, after: &Document) -> Tuning {
    let (has, wanted) = (part::iothread_ids(live), part::iothread_ids(after));
    let numbers = |of: &BTreeSet<usize>, without: &BTreeSet<usize>| {
        of.difference(without).filter_map(|number| u32::try_from(*number).ok()).collect()
    };
    Tuning::Iothreads { added: numbers(&wanted, &has), removed: numbers(&has, &wanted) }
}

/// All limits that the disk is to have, and those to lift that it has.
fn disk(live: &Document, after: &Document, identity: &str) -> Option<Tuning> {
    let (running, wanted) = (find(live, identity)?, find(after, identity)?);
    let mut limits = Named::new();
    for field in of_device(DeviceKind::Disk) {
        let Some(name) = field.path.strip_prefix("iotune/").filter(|name| *name != GROUP) else {
            continue;
        };
        let number =
            |doc, of| get(doc, Some(of), field).and_then(|value| value.parse::<u64>().ok());
        match (number(live, &running), number(after, &wanted)) {
            (None, None) => {}
            (_, value) => limits.push((name, value.unwrap_or(0))),
        }
    }
    let target = running.fact("target")?.to_owned();
    let group = after.get(&format!("{}/iotune/{GROUP}", wanted.path()));
    Some(Tuning::Disk { target, limits, group })
}

/// The name of disks' shared limits among those.
const GROUP: &str = "group_name";

/// What is said of a disk thread; libvirt takes no leaving open. Nothing if
/// nothing is.
fn thread_values(after: &Document, thread: &Device) -> Option<Named> {
    let said = of_device(DeviceKind::Iothread).filter_map(|field| {
        let name = match field.id {
            "iothread.pool_min" => "thread_pool_min",
            "iothread.pool_max" => "thread_pool_max",
            "iothread.poll_max" => "poll_max_ns",
            "iothread.poll_grow" => "poll_grow",
            "iothread.poll_shrink" => "poll_shrink",
            _ => return None,
        };
        Some((name, get(after, Some(thread), field)?.parse().ok()?))
    });
    Some(said.collect::<Named>()).filter(|said| !said.is_empty())
}

fn host_disk_limit(field: &Field) -> Option<HostDiskLimit> {
    Some(match field.id {
        "block_device.weight" => HostDiskLimit::Weight,
        "block_device.read_bytes" => HostDiskLimit::ReadBytes,
        "block_device.write_bytes" => HostDiskLimit::WriteBytes,
        "block_device.read_iops" => HostDiskLimit::ReadIops,
        "block_device.write_iops" => HostDiskLimit::WriteIops,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{HostDiskLimit, MemoryLimit, Threads, Tuning};
    use crate::model::{
        hardware::{LiveEdit, all_fields, edit, find, live_changes},
        xml::Document,
    };

    const GUEST: &str = "<domain><vcpu current='2'>4</vcpu><iothreads>2</iothreads>\
        <memtune><hard_limit unit='KiB'>1024</hard_limit></memtune>\
        <devices><disk><target dev='vda' bus='virtio'/><iotune><read_bytes_sec>9</read_bytes_sec>\
        </iotune></disk><memballoon model='virtio'/></devices></domain>";

    /// What is asked of a guest that runs as `GUEST` says, after these edits.
    fn asked(edits: &[(&str, &str, Option<&str>)]) -> Vec<LiveEdit> {
        let before = Document::parse(GUEST).unwrap();
        let mut after = before.clone();
        for (identity, id, value) in edits {
            let device = find(&after, identity);
            let field = all_fields().find(|field| field.id == *id).unwrap();
            edit(&mut after, device.as_ref(), field, *value).unwrap();
        }
        let asked = live_changes(&before, &before, &after).unwrap();
        asked.into_iter().map(|(edit, _)| edit).collect()
    }

    fn tunes(edits: &[(&str, &str, Option<&str>)]) -> Vec<Tuning> {
        let of = |edit| match edit {
            LiveEdit::Tune(tuning) => tuning,
            other => panic!("{other:?}"),
        };
        asked(edits).into_iter().map(of).collect()
    }

    #[test]
    fn what_must_fit_together_goes_in_one_question() {
        assert_eq!(
            tunes(&[
                ("", "tuning.memory_swap", Some("4194304")),
                ("", "tuning.memory_hard", Some("2097152")),
                ("disk:vda", "disk.read_iops", Some("100")),
                ("disk:vda", "disk.read_bytes", None),
                ("iothread:1", "iothread.poll_max", Some("1000")),
                ("iothread:1", "iothread.pool_min", Some("2")),
            ]),
            [
                Tuning::Memory(vec![
                    (MemoryLimit::Hard, Some(2 << 20)),
                    (MemoryLimit::Swap, Some(4 << 20))
                ]),
                Tuning::Iothread(
                    1,
                    vec![("thread_pool_min", 2), ("thread_pool_max", 64), ("poll_max_ns", 1000)]
                ),
                Tuning::Disk {
                    target: "vda".to_owned(),
                    limits: vec![("read_bytes_sec", 0), ("read_iops_sec", 100)],
                    group: None
                },
            ]
        );
    }

    #[test]
    fn single_values_are_asked_for_one_by_one() {
        assert_eq!(
            tunes(&[
                ("", "tuning.global_quota", None),
                ("", "tuning.emulator_period", Some("50000")),
                ("", "tuning.iothreads", Some("3")),
                ("", "perf.cpu_clock", Some("yes")),
                ("block_device:/dev/sda", "block_device.weight", Some("300")),
                ("memballoon", "memballoon.period", Some("5")),
            ]),
            [
                Tuning::Period(Threads::Emulator, 50_000),
                Tuning::Iothreads { added: vec![3], removed: Vec::new() },
                Tuning::Counter("cpu_clock", true),
                Tuning::HostDisk("/dev/sda".to_owned(), HostDiskLimit::Weight, 300),
                Tuning::StatsPeriod(5),
            ]
        );
        let fewer = Tuning::Iothreads { added: Vec::new(), removed: vec![2] };
        assert_eq!(tunes(&[("", "tuning.iothreads", Some("1"))]), [fewer]);
    }

    #[test]
    fn a_processor_that_is_named_is_plugged_in_itself() {
        let plugged = tunes(&[("vcpu:3", "vcpu.enabled", Some("yes"))]);
        assert_eq!(plugged, [Tuning::Vcpu(3, true)]);
        assert_eq!(asked(&[("", "cpu.current", Some("3"))]), [LiveEdit::Vcpus(3)]);
    }
}
