//! The content of the main window: hosts on the side, a page for the one
//! that is chosen.

mod all_page;
mod messages;
mod methods;
mod sidebar;
#[cfg(test)]
mod tests;

pub use messages::{HostCommand, ManagerCmd, ManagerInit, ManagerInput, ManagerOutput, Selection};

use std::collections::HashMap;

use relm4::{Component, ComponentController, ComponentParts, ComponentSender, Controller, adw};

use crate::{
    model::{ConnectionId, HostState},
    ui::{
        context::{Context, HostEntry},
        host::{HostPage, HostPageInput},
        watch::{self, Subscription},
    },
};

use self::{all_page::AllPage, sidebar::Sidebar};

/// The content of the main window.
#[derive(Debug)]
pub struct Manager {
    context: Context,
    sidebar: Sidebar,
    all: AllPage,
    /// Made when a host is shown for the first time.
    pages: HashMap<ConnectionId, Controller<HostPage>>,
    hosts: Vec<Host>,
    selection: Selection,
    narrow: bool,
    _hosts_subscription: Subscription,
}

/// A host of the list, as far as the sidebar shows it.
#[derive(Debug)]
struct Host {
    entry: HostEntry,
    state: HostState,
    _subscription: Option<Subscription>,
}

impl Component for Manager {
    type Init = ManagerInit;
    type Input = ManagerInput;
    type Output = ManagerOutput;
    type CommandOutput = ManagerCmd;
    type Root = adw::NavigationSplitView;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::NavigationSplitView::builder()
            .min_sidebar_width(methods::SIDEBAR_WIDTHS.0)
            .max_sidebar_width(methods::SIDEBAR_WIDTHS.1)
            .sidebar_width_fraction(0.25)
            .build()
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let sidebar = Sidebar::new(sender.input_sender());
        root.set_sidebar(Some(sidebar.page()));
        methods::add_breakpoint(&init.window, &root, sender.input_sender());
        let all = AllPage::new(&init.context, &sender);
        root.set_content(Some(all.page()));
        let subscription =
            watch::follow(init.context.watch_hosts(), sender.command_sender(), ManagerCmd::Hosts);
        let mut model = Self {
            context: init.context,
            sidebar,
            all,
            pages: HashMap::new(),
            hosts: Vec::new(),
            selection: Selection::All,
            narrow: false,
            _hosts_subscription: subscription,
        };
        // At once, so that the window does not open empty.
        model.hosts_changed(model.context.hosts(), &root, &sender);
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: ManagerInput, sender: ComponentSender<Self>, root: &Self::Root) {
        match input {
            ManagerInput::Selected(selection) => {
                self.select(selection, root, &sender);
                root.set_show_content(true);
            }
            ManagerInput::ShowHost(id) => self.show_host(id, root, &sender),
            ManagerInput::ShowHostSummary(id) => {
                self.show_host(id, root, &sender);
                if let Some(page) = self.pages.get(&id) {
                    page.emit(HostPageInput::ShowSummary);
                }
            }
            ManagerInput::ToggleSidebar => methods::toggle_sidebar(root),
            ManagerInput::Narrow(narrow) => self.set_narrow(narrow, root),
            ManagerInput::Host(id, command) => self.host_command(id, command, root, &sender),
            ManagerInput::Renamed(id, name) => self.renamed(id, name),
            ManagerInput::Removed(id) => self.context.remove_host(id),
            ManagerInput::AddKnown(uri) => self.add_known(uri, root, &sender),
            ManagerInput::OpenGuest(guest, page) => {
                let _ = sender.output(ManagerOutput::OpenGuest(guest, page));
            }
            ManagerInput::CreateGuest(connection, source) => {
                let _ = sender.output(ManagerOutput::CreateGuest { connection, source });
            }
            ManagerInput::AddHost => {
                let _ = sender.output(ManagerOutput::AddHost);
            }
            ManagerInput::EditHost(id) => {
                let _ = sender.output(ManagerOutput::EditHost(id));
            }
        }
    }

    fn update_cmd(&mut self, cmd: ManagerCmd, sender: ComponentSender<Self>, root: &Self::Root) {
        match cmd {
            ManagerCmd::Hosts(hosts) => self.hosts_changed(hosts.to_vec(), root, &sender),
            ManagerCmd::State(id, state) => self.state_changed(id, state),
        }
    }
}
