//! Devices of a host that can be handed to a guest, read from libvirt's
//! node device format (<https://libvirt.org/formatnode.html>).

use std::fmt;

use crate::model::xml::{Document, Element, XmlError};

/// A device of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeDevice {
    /// libvirt's name, `pci_0000_03_00_0` say.
    pub name: String,
    /// The name of the device that it is a part of.
    pub parent: Option<String>,
    /// The host's driver that uses it now.
    pub driver: Option<String>,
    /// What it is.
    pub kind: NodeDeviceKind,
    /// The names of the running guests that have it, where that was asked.
    pub users: Vec<String>,
}

/// What a device of a host is, as far as a guest could have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeDeviceKind {
    /// A USB device.
    Usb(UsbDevice),
    /// A PCI function.
    Pci(PciDevice),
    /// A mediated device: a slice of another one.
    Mediated {
        /// Its UUID.
        uuid: String,
        /// The type's id, `nvidia-11` say.
        type_id: String,
        /// The group of devices that only go to the same guest.
        iommu_group: Option<u32>,
    },
    /// A device on a SCSI bus.
    Scsi(ScsiDevice),
    /// A network interface, part of a PCI or USB device.
    Network {
        /// Its name, `eth0` say.
        interface: String,
    },
}

/// A device on a SCSI bus of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScsiDevice {
    /// The number of the adapter.
    pub adapter: u32,
    /// The adapter's bus.
    pub bus: u32,
    /// The target on the bus.
    pub target: u32,
    /// The unit of the target.
    pub unit: u32,
    /// What it says that it is: `disk`, `tape`…
    pub kind: String,
}

/// A USB device of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbDevice {
    /// The maker's number.
    pub vendor_id: u16,
    /// The product's number.
    pub product_id: u16,
    /// The maker's name, if the host knows it.
    pub vendor: String,
    /// The product's name, if the host knows it.
    pub product: String,
    /// The bus that it is plugged into.
    pub bus: u32,
    /// Its number there; another one each time that it is plugged in.
    pub device: u32,
}

/// A PCI function of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PciDevice {
    /// Where it is.
    pub address: PciAddress,
    /// The PCI class: `0x030000` is a graphics card.
    pub class: u32,
    /// The maker's name, if the host knows it.
    pub vendor: String,
    /// The product's name, if the host knows it.
    pub product: String,
    /// The group of devices that only go to the same guest; nothing where the
    /// host has no IOMMU in use, and then it can be handed to none.
    pub iommu_group: Option<u32>,
}

/// Where a PCI function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PciAddress {
    /// The domain, nearly always 0.
    pub domain: u16,
    /// The bus.
    pub bus: u8,
    /// The slot on the bus.
    pub slot: u8,
    /// The function of the slot.
    pub function: u8,
}

impl fmt::Display for PciAddress {
    /// As the kernel writes it: `0000:03:00.1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { domain, bus, slot, function } = self;
        write!(f, "{domain:04x}:{bus:02x}:{slot:02x}.{function:x}")
    }
}

impl NodeDevice {
    /// Reads a device's description; nothing if no guest could have it.
    ///
    /// # Errors
    /// If it is no well-formed XML.
    pub fn parse(xml: &str) -> Result<Option<Self>, XmlError> {
        let document = Document::parse(xml)?;
        let device = document.root();
        let Some(kind) = kind(device) else { return Ok(None) };
        Ok(Some(Self {
            name: device.get("name").unwrap_or_default(),
            parent: device.get("parent"),
            driver: device.get("driver/name"),
            kind,
            users: Vec::new(),
        }))
    }

    /// Whether the guest with this definition has the device.
    #[must_use]
    pub fn is_in(&self, definition: &Document) -> bool {
        let devices = definition.root().child("devices");
        devices.is_some_and(|devices| devices.children().any(|device| self.is_source_of(device)))
    }

    fn is_source_of(&self, device: Element<'_>) -> bool {
        let Some(source) = device.child("source") else { return false };
        let word = |path| source.get(path).unwrap_or_default();
        let kind = device.attr("type").unwrap_or_default();
        match (&self.kind, device.name(), kind.as_str()) {
            (NodeDeviceKind::Usb(usb), "hostdev", "usb") => {
                // By what it is, by where it is, or by both.
                let what: Option<(u16, u16)> =
                    number(&word("vendor/@id")).zip(number(&word("product/@id")));
                let place: Option<(u32, u32)> =
                    number(&word("address/@bus")).zip(number(&word("address/@device")));
                (what.is_some() || place.is_some())
                    && what.is_none_or(|what| what == (usb.vendor_id, usb.product_id))
                    && place.is_none_or(|place| place == (usb.bus, usb.device))
            }
            (NodeDeviceKind::Pci(pci), "hostdev", "pci")
            | (NodeDeviceKind::Pci(pci), "interface", "hostdev")
            | (NodeDeviceKind::Pci(pci), "disk", "nvme") => {
                source.child("address").and_then(pci_address) == Some(pci.address)
            }
            (NodeDeviceKind::Mediated { uuid, .. }, "hostdev", "mdev") => {
                word("address/@uuid").eq_ignore_ascii_case(uuid)
            }
            (NodeDeviceKind::Scsi(scsi), "hostdev", "scsi") => {
                let part = |path| number::<u32>(&word(path));
                word("adapter/@name") == format!("scsi_host{}", scsi.adapter)
                    && part("address/@bus") == Some(scsi.bus)
                    && part("address/@target") == Some(scsi.target)
                    && part("address/@unit") == Some(scsi.unit)
            }
            _ => false,
        }
    }
}

