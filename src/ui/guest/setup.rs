//! How the window is put together.

use gettextrs::gettext;
use relm4::{
    Component, ComponentController, ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, gio, glib},
};

use super::{
    Abilities, ConsolePage, GuestPage, GuestView, GuestWindow, GuestWindowCmd, GuestWindowInit,
    GuestWindowInput, OverviewPage, PowerMenu, XmlPage,
    console_page::{ConsoleInit, ConsoleOutput, Source},
    devices_page::{DevicesInit, DevicesPage},
    menus,
    overview_page::OverviewOutput,
    pane::{Pane, Parts},
    switcher::Switcher,
};
use crate::{
    backend::ConnectionHandle,
    console::ReleaseChord,
    model::{DomainId, Inventory},
    ui::watch,
};

/// The kernel's codes of GDK's key names, for the keys that make sense in a
/// chord.
pub(super) fn chord(names: &[String]) -> ReleaseChord {
    let code = |name: &String| {
        Some(match name.as_str() {
            "Control_L" => 29,
            "Control_R" => 97,
            "Alt_L" => 56,
            "Alt_R" | "ISO_Level3_Shift" => 100,
            "Shift_L" => 42,
            "Shift_R" => 54,
            "Super_L" => 125,
            "Super_R" => 126,
            _ => return None,
        })
    };
    let codes: Option<Vec<u32>> = names.iter().map(code).collect();
    codes.and_then(ReleaseChord::new).unwrap_or_default()
}

impl GuestWindow {
    pub(super) fn new(init: GuestWindowInit, root: Pane, sender: &ComponentSender<Self>) -> Self {
        let GuestWindowInit { context, guest, page } = init;
        let handle = context.handle(guest.connection);
        let names = context.settings.release_chord();
        let chord_label = menus::chord_label(&names);
        let scaling = context.settings.guest_scaling(guest.domain).into();
        let mut model = Self {
            guest,
            view: GuestView::default(),
            abilities: Abilities::default(),
            screen_abilities: Abilities::default(),
            chord: chord_label.clone(),
            fullscreen: false,
            narrow: false,
            settings: context.settings.clone(),
            root,
            toasts: adw::ToastOverlay::new(),
            pages: adw::ViewStack::new(),
            console: None,
            switcher: None,
            consoles_menu: gio::Menu::new(),
            overview: None,
            hardware: None,
            xml: None,
            power: PowerMenu::new(sender.input_sender()),
            menu: menus::main_menu(menus::MenuOf::Guest, &context.settings),
            guest_actions: guest_actions(sender),
            console_actions: gio::SimpleActionGroup::new(),
            shown: None,
            subscriptions: Vec::new(),
            handle,
        };
        if let Some(handle) = model.handle.clone() {
            let id = guest.domain;
            model.view = GuestView::of(&handle.inventory().borrow(), id);
            let console = ConsoleInit {
                source: Source::Guest(handle.clone(), id),
                chord: (chord(&names), chord_label),
                scaling,
                settings: context.settings.clone(),
            };
            let host = context.host(guest.connection).map(|host| host.name).unwrap_or_default();
            model.add_pages(handle.clone(), console, host, sender);
            model.follow(&handle, id, sender);
        }
        model.show(page);
        model
    }

