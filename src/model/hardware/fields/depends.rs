//! What fields need of each other.

/// The values of other fields of the same device (or of the guest) without one of
/// which a field means nothing; pages show it only then. No value is any. Nothing
/// for a field that needs no other.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table")]
pub fn depends(id: &str) -> &'static [(&'static str, &'static str)] {
    match id {
        "cpu.model" => &[("cpu.mode", "custom")],
        "cpu.migratable" => &[("cpu.mode", "host-passthrough")],
        "memory.hugepage_size" => &[("memory.hugepages", "yes")],
        "boot.menu_timeout" => &[("boot.menu", "yes")],
        "hyperv.spinlock_retries" => &[("hyperv.spinlocks", "on")],
        "clock.timezone" => &[("clock.offset", "timezone")],
        "interface.network" | "interface.portgroup" => &[("interface.type", "network")],
        "interface.bridge" => &[("interface.type", "bridge")],
        "interface.device" | "interface.mode" => &[("interface.type", "direct")],
        "graphics.gl" => &[("graphics.type", "spice")],
        "graphics.rendernode" => &[("graphics.gl", "yes")],
        "graphics.listen" => &[("graphics.listen_type", "address")],
        "video.accel3d" | "video.blob" => &[("video.model", "virtio")],
        "tpm.device" => &[("tpm.backend", "passthrough")],
        "tpm.version" => &[("tpm.backend", "emulator")],
        "rng.source" => &[("rng.backend", "random")],
        "security.policy" | "security.kernel_hashes" => &[("security.type", "sev")],
        "smartcard.type" => &[("smartcard.mode", "passthrough")],
        "disk.removable" => &[("disk.bus", "usb")],
        "vcpu_sched.priority" => &[("vcpu_sched.scheduler", "fifo")],
        "iothread_sched.priority" => &[("iothread_sched.scheduler", "fifo")],
        "tuning.emulator_priority" => &[("tuning.emulator_scheduler", "fifo")],
        "seclabel.label" | "seclabel.relabel" => &[("seclabel.type", "static")],
        "seclabel.baselabel" => &[("seclabel.type", "dynamic")],
        id if SMBIOS.iter().any(|block| id.starts_with(block)) => &[("boot.smbios", "sysinfo")],
        "channel.clipboard" | "channel.mouse" => &[("channel.type", "qemu-vdagent")],
        "channel.path" => &[("channel.type", "unix")],
        "interface.trunk" => &[("interface.vlans", "")],
        "interface.inbound_peak" | "interface.inbound_burst" | "interface.inbound_floor" => {
            &[("interface.inbound", "")]
        }
        "interface.outbound_peak" | "interface.outbound_burst" => &[("interface.outbound", "")],
        "graphics.image_compression"
        | "graphics.jpeg_compression"
        | "graphics.zlib_compression"
        | "graphics.playback_compression"
        | "graphics.streaming"
        | "graphics.mouse"
        | "graphics.clipboard"
        | "graphics.file_transfer" => &[("graphics.type", "spice")],
        "disk.io_size" => {
            &[("disk.total_iops", ""), ("disk.read_iops", ""), ("disk.write_iops", "")]
        }
        "disk.limit_group" => &[
            ("disk.total_bytes", ""),
            ("disk.read_bytes", ""),
            ("disk.write_bytes", ""),
            ("disk.total_iops", ""),
            ("disk.read_iops", ""),
            ("disk.write_iops", ""),
        ],
        "throttle_group.io_size" => &[
            ("throttle_group.total_iops", ""),
            ("throttle_group.read_iops", ""),
            ("throttle_group.write_iops", ""),
        ],
        "serial.path" => &[
            ("serial.type", "file"),
            ("serial.type", "unix"),
            ("serial.type", "dev"),
            ("serial.type", "pipe"),
        ],
        "serial.mode" => &[("serial.type", "tcp"), ("serial.type", "unix")],
        "serial.host" | "serial.service" => &[("serial.type", "tcp"), ("serial.type", "udp")],
        "serial.protocol" => &[("serial.type", "tcp")],
        "parallel.path" => &[
            ("parallel.type", "file"),
            ("parallel.type", "unix"),
            ("parallel.type", "dev"),
            ("parallel.type", "pipe"),
        ],
        "parallel.mode" => &[("parallel.type", "tcp"), ("parallel.type", "unix")],
        "parallel.host" | "parallel.service" => {
            &[("parallel.type", "tcp"), ("parallel.type", "udp")]
        }
        "parallel.protocol" => &[("parallel.type", "tcp")],
        "console.path" => &[
            ("console.type", "file"),
            ("console.type", "unix"),
            ("console.type", "dev"),
            ("console.type", "pipe"),
        ],
        "console.mode" => &[("console.type", "tcp"), ("console.type", "unix")],
        "console.host" | "console.service" => &[("console.type", "tcp"), ("console.type", "udp")],
        "console.protocol" => &[("console.type", "tcp")],
        "channel.mode" => &[("channel.path", ""), ("channel.type", "tcp")],
        "channel.host" | "channel.service" | "channel.protocol" => &[("channel.type", "tcp")],
        "serial.append" => &[("serial.type", "file")],
        "disk.total_bytes_max" => &[("disk.total_bytes", "")],
        "disk.total_bytes_length" => &[("disk.total_bytes_max", "")],
        "disk.read_bytes_max" => &[("disk.read_bytes", "")],
        "disk.read_bytes_length" => &[("disk.read_bytes_max", "")],
        "disk.write_bytes_max" => &[("disk.write_bytes", "")],
        "disk.write_bytes_length" => &[("disk.write_bytes_max", "")],
        "disk.total_iops_max" => &[("disk.total_iops", "")],
        "disk.total_iops_length" => &[("disk.total_iops_max", "")],
        "disk.read_iops_max" => &[("disk.read_iops", "")],
        "disk.read_iops_length" => &[("disk.read_iops_max", "")],
        "disk.write_iops_max" => &[("disk.write_iops", "")],
        "disk.write_iops_length" => &[("disk.write_iops_max", "")],
        "throttle_group.total_bytes_max" => &[("throttle_group.total_bytes", "")],
        "throttle_group.total_bytes_length" => &[("throttle_group.total_bytes_max", "")],
        "throttle_group.read_bytes_max" => &[("throttle_group.read_bytes", "")],
        "throttle_group.read_bytes_length" => &[("throttle_group.read_bytes_max", "")],
        "throttle_group.write_bytes_max" => &[("throttle_group.write_bytes", "")],
        "throttle_group.write_bytes_length" => &[("throttle_group.write_bytes_max", "")],
        "throttle_group.total_iops_max" => &[("throttle_group.total_iops", "")],
        "throttle_group.total_iops_length" => &[("throttle_group.total_iops_max", "")],
        "throttle_group.read_iops_max" => &[("throttle_group.read_iops", "")],
        "throttle_group.read_iops_length" => &[("throttle_group.read_iops_max", "")],
        "throttle_group.write_iops_max" => &[("throttle_group.write_iops", "")],
        "throttle_group.write_iops_length" => &[("throttle_group.write_iops_max", "")],
        _ => &[],
    }
}

