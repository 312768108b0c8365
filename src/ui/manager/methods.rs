//! Behaviour of the main window.

use gettextrs::gettext;
use relm4::{
    Component, ComponentController, ComponentSender, Controller, Sender, adw, adw::prelude::*, gtk,
};

use super::{Host, HostCommand, Manager, ManagerCmd, ManagerInput, Selection};
use crate::{
    i18n::gettext_f,
    model::{ConnectionId, HostState, uri::HostUri},
    ui::{
        context::HostEntry,
        host::{self, HostPage, HostPageInit, HostPageInput, HostPageOutput},
        watch,
        widgets::{boxed_list, keep_focus},
    },
};

/// Below this width there is room for one pane.
const NARROW: &str = "max-width: 640sp";

/// The least and the greatest width of the sidebar.
pub(super) const SIDEBAR_WIDTHS: (f64, f64) = (220.0, 300.0);

/// Makes the split view one pane wide in a narrow window.
pub(super) fn add_breakpoint(
    window: &adw::ApplicationWindow,
    root: &adw::NavigationSplitView,
    sender: &Sender<ManagerInput>,
) {
    let Ok(condition) = adw::BreakpointCondition::parse(NARROW) else {
        tracing::error!("the window cannot adapt to its width");
        return;
    };
    let breakpoint = adw::Breakpoint::new(condition);
    breakpoint.add_setter(root, "collapsed", Some(&true.to_value()));
    let input = sender.clone();
    breakpoint.connect_apply(move |_| input.emit(ManagerInput::Narrow(true)));
    let input = sender.clone();
    breakpoint.connect_unapply(move |_| input.emit(ManagerInput::Narrow(false)));
    window.add_breakpoint(breakpoint);
    keep_focus(window);
}

/// Shows or hides the sidebar: beside the content where there is room.
pub(super) fn toggle_sidebar(root: &adw::NavigationSplitView) {
    if root.is_collapsed() {
        root.set_show_content(!root.shows_content());
    } else {
        show_sidebar(root, root.max_sidebar_width() <= 0.0);
    }
}

/// `NavigationSplitView` has no hiding of its own: an empty sidebar without a
/// width is a hidden one.
fn show_sidebar(root: &adw::NavigationSplitView, shown: bool) {
    if let Some(content) = root.sidebar().and_then(|page| page.child()) {
        content.set_visible(shown);
    }
    let (min, max) = if shown { SIDEBAR_WIDTHS } else { (0.0, 0.0) };
    root.set_min_sidebar_width(min.min(root.max_sidebar_width()));
    root.set_max_sidebar_width(max);
    root.set_min_sidebar_width(min);
}

impl Manager {
    /// Brings the sidebar in line with the list of hosts.
    pub(super) fn hosts_changed(
        &mut self,
        entries: Vec<HostEntry>,
        root: &adw::NavigationSplitView,
        sender: &ComponentSender<Self>,
    ) {
        let mut before = std::mem::take(&mut self.hosts);
        for entry in entries {
            let known = before.iter().position(|host| host.entry.id == entry.id);
            let mut host = match known.map(|at| before.swap_remove(at)) {
                Some(host) if host.entry.uri == entry.uri => host,
                Some(host) => self.follow(host.entry, sender),
                None => self.follow(entry.clone(), sender),
            };
            if host.entry != entry
                && let Some(page) = self.pages.get(&entry.id)
            {
                page.emit(HostPageInput::Entry(entry.clone()));
            }
            host.entry = entry;
            self.hosts.push(host);
        }
        for gone in before {
            self.pages.remove(&gone.entry.id);
            if self.selection == Selection::Host(gone.entry.id) {
                self.select(Selection::All, root, sender);
            }
        }
        self.sidebar.set_hosts(
            &self.hosts.iter().map(|host| (&host.entry, &host.state)).collect::<Vec<_>>(),
        );
        self.sidebar.select(self.selection);
        self.all.refresh(&self.hosts.iter().map(|host| &host.state).collect::<Vec<_>>());
        self.all.hosts_changed();
    }

    fn follow(&self, entry: HostEntry, sender: &ComponentSender<Self>) -> Host {
        let id = entry.id;
        let subscription = self.context.handle(id).map(|handle| {
            watch::follow_part(
                handle.inventory(),
                sender.command_sender(),
                |inventory| inventory.state.clone(),
                move |state| ManagerCmd::State(id, state),
            )
        });
        Host { entry, state: HostState::Disconnected, _subscription: subscription }
    }

    pub(super) fn state_changed(&mut self, id: ConnectionId, state: HostState) {
        let Some(host) = self.hosts.iter_mut().find(|host| host.entry.id == id) else { return };
        host.state = state;
        self.sidebar.set_state(id, &host.state);
        self.all.refresh(&self.hosts.iter().map(|host| &host.state).collect::<Vec<_>>());
    }

    /// Shows the page of what is selected.
    pub(super) fn select(
        &mut self,
        selection: Selection,
        root: &adw::NavigationSplitView,
        sender: &ComponentSender<Self>,
    ) {
        self.selection = selection;
        self.sidebar.select(selection);
        let page = match selection {
            Selection::All => self.all.page().clone(),
            Selection::Host(id) => match self.page(id, sender) {
                Some(page) => page.widget().clone(),
                None => return,
            },
        };
        if root.content().as_ref() != Some(&page) {
            root.set_content(Some(&page));
        }
    }

