//! How much memory, how many processors, how large a disk.

use crate::model::{
    HostFacts,
    osinfo::OsProfile,
    units::{GIB, MIB},
};

/// What the system is used for, where the medium tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Use {
    /// Not known.
    #[default]
    Unknown,
    /// At a text console: a rescue system, a server.
    Text,
    /// A desktop: live media nearly always bring one.
    Desktop,
}

/// Sizes to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Memory in bytes, in whole MiB.
    pub memory: u64,
    /// Processors.
    pub vcpus: u32,
    /// Disk in bytes, in whole GiB.
    pub disk: u64,
}

/// Something doubtful about chosen sizes. None of it forbids them: libvirt
/// allows more than there is, and people have their reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Concern {
    /// More memory than the host has: guest and host will swap, or the guest
    /// will not start.
    MemoryAboveHost {
        /// The host's memory in bytes.
        host: u64,
    },
    /// So much that the host may run short.
    MemoryMostOfHost {
        /// The host's memory in bytes.
        host: u64,
    },
    /// Less memory than the system needs.
    MemoryBelowMinimum {
        /// Its minimum in bytes.
        minimum: u64,
    },
    /// More processors than the host has: they take turns.
    CpusAboveHost {
        /// The host's processors.
        host: u32,
    },
    /// More processors than the machine can have: it will not start.
    CpusAboveMachine {
        /// The machine's limit.
        limit: u32,
    },
    /// Fewer processors than the system needs.
    CpusBelowMinimum {
        /// Its minimum.
        minimum: u32,
    },
    /// A smaller disk than the system needs.
    DiskBelowMinimum {
        /// Its minimum in bytes.
        minimum: u64,
    },
    /// A larger disk than the pool has room for: it works until the guest has
    /// filled that room.
    DiskAbovePool {
        /// Free bytes in the pool.
        available: u64,
    },
}

/// Proposes sizes for `os` on `host`.
#[must_use]
pub fn propose(os: &OsProfile, host: &HostFacts, usage: Use) -> Proposal {
    let usual_memory = match usage {
        _ if os.is_windows() => 2 * GIB,
        Use::Desktop => 2 * GIB,
        Use::Text => 512 * MIB,
        Use::Unknown => GIB,
    };
    // A minimum is what the installer insists on; twice that is usable.
    let minimum = os.minimum.memory.unwrap_or(0);
    let mut memory = os
        .recommended
        .memory
        .or(os.minimum.memory.map(|m| m.saturating_mul(2)))
        .map_or(usual_memory, |m| if os.is_windows() { m.max(usual_memory) } else { m });
    // Half of a small host at most, as long as the system can live with it.
    if host.memory > 0 {
        let floor = if minimum > 0 { minimum } else { usual_memory / 2 };
        memory = memory.min((host.memory / 2).max(floor));
    }
    let wanted = os.recommended.cpus.or(os.minimum.cpus).unwrap_or(1);
    // Nearly all systems feel better with a second processor.
    let spare = if host.cpus >= 4 { 2 } else { 1 };
    let vcpus = wanted.max(spare).min(host.cpus.max(1));
    let usual_disk = if os.is_windows() { 64 * GIB } else { 20 * GIB };
    let known_disk = os.recommended.storage.max(os.minimum.storage);
    let disk = known_disk.unwrap_or(usual_disk);
    Proposal { memory: memory.div_ceil(MIB) * MIB, vcpus, disk: disk.div_ceil(GIB) * GIB }
}

