//! A window for a screen that has no host behind it: named by a connection
//! file or an address. There is nothing to manage, only to see.

mod open;
mod words;

use gettextrs::gettext;
use relm4::{
    Component, ComponentController, ComponentParts, ComponentSender, Controller, adw,
    adw::prelude::*,
    gtk::{self, gio},
};

pub use open::OpenError;
pub(crate) use open::open;
pub(crate) use words::describe;

use super::{
    Abilities,
    console_page::{ConsoleInit, ConsoleInput, ConsoleOutput, ConsolePage, Source},
    menus::{self, MenuOf},
    setup,
};
use crate::{
    model::{PictureQuality, Viewer},
    settings::Settings,
    ui::{
        error::{self, UserMessage},
        widgets::NamedItems,
    },
};

/// The window.
#[derive(Debug)]
pub(crate) struct ViewerWindow {
    title: String,
    subtitle: String,
    abilities: Abilities,
    chord: String,
    fullscreen: bool,
    root: adw::ApplicationWindow,
    toasts: adw::ToastOverlay,
    menu: gio::Menu,
    settings: Settings,
    console: Controller<ConsolePage>,
    console_actions: gio::SimpleActionGroup,
}

/// What happens to the window.
#[derive(Debug)]
pub(crate) enum ViewerInput {
    /// What can be done with the console has changed.
    Abilities(Abilities),
    /// The window is to fill the screen, or no longer.
    ToggleFullscreen,
    /// It does, or no longer does.
    Fullscreened(bool),
    /// Say this in passing.
    Say(String),
    /// A quick action failed.
    Failed(UserMessage),
    /// Nothing: there is no guest to act on.
    Idle,
}

#[relm4::component(pub(crate))]
impl Component for ViewerWindow {
    type Init = (Viewer, Settings);
    type Input = ViewerInput;
    type Output = ();
    type CommandOutput = ();

    view! {
        adw::ApplicationWindow {
            set_default_size: (960, 720),
            set_size_request: (360, 294),
            set_title: Some(&model.title),
            insert_action_group: ("console", Some(&model.console_actions)),
            connect_fullscreened_notify[sender] => move |window| {
                sender.input(ViewerInput::Fullscreened(window.is_fullscreen()));
            },
            connect_close_request[sender] => move |_| {
                let _ = sender.output(());
                gtk::glib::Propagation::Proceed
            },

            #[local_ref]
            toasts -> adw::ToastOverlay {
                #[wrap(Some)]
                set_child = &adw::ToolbarView {
                    #[watch]
                    set_reveal_top_bars: !model.fullscreen,
                    add_top_bar = &adw::HeaderBar {
                        #[wrap(Some)]
                        set_title_widget = &adw::WindowTitle {
                            set_title: &model.title,
                            set_subtitle: &model.subtitle,
                        },
                        pack_end = &gtk::MenuButton {
                            set_icon_name: "open-menu-symbolic",
                            set_primary: true,
                            set_tooltip_text: Some(&gettext("Main Menu")),
                            update_property: &[gtk::accessible::Property::Label(&gettext("Main Menu"))],
                            set_menu_model: Some(&model.menu),
                            set_named_items: true,
                        },
                        pack_end = &gtk::MenuButton {
                            set_icon_name: "input-keyboard-symbolic",
                            set_menu_model: Some(&menus::keys_menu(&model.settings)),
                            set_named_items: true,
                            #[watch]
                            set_sensitive: model.abilities.open,
                            set_tooltip_text: Some(&gettext("Send Keys")),
                            update_property: &[gtk::accessible::Property::Label(&gettext("Send Keys"))],
                        },
                    },
                    #[wrap(Some)]
                    set_content = model.console.widget(),
                },
            }
        }
    }

    fn init(
        (viewer, settings): Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let names = settings.release_chord();
        let chord = menus::chord_label(&names);
        let (title, subtitle) = (viewer.name(), viewer.protocol.label().to_owned());
        let fullscreen = viewer.fullscreen;
        let console = ConsolePage::builder()
            .launch(ConsoleInit {
                source: Source::Server(Box::new(viewer)),
                chord: (setup::chord(&names), chord.clone()),
                scaling: settings.scaling().into(),
                settings: settings.clone(),
            })
            .forward(sender.input_sender(), |output| match output {
                ConsoleOutput::Act(_) => ViewerInput::Idle,
                ConsoleOutput::Say(text) => ViewerInput::Say(text),
                ConsoleOutput::Failed(message) => ViewerInput::Failed(message),
                ConsoleOutput::Abilities(abilities) => ViewerInput::Abilities(abilities),
            });
        let model = Self {
            title,
            subtitle,
            abilities: Abilities::default(),
            chord,
            fullscreen: false,
            root: root.clone(),
            toasts: adw::ToastOverlay::new(),
            menu: menus::main_menu(MenuOf::Server, &settings),
            console_actions: menus::console_actions(
                settings.scaling().into(),
                PictureQuality::default(),
                console.sender(),
            ),
            settings,
            console,
        };
        root.insert_action_group("guest", Some(&window_actions(&sender)));
        root.add_controller(shortcuts());
        let toasts = &model.toasts;
        let widgets = view_output!();
        if fullscreen {
            root.fullscreen();
        }
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: Self::Input, _sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            ViewerInput::Abilities(abilities) => {
                self.abilities = abilities;
                menus::update_main_menu(&self.menu, MenuOf::Server, abilities);
                menus::sync_console_actions(&self.console_actions, abilities);
                // Without a definition the open console alone knows something.
                menus::enable(&self.console_actions, "check", abilities.open);
            }
            ViewerInput::ToggleFullscreen => self.root.set_fullscreened(!self.fullscreen),
            ViewerInput::Fullscreened(fullscreen) => self.fullscreened(fullscreen),
            ViewerInput::Say(text) => self.toasts.add_toast(adw::Toast::new(&text)),
            ViewerInput::Failed(message) => error::toast(&self.toasts, &message),
            ViewerInput::Idle => {}
        }
    }
}

impl ViewerWindow {
    fn fullscreened(&mut self, fullscreen: bool) {
        self.fullscreen = fullscreen;
        self.console.emit(ConsoleInput::Fullscreen(fullscreen));
        if fullscreen {
            let hint = menus::leave_fullscreen_hint(&self.chord);
            self.toasts.add_toast(adw::Toast::new(&hint));
        }
    }
}

fn window_actions(sender: &ComponentSender<ViewerWindow>) -> gio::SimpleActionGroup {
    let group = gio::SimpleActionGroup::new();
    let action = gio::SimpleAction::new("fullscreen", None);
    let input = sender.input_sender().clone();
    action.connect_activate(move |_, _| input.emit(ViewerInput::ToggleFullscreen));
    group.add_action(&action);
    group
}

fn shortcuts() -> gtk::ShortcutController {
    let shortcuts = gtk::ShortcutController::new();
    shortcuts.set_scope(gtk::ShortcutScope::Managed);
    for (trigger, action) in
        [("F11", "action(guest.fullscreen)"), ("<Control>w", "action(window.close)")]
    {
        let trigger = gtk::ShortcutTrigger::parse_string(trigger);
        let action = gtk::ShortcutAction::parse_string(action);
        shortcuts.add_shortcut(gtk::Shortcut::new(trigger, action));
    }
    shortcuts
}
