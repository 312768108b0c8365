//! The host's own devices.

use virt::connect::Connect;
use virt_sys as libvirt;

use super::{Done, parallel};
use crate::{
    backend::{
        ConnectionHandle, Operation, Result,
        connection::{Key, Lane},
    },
    model::NodeDevice,
};

impl ConnectionHandle {
    /// The host's USB devices, PCI functions, mediated devices and network
    /// interfaces.
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
    Ok(found)
}
