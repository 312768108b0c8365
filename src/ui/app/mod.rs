//! The application: its windows, its hosts, its command line.
//!
//! The root component. It only opens, finds and closes windows and dialogs;
//! what they do is their own.

mod about;
mod actions;
mod launch;
mod messages;
mod methods;
mod preferences;
mod prompts;
mod screens;
mod shortcuts;

pub(crate) use actions::{keys_beside_a_console, main_menu};
pub use messages::{AppCmd, AppInit, AppInput};

use std::collections::HashMap;

use relm4::{
    Component, ComponentController, ComponentParts, ComponentSender, Controller, adw,
    adw::prelude::*, gtk,
};
use tokio::sync::mpsc;

use crate::{
    backend::Backend,
    model::ConnectionId,
    settings::Settings,
    ui::{
        context::Context,
        create::Create,
        error,
        host::HostDialog,
        manager::{Manager, ManagerInit, ManagerInput, ManagerOutput},
        windows::Windows,
    },
};

use self::{launch::PendingGuest, methods::GuestWindows, prompts::Prompts, screens::Screens};

/// The application.
#[derive(Debug)]
pub struct App {
    /// Nothing where the backend could not be started.
    context: Option<Context>,
    manager: Option<Controller<Manager>>,
    guests: GuestWindows,
    /// The windows that show them.
    windows: Option<Windows>,
    host_dialog: Option<Controller<HostDialog>>,
    create: Option<Controller<Create>>,
    prompts: Prompts,
    screens: Screens,
    /// Guests that the command line asked for, on hosts still connecting.
    pending: HashMap<ConnectionId, PendingGuest>,
    /// Whether the hosts that are to be opened at start have been.
    autoconnected: bool,
    main_window: adw::ApplicationWindow,
    /// Over the content of the main window.
    toasts: adw::ToastOverlay,
}

impl Component for App {
    type Init = AppInit;
    type Input = AppInput;
    type Output = ();
    type CommandOutput = AppCmd;
    type Root = adw::ApplicationWindow;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::ApplicationWindow::builder()
            .title("Posada")
            .icon_name(crate::config::APP_ID)
            .width_request(360)
            .height_request(294)
            .build()
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let application = relm4::main_adw_application();
        actions::install(&application, &root, sender.input_sender());
        methods::receive_launches(&application, sender.input_sender());
        let mut model = Self {
            context: None,
            manager: None,
            guests: GuestWindows::default(),
            windows: None,
            host_dialog: None,
            create: None,
            prompts: Prompts::default(),
            screens: Screens::default(),
            pending: HashMap::new(),
            autoconnected: false,
            main_window: root.clone(),
            toasts: adw::ToastOverlay::new(),
        };
        let (prompts, requests) = mpsc::unbounded_channel();
        match Backend::start(prompts) {
            Ok(backend) => {
                // Taken by `main` for the end; set once as there is one root.
                let _ = init.backend.set(backend.clone());
                let settings = Settings::open();
                model.windows = Some(Windows::new(settings.clone()));
                model.context = Some(Context::new(backend, settings));
                methods::forward_prompts(requests, &sender);
            }
            Err(failure) => {
                let message = error::describe(&failure);
                root.set_content(Some(&methods::broken_page(&message)));
            }
        }
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: AppInput, sender: ComponentSender<Self>, root: &Self::Root) {
        match input {
            AppInput::Launch(intent) => self.launch(intent, &sender),
            AppInput::OpenGuest(guest, opening) => self.open_guest(guest, opening, &sender),
            AppInput::ShowScreen(source) => Self::show_screen(source, &sender),
            AppInput::ScreenRead(read) => self.screen_read(*read, &sender),
            AppInput::ScreenClosed(number) => self.screen_closed(number),
            AppInput::GuestClosed(guest) => self.guest_closed(guest),
            AppInput::CreateGuest { connection, source } => {
                self.create_guest(connection, source, &sender);
            }
            AppInput::CreateClosed => self.create_closed(),
            AppInput::AddHost => self.open_host_dialog(None, &sender),
            AppInput::EditHost(id) => self.open_host_dialog(Some(id), &sender),
            AppInput::HostDialogClosed => self.host_dialog = None,
            AppInput::HostSaved(id) => {
                if let Some(handle) = self.context.as_ref().and_then(|context| context.handle(id)) {
                    handle.connect();
                }
                self.tell_manager(ManagerInput::ShowHost(id));
            }
            AppInput::Shortcuts => shortcuts::present(root),
            AppInput::Preferences => {
                if let Some(context) = &self.context {
                    preferences::present(&context.settings, &self.dialog_parent());
                }
            }
            AppInput::About => about::present(&self.dialog_parent()),
            AppInput::ToggleSidebar => self.tell_manager(ManagerInput::ToggleSidebar),
            AppInput::MainClosed => self.main_closed(),
            AppInput::PromptDone => {
                self.prompts.answered();
                self.next_prompt(&sender);
            }
            AppInput::Quit => self.quit(),
        }
    }

    fn update_cmd(&mut self, cmd: AppCmd, sender: ComponentSender<Self>, _root: &Self::Root) {
        match cmd {
            AppCmd::Prompt(request) => {
                self.prompts.push(request);
                self.next_prompt(&sender);
            }
            AppCmd::Numbered(id, selector, page, domain) => {
                self.found(id, &selector, page, domain, &sender);
            }
            AppCmd::Inventory(id, inventory) => self.look_for_pending(id, &inventory, &sender),
        }
    }
}

impl App {
    /// Fills the main window, the first time that something is asked for.
    ///
    /// Not when the program starts: the hosts begin to connect before, and
    /// answer while the window is made.
    fn open_manager(&mut self, context: &Context, sender: &ComponentSender<Self>) {
        if self.manager.is_some() {
            return;
        }
        let root = &self.main_window;
        let (width, height, maximized) = context.settings.window();
        root.set_default_size(width, height);
        root.set_maximized(maximized);
        root.connect_close_request({
            let input = sender.input_sender().clone();
            move |_| {
                input.emit(AppInput::MainClosed);
                gtk::glib::Propagation::Stop
            }
        });
        let manager = Manager::builder()
            .launch(ManagerInit { context: context.clone(), window: root.clone() })
            .forward(sender.input_sender(), |output| match output {
                ManagerOutput::OpenGuest(guest, page) => AppInput::OpenGuest(guest, page),
                ManagerOutput::CreateGuest { connection, source } => {
                    AppInput::CreateGuest { connection, source }
                }
                ManagerOutput::AddHost => AppInput::AddHost,
                ManagerOutput::EditHost(id) => AppInput::EditHost(id),
            });
        self.toasts.set_child(Some(manager.widget()));
        root.set_content(Some(&self.toasts));
        if let Some(store) = context.settings.store() {
            let context = context.clone();
            store.connect_changed(Some("stats-interval"), move |_, _| {
                context.apply_stats_interval();
            });
        }
        self.manager = Some(manager);
    }

    fn tell_manager(&self, input: ManagerInput) {
        if let Some(manager) = &self.manager {
            manager.emit(input);
        }
    }
}
