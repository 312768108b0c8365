//! The guest as a whole.

use crate::model::hardware::{
    Applies::{self, NextStart},
    Field, Kind, Place, Rule, Section,
    field::{ON_OFF, YES_NO, field},
};

use super::part::{POOL_MAX, POOL_MIN, SCHEDULERS};

const CPU: Place = Place::Guest(Section::Cpu);
const MEMORY: Place = Place::Guest(Section::Memory);
const BOOT: Place = Place::Guest(Section::Boot);
const MACHINE: Place = Place::Guest(Section::Machine);
const TUNING: Place = Place::Guest(Section::Tuning);

const COUNT: Kind = Kind::Number { min: 1, max: 4096 };
const PERIOD: Kind = Kind::Number { min: 1000, max: 1_000_000 };
const QUOTA: Kind = Kind::Number { min: 1000, max: 17_592_186_044_415 };
const MIB: u64 = 1 << 20;
const ON_POWEROFF: Kind = Kind::Choice(&["destroy", "restart", "preserve", "rename-restart"]);
const ON_CRASH: Kind = Kind::Choice(&[
    "destroy",
    "restart",
    "preserve",
    "rename-restart",
    "coredump-destroy",
    "coredump-restart",
]);
/// What a processor of POWER does against attacks by speculation.
const MITIGATION: Kind = Kind::Choice(&["broken", "workaround", "fixed"]);
/// Enlightenments that are on or off, without a number.
const STATE: Kind = ON_OFF;

