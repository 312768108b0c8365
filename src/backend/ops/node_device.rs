//! The host's own devices.

use virt::connect::Connect;
use virt_sys as libvirt;

use super::{Done, parallel};
use crate::{
    backend::{
        ConnectionHandle, Operation, Result,
        connection::{Key, Lane},
    },
    model::{NodeDevice, xml::Document},
};

impl ConnectionHandle {
    /// The host's USB devices, PCI functions, mediated devices and network
    /// interfaces, each with the running guests that have it.
    ///
    /// # Errors
    /// If the host does not answer or its driver tells no devices (`Unsupported`).
    pub async fn node_devices(&self) -> Result<Vec<NodeDevice>> {
        self.call(Lane::Slow(Key::Any), Operation::Read, "", node_devices).await
    }
}

/// One list, and a description each, several at the same time.
fn node_devices(conn: &Connect) -> Done<Vec<NodeDevice>> {
    let devices = conn.list_all_node_devices(
        libvirt::VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_DEV
            | libvirt::VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV
            | libvirt::VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV
            | libvirt::VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI
            | libvirt::VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET,
    )?;
    let descriptions = parallel::map(&devices, |device| device.xml_desc(0));
    let mut found = Vec::new();
    for description in descriptions {
        // Unplugged since the list was made.
        let Ok(description) = description else { continue };
        found.extend(NodeDevice::parse(&description)?);
    }
    let guests = conn.list_all_domains(libvirt::VIR_CONNECT_LIST_DOMAINS_ACTIVE)?;
    let definitions = parallel::map(&guests, |guest| (guest.name(), guest.xml_desc(0)));
    for (name, xml) in definitions {
        // Ended since the list was made.
        let (Ok(name), Ok(xml)) = (name, xml) else { continue };
        let definition = Document::parse(&xml)?;
        for device in found.iter_mut().filter(|device| device.is_in(&definition)) {
            device.users.push(name.clone());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::node_devices;
    use crate::{
        backend::ops::testing::connect,
        model::{
            NodeDeviceKind,
            hardware::{NewDevice, add, find},
            xml::Document,
        },
    };

    const MEDIATED: &str = "<device><name>mdev_one</name><parent>computer</parent>\
        <capability type='mdev'><type id='nvidia-11'/>\
        <uuid>3627463d-b7f0-4fea-b468-f1da537d301b</uuid><iommuGroup number='12'/>\
        </capability></device>";

    #[test]
    fn a_mediated_device_is_listed_and_can_be_given_to_a_guest() {
        let connection = connect(MEDIATED);
        let found = node_devices(&connection).unwrap();
        let mediated = found.into_iter().find_map(|device| match device.kind {
            NodeDeviceKind::Mediated { uuid, type_id, iommu_group } => {
                Some((uuid, type_id, iommu_group))
            }
            _ => None,
        });
        let (uuid, type_id, group) = mediated.unwrap();
        assert_eq!((type_id.as_str(), group), ("nvidia-11", Some(12)));
        let mut doc = Document::parse("<domain><devices/></domain>").unwrap();
        let device = add(&mut doc, &NewDevice::HostMediated(uuid.clone())).unwrap();
        assert!(doc.as_str().contains(&format!("<address uuid='{uuid}'/>")), "{doc}");
        assert_eq!(find(&doc, &device.identity).as_ref(), Some(&device));
    }
}
