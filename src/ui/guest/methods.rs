//! What a guest's window does.

use gettextrs::gettext;
use relm4::{ComponentController, ComponentSender, adw::prelude::*, gtk::gio};

use super::{
    Abilities, ConsoleInput, DevicesInput, GuestPage, GuestView, GuestWindow, GuestWindowCmd,
    GuestWindowOutput, OverviewInput, Switcher, XmlInput, menus, pane::Look, switcher,
};
use crate::{
    backend::BackendError,
    model::{DomainAction, DomainState, GuestChange},
    ui::{
        dialogs::{self, Target},
        error,
        words::{self, Status},
    },
};

impl GuestWindow {
    pub(super) fn guest_changed(&mut self, view: GuestView, sender: &ComponentSender<Self>) {
        self.view = view;
        if let Some(switcher) = &mut self.switcher {
            switcher.guest_changed(&self.view, sender);
        }
        self.sync_abilities();
        self.power.sync(&self.view);
        let described = self.view.change_allowed(GuestChange::Describe).is_ok();
        self.set_enabled("describe", described);
        self.set_enabled("tag", self.view.change_allowed(GuestChange::Tag).is_ok());
        self.set_enabled("main", self.view.allowed(self.main_action()).is_ok());
        let view = || Box::new(self.view.clone());
        self.tell_console(ConsoleInput::Guest(view()));
        if let Some(overview) = &self.overview {
            overview.emit(OverviewInput::Guest(view()));
        }
        if let Some(hardware) = &self.hardware {
            hardware.emit(DevicesInput::Guest(view()));
        }
        if let Some(xml) = &self.xml {
            xml.emit(XmlInput::Guest(view()));
        }
    }

    fn set_enabled(&self, name: &str, enabled: bool) {
        let action = self.guest_actions.lookup_action(name);
        if let Some(action) = action.and_downcast::<gio::SimpleAction>() {
            action.set_enabled(enabled);
        }
    }

    pub(super) fn tell_console(&self, input: ConsoleInput) {
        if let Some(console) = &self.console {
            console.emit(input);
        }
    }

    /// What the first button does: start, pause or resume.
    pub(super) fn main_action(&self) -> DomainAction {
        match self.view.state() {
            DomainState::Running | DomainState::ShuttingDown => DomainAction::Pause,
            DomainState::Paused | DomainState::Suspended => DomainAction::Resume,
            DomainState::ShutOff | DomainState::Crashed | DomainState::Unknown => {
                DomainAction::Start
            }
        }
    }

    /// An action's name, or why it cannot be done.
    pub(super) fn action_hint(&self, action: DomainAction) -> String {
        match self.view.allowed(action) {
            Ok(()) => words::action_label(action, self.view.restores()),
            Err(reason) => words::reason(reason),
        }
    }

    pub(super) fn keys_hint(&self) -> String {
        if self.abilities.open {
            gettext("Send Keys")
        } else {
            gettext("Keys can be sent once the guest’s screen is shown")
        }
    }

    pub(super) fn fullscreen_label(&self) -> String {
        if self.fullscreen { gettext("Leave Full Screen") } else { gettext("Full Screen") }
    }

    /// Below the title: the state.
    pub(super) fn subtitle(&self) -> String {
        let status = self.view.summary.as_ref().map(|guest| Status::of(guest, self.view.pending));
        status.map_or_else(String::new, |status| status.label().to_owned())
    }

    fn on_console(&self) -> bool {
        self.pages.visible_child_name().as_deref() == Some("console")
    }

    pub(super) fn act(&self, action: DomainAction, sender: &ComponentSender<Self>) {
        let Some(handle) = self.handle.clone() else { return };
        let (id, name) = (self.guest.domain, self.view.name());
        let Some(question) = dialogs::question(action, &[&name], &self.settings) else {
            sender.oneshot_command(
                async move { GuestWindowCmd::Acted(handle.act(id, action).await) },
            );
            return;
        };
        let (root, sender) = (self.root.clone(), sender.clone());
        relm4::spawn_local(async move {
            if question.ask(&root).await {
                sender.oneshot_command(async move {
                    GuestWindowCmd::Acted(handle.act(id, action).await)
                });
            }
        });
    }

    fn target(&self) -> Option<Target> {
        let handle = self.handle.clone()?;
        Some(Target { handle, id: self.guest.domain, name: self.view.name() })
    }

