//! What a guest is and how it does.

mod addresses;
mod helpers;
mod load;
mod screen;

use gettextrs::gettext;
use relm4::{
    Component, ComponentParts, ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, gdk},
};

use std::{rc::Rc, sync::Arc, time::SystemTime};

use self::{addresses::Addresses, load::Load, screen::Screen};
use super::view::GuestView;
use crate::{
    backend::ConnectionHandle,
    i18n::gettext_f,
    model::{DomainAction, DomainId, GuestChange, GuestStats, osinfo::OsDatabase},
    settings::Settings,
    ui::{
        os_database::{name_from_id, os_database},
        thumbnail,
        widgets::Hint,
        words::{self, Status},
    },
};

/// What happens to the page.
#[derive(Debug)]
pub(super) enum OverviewInput {
    /// The guest has changed.
    Guest(Box<GuestView>),
    /// The guest's load was read.
    Load(Option<Arc<GuestStats>>),
    /// The autostart switch was moved.
    Autostart(bool),
}

/// What the page asks of its window.
#[derive(Debug)]
pub(super) enum OverviewOutput {
    /// Do this with the guest.
    Act(DomainAction),
    /// The name is to be changed.
    Rename,
    /// Title and notes are to be changed.
    Describe,
    /// The tags are to be changed.
    Tag,
    /// The guest is to run with what its definition has become.
    Restart,
    /// The console is to be shown.
    OpenConsole,
    /// Say this in passing.
    Say(String),
}

/// Results of work in the background.
#[derive(Debug)]
pub(super) enum OverviewCmd {
    /// What is known of operating systems.
    Systems(Arc<OsDatabase>),
    /// A picture of the screen; nothing without one.
    Picture(Option<gdk::Texture>),
    /// When the guest was started, where that can be found out.
    Since(Option<SystemTime>),
}

/// The overview page.
#[derive(Debug)]
pub(super) struct OverviewPage {
    host_name: String,
    systems: Option<Arc<OsDatabase>>,
    view: GuestView,
    handle: ConnectionHandle,
    id: DomainId,
    settings: Settings,
    screen: Screen,
    /// When the guest was started, where that can be found out.
    since: Option<SystemTime>,
    load: Load,
    disks: adw::PreferencesGroup,
    disk_rows: Vec<adw::ActionRow>,
    addresses: Addresses,
}

#[relm4::component(pub(super))]
impl Component for OverviewPage {
    type Init = (ConnectionHandle, DomainId, String, Settings);
    type Input = OverviewInput;
    type Output = OverviewOutput;
    type CommandOutput = OverviewCmd;

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,

            adw::Banner {
                #[watch]
                set_visible: model.view.details.as_ref().is_some_and(|details| details.pending_changes),
                set_title: &gettext("The definition has changed: the changes take effect at the next start"),
                #[watch]
                set_revealed: model.view.details.as_ref().is_some_and(|details| details.pending_changes),
                set_button_label: Some(&gettext("Restart Now…")),
                connect_button_clicked[sender] => move |_| {
                    let _ = sender.output(OverviewOutput::Restart);
                },
            },