    fn page(
        &mut self,
        id: ConnectionId,
        sender: &ComponentSender<Self>,
    ) -> Option<&Controller<HostPage>> {
        if !self.pages.contains_key(&id) {
            let entry = self.context.host(id)?;
            let init = HostPageInit { context: self.context.clone(), entry, narrow: self.narrow };
            let page = HostPage::builder().launch(init).forward(sender.input_sender(), |output| {
                match output {
                    HostPageOutput::OpenGuest(guest, page) => ManagerInput::OpenGuest(guest, page),
                    HostPageOutput::CreateGuest(id, source) => {
                        ManagerInput::CreateGuest(Some(id), source)
                    }
                    HostPageOutput::Edit(id) => ManagerInput::EditHost(id),
                }
            });
            self.pages.insert(id, page);
        }
        self.pages.get(&id)
    }

    pub(super) fn show_host(
        &mut self,
        id: ConnectionId,
        root: &adw::NavigationSplitView,
        sender: &ComponentSender<Self>,
    ) {
        // The message may be ahead of the list's own.
        let hosts = self.context.hosts();
        if self.hosts.len() != hosts.len() {
            self.hosts_changed(hosts, root, sender);
        }
        self.select(Selection::Host(id), root, sender);
        root.set_show_content(true);
    }

    pub(super) fn set_narrow(&mut self, narrow: bool, root: &adw::NavigationSplitView) {
        self.narrow = narrow;
        if narrow {
            // Going back leads to it.
            show_sidebar(root, true);
        }
        for page in self.pages.values() {
            page.emit(HostPageInput::Narrow(narrow));
        }
    }

    /// Does what a host's menu says.
    pub(super) fn host_command(
        &mut self,
        id: ConnectionId,
        command: HostCommand,
        root: &adw::NavigationSplitView,
        sender: &ComponentSender<Self>,
    ) {
        let Some(entry) = self.context.host(id) else { return };
        let Some(handle) = self.context.handle(id) else { return };
        match command {
            HostCommand::Connect => {
                handle.connect();
                self.select(Selection::Host(id), root, sender);
            }
            HostCommand::Disconnect => handle.disconnect(),
            HostCommand::Edit => sender.input(ManagerInput::EditHost(id)),
            HostCommand::ToggleAutoconnect => {
                let autoconnect = !entry.autoconnect;
                self.context.update_host(HostEntry { autoconnect, ..entry });
            }
            HostCommand::Rename => ask_name(root, &entry, sender),
            HostCommand::Remove => ask_removal(root, &entry, sender),
        }
    }

    pub(super) fn renamed(&self, id: ConnectionId, name: String) {
        if let Some(entry) = self.context.host(id).filter(|_| !name.is_empty()) {
            self.context.update_host(HostEntry { name, ..entry });
        }
    }

    /// Adds a host that was found, connects, and shows it.
    pub(super) fn add_known(
        &mut self,
        uri: &str,
        root: &adw::NavigationSplitView,
        sender: &ComponentSender<Self>,
    ) {
        let id = self.context.host_by_uri(uri).map_or_else(
            || {
                let name = HostUri::parse(uri)
                    .map_or_else(|_| uri.to_owned(), |uri| host::proposed_name(&uri));
                self.context.add_host(name, uri.to_owned(), true)
            },
            |host| host.id,
        );
        if let Some(handle) = self.context.handle(id) {
            handle.connect();
        }
        self.show_host(id, root, sender);
    }
}

/// Asks for a host's name.
fn ask_name(parent: &impl IsA<gtk::Widget>, entry: &HostEntry, sender: &ComponentSender<Manager>) {
    let row = adw::EntryRow::builder()
        .title(gettext("Name"))
        .text(&entry.name)
        .activates_default(true)
        .build();
    let list = boxed_list(&[&row]);
    let dialog = adw::AlertDialog::builder()
        .heading(gettext("Rename Connection"))
        .body(gettext("The name is only yours; nothing changes on the host."))
        .extra_child(&list)
        .default_response("rename")
        .close_response("cancel")
        .build();
    dialog.add_responses(&[("cancel", &gettext("Cancel")), ("rename", &gettext("Rename"))]);
    dialog.set_response_appearance("rename", adw::ResponseAppearance::Suggested);
    row.connect_changed({
        let dialog = dialog.downgrade();
        move |row| {
            if let Some(dialog) = dialog.upgrade() {
                dialog.set_response_enabled("rename", !row.text().trim().is_empty());
            }
        }
    });
    let (input, id) = (sender.input_sender().clone(), entry.id);
    let text = row.clone();
    dialog.connect_response(Some("rename"), move |_, _| {
        input.emit(ManagerInput::Renamed(id, text.text().trim().to_owned()));
    });
    dialog.set_focus(Some(&row));
    dialog.present(Some(parent));
}

/// Asks whether to take a host off the list.
fn ask_removal(
    parent: &impl IsA<gtk::Widget>,
    entry: &HostEntry,
    sender: &ComponentSender<Manager>,
) {
    let heading = gettext_f("Remove “{name}” from the List?", &[("name", &entry.name)]);
    let body = gettext(
        "Only the connection is forgotten. Its guests stay as they are, and you can add it again.",
    );
    let dialog = adw::AlertDialog::new(Some(&heading), Some(&body));
    dialog.add_responses(&[("cancel", &gettext("Cancel")), ("remove", &gettext("Remove"))]);
    dialog.set_response_appearance("remove", adw::ResponseAppearance::Destructive);
    dialog.set_default_response(Some("cancel"));
    dialog.set_close_response("cancel");
    let (input, id) = (sender.input_sender().clone(), entry.id);
    dialog.connect_response(Some("remove"), move |_, _| input.emit(ManagerInput::Removed(id)));
    dialog.present(Some(parent));
}
