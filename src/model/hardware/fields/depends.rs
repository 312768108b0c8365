//! What fields need of each other.

/// The value of another field of the same device (or of the guest) without
/// which a field means nothing; pages show it only then.
#[must_use]
pub fn depends(id: &str) -> Option<(&'static str, &'static str)> {
    Some(match id {
        "cpu.model" => ("cpu.mode", "custom"),
        "cpu.migratable" => ("cpu.mode", "host-passthrough"),
        "memory.hugepage_size" => ("memory.hugepages", "yes"),
        "boot.menu_timeout" => ("boot.menu", "yes"),
        "hyperv.spinlock_retries" => ("hyperv.spinlocks", "on"),
        "clock.timezone" => ("clock.offset", "timezone"),
        "interface.network" | "interface.portgroup" => ("interface.type", "network"),
        "interface.bridge" => ("interface.type", "bridge"),
        "interface.device" | "interface.mode" => ("interface.type", "direct"),
        "graphics.gl" => ("graphics.type", "spice"),
        "graphics.rendernode" => ("graphics.gl", "yes"),
        "graphics.listen" => ("graphics.listen_type", "address"),
        "video.accel3d" | "video.blob" => ("video.model", "virtio"),
        "tpm.device" => ("tpm.backend", "passthrough"),
        "tpm.version" => ("tpm.backend", "emulator"),
        "rng.source" => ("rng.backend", "random"),
        "security.policy" | "security.kernel_hashes" => ("security.type", "sev"),
        "smartcard.type" => ("smartcard.mode", "passthrough"),
        "disk.removable" => ("disk.bus", "usb"),
        "vcpu_sched.priority" => ("vcpu_sched.scheduler", "fifo"),
        "iothread_sched.priority" => ("iothread_sched.scheduler", "fifo"),
        "tuning.emulator_priority" => ("tuning.emulator_scheduler", "fifo"),
        "seclabel.label" | "seclabel.relabel" => ("seclabel.type", "static"),
        "seclabel.baselabel" => ("seclabel.type", "dynamic"),
        id if SMBIOS.iter().any(|block| id.starts_with(block)) => ("boot.smbios", "sysinfo"),
        "channel.clipboard" | "channel.mouse" => ("channel.type", "qemu-vdagent"),
        _ => return None,
    })
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
        "smartcard.mode" if value == Some("passthrough") => &[("smartcard.type", "spicevmc")],
        _ => &[],
    }
}
