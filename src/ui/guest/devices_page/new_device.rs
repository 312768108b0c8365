//! Asking which hardware to add.

use std::rc::Rc;

use gettextrs::gettext;
use relm4::{
    ComponentSender, Sender, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::{DevicesCmd, DevicesInput, DevicesPage, draft::Draft, names::maker_and_product, words};
use crate::{
    backend::BackendError,
    i18n::gettext_f,
    model::{
        NodeDevice, NodeDeviceKind, ScsiDevice,
        hardware::{Device, DeviceKind, Need, NewDevice},
    },
    ui::error,
};

/// The most of the host's devices that are listed.
const MOST: usize = 500;

/// The PCI class of `NVMe` drives.
const NVME: u32 = 0x01_08_02;

impl DevicesPage {
    /// Opens the list of what can be added.
    pub(super) fn ask_what_to_add(
        &self,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(draft) = &self.draft else { return };
        let dialog = dialog(&gettext("Add Hardware"));
        let group = adw::PreferencesGroup::builder()
            .description(gettext(
                "It is added with usual settings, which you can change before you apply.",
            ))
            .build();
        let remark = remark(draft, &draft.new_disk(), DeviceKind::Disk);
        let disk = row(words::kind_icon(DeviceKind::Disk), &words::kind(DeviceKind::Disk), &remark);
        connect(&disk, &dialog, sender.input_sender(), || DevicesInput::AskForDisk);
        group.add(&disk);
        for new in NewDevice::usual() {
            let Some(device) = new.preview() else { continue };
            let remark = self::remark(draft, &new, device.kind);
            let row = row(words::kind_icon(device.kind), &title(&new, &device), &remark);
            row.set_sensitive(!draft.is_full(device.kind));
            connect(&row, &dialog, sender.input_sender(), move || DevicesInput::Add(new.clone()));
            group.add(&row);
        }
        let title = gettext("Device of the Host…");
        let host = row(words::kind_icon(DeviceKind::Hostdev), &title, "");
        let (open, closing) = (sender.clone(), dialog.clone());
        let handle = self.handle.clone();
        host.connect_activated(move |_| {
            closing.close();
            let handle = handle.clone();
            open.oneshot_command(
                async move { DevicesCmd::HostDevices(handle.node_devices().await) },
            );
        });
        group.add(&host);
        fill(&dialog, &group);
        dialog.present(Some(root));
    }

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
        let mut count = 0;
        for (title, subtitle, new) in host_devices(&found).into_iter().take(MOST) {
            let row = row(words::kind_icon(DeviceKind::Hostdev), &title, &subtitle);
            connect(&row, &dialog, sender.input_sender(), move || DevicesInput::Add(new.clone()));
            group.add(&row);
            count += 1;
        }
        if count == 0 {
            let none = gettext("This host has no device to hand over");
            group.add(&adw::ActionRow::builder().title(none).build());
        }
        fill(&dialog, &group);
        dialog.present(Some(root));
    }
}

fn dialog(title: &str) -> adw::Dialog {
    adw::Dialog::builder().title(title).content_width(440).content_height(560).build()
}

fn fill(dialog: &adw::Dialog, group: &adw::PreferencesGroup) {
    let page = adw::PreferencesPage::new();
    page.add(group);
    let view = adw::ToolbarView::builder().content(&page).build();
    view.add_top_bar(&adw::HeaderBar::new());
    dialog.set_child(Some(&view));
}

fn row(icon: &str, title: &str, subtitle: &str) -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(subtitle)
        .use_markup(false)
        .activatable(true)
        .build();
    row.add_prefix(&gtk::Image::from_icon_name(icon));
    row
}

fn connect(
    row: &adw::ActionRow,
    dialog: &adw::Dialog,
    input: &Sender<DevicesInput>,
    message: impl Fn() -> DevicesInput + 'static,
) {
    let (out, dialog, message) = (input.clone(), dialog.clone(), Rc::new(message));
    row.connect_activated(move |_| {
        dialog.close();
        out.emit(message());
    });
}

