//! What is peculiar about single fields before QEMU on a PC, with its reasons.

/// Fields that this libvirt or QEMU lets nobody change, and why.
pub(crate) const CANNOT: &[(&str, &str)] = &[
    ("console.target", "on a PC the first console is the serial port, and each other is virtio"),
    ("smartcard.type", "a card from elsewhere than SPICE needs a server, which the XML says"),
    ("watchdog.model", "a machine q35 has its own iTCO, and no place for the others' kinds"),
    ("redirdev.type", "a device from elsewhere than SPICE needs a server, which the XML says"),
    ("security.type", "no processor here encrypts the memory of guests"),
    ("security.policy", "the same"),
    ("security.kernel_hashes", "the same"),
    ("machine.emulator", "there is no second one that libvirt would check here"),
    ("machine.gic", "a machine of ARM has it"),
    ("machine.ras", "the same"),
    ("clock.armvtimer", "the same"),
    ("machine.aia", "a machine of RISC-V has it"),
    ("machine.hpt", "a machine of POWER has it"),
    ("machine.htm", "the same"),
    ("machine.nested_hv", "the same"),
    ("machine.ccf_assist", "the same"),
    ("machine.cfpc", "the same"),
    ("machine.sbbc", "the same"),
    ("machine.ibs", "the same"),
    ("memory_device.requested", "only a module of the kind virtio-mem has it"),
    ("shmem.model", "the one kind needs a server, the other is none any more"),
    ("cache_tune.vcpus", "only guests of KVM divide the host's cache"),
    ("cache_tune.level", "the same"),
    ("cache_tune.id", "the same"),
    ("cache_tune.type", "the same"),
    ("cache_tune.size", "the same"),
    ("memory_tune.vcpus", "the same with its memory bandwidth"),
    ("memory_tune.id", "the same"),
    ("memory_tune.bandwidth", "the same"),
    ("disk.boot", "the boot page sets it, with that of all devices: tested there"),
    ("interface.boot", "the same"),
    ("hostdev.boot", "the same"),
];

/// What else changes with a field (of its device from `./` on), and why.
pub(crate) const TOGETHER: &[(&str, &[&str], &str)] = &[
    ("cpu.maximum", CPUS, "the topology makes up the number, the nodes have all of them"),
    ("cpu.sockets", TOPOLOGY, "the same"),
    ("cpu.dies", CPUS, "the same"),
    ("cpu.cores", TOPOLOGY, "the same"),
    ("cpu.threads", TOPOLOGY, "the same"),
    ("cpu.mode", MODEL, "libvirt keeps of the others what the mode has a use for"),
    ("memory.maximum", ALL, "the nodes have all of it, and the guest may still use all"),
    ("memory_device.size", MEMORY, "libvirt counts all memory itself"),
    ("numa_node.memory", MEMORY, "the same"),
    ("numa_node.cpus", NODES, "libvirt gives the first node what no other has"),
    ("cpu.cache", &["cpu/cache/@level"], "QEMU emulates one level only"),
    (
        "clock.offset",
        &["clock/@adjustment", "clock/@basis", "clock/@timezone"],
        "each kind has its own words",
    ),
    ("clock.timezone", &["clock/@adjustment"], "the same"),
    ("hyperv.spinlocks", &["features/hyperv/spinlocks/@retries"], "libvirt wants their number"),
    ("hyperv.mode", &["features/hyperv/relaxed/@state"], "passthrough is all of them"),
    ("tuning.numa_mode", &["numatune/memory/@nodeset"], "the one is nothing without the other"),
    ("tuning.numa_nodes", &["numatune/memory/@mode"], "the same"),
    ("tuning.iothreads", THREADS, "what is said of threads that are no more goes with them"),
    ("vcpu.enabled", VCPUS, "libvirt wants to be told of all processors"),
    ("vcpu.hotpluggable", VCPUS, "the same"),
    ("vcpu.order", VCPUS, "the same"),
    ("mem_node.mode", &["./@nodeset"], "the one is nothing without the other"),
    ("mem_node.nodes", &["./@mode"], "the same"),
    ("vcpu_sched.scheduler", &["./@priority"], "real time has priorities"),
    ("iothread_sched.scheduler", &["./@priority"], "the same"),
    ("tuning.emulator_scheduler", &["cputune/emulatorsched/@priority"], "the same"),
    ("fw_cfg.file", &["./"], "it is a text or a file"),
    ("fw_cfg.value", &["./@file"], "the same"),
    ("iothread.pool_min", &["./@thread_pool_max"], "no more than the most"),
    ("tuning.pool_min", &["defaultiothread/@thread_pool_max"], "the same"),
    ("block_device.weight", &["./path"], "libvirt keeps no disk that it says nothing of"),
    ("seclabel.type", &["./"], "libvirt says what follows from the kind"),
    ("disk.bus", ADDRESS, "another bus names places otherwise"),
    (
        "interface.type",
        &["./source/@network", "./source/@bridge", "./source/@dev", "./source/@mode"],
        "each type has its source",
    ),
    ("graphics.type", &["./@port"], "libvirt writes the free choice of a port in another way"),
    ("graphics.autoport", &["./@port"], "the first port, where none is chosen"),
    (
        "graphics.listen_type",
        &["./@port", "./@autoport", "./@listen", "./listen/@address"],
        "what has no address has no port",
    ),
    ("graphics.listen", &["./@listen"], "libvirt says it twice"),
    (
        "graphics.port",
        &["./@autoport", "./@listen", "./listen/@address"],
        "a port that is chosen is not libvirt's choice",
    ),
    (
        "video.model",
        &[
            "./model/@ram",
            "./model/@vram",
            "./model/@vgamem",
            "./model/@blob",
            "./model/acceleration/@accel3d",
            "./address/",
        ],
        "each card has its own memory",
    ),
    (
        "sound.model",
        &["./@streams", "./address/"],
        "libvirt says the usual number of a virtio card; USB has other places",
    ),
    ("input.bus", ADDRESS, "another bus names places otherwise"),
    (
        "serial.type",
        &["./source/", "./protocol/", FIRST_CONSOLE, FIRST_PROTOCOL, "devices/console[1]/@type"],
        "each type has its source; the first console is the first port",
    ),
    ("serial.path", &[FIRST_CONSOLE], "the first console is the first port"),
    ("serial.mode", &[FIRST_CONSOLE], "the same"),
    ("serial.host", &[FIRST_CONSOLE], "the same"),
    ("serial.service", &[FIRST_CONSOLE], "the same"),
    ("serial.append", &[FIRST_CONSOLE], "the same"),
    ("serial.protocol", &[FIRST_PROTOCOL], "the same"),
    ("serial.log", &["devices/console[1]/log/@file"], "the first console is the first port"),
    ("parallel.type", SOURCE, "each type has its source"),
    ("console.type", SOURCE, "the same"),
    ("channel.type", SOURCE, "the same; only QEMU's own agent has a clipboard"),
    ("channel.path", &["./source/@mode"], "libvirt says who waits"),
    ("throttle_group.total_iops", IOPS, "one limit for both, or one for each"),
    ("throttle_group.total_iops_max", IOPS, "the same"),
    ("throttle_group.total_iops_length", IOPS, "the same"),
    ("throttle_group.read_iops", IOPS, "the same"),
    ("throttle_group.read_iops_max", IOPS, "the same"),
    ("throttle_group.read_iops_length", IOPS, "the same"),
    ("throttle_group.write_iops", IOPS, "the same"),
    ("throttle_group.write_iops_max", IOPS, "the same"),
    ("throttle_group.write_iops_length", IOPS, "the same"),
    ("interface.vlans", &["./vlan/"], "several tags make a trunk"),
    ("smartcard.mode", &["./@type"], "a card of the host comes from nobody else"),
    (
        "tpm.backend",
        &["./backend/@version", "./backend/device/@path"],
        "the host's chip has its version and its file",
    ),
    ("rng.bytes", &["./rate/@period"], "the one is nothing without the other"),
    ("rng.period", &["./rate/@bytes"], "the same"),
    ("rng.backend", &["./backend"], "what is built in has no file"),
    ("panic.model", ADDRESS, "another bus names places otherwise"),
    ("watchdog.model", ADDRESS, "the same"),
    ("iommu.model", ADDRESS, "the same"),
    ("memballoon.model", ADDRESS, "none is plugged in nowhere"),
    (
        "iommu.intremap",
        &["features/ioapic/@driver"],
        "QEMU's own interrupt controller is needed for it",
    ),
];

