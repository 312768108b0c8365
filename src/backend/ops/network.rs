//! Virtual networks and bridges.

use std::collections::BTreeSet;

use virt::connect::Connect;
use virt_sys as libvirt;

use super::{Done, parallel};
use crate::{
    backend::{
        ConnectionHandle, Operation, Result,
        connection::{Key, Lane, lookup_network},
    },
    model::{FailureKind, NetworkId, NetworkSummary, xml::Document},
};

impl ConnectionHandle {
    /// The host's virtual networks, by name.
    ///
    /// # Errors
    /// If the host does not answer or its driver has no networks (`Unsupported`).
    pub async fn networks(&self) -> Result<Vec<NetworkSummary>> {
        self.call(Lane::Quick(Key::Any), Operation::Read, "", networks).await
    }

    /// Starts a network and, where `autostart`, lets it start with the host.
    ///
    /// # Errors
    /// As libvirt refuses it.
    pub async fn start_network(&self, id: NetworkId, autostart: bool) -> Result<()> {
        let lane = Lane::Quick(Key::Network(id));
        self.call(lane, Operation::Network, id.to_string(), move |conn| start(conn, id, autostart))
            .await?;
        self.resources_changed();
        Ok(())
    }

    /// Names of the host's bridge devices that are not a virtual network's own.
    ///
    /// # Errors
    /// If the host does not answer.
    pub async fn bridges(&self) -> Result<Vec<String>> {
        let local = self.facts(Operation::Read, "")?.local;
        let lane = Lane::Quick(Key::Any);
        self.call(lane, Operation::Read, "", move |conn| bridges(conn, local)).await
    }
}

/// All virtual networks, by name: three lists and one definition each, several
/// at the same time.
pub(super) fn networks(conn: &Connect) -> Done<Vec<NetworkSummary>> {
    let mut autostarting = BTreeSet::new();
    for network in conn.list_all_networks(libvirt::VIR_CONNECT_LIST_NETWORKS_AUTOSTART)? {
        autostarting.insert(network.uuid()?);
    }
    let mut listed = Vec::new();
    for (flag, active) in [
        (libvirt::VIR_CONNECT_LIST_NETWORKS_ACTIVE, true),
        (libvirt::VIR_CONNECT_LIST_NETWORKS_INACTIVE, false),
    ] {
        listed.extend(conn.list_all_networks(flag)?.into_iter().map(|network| (network, active)));
    }
    let definitions = parallel::map(&listed, |(network, _)| network.xml_desc(0));
    let mut networks = Vec::new();
    for ((network, active), xml) in listed.iter().zip(definitions) {
        // Gone since the list was made.
        let Ok(xml) = xml else { continue };
        let definition = Document::parse(&xml)?;
        let id = network.uuid()?;
        networks.push(NetworkSummary {
            id: NetworkId(id),
            name: network.name()?,
            active: *active,
            autostart: autostarting.contains(&id),
            forward: forward(&definition),
            bridge: bridge(&definition),
        });
    }
    networks.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(networks)
}

/// `nat` is libvirt's default for a `<forward>` without a mode; without one the
/// network is isolated.
fn forward(network: &Document) -> String {
    match network.find("forward") {
        Some(forward) => forward.attr("mode").unwrap_or_else(|| "nat".to_owned()),
        None => "isolated".to_owned(),
    }
}

fn bridge(network: &Document) -> Option<String> {
    network.get("bridge/@name")
}

/// Starts a network unless it runs, and sets its autostart if asked for.
pub(super) fn start(conn: &Connect, id: NetworkId, autostart: bool) -> Done {
    let network = lookup_network(conn, id)?;
    if !network.is_active()? {
        network.create()?;
    }
    if autostart {
        network.set_autostart(true)?;
    }
    Ok(())
}

/// Bridge devices of the host, without those that virtual networks made.
pub(super) fn bridges(conn: &Connect, local: bool) -> Done<Vec<String>> {
    let found = if local { local_bridges() } else { remote_bridges(conn)? };
    // A network in bridge mode uses a bridge of the host; all others make one.
    let own: BTreeSet<String> = match networks(conn) {
        Ok(networks) => networks
            .into_iter()
            .filter(|network| network.forward != "bridge")
            .filter_map(|network| network.bridge)
            .collect(),
        Err(failure) if failure.kind == FailureKind::Unsupported => BTreeSet::new(),
        Err(failure) => return Err(failure),
    };
    Ok(found.difference(&own).cloned().collect())
}

fn local_bridges() -> BTreeSet<String> {
    let Ok(devices) = std::fs::read_dir("/sys/class/net") else { return BTreeSet::new() };
    devices
        .flatten()
        .filter(|device| device.path().join("bridge").is_dir())
        .filter_map(|device| device.file_name().into_string().ok())
        .collect()
}

/// Through libvirt's interface driver; a host without one has no bridges to offer.
fn remote_bridges(conn: &Connect) -> Done<BTreeSet<String>> {
    let interfaces = match conn.list_all_interfaces(libvirt::VIR_CONNECT_LIST_INTERFACES_ACTIVE) {
        Ok(interfaces) => interfaces,
        Err(error) => {
            let failure = crate::model::Failure::from(error);
            let none = failure.kind == FailureKind::Unsupported;
            return if none { Ok(BTreeSet::new()) } else { Err(failure) };
        }
    };
    let mut bridges = BTreeSet::new();
    for interface in interfaces {
        let Ok(xml) = interface.xml_desc(0) else { continue };
        if Document::parse(&xml)?.get("@type").as_deref() == Some("bridge") {
            bridges.insert(interface.name()?);
        }
    }
    Ok(bridges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::ops::testing::connect;

    const NETWORKS: &str = "\
        <network><name>nat</name><bridge name='virbr0'/><forward/>\
        <ip address='192.168.7.1' netmask='255.255.255.0'/></network>\
        <network><name>alone</name><bridge name='virbr1'/></network>\
        <network><name>lan</name><forward mode='bridge'/><bridge name='br0'/></network>";

    #[test]
    fn networks_are_listed_with_their_kind_and_state() {
        let conn = connect(NETWORKS);
        conn.lookup_network_by_name("nat").unwrap().destroy().unwrap();
        let networks = networks(&conn).unwrap();
        let seen: Vec<_> = networks
            .iter()
            .map(|net| (net.name.as_str(), net.active, net.forward.as_str(), net.bridge.as_deref()))
            .collect();
        let expected = [
            ("alone", true, "isolated", Some("virbr1")),
            ("lan", true, "bridge", Some("br0")),
            ("nat", false, "nat", Some("virbr0")),
        ];
        assert_eq!(seen, expected);

        let nat = networks[2].id;
        start(&conn, nat, true).unwrap();
        // Again is no failure.
        start(&conn, nat, false).unwrap();
        let nat = super::networks(&conn).unwrap().pop().unwrap();
        assert!(nat.active && nat.autostart);
    }

    #[test]
    fn bridges_of_virtual_networks_are_left_out() {
        let interface = |name| {
            format!(
                "<interface type='bridge' name='{name}'><start mode='none'/><bridge>\
                 <interface type='ethernet' name='eth-{name}'/></bridge></interface>"
            )
        };
        let plain = "<interface type='ethernet' name='eth9'><start mode='none'/></interface>";
        let objects = format!("{NETWORKS}{}{}{plain}", interface("br0"), interface("virbr0"));
        assert_eq!(bridges(&connect(&objects), false).unwrap(), ["br0"]);
        assert!(bridges(&connect(""), false).unwrap().is_empty());
    }
}
