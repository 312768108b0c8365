//! What a guest's devices are called besides what its definition says: the
//! sizes of its disks, the names of the host's devices that it has.

use std::collections::HashMap;

use relm4::ComponentSender;

use super::{DevicesCmd, DevicesPage, draft::Draft, words};
use crate::{
    i18n::gettext_f,
    model::{
        NodeDevice, NodeDeviceKind,
        hardware::{Device, DeviceKind},
    },
    ui::words::size,
};

/// What was learned of the guest's devices.
#[derive(Clone, Debug, Default)]
pub(in crate::ui) struct Known {
    /// What the guest sees of its disks, in bytes, by their targets.
    pub(super) sizes: HashMap<String, u64>,
    /// The host's devices; nothing before they were asked for.
    pub(super) host: Option<Vec<NodeDevice>>,
}

/// The device's name in the list: what it is and which one.
pub(super) fn name(draft: &Draft, device: &Device) -> String {
    let what = words::what(device);
    if device.kind != DeviceKind::Disk {
        return draft.known.host_name(device).unwrap_or_else(|| words::device(device));
    }
    let mut all = draft.devices();
    all.retain(|other| other.kind == device.kind && words::what(other) == what);
    let place = all.iter().position(|other| other.identity == device.identity);
    numbered(&what, place.unwrap_or(all.len()) + 1)
}

/// The names of devices, in their order.
pub(in crate::ui) fn names(known: &Known, devices: &[Device]) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let name = |device: &Device| {
        if device.kind != DeviceKind::Disk {
            return known.host_name(device).unwrap_or_else(|| words::device(device));
        }
        let what = words::what(device);
        let count = counts.entry(what.clone()).or_default();
        *count += 1;
        numbered(&what, *count)
    };
    devices.iter().map(name).collect()
}

fn numbered(what: &str, number: usize) -> String {
    // Translators: such as "Disk 1", "CD Drive 2"
    gettext_f("{kind} {number}", &[("kind", what), ("number", &number.to_string())])
}