/// What a new device is called in the list.
fn title(new: &NewDevice, device: &Device) -> String {
    match new {
        NewDevice::AgentChannel => gettext("Guest Agent Channel"),
        NewDevice::SpiceAgentChannel => gettext("SPICE Agent Channel"),
        NewDevice::VdagentChannel => gettext("Clipboard Channel for Any Console"),
        NewDevice::WebdavChannel => gettext("SPICE Folder Channel"),
        _ => words::what(device),
    }
}

/// When it comes, what comes with it, or why it cannot be.
fn remark(draft: &Draft, new: &NewDevice, kind: DeviceKind) -> String {
    if draft.is_full(kind) {
        return gettext("The guest has one, and can have no other");
    }
    let when = draft.can_be_now(new).map(|now| {
        if now { gettext("Can be added now") } else { gettext("From the next start on") }
    });
    let needs = draft.needs(new).into_iter().map(|need| match need {
        Need::SharedMemory => gettext("makes the memory shared"),
        Need::RoomForModules => gettext("makes a NUMA node and room for modules"),
        Need::ScsiController => gettext("adds a SCSI controller"),
        Need::UsbController => gettext("adds a USB controller"),
    });
    when.into_iter().chain(needs).collect::<Vec<_>>().join(" · ")
}

/// The host's devices by their names, each with what adds it.
fn host_devices(found: &[NodeDevice]) -> Vec<(String, String, NewDevice)> {
    let interface_of = |name: &str| {
        found.iter().find_map(|device| match &device.kind {
            NodeDeviceKind::Network { interface } if device.parent.as_deref() == Some(name) => {
                Some(interface.clone())
            }
            _ => None,
        })
    };
    let group = |group: Option<u32>| match group {
        // Translators: a number of an IOMMU group
        Some(group) => gettext_f("Group {number}", &[("number", &group.to_string())]),
        None => gettext("No IOMMU: it cannot be handed over"),
    };
    let mut listed = Vec::new();
    for device in found {
        match &device.kind {
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
                listed.push((title, format!("USB · {ids}"), new));
            }
            NodeDeviceKind::Pci(pci) => {
                // Bridges stay with the host.
                if pci.class >> 16 == 0x06 {
                    continue;
                }
                let mut title = maker_and_product(&pci.vendor, &pci.product);
                if let Some(interface) = interface_of(&device.name) {
                    title = format!("{title} ({interface})");
                }
                let subtitle = format!("PCI · {} · {}", pci.address, group(pci.iommu_group));
                if pci.class == NVME {
                    let new = NewDevice::HostNvme { address: pci.address, namespace: 1 };
                    // Translators: a drive of the host that the guest sees as a plain disk
                    let disk = gettext_f("{name}, as a disk", &[("name", &title)]);
                    listed.push((disk, format!("NVMe · {}", pci.address), new));
                }
                listed.push((title, subtitle, NewDevice::HostPci(pci.address)));
            }
            NodeDeviceKind::Mediated { uuid, type_id, iommu_group } => {
                let subtitle = format!("{uuid} · {}", group(*iommu_group));
                listed.push((type_id.clone(), subtitle, NewDevice::HostMediated(uuid.clone())));
            }
            NodeDeviceKind::Scsi(scsi) => {
                let ScsiDevice { adapter, bus, target, unit, kind } = scsi;
                let place = format!("{adapter}:{bus}:{target}:{unit}");
                let title = if kind.is_empty() { place.clone() } else { kind.clone() };
                let new = NewDevice::HostScsi {
                    adapter: *adapter,
                    bus: *bus,
                    target: *target,
                    unit: *unit,
                };
                listed.push((title, format!("SCSI · {place}"), new));
            }
            NodeDeviceKind::Network { .. } => {}
        }
    }
    listed
}
