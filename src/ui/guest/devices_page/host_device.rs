//! The host's own devices, to be handed to the guest.

use gettextrs::gettext;
use relm4::{ComponentSender, adw, adw::prelude::*, gtk};

use super::{
    DevicesInput, DevicesPage,
    draft::Draft,
    names::maker_and_product,
    new_device::{connect, dialog, fill, remark, row},
    words,
};
use crate::{
    backend::BackendError,
    i18n::gettext_f,
    model::{
        NodeDevice, NodeDeviceKind, ScsiDevice,
        hardware::{DeviceKind, NewDevice},
    },
    ui::error,
};

/// The most of the host's devices that are listed.
const MOST: usize = 500;

/// The PCI class of `NVMe` drives.
const NVME: u32 = 0x01_08_02;

/// The maker's number of what Linux makes of the host's USB ports: hubs 1 to 3.
const LINUX: u16 = 0x1d6b;

/// A device of the host as it is offered.
struct Offered<'a> {
    device: &'a NodeDevice,
    title: String,
    /// What it is and where.
    facts: String,
    new: NewDevice,
}

impl DevicesPage {
    /// Lists the host's devices that a guest can have.
    pub(super) fn offer_host_devices(
        &mut self,
        found: Result<Vec<NodeDevice>, BackendError>,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        let found = match found {
            Ok(found) => found,
            Err(failed) => {
                self.problem = Some(error::describe(&failed));
                return;
            }
        };
        let dialog = dialog(&gettext("Device of the Host"));
        let group = adw::PreferencesGroup::builder()
            .description(gettext(
                "The host cannot use the device while the guest has it. Devices of one group only go to the same guest.",
            ))
            .build();
        let Some(draft) = &self.draft else { return };
        let mut offered = offered(&found);
        offered.truncate(MOST);
        for Offered { device, title, facts, new } in &offered {
            let standing = standing(draft, device, new);
            let text = [facts.clone(), standing.join(" · ")].join("\n");
            let row = row(words::kind_icon(DeviceKind::Hostdev), title, &text);
            row.set_sensitive(can_be_had(device) && !draft.has_host_device(device));
            let new = new.clone();
            connect(&row, &dialog, sender.input_sender(), move || DevicesInput::Add(new.clone()));
            group.add(&row);
        }
        if offered.is_empty() {
            let none = gettext("This host has no device to hand over");
            group.add(&adw::ActionRow::builder().title(none).build());
        }
        fill(&dialog, &group);
        dialog.present(Some(root));
    }
}

/// Whether the host can hand it over at all.
fn can_be_had(device: &NodeDevice) -> bool {
    match &device.kind {
        NodeDeviceKind::Pci(pci) => pci.iommu_group.is_some(),
        _ => true,
    }
}

/// Who has it now, and when the guest could.
fn standing(draft: &Draft, device: &NodeDevice, new: &NewDevice) -> Vec<String> {
    if !can_be_had(device) {
        return vec![gettext("It cannot be handed over: the host has no IOMMU in use")];
    }
    if draft.has_host_device(device) {
        return vec![gettext("This guest has it")];
    }
    if !device.users.is_empty() {
        let guests: Vec<String> = device.users.iter().map(|name| format!("“{name}”")).collect();
        let with = [("guests", &*guests.join(", "))];
        return vec![gettext_f("In use by {guests}", &with)];
    }
    let driver = device.driver.as_deref().filter(|driver| {
        matches!(device.kind, NodeDeviceKind::Pci(_)) && !driver.starts_with("vfio")
    });
    // Translators: a driver of the host's kernel, such as e1000e
    let used =
        driver.map(|driver| gettext_f("In use by the host ({driver})", &[("driver", driver)]));
    let when = remark(draft, new, DeviceKind::Hostdev);
    used.into_iter().chain(Some(when).filter(|when| !when.is_empty())).collect()
}

/// The host's devices by their names, each with what adds it.
fn offered(found: &[NodeDevice]) -> Vec<Offered<'_>> {
    let interface_of = |name: &str| {
        found.iter().find_map(|device| match &device.kind {
            NodeDeviceKind::Network { interface } if device.parent.as_deref() == Some(name) => {
                Some(interface.clone())
            }
            _ => None,
        })
    };
    let in_group = |facts: String, group: Option<u32>| match group {
        Some(group) => {
            // Translators: a number of an IOMMU group
            let group = gettext_f("Group {number}", &[("number", &group.to_string())]);
            format!("{facts} · {group}")
        }
        None => facts,
    };
    let mut listed = Vec::new();
    for device in found {
        let mut list = |title, facts, new| listed.push(Offered { device, title, facts, new });
        match &device.kind {
            // The host's own ends of its buses.
            NodeDeviceKind::Usb(usb)
                if usb.vendor_id == LINUX && matches!(usb.product_id, 1..=3) => {}
            NodeDeviceKind::Usb(usb) => {
                let twins = found.iter().filter(|other| {
                    matches!(&other.kind, NodeDeviceKind::Usb(other)
                        if (other.vendor_id, other.product_id) == (usb.vendor_id, usb.product_id))
                });
                let name = maker_and_product(&usb.vendor, &usb.product);
                let ids = format!("{:04x}:{:04x}", usb.vendor_id, usb.product_id);
                let title = if name.is_empty() { ids.clone() } else { name };
                let new = NewDevice::HostUsb {
                    vendor: usb.vendor_id,
                    product: usb.product_id,
                    // Two that are alike are told apart by where they are.
                    place: (twins.count() > 1).then_some((usb.bus, usb.device)),
                };
                list(title, format!("USB · {ids}"), new);
            }
            NodeDeviceKind::Pci(pci) => {
                // Bridges stay with the host.
                if pci.class >> 16 == 0x06 {
                    continue;
                }
                let mut title = maker_and_product(&pci.vendor, &pci.product);
                if title.is_empty() {
                    title = pci.address.to_string();
                }
                if let Some(interface) = interface_of(&device.name) {
                    title = format!("{title} ({interface})");
                }
                let facts = in_group(format!("PCI · {}", pci.address), pci.iommu_group);
                if pci.class == NVME {
                    let new = NewDevice::HostNvme { address: pci.address, namespace: 1 };
                    // Translators: a drive of the host that the guest sees as a plain disk
                    let disk = gettext_f("{name}, as a disk", &[("name", &title)]);
                    list(disk, facts.replacen("PCI", "NVMe", 1), new);
                }
                list(title, facts, NewDevice::HostPci(pci.address));
            }
            NodeDeviceKind::Mediated { uuid, type_id, iommu_group } => {
                let facts = in_group(uuid.clone(), *iommu_group);
                list(type_id.clone(), facts, NewDevice::HostMediated(uuid.clone()));
            }
            NodeDeviceKind::Scsi(scsi) => {
                let ScsiDevice { adapter, bus, target, unit, kind } = scsi;
                let place = format!("{adapter}:{bus}:{target}:{unit}");
                let title = match kind.as_str() {
                    "" => place.clone(),
                    "disk" => gettext("SCSI Disk"),
                    "cdrom" => gettext("SCSI CD Drive"),
                    "tape" => gettext("SCSI Tape Drive"),
                    other => other.to_owned(),
                };
                let new = NewDevice::HostScsi {
                    adapter: *adapter,
                    bus: *bus,
                    target: *target,
                    unit: *unit,
                };
                list(title, format!("SCSI · {place}"), new);
            }
            NodeDeviceKind::Network { .. } => {}
        }
    }
    listed
}
