//! Serial and parallel ports, consoles and channels.

use crate::model::hardware::{
    Applies::NextStart,
    DeviceKind, Field, Kind, Place, Rule,
    field::{ON_OFF, field},
};

const SERIAL: Place = Place::Device(DeviceKind::Serial);
const PARALLEL: Place = Place::Device(DeviceKind::Parallel);
const CONSOLE: Place = Place::Device(DeviceKind::Console);
const CHANNEL: Place = Place::Device(DeviceKind::Channel);

const BACKENDS: Kind = Kind::OpenChoice(&["pty", "file", "unix", "tcp", "dev", "null"]);
const PATH: Kind = Kind::Text(Rule::Path);

#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("serial.type", SERIAL, "@type", BACKENDS, NextStart, "where it leads on the host"),
    field("serial.path", SERIAL, "source/@path", PATH, NextStart, "the file, device or socket of the host"),
    field("serial.log", SERIAL, "log/@file", PATH, NextStart, "a file that keeps what the guest writes"),
    field("parallel.type", PARALLEL, "@type", BACKENDS, NextStart, "where it leads on the host"),
    field("parallel.path", PARALLEL, "source/@path", PATH, NextStart, "the file, device or socket of the host"),
    field("console.type", CONSOLE, "@type", BACKENDS, NextStart, "where it leads on the host"),
    field("console.target", CONSOLE, "target/@type", Kind::OpenChoice(&["serial", "virtio", "xen", "lxc"]), NextStart, "what the guest sees"),
    field("channel.type", CHANNEL, "@type", Kind::OpenChoice(&["unix", "spicevmc", "spiceport", "pty", "qemu-vdagent"]), NextStart, "where it leads on the host"),
    field("channel.name", CHANNEL, "target/@name", Kind::Text(Rule::Line), NextStart, "its name in the guest"),
    field("channel.clipboard", CHANNEL, "source/clipboard/@copypaste", Kind::Switch { on: "yes", off: "no" }, NextStart, "whether text can be copied between guest and console (qemu-vdagent)"),
    field("channel.mouse", CHANNEL, "source/mouse/@mode", Kind::Choice(&["client", "server"]), NextStart, "who moves the pointer (qemu-vdagent)"),
    field("serial.append", SERIAL, "source/@append", ON_OFF, NextStart, "the file is not begun anew"),
];
