//! One window with its tabs.

use std::{cell::Cell, rc::Rc};

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, gio, glib},
};

use crate::{
    settings::Settings,
    ui::{
        guest::{GuestWindowInput, Pane},
        widgets::{keep_focus, name_items, place},
    },
};

/// One window. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct TabWindow {
    window: adw::ApplicationWindow,
    tabs: adw::TabView,
    view: adw::ToolbarView,
    header: adw::Bin,
    bar: adw::TabBar,
}

fn pane(tab: &adw::TabPage) -> Option<Pane> {
    tab.child().downcast().ok()
}

fn panes(tabs: &adw::TabView) -> Vec<Pane> {
    (0..tabs.n_pages()).filter_map(|place| pane(&tabs.nth_page(place))).collect()
}

impl TabWindow {
    /// A window without tabs. `make` makes another, for a tab dragged out of it.
    pub(super) fn new(
        settings: &Settings,
        make: impl Fn() -> Option<adw::TabView> + 'static,
    ) -> Self {
        let tabs = adw::TabView::new();
        // Alt and a number are for the pages of a guest.
        tabs.remove_shortcuts(adw::TabViewShortcuts::ALT_DIGITS | adw::TabViewShortcuts::ALT_ZERO);
        tabs.set_menu_model(Some(&tab_menu()));
        tabs.connect_create_window(move |_| make());
        let bar = adw::TabBar::builder().view(&tabs).autohide(true).build();
        let header = adw::Bin::new();
        let view = adw::ToolbarView::builder().content(&tabs).build();
        view.add_top_bar(&header);
        view.add_top_bar(&bar);
        let window = adw::ApplicationWindow::builder()
            .default_width(960)
            .default_height(720)
            .width_request(360)
            .height_request(294)
            .content(&view)
            .build();
        let this = Self { window, tabs, view, header, bar };
        this.follow_tabs(settings);
        this.follow_window(settings);
        this.watch_width();
        this.watch_edge();
        this.add_keys();
        this
    }

    pub(super) fn window(&self) -> &adw::ApplicationWindow {
        &self.window
    }

    pub(super) fn tabs(&self) -> &adw::TabView {
        &self.tabs
    }

    /// Keeps the place of the window for each of its guests.
    pub(super) fn keep_places(&self, settings: &Settings) {
        for pane in panes(&self.tabs) {
            keep_place(&pane, settings);
        }
    }

    fn follow_tabs(&self, settings: &Settings) {
        let title = self.tabs.property_expression("selected-page");
        let title = title.chain_property::<adw::TabPage>("title");
        title.bind(&self.window, "title", gtk::Widget::NONE);
        let (window, header) = (self.window.downgrade(), self.header.downgrade());
        self.tabs.connect_selected_page_notify(move |tabs| {
            let (Some(window), Some(header)) = (window.upgrade(), header.upgrade()) else { return };
            let Some(pane) = tabs.selected_page().as_ref().and_then(pane) else {
                return header.set_child(gtk::Widget::NONE);
            };
            for (name, actions) in pane.actions() {
                window.insert_action_group(name, Some(actions));
            }
            header.set_child(pane.header());
            pane.emit(GuestWindowInput::PageChanged);
        });
        let window = self.window.downgrade();
        self.tabs.connect_page_attached(move |_, tab, _| {
            let (Some(window), Some(pane)) = (window.upgrade(), pane(tab)) else { return };
            pane.in_tab(tab);
            pane.emit(GuestWindowInput::Narrow(window.current_breakpoint().is_some()));
            pane.emit(GuestWindowInput::Fullscreened(window.is_fullscreen()));
        });
        let (window, header) = (self.window.downgrade(), self.header.downgrade());
        self.tabs.connect_page_detached(move |tabs, _, _| {
            let (Some(window), Some(header)) = (window.upgrade(), header.upgrade()) else { return };
            // A header bar goes with its pane.
            if tabs.n_pages() == 0 {
                header.set_child(gtk::Widget::NONE);
                window.destroy();
            }
        });
        let kept = settings.clone();
        self.tabs.connect_close_page(move |tabs, tab| {
            if let Some(pane) = pane(tab) {
                keep_place(&pane, &kept);
                pane.emit(GuestWindowInput::Close);
            }
            tabs.close_page_finish(tab, true);
            glib::Propagation::Stop
        });
        // The tab whose menu is open; that in front for the keys.
        let pointed = Rc::new(glib::WeakRef::<adw::TabPage>::new());
        let of_menu = Rc::clone(&pointed);
        let bar = self.bar.downgrade();
        self.tabs.connect_setup_menu(move |_, tab| {
            let (Some(tab), Some(bar)) = (tab, bar.upgrade()) else { return };
            of_menu.set(Some(tab));
            // Once its items are made.
            glib::idle_add_local_once(move || name_items(bar.upcast_ref()));
        });
        self.window.insert_action_group("tab", Some(&self.tab_actions(&pointed)));
    }

