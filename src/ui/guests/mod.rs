//! The list of guests of one host, or of all hosts.
//!
//! An inventory arrives → [`entry`] finds the guests that changed → [`filter`]
//! says which are listed and in which order → [`list`] takes the few steps
//! from the old list to the new one. The rows in view decide what is read
//! from the host ([`hosts`]); a page that cannot be seen reads and does nothing.

#![allow(missing_docs, reason = "the view macro documents no struct of widgets")]

mod actions;
mod bar;
mod entry;
mod filter;
mod filter_menu;
mod hosts;
mod item;
mod list;
mod menu;
mod messages;
mod methods;
mod os_names;
mod perform;
mod row;
mod rows;
mod setup;
#[cfg(test)]
mod tests;

use gettextrs::gettext;
use relm4::{
    Component, ComponentParts, ComponentSender, RelmWidgetExt, adw,
    adw::prelude::*,
    gtk::{self, gio},
};

pub use actions::GuestAction;
pub use messages::{GuestsCmd, GuestsInit, GuestsInput, GuestsOutput, Scope};

use self::{
    bar::SelectionBar,
    filter::{Filter, SortBy},
    filter_menu::FilterMenu,
    hosts::Host,
    list::GuestList,
    methods::PageState,
    os_names::OsNames,
    rows::RowEvent,
};
use crate::ui::{context::Context, guest::OpenIn};

/// The list of guests as a page: a bar with search and order, the list, and a
/// bar of actions while guests are selected.
pub struct GuestsPage {
    context: Context,
    scope: Scope,
    hosts: Vec<Host>,
    list: GuestList,
    filter: Filter,
    sort: SortBy,
    actions: gio::SimpleActionGroup,
    bar: SelectionBar,
    root: adw::BreakpointBin,
    toasts: adw::ToastOverlay,
    search: gtk::SearchEntry,
    filters: FilterMenu,
    /// Whether the page can be seen; nothing is done while not.
    shown: bool,
    selecting: bool,
    /// Whether a look at the rows in view is due soon.
    looking: bool,
    os_names: OsNames,
    /// How many guests are listed, in words.
    count: String,
    state: PageState,
}

impl std::fmt::Debug for GuestsPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuestsPage").field("scope", &self.scope).finish_non_exhaustive()
    }
}

#[relm4::component(pub)]
impl Component for GuestsPage {
    type Init = GuestsInit;
    type Input = GuestsInput;
    type Output = GuestsOutput;
    type CommandOutput = GuestsCmd;

