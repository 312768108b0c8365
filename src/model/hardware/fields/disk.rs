//! Disks and drives.

use crate::model::hardware::{
    Applies::{Device, NextStart, Tuning},
    DeviceKind, Field, Kind, Place, Rule,
    field::{ON_OFF, field},
};

const DISK: Place = Place::Device(DeviceKind::Disk);
const RATE: Kind = Kind::Number { min: 1, max: 1_000_000_000_000_000 };
const SECONDS: Kind = Kind::Number { min: 1, max: 1_000_000 };

#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("disk.source", DISK, "source/@file", Kind::Text(Rule::Path), Device, "the image file; of a drive, the medium"),
    field("disk.bus", DISK, "target/@bus", Kind::OpenChoice(&["virtio", "sata", "scsi", "usb", "ide", "fdc"]), NextStart, "what it is plugged into"),
    field("disk.format", DISK, "driver/@type", Kind::OpenChoice(&["qcow2", "raw", "vmdk", "vdi", "vpc"]), NextStart, "the image's format"),
    field("disk.namespace", DISK, "source/@namespace", Kind::Number { min: 1, max: 4_294_967_294 }, NextStart, "which part of the host's NVMe drive it is"),
    field("disk.cache", DISK, "driver/@cache", Kind::Choice(&["none", "writethrough", "writeback", "directsync", "unsafe"]), NextStart, "how the host caches it"),
    field("disk.io", DISK, "driver/@io", Kind::Choice(&["native", "threads", "io_uring"]), NextStart, "how the host reads and writes it"),
    field("disk.discard", DISK, "driver/@discard", Kind::Choice(&["ignore", "unmap"]), NextStart, "whether freed space is given back to the host"),
    field("disk.detect_zeroes", DISK, "driver/@detect_zeroes", Kind::Choice(&["off", "on", "unmap"]), NextStart, "whether written zeroes take no space"),
    field("disk.iothread", DISK, "driver/@iothread", Kind::Number { min: 1, max: 256 }, NextStart, "the thread that does its work"),
    field("disk.queues", DISK, "driver/@queues", Kind::Number { min: 1, max: 256 }, NextStart, "queues, for several processors at once"),
    field("disk.error_policy", DISK, "driver/@error_policy", Kind::Choice(&["stop", "report", "ignore", "enospace"]), NextStart, "what happens when writing fails"),
    field("disk.copy_on_read", DISK, "driver/@copy_on_read", ON_OFF, NextStart, "what is read of the base image is kept"),
    field("disk.readonly", DISK, "readonly", Kind::Flag, NextStart, "cannot be written"),
    field("disk.shareable", DISK, "shareable", Kind::Flag, NextStart, "several guests use it at the same time"),
    field("disk.removable", DISK, "target/@removable", ON_OFF, NextStart, "the guest sees it as a removable disk (USB)"),
    field("disk.serial", DISK, "serial", Kind::Text(Rule::Serial), NextStart, "its serial number"),
    field("disk.boot", DISK, "boot/@order", Kind::Number { min: 1, max: 1000 }, NextStart, "its place in the order of starting"),
    field("disk.rotation", DISK, "target/@rotation_rate", Kind::Number { min: 1, max: 65534 }, NextStart, "turns in a minute; 1 is a disk without moving parts"),
    field("disk.total_bytes", DISK, "iotune/total_bytes_sec", RATE, Tuning, "the most bytes read and written in a second"),
    field("disk.read_bytes", DISK, "iotune/read_bytes_sec", RATE, Tuning, "the most bytes read in a second"),
    field("disk.write_bytes", DISK, "iotune/write_bytes_sec", RATE, Tuning, "the most bytes written in a second"),
    field("disk.total_iops", DISK, "iotune/total_iops_sec", RATE, Tuning, "the most reads and writes in a second"),
    field("disk.read_iops", DISK, "iotune/read_iops_sec", RATE, Tuning, "the most reads in a second"),
    field("disk.write_iops", DISK, "iotune/write_iops_sec", RATE, Tuning, "the most writes in a second"),
    field("disk.total_bytes_max", DISK, "iotune/total_bytes_sec_max", RATE, Tuning, "the most bytes read and written in a second of a burst"),
    field("disk.read_bytes_max", DISK, "iotune/read_bytes_sec_max", RATE, Tuning, "the most bytes read in a second of a burst"),
    field("disk.write_bytes_max", DISK, "iotune/write_bytes_sec_max", RATE, Tuning, "the most bytes written in a second of a burst"),
    field("disk.total_iops_max", DISK, "iotune/total_iops_sec_max", RATE, Tuning, "the most reads and writes in a second of a burst"),
    field("disk.read_iops_max", DISK, "iotune/read_iops_sec_max", RATE, Tuning, "the most reads in a second of a burst"),
    field("disk.write_iops_max", DISK, "iotune/write_iops_sec_max", RATE, Tuning, "the most writes in a second of a burst"),
    field("disk.total_bytes_length", DISK, "iotune/total_bytes_sec_max_length", SECONDS, Tuning, "how long a burst of bytes lasts, in seconds"),
    field("disk.read_bytes_length", DISK, "iotune/read_bytes_sec_max_length", SECONDS, Tuning, "how long a burst of bytes read lasts, in seconds"),
    field("disk.write_bytes_length", DISK, "iotune/write_bytes_sec_max_length", SECONDS, Tuning, "how long a burst of bytes written lasts, in seconds"),
    field("disk.total_iops_length", DISK, "iotune/total_iops_sec_max_length", SECONDS, Tuning, "how long a burst of reads and writes lasts, in seconds"),
    field("disk.read_iops_length", DISK, "iotune/read_iops_sec_max_length", SECONDS, Tuning, "how long a burst of reads lasts, in seconds"),
    field("disk.write_iops_length", DISK, "iotune/write_iops_sec_max_length", SECONDS, Tuning, "how long a burst of writes lasts, in seconds"),
    field("disk.io_size", DISK, "iotune/size_iops_sec", RATE, Tuning, "how many bytes count as one read or write"),
    field("disk.limit_group", DISK, "iotune/group_name", Kind::Text(Rule::Line), Tuning, "disks with the same name here keep to the limits together"),
    field("disk.throttle", DISK, "throttlefilters/throttlefilter/@group", Kind::OpenChoice(&[]), NextStart, "the group of disks that share its limits"),
    field("disk.ioeventfd", DISK, "driver/@ioeventfd", ON_OFF, NextStart, "the guest goes on while its requests are being taken (virtio)"),
    field("disk.event_idx", DISK, "driver/@event_idx", ON_OFF, NextStart, "fewer interrupts (virtio)"),
    field("disk.iommu", DISK, "driver/@iommu", ON_OFF, NextStart, "its memory goes through the guest's IOMMU (virtio)"),
    field("disk.ats", DISK, "driver/@ats", ON_OFF, NextStart, "it translates addresses itself (virtio)"),
    field("disk.packed", DISK, "driver/@packed", ON_OFF, NextStart, "queues in the packed form (virtio)"),
];