/// What is doubtful about these sizes, the gravest first.
///
/// `disk` and `pool_available` are in bytes, and nothing where there is no new
/// disk or the pool is not known; `machine_limit` is the most processors that
/// the domain capabilities allow.
#[must_use]
pub fn concerns(
    os: &OsProfile,
    host: &HostFacts,
    sizes: Proposal,
    machine_limit: Option<u32>,
    disk: Option<u64>,
    pool_available: Option<u64>,
) -> Vec<Concern> {
    let mut found = Vec::new();
    if let Some(limit) = machine_limit.filter(|&limit| limit > 0 && sizes.vcpus > limit) {
        found.push(Concern::CpusAboveMachine { limit });
    }
    if host.memory > 0 && sizes.memory > host.memory {
        found.push(Concern::MemoryAboveHost { host: host.memory });
    } else if host.memory > 0 && sizes.memory > host.memory / 10 * 8 {
        found.push(Concern::MemoryMostOfHost { host: host.memory });
    }
    if let Some(minimum) = os.minimum.memory.filter(|&m| sizes.memory < m) {
        found.push(Concern::MemoryBelowMinimum { minimum });
    }
    if host.cpus > 0 && sizes.vcpus > host.cpus {
        found.push(Concern::CpusAboveHost { host: host.cpus });
    }
    if let Some(minimum) = os.minimum.cpus.filter(|&m| sizes.vcpus < m) {
        found.push(Concern::CpusBelowMinimum { minimum });
    }
    if let Some(disk) = disk {
        if let Some(minimum) = os.minimum.storage.filter(|&m| disk < m) {
            found.push(Concern::DiskBelowMinimum { minimum });
        }
        if let Some(available) = pool_available.filter(|&a| disk > a) {
            found.push(Concern::DiskAbovePool { available });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Concern, Proposal, Use, concerns, propose};
    use crate::model::{
        HostFacts,
        osinfo::{OsProfile, Resources},
        units::{GIB, MIB},
    };

    fn host(cpus: u32, memory: u64) -> HostFacts {
        HostFacts { cpus, memory, ..HostFacts::default() }
    }

    fn os(family: &str, minimum: Resources, recommended: Resources) -> OsProfile {
        OsProfile { family: Some(family.to_owned()), minimum, recommended, ..OsProfile::default() }
    }

    fn amounts(cpus: Option<u32>, memory: Option<u64>, storage: Option<u64>) -> Resources {
        Resources { cpus, memory, storage }
    }

    #[test]
    fn the_database_is_followed() {
        let debian = os(
            "linux",
            amounts(Some(1), Some(GIB), Some(10 * GIB)),
            amounts(None, Some(2 * GIB), Some(20 * GIB)),
        );
        let sizes = propose(&debian, &host(8, 32 * GIB), Use::Unknown);
        assert_eq!(sizes, Proposal { memory: 2 * GIB, vcpus: 2, disk: 20 * GIB });
        let only_minimum = os("linux", amounts(Some(4), Some(GIB), None), Resources::default());
        let sizes = propose(&only_minimum, &host(8, 32 * GIB), Use::Unknown);
        assert_eq!(sizes, Proposal { memory: 2 * GIB, vcpus: 4, disk: 20 * GIB });
    }

    #[test]
    fn where_nothing_is_known_the_use_decides() {
        let nothing = OsProfile::default();
        let memory = |usage| propose(&nothing, &host(2, 16 * GIB), usage).memory;
        assert_eq!(memory(Use::Text), 512 * MIB);
        assert_eq!(memory(Use::Unknown), GIB);
        assert_eq!(memory(Use::Desktop), 2 * GIB);
        let windows = os("winnt", Resources::default(), amounts(None, Some(512 * MIB), None));
        assert_eq!(propose(&windows, &host(2, 16 * GIB), Use::Text).memory, 2 * GIB);
    }

    #[test]
    fn a_small_host_keeps_half_but_the_minimum_is_kept() {
        let debian =
            os("linux", amounts(None, Some(GIB), None), amounts(None, Some(8 * GIB), None));
        assert_eq!(propose(&debian, &host(1, 4 * GIB), Use::Unknown).memory, 2 * GIB);
        assert_eq!(propose(&debian, &host(1, GIB), Use::Unknown).memory, GIB);
        assert_eq!(propose(&debian, &host(1, 4 * GIB), Use::Unknown).vcpus, 1);
        assert_eq!(propose(&debian, &host(0, 0), Use::Unknown).vcpus, 1);
    }

    #[test]
    fn overcommitting_is_told_not_refused() {
        let debian = os("linux", amounts(Some(2), Some(GIB), Some(10 * GIB)), Resources::default());
        let sizes = |memory, vcpus| Proposal { memory, vcpus, disk: 0 };
        let host = host(4, 8 * GIB);
        let of = |s, disk| concerns(&debian, &host, s, Some(255), disk, Some(100 * GIB));
        assert_eq!(of(sizes(2 * GIB, 2), Some(20 * GIB)), []);
        assert_eq!(
            of(sizes(9 * GIB, 5), None),
            [Concern::MemoryAboveHost { host: 8 * GIB }, Concern::CpusAboveHost { host: 4 },]
        );
        assert_eq!(
            of(sizes(7 * GIB, 300), None)[..2],
            [Concern::CpusAboveMachine { limit: 255 }, Concern::MemoryMostOfHost { host: 8 * GIB },]
        );
        assert_eq!(
            of(sizes(MIB, 1), Some(GIB)),
            [
                Concern::MemoryBelowMinimum { minimum: GIB },
                Concern::CpusBelowMinimum { minimum: 2 },
                Concern::DiskBelowMinimum { minimum: 10 * GIB },
            ]
        );
        assert_eq!(
            of(sizes(2 * GIB, 2), Some(200 * GIB)),
            [Concern::DiskAbovePool { available: 100 * GIB }]
        );
    }
}