    fn tab_actions(&self, pointed: &Rc<glib::WeakRef<adw::TabPage>>) -> gio::SimpleActionGroup {
        let group = gio::SimpleActionGroup::new();
        let add = |name: &str, act: fn(&adw::TabView, &adw::TabPage), of_menu: bool| {
            let (tabs, pointed) = (self.tabs.downgrade(), Rc::clone(pointed));
            let action = gio::SimpleAction::new(name, None);
            action.connect_activate(move |_, _| {
                let Some(tabs) = tabs.upgrade() else { return };
                let menu = pointed.upgrade().filter(|_| of_menu);
                // It may have gone to another window meanwhile.
                let menu =
                    menu.filter(|tab| (0..tabs.n_pages()).any(|at| tabs.nth_page(at) == *tab));
                if let Some(tab) = menu.or_else(|| tabs.selected_page()) {
                    act(&tabs, &tab);
                }
            });
            group.add_action(&action);
        };
        add("close", adw::TabView::close_page, false);
        add("close-this", adw::TabView::close_page, true);
        add("close-others", adw::TabView::close_other_pages, true);
        add(
            "own-window",
            |tabs, tab| {
                if tabs.n_pages() > 1
                    && let Some(other) =
                        tabs.emit_by_name::<Option<adw::TabView>>("create-window", &[])
                {
                    tabs.transfer_page(tab, &other, 0);
                }
            },
            true,
        );
        group
    }

    fn follow_window(&self, settings: &Settings) {
        let (tabs, kept) = (self.tabs.downgrade(), settings.clone());
        self.window.connect_close_request(move |_| {
            for pane in tabs.upgrade().iter().flat_map(panes) {
                keep_place(&pane, &kept);
                pane.emit(GuestWindowInput::Close);
            }
            glib::Propagation::Proceed
        });
        let (tabs, view) = (self.tabs.downgrade(), self.view.downgrade());
        self.window.connect_fullscreened_notify(move |window| {
            let (Some(tabs), Some(view)) = (tabs.upgrade(), view.upgrade()) else { return };
            let full = window.is_fullscreen();
            view.set_reveal_top_bars(!full);
            view.set_extend_content_to_top_edge(full);
            view.set_top_bar_style(if full {
                adw::ToolbarStyle::Raised
            } else {
                adw::ToolbarStyle::Flat
            });
            for pane in panes(&tabs) {
                pane.emit(GuestWindowInput::Fullscreened(full));
            }
        });
    }

    fn watch_width(&self) {
        let length = adw::LengthUnit::Sp;
        let condition = adw::BreakpointCondition::new_length(
            adw::BreakpointConditionLengthType::MaxWidth,
            760.0,
            length,
        );
        let narrow = adw::Breakpoint::new(condition);
        let tell = |is_narrow: bool| {
            let tabs = self.tabs.downgrade();
            move |_: &adw::Breakpoint| {
                for pane in tabs.upgrade().iter().flat_map(panes) {
                    pane.emit(GuestWindowInput::Narrow(is_narrow));
                }
            }
        };
        narrow.connect_apply(tell(true));
        narrow.connect_unapply(tell(false));
        self.window.add_breakpoint(narrow);
        keep_focus(&self.window);
    }

    /// In full screen the bars come when the pointer touches the top edge, and
    /// go when it leaves them.
    fn watch_edge(&self) {
        const EDGE: f64 = 2.0;
        const AWAY: f64 = 128.0;
        let motion = gtk::EventControllerMotion::new();
        motion.set_propagation_phase(gtk::PropagationPhase::Capture);
        let (window, view) = (self.window.downgrade(), self.view.downgrade());
        let last = Cell::new(false);
        motion.connect_motion(move |_, _, y| {
            let (Some(window), Some(view)) = (window.upgrade(), view.upgrade()) else { return };
            let full = window.is_fullscreen();
            let edge = full && (y <= EDGE || last.get() && y < AWAY);
            if last.replace(edge) != edge {
                view.set_reveal_top_bars(edge || !full);
            }
        });
        self.window.add_controller(motion);
    }

    fn add_keys(&self) {
        let shortcuts = gtk::ShortcutController::new();
        shortcuts.set_scope(gtk::ShortcutScope::Managed);
        let keys = [
            ("F11", "action(guest.fullscreen)"),
            ("<Control>w", "action(tab.close)"),
            ("<Alt>1", "action(guest.page-console)"),
            ("<Alt>2", "action(guest.page-overview)"),
            ("<Alt>3", "action(guest.page-hardware)"),
        ];
        for (trigger, action) in keys {
            let trigger = gtk::ShortcutTrigger::parse_string(trigger);
            let action = gtk::ShortcutAction::parse_string(action);
            shortcuts.add_shortcut(gtk::Shortcut::new(trigger, action));
        }
        self.window.add_controller(shortcuts);
        self.window.add_controller(crate::ui::app::keys_beside_a_console());
    }
}

fn keep_place(pane: &Pane, settings: &Settings) {
    if let (Some(guest), Some(window)) = (pane.guest(), pane.window().and_downcast_ref()) {
        place::keep(settings, guest.domain, window);
    }
}

fn tab_menu() -> gio::Menu {
    let menu = gio::Menu::new();
    let window = gio::Menu::new();
    window.append(Some(&gettext("Move to New Window")), Some("tab.own-window"));
    let close = gio::Menu::new();
    close.append(Some(&gettext("Close Other Tabs")), Some("tab.close-others"));
    close.append(Some(&gettext("Close Tab")), Some("tab.close-this"));
    menu.append_section(None, &window);
    menu.append_section(None, &close);
    menu
}
