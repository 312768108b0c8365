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

    /// Reads what the host can do for such a guest, unless that is known. Another
    /// machine has other firmware, buses and devices.
    pub(super) fn ask_for_offers(&mut self, sender: &ComponentSender<Self>) {
        let Some(platform) = self.draft.as_ref().map(Draft::platform) else { return };
        if self.asked_for.as_ref() == Some(&platform) {
            return;
        }
        self.asked_for = Some(platform.clone());
        let (arch, machine) = platform.clone();
        let handle = self.handle.clone();
        let facts = handle.inventory().borrow().facts.clone();
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
            let offers = Box::new(Offers {
                security,
                domain: domain.ok().and_then(|xml| DomainCapabilities::parse(&xml).ok()),
                machines: Offers::machines_of(&host, &of_arch),
                networks: networks.into_iter().map(|network| network.name).collect(),
                bridges: bridges.unwrap_or_default(),
                libvirt: facts.as_ref().map(|facts| facts.libvirt_version),
                processors: facts.as_ref().map(|facts| facts.cpus),
                memory: facts.as_ref().map(|facts| facts.memory),
            });
            DevicesCmd::Offers(platform, offers)
        });
    }
}
