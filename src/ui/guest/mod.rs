//! A guest's window: its screen, an overview, its definition.
//!
//! The window follows the host's inventory and hands each page the part that
//! concerns the guest ([`view::GuestView`]). Closing it never stops the guest.

mod chords_dialog;
mod console_page;
pub(in crate::ui) mod devices_page;
mod keyring;
mod menus;
mod messages;
mod methods;
mod overview_page;
mod pane;
mod quality_menu;
mod screens_menu;
mod setup;
mod sharing_menu;
mod switcher;
mod text_page;
mod view;
pub mod viewer;
mod xml_page;

use gettextrs::gettext;
use relm4::{
    Component, ComponentController, ComponentParts, ComponentSender, Controller, adw,
    adw::prelude::*,
    gtk::{self, gio},
};

pub use pane::Pane;

pub use messages::{
    GuestPage, GuestWindowCmd, GuestWindowInit, GuestWindowInput, GuestWindowOutput, OpenIn,
    Opening,
};

use self::{
    console_page::{Abilities, ConsoleInput, ConsolePage},
    devices_page::{DevicesInput, DevicesPage},
    menus::PowerMenu,
    overview_page::{OverviewInput, OverviewPage},
    switcher::Switcher,
    view::GuestView,
    xml_page::{XmlInput, XmlPage},
};
use crate::{
    backend::{ConnectionHandle, DomainSubscription},
    model::{DomainAction, GuestRef, HostState},
    settings::Settings,
    ui::{
        error,
        watch::Subscription,
        widgets::{Hint, NamedItems},
        words,
    },
};

/// A guest's window.
pub struct GuestWindow {
    guest: GuestRef,
    handle: Option<ConnectionHandle>,
    view: GuestView,
    /// What can be done with what is shown, and with the screen if it is.
    abilities: Abilities,
    screen_abilities: Abilities,
    chord: String,
    fullscreen: bool,
    narrow: bool,
    settings: Settings,
    root: Pane,
    toasts: adw::ToastOverlay,
    pages: adw::ViewStack,
    console: Option<Controller<ConsolePage>>,
    switcher: Option<Switcher>,
    consoles_menu: gio::Menu,
    overview: Option<Controller<OverviewPage>>,
    hardware: Option<Controller<DevicesPage>>,
    xml: Option<Controller<XmlPage>>,
    power: PowerMenu,
    menu: gio::Menu,
    guest_actions: gio::SimpleActionGroup,
    console_actions: gio::SimpleActionGroup,
    shown: Option<DomainSubscription>,
    subscriptions: Vec<Subscription>,
}

impl std::fmt::Debug for GuestWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuestWindow").field("guest", &self.guest).finish_non_exhaustive()
    }
}

#[relm4::component(pub)]
/// Its widgets.
impl Component for GuestWindow {
    type Init = GuestWindowInit;
    type Input = GuestWindowInput;
    type Output = GuestWindowOutput;
    type CommandOutput = GuestWindowCmd;

