//! All other devices.

use crate::model::hardware::{
    Applies::{Device, NextStart, Tuning},
    DeviceKind, Field, Kind, Place, Rule,
    field::{ON_OFF, YES_NO, field},
};

const CONTROLLER: Place = Place::Device(DeviceKind::Controller);
const FILESYSTEM: Place = Place::Device(DeviceKind::Filesystem);
const HOSTDEV: Place = Place::Device(DeviceKind::Hostdev);
const REDIRDEV: Place = Place::Device(DeviceKind::Redirdev);
const SMARTCARD: Place = Place::Device(DeviceKind::Smartcard);
const TPM: Place = Place::Device(DeviceKind::Tpm);
const RNG: Place = Place::Device(DeviceKind::Rng);
const WATCHDOG: Place = Place::Device(DeviceKind::Watchdog);
const PANIC: Place = Place::Device(DeviceKind::Panic);
const BALLOON: Place = Place::Device(DeviceKind::Memballoon);
const MEMORY: Place = Place::Device(DeviceKind::Memory);
const VSOCK: Place = Place::Device(DeviceKind::Vsock);
const SHMEM: Place = Place::Device(DeviceKind::Shmem);
const IOMMU: Place = Place::Device(DeviceKind::Iommu);
const PSTORE: Place = Place::Device(DeviceKind::Pstore);
const LEASE: Place = Place::Device(DeviceKind::Lease);
const CRYPTO: Place = Place::Device(DeviceKind::Crypto);

