//! Behaviour of the application: windows, prompts, its end.

use std::{collections::HashMap, ffi::OsString, path::PathBuf};

use gettextrs::gettext;
use relm4::{
    Component, ComponentController, ComponentSender, Controller, Sender, adw, adw::prelude::*, gtk,
};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{App, AppCmd, AppInput};
use crate::{
    backend::PromptRequest,
    cli,
    model::{ConnectionId, GuestRef},
    ui::{
        create::{Create, CreateInit, CreateOutput},
        error::UserMessage,
        guest::{
            GuestPage, GuestWindow, GuestWindowInit, GuestWindowInput, GuestWindowOutput, Opening,
        },
        host::{HostDialog, HostDialogInit, HostDialogOutput},
        manager::ManagerInput,
    },
};

/// The open guest windows.
#[derive(Debug, Default)]
pub(super) struct GuestWindows(HashMap<GuestRef, Controller<GuestWindow>>);

impl App {
    /// Opens the guest's window, or brings it to the front.
    pub(super) fn open_guest(
        &mut self,
        guest: GuestRef,
        opening: Opening,
        sender: &ComponentSender<Self>,
    ) {
        let (Some(context), Some(windows)) = (&self.context, &self.windows) else { return };
        let page = opening.page;
        if let Some(window) = self.guests.0.get(&guest) {
            window.emit(GuestWindowInput::Show(page));
            return windows.show_in(window.widget(), opening.place);
        }
        let window = GuestWindow::builder()
            .launch(GuestWindowInit { context: context.clone(), guest, page })
            .forward(sender.input_sender(), |GuestWindowOutput::Closed(guest)| {
                AppInput::GuestClosed(guest)
            });
        windows.open(window.widget(), opening.place);
        self.guests.0.insert(guest, window);
    }

    /// Forgets a closed window; the program ends with its last one.
    pub(super) fn guest_closed(&mut self, guest: GuestRef) {
        self.guests.0.remove(&guest);
        self.end_without_windows();
    }

    /// Ends the program if nothing of it can be seen any more.
    pub(super) fn end_without_windows(&self) {
        let nothing = self.guests.0.is_empty() && self.screens.is_empty();
        if nothing && !self.main_window.is_visible() {
            self.quit();
        }
    }

    /// Opens the assistant over the main window.
    pub(super) fn create_guest(
        &mut self,
        connection: Option<ConnectionId>,
        source: Option<PathBuf>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(context) = &self.context else { return };
        self.main_window.present();
        if self.create.is_some() {
            return;
        }
        let create: Controller<Create> = Create::builder()
            .launch(CreateInit { context: context.clone(), connection, source })
            .forward(sender.input_sender(), |output| match output {
                CreateOutput::Created(guest) => {
                    AppInput::OpenGuest(guest, GuestPage::Console.into())
                }
                CreateOutput::Closed => AppInput::CreateClosed,
            });
        create.widget().present(Some(&self.main_window));
        self.create = Some(create);
    }

    /// Forgets the closed assistant.
    pub(super) fn create_closed(&mut self) {
        self.create = None;
    }

    /// Opens the dialog that adds a host, or edits the one named.
    pub(super) fn open_host_dialog(
        &mut self,
        host: Option<ConnectionId>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(context) = &self.context else { return };
        if self.host_dialog.is_some() {
            return;
        }
        self.main_window.present();
        let dialog: Controller<HostDialog> = HostDialog::builder()
            .launch(HostDialogInit { context: context.clone(), host })
            .forward(sender.input_sender(), |output| match output {
                HostDialogOutput::Saved(id) => AppInput::HostSaved(id),
                HostDialogOutput::Closed => AppInput::HostDialogClosed,
            });
        dialog.widget().present(Some(&self.main_window));
        self.host_dialog = Some(dialog);
    }

    /// Asks the next question, unless one is on screen.
    pub(super) fn next_prompt(&mut self, sender: &ComponentSender<Self>) {
        let Some(context) = self.context.clone() else { return };
        let parent = self.dialog_parent();
        let input = sender.input_sender().clone();
        self.prompts.next(&context, &parent, move || input.emit(AppInput::PromptDone));
    }

    /// The window for a dialog: the one in use, else the main one.
    pub(super) fn dialog_parent(&self) -> gtk::Window {
        let active = relm4::main_application().active_window().filter(WidgetExt::is_visible);
        active.unwrap_or_else(|| {
            self.main_window.present();
            self.main_window.clone().upcast()
        })
    }

    /// Shows what the command line asked for in the main window.
    pub(super) fn show_host(&self, id: ConnectionId) {
        self.main_window.present();
        self.tell_manager(ManagerInput::ShowHost(id));
    }

    /// Closes the main window: the guests' windows stay.
    pub(super) fn main_closed(&self) {
        if self.guests.0.is_empty() {
            self.quit();
        } else {
            self.keep_window_size();
            self.main_window.set_visible(false);
        }
    }

    /// Ends the program.
    pub(super) fn quit(&self) {
        self.keep_window_size();
        if let Some(windows) = &self.windows {
            windows.keep_places();
        }
        relm4::main_application().quit();
    }

    fn keep_window_size(&self) {
        let Some(context) = &self.context else { return };
        if self.main_window.is_visible() {
            let (width, height) = self.main_window.default_size();
            context.settings.set_window(width, height, self.main_window.is_maximized());
        }
    }
}

/// Turns command lines and the desktop's requests into messages.
pub(super) fn receive_launches(application: &adw::Application, sender: &Sender<AppInput>) {
    let input = sender.clone();
    application.connect_command_line(move |_, line| {
        match cli::parse(line.arguments(), line.cwd().as_deref()) {
            Ok(intent) => {
                input.emit(AppInput::Launch(intent));
                gtk::glib::ExitCode::SUCCESS
            }
            // The caller has parsed it already; versions may differ.
            Err(refusal) => {
                line.printerr_literal(&refusal.text);
                gtk::glib::ExitCode::from(2)
            }
        }
    });
    let input = sender.clone();
    application
        .connect_activate(move |_| input.emit(AppInput::Launch(cli::LaunchIntent::default())));
    let input = sender.clone();
    application.connect_open(move |_, files, _| {
        // From the desktop: each is what a command line could name.
        for file in files {
            let name = file.path().map_or_else(|| file.uri().into(), OsString::from);
            if let Ok(intent) = cli::parse([OsString::from("posada"), "--".into(), name], None) {
                input.emit(AppInput::Launch(intent));
            }
        }
    });
}

/// Hands the backend's questions to the application.
pub(super) fn forward_prompts(
    mut requests: UnboundedReceiver<PromptRequest>,
    sender: &ComponentSender<App>,
) {
    sender.command(|out, shutdown| {
        shutdown
            .register(async move {
                while let Some(request) = requests.recv().await {
                    if out.send(AppCmd::Prompt(request)).is_err() {
                        return;
                    }
                }
            })
            .drop_on_shutdown()
    });
}

/// All that can be shown where libvirt cannot even be initialised.
pub(super) fn broken_page(message: &UserMessage) -> adw::ToolbarView {
    let page = adw::StatusPage::builder()
        .icon_name("dialog-error-symbolic")
        .title(gettext("libvirt Cannot Be Used"))
        .description(format!("{}\n{}", message.body, message.detail))
        .build();
    let view = adw::ToolbarView::builder().content(&page).build();
    view.add_top_bar(&adw::HeaderBar::new());
    view
}
