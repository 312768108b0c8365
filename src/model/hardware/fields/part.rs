//! What a guest has several of that are no devices.

use crate::model::hardware::{
    Applies::{NextStart, Tuning, Vcpus},
    DeviceKind, Field, Kind, Place, Rule,
    field::{YES_NO, field},
};

const FEATURE: Place = Place::Device(DeviceKind::CpuFeature);
const VCPU: Place = Place::Device(DeviceKind::Vcpu);
const NODE: Place = Place::Device(DeviceKind::NumaNode);
const HOST_NODE: Place = Place::Device(DeviceKind::MemNode);
const OEM: Place = Place::Device(DeviceKind::OemString);
const FW_CFG: Place = Place::Device(DeviceKind::FwCfg);
const LABEL: Place = Place::Device(DeviceKind::SecLabel);
const VCPU_PIN: Place = Place::Device(DeviceKind::VcpuPin);
const VCPU_SCHED: Place = Place::Device(DeviceKind::VcpuSched);
const IOTHREAD: Place = Place::Device(DeviceKind::Iothread);
const IOTHREAD_PIN: Place = Place::Device(DeviceKind::IothreadPin);
const IOTHREAD_SCHED: Place = Place::Device(DeviceKind::IothreadSched);
const BLOCK: Place = Place::Device(DeviceKind::BlockDevice);
const GROUP: Place = Place::Device(DeviceKind::ThrottleGroup);
const CACHE: Place = Place::Device(DeviceKind::CacheTune);
const BANDWIDTH: Place = Place::Device(DeviceKind::MemoryTune);

const CPU_SET: Kind = Kind::Text(Rule::CpuSet);
const LINE: Kind = Kind::Text(Rule::Line);
const PRIORITY: Kind = Kind::Number { min: 1, max: 99 };
/// How the host's kernel chooses between threads.
pub(super) const SCHEDULERS: Kind = Kind::Choice(&["batch", "idle", "fifo", "rr"]);
/// The fewest and the most threads that QEMU keeps for slow work.
pub(super) const POOL_MIN: Kind = Kind::Number { min: 0, max: 4096 };
pub(super) const POOL_MAX: Kind = Kind::Number { min: 1, max: 4096 };
const NANOSECONDS: Kind = Kind::Number { min: 0, max: 4_294_967_295 };
const RATE: Kind = Kind::Number { min: 1, max: 1_000_000_000_000_000 };
const SECONDS: Kind = Kind::Number { min: 1, max: 1_000_000 };
const FEW_OPERATIONS: Kind = Kind::Number { min: 1, max: 4_294_967_295 };