    view! {
        adw::BreakpointBin {
            set_size_request: (300, 150),
            insert_action_group: (actions::GROUP, Some(&model.actions)),

            #[wrap(Some)]
            set_child = &adw::ToolbarView {
                add_top_bar = &gtk::Box {
                    set_css_classes: &["guest-toolbar"],
                    set_spacing: 6,

                    #[local_ref]
                    search -> gtk::SearchEntry {
                        set_hexpand: true,
                        set_max_width_chars: 40,
                        set_placeholder_text: Some(&gettext("Search guests")),
                        set_search_delay: 100,
                        update_property: &[gtk::accessible::Property::Label(&gettext("Search guests"))],
                        connect_search_changed[sender] => move |entry| {
                            sender.input(GuestsInput::Search(entry.text().into()));
                        },
                    },
                    #[local_ref]
                    filters -> gtk::MenuButton {
                        #[watch]
                        set_class_active: ("accent", model.filter.chooses()),
                    },
                    gtk::ToggleButton {
                        set_icon_name: "selection-mode-symbolic",
                        set_tooltip_text: Some(&gettext("Select Guests")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Select Guests"))],
                        #[watch]
                        #[block_signal(select_toggled)]
                        set_active: model.selecting,
                        connect_toggled[sender] => move |button| {
                            sender.input(GuestsInput::SelectionMode(button.is_active()));
                        } @select_toggled,
                    },
                },
                add_top_bar = &gtk::Label {
                    set_xalign: 0.0,
                    set_css_classes: &["caption", "dimmed", "guest-count"],
                    #[watch]
                    set_visible: !model.count.is_empty(),
                    #[watch]
                    set_label: &model.count,
                },
                // Above the bar at the bottom, which they would cover.
                #[local_ref]
                #[wrap(Some)]
                set_content = toasts -> adw::ToastOverlay {
                    #[wrap(Some)]
                    set_child = &gtk::Stack {
                        set_vexpand: true,

                        add_named[Some(PageState::List.name())] = &gtk::ScrolledWindow {
                            set_hscrollbar_policy: gtk::PolicyType::Never,
                            #[local_ref]
                            list_view -> gtk::ListView {
                                update_property: &[gtk::accessible::Property::Label(&gettext("Guests"))],
                                connect_activate[sender] => move |_, place| {
                                    sender.input(GuestsInput::Activated(place));
                                },
                            },
                        },
                        add_named[Some(PageState::Empty.name())] = &adw::StatusPage {
                            set_icon_name: Some("computer-symbolic"),
                            set_title: &gettext("No Guests Yet"),
                            set_description: Some(&gettext("Create one from an installation image, or drop an image here.")),
                            gtk::Button {
                                set_label: &gettext("Create Guest"),
                                set_halign: gtk::Align::Center,
                                set_css_classes: &["pill", "suggested-action"],
                                connect_clicked => GuestsInput::Create(None),
                            },
                        },
                        add_named[Some(PageState::NoMatch.name())] = &adw::StatusPage {
                            set_icon_name: Some("edit-find-symbolic"),
                            set_title: &gettext("No Guest Found"),
                            set_description: Some(&gettext("No guest fits the search and the filters.")),
                            gtk::Button {
                                set_label: &gettext("Show All Guests"),
                                set_halign: gtk::Align::Center,
                                set_css_classes: &["pill"],
                                connect_clicked => GuestsInput::ClearFilters,
                            },
                        },
                        add_named[Some(PageState::Waiting.name())] = &adw::StatusPage {
                            set_paintable: Some(&adw::SpinnerPaintable::new(None::<&gtk::Widget>)),
                            set_title: &gettext("Connecting…"),
                        },
                        add_named[Some(PageState::NotConnected.name())] = &adw::StatusPage {
                            set_icon_name: Some("network-offline-symbolic"),
                            set_title: &gettext("Not Connected"),
                            set_description: Some(&gettext("Choose a host at the side and connect to it to see its guests.")),
                        },
                        // After the pages it names.
                        #[watch]
                        set_visible_child_name: model.state.name(),
                    },
                },
                #[local_ref]
                add_bottom_bar = bar -> gtk::Revealer {},
            }
        }
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let input = sender.input_sender().clone();
        let list = GuestList::new(move |event| {
            input.emit(match event {
                RowEvent::ViewChanged => GuestsInput::ViewChanged,
                RowEvent::Menu(x, y) => GuestsInput::Menu(Some((x, y))),
            });
        });
        let mut model = Self {
            scope: init.scope,
            hosts: Vec::new(),
            list,
            filter: Filter::default(),
            sort: SortBy::default(),
            actions: setup::action_group(&sender),
            bar: SelectionBar::new(),
            root: root.clone(),
            toasts: adw::ToastOverlay::new(),
            search: gtk::SearchEntry::new(),
            filters: FilterMenu::new(init.scope, &sender),
            shown: false,
            selecting: false,
            looking: false,
            os_names: OsNames::default(),
            count: String::new(),
            state: PageState::Waiting,
            context: init.context,
        };
        model.set_up(&sender);
        model.follow_hosts(&sender);

        let list_view = &model.list.view;
        let toasts = &model.toasts;
        let search = &model.search;
        let filters = &model.filters.button;
        let bar = model.bar.widget();
        let widgets = view_output!();
        ComponentParts { model, widgets }
    }

    fn update(&mut self, message: Self::Input, sender: ComponentSender<Self>, _root: &Self::Root) {
        match message {
            GuestsInput::HostsChanged => self.follow_hosts(&sender),
            GuestsInput::Shown(shown) => self.set_shown(shown),
            GuestsInput::Returned => {
                self.hosts.iter().for_each(|host| host.handle.look_again());
            }
            GuestsInput::ViewChanged => self.look_soon(&sender),
            GuestsInput::Resized => self.arrange(),
            GuestsInput::Search(text) => {
                if self.filter.search(&text) {
                    self.list_again();
                    self.look_around();
                }
            }
            GuestsInput::ToggleState(name) => self.toggle_state(name),
            GuestsInput::ToggleTag(tag) => self.toggle_tag(&tag),
            GuestsInput::Choosing(choosing) => self.set_choosing(choosing),
            GuestsInput::SortBy(name) => self.sort_by(&name),
            GuestsInput::ClearFilters => self.clear_filters(),
            GuestsInput::SelectionMode(on) => self.set_selecting(on),
            GuestsInput::SelectionChanged => self.sync_actions(),
            GuestsInput::Act(action) => self.act(action, &sender),
            GuestsInput::Asked(action) => self.act_or_say_why(action, &sender),
            GuestsInput::SelectAll => _ = self.list.selection.select_all(),
            GuestsInput::Activated(place) => {
                if let Some(guest) = self.list.guest_at(place) {
                    perform::open(&[guest], OpenIn::Preferred, &sender);
                }
            }
            GuestsInput::Menu(place) => self.open_menu(place),
            GuestsInput::Failed(errors) => self.report(&errors),
            GuestsInput::Create(source) => self.create(source, &sender),
        }
    }

    fn update_cmd(
        &mut self,
        message: Self::CommandOutput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match message {
            GuestsCmd::Inventory(host) => self.inventory_changed(host, &sender),
            GuestsCmd::Stats(host) => self.stats_changed(host),
            GuestsCmd::Acted(errors) => self.report(&errors),
            GuestsCmd::Systems(systems) => self.name_systems(systems),
            GuestsCmd::LookAround => {
                self.looking = false;
                self.look_around();
            }
        }
    }
}
