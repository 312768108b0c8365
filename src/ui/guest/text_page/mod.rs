//! A serial port or text console of the guest, in a terminal.

mod actions;
mod messages;
mod methods;
pub(super) mod words;

use std::time::Instant;

use gettextrs::gettext;
use relm4::{
    Component, ComponentParts, ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, gio},
};

pub(super) use messages::{TextAction, TextCmd, TextInit, TextInput, TextOutput};

use self::words::Notice;
use super::view::GuestView;
use crate::{
    backend::ConnectionHandle,
    console::TextScreen,
    i18n::gettext_f,
    model::{DomainId, TextPortId},
    settings::Settings,
    ui::widgets::NamedItems,
};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    /// The console is on its way.
    Connecting,
    /// It is open.
    Open,
    /// Why it is not.
    Notice(Notice),
}

impl Shown {
    fn notice(&self) -> Notice {
        if let Self::Notice(notice) = self { notice.clone() } else { Notice::default() }
    }
}

/// The page.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the page")]
pub(super) struct TextPage {
    handle: ConnectionHandle,
    id: DomainId,
    port: TextPortId,
    chord_label: String,
    settings: Settings,
    view: GuestView,
    shown: Shown,
    screen: TextScreen,
    /// Counts the connections, so that an answer for an old one is told apart.
    number: u64,
    /// Tries since the console was open for some time.
    tries: u32,
    opened_at: Instant,
    /// Whether the guest does not read what it is sent.
    stuck: bool,
    /// Nothing is sent to the guest.
    view_only: bool,
    searching: bool,
    /// Whether the text that is searched for is there.
    found: bool,
}

#[relm4::component(pub(super))]
impl Component for TextPage {
    type Init = TextInit;
    type Input = TextInput;
    type Output = TextOutput;
    type CommandOutput = TextCmd;

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,
            insert_action_group: ("text", Some(&actions)),

            adw::Banner {
                set_use_markup: false,
                #[watch]
                set_title: &model.banner().map(|notice| notice.title).unwrap_or_default(),
                #[watch]
                set_button_label: model.banner().and_then(|notice| notice.offer).map(|offer| offer.label(model.view.restores())).as_deref(),
                connect_button_clicked => TextInput::Offer,
                #[watch]
                set_revealed: model.banner().is_some(),
                // A folded banner would still be read out.
                #[watch]
                set_visible: model.banner().is_some(),
            },

