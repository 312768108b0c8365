//! What follows from target and operating system, and is asked in many places.

use super::{InstallRequest, VirtType};
use crate::model::osinfo::{OsProfile, devices};

/// Systems from before this year have no drivers for a PCI Express machine if
/// the database does not say that they have.
const MODERN_SINCE: u16 = 2012;

/// Whether nothing is known of the system's devices, and it is no old one.
///
/// "Unknown", and the entries that the database keeps for unknown versions of a
/// distribution, are nearly always something newer than the database. What
/// needs no driver of its own (AHCI, e1000e, xHCI, a USB tablet) is right for
/// them; the machine from 1996 that "no device is listed" would give is not.
pub(super) fn is_open(os: &OsProfile) -> bool {
    const OLD: [&str; 7] = ["msdos", "win9x", "win16", "netware", "macosx", "win", "os2"];
    let old_family = os.family.as_deref().is_some_and(|f| OLD.contains(&f));
    let modern = os.release_date.is_none_or(|d| d.year >= MODERN_SINCE);
    os.devices.is_empty() && modern && !old_family && !os.is_windows()
}

/// Whether an x86 machine with PCI Express suits the system.
pub(super) fn wants_q35(os: &OsProfile) -> bool {
    // In PCI Express slots virtio has its modern form only. A system that is
    // known for the old form alone would find neither disk nor network.
    let legacy_only = os.supports(devices::VIRTIO_NET) && !os.supports(&[devices::VIRTIO1_NET]);
    is_open(os) || (os.supports(devices::Q35) && !legacy_only)
}

/// The machine's nature, as far as defaults depend on it.
#[allow(clippy::struct_excessive_bools, reason = "independent facts, each asked on its own")]
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent traits, each asked by its name")]
pub(super) struct Traits<'a> {
    pub(super) request: &'a InstallRequest<'a>,
    /// Run by QEMU, emulated or not.
    pub(super) qemu: bool,
    /// Run on the processor itself by Linux.
    pub(super) kvm: bool,
    pub(super) x86: bool,
    pub(super) q35: bool,
    /// The `virt` machine of ARM, RISC-V and `LoongArch`.
    pub(super) virt: bool,
    pub(super) s390x: bool,
    pub(super) pseries: bool,
    pub(super) windows: bool,
    /// See [`is_open`].
    pub(super) open: bool,
    /// Every system for this machine has virtio drivers: it has little else.
    pub(super) virtio_machine: bool,
}

impl<'a> Traits<'a> {
    pub(super) fn new(request: &'a InstallRequest<'a>) -> Self {
        let target = &request.guest.target;
        let arch = target.arch.as_str();
        // Aliases stand for themselves (`q35`); versions name the kind (`pc-q35-10.0`).
        let asked = target.machine.as_deref().unwrap_or_default();
        let resolved = request.domain.machine.as_deref().unwrap_or(asked);
        let machine = if asked.is_empty() { resolved } else { asked };
        let qemu = target.virt_type.is_qemu();
        let virt = qemu && (machine == "virt" || machine.starts_with("virt-"));
        let (s390x, pseries) = (qemu && arch == "s390x", qemu && arch.starts_with("ppc64"));
        let windows = request.os.is_windows();
        Self {
            request,
            qemu,
            kvm: target.virt_type == VirtType::Kvm,
            x86: matches!(arch, "x86_64" | "i686"),
            q35: qemu && (machine == "q35" || machine.starts_with("pc-q35")),
            virt,
            s390x,
            pseries,
            windows,
            open: is_open(request.os),
            virtio_machine: (virt && !windows) || s390x || pseries,
        }
    }

    /// Whether the system has a driver for one of these virtio devices.
    pub(super) fn virtio(&self, ids: &[&str]) -> bool {
        self.qemu && (self.virtio_machine || self.request.os.supports(ids))
    }

    /// Whether a virtio device may be there that the system may lack a driver
    /// for: ignored if it does, used if it has one. Not for Windows, which shows
    /// it as an unknown device.
    pub(super) fn virtio_or_open(&self, ids: &[&str]) -> bool {
        self.virtio(ids) || (self.qemu && self.open)
    }

    /// Whether the machine has PCI Express ports for hot-plugging.
    pub(super) fn pcie(&self) -> bool {
        self.q35 || self.virt
    }
}
