//! Every kind of device that can be added, before a real libvirt.

use posada::{
    backend::XmlKind,
    model::{
        PciAddress,
        hardware::{self, NewDevice},
        xml::Document,
    },
};

use crate::{
    common::{self, GuestXml},
    host::{Host, id},
};

/// What can be added to any guest, and what of the host's own devices may be
/// named before they are there.
fn kinds() -> Vec<NewDevice> {
    let mut kinds = NewDevice::usual();
    let address = PciAddress { domain: 0, bus: 0x65, slot: 0, function: 0 };
    kinds.extend([
        NewDevice::HostPci(address),
        NewDevice::HostNvme { address, namespace: 1 },
        NewDevice::HostScsi { adapter: 0, bus: 0, target: 1, unit: 2 },
        NewDevice::HostUsb { vendor: 0x1234, product: 0x5678, place: None },
    ]);
    kinds
}

/// A guest with SPICE, where its channels mean something.
fn guest_xml(name: &str) -> GuestXml {
    let mut xml = GuestXml::new(name).with_memory(128);
    xml.devices += "<graphics type='spice'><listen type='none'/></graphics>\
        <controller type='usb' model='qemu-xhci' ports='15'/><memballoon model='none'/>";
    xml
}

#[test]
fn every_kind_of_device_can_be_defined() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let guest = host.libvirt.define(&guest_xml("kinds"));
    let base = host.wait(host.handle.domain_xml(id(&guest), XmlKind::InactiveSecure)).unwrap();
    let mut refused = Vec::new();
    for new in kinds() {
        let mut doc = Document::parse(&base).unwrap();
        if let NewDevice::Balloon = new {
            doc.remove("devices/memballoon").unwrap();
        }
        let device = hardware::add(&mut doc, &new).unwrap();
        assert!(
            hardware::needs(&doc, &new).is_empty() || matches!(new, NewDevice::MemoryModule(_))
        );
        let file = host.libvirt.folder.join(format!("{}.xml", guest.name));
        std::fs::write(&file, doc.as_str()).unwrap();
        let defined = ["define", "--validate", &*file.to_string_lossy()];
        if let Err(why) = host.libvirt.try_virsh(&defined) {
            refused.push(format!("{new:?}: {why}"));
            continue;
        }
        let kept = host.libvirt.virsh(&["dumpxml", "--inactive", &guest.name]);
        let kept = hardware::devices(&Document::parse(&kept).unwrap());
        if !kept.iter().any(|other| other.kind == device.kind) {
            refused.push(format!("{new:?}: not kept"));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// What is said to come only at the next start is what libvirt refuses now.
#[test]
fn what_can_be_added_now_is_known_beforehand() {
    let Some(libvirt) = common::system() else { return };
    let host = Host::connect(libvirt);
    let mut xml = guest_xml("pluggable");
    for index in 0..30 {
        let port = format!("<controller type='pci' model='pcie-root-port' index='{}'/>", index + 1);
        xml.devices.push_str(&port);
    }
    let guest = host.libvirt.start(&xml);
    let mut wrong = Vec::new();
    for new in NewDevice::usual() {
        let live = host.libvirt.virsh(&["dumpxml", &guest.name]);
        let live = Document::parse(&live).unwrap();
        let mut with = live.clone();
        let device = hardware::add(&mut with, &new).unwrap();
        let said =
            hardware::is_pluggable(&live, &device) && hardware::needs(&live, &new).is_empty();
        let file = host.libvirt.folder.join(format!("{}-device.xml", guest.name));
        std::fs::write(&file, device.xml(&with).unwrap()).unwrap();
        let done = host.libvirt.try_virsh(&[
            "attach-device",
            "--live",
            &guest.name,
            &file.to_string_lossy(),
        ]);
        // What this host lacks (a network, a device file, a right) is no matter
        // of the guest.
        let lacking = done.as_ref().is_err_and(|why| {
            ["vhost-vsock", "Permission denied", "network 'default'"]
                .iter()
                .any(|lack| why.contains(lack))
        });
        if said != done.is_ok() && !(said && lacking) {
            wrong.push(format!("{new:?} said {said}: {done:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