            #[name = "search_bar"]
            gtk::SearchBar {
                #[watch]
                set_search_mode: model.searching,
                #[watch]
                set_visible: model.searching,
                #[wrap(Some)]
                set_child = &gtk::Box {
                    set_spacing: 6,
                    #[name = "search_entry"]
                    gtk::SearchEntry {
                        set_hexpand: true,
                        set_placeholder_text: Some(&gettext("Search the text")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Search the text"))],
                        #[watch]
                        set_css_classes: if model.found { &[] } else { &["error"] },
                        connect_search_changed[sender] => move |entry| {
                            sender.input(TextInput::Search(entry.text().to_string()));
                        },
                        connect_activate => TextInput::Next { above: true },
                        connect_previous_match => TextInput::Next { above: true },
                        connect_next_match => TextInput::Next { above: false },
                        connect_stop_search => TextInput::SearchEnded,
                    },
                    gtk::Button {
                        set_icon_name: "go-up-symbolic",
                        set_tooltip_text: Some(&gettext("Previous Match")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Previous Match"))],
                        connect_clicked => TextInput::Next { above: true },
                    },
                    gtk::Button {
                        set_icon_name: "go-down-symbolic",
                        set_tooltip_text: Some(&gettext("Next Match")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Next Match"))],
                        connect_clicked => TextInput::Next { above: false },
                    },
                    gtk::Button {
                        set_icon_name: "window-close-symbolic",
                        set_tooltip_text: Some(&gettext("Close Search")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Close Search"))],
                        connect_clicked => TextInput::SearchEnded,
                    },
                },
            },

            gtk::Stack {
                set_vexpand: true,
                set_hhomogeneous: false,
                set_vhomogeneous: false,
                add_named[Some("terminal")] = &gtk::ScrolledWindow {
                    set_hscrollbar_policy: gtk::PolicyType::Never,
                    add_css_class: "text-console",
                    set_child: Some(model.screen.widget()),
                },
                add_named[Some("connecting")] = &adw::StatusPage {
                    set_paintable: Some(&adw::SpinnerPaintable::new(None::<&gtk::Widget>)),
                    set_title: &gettext("Connecting…"),
                },
                add_named[Some("notice")] = &adw::StatusPage {
                    set_icon_name: Some("utilities-terminal-symbolic"),
                    #[watch]
                    set_title: &model.shown.notice().title,
                    #[watch]
                    set_description: Some(&gtk::glib::markup_escape_text(&model.shown.notice().body)),
                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 12,
                        set_halign: gtk::Align::Center,
                        gtk::Button {
                            set_css_classes: &["pill", "suggested-action"],
                            #[watch]
                            set_visible: model.shown.notice().offer.is_some(),
                            #[watch]
                            set_label: &model.shown.notice().offer.map(|offer| offer.label(model.view.restores())).unwrap_or_default(),
                            connect_clicked => TextInput::Offer,
                        },
                        gtk::Button {
                            set_css_classes: &["pill"],
                            set_label: &gettext("Details"),
                            #[watch]
                            set_visible: !model.shown.notice().detail.is_empty(),
                            connect_clicked => TextInput::Details,
                        },
                    },
                },
                // After the children: it names one of them.
                #[watch]
                set_visible_child_name: model.child(),
            },

            gtk::Box {
                add_css_class: "console-hint",
                gtk::Label {
                    set_hexpand: true,
                    set_wrap: true,
                    set_css_classes: &["caption"],
                    set_justify: gtk::Justification::Center,
                    #[watch]
                    set_label: &model.hint(),
                },
                gtk::MenuButton {
                    set_icon_name: "view-more-symbolic",
                    set_css_classes: &["flat"],
                    set_direction: gtk::ArrowType::Up,
                    set_menu_model: Some(&menu),
                    set_named_items: true,
                    set_tooltip_text: Some(&gettext("Terminal Menu")),
                    update_property: &[gtk::accessible::Property::Label(&gettext("Terminal Menu"))],
                },
            },
        }
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let screen = TextScreen::new(&methods::look(&init.settings), init.chord.0);
        let names = [("console", words::name(init.port)), ("guest", init.view.title())];
        let names = names.each_ref().map(|(key, value)| (*key, value.as_str()));
        screen.set_name(&gettext_f("{console} of {guest}", &names));
        let menu = actions::menu();
        screen.set_menu(&menu);
        let mut model = Self {
            handle: init.handle,
            id: init.id,
            port: init.port,
            chord_label: init.chord.1,
            settings: init.settings,
            view: init.view,
            shown: Shown::Connecting,
            screen,
            number: 0,
            tries: 0,
            opened_at: Instant::now(),
            stuck: false,
            view_only: false,
            searching: false,
            found: true,
        };
        model.start(&sender);
        model.watch_look(&sender);
        let actions: gio::SimpleActionGroup = actions::group(sender.input_sender());
        let widgets = view_output!();
        widgets.search_bar.connect_entry(&widgets.search_entry);
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        input: Self::Input,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        let search = matches!(input, TextInput::Do(TextAction::Search));
        match input {
            TextInput::Guest(view) => self.guest_changed(*view, &sender),
            TextInput::Ended(number, end) if number == self.number => self.ended(&end, &sender),
            TextInput::Stuck(number, stuck) if number == self.number => self.stuck = stuck,
            TextInput::Retry(number) if number == self.number => self.retry(&sender),
            TextInput::Ended(..) | TextInput::Stuck(..) | TextInput::Retry(_) => {}
            TextInput::Offer => self.offer(&sender),
            TextInput::Details => self.details(),
            TextInput::TakeOver => self.take_over(&sender),
            TextInput::Do(action) => self.act(action, &sender),
            TextInput::Search(text) => self.search(&text),
            TextInput::Next { above } => self.next(above),
            TextInput::SearchEnded => self.search_ended(),
            TextInput::Focus => self.focus(&sender),
            TextInput::Look => self.screen.set_look(&methods::look(&self.settings)),
        }
        self.update_view(widgets, sender);
        if search {
            widgets.search_entry.grab_focus();
        }
    }

    fn update_cmd(
        &mut self,
        TextCmd::Opened(number, opened): Self::CommandOutput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        if number == self.number {
            self.opened(opened, &sender);
        }
    }
}
