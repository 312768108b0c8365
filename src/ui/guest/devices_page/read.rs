//! Reading what the guest is made of and what its host offers.

use relm4::ComponentSender;

use super::{DevicesCmd, DevicesPage, draft::Draft, offers::Offers};
use crate::{
    backend::{BackendError, XmlKind},
    model::capabilities::{DomainCapabilities, HostCapabilities},
};

impl DevicesPage {
    /// Reads the definitions again.
    pub(super) fn read(&self, sender: &ComponentSender<Self>) {
        let Some(id) = self.id else { return };
        let (handle, active) = (self.handle.clone(), self.view.is_active());
        sender.oneshot_command(async move {
            let base = handle.domain_xml(id, XmlKind::InactiveSecure).await;
            let read = async {
                let live =
                    if active { Some(handle.domain_xml(id, XmlKind::Live).await?) } else { None };
                Ok::<_, BackendError>((base?, live))
            };
            DevicesCmd::Read(match read.await {
                // Hundreds of devices take longer than a frame.
                Ok((base, live)) => {
                    Ok(relm4::spawn_blocking(move || Draft::new(base, live.as_deref()))
                        .await
                        .ok()
                        .map(|read| read.map(Box::new)))
                }
                Err(failed) => Err(failed),
            })
        });
    }

    /// The guest's architecture and machine.
    fn platform(&self) -> (Option<String>, Option<String>) {
        match (&self.view.details, &self.draft) {
            (Some(details), _) => (details.arch.clone(), details.machine.clone()),
            (None, Some(draft)) => draft.platform(),
            (None, None) => (None, None),
        }
    }

    /// Reads what the host can do, for the guest as it is.
    pub(super) fn read_offers(&self, sender: &ComponentSender<Self>) {
        let handle = self.handle.clone();
        let facts = handle.inventory().borrow().facts.clone();
        let (arch, machine) = self.platform();
        sender.oneshot_command(async move {
            let of_arch = arch.clone().unwrap_or_default();
            let (domain, host, networks, bridges) = tokio::join!(
                handle.domain_capabilities_xml(None, arch, machine, None),
                handle.capabilities_xml(),
                handle.networks(),
                handle.bridges(),
            );
            let networks = networks.unwrap_or_default();
            let host = host.unwrap_or_default();
            let security = HostCapabilities::parse(&host).ok();
            let security = security
                .map(|host| host.security.into_iter().map(|security| security.model).collect());
            DevicesCmd::Offers(Box::new(Offers {
                security,
                domain: domain.ok().and_then(|xml| DomainCapabilities::parse(&xml).ok()),
                machines: Offers::machines_of(&host, &of_arch),
                networks: networks.into_iter().map(|network| network.name).collect(),
                bridges: bridges.unwrap_or_default(),
                libvirt: facts.as_ref().map(|facts| facts.libvirt_version),
                processors: facts.as_ref().map(|facts| facts.cpus),
                memory: facts.as_ref().map(|facts| facts.memory),
            }))
        });
    }
}