#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("cpu_feature.policy", FEATURE, "@policy", Kind::Choice(&["require", "optional", "force", "disable", "forbid"]), NextStart, "whether the processor has the feature"),
    field("vcpu.enabled", VCPU, "@enabled", YES_NO, Vcpus, "whether the processor is plugged in"),
    field("vcpu.hotpluggable", VCPU, "@hotpluggable", YES_NO, NextStart, "whether it can be plugged in and out while the guest runs"),
    field("vcpu.order", VCPU, "@order", Kind::Number { min: 1, max: 4096 }, NextStart, "as which it is plugged in"),
    field("numa_node.cpus", NODE, "@cpus", CPU_SET, NextStart, "the guest's processors of the node; none for a node of memory only"),
    field("numa_node.memory", NODE, "@memory", Kind::Size { min: 1 << 20 }, NextStart, "the node's memory, without modules"),
    field("mem_node.mode", HOST_NODE, "@mode", Kind::Choice(&["strict", "preferred", "interleave", "restrictive"]), NextStart, "how the node's memory is taken from the host's nodes"),
    field("mem_node.nodes", HOST_NODE, "@nodeset", CPU_SET, NextStart, "the host's nodes that the node's memory is taken from"),
    field("oem_string.text", OEM, ".", LINE, NextStart, "a text for programs in the guest, among the SMBIOS strings"),
    field("fw_cfg.value", FW_CFG, ".", LINE, NextStart, "what the firmware and the guest read under this name"),
    field("fw_cfg.file", FW_CFG, "@file", Kind::Text(Rule::Path), NextStart, "a file of the host with it instead"),
    field("seclabel.type", LABEL, "@type", Kind::Choice(&["dynamic", "static", "none"]), NextStart, "how the guest's process and files are kept apart from others"),
    field("seclabel.label", LABEL, "label", LINE, NextStart, "the label of its process"),
    field("seclabel.baselabel", LABEL, "baselabel", LINE, NextStart, "what libvirt makes the label from"),
    field("seclabel.relabel", LABEL, "@relabel", YES_NO, NextStart, "whether its files get the label, too"),
    field("vcpu_pin.cpus", VCPU_PIN, "@cpuset", CPU_SET, Tuning, "the host's processors for one of the guest"),
    field("vcpu_sched.vcpus", VCPU_SCHED, "@vcpus", CPU_SET, NextStart, "the guest's processors that the rule is for"),
    field("vcpu_sched.scheduler", VCPU_SCHED, "@scheduler", SCHEDULERS, NextStart, "how the host's kernel gives them time"),
    field("vcpu_sched.priority", VCPU_SCHED, "@priority", PRIORITY, NextStart, "before which others, in real time"),
    field("iothread.pool_min", IOTHREAD, "@thread_pool_min", POOL_MIN, Tuning, "the fewest threads that it keeps for slow work"),
    field("iothread.pool_max", IOTHREAD, "@thread_pool_max", POOL_MAX, Tuning, "the most threads that it keeps for slow work"),
    field("iothread.poll_max", IOTHREAD, "poll/@max", NANOSECONDS, Tuning, "how long it waits actively for work, in nanoseconds"),
    field("iothread.poll_grow", IOTHREAD, "poll/@grow", NANOSECONDS, Tuning, "by which factor that grows"),
    field("iothread.poll_shrink", IOTHREAD, "poll/@shrink", NANOSECONDS, Tuning, "by which factor that shrinks"),
    field("iothread_pin.cpus", IOTHREAD_PIN, "@cpuset", CPU_SET, Tuning, "the host's processors for a disk thread"),
    field("iothread_sched.threads", IOTHREAD_SCHED, "@iothreads", CPU_SET, NextStart, "the disk threads that the rule is for"),
    field("iothread_sched.scheduler", IOTHREAD_SCHED, "@scheduler", SCHEDULERS, NextStart, "how the host's kernel gives them time"),
    field("iothread_sched.priority", IOTHREAD_SCHED, "@priority", PRIORITY, NextStart, "before which others, in real time"),
    field("block_device.weight", BLOCK, "weight", Kind::Number { min: 100, max: 1000 }, Tuning, "the guest's weight on this disk of the host"),
    field("block_device.read_bytes", BLOCK, "read_bytes_sec", RATE, Tuning, "the most bytes read from it in a second"),
    field("block_device.write_bytes", BLOCK, "write_bytes_sec", RATE, Tuning, "the most bytes written to it in a second"),
    field("block_device.read_iops", BLOCK, "read_iops_sec", FEW_OPERATIONS, Tuning, "the most reads of it in a second"),
    field("block_device.write_iops", BLOCK, "write_iops_sec", FEW_OPERATIONS, Tuning, "the most writes of it in a second"),
    field("throttle_group.total_bytes", GROUP, "total_bytes_sec", RATE, NextStart, "the most bytes that its disks together move in a second"),
    field("throttle_group.read_bytes", GROUP, "read_bytes_sec", RATE, NextStart, "the most bytes that they read in a second"),
    field("throttle_group.write_bytes", GROUP, "write_bytes_sec", RATE, NextStart, "the most bytes that they write in a second"),
    field("throttle_group.total_iops", GROUP, "total_iops_sec", RATE, NextStart, "the most reads and writes in a second"),
    field("throttle_group.read_iops", GROUP, "read_iops_sec", RATE, NextStart, "the most reads in a second"),
    field("throttle_group.write_iops", GROUP, "write_iops_sec", RATE, NextStart, "the most writes in a second"),
    field("throttle_group.total_bytes_max", GROUP, "total_bytes_sec_max", RATE, NextStart, "the most bytes that they move in a second of a burst"),
    field("throttle_group.read_bytes_max", GROUP, "read_bytes_sec_max", RATE, NextStart, "the most bytes that they read in a second of a burst"),
    field("throttle_group.write_bytes_max", GROUP, "write_bytes_sec_max", RATE, NextStart, "the most bytes that they write in a second of a burst"),
    field("throttle_group.total_iops_max", GROUP, "total_iops_sec_max", RATE, NextStart, "the most reads and writes in a second of a burst"),
    field("throttle_group.read_iops_max", GROUP, "read_iops_sec_max", RATE, NextStart, "the most reads in a second of a burst"),
    field("throttle_group.write_iops_max", GROUP, "write_iops_sec_max", RATE, NextStart, "the most writes in a second of a burst"),
    field("throttle_group.total_bytes_length", GROUP, "total_bytes_sec_max_length", SECONDS, NextStart, "how long a burst of bytes lasts, in seconds"),
    field("throttle_group.read_bytes_length", GROUP, "read_bytes_sec_max_length", SECONDS, NextStart, "how long a burst of bytes read lasts, in seconds"),
    field("throttle_group.write_bytes_length", GROUP, "write_bytes_sec_max_length", SECONDS, NextStart, "how long a burst of bytes written lasts, in seconds"),
    field("throttle_group.total_iops_length", GROUP, "total_iops_sec_max_length", SECONDS, NextStart, "how long a burst of reads and writes lasts, in seconds"),
    field("throttle_group.read_iops_length", GROUP, "read_iops_sec_max_length", SECONDS, NextStart, "how long a burst of reads lasts, in seconds"),
    field("throttle_group.write_iops_length", GROUP, "write_iops_sec_max_length", SECONDS, NextStart, "how long a burst of writes lasts, in seconds"),
    field("throttle_group.io_size", GROUP, "size_iops_sec", RATE, NextStart, "how many bytes count as one read or write"),
    field("cache_tune.vcpus", CACHE, "@vcpus", CPU_SET, NextStart, "the guest's processors that the share is for"),
    field("cache_tune.level", CACHE, "cache/@level", Kind::Number { min: 2, max: 3 }, NextStart, "the level of the host's cache"),
    field("cache_tune.id", CACHE, "cache/@id", Kind::Number { min: 0, max: 4096 }, NextStart, "which of the host's caches of this level"),
    field("cache_tune.type", CACHE, "cache/@type", Kind::Choice(&["both", "code", "data"]), NextStart, "for what"),
    field("cache_tune.size", CACHE, "cache/@size", Kind::Size { min: 1 << 10 }, NextStart, "how much of it"),
    field("memory_tune.vcpus", BANDWIDTH, "@vcpus", CPU_SET, NextStart, "the guest's processors that the share is for"),
    field("memory_tune.id", BANDWIDTH, "node/@id", Kind::Number { min: 0, max: 4096 }, NextStart, "the host's memory node"),
    field("memory_tune.bandwidth", BANDWIDTH, "node/@bandwidth", Kind::Number { min: 1, max: 100 }, NextStart, "the share of the bandwidth in percent"),
];
