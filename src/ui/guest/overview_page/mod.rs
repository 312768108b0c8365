//! What a guest is and how it does.

mod helpers;

use gettextrs::gettext;
use relm4::{
    Component, ComponentParts, ComponentSender, adw,
    adw::prelude::*,
    gtk::{self},
};

use std::sync::Arc;

use super::view::GuestView;
use crate::{
    i18n::gettext_f,
    model::{DomainAction, GuestChange, GuestStats, osinfo::OsDatabase, units::format_bytes},
    ui::{
        os_database::{name_from_id, os_database},
        widgets::Sparkline,
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
}

/// The overview page.
#[derive(Debug)]
pub(super) struct OverviewPage {
    host_name: String,
    systems: Option<Arc<OsDatabase>>,
    view: GuestView,
    load: Option<Arc<GuestStats>>,
    cpu: Sparkline,
    memory: Sparkline,
    disks: adw::PreferencesGroup,
    disk_rows: Vec<adw::ActionRow>,
    addresses: adw::ActionRow,
}

#[relm4::component(pub(super))]
impl Component for OverviewPage {
    type Init = String;
    type Input = OverviewInput;
    type Output = OverviewOutput;
    type CommandOutput = Arc<OsDatabase>;

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,

            adw::Banner {
                #[watch]
                set_visible: model.view.details.as_ref().is_some_and(|details| details.pending_changes),
                set_title: &gettext("The definition has changed: the changes take effect at the next start"),
                #[watch]
                set_revealed: model.view.details.as_ref().is_some_and(|details| details.pending_changes),
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
                            set_tooltip_text: Some(&model.change_hint(GuestChange::Rename, gettext("Rename"))),
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
                            set_tooltip_text: Some(&model.change_hint(GuestChange::Describe, gettext("Edit Title and Notes"))),
                            connect_clicked[sender] => move |_| {
                                let _ = sender.output(OverviewOutput::Describe);
                            },
                        },
                    },
                },

                add = &adw::PreferencesGroup {
                    set_title: &gettext("Load"),
                    #[watch]
                    set_visible: model.view.is_active(),
                    adw::ActionRow {
                        set_title: &gettext("Processors"),
                        #[watch]
                        set_subtitle: &model.cpu_text(),
                        #[local_ref]
                        add_suffix = cpu -> Sparkline {
                            add_css_class: "cpu",
                            add_css_class: "large-graph",
                        },
                    },
                    adw::ActionRow {
                        set_title: &gettext("Memory"),
                        #[watch]
                        set_subtitle: &model.memory_text(),
                        #[local_ref]
                        add_suffix = memory -> Sparkline {
                            add_css_class: "memory",
                            add_css_class: "large-graph",
                        },
                    },
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
                        set_subtitle: &model.detail(|details| Some(format_bytes(details.memory))),
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
                        set_subtitle: &model.detail(|details| Some(if details.uefi { gettext("UEFI") } else { gettext("BIOS or the machine’s own") })),
                    },
                    #[local_ref]
                    addresses -> adw::ActionRow {
                        set_title: &gettext("Addresses"),
                        add_css_class: "property",
                        set_use_markup: false,
                        set_subtitle_selectable: true,
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
        host_name: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let model = Self {
            host_name,
            systems: None,
            view: GuestView::default(),
            load: None,
            cpu: Sparkline::new(),
            memory: Sparkline::new(),
            disks: adw::PreferencesGroup::new(),
            disk_rows: Vec::new(),
            addresses: adw::ActionRow::new(),
        };
        let (cpu, memory) = (&model.cpu, &model.memory);
        let (disks, addresses) = (&model.disks, &model.addresses);
        let widgets = view_output!();
        sender.oneshot_command(os_database());
        ComponentParts { model, widgets }
    }

    fn update_cmd(
        &mut self,
        systems: Arc<OsDatabase>,
        _sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        self.systems = Some(systems);
    }

    fn update(&mut self, input: Self::Input, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            OverviewInput::Guest(view) => {
                let disks_before = self.view.details.as_ref().map(|details| details.disks.clone());
                self.view = *view;
                let disks = self.view.details.as_ref().map(|details| details.disks.clone());
                if disks != disks_before {
                    self.list_disks();
                }
                self.show_addresses();
            }
            OverviewInput::Load(load) => self.show_load(load),
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

    fn cpu_text(&self) -> String {
        let share = self.load.as_ref().and_then(|load| load.cpu.last().copied());
        share.map_or_else(|| gettext("Not known yet"), helpers::per_cent)
    }

    fn memory_text(&self) -> String {
        let Some(load) = &self.load else { return gettext("Not known yet") };
        let total = self.view.details.as_ref().map_or(0, |details| details.memory);
        if load.memory.is_empty() || total == 0 {
            return gettext("Not known yet");
        }
        let (used, total) = (format_bytes(load.memory_used), format_bytes(total));
        gettext_f("{used} of {total}", &[("used", &used), ("total", &total)])
    }

    fn show_load(&mut self, load: Option<Arc<GuestStats>>) {
        self.load = load;
        let none = Vec::new();
        let (cpu, memory) =
            self.load.as_ref().map_or((&none, &none), |load| (&load.cpu, &load.memory));
        self.cpu.set_samples(cpu);
        self.memory.set_samples(memory);
        // A graph says nothing to who cannot see it; its text does.
        let name = |text: String, value: String| {
            gettext_f("{what}: {value}", &[("what", &text), ("value", &value)])
        };
        let label = name(gettext("Processor load"), self.cpu_text());
        self.cpu.update_property(&[gtk::accessible::Property::Label(&label)]);
        let label = name(gettext("Memory in use"), self.memory_text());
        self.memory.update_property(&[gtk::accessible::Property::Label(&label)]);
    }

    fn show_addresses(&self) {
        let known = self.view.details.as_ref().map(|details| details.addresses.join("\n"));
        let text = known.filter(|text| !text.is_empty());
        self.addresses.set_visible(self.view.is_active());
        self.addresses.set_subtitle(&text.unwrap_or_else(|| gettext("None known yet")));
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
