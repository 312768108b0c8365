//! Network interfaces.

use crate::model::hardware::{
    Applies::{Device, NextStart},
    DeviceKind, Field, Kind, Place, Rule,
    field::{ON_OFF, field},
};

const NIC: Place = Place::Device(DeviceKind::Interface);
const KIB_PER_SECOND: Kind = Kind::Number { min: 1, max: 1 << 40 };

#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("interface.type", NIC, "@type", Kind::OpenChoice(&["network", "bridge", "user", "direct"]), Device, "what it is connected to"),
    field("interface.network", NIC, "source/@network", Kind::Text(Rule::Line), Device, "the virtual network, for the type network"),
    field("interface.bridge", NIC, "source/@bridge", Kind::Text(Rule::Line), Device, "the host's bridge, for the type bridge"),
    field("interface.device", NIC, "source/@dev", Kind::Text(Rule::Line), Device, "the host's interface, for the type direct"),
    field("interface.mode", NIC, "source/@mode", Kind::Choice(&["bridge", "vepa", "private", "passthrough"]), Device, "how the host's interface is shared"),
    field("interface.portgroup", NIC, "source/@portgroup", Kind::Text(Rule::Line), NextStart, "the group of ports of the virtual network"),
    field("interface.model", NIC, "model/@type", Kind::OpenChoice(&["virtio", "e1000e", "e1000", "rtl8139"]), NextStart, "the card that the guest sees"),
    field("interface.driver", NIC, "driver/@name", Kind::Choice(&["vhost", "qemu"]), NextStart, "who moves the packets: the host's kernel or QEMU"),
    field("interface.isolated", NIC, "port/@isolated", crate::model::hardware::field::YES_NO, NextStart, "it does not reach other isolated guests of the bridge"),
    field("interface.mac", NIC, "mac/@address", Kind::Text(Rule::Mac), NextStart, "its hardware address"),
    field("interface.link", NIC, "link/@state", Kind::Choice(&["up", "down"]), Device, "whether the cable is plugged in"),
    field("interface.mtu", NIC, "mtu/@size", Kind::Number { min: 68, max: 65535 }, NextStart, "the longest packet in bytes"),
    field("interface.queues", NIC, "driver/@queues", Kind::Number { min: 1, max: 256 }, NextStart, "queues, for several processors at once"),
    field("interface.inbound", NIC, "bandwidth/inbound/@average", KIB_PER_SECOND, Device, "the average received, in KiB in a second"),
    field("interface.inbound_peak", NIC, "bandwidth/inbound/@peak", KIB_PER_SECOND, Device, "the most received, in KiB in a second"),
    field("interface.inbound_burst", NIC, "bandwidth/inbound/@burst", KIB_PER_SECOND, Device, "how much can be received at that speed, in KiB"),
    field("interface.inbound_floor", NIC, "bandwidth/inbound/@floor", KIB_PER_SECOND, Device, "what it can receive in any case, in KiB in a second, where the virtual network shares out"),
    field("interface.outbound", NIC, "bandwidth/outbound/@average", KIB_PER_SECOND, Device, "the average sent, in KiB in a second"),
    field("interface.outbound_peak", NIC, "bandwidth/outbound/@peak", KIB_PER_SECOND, Device, "the most sent, in KiB in a second"),
    field("interface.outbound_burst", NIC, "bandwidth/outbound/@burst", KIB_PER_SECOND, Device, "how much can be sent at that speed, in KiB"),
    field("interface.vlans", NIC, "vlan/tag/@id", Kind::Text(Rule::Vlans), Device, "the tags of its virtual LANs; several make it a trunk"),
    field("interface.trunk", NIC, "vlan/@trunk", Kind::Choice(&["yes"]), Device, "the guest itself sees the tags"),
    field("interface.boot", NIC, "boot/@order", Kind::Number { min: 1, max: 1000 }, NextStart, "its place in the order of starting"),
    field("interface.filter", NIC, "filterref/@filter", Kind::Text(Rule::Line), Device, "the rules for its packets"),
    field("interface.ioeventfd", NIC, "driver/@ioeventfd", ON_OFF, NextStart, "the guest goes on while its packets are being taken (virtio)"),
    field("interface.event_idx", NIC, "driver/@event_idx", ON_OFF, NextStart, "fewer interrupts (virtio)"),
    field("interface.iommu", NIC, "driver/@iommu", ON_OFF, NextStart, "its memory goes through the guest's IOMMU (virtio)"),
    field("interface.ats", NIC, "driver/@ats", ON_OFF, NextStart, "it translates addresses itself (virtio)"),
    field("interface.packed", NIC, "driver/@packed", ON_OFF, NextStart, "queues in the packed form (virtio)"),
];
