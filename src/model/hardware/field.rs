//! One thing that a person can change about a guest.

use super::DeviceKind;

/// One thing that a person can change about a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in this program: `disk.cache`, `memory.maximum`.
    pub id: &'static str,
    /// What it belongs to.
    pub place: Place,
    /// Where it is in the XML, from the guest or from its device.
    pub path: &'static str,
    /// Which values it takes.
    pub kind: Kind,
    /// When a change of it applies.
    pub applies: Applies,
    /// What it is, in a few words, for the documentation.
    pub about: &'static str,
}

/// What a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The guest as a whole.
    Guest(Section),
    /// Each device of this kind.
    Device(DeviceKind),
}

/// Fields of the guest as a whole that are shown together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Processors.
    Cpu,
    /// Memory.
    Memory,
    /// What it starts from, and with which firmware.
    Boot,
    /// Features of the machine, its clock and power management.
    Machine,
    /// Shares and limits of the host's resources.
    Tuning,
}

impl Section {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Cpu, Self::Memory, Self::Boot, Self::Machine, Self::Tuning];
}

/// Which values a field takes, as libvirt writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There or not, as `<readonly/>` is: the value is `yes` or nothing.
    Flag,
    /// One of two words; nothing leaves it to libvirt.
    Switch {
        /// The word for on.
        on: &'static str,
        /// The word for off.
        off: &'static str,
    },
    /// One of these words; nothing leaves it to libvirt.
    Choice(&'static [&'static str]),
    /// One of these words or of what this host offers, or another one.
    OpenChoice(&'static [&'static str]),
    /// A whole number.
    Number {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// An amount in bytes; the XML may have it in another unit.
    Size {
        /// The least, in bytes.
        min: u64,
    },
    /// A text.
    Text(Rule),
}

/// What a text must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// One line.
    Line,
    /// A path that begins with `/`.
    Path,
    /// A hardware address of a network interface that is no group's.
    Mac,
    /// A serial number as a disk carries it.
    Serial,
    /// Something never to be shown.
    Password,
    /// A list of processors: `0-3,^2,8`.
    CpuSet,
    /// A number in hexadecimal digits: `0x0003`.
    Hexadecimal,
    /// Tags of virtual LANs: `42` or `10,20`.
    Vlans,
}

/// When a change of a field applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// At the guest's next start.
    NextStart,
    /// At once where the hypervisor can, by updating the device.
    Device,
    /// At once, through the balloon in the guest.
    Balloon,
    /// At once, by plugging processors in; unplugging needs the guest's help.
    Vcpus,
    /// At once, by a question of its own to the hypervisor; limits and shares
    /// where the host has the means for them.
    Tuning,
}

impl Field {
    /// Whether libvirt must be told: leaving it out would say something else
    /// than "the default".
    #[must_use]
    pub fn is_required(&self) -> bool {
        matches!(
            self.id,
            "cpu.maximum"
                | "memory.maximum"
                | "machine.type"
                | "disk.bus"
                | "interface.type"
                | "graphics.type"
                | "video.model"
                | "sound.model"
                | "audio.type"
                | "input.type"
                | "serial.type"
                | "parallel.type"
                | "console.type"
                | "channel.type"
                | "channel.name"
                | "filesystem.source"
                | "filesystem.target"
                | "redirdev.type"
                | "smartcard.mode"
                | "tpm.backend"
                | "rng.backend"
                | "rng.source"
                | "watchdog.model"
                | "memballoon.model"
                | "memory_device.size"
                | "shmem.size"
                | "iommu.model"
                | "pstore.path"
                | "pstore.size"
                | "lease.key"
                | "lease.path"
                | "disk.namespace"
                | "machine.emulator"
                | "oem_string.text"
                | "vcpu_sched.vcpus"
                | "vcpu_sched.scheduler"
                | "iothread_sched.threads"
                | "iothread_sched.scheduler"
                | "cache_tune.vcpus"
                | "cache_tune.level"
                | "cache_tune.id"
                | "cache_tune.type"
                | "cache_tune.size"
                | "memory_tune.vcpus"
                | "memory_tune.id"
                | "memory_tune.bandwidth"
        )
    }

    /// Whether libvirt itself writes another value into the definition of a
    /// running guest than that of its next start: a port that it chose, say.
    #[must_use]
    pub fn varies_while_running(&self) -> bool {
        matches!(
            self.id,
            "cpu.mode"
                | "cpu.model"
                | "cpu.check"
                | "cpu.migratable"
                | "disk.format"
                | "graphics.port"
                | "graphics.listen"
                | "graphics.listen_type"
                | "graphics.password"
                | "graphics.rendernode"
                | "vsock.cid"
                | "serial.path"
                | "channel.path"
                | "console.path"
                | "parallel.path"
                | "memory.current"
                | "console.type"
        )
    }

    /// Whether a guest that runs with `now` does not run with what `wanted` says.
    /// libvirt fills in what a definition leaves open, but for what is there or
    /// not.
    #[must_use]
    pub fn is_pending(&self, now: Option<&str>, wanted: Option<&str>) -> bool {
        let Some(wanted) = wanted else {
            return self.kind == Kind::Flag && now.is_some();
        };
        if self.id == "cpu_feature.policy" {
            // A running guest is told what became of the wish.
            let has = |policy| matches!(policy, Some("require" | "force"));
            return match wanted {
                "require" | "force" => !has(now),
                "disable" | "forbid" => has(now),
                _ => false,
            };
        }
        !self.varies_while_running() && now != Some(wanted)
    }

    /// Whether it is set for all devices together, on the page of what the guest
    /// starts from.
    #[must_use]
    pub fn is_boot_order(&self) -> bool {
        self.path == "boot/@order"
    }

    /// Whether a change can apply while the guest runs.
    #[must_use]
    pub fn can_be_live(&self) -> bool {
        self.applies != Applies::NextStart
    }
}

/// A field's line in a table.
pub(super) const fn field(
    id: &'static str,
    place: Place,
    path: &'static str,
    kind: Kind,
    applies: Applies,
    about: &'static str,
) -> Field {
    Field { id, place, path, kind, applies, about }
}

/// The switch that libvirt writes as `on` and `off`.
pub(super) const ON_OFF: Kind = Kind::Switch { on: "on", off: "off" };
/// The switch that libvirt writes as `yes` and `no`.
pub(super) const YES_NO: Kind = Kind::Switch { on: "yes", off: "no" };
