//! Adding a connection, and editing one.

mod field;
mod form;
mod methods;

use relm4::{Component, ComponentParts, ComponentSender, adw, adw::prelude::*};

use self::form::Form;
use crate::{
    model::{ConnectionId, HostState, uri::Hypervisor},
    ui::{context::Context, watch::Subscription},
};

/// The dialog.
#[derive(Debug)]
pub struct HostDialog {
    context: Context,
    /// The host being edited; nothing adds one.
    host: Option<ConnectionId>,
    /// Whether the name is still the proposed one.
    name_is_proposed: bool,
    probe: Option<Probe>,
    saved: Option<ConnectionId>,
}

/// Asks libvirt whether it has a driver, on a host that no list shows.
#[derive(Debug)]
struct Probe {
    id: ConnectionId,
    driver: String,
    missing: bool,
    _subscription: Subscription,
}

/// What the dialog is made from.
#[derive(Debug)]
pub struct HostDialogInit {
    /// The backend and the hosts.
    pub context: Context,
    /// The host to edit; nothing adds one.
    pub host: Option<ConnectionId>,
}

/// What happened in the dialog.
#[derive(Debug)]
pub enum HostDialogInput {
    /// A field changed.
    Changed,
    /// The name was typed in.
    NameChanged,
    /// Choose a key file.
    ChooseKeyfile,
    /// The key file that was chosen.
    KeyfileChosen(String),
    /// Add or save.
    Accepted,
    /// The dialog is gone.
    Closed,
}

/// What the dialog asks of its parent.
#[derive(Debug)]
pub enum HostDialogOutput {
    /// The host was added or changed: connect to it and show it.
    Saved(ConnectionId),
    /// The dialog is closed; drop its controller.
    Closed,
}

/// What arrives from the backend.
#[derive(Debug)]
pub enum HostDialogCmd {
    /// How the probe of a driver goes.
    Probe(ConnectionId, HostState),
}

impl Component for HostDialog {
    type Init = HostDialogInit;
    type Input = HostDialogInput;
    type Output = HostDialogOutput;
    type CommandOutput = HostDialogCmd;
    type Root = adw::Dialog;
    type Widgets = Form;

    fn init_root() -> Self::Root {
        adw::Dialog::builder()
            .content_width(460)
            .follows_content_size(false)
            .content_height(660)
            .build()
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let entry = init.host.and_then(|id| init.context.host(id));
        let form = Form::new(&root, entry.as_ref(), &sender);
        let model = Self {
            context: init.context,
            host: init.host,
            name_is_proposed: entry.is_none(),
            probe: None,
            saved: None,
        };
        form.refresh(&model);
        ComponentParts { model, widgets: form }
    }

    fn update_with_view(
        &mut self,
        form: &mut Self::Widgets,
        input: HostDialogInput,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match input {
            HostDialogInput::Changed => self.changed(form, &sender),
            HostDialogInput::NameChanged => self.name_is_proposed = form.name().is_empty(),
            HostDialogInput::ChooseKeyfile => form::choose_keyfile(root, &sender),
            HostDialogInput::KeyfileChosen(path) => form.set_keyfile(&path),
            HostDialogInput::Accepted => {
                self.save(form);
                if self.saved.is_some() {
                    root.close();
                }
            }
            HostDialogInput::Closed => self.closed(&sender),
        }
        form.refresh(self);
    }

    fn update_cmd_with_view(
        &mut self,
        form: &mut Self::Widgets,
        cmd: HostDialogCmd,
        _sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        let HostDialogCmd::Probe(id, state) = cmd;
        self.probed(id, &state);
        form.refresh(self);
    }

    fn shutdown(&mut self, _widgets: &mut Self::Widgets, _output: relm4::Sender<HostDialogOutput>) {
        self.end_probe();
    }
}

impl HostDialog {
    /// Whether libvirt is known to lack the driver of `hypervisor`.
    fn lacks_driver(&self, hypervisor: Hypervisor) -> bool {
        let driver = hypervisor.driver_and_path().0;
        self.probe.as_ref().is_some_and(|probe| probe.missing && probe.driver == driver)
    }
}
