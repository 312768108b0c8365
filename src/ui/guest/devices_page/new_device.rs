//! Asking which hardware to add.

use std::rc::Rc;

use gettextrs::gettext;
use relm4::{
    ComponentSender, Sender, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::{DevicesCmd, DevicesInput, DevicesPage, words};
use crate::{
    backend::BackendError,
    i18n::gettext_f,
    model::{
        NodeDevice, NodeDeviceKind,
        hardware::{DeviceKind, NewDevice},
        units::GIB,
    },
    ui::error,
};

/// The most of the host's devices that are listed.
const MOST: usize = 500;

impl DevicesPage {
    /// Opens the list of what can be added.
    pub(super) fn ask_what_to_add(
        &self,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        let dialog = dialog(&gettext("Add Hardware"));
        let group = adw::PreferencesGroup::builder()
            .description(gettext(
                "It is added with usual settings, which you can change before you apply.",
            ))
            .build();
        let disk = row(words::kind_icon(DeviceKind::Disk), &words::kind(DeviceKind::Disk), "");
        connect(&disk, &dialog, sender.input_sender(), || DevicesInput::AskForDisk);
        group.add(&disk);
        for (kind, title, new) in choices() {
            let row = row(words::kind_icon(kind), &title, "");
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

/// What can be added, with usual settings.
fn choices() -> Vec<(DeviceKind, String, NewDevice)> {
    let drive = NewDevice::Disk {
        device: "cdrom".to_owned(),
        bus: "sata".to_owned(),
        source: None,
        format: "raw".to_owned(),
    };
    let input = |kind: &str| NewDevice::Input { kind: kind.to_owned(), bus: "usb".to_owned() };
    let nic = NewDevice::Interface {
        kind: "network".to_owned(),
        source: Some("default".to_owned()),
        model: Some("virtio".to_owned()),
    };
    let folder = NewDevice::Folder {
        source: "/srv/share".to_owned(),
        target: "share".to_owned(),
        readonly: false,
    };
    let watchdog = NewDevice::Watchdog("itco".to_owned(), "reset".to_owned());
    let controller = |kind: &str, model: Option<&str>| {
        NewDevice::Controller(kind.to_owned(), model.map(str::to_owned))
    };
    let named = |kind: DeviceKind, new: NewDevice| (kind, words::kind(kind), new);
    vec![
        (DeviceKind::Disk, gettext("CD Drive"), drive),
        named(DeviceKind::Interface, nic),
        named(DeviceKind::Filesystem, folder),
        named(DeviceKind::Graphics, NewDevice::Graphics("vnc".to_owned())),
        named(DeviceKind::Video, NewDevice::Video("virtio".to_owned())),
        named(DeviceKind::Sound, NewDevice::Sound("ich9".to_owned())),
        (DeviceKind::Input, gettext("Tablet"), input("tablet")),
        (DeviceKind::Input, gettext("Mouse"), input("mouse")),
        (DeviceKind::Input, gettext("Keyboard"), input("keyboard")),
        named(DeviceKind::Serial, NewDevice::Serial),
        named(DeviceKind::Console, NewDevice::Console("virtio".to_owned())),
        (DeviceKind::Channel, gettext("Guest Agent Channel"), NewDevice::AgentChannel),
        named(DeviceKind::Redirdev, NewDevice::Redirection),
        named(DeviceKind::Smartcard, NewDevice::Smartcard),
        named(DeviceKind::Tpm, NewDevice::Tpm("2.0".to_owned())),
        named(DeviceKind::Rng, NewDevice::Rng),
        named(DeviceKind::Watchdog, watchdog),
        named(DeviceKind::Panic, NewDevice::Panic("pvpanic".to_owned())),
        named(DeviceKind::Vsock, NewDevice::Vsock),
        named(DeviceKind::Iommu, NewDevice::Iommu("virtio".to_owned())),
        named(DeviceKind::Memory, NewDevice::MemoryModule(GIB)),
        named(DeviceKind::Memballoon, NewDevice::Balloon),
        named(DeviceKind::Crypto, NewDevice::Crypto),
        (DeviceKind::Controller, gettext("USB Controller"), controller("usb", Some("qemu-xhci"))),
        (
            DeviceKind::Controller,
            gettext("SCSI Controller"),
            controller("scsi", Some("virtio-scsi")),
        ),
    ]
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
    let named = |vendor: &str, product: &str| -> String {
        [vendor, product]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut listed = Vec::new();
    for device in found {
        match &device.kind {
            NodeDeviceKind::Usb(usb) => {
                let twins = found.iter().filter(|other| {
                    matches!(&other.kind, NodeDeviceKind::Usb(other)
                        if (other.vendor_id, other.product_id) == (usb.vendor_id, usb.product_id))
                });
                let name = named(&usb.vendor, &usb.product);
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
                let mut title = named(&pci.vendor, &pci.product);
                if let Some(interface) = interface_of(&device.name) {
                    title = format!("{title} ({interface})");
                }
                let subtitle = format!("PCI · {} · {}", pci.address, group(pci.iommu_group));
                listed.push((title, subtitle, NewDevice::HostPci(pci.address)));
            }
            NodeDeviceKind::Mediated { uuid, type_id, iommu_group } => {
                let subtitle = format!("{uuid} · {}", group(*iommu_group));
                listed.push((type_id.clone(), subtitle, NewDevice::HostMediated(uuid.clone())));
            }
            NodeDeviceKind::Network { .. } => {}
        }
    }
    listed
}
