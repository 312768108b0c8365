//! Architecture, way to run, machine.

use std::fmt;

use super::{PlanError, traits};
use crate::model::{
    capabilities::{GuestCapabilities, HostCapabilities},
    osinfo::OsProfile,
};

/// A way to run a guest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VirtType {
    /// On the processor itself, by Linux.
    Kvm,
    /// By emulating the processor.
    Qemu,
    /// On the processor itself, by macOS.
    Hvf,
    /// Any other, by libvirt's name (`xen`, `test`, `bhyve`, `vmware`…).
    Other(String),
}

impl VirtType {
    /// The way that libvirt calls `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "kvm" => Self::Kvm,
            "qemu" => Self::Qemu,
            "hvf" => Self::Hvf,
            other => Self::Other(other.to_owned()),
        }
    }

    /// libvirt's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Kvm => "kvm",
            Self::Qemu => "qemu",
            Self::Hvf => "hvf",
            Self::Other(name) => name,
        }
    }

    /// Whether QEMU runs the guest, with or without the processor's help.
    #[must_use]
    pub fn is_qemu(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

impl fmt::Display for VirtType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a guest is a guest of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The architecture.
    pub arch: String,
    /// The way to run.
    pub virt_type: VirtType,
    /// The machine, as an alias where there is one (`q35`); nothing leaves it
    /// to the hypervisor.
    pub machine: Option<String>,
    /// The program that runs it, where it is one.
    pub emulator: Option<String>,
}

/// Chooses what is left open (`None`): the host's own architecture, the fastest
/// way to run that the host really offers, the machine that suits the system.
///
/// # Errors
/// If the host cannot run what was asked for.
pub fn target(
    capabilities: &HostCapabilities,
    os: &OsProfile,
    arch: Option<&str>,
    virt_type: Option<&VirtType>,
    machine: Option<&str>,
) -> Result<Target, PlanError> {
    let arch = match arch {
        Some(arch) => arch,
        None => capabilities.hvm_arches().first().copied().ok_or(PlanError::OnlyContainers)?,
    };
    let guest = capabilities.hvm(arch).ok_or_else(|| PlanError::NoSuchArch(arch.to_owned()))?;
    let virt_type = match virt_type {
        Some(wanted) if guest.domain_types.iter().any(|t| t == wanted.name()) => wanted.clone(),
        Some(wanted) => {
            return Err(PlanError::NoSuchVirtType {
                arch: arch.to_owned(),
                virt_type: wanted.name().to_owned(),
            });
        }
        None => fastest(guest),
    };
    let machine = match machine {
        Some(wanted) if guest.machine(wanted).is_some() => Some(wanted.to_owned()),
        Some(wanted) => return Err(PlanError::NoSuchMachine(wanted.to_owned())),
        None if virt_type.is_qemu() => suiting(guest, os),
        None => None,
    };
    Ok(Target { arch: arch.to_owned(), virt_type, machine, emulator: guest.emulator.clone() })
}

fn fastest(guest: &GuestCapabilities) -> VirtType {
    let has = |name: &&str| guest.domain_types.iter().any(|t| t == *name);
    let best = ["kvm", "xen", "hvf", "qemu"].iter().find(|name| has(name));
    let first = || guest.domain_types.first().map_or("qemu", String::as_str);
    VirtType::from_name(best.copied().unwrap_or_else(first))
}

fn suiting(guest: &GuestCapabilities, os: &OsProfile) -> Option<String> {
    let wanted: &[&str] = match guest.arch.as_str() {
        "x86_64" | "i686" if traits::wants_q35(os) => &["q35", "pc"],
        "x86_64" | "i686" => &["pc", "q35"],
        "aarch64" | "armv7l" | "armv6l" | "riscv64" | "riscv32" | "loongarch64" => &["virt"],
        "ppc64" | "ppc64le" => &["pseries"],
        "s390x" => &["s390-ccw-virtio"],
        _ => &[],
    };
    let named = wanted.iter().find(|name| guest.machine(name).is_some());
    named.map(|name| (*name).to_owned()).or_else(|| guest.default_machine().map(|m| m.name.clone()))
}
