//! What a guest has several of that are no devices.

use crate::model::hardware::{
    Applies::{NextStart, Tuning},
    DeviceKind, Field, Kind, Place, Rule,
    field::field,
};

const FEATURE: Place = Place::Device(DeviceKind::CpuFeature);
const NODE: Place = Place::Device(DeviceKind::NumaNode);
const VCPU: Place = Place::Device(DeviceKind::VcpuPin);
const IOTHREAD: Place = Place::Device(DeviceKind::IothreadPin);

#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("cpu_feature.policy", FEATURE, "@policy", Kind::Choice(&["require", "optional", "force", "disable", "forbid"]), NextStart, "whether the processor has the feature"),
    field("numa_node.cpus", NODE, "@cpus", Kind::Text(Rule::CpuSet), NextStart, "the guest's processors of the node; none for a node of memory only"),
    field("numa_node.memory", NODE, "@memory", Kind::Size { min: 1 << 20 }, NextStart, "the node's memory, without modules"),
    field("vcpu_pin.cpus", VCPU, "@cpuset", Kind::Text(Rule::CpuSet), Tuning, "the host's processors for one of the guest"),
    field("iothread_pin.cpus", IOTHREAD, "@cpuset", Kind::Text(Rule::CpuSet), Tuning, "the host's processors for a disk thread"),
];