            adw::PreferencesPage {
                set_vexpand: true,

                add = &adw::PreferencesGroup {
                    adw::ActionRow {
                        set_title: &gettext("State"),
                        add_css_class: "property",
                        #[watch]
                        set_subtitle: &model.state_text(),
                        add_prefix = &gtk::Image {
                            #[watch]
                            set_icon_name: model.view.summary.as_ref().map(|guest| Status::of(guest, model.view.pending).icon()),
                        },
                    },
                    adw::ActionRow {
                        set_title: &gettext("Running since"),
                        add_css_class: "property",
                        #[watch]
                        set_visible: model.view.is_active() && model.since.is_some(),
                        #[watch]
                        set_subtitle: &model.since.map(words::when).unwrap_or_default(),
                    },
                    adw::ActionRow {
                        set_title: &gettext("Name"),
                        add_css_class: "property",
                        set_use_markup: false,
                        #[watch]
                        set_subtitle: &model.view.name(),
                        #[name = "rename"]
                        add_suffix = &gtk::Button {
                            set_icon_name: "document-edit-symbolic",
                            set_valign: gtk::Align::Center,
                            add_css_class: "flat",
                            update_property: &[gtk::accessible::Property::Label(&gettext("Rename"))],
                            #[watch]
                            set_sensitive: model.view.change_allowed(GuestChange::Rename).is_ok(),
                            #[watch]
                            set_hint: &model.change_hint(GuestChange::Rename, gettext("Rename")),
                            connect_clicked[sender] => move |_| {
                                let _ = sender.output(OverviewOutput::Rename);
                            },
                        },
                    },
                    adw::ActionRow {
                        set_title: &gettext("Title and notes"),
                        add_css_class: "property",
                        set_use_markup: false,
                        #[watch]
                        set_subtitle: &helpers::notes(model.view.details.as_deref()),
                        set_subtitle_lines: 8,
                        add_suffix = &gtk::Button {
                            set_icon_name: "document-edit-symbolic",
                            set_valign: gtk::Align::Center,
                            add_css_class: "flat",
                            update_property: &[gtk::accessible::Property::Label(&gettext("Edit Title and Notes"))],
                            #[watch]
                            set_sensitive: model.view.change_allowed(GuestChange::Describe).is_ok(),
                            #[watch]
                            set_hint: &model.change_hint(GuestChange::Describe, gettext("Edit Title and Notes")),
                            connect_clicked[sender] => move |_| {
                                let _ = sender.output(OverviewOutput::Describe);
                            },
                        },
                    },
                    adw::ActionRow {
                        set_title: &gettext("Tags"),
                        add_css_class: "property",
                        set_use_markup: false,
                        #[watch]
                        set_subtitle: &helpers::tags(model.view.details.as_deref()),
                        set_subtitle_lines: 4,
                        add_suffix = &gtk::Button {
                            set_icon_name: "document-edit-symbolic",
                            set_valign: gtk::Align::Center,
                            add_css_class: "flat",
                            update_property: &[gtk::accessible::Property::Label(&gettext("Edit Tags"))],
                            #[watch]
                            set_sensitive: model.view.change_allowed(GuestChange::Tag).is_ok(),
                            #[watch]
                            set_hint: &model.change_hint(GuestChange::Tag, gettext("Edit Tags")),
                            connect_clicked[sender] => move |_| {
                                let _ = sender.output(OverviewOutput::Tag);
                            },
                        },
                    },
                },

                #[local_ref]
                add = screen -> adw::PreferencesGroup {},

                #[local_ref]
                add = load -> adw::PreferencesGroup {
                    #[watch]
                    set_visible: model.view.is_active(),
                },

                #[local_ref]
                add = addresses -> adw::PreferencesGroup {
                    #[watch]
                    set_visible: model.view.is_active(),
                },

                add = &adw::PreferencesGroup {
                    set_title: &gettext("System"),
                    adw::ActionRow {
                        set_title: &gettext("Operating system"),
                        add_css_class: "property",
                        set_use_markup: false,
                        #[watch]
                        set_subtitle: &model.detail(|details| details.os_id.as_deref().and_then(|id| model.system_name(id))),
                    },
                    adw::ActionRow {
                        set_title: &gettext("Host"),
                        add_css_class: "property",
                        set_use_markup: false,
                        set_subtitle: &model.host_name,
                    },
                    adw::ActionRow {
                        set_title: &gettext("Memory"),
                        add_css_class: "property",
                        #[watch]
                        set_subtitle: &model.detail(|details| Some(words::size(details.memory))),
                    },
                    adw::ActionRow {
                        set_title: &gettext("Processors"),
                        add_css_class: "property",
                        #[watch]
                        set_subtitle: &model.detail(|details| Some(details.vcpus.to_string())),
                    },
                    adw::ActionRow {
                        set_title: &gettext("Machine"),
                        add_css_class: "property",
                        set_use_markup: false,
                        #[watch]
                        set_subtitle: &model.detail(helpers::machine),
                    },
                    adw::ActionRow {
                        set_title: &gettext("Firmware"),
                        add_css_class: "property",
                        #[watch]
                        set_subtitle: &model.detail(|details| Some(helpers::firmware(details))),
                    },
                    adw::ActionRow {
                        set_title: &gettext("Guest tools"),
                        add_css_class: "property",
                        set_subtitle_lines: 4,
                        #[watch]
                        set_subtitle: &model.detail(|details| Some(helpers::tools(details, model.view.is_active()))),
                    },
                    adw::ActionRow {
                        // Translators: a guest's number that no other guest has
                        set_title: &gettext("UUID"),
                        add_css_class: "property",
                        set_subtitle_selectable: true,
                        set_subtitle: &model.id.0.to_string(),
                    },
                    adw::SwitchRow {
                        set_title: &gettext("Start with Host"),
                        #[watch]
                        set_subtitle: &model.autostart_hint(),
                        #[watch]
                        set_sensitive: model.view.allowed(model.autostart_action()).is_ok(),
                        #[watch]
                        #[block_signal(autostart_moved)]
                        set_active: model.view.summary.as_ref().is_some_and(|guest| guest.autostart),
                        connect_active_notify[sender] => move |row| {
                            sender.input(OverviewInput::Autostart(row.is_active()));
                        } @autostart_moved,
                    },
                },

                #[local_ref]
                add = disks -> adw::PreferencesGroup {
                    set_title: &gettext("Disks"),
                },
            },
        }
    }

    fn init(
        (handle, id, host_name, settings): Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let model = Self {
            host_name,
            systems: None,
            view: GuestView::default(),
            screen: {
                let output = sender.output_sender().clone();
                Screen::new(move || output.emit(OverviewOutput::OpenConsole))
            },
            since: None,
            load: Load::new(),
            disks: adw::PreferencesGroup::new(),
            disk_rows: Vec::new(),
            addresses: Addresses::new(&handle.uri()),
            handle,
            id,
            settings,
        };
        let (load, addresses) = (model.load.group(), model.addresses.group());
        let (screen, disks) = (model.screen.group(), &model.disks);
        let widgets = view_output!();
        sender.oneshot_command(async { OverviewCmd::Systems(os_database().await) });
        ComponentParts { model, widgets }
    }

    fn update_cmd(
        &mut self,
        result: Self::CommandOutput,
        _sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match result {
            OverviewCmd::Systems(systems) => self.systems = Some(systems),
            // It may have ended meanwhile.
            OverviewCmd::Picture(_)
                if !self.view.is_active() || !self.settings.screen_pictures() => {}
            OverviewCmd::Picture(picture) => self.screen.show(&self.view.name(), picture.as_ref()),
            OverviewCmd::Since(since) => self.since = since,
        }
    }

    fn update(&mut self, input: Self::Input, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            OverviewInput::Guest(view) => {
                let disks_before = self.view.details.as_ref().map(|details| details.disks.clone());
                let was_active = self.view.is_active();
                self.view = *view;
                if self.view.is_active() != was_active {
                    self.started_or_ended(&sender);
                }
                let disks = self.view.details.as_ref().map(|details| details.disks.clone());
                if disks != disks_before {
                    self.list_disks();
                }
                self.show_addresses(&sender);
            }
            OverviewInput::Load(load) => {
                let memory = self.view.details.as_ref().map_or(0, |details| details.memory);
                self.load.show(load.as_deref(), memory);
                self.look_at_screen(&sender);
            }
            OverviewInput::Autostart(on) => {
                let is = self.view.summary.as_ref().is_some_and(|guest| guest.autostart);
                if on != is {
                    let _ = sender.output(OverviewOutput::Act(self.autostart_action()));
                }
            }
        }
    }
}