    view! {
        #[root]
        Pane {
            #[watch]
            set_look: model.look(),

            #[local_ref]
            #[wrap(Some)]
            set_child = toasts -> adw::ToastOverlay {
                #[wrap(Some)]
                set_child = &adw::ToolbarView {
                    #[watch]
                    set_reveal_top_bars: !model.fullscreen,
                    #[watch]
                    set_reveal_bottom_bars: !model.fullscreen,

                    add_top_bar = &adw::Banner {
                        set_title: &gettext("The host is not connected: what is shown may be out of date"),
                        #[watch]
                        set_revealed: model.view.host != HostState::Ready,
                        // A folded banner would still be read out.
                        #[watch]
                        set_visible: model.view.host != HostState::Ready,
                    },
                    #[local_ref]
                    #[wrap(Some)]
                    set_content = pages -> adw::ViewStack {
                        connect_visible_child_notify => GuestWindowInput::PageChanged,
                    },
                    add_bottom_bar = &adw::ViewSwitcherBar {
                        set_stack: Some(pages),
                        #[watch]
                        set_reveal: model.narrow,
                    },
                },
            }
        },

        #[name = "header"]
        adw::HeaderBar {
            #[wrap(Some)]
            set_title_widget = &adw::WindowTitle {
                #[watch]
                set_title: &model.view.title(),
                #[watch]
                set_subtitle: &model.subtitle(),
            },
            pack_start = &gtk::Button {
                #[watch]
                set_icon_name: words::action_icon(model.main_action()),
                #[watch]
                set_hint: &model.action_hint(model.main_action()),
                #[watch]
                set_sensitive: model.view.allowed(model.main_action()).is_ok(),
                #[watch]
                update_property: &[gtk::accessible::Property::Label(&words::action_label(model.main_action(), model.view.restores()))],
                set_action_name: Some("guest.main"),
            },
            // Not a split button: its halves have no accessible names.
            pack_start = &gtk::Box {
                add_css_class: "linked",
                gtk::Button {
                    set_icon_name: words::action_icon(DomainAction::ShutDown),
                    #[watch]
                    set_hint: &model.action_hint(DomainAction::ShutDown),
                    update_property: &[gtk::accessible::Property::Label(&words::action_label(DomainAction::ShutDown, false))],
                    #[watch]
                    set_sensitive: model.view.allowed(DomainAction::ShutDown).is_ok(),
                    connect_clicked => GuestWindowInput::Act(DomainAction::ShutDown),
                },
                gtk::MenuButton {
                    set_popover: Some(&model.power.popover),
                    set_named_items: true,
                    set_icon_name: "pan-down-symbolic",
                    set_tooltip_text: Some(&gettext("More Power Actions")),
                    update_property: &[gtk::accessible::Property::Label(&gettext("More Power Actions"))],
                },
            },
            pack_start = &adw::InlineViewSwitcher {
                set_stack: Some(pages),
                #[watch]
                set_visible: !model.narrow,
            },
            pack_end = &gtk::MenuButton {
                set_icon_name: "open-menu-symbolic",
                set_primary: true,
                set_tooltip_text: Some(&gettext("Main Menu")),
                update_property: &[gtk::accessible::Property::Label(&gettext("Main Menu"))],
                set_menu_model: Some(&model.menu),
                set_named_items: true,
            },
            pack_end = &gtk::Button {
                set_action_name: Some("guest.fullscreen"),
                #[watch]
                set_icon_name: if model.fullscreen { "view-restore-symbolic" } else { "view-fullscreen-symbolic" },
                #[watch]
                set_hint: &model.fullscreen_label(),
                #[watch]
                update_property: &[gtk::accessible::Property::Label(&model.fullscreen_label())],
                #[watch]
                set_visible: !model.narrow,
            },
            pack_end = &gtk::MenuButton {
                set_icon_name: "utilities-terminal-symbolic",
                set_menu_model: Some(&model.consoles_menu),
                set_named_items: true,
                #[watch]
                set_visible: !model.narrow,
                set_tooltip_text: Some(&gettext("Consoles")),
                update_property: &[gtk::accessible::Property::Label(&gettext("Consoles"))],
            },
            pack_end = &gtk::MenuButton {
                set_icon_name: "input-keyboard-symbolic",
                set_menu_model: Some(&menus::keys_menu(&model.settings)),
                set_named_items: true,
                #[watch]
                set_visible: !model.narrow,
                #[watch]
                set_sensitive: model.abilities.open,
                #[watch]
                set_hint: &model.keys_hint(),
                update_property: &[gtk::accessible::Property::Label(&gettext("Send Keys"))],
            },
        },
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let model = Self::new(init, root.clone(), &sender);
        let (toasts, pages) = (&model.toasts, &model.pages);
        let widgets = view_output!();
        root.complete(model.parts(&widgets.header, &sender));
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        input: Self::Input,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match input {
            GuestWindowInput::Show(page) => self.show(page),
            GuestWindowInput::MainAction => self.act(self.main_action(), &sender),
            GuestWindowInput::Act(action) => self.act(action, &sender),
            GuestWindowInput::Rename => self.rename(),
            GuestWindowInput::Describe => self.describe(),
            GuestWindowInput::Tag => self.tag(),
            GuestWindowInput::Restart => self.restart(),
            GuestWindowInput::Abilities(abilities) => {
                self.screen_abilities = abilities;
                self.sync_abilities();
            }
            GuestWindowInput::ShowConsole(name) => self.show_console(&name, &sender),
            GuestWindowInput::AddSerial => self.add_serial(&sender),
            GuestWindowInput::ToggleFullscreen => self.toggle_fullscreen(),
            GuestWindowInput::Fullscreened(fullscreen) => self.fullscreened(fullscreen),
            GuestWindowInput::Narrow(narrow) => self.narrow = narrow,
            GuestWindowInput::PageChanged => self.page_changed(),
            GuestWindowInput::Say(text) => self.say(&text),
            GuestWindowInput::Failed(message) => error::toast(&self.toasts, &message),
            GuestWindowInput::Close => self.close(&sender),
        }
        self.update_view(widgets, sender);
    }

    fn update_cmd(
        &mut self,
        result: Self::CommandOutput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match result {
            GuestWindowCmd::Guest(view) => self.guest_changed(*view, &sender),
            GuestWindowCmd::SerialAdded(done) => self.serial_added(done, &sender),
            GuestWindowCmd::Load(load) => {
                if let Some(overview) = &self.overview {
                    overview.emit(OverviewInput::Load(load));
                }
            }
            GuestWindowCmd::Acted(Ok(())) => {}
            GuestWindowCmd::Acted(Err(failed)) => {
                error::toast(&self.toasts, &error::describe(&failed));
            }
        }
    }
}