/// What more there is to say of it in a line.
pub(super) fn details(draft: &Draft, device: &Device) -> String {
    let known = &draft.known;
    let mut parts = Vec::new();
    if device.kind == DeviceKind::Disk {
        let target = device.fact("target").unwrap_or_default();
        parts.extend(known.sizes.get(target).filter(|bytes| **bytes > 0).map(|bytes| size(*bytes)));
    }
    // The name says which one; what it is then stands here.
    if known.host_name(device).is_some() {
        parts.push(words::what(device));
    }
    parts.push(words::details(device));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// Maker and product, as far as the host knows them.
pub(super) fn maker_and_product(vendor: &str, product: &str) -> String {
    let said = [vendor, product].into_iter().filter(|part| !part.is_empty());
    said.collect::<Vec<_>>().join(" ")
}

impl Known {
    /// What the host calls its device that the guest has.
    fn host_name(&self, device: &Device) -> Option<String> {
        let host = self.host.as_ref().filter(|_| device.kind == DeviceKind::Hostdev)?;
        let number = |name: &str| {
            let text = device.fact(name)?;
            match text.strip_prefix("0x") {
                Some(digits) => u32::from_str_radix(digits, 16).ok(),
                None => text.parse().ok(),
            }
        };
        let ids = (number("vendor id"), number("product id"));
        let place = (number("source bus"), number("source device"));
        let found = host.iter().find_map(|other| match &other.kind {
            NodeDeviceKind::Usb(usb) if device.fact("type") == Some("usb") => {
                let same = match ids {
                    (Some(vendor), product) => {
                        u32::from(usb.vendor_id) == vendor
                            && product == Some(u32::from(usb.product_id))
                    }
                    _ => place == (Some(usb.bus), Some(usb.device)),
                };
                same.then(|| maker_and_product(&usb.vendor, &usb.product))
            }
            NodeDeviceKind::Pci(pci) if device.fact("type") == Some("pci") => {
                let at = pci.address;
                let same = number("source domain").unwrap_or(0) == u32::from(at.domain)
                    && place.0 == Some(u32::from(at.bus))
                    && number("source slot") == Some(u32::from(at.slot))
                    && number("source function") == Some(u32::from(at.function));
                same.then(|| maker_and_product(&pci.vendor, &pci.product))
            }
            NodeDeviceKind::Mediated { uuid, type_id, .. } => {
                let same = device.fact("uuid").is_some_and(|own| own.eq_ignore_ascii_case(uuid));
                same.then(|| type_id.clone())
            }
            _ => None,
        });
        found.filter(|name| !name.is_empty())
    }
}

impl DevicesPage {
    /// Asks for what the definition does not say of the devices.
    pub(super) fn learn(&self, sender: &ComponentSender<Self>) {
        let Some(draft) = &self.draft else { return };
        let devices = draft.devices();
        if let Some(id) = self.id
            && devices.iter().any(|device| device.kind == DeviceKind::Disk)
        {
            let handle = self.handle.clone();
            sender.oneshot_command(async move {
                // Of other hypervisors nothing is known, and nothing is missed.
                let sizes = handle.disk_sizes(id).await.unwrap_or_default();
                DevicesCmd::Sizes(sizes.into_iter().collect())
            });
        }
        let hosts = |device: &Device| device.kind == DeviceKind::Hostdev;
        let unknown = |device: &Device| hosts(device) && draft.known.host_name(device).is_none();
        let all = devices.iter().filter(|device| unknown(device)).count();
        let asked = draft.known.host.is_some() && all == self.unnamed;
        if all > 0 && !asked {
            let handle = self.handle.clone();
            sender.oneshot_command(async move {
                DevicesCmd::HostNames(handle.node_devices().await.unwrap_or_default())
            });
        }
    }

    /// Takes what was learned, and names the devices by it.
    pub(super) fn learned(&mut self, learn: impl FnOnce(&mut Known)) {
        let Some(draft) = &mut self.draft else { return };
        learn(&mut draft.known);
        let named = |device: &Device| draft.known.host_name(device).is_some();
        let mut devices = draft.devices();
        devices.retain(|device| device.kind == DeviceKind::Hostdev && !named(device));
        self.unnamed = devices.len();
        self.list.show(draft, &self.chosen);
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, details, name, names};
    use crate::{model::NodeDevice, ui::guest::devices_page::draft::Draft};

    #[test]
    fn devices_are_called_by_role_and_by_what_the_host_calls_them() {
        let usb = "<hostdev mode='subsystem' type='usb'><source>";
        let xml = format!(
            "<domain><devices><disk><source file='/a/b.img'/><target dev='vda' bus='virtio'/></disk>\
             <disk device='cdrom'><target dev='sda' bus='sata'/></disk>\
             <disk><target dev='vdb' bus='virtio'/></disk>\
             {usb}<vendor id='0x0781'/><product id='0x5567'/></source></hostdev>\
             {usb}<address bus='2' device='3'/></source></hostdev>\
             {usb}<vendor id='0x1111'/><product id='0x2222'/></source></hostdev>\
             </devices></domain>"
        );
        let mut draft = Draft::new(xml, None).unwrap();
        let stick = |bus: u32, device: u32, vendor: &str, product: &str| {
            let xml = format!(
                "<device><name>usb</name><capability type='usb_device'><bus>{bus}</bus>\
                 <device>{device}</device><product id='{product}'>Cruzer</product>\
                 <vendor id='{vendor}'>SanDisk</vendor></capability></device>"
            );
            NodeDevice::parse(&xml).unwrap().unwrap()
        };
        draft.known = Known {
            sizes: [("vda".to_owned(), 20 << 30)].into(),
            host: Some(vec![stick(1, 9, "0x0781", "0x5567"), stick(2, 3, "0x0bda", "0x0001")]),
        };
        let devices = draft.devices();
        let all: Vec<(String, String)> = names(&draft.known, &devices)
            .into_iter()
            .zip(devices.iter().map(|d| details(&draft, d)))
            .collect();
        let all: Vec<(&str, &str)> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(
            all,
            [
                ("Disk 1", "20 GiB · vda · VirtIO · b.img"),
                ("CD Drive 1", "sda · SATA · Empty"),
                ("Disk 2", "vdb · VirtIO · Empty"),
                ("SanDisk Cruzer", "Host USB Device · 0781:5567"),
                ("SanDisk Cruzer", "Host USB Device · Bus 2, device 3"),
                ("Host USB Device", "1111:2222"),
            ]
        );
        assert!(devices.iter().zip(&all).all(|(device, (said, _))| name(&draft, device) == *said));
    }
}