/// The address of a PCI function in a definition; the domain may be left out.
fn pci_address(address: Element<'_>) -> Option<PciAddress> {
    Some(PciAddress {
        domain: address.attr("domain").map_or(Some(0), |domain| number(&domain))?,
        bus: number(&address.attr("bus")?)?,
        slot: number(&address.attr("slot")?)?,
        function: number(&address.attr("function")?)?,
    })
}

fn kind(device: Element<'_>) -> Option<NodeDeviceKind> {
    device.children_named("capability").find_map(|capability| {
        match capability.attr("type")?.as_str() {
            "usb_device" => usb(capability).map(NodeDeviceKind::Usb),
            "pci" => pci(capability).map(NodeDeviceKind::Pci),
            "mdev" => Some(NodeDeviceKind::Mediated {
                uuid: capability.get("uuid")?,
                type_id: capability.get("type/@id")?,
                iommu_group: number(&capability.get("iommuGroup/@number").unwrap_or_default()),
            }),
            "scsi" => scsi(capability).map(NodeDeviceKind::Scsi),
            "net" => Some(NodeDeviceKind::Network { interface: capability.get("interface")? }),
            _ => None,
        }
    })
}

fn usb(capability: Element<'_>) -> Option<UsbDevice> {
    Some(UsbDevice {
        vendor_id: number(&capability.get("vendor/@id")?)?,
        product_id: number(&capability.get("product/@id")?)?,
        vendor: capability.get("vendor").unwrap_or_default().trim().to_owned(),
        product: capability.get("product").unwrap_or_default().trim().to_owned(),
        bus: number(&capability.get("bus")?)?,
        device: number(&capability.get("device")?)?,
    })
}

fn scsi(capability: Element<'_>) -> Option<ScsiDevice> {
    Some(ScsiDevice {
        adapter: number(&capability.get("host")?)?,
        bus: number(&capability.get("bus")?)?,
        target: number(&capability.get("target")?)?,
        unit: number(&capability.get("lun")?)?,
        kind: capability.get("type").unwrap_or_default().trim().to_owned(),
    })
}

fn pci(capability: Element<'_>) -> Option<PciDevice> {
    Some(PciDevice {
        address: PciAddress {
            domain: number(&capability.get("domain")?)?,
            bus: number(&capability.get("bus")?)?,
            slot: number(&capability.get("slot")?)?,
            function: number(&capability.get("function")?)?,
        },
        class: number(&capability.get("class").unwrap_or_default()).unwrap_or(0),
        vendor: capability.get("vendor").unwrap_or_default().trim().to_owned(),
        product: capability.get("product").unwrap_or_default().trim().to_owned(),
        iommu_group: number(&capability.get("iommuGroup/@number").unwrap_or_default()),
    })
}

