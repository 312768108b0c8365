//! What a command line asks for, done.

use std::str::FromStr;

use gettextrs::gettext;
use relm4::{ComponentSender, adw, adw::prelude::*};
use uuid::Uuid;

use super::{App, AppCmd, AppInput};
use crate::{
    backend::XmlKind,
    cli::{GuestSelector, GuestView, LaunchIntent, Show},
    i18n::gettext_f,
    model::{ConnectionId, DomainId, GuestRef, HostState, Inventory, uri::HostUri, xml::Document},
    ui::{
        context::Context,
        dialogs::{self, Target},
        error,
        guest::GuestPage,
        host,
        manager::ManagerInput,
        watch::{self, Subscription},
    },
};

/// A guest that the command line asked for, on a host still connecting.
#[derive(Debug)]
pub(super) struct PendingGuest {
    selector: GuestSelector,
    /// Nothing asks whether to delete it.
    page: Option<GuestPage>,
    _subscription: Subscription,
}

impl App {
    /// Does what a command line asks for.
    pub(super) fn launch(&mut self, intent: LaunchIntent, sender: &ComponentSender<Self>) {
        let Some(context) = self.context.clone() else {
            self.main_window.present();
            return;
        };
        if intent.show == Show::Service {
            return;
        }
        // A window for one guest opens no other hosts.
        let alone = matches!(intent.show, Show::Guest(..) | Show::Delete(_) | Show::Screen(_));
        if !alone && !std::mem::replace(&mut self.autoconnected, true) {
            connect_automatic(&context);
        }
        let host = intent.connect.as_deref().map(|uri| find_or_add(&context, uri));
        self.open_manager(&context, sender);
        if !alone {
            self.main_window.present();
        }
        let host = match host {
            None => None,
            Some(Ok(id)) => Some(id),
            Some(Err(text)) => return self.refuse(&gettext("This URI Cannot Be Used"), &text),
        };
        match (intent.show, host) {
            (Show::Creator(source), connection) => {
                sender.input(AppInput::CreateGuest { connection, source });
            }
            (Show::Guest(selector, view), Some(id)) => {
                let page = match view {
                    GuestView::Console => GuestPage::Console,
                    GuestView::Editor => GuestPage::Hardware,
                    GuestView::Performance => GuestPage::Overview,
                };
                self.wait_for_guest(&context, id, selector, Some(page), sender);
            }
            (Show::Screen(source), _) => sender.input(AppInput::ShowScreen(source)),
            (Show::Delete(selector), Some(id)) => {
                self.wait_for_guest(&context, id, selector, None, sender);
            }
            (Show::HostSummary, Some(id)) => {
                self.tell_manager(ManagerInput::ShowHostSummary(id));
            }
            (Show::Manager, Some(id)) => self.tell_manager(ManagerInput::ShowHost(id)),
            _ => {}
        }
    }

    fn wait_for_guest(
        &mut self,
        context: &Context,
        id: ConnectionId,
        selector: GuestSelector,
        page: Option<GuestPage>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(handle) = context.handle(id) else { return };
        let subscription =
            watch::follow(handle.inventory(), sender.command_sender(), move |inventory| {
                AppCmd::Inventory(id, inventory)
            });
        self.pending.insert(id, PendingGuest { selector, page, _subscription: subscription });
    }

    /// Opens the guest that was asked for once its host is there.
    pub(super) fn look_for_pending(
        &mut self,
        id: ConnectionId,
        inventory: &Inventory,
        sender: &ComponentSender<Self>,
    ) {
        match inventory.state {
            HostState::Disconnected | HostState::Connecting => return,
            HostState::Failed(_) | HostState::Lost { .. } => {
                self.pending.remove(&id);
                return self.show_host(id);
            }
            HostState::Ready => {}
        }
        let Some(pending) = self.pending.remove(&id) else { return };
        let PendingGuest { selector, page, .. } = pending;
        match (find_guest(inventory, &selector), u32::from_str(&selector.0)) {
            (None, Ok(number)) => {
                self.look_for_number(id, inventory, selector, number, page, sender);
            }
            (found, _) => self.found(id, &selector, page, found, sender),
        }
    }