    fn add_pages(
        &mut self,
        handle: ConnectionHandle,
        init: ConsoleInit,
        host: String,
        sender: &ComponentSender<Self>,
    ) {
        let (id, scaling) = (self.guest.domain, init.scaling);
        let quality = init.settings.guest_quality(id);
        let (chord, settings) = (init.chord.clone(), init.settings.clone());
        let console = ConsolePage::builder().launch(init).forward(
            sender.input_sender(),
            |output| match output {
                ConsoleOutput::Act(action) => GuestWindowInput::Act(action),
                ConsoleOutput::Say(text) => GuestWindowInput::Say(text),
                ConsoleOutput::Failed(message) => GuestWindowInput::Failed(message),
                ConsoleOutput::Abilities(abilities) => GuestWindowInput::Abilities(abilities),
            },
        );
        let overview = OverviewPage::builder()
            .launch((handle.clone(), id, host, settings.clone()))
            .forward(sender.input_sender(), |output| match output {
                OverviewOutput::Act(action) => GuestWindowInput::Act(action),
                OverviewOutput::Rename => GuestWindowInput::Rename,
                OverviewOutput::Describe => GuestWindowInput::Describe,
                OverviewOutput::Tag => GuestWindowInput::Tag,
                OverviewOutput::OpenConsole => GuestWindowInput::Show(GuestPage::Console),
                OverviewOutput::Restart => GuestWindowInput::Restart,
                OverviewOutput::Say(text) => GuestWindowInput::Say(text),
            });
        let screen = console.widget().upcast_ref();
        let mut switcher = Switcher::new(handle.clone(), id, chord, settings, screen, sender);
        switcher.guest_changed(&self.view, sender);
        menus::add_consoles(&self.menu, &switcher.menu);
        self.consoles_menu = switcher.menu.clone();
        let xml = XmlPage::builder().launch((handle.clone(), id)).detach();
        let devices = DevicesInit { handle, id: Some(id), xml: xml.widget().clone().upcast() };
        let hardware = DevicesPage::builder().launch(devices).detach();
        self.console_actions = menus::console_actions(scaling, quality, console.sender());
        let pages: [(&gtk::Widget, &str, String, &str); 3] = [
            (switcher.stack.upcast_ref(), "console", gettext("Console"), "video-display-symbolic"),
            (overview.widget().upcast_ref(), "overview", gettext("Overview"), "view-list-symbolic"),
            (
                hardware.widget().upcast_ref(),
                "hardware",
                gettext("Hardware"),
                "application-x-firmware-symbolic",
            ),
        ];
        for (widget, name, title, icon) in pages {
            self.pages.add_titled_with_icon(widget, Some(name), &title, icon);
        }
        self.console = Some(console);
        self.switcher = Some(switcher);
        self.overview = Some(overview);
        self.xml = Some(xml);
        self.hardware = Some(hardware);
    }

    fn follow(
        &mut self,
        handle: &crate::backend::ConnectionHandle,
        id: DomainId,
        sender: &ComponentSender<Self>,
    ) {
        let shown = handle.subscribe();
        shown.show(vec![id], true);
        self.shown = Some(shown);
        let guest = watch::follow_part(
            handle.inventory(),
            sender.command_sender(),
            move |inventory: &std::sync::Arc<Inventory>| GuestView::of(inventory, id),
            |view| GuestWindowCmd::Guest(Box::new(view)),
        );
        let load = watch::follow_part(
            handle.stats(),
            sender.command_sender(),
            move |stats| stats.guests.get(&id).cloned(),
            GuestWindowCmd::Load,
        );
        self.subscriptions = vec![guest, load];
    }

    /// What the window needs besides the pane.
    pub(super) fn parts(&self, header: &adw::HeaderBar, sender: &ComponentSender<Self>) -> Parts {
        let mut actions: Vec<(_, gio::ActionGroup)> = vec![
            ("guest", self.guest_actions.clone().upcast()),
            ("console", self.console_actions.clone().upcast()),
        ];
        if let Some(switcher) = &self.switcher {
            actions.push(("consoles", switcher.actions(sender).upcast()));
        }
        let (guest, input) = (self.guest, sender.input_sender().clone());
        Parts { guest, header: header.clone(), actions, input }
    }
}

fn guest_actions(sender: &ComponentSender<GuestWindow>) -> gio::SimpleActionGroup {
    use super::GuestPage;

    let group = gio::SimpleActionGroup::new();
    let add = |name: &str, message: fn() -> GuestWindowInput| {
        let action = gio::SimpleAction::new(name, None);
        let input = sender.input_sender().clone();
        action.connect_activate(glib::clone!(
            #[strong]
            input,
            move |_, _| input.emit(message())
        ));
        group.add_action(&action);
    };
    add("main", || GuestWindowInput::MainAction);
    add("fullscreen", || GuestWindowInput::ToggleFullscreen);
    add("rename", || GuestWindowInput::Rename);
    add("describe", || GuestWindowInput::Describe);
    add("tag", || GuestWindowInput::Tag);
    add("page-console", || GuestWindowInput::Show(GuestPage::Console));
    add("page-overview", || GuestWindowInput::Show(GuestPage::Overview));
    add("page-hardware", || GuestWindowInput::Show(GuestPage::Hardware));
    group
}
