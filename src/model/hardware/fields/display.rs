//! Screens, pictures, sound and what one types on.

use crate::model::hardware::{
    Applies::{Device, NextStart},
    DeviceKind, Field, Kind, Place, Rule,
    field::{ON_OFF, YES_NO, field},
};

const GRAPHICS: Place = Place::Device(DeviceKind::Graphics);
const WHEN: Kind = Kind::Choice(&["auto", "never", "always"]);
const VIDEO: Place = Place::Device(DeviceKind::Video);
const SOUND: Place = Place::Device(DeviceKind::Sound);
const AUDIO: Place = Place::Device(DeviceKind::Audio);
const INPUT: Place = Place::Device(DeviceKind::Input);

#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("graphics.type", GRAPHICS, "@type", Kind::OpenChoice(&["vnc", "spice"]), NextStart, "the protocol of the console"),
    field("graphics.port", GRAPHICS, "@port", Kind::Number { min: 1, max: 65535 }, NextStart, "its port"),
    field("graphics.autoport", GRAPHICS, "@autoport", YES_NO, NextStart, "libvirt chooses the port"),
    field("graphics.listen_type", GRAPHICS, "listen/@type", Kind::Choice(&["address", "none", "network", "socket"]), NextStart, "where it listens: at an address, or nowhere"),
    field("graphics.listen", GRAPHICS, "listen/@address", Kind::Text(Rule::Line), NextStart, "the address of the host that it listens at"),
    field("graphics.password", GRAPHICS, "@passwd", Kind::Text(Rule::Password), Device, "the console's password"),
    field("graphics.keymap", GRAPHICS, "@keymap", Kind::Text(Rule::Line), NextStart, "a keyboard layout for viewers that do not send places of keys"),
    field("graphics.gl", GRAPHICS, "gl/@enable", YES_NO, NextStart, "3D pictures without copying, on this computer only"),
    field("graphics.rendernode", GRAPHICS, "gl/@rendernode", Kind::Text(Rule::Path), NextStart, "the host's graphics card for it"),
    field("graphics.audio", GRAPHICS, "audio/@id", Kind::OpenChoice(&[]), NextStart, "the sound output whose sound the console gets (VNC)"),
    field("graphics.image_compression", GRAPHICS, "image/@compression", Kind::Choice(&["auto_glz", "auto_lz", "quic", "glz", "lz", "off"]), NextStart, "how pictures are compressed (SPICE)"),
    field("graphics.jpeg_compression", GRAPHICS, "jpeg/@compression", WHEN, NextStart, "when photographs lose detail, over slow links (SPICE)"),
    field("graphics.zlib_compression", GRAPHICS, "zlib/@compression", WHEN, NextStart, "when pictures are compressed once more, over slow links (SPICE)"),
    field("graphics.playback_compression", GRAPHICS, "playback/@compression", ON_OFF, NextStart, "whether sound is compressed (SPICE)"),
    field("graphics.streaming", GRAPHICS, "streaming/@mode", Kind::Choice(&["filter", "all", "off"]), NextStart, "what is sent as a video (SPICE)"),
    field("graphics.mouse", GRAPHICS, "mouse/@mode", Kind::Choice(&["client", "server"]), NextStart, "who moves the pointer (SPICE)"),
    field("graphics.clipboard", GRAPHICS, "clipboard/@copypaste", YES_NO, NextStart, "whether text can be copied between guest and console (SPICE)"),
    field("graphics.file_transfer", GRAPHICS, "filetransfer/@enable", YES_NO, NextStart, "whether files can be dropped on the console (SPICE)"),

    field("video.model", VIDEO, "model/@type", Kind::OpenChoice(&["virtio", "qxl", "vga", "bochs", "cirrus", "ramfb", "none"]), NextStart, "the graphics card that the guest sees"),
    field("video.vram", VIDEO, "model/@vram", Kind::Number { min: 1, max: 4_194_304 }, NextStart, "its memory in KiB"),
    field("video.heads", VIDEO, "model/@heads", Kind::Number { min: 1, max: 16 }, NextStart, "screens that can be plugged into it"),
    field("video.accel3d", VIDEO, "model/acceleration/@accel3d", YES_NO, NextStart, "3D in the guest, through the host's card"),
    field("video.blob", VIDEO, "model/@blob", ON_OFF, NextStart, "pictures without copying (virtio)"),

    field("sound.model", SOUND, "@model", Kind::OpenChoice(&["ich9", "ich6", "ac97", "usb", "virtio"]), NextStart, "the sound card that the guest sees"),
    field("audio.type", AUDIO, "@type", Kind::Choice(&["none", "spice", "pulseaudio", "pipewire", "alsa", "sdl", "oss", "file", "dbus", "jack"]), NextStart, "where the guest's sound goes on the host"),

    field("input.type", INPUT, "@type", Kind::OpenChoice(&["tablet", "mouse", "keyboard"]), NextStart, "what it is"),
    field("input.bus", INPUT, "@bus", Kind::OpenChoice(&["usb", "virtio", "ps2"]), NextStart, "what it is plugged into"),
];