    pub(super) fn rename(&self) {
        // The menu cannot show why an item of it is disabled.
        if let Err(reason) = self.view.change_allowed(GuestChange::Rename) {
            return self.say(&dialogs::not_renamed(&self.view.name(), &words::reason(reason)));
        }
        if let Some(target) = self.target() {
            dialogs::rename(&self.root, target);
        }
    }

    pub(super) fn describe(&self) {
        if let Some(target) = self.target() {
            dialogs::describe(&self.root, target);
        }
    }

    pub(super) fn tag(&self) {
        if let Some(target) = self.target() {
            dialogs::tags(&self.root, vec![target]);
        }
    }

    pub(super) fn restart(&self) {
        if let Some(target) = self.target() {
            dialogs::restart(&self.root, target);
        }
    }

    pub(super) fn show(&self, page: GuestPage) {
        self.pages.set_visible_child_name(match page {
            GuestPage::Console => "console",
            GuestPage::Overview => "overview",
            GuestPage::Hardware => "hardware",
        });
    }

    pub(super) fn page_changed(&self) {
        if self.on_console() {
            self.focus_console();
        }
    }

    fn focus_console(&self) {
        match &self.switcher {
            Some(switcher) if !switcher.on_screen() => switcher.focus(),
            _ => self.tell_console(ConsoleInput::Focus),
        }
    }

    /// What can be done with the console that is shown.
    pub(super) fn sync_abilities(&mut self) {
        let on_screen = self.switcher.as_ref().is_none_or(Switcher::on_screen);
        let now = if on_screen { self.screen_abilities } else { Abilities::default() };
        if now != self.abilities {
            let before = std::mem::replace(&mut self.abilities, now);
            if before.in_menus() != now.in_menus() {
                menus::update_main_menu(&self.menu, menus::MenuOf::Guest, now);
            }
            menus::sync_console_actions(&self.console_actions, now);
        }
    }

    pub(super) fn show_console(&mut self, name: &str, sender: &ComponentSender<Self>) {
        self.show(GuestPage::Console);
        if let Some(switcher) = &mut self.switcher {
            switcher.choose(name, &self.view, sender);
        }
        self.sync_abilities();
        self.focus_console();
    }

    pub(super) fn add_serial(&self, sender: &ComponentSender<Self>) {
        let Some(Target { handle, id, name }) = self.target() else { return };
        sender.oneshot_command(async move {
            GuestWindowCmd::SerialAdded(switcher::add_serial(handle, id, name).await)
        });
    }

    pub(super) fn serial_added(
        &mut self,
        done: Result<(), BackendError>,
        sender: &ComponentSender<Self>,
    ) {
        if let Err(failed) = done {
            return error::toast(&self.toasts, &error::describe(&failed));
        }
        self.say(&if self.view.state() == DomainState::ShutOff {
            gettext("Serial console added")
        } else {
            gettext(
                "Serial console added: it is there once the guest was shut down and started again",
            )
        });
        if let Some(switcher) = &mut self.switcher {
            switcher.added(&self.view, sender);
        }
        self.sync_abilities();
    }

    pub(super) fn toggle_fullscreen(&self) {
        if let Some(window) = self.root.window() {
            window.set_fullscreened(!self.fullscreen);
        }
    }

    /// How the guest is called and how it is, for a tab.
    pub(super) fn look(&self) -> Look {
        let status = self.view.summary.as_ref().map(|guest| Status::of(guest, self.view.pending));
        Look {
            title: self.view.title(),
            state: self.subtitle(),
            icon: status.map_or("", Status::icon),
        }
    }

    pub(super) fn fullscreened(&mut self, fullscreen: bool) {
        self.fullscreen = fullscreen;
        self.tell_console(ConsoleInput::Fullscreen(fullscreen));
        if fullscreen {
            self.say(&menus::fullscreen_hint(&self.chord));
            self.focus_console();
        }
    }

    pub(super) fn say(&self, text: &str) {
        error::say(&self.toasts, text);
    }

    /// The guest goes on; only the window ends.
    pub(super) fn close(&mut self, sender: &ComponentSender<Self>) {
        self.subscriptions.clear();
        self.shown = None;
        self.console = None;
        self.switcher = None;
        // Without a parent there is nobody to tell.
        let _ = sender.output(GuestWindowOutput::Closed(self.guest));
    }
}
