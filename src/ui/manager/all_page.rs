//! The page of all hosts' guests, or what to do where there are none.

use gettextrs::gettext;
use relm4::{
    Component, ComponentController, ComponentSender, Controller, adw, adw::prelude::*, gtk,
};

use super::{Manager, ManagerInput};
use crate::{
    model::HostState,
    ui::{
        context::Context,
        guests::{GuestsInit, GuestsInput, GuestsOutput, GuestsPage, Scope},
        host::{Welcome, WelcomeInit, WelcomeOutput},
        jobs::JobsButton,
    },
};

/// The page.
#[derive(Debug)]
pub(super) struct AllPage {
    page: adw::NavigationPage,
    stack: gtk::Stack,
    new_guest: gtk::Button,
    guests: Controller<GuestsPage>,
    _welcome: Controller<Welcome>,
    _jobs: Controller<JobsButton>,
}

impl AllPage {
    pub(super) fn new(context: &Context, sender: &ComponentSender<Manager>) -> Self {
        let welcome =
            Welcome::builder().launch(WelcomeInit).forward(sender.input_sender(), |output| {
                match output {
                    WelcomeOutput::Add(uri) => ManagerInput::AddKnown(uri),
                    WelcomeOutput::Other => ManagerInput::AddHost,
                }
            });
        let guests = GuestsPage::builder()
            .launch(GuestsInit { context: context.clone(), scope: Scope::All })
            .forward(sender.input_sender(), |output| match output {
                GuestsOutput::OpenGuest(guest, page) => ManagerInput::OpenGuest(guest, page),
                GuestsOutput::CreateGuest { connection, source } => {
                    ManagerInput::CreateGuest(connection, source)
                }
            });
        let idle = adw::StatusPage::builder()
            .icon_name("network-offline-symbolic")
            .title(gettext("No Host Is Connected"))
            .description(gettext("Choose a host in the sidebar to connect to it."))
            .build();
        let stack = gtk::Stack::new();
        stack.add_named(welcome.widget(), Some("welcome"));
        stack.add_named(&idle, Some("idle"));
        stack.add_named(guests.widget(), Some("guests"));
        let new_guest = button("list-add-symbolic", &gettext("New Guest"), "app.new-guest");
        let header = adw::HeaderBar::new();
        header.pack_start(&new_guest);
        let jobs = JobsButton::builder().launch(context.clone()).detach();
        header.pack_end(jobs.widget());
        let view = adw::ToolbarView::builder().content(&stack).build();
        view.add_top_bar(&header);
        let page = adw::NavigationPage::builder()
            .title(gettext("All Guests"))
            .tag("all")
            .child(&view)
            .build();
        Self { page, stack, new_guest, guests, _welcome: welcome, _jobs: jobs }
    }

    pub(super) fn page(&self) -> &adw::NavigationPage {
        &self.page
    }

    /// Shows what fits the hosts' states.
    pub(super) fn refresh(&self, states: &[&HostState]) {
        let reachable =
            states.iter().any(|state| matches!(state, HostState::Ready | HostState::Lost { .. }));
        self.stack.set_visible_child_name(match (states.is_empty(), reachable) {
            (true, _) => "welcome",
            (false, false) => "idle",
            (false, true) => "guests",
        });
        self.page.set_title(&if states.is_empty() {
            gettext("Posada")
        } else {
            gettext("All Guests")
        });
        self.new_guest.set_visible(reachable);
    }

    pub(super) fn hosts_changed(&self) {
        self.guests.emit(GuestsInput::HostsChanged);
    }
}

fn button(icon: &str, name: &str, action: &str) -> gtk::Button {
    let button =
        gtk::Button::builder().icon_name(icon).tooltip_text(name).action_name(action).build();
    button.update_property(&[gtk::accessible::Property::Label(name)]);
    button
}
