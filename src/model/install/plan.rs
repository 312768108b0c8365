//! The whole definition.

use super::{
    FirmwareChoice, GuestPlan, InstallRequest, Notice, PlanError, Summary, VirtType,
    devices::{self, BootOrder},
    system,
    traits::Traits,
};
use crate::model::{units::KIB, validate, xml::NewElement};

/// Makes the definitions of a new guest.
///
/// # Errors
/// If the name is not possible, there are no processors or no memory, or a text
/// cannot be written in XML.
pub fn plan(request: &InstallRequest<'_>) -> Result<GuestPlan, PlanError> {
    let guest = request.guest;
    validate::guest_name(&guest.name)?;
    if guest.vcpus == 0 || guest.memory == 0 {
        return Err(PlanError::NoResources);
    }
    let t = Traits::new(request);
    let mut notices = Vec::new();
    if guest.target.virt_type == VirtType::Qemu {
        notices.push(Notice::Emulated);
    }
    let firmware = system::firmware(&t, &mut notices);
    let runs = Runs::of(&t);
    let persistent = domain(&t, firmware, runs.order, runs.keeps_medium, &mut notices);
    let persistent_xml = persistent.to_xml()?;
    let first_boot_xml = match runs.first_order {
        Some(order) => Some(domain(&t, firmware, order, true, &mut Vec::new()).to_xml()?),
        None => None,
    };
    let disk_bus = devices::disk_bus(&t);
    if t.windows && t.qemu && disk_bus != "virtio" {
        notices.push(Notice::WindowsDrivers);
    }
    let summary = Summary {
        virt_type: guest.target.virt_type.clone(),
        arch: guest.target.arch.clone(),
        machine: guest.target.machine.clone(),
        firmware,
        cpu: system::cpu(&t).1,
        disk_bus,
        nic_model: devices::nic_model(&t),
        screen: devices::screen_protocol(&t),
        video: devices::video_model(&t, firmware),
        tpm: devices::tpm(&t, firmware, &mut Vec::new()).is_some(),
    };
    Ok(GuestPlan { persistent_xml, first_boot_xml, summary, notices })
}

/// What the guest boots from, in its first run and afterwards.
struct Runs {
    /// The boot order that it keeps.
    order: BootOrder,
    /// Whether the medium stays in.
    keeps_medium: bool,
    /// The boot order of the first run; nothing where that is like the others.
    first_order: Option<BootOrder>,
}

impl Runs {
    fn of(t: &Traits<'_>) -> Self {
        let guest = t.request.guest;
        let disk_first = BootOrder { disk: Some(1), cdrom: Some(2), network: None };
        let medium_first = BootOrder { disk: Some(2), cdrom: Some(1), network: None };
        match (&guest.medium, &guest.disk) {
            // What there is to start can only come over the network.
            (None, None) => Self {
                order: BootOrder { disk: None, cdrom: Some(1), network: Some(2) },
                keeps_medium: false,
                first_order: None,
            },
            (None, Some(disk)) => {
                let network = disk.blank.then_some(3);
                Self {
                    order: BootOrder { network, ..disk_first },
                    keeps_medium: false,
                    first_order: None,
                }
            }
            (Some(_), None) => Self {
                order: BootOrder { disk: None, cdrom: Some(1), network: None },
                keeps_medium: true,
                first_order: None,
            },
            (Some(medium), Some(_)) if medium.live_only => {
                Self { order: medium_first, keeps_medium: true, first_order: None }
            }
            (Some(_), Some(disk)) => {
                let first = if disk.blank { disk_first } else { medium_first };
                let same = t.windows && disk.blank;
                Self {
                    order: disk_first,
                    keeps_medium: t.windows,
                    first_order: (!same).then_some(first),
                }
            }
        }
    }
}

fn domain(
    t: &Traits<'_>,
    firmware: FirmwareChoice,
    order: BootOrder,
    with_medium: bool,
    notices: &mut Vec<Notice>,
) -> NewElement {
    let guest = t.request.guest;
    let kib = |bytes: u64| bytes.div_ceil(KIB);
    let memory =
        |name| NewElement::with_text(name, kib(guest.memory).to_string()).attr("unit", "KiB");
    let text = |name, value: &str| NewElement::with_text(name, value);
    let emulator = guest.target.emulator.as_ref().or(t.request.domain.emulator.as_ref());
    let devices = NewElement::new("devices")
        .child_opt(emulator.filter(|_| t.qemu).map(|path| text("emulator", path)))
        .children(devices::disks(t, order, with_medium))
        .children(devices::controllers(t))
        .children(devices::interface(t, order))
        .children(devices::screen(t, firmware, notices))
        .children(devices::tpm(t, firmware, notices))
        .children(devices::others(t))
        .children(devices::with_spice(t))
        .children(devices::with_vnc(t));
    NewElement::new("domain")
        .attr("type", guest.target.virt_type.name())
        .child(text("name", &guest.name))
        .child(text("uuid", &guest.uuid.hyphenated().to_string()))
        .child_opt(system::metadata(t))
        .child(memory("memory"))
        .child(memory("currentMemory"))
        .child(text("vcpu", &guest.vcpus.to_string()))
        .child(system::os(t, firmware))
        .child_opt(system::features(t, firmware))
        .child_opt(system::cpu(t).0)
        .child(system::clock(t))
        .child(text("on_poweroff", "destroy"))
        .child(text("on_reboot", "restart"))
        .child(text("on_crash", "destroy"))
        .child_opt(system::power(t))
        .child(devices)
}