#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("cpu.current", CPU, "vcpu/@current", COUNT, Applies::Vcpus, "processors that are plugged in"),
    field("cpu.maximum", CPU, "vcpu", COUNT, NextStart, "processors that can be plugged in"),
    field("cpu.mode", CPU, "cpu/@mode", Kind::Choice(&["host-passthrough", "host-model", "maximum", "custom"]), NextStart, "how the processor is chosen"),
    field("cpu.model", CPU, "cpu/model", Kind::OpenChoice(&[]), NextStart, "the processor's name, for the mode custom"),
    field("cpu.check", CPU, "cpu/@check", Kind::Choice(&["none", "partial", "full"]), NextStart, "how strictly the processor is compared at start"),
    field("cpu.migratable", CPU, "cpu/@migratable", ON_OFF, NextStart, "only features that another host can have, too"),
    field("cpu.sockets", CPU, "cpu/topology/@sockets", COUNT, NextStart, "sockets of the topology"),
    field("cpu.dies", CPU, "cpu/topology/@dies", COUNT, NextStart, "dies of a socket"),
    field("cpu.cores", CPU, "cpu/topology/@cores", COUNT, NextStart, "cores of a die"),
    field("cpu.threads", CPU, "cpu/topology/@threads", COUNT, NextStart, "threads of a core"),
    field("cpu.cache", CPU, "cpu/cache/@mode", Kind::Choice(&["emulate", "passthrough", "disable"]), NextStart, "which cache the guest sees"),

    field("memory.current", MEMORY, "currentMemory", Kind::Size { min: MIB }, Applies::Balloon, "memory that the guest may use"),
    field("memory.maximum", MEMORY, "memory", Kind::Size { min: MIB }, NextStart, "memory that the guest starts with"),
    field("memory.hotplug", MEMORY, "maxMemory", Kind::Size { min: MIB }, NextStart, "memory up to which modules can be plugged in"),
    field("memory.slots", MEMORY, "maxMemory/@slots", Kind::Number { min: 1, max: 256 }, NextStart, "places for memory modules"),
    field("memory.source", MEMORY, "memoryBacking/source/@type", Kind::Choice(&["anonymous", "file", "memfd"]), NextStart, "where the host takes it from"),
    field("memory.access", MEMORY, "memoryBacking/access/@mode", Kind::Choice(&["shared", "private"]), NextStart, "whether the host's other programs can share it, as virtiofs needs"),
    field("memory.allocation", MEMORY, "memoryBacking/allocation/@mode", Kind::Choice(&["immediate", "ondemand"]), NextStart, "when the host gives it"),
    field("memory.hugepages", MEMORY, "memoryBacking/hugepages", Kind::Flag, NextStart, "from the host's huge pages"),
    field("memory.hugepage_size", MEMORY, "memoryBacking/hugepages/page/@size", Kind::Size { min: 4096 }, NextStart, "the size of each huge page; the host's usual one unless said"),
    field("memory.locked", MEMORY, "memoryBacking/locked", Kind::Flag, NextStart, "never swapped out by the host"),
    field("memory.nosharepages", MEMORY, "memoryBacking/nosharepages", Kind::Flag, NextStart, "never merged with equal pages of others"),
    field("memory.discard", MEMORY, "memoryBacking/discard", Kind::Flag, NextStart, "given up without being written when the guest ends"),

    field("boot.menu", BOOT, "os/bootmenu/@enable", YES_NO, NextStart, "whether the firmware offers a menu"),
    field("boot.menu_timeout", BOOT, "os/bootmenu/@timeout", Kind::Number { min: 0, max: 65535 }, NextStart, "how long the menu waits, in milliseconds"),
    field("boot.kernel", BOOT, "os/kernel", Kind::Text(Rule::Path), NextStart, "a kernel of the host to start directly"),
    field("boot.initrd", BOOT, "os/initrd", Kind::Text(Rule::Path), NextStart, "its initial file system"),
    field("boot.cmdline", BOOT, "os/cmdline", Kind::Text(Rule::Line), NextStart, "its arguments"),
    field("boot.dtb", BOOT, "os/dtb", Kind::Text(Rule::Path), NextStart, "a device tree"),

    field("machine.type", MACHINE, "os/type/@machine", Kind::OpenChoice(&[]), NextStart, "the chipset and its version"),
    field("machine.acpi", MACHINE, "features/acpi", Kind::Flag, NextStart, "ACPI: without it the guest cannot be asked to shut down"),
    field("machine.apic", MACHINE, "features/apic", Kind::Flag, NextStart, "the interrupt controller that several processors need"),
    field("machine.pae", MACHINE, "features/pae", Kind::Flag, NextStart, "more than 4 GiB for systems of 32 bits"),
    field("machine.smm", MACHINE, "features/smm/@state", ON_OFF, NextStart, "system management mode, which Secure Boot needs"),
    field("machine.vmport", MACHINE, "features/vmport/@state", ON_OFF, NextStart, "VMware's port"),
    field("machine.emulator", MACHINE, "devices/emulator", Kind::Text(Rule::Path), NextStart, "the program that runs the guest"),
    field("machine.genid", MACHINE, "genid", Kind::Flag, NextStart, "a number that tells the guest that it was copied or taken back"),
    field("machine.pmu", MACHINE, "features/pmu/@state", ON_OFF, NextStart, "counters of the processor's work"),
    field("machine.vmcoreinfo", MACHINE, "features/vmcoreinfo/@state", ON_OFF, NextStart, "the guest says what a dump of its memory needs"),
    field("machine.ps2", MACHINE, "features/ps2/@state", ON_OFF, NextStart, "the controller of PS/2 keyboard and mouse"),
    field("machine.ioapic", MACHINE, "features/ioapic/@driver", Kind::Choice(&["kvm", "qemu"]), NextStart, "who emulates the interrupt controller"),
    field("machine.msrs", MACHINE, "features/msrs/@unknown", Kind::Choice(&["ignore", "fault"]), NextStart, "what happens when the guest asks for a register that there is not"),
    field("machine.async_teardown", MACHINE, "features/async-teardown/@enabled", YES_NO, NextStart, "memory is given back after the end of the guest"),
    field("machine.gic", MACHINE, "features/gic/@version", Kind::Choice(&["2", "3", "host"]), NextStart, "the interrupt controller of ARM machines"),
    field("machine.hint_dedicated", MACHINE, "features/kvm/hint-dedicated/@state", ON_OFF, NextStart, "the guest may count on processors of its own (KVM)"),
    field("machine.poll_control", MACHINE, "features/kvm/poll-control/@state", ON_OFF, NextStart, "the guest says when it waits actively (KVM)"),
    field("machine.kvm_hidden", MACHINE, "features/kvm/hidden/@state", ON_OFF, NextStart, "whether the guest is not told that KVM runs it"),
    field("machine.tb_cache", MACHINE, "features/tcg/tb-cache", Kind::Size { min: MIB }, NextStart, "memory for translated code (emulation)"),
    field("machine.ras", MACHINE, "features/ras/@state", ON_OFF, NextStart, "errors of the host's memory are told to the guest (ARM)"),
    field("machine.aia", MACHINE, "features/aia/@value", Kind::Choice(&["none", "aplic", "aplic-imsic"]), NextStart, "the interrupt controller of RISC-V machines"),
    field("machine.hpt", MACHINE, "features/hpt/@resizing", Kind::Choice(&["enabled", "disabled", "required"]), NextStart, "whether the page table can grow (POWER)"),
    field("machine.htm", MACHINE, "features/htm/@state", ON_OFF, NextStart, "transactional memory (POWER)"),
    field("machine.nested_hv", MACHINE, "features/nested-hv/@state", ON_OFF, NextStart, "guests in the guest (POWER)"),
    field("machine.ccf_assist", MACHINE, "features/ccf-assist/@state", ON_OFF, NextStart, "the processor flushes its count cache by itself (POWER)"),
    field("machine.cfpc", MACHINE, "features/cfpc/@value", MITIGATION, NextStart, "the cache is flushed when privileges change (POWER)"),
    field("machine.sbbc", MACHINE, "features/sbbc/@value", MITIGATION, NextStart, "no speculation past a check of bounds (POWER)"),
    field("machine.ibs", MACHINE, "features/ibs/@value", Kind::Choice(&["broken", "workaround", "fixed-ibs", "fixed-ccd", "fixed-na"]), NextStart, "no speculation of indirect branches (POWER)"),
    field("hyperv.mode", MACHINE, "features/hyperv/@mode", Kind::Choice(&["custom", "passthrough"]), NextStart, "Hyper-V enlightenments: one by one, or all of the host"),
    field("hyperv.relaxed", MACHINE, "features/hyperv/relaxed/@state", STATE, NextStart, "no watchdog for late timers"),
    field("hyperv.vapic", MACHINE, "features/hyperv/vapic/@state", STATE, NextStart, "a virtual interrupt controller"),
    field("hyperv.spinlocks", MACHINE, "features/hyperv/spinlocks/@state", STATE, NextStart, "telling the host of waiting"),
    field("hyperv.spinlock_retries", MACHINE, "features/hyperv/spinlocks/@retries", Kind::Number { min: 4095, max: 4_294_967_294 }, NextStart, "how often it tries before"),
    field("hyperv.vpindex", MACHINE, "features/hyperv/vpindex/@state", STATE, NextStart, "processors know their numbers"),
    field("hyperv.runtime", MACHINE, "features/hyperv/runtime/@state", STATE, NextStart, "processors know how long they ran"),
    field("hyperv.synic", MACHINE, "features/hyperv/synic/@state", STATE, NextStart, "synthetic interrupts"),
    field("hyperv.stimer", MACHINE, "features/hyperv/stimer/@state", STATE, NextStart, "synthetic timers"),
    field("hyperv.reset", MACHINE, "features/hyperv/reset/@state", STATE, NextStart, "reset through Hyper-V"),
    field("hyperv.frequencies", MACHINE, "features/hyperv/frequencies/@state", STATE, NextStart, "frequencies of clocks"),
    field("hyperv.reenlightenment", MACHINE, "features/hyperv/reenlightenment/@state", STATE, NextStart, "notice of a move to another host"),
    field("hyperv.tlbflush", MACHINE, "features/hyperv/tlbflush/@state", STATE, NextStart, "flushing other processors' address caches"),
    field("hyperv.ipi", MACHINE, "features/hyperv/ipi/@state", STATE, NextStart, "interrupts between processors"),
    field("hyperv.evmcs", MACHINE, "features/hyperv/evmcs/@state", STATE, NextStart, "quicker nested guests on Intel"),
    field("hyperv.avic", MACHINE, "features/hyperv/avic/@state", STATE, NextStart, "hardware interrupts beside the synthetic ones"),
    field("hyperv.emsr_bitmap", MACHINE, "features/hyperv/emsr_bitmap/@state", STATE, NextStart, "quicker register access of nested guests"),
    field("hyperv.xmm_input", MACHINE, "features/hyperv/xmm_input/@state", STATE, NextStart, "calls with values in XMM registers"),
    field("clock.offset", MACHINE, "clock/@offset", Kind::Choice(&["utc", "localtime", "timezone", "variable"]), NextStart, "what the guest's clock shows"),
    field("clock.timezone", MACHINE, "clock/@timezone", Kind::Text(Rule::Line), NextStart, "the time zone, for the offset timezone"),
    field("clock.rtc", MACHINE, "clock/timer[@name='rtc']/@tickpolicy", Kind::Choice(&["delay", "catchup", "merge", "discard"]), NextStart, "ticks of the clock chip that were missed"),
    field("clock.pit", MACHINE, "clock/timer[@name='pit']/@tickpolicy", Kind::Choice(&["delay", "catchup", "merge", "discard"]), NextStart, "ticks of the interval timer that were missed"),
    field("clock.hpet", MACHINE, "clock/timer[@name='hpet']/@present", YES_NO, NextStart, "the HPET timer"),
    field("clock.hypervclock", MACHINE, "clock/timer[@name='hypervclock']/@present", YES_NO, NextStart, "the clock that Windows uses on Hyper-V"),
    field("clock.kvmclock", MACHINE, "clock/timer[@name='kvmclock']/@present", YES_NO, NextStart, "the clock that Linux uses on KVM"),
    field("clock.tsc", MACHINE, "clock/timer[@name='tsc']/@frequency", Kind::Number { min: 1_000_000, max: 100_000_000_000 }, NextStart, "how often the processor's counter ticks in a second"),
    field("clock.armvtimer", MACHINE, "clock/timer[@name='armvtimer']/@tickpolicy", Kind::Choice(&["delay", "discard"]), NextStart, "ticks of the timer that were missed (ARM)"),
    field("power.suspend_to_mem", MACHINE, "pm/suspend-to-mem/@enabled", YES_NO, NextStart, "sleep is offered to the guest"),
    field("power.suspend_to_disk", MACHINE, "pm/suspend-to-disk/@enabled", YES_NO, NextStart, "hibernation is offered to the guest"),
    field("on.poweroff", MACHINE, "on_poweroff", ON_POWEROFF, NextStart, "what happens when the guest switches itself off"),
    field("on.reboot", MACHINE, "on_reboot", ON_POWEROFF, NextStart, "what happens when the guest restarts"),
    field("on.crash", MACHINE, "on_crash", ON_CRASH, NextStart, "what happens when the guest crashes"),
    field("on.lockfailure", MACHINE, "on_lockfailure", Kind::Choice(&["poweroff", "restart", "pause", "ignore"]), NextStart, "what happens when a lock manager takes its disks' locks away"),
    field("security.type", MACHINE, "launchSecurity/@type", Kind::OpenChoice(&["sev", "sev-snp", "tdx", "s390-pv"]), NextStart, "the host cannot read the guest's memory"),
    field("security.policy", MACHINE, "launchSecurity/policy", Kind::Text(Rule::Hexadecimal), NextStart, "what the guest's owner allows, as the processor's maker counts it"),
    field("security.kernel_hashes", MACHINE, "launchSecurity/@kernelHashes", YES_NO, NextStart, "a kernel that is started directly is measured, too (SEV)"),
    field("keywrap.aes", MACHINE, "keywrap/cipher[@name='aes']/@state", ON_OFF, NextStart, "AES keys that only the processor can unwrap (s390)"),
    field("keywrap.dea", MACHINE, "keywrap/cipher[@name='dea']/@state", ON_OFF, NextStart, "DEA keys that only the processor can unwrap (s390)"),

    field("tuning.shares", TUNING, "cputune/shares", Kind::Number { min: 1, max: 262_144 }, Applies::Tuning, "its weight beside other guests on a busy host"),
    field("tuning.cpuset", TUNING, "vcpu/@cpuset", Kind::Text(Rule::CpuSet), NextStart, "the host's processors that it may run on"),
    field("tuning.period", TUNING, "cputune/period", PERIOD, Applies::Tuning, "the period of the quota, in microseconds"),
    field("tuning.quota", TUNING, "cputune/quota", QUOTA, Applies::Tuning, "microseconds that a processor may run in each period"),
    field("tuning.global_period", TUNING, "cputune/global_period", PERIOD, Applies::Tuning, "the period of the quota of all its threads together, in microseconds"),
    field("tuning.global_quota", TUNING, "cputune/global_quota", QUOTA, Applies::Tuning, "microseconds that all its threads together may run in each period"),
    field("tuning.emulator_period", TUNING, "cputune/emulator_period", PERIOD, Applies::Tuning, "the period of the emulator's quota, in microseconds"),
    field("tuning.emulator_quota", TUNING, "cputune/emulator_quota", QUOTA, Applies::Tuning, "microseconds that the emulator itself may run in each period"),
    field("tuning.iothread_period", TUNING, "cputune/iothread_period", PERIOD, Applies::Tuning, "the period of a disk thread's quota, in microseconds"),
    field("tuning.iothread_quota", TUNING, "cputune/iothread_quota", QUOTA, Applies::Tuning, "microseconds that a disk thread may run in each period"),
    field("tuning.emulatorpin", TUNING, "cputune/emulatorpin/@cpuset", Kind::Text(Rule::CpuSet), Applies::Tuning, "the host's processors for the emulator itself"),
    field("tuning.emulator_scheduler", TUNING, "cputune/emulatorsched/@scheduler", SCHEDULERS, NextStart, "how the host's kernel gives the emulator itself time"),
    field("tuning.emulator_priority", TUNING, "cputune/emulatorsched/@priority", Kind::Number { min: 1, max: 99 }, NextStart, "before which others, in real time"),
    field("tuning.iothreads", TUNING, "iothreads", Kind::Number { min: 1, max: 256 }, Applies::Tuning, "threads for the disks' work"),
    field("tuning.pool_min", TUNING, "defaultiothread/@thread_pool_min", POOL_MIN, NextStart, "the fewest threads that the emulator keeps for slow work"),
    field("tuning.pool_max", TUNING, "defaultiothread/@thread_pool_max", POOL_MAX, NextStart, "the most threads that the emulator keeps for slow work"),
    field("tuning.partition", TUNING, "resource/partition", Kind::Text(Rule::Path), NextStart, "the host's group of guests that share resources"),
    field("tuning.numa_mode", TUNING, "numatune/memory/@mode", Kind::Choice(&["strict", "preferred", "interleave", "restrictive"]), NextStart, "how memory is taken from the host's nodes"),
    field("tuning.numa_nodes", TUNING, "numatune/memory/@nodeset", Kind::Text(Rule::CpuSet), Applies::Tuning, "the host's nodes that memory is taken from"),
    field("tuning.memory_hard", TUNING, "memtune/hard_limit", Kind::Size { min: MIB }, Applies::Tuning, "the most memory of the host, emulator included"),
    field("tuning.memory_soft", TUNING, "memtune/soft_limit", Kind::Size { min: MIB }, Applies::Tuning, "the same while the host is short of memory"),
    field("tuning.memory_swap", TUNING, "memtune/swap_hard_limit", Kind::Size { min: MIB }, Applies::Tuning, "the most memory of the host with what is swapped out"),
    field("tuning.io_weight", TUNING, "blkiotune/weight", Kind::Number { min: 100, max: 1000 }, Applies::Tuning, "its weight on busy disks of the host"),
];