const IOPS: &[&str] = &["./total_iops_sec", "./read_iops_sec"];
const SOURCE: &[&str] = &["./source/", "./protocol/"];
const FIRST_CONSOLE: &str = "devices/console[1]/source/";
const FIRST_PROTOCOL: &str = "devices/console[1]/protocol/";
const VCPUS: &[&str] = &["vcpu/@current", "vcpus/"];
const THREADS: &[&str] = &["iothreadids/", "cputune/iothreadsched[1]/"];
const TOPOLOGY: &[&str] =
    &["vcpu", "vcpu/@current", "cpu/topology/", "cpu/numa/cell[1]/@cpus", "cpu/numa/cell[2]/@cpus"];
const CPUS: &[&str] = &[
    "vcpu",
    "vcpu/@current",
    "cpu/topology/@cores",
    "cpu/topology/@threads",
    "cpu/numa/cell[1]/@cpus",
    "cpu/numa/cell[2]/@cpus",
];
const MODEL: &[&str] = &["cpu/@match", "cpu/@migratable", "cpu/model", "cpu/model/@fallback"];
const NODES: &[&str] = &[
    "cpu/numa/cell[1]/@cpus",
    "cpu/numa/cell[2]/@cpus",
    "cpu/numa/cell[1]/@memory",
    "cpu/numa/cell[2]/@memory",
];
const ALL: &[&str] = &["cpu/numa/cell[1]/@memory", "cpu/numa/cell[2]/@memory", "currentMemory"];
const MEMORY: &[&str] = &["memory", "currentMemory"];
const ADDRESS: &[&str] = &["./address/"];

/// Parts of places that stay otherwise when a field is taken back: libvirt
/// chooses them, or adds them and never takes them away.
pub(crate) const STAYS: &[&str] =
    &["/address", "cpu/model/@fallback", "features/ioapic", "iommu[1]/driver", "/@streams"];

/// Values for fields whose kind does not say enough.
pub(crate) fn named(id: &str) -> &'static [&'static str] {
    match id {
        "cpu.model" => &["Nehalem", "qemu64"],
        "machine.type" => &["pc-q35-9.2", "pc-q35-9.0", "pc-q35-8.2"],
        "clock.timezone" => &["Europe/Madrid"],
        "graphics.listen" => &["127.0.0.2"],
        "graphics.keymap" => &["es"],
        "numa_node.cpus" => &["3"],
        "disk.throttle" => &["slow"],
        "bios.date" => &["04/01/2014"],
        "bios.release" => &["1.2"],
        "vcpu_sched.vcpus" => &["1", "1-2"],
        "iothread_sched.threads" => &["1"],
        "seclabel.label" | "seclabel.baselabel" => &["+64056:+64056", "another"],
        _ => &[],
    }
}
