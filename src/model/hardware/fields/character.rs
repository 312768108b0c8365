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

const BACKENDS: Kind = Kind::OpenChoice(&["pty", "file", "unix", "tcp", "udp", "dev", "null"]);
const PATH: Kind = Kind::Text(Rule::Path);
const LINE: Kind = Kind::Text(Rule::Line);
const MODES: Kind = Kind::Choice(&["bind", "connect"]);
const PROTOCOLS: Kind = Kind::Choice(&["raw", "telnet", "telnets", "tls"]);

#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("serial.type", SERIAL, "@type", BACKENDS, NextStart, "where it leads on the host"),
    field("serial.path", SERIAL, "source/@path", PATH, NextStart, "the file, device or socket of the host"),
    field("serial.mode", SERIAL, "source/@mode", MODES, NextStart, "who begins the connection of a socket"),
    field("serial.host", SERIAL, "source/@host", LINE, NextStart, "the address of the other end, or to wait at"),
    field("serial.service", SERIAL, "source/@service", LINE, NextStart, "its port"),
    field("serial.protocol", SERIAL, "protocol/@type", PROTOCOLS, NextStart, "what is spoken there"),
    field("serial.log", SERIAL, "log/@file", PATH, NextStart, "a file that keeps what the guest writes"),
    field("parallel.type", PARALLEL, "@type", BACKENDS, NextStart, "where it leads on the host"),
    field("parallel.path", PARALLEL, "source/@path", PATH, NextStart, "the file, device or socket of the host"),
    field("parallel.mode", PARALLEL, "source/@mode", MODES, NextStart, "who begins the connection of a socket"),
    field("parallel.host", PARALLEL, "source/@host", LINE, NextStart, "the address of the other end, or to wait at"),
    field("parallel.service", PARALLEL, "source/@service", LINE, NextStart, "its port"),
    field("parallel.protocol", PARALLEL, "protocol/@type", PROTOCOLS, NextStart, "what is spoken there"),
    field("console.type", CONSOLE, "@type", BACKENDS, NextStart, "where it leads on the host"),
    field("console.path", CONSOLE, "source/@path", PATH, NextStart, "the file, device or socket of the host"),
    field("console.mode", CONSOLE, "source/@mode", MODES, NextStart, "who begins the connection of a socket"),
    field("console.host", CONSOLE, "source/@host", LINE, NextStart, "the address of the other end, or to wait at"),
    field("console.service", CONSOLE, "source/@service", LINE, NextStart, "its port"),
    field("console.protocol", CONSOLE, "protocol/@type", PROTOCOLS, NextStart, "what is spoken there"),
    field("console.target", CONSOLE, "target/@type", Kind::OpenChoice(&["serial", "virtio", "xen", "lxc"]), NextStart, "what the guest sees"),
    field("channel.type", CHANNEL, "@type", Kind::OpenChoice(&["unix", "spicevmc", "spiceport", "pty", "tcp", "qemu-vdagent"]), NextStart, "where it leads on the host"),
    field("channel.path", CHANNEL, "source/@path", PATH, NextStart, "the file, device or socket of the host"),
    field("channel.mode", CHANNEL, "source/@mode", MODES, NextStart, "who begins the connection of a socket"),
    field("channel.host", CHANNEL, "source/@host", LINE, NextStart, "the address of the other end, or to wait at"),
    field("channel.service", CHANNEL, "source/@service", LINE, NextStart, "its port"),
    field("channel.protocol", CHANNEL, "protocol/@type", PROTOCOLS, NextStart, "what is spoken there"),
    field("channel.name", CHANNEL, "target/@name", Kind::Text(Rule::Line), NextStart, "its name in the guest"),
    field("channel.clipboard", CHANNEL, "source/clipboard/@copypaste", Kind::Switch { on: "yes", off: "no" }, NextStart, "whether text can be copied between guest and console (qemu-vdagent)"),
    field("channel.mouse", CHANNEL, "source/mouse/@mode", Kind::Choice(&["client", "server"]), NextStart, "who moves the pointer (qemu-vdagent)"),
    field("serial.append", SERIAL, "source/@append", ON_OFF, NextStart, "the file is not begun anew"),
];