/// A number as libvirt writes it: hexadecimal behind `0x`.
fn number<T: TryFrom<u64>>(text: &str) -> Option<T> {
    let text = text.trim();
    let value = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    T::try_from(value.ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(xml: &str) -> Option<NodeDeviceKind> {
        let device = NodeDevice::parse(&format!("<device><name>d</name>{xml}</device>")).unwrap();
        device.map(|device| device.kind)
    }

    #[test]
    fn a_graphics_card_is_read() {
        let xml = "<device><name>pci_0000_65_00_1</name><parent>pci_0000_64_00_0</parent>\
            <driver><name>vfio-pci</name></driver>\
            <capability type='pci'><class>0x030000</class><domain>0</domain><bus>101</bus>\
            <slot>0</slot><function>1</function><product id='0x1b80'>GP104</product>\
            <vendor id='0x10de'>NVIDIA &amp; friends</vendor>\
            <iommuGroup number='27'><address domain='0x0000' bus='0x65' slot='0x00' function='0x0'/>\
            </iommuGroup></capability></device>";
        let device = NodeDevice::parse(xml).unwrap().unwrap();
        assert_eq!(device.name, "pci_0000_65_00_1");
        assert_eq!(device.parent.as_deref(), Some("pci_0000_64_00_0"));
        assert_eq!(device.driver.as_deref(), Some("vfio-pci"));
        let NodeDeviceKind::Pci(pci) = device.kind else { panic!("{device:?}") };
        assert_eq!(pci.address.to_string(), "0000:65:00.1");
        assert_eq!((pci.class, pci.iommu_group), (0x03_0000, Some(27)));
        assert_eq!((pci.vendor.as_str(), pci.product.as_str()), ("NVIDIA & friends", "GP104"));
    }

    #[test]
    fn a_usb_stick_and_the_parts_of_others_are_read() {
        let usb = kind(
            "<capability type='usb_device'><bus>2</bus><device>7</device>\
             <product id='0x5567'>Cruzer</product><vendor id='0x0781'>SanDisk</vendor></capability>",
        );
        let expected = UsbDevice {
            vendor_id: 0x0781,
            product_id: 0x5567,
            vendor: "SanDisk".to_owned(),
            product: "Cruzer".to_owned(),
            bus: 2,
            device: 7,
        };
        assert_eq!(usb, Some(NodeDeviceKind::Usb(expected)));
        let net = kind("<capability type='net'><interface>eth0</interface></capability>");
        assert_eq!(net, Some(NodeDeviceKind::Network { interface: "eth0".to_owned() }));
        let scsi = kind(
            "<capability type='scsi'><host>2</host><bus>0</bus><target>1</target><lun>3</lun>\
             <type>tape</type></capability>",
        );
        let expected =
            ScsiDevice { adapter: 2, bus: 0, target: 1, unit: 3, kind: "tape".to_owned() };
        assert_eq!(scsi, Some(NodeDeviceKind::Scsi(expected)));
        let mdev = kind(
            "<capability type='mdev'><type id='nvidia-11'/><uuid>u</uuid>\
             <iommuGroup number='12'/></capability>",
        );
        let expected = NodeDeviceKind::Mediated {
            uuid: "u".to_owned(),
            type_id: "nvidia-11".to_owned(),
            iommu_group: Some(12),
        };
        assert_eq!(mdev, Some(expected));
    }

    #[test]
    fn a_guest_that_has_the_device_is_known_by_its_definition() {
        let has = |kind, devices: &str| {
            let device = NodeDevice {
                name: String::new(),
                parent: None,
                driver: None,
                kind,
                users: Vec::new(),
            };
            let xml = format!("<domain><devices>{devices}</devices></domain>");
            device.is_in(&Document::parse(&xml).unwrap())
        };
        let usb = |source: &str| {
            let stick = UsbDevice {
                vendor_id: 0x0781,
                product_id: 0x5567,
                vendor: String::new(),
                product: String::new(),
                bus: 2,
                device: 7,
            };
            let xml = format!("<hostdev type='usb'><source>{source}</source></hostdev>");
            has(NodeDeviceKind::Usb(stick), &xml)
        };
        let ids = "<vendor id='0x0781'/><product id='0x5567'/>";
        assert!(usb(ids) && usb("<address bus='2' device='7'/>"));
        assert!(!usb("") && !usb("<vendor id='0x0781'/><product id='0x5568'/>"));
        assert!(!usb(&format!("{ids}<address bus='2' device='8'/>")));

        let card = || {
            NodeDeviceKind::Pci(PciDevice {
                address: PciAddress { domain: 0, bus: 0x65, slot: 0, function: 1 },
                class: 0,
                vendor: String::new(),
                product: String::new(),
                iommu_group: None,
            })
        };
        let source = "<source><address bus='0x65' slot='0x00' function='0x1'/></source>";
        for (name, kind) in [("hostdev", "pci"), ("interface", "hostdev"), ("disk", "nvme")] {
            assert!(has(card(), &format!("<{name} type='{kind}'>{source}</{name}>")), "{name}");
        }
        assert!(!has(card(), &format!("<hostdev type='usb'>{source}</hostdev>")));

        let tape = ScsiDevice { adapter: 2, bus: 0, target: 1, unit: 3, kind: String::new() };
        let source =
            "<source><adapter name='scsi_host2'/><address bus='0' target='1' unit='3'/></source>";
        let xml = format!("<hostdev type='scsi'>{source}</hostdev>");
        assert!(has(NodeDeviceKind::Scsi(tape), &xml));
    }

    #[test]
    fn what_no_guest_can_have_or_makes_no_sense_is_nothing() {
        assert_eq!(kind("<capability type='system'/>"), None);
        assert_eq!(kind("<capability type='pci'><bus>999</bus></capability>"), None);
        assert_eq!(kind(""), None);
        assert!(NodeDevice::parse("<device>").is_err());
    }
}