impl OverviewPage {
    fn started_or_ended(&mut self, sender: &ComponentSender<Self>) {
        self.screen.clear();
        self.since = None;
        if self.view.is_active() {
            let (handle, id) = (self.handle.clone(), self.id);
            sender.oneshot_command(async move { OverviewCmd::Since(handle.started(id).await) });
            self.screen.make_room();
            self.look_at_screen(sender);
        }
    }

    /// Takes a picture of the screen now and then, as long as the page is seen:
    /// no event tells that a screen has changed.
    fn look_at_screen(&self, sender: &ComponentSender<Self>) {
        if !self.view.is_active() {
            return;
        }
        if !self.settings.screen_pictures() {
            self.screen.show_icon();
        } else if self.screen.is_due() {
            let taken = thumbnail::take(self.handle.clone(), self.id);
            sender.oneshot_command(async move { OverviewCmd::Picture(taken.await) });
        }
    }

    fn state_text(&self) -> String {
        let Some(guest) = &self.view.summary else {
            return words::reason(crate::model::DisabledReason::Gone);
        };
        let state = Status::of(guest, self.view.pending).label();
        match self.view.reason() {
            // Translators: a guest's state and why it is in it
            Some(reason) => {
                gettext_f("{state}. {reason}", &[("state", state), ("reason", &reason)])
            }
            None => state.to_owned(),
        }
    }

    fn detail(&self, of: impl FnOnce(&crate::model::DomainDetails) -> Option<String>) -> String {
        let known = self.view.details.as_deref().and_then(of);
        known.unwrap_or_else(|| gettext("Unknown"))
    }

    fn system_name(&self, id: &str) -> Option<String> {
        let known = self.systems.as_ref().and_then(|systems| systems.by_id(id));
        known.map(|os| os.name.clone()).or_else(|| name_from_id(id))
    }

    fn change_hint(&self, change: GuestChange, label: String) -> String {
        self.view.change_allowed(change).map_or_else(words::reason, |()| label)
    }

    fn autostart_action(&self) -> DomainAction {
        if self.view.summary.as_ref().is_some_and(|guest| guest.autostart) {
            DomainAction::DisableAutostart
        } else {
            DomainAction::EnableAutostart
        }
    }

    fn autostart_hint(&self) -> String {
        match self.view.allowed(self.autostart_action()) {
            Ok(()) => String::new(),
            Err(reason) => words::reason(reason),
        }
    }

    fn show_addresses(&mut self, sender: &ComponentSender<Self>) {
        let output = sender.output_sender().clone();
        let say: Rc<dyn Fn(String)> = Rc::new(move |text| output.emit(OverviewOutput::Say(text)));
        let known = self.view.details.as_ref().map(|details| details.addresses.as_slice());
        self.addresses.show(known.unwrap_or_default(), &say);
    }

    fn list_disks(&mut self) {
        for row in self.disk_rows.drain(..) {
            self.disks.remove(&row);
        }
        let Some(details) = &self.view.details else { return };
        self.disks.set_visible(!details.disks.is_empty());
        for disk in &details.disks {
            let row = adw::ActionRow::builder()
                .use_markup(false)
                .title(helpers::disk_title(disk))
                .subtitle(disk.source.clone().unwrap_or_else(|| gettext("Empty")))
                .subtitle_selectable(true)
                .build();
            row.add_prefix(&gtk::Image::from_icon_name(helpers::disk_icon(disk)));
            self.disks.add(&row);
            self.disk_rows.push(row);
        }
    }
}