#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("controller.model", CONTROLLER, "@model", Kind::OpenChoice(&["virtio-scsi", "qemu-xhci", "nec-xhci", "ich9-ehci1", "piix3-uhci", "lsilogic"]), NextStart, "the controller that the guest sees"),
    field("controller.queues", CONTROLLER, "driver/@queues", Kind::Number { min: 1, max: 256 }, NextStart, "queues, for several processors at once"),
    field("controller.ports", CONTROLLER, "@ports", Kind::Number { min: 1, max: 31 }, NextStart, "places to plug things in"),
    field("controller.iothread", CONTROLLER, "driver/@iothread", Kind::Number { min: 1, max: 256 }, NextStart, "the thread that does its work"),
    field("controller.ioeventfd", CONTROLLER, "driver/@ioeventfd", ON_OFF, NextStart, "the guest goes on while its requests are being taken (virtio)"),
    field("controller.iommu", CONTROLLER, "driver/@iommu", ON_OFF, NextStart, "its memory goes through the guest's IOMMU (virtio)"),
    field("controller.ats", CONTROLLER, "driver/@ats", ON_OFF, NextStart, "it translates addresses itself (virtio)"),
    field("controller.packed", CONTROLLER, "driver/@packed", ON_OFF, NextStart, "queues in the packed form (virtio)"),

    field("filesystem.driver", FILESYSTEM, "driver/@type", Kind::OpenChoice(&["virtiofs", "path", "handle", "mtp"]), NextStart, "how the folder is shared"),
    field("filesystem.source", FILESYSTEM, "source/@dir", Kind::Text(Rule::Path), NextStart, "the host's folder"),
    field("filesystem.target", FILESYSTEM, "target/@dir", Kind::Text(Rule::Line), NextStart, "the name that the guest mounts"),
    field("filesystem.accessmode", FILESYSTEM, "@accessmode", Kind::Choice(&["passthrough", "mapped", "squash"]), NextStart, "whose files they are"),
    field("filesystem.readonly", FILESYSTEM, "readonly", Kind::Flag, NextStart, "the guest cannot write"),

    field("hostdev.managed", HOSTDEV, "@managed", YES_NO, NextStart, "libvirt takes the device from the host and gives it back"),
    field("hostdev.startup", HOSTDEV, "source/@startupPolicy", Kind::Choice(&["mandatory", "requisite", "optional"]), NextStart, "what happens when it is not plugged in"),
    field("hostdev.rom_bar", HOSTDEV, "rom/@bar", ON_OFF, NextStart, "whether the guest sees its ROM"),
    field("hostdev.rom_file", HOSTDEV, "rom/@file", Kind::Text(Rule::Path), NextStart, "a ROM from a file instead"),
    field("hostdev.boot", HOSTDEV, "boot/@order", Kind::Number { min: 1, max: 1000 }, NextStart, "its place in the order of starting"),
    field("redirdev.type", REDIRDEV, "@type", Kind::OpenChoice(&["spicevmc"]), NextStart, "who it comes from"),
    field("smartcard.mode", SMARTCARD, "@mode", Kind::Choice(&["passthrough", "host"]), NextStart, "whose card it is"),
    field("smartcard.type", SMARTCARD, "@type", Kind::OpenChoice(&["spicevmc"]), NextStart, "who it comes from, for the mode passthrough"),

    field("tpm.model", TPM, "@model", Kind::OpenChoice(&["tpm-crb", "tpm-tis", "tpm-spapr"]), NextStart, "the chip that the guest sees"),
    field("tpm.backend", TPM, "backend/@type", Kind::OpenChoice(&["emulator", "passthrough"]), NextStart, "an emulated chip or the host's own"),
    field("tpm.version", TPM, "backend/@version", Kind::Choice(&["2.0", "1.2"]), NextStart, "the version of the standard"),
    field("tpm.device", TPM, "backend/device/@path", Kind::Text(Rule::Path), NextStart, "the host's chip"),

    field("rng.model", RNG, "@model", Kind::OpenChoice(&["virtio", "virtio-transitional"]), NextStart, "the device that the guest sees"),
    field("rng.backend", RNG, "backend/@model", Kind::Choice(&["random", "builtin"]), NextStart, "where chance comes from"),
    field("rng.source", RNG, "backend", Kind::Text(Rule::Path), NextStart, "the host's device"),
    field("rng.bytes", RNG, "rate/@bytes", Kind::Number { min: 1, max: 1 << 40 }, NextStart, "the most bytes in a period"),
    field("rng.period", RNG, "rate/@period", Kind::Number { min: 1, max: 1 << 31 }, NextStart, "the period in milliseconds"),

    field("watchdog.model", WATCHDOG, "@model", Kind::OpenChoice(&["itco", "i6300esb", "ib700", "diag288"]), NextStart, "the chip that the guest sees"),
    field("watchdog.action", WATCHDOG, "@action", Kind::Choice(&["reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"]), NextStart, "what happens when the guest hangs"),
    field("panic.model", PANIC, "@model", Kind::OpenChoice(&["isa", "hyperv", "pvpanic", "pseries", "s390"]), NextStart, "how the guest tells of a crash"),
    field("memballoon.model", BALLOON, "@model", Kind::Choice(&["virtio", "none", "virtio-transitional", "virtio-non-transitional", "xen"]), NextStart, "the device that the guest sees"),
    field("memballoon.autodeflate", BALLOON, "@autodeflate", ON_OFF, NextStart, "memory comes back before the guest kills programs"),
    field("memballoon.free_page_reporting", BALLOON, "@freePageReporting", ON_OFF, NextStart, "free memory goes back to the host by itself"),
    field("memballoon.period", BALLOON, "stats/@period", Kind::Number { min: 1, max: 3600 }, Tuning, "how often the guest tells its memory in use, in seconds"),

    field("memory_device.size", MEMORY, "target/size", Kind::Size { min: 1 << 20 }, NextStart, "the module's size"),
    field("memory_device.node", MEMORY, "target/node", Kind::Number { min: 0, max: 255 }, NextStart, "the guest's NUMA node that it belongs to"),
    field("memory_device.requested", MEMORY, "target/requested", Kind::Size { min: 0 }, Device, "how much of the module the guest is to have (virtio-mem)"),
    field("vsock.auto", VSOCK, "cid/@auto", YES_NO, NextStart, "libvirt chooses the number"),
    field("vsock.cid", VSOCK, "cid/@address", Kind::Number { min: 3, max: 4_294_967_294 }, NextStart, "the guest's number"),
    field("shmem.model", SHMEM, "model/@type", Kind::Choice(&["ivshmem-plain", "ivshmem-doorbell", "ivshmem"]), NextStart, "the device that the guest sees"),
    field("shmem.role", SHMEM, "@role", Kind::Choice(&["master", "peer"]), NextStart, "whether the memory moves with the guest to another host"),
    field("shmem.size", SHMEM, "size", Kind::Size { min: 1 << 20 }, NextStart, "the size of the shared memory"),
    field("iommu.model", IOMMU, "@model", Kind::OpenChoice(&["intel", "virtio", "smmuv3"]), NextStart, "the IOMMU that the guest sees"),
    field("iommu.intremap", IOMMU, "driver/@intremap", ON_OFF, NextStart, "interrupts go through it"),
    field("iommu.caching", IOMMU, "driver/@caching_mode", ON_OFF, NextStart, "as devices handed to nested guests need it"),
    field("pstore.path", PSTORE, "path", Kind::Text(Rule::Path), NextStart, "the file that keeps what the guest said last"),
    field("pstore.size", PSTORE, "size", Kind::Size { min: 1 << 10 }, NextStart, "its size"),
    field("lease.lockspace", LEASE, "lockspace", Kind::Text(Rule::Line), NextStart, "the lock manager's space of the lease"),
    field("lease.key", LEASE, "key", Kind::Text(Rule::Line), NextStart, "its name there"),
    field("lease.path", LEASE, "target/@path", Kind::Text(Rule::Path), NextStart, "the file with the lease"),
    field("lease.offset", LEASE, "target/@offset", Kind::Number { min: 0, max: 1 << 50 }, NextStart, "where in the file, in bytes"),
    field("crypto.queues", CRYPTO, "backend/@queues", Kind::Number { min: 1, max: 1024 }, NextStart, "queues, for several processors at once"),
];