/// The fields of the same device beside which it means nothing, or libvirt refuses it.
#[must_use]
pub fn excludes(id: &str) -> &'static [&'static str] {
    const OWN_LIMITS: &[&str] = &[
        "disk.total_bytes",
        "disk.read_bytes",
        "disk.write_bytes",
        "disk.total_iops",
        "disk.read_iops",
        "disk.write_iops",
    ];
    match id {
        "disk.throttle" => OWN_LIMITS,
        // What is read is not written to a disk that cannot be written.
        "disk.copy_on_read" => &["disk.readonly"],
        id if OWN_LIMITS.contains(&id) => &["disk.throttle"],
        _ => &[],
    }
}

/// What the ids of what the guest's SMBIOS says begin with.
const SMBIOS: [&str; 4] = ["bios.", "system.", "board.", "case."];

/// What libvirt wants to be said as well, if it is not: fields and the values
/// that change nothing by themselves.
pub(in crate::model::hardware) fn companions(
    id: &str,
    value: Option<&str>,
) -> &'static [(&'static str, &'static str)] {
    match id {
        "cpu.sockets" | "cpu.dies" | "cpu.cores" | "cpu.threads" => {
            &[("cpu.sockets", "1"), ("cpu.cores", "1"), ("cpu.threads", "1")]
        }
        "hyperv.spinlocks" if value == Some("on") => &[("hyperv.spinlock_retries", "8191")],
        // Only with other keys than other guests have, and nobody debugs it.
        "security.type" if value == Some("sev") => &[("security.policy", "0x0003")],
        "security.type" if value == Some("sev-snp") => &[("security.policy", "0x00030000")],
        "rng.backend" if value == Some("random") => &[("rng.source", "/dev/urandom")],
        "rng.period" => &[("rng.bytes", "1024")],
        "memory.hotplug" => &[("memory.slots", "16")],
        "tuning.numa_mode" => &[("tuning.numa_nodes", "0")],
        "tuning.numa_nodes" => &[("tuning.numa_mode", "strict")],
        // QEMU's own limit.
        "iothread.pool_min" => &[("iothread.pool_max", "64")],
        "tuning.pool_min" => &[("tuning.pool_max", "64")],
        "mem_node.mode" => &[("mem_node.nodes", "0")],
        "mem_node.nodes" => &[("mem_node.mode", "strict")],
        "vcpu_sched.scheduler" if matches!(value, Some("fifo" | "rr")) => {
            &[("vcpu_sched.priority", "1")]
        }
        "iothread_sched.scheduler" if matches!(value, Some("fifo" | "rr")) => {
            &[("iothread_sched.priority", "1")]
        }
        "tuning.emulator_scheduler" if matches!(value, Some("fifo" | "rr")) => {
            &[("tuning.emulator_priority", "1")]
        }
        "seclabel.label" => &[("seclabel.type", "static")],
        "seclabel.baselabel" => &[("seclabel.type", "dynamic")],
        // libvirt wants to be told; nobody else can reach this.
        "serial.type" if matches!(value, Some("tcp")) => {
            &[("serial.mode", "bind"), ("serial.host", "127.0.0.1"), ("serial.service", "4555")]
        }
        "serial.type" if matches!(value, Some("udp")) => {
            &[("serial.host", "127.0.0.1"), ("serial.service", "4555")]
        }
        "parallel.type" if matches!(value, Some("tcp")) => &[
            ("parallel.mode", "bind"),
            ("parallel.host", "127.0.0.1"),
            ("parallel.service", "4555"),
        ],
        "parallel.type" if matches!(value, Some("udp")) => {
            &[("parallel.host", "127.0.0.1"), ("parallel.service", "4555")]
        }
        "console.type" if matches!(value, Some("tcp")) => {
            &[("console.mode", "bind"), ("console.host", "127.0.0.1"), ("console.service", "4555")]
        }
        "console.type" if matches!(value, Some("udp")) => {
            &[("console.host", "127.0.0.1"), ("console.service", "4555")]
        }
        "channel.type" if matches!(value, Some("tcp")) => {
            &[("channel.mode", "bind"), ("channel.host", "127.0.0.1"), ("channel.service", "4555")]
        }
        "interface.trunk" => &[("interface.vlans", "1")],
        "smartcard.mode" if value == Some("passthrough") => &[("smartcard.type", "spicevmc")],
        _ => &[],
    }
}