    /// Looks for a running guest by its number, which only definitions tell.
    fn look_for_number(
        &self,
        id: ConnectionId,
        inventory: &Inventory,
        selector: GuestSelector,
        number: u32,
        page: Option<GuestPage>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(handle) = self.context.as_ref().and_then(|context| context.handle(id)) else {
            return;
        };
        let running = inventory.domains.values().filter(|domain| domain.state.is_active());
        let running: Vec<DomainId> = running.map(|domain| domain.id).collect();
        sender.oneshot_command(async move {
            for domain in running {
                let xml = handle.domain_xml(domain, XmlKind::Live).await.unwrap_or_default();
                let found = Document::parse(&xml).ok().and_then(|xml| xml.root().attr("id"));
                if found.is_some_and(|found| found == number.to_string()) {
                    return AppCmd::Numbered(id, selector, page, Some(domain));
                }
            }
            AppCmd::Numbered(id, selector, page, None)
        });
    }

    /// Does what the command line wants with the guest it names.
    pub(super) fn found(
        &self,
        id: ConnectionId,
        selector: &GuestSelector,
        page: Option<GuestPage>,
        domain: Option<DomainId>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(domain) = domain else {
            self.show_host(id);
            let name = &selector.0;
            let text = gettext_f("There is no guest “{name}” on this host.", &[("name", name)]);
            return self.refuse(&gettext("Guest Not Found"), &text);
        };
        let guest = GuestRef { connection: id, domain };
        if let Some(page) = page {
            sender.input(AppInput::OpenGuest(guest, page.into()));
        } else {
            self.show_host(id);
            self.ask_to_delete(guest);
        }
    }

    /// Asks whether to delete a guest.
    fn ask_to_delete(&self, guest: GuestRef) {
        let handle = self.context.as_ref().and_then(|context| context.handle(guest.connection));
        let Some(handle) = handle else { return };
        let name =
            handle.inventory().borrow().domains.get(&guest.domain).map(|one| one.name.clone());
        let Some(name) = name else { return };
        let target = Target { handle, id: guest.domain, name };
        let toasts = self.toasts.clone();
        dialogs::delete(&self.main_window, vec![target], move |failure| {
            error::toast(&toasts, &error::describe(&failure));
        });
    }

    /// Says why a command line is not done.
    pub(super) fn refuse(&self, heading: &str, text: &str) {
        let dialog = adw::AlertDialog::new(Some(heading), Some(text));
        dialog.add_response("close", &gettext("Close"));
        dialog.present(Some(&self.dialog_parent()));
    }
}

/// Opens the hosts that are to be opened at start.
fn connect_automatic(context: &Context) {
    for host in context.hosts().iter().filter(|host| host.autoconnect) {
        if let Some(handle) = context.handle(host.id) {
            handle.connect();
        }
    }
}

/// The host at `uri`, connecting; a new one is added to the list.
fn find_or_add(context: &Context, uri: &str) -> Result<ConnectionId, String> {
    let known = context.host_by_uri(uri).map(|host| host.id);
    let id = if let Some(id) = known {
        id
    } else {
        let parsed = HostUri::parse(uri).map_err(|error| host::uri_error(&error))?;
        context.add_host(host::proposed_name(&parsed), uri.to_owned(), false)
    };
    if let Some(handle) = context.handle(id) {
        let ready = handle.inventory().borrow().state == HostState::Ready;
        if !ready {
            handle.connect();
        }
    }
    Ok(id)
}

/// A guest by name, else by UUID.
fn find_guest(inventory: &Inventory, selector: &GuestSelector) -> Option<DomainId> {
    let by_name = inventory.domains.values().find(|domain| domain.name == selector.0);
    by_name.map(|domain| domain.id).or_else(|| {
        let id = DomainId(Uuid::from_str(&selector.0).ok()?);
        inventory.domains.contains_key(&id).then_some(id)
    })
}
