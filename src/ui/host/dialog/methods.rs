//! Behaviour of the dialog.

use relm4::ComponentSender;
use uuid::Uuid;

use super::{Form, HostDialog, HostDialogCmd, HostDialogOutput, Probe};
use crate::{
    model::{
        ConnectionId, FailureKind, HostState,
        uri::{HostUri, Hypervisor},
    },
    ui::{context::HostEntry, host::words, watch},
};

impl HostDialog {
    /// A field changed: propose a name, look whether the driver is there.
    pub(super) fn changed(&mut self, form: &Form, sender: &ComponentSender<Self>) {
        if self.name_is_proposed {
            // None for what is not finished: that of the choice before is wrong.
            let name = form.uri().map_or_else(|_| String::new(), |uri| words::proposed_name(&uri));
            form.propose_name(&name);
        }
        self.start_probe(form.hypervisor(), sender);
    }

    /// Asks libvirt for a driver that may be missing. Only for drivers that
    /// the library itself would have, with a URI that names no host: the answer
    /// comes at once and nothing is started or asked.
    fn start_probe(&mut self, hypervisor: Option<Hypervisor>, sender: &ComponentSender<Self>) {
        let Some(hypervisor) = hypervisor.filter(|one| one.has_own_protocol()) else { return };
        let (driver, path) = hypervisor.driver_and_path();
        if self.probe.as_ref().is_some_and(|probe| probe.driver == driver) {
            return;
        }
        self.end_probe();
        let id = ConnectionId(Uuid::new_v4());
        let handle = self.context.backend.connection(id, &format!("{driver}://{path}"));
        let subscription = watch::follow_part(
            handle.inventory(),
            sender.command_sender(),
            |inventory| inventory.state.clone(),
            move |state| HostDialogCmd::Probe(id, state),
        );
        handle.connect();
        let driver = driver.to_owned();
        self.probe = Some(Probe { id, driver, missing: false, _subscription: subscription });
    }

    pub(super) fn probed(&mut self, id: ConnectionId, state: &HostState) {
        let Some(probe) = self.probe.as_mut().filter(|probe| probe.id == id) else { return };
        if let HostState::Failed(failure) = state {
            probe.missing = failure.kind == FailureKind::NoDriver;
        }
    }

    pub(super) fn end_probe(&mut self) {
        if let Some(probe) = self.probe.take() {
            self.context.backend.forget(probe.id);
        }
    }

    /// Puts the host into the list. What cannot be used is not accepted, so
    /// the button is off then.
    pub(super) fn save(&mut self, form: &Form) {
        let Ok(uri) = form.uri() else { return };
        let uri = uri.to_string();
        let name = final_name(form, &uri);
        let autoconnect = form.autoconnect();
        let id = match self.host.and_then(|id| self.context.host(id)) {
            Some(old) => {
                self.context.update_host(HostEntry { id: old.id, name, uri, autoconnect });
                old.id
            }
            None => self.context.add_host(name, uri, autoconnect),
        };
        self.saved = Some(id);
    }

    /// Tells the parent, once the dialog is off the screen.
    pub(super) fn closed(&self, sender: &ComponentSender<Self>) {
        if let Some(id) = self.saved {
            let _ = sender.output(HostDialogOutput::Saved(id));
        }
        let _ = sender.output(HostDialogOutput::Closed);
    }
}

/// The name typed, or else the proposed one.
fn final_name(form: &Form, uri: &str) -> String {
    let typed = form.name();
    if typed.is_empty() {
        HostUri::parse(uri).map_or_else(|_| uri.to_owned(), |uri| words::proposed_name(&uri))
    } else {
        typed
    }
}
