//! A host's page in the main window: its guests and what it is, or why it
//! cannot be reached.

mod messages;
mod methods;
mod view;

pub(crate) use messages::{HostPageCmd, HostPageInit, HostPageInput, HostPageOutput};

use std::sync::Arc;

use relm4::{
    Component, ComponentController, ComponentParts, ComponentSender, Controller, adw, gtk,
};

use crate::{
    model::{HostFacts, HostState},
    ui::{
        context::{Context, HostEntry},
        guests::GuestsPage,
        jobs::JobsButton,
        watch::Subscription,
    },
};

use self::view::HostPageWidgets;
use super::summary::Capabilities;

/// A host's page.
#[derive(Debug)]
pub(crate) struct HostPage {
    context: Context,
    entry: HostEntry,
    state: HostState,
    facts: Option<Arc<HostFacts>>,
    capabilities: Capabilities,
    _jobs: Controller<JobsButton>,
    /// Made when the host is connected for the first time.
    guests: Option<Controller<GuestsPage>>,
    narrow: bool,
    /// Runs while a countdown is shown.
    ticking: Option<gtk::glib::SourceId>,
    /// What the widgets show, to rebuild only what changed.
    shown: view::Shown,
    subscription: Option<Subscription>,
}

impl Component for HostPage {
    type Init = HostPageInit;
    type Input = HostPageInput;
    type Output = HostPageOutput;
    type CommandOutput = HostPageCmd;
    type Root = adw::NavigationPage;
    type Widgets = HostPageWidgets;

    fn init_root() -> Self::Root {
        adw::NavigationPage::builder().tag("host").build()
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let jobs = JobsButton::builder().launch(init.context.clone()).detach();
        let mut widgets = HostPageWidgets::new(&root, jobs.widget(), &sender);
        let subscription = methods::subscribe(&init.context, init.entry.id, &sender);
        let mut model = Self {
            context: init.context,
            entry: init.entry,
            state: HostState::Disconnected,
            facts: None,
            capabilities: Capabilities::default(),
            _jobs: jobs,
            guests: None,
            narrow: init.narrow,
            ticking: None,
            shown: view::Shown::default(),
            subscription,
        };
        model.refresh(&mut widgets, &root, &sender);
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        input: HostPageInput,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match input {
            HostPageInput::Entry(entry) => self.entry_changed(entry, &sender),
            HostPageInput::Narrow(narrow) => self.narrow = narrow,
            HostPageInput::ShowSummary => widgets.show_summary(),
            HostPageInput::ConnectClicked => self.connect(),
            HostPageInput::DisconnectClicked => self.disconnect(),
            HostPageInput::Tick => {}
            HostPageInput::OpenGuest(guest, page) => {
                let _ = sender.output(HostPageOutput::OpenGuest(guest, page));
            }
            HostPageInput::CreateGuest(source) => {
                let _ = sender.output(HostPageOutput::CreateGuest(self.entry.id, source));
            }
            HostPageInput::AutoconnectChanged(autoconnect) => {
                self.context.update_host(HostEntry { autoconnect, ..self.entry.clone() });
            }
            HostPageInput::EditClicked => {
                let _ = sender.output(HostPageOutput::Edit(self.entry.id));
            }
        }
        self.refresh(widgets, root, &sender);
    }

    fn update_cmd_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        cmd: HostPageCmd,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match cmd {
            HostPageCmd::State(state, facts) => self.state_changed(state, facts, &sender),
            HostPageCmd::Capabilities(xml, kvm) => self.capabilities = Capabilities::read(xml, kvm),
        }
        self.refresh(widgets, root, &sender);
    }

    fn shutdown(&mut self, _widgets: &mut Self::Widgets, _output: relm4::Sender<HostPageOutput>) {
        self.stop_ticking();
    }
}
