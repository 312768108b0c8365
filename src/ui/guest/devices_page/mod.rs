//! What a guest is made of: a list of it, and a page for what is chosen.
//!
//! Changes are kept in a [`Draft`] until "Apply": then the definition is
//! replaced, and what the hypervisor can do while the guest runs is done.

mod apply;
mod boot;
mod disk_size;
mod draft;
mod draft_parts;
#[cfg(test)]
mod draft_tests;
mod feature;
mod firmware;
mod hints;
mod host_device;
mod labels;
mod list;
mod messages;
mod methods;
mod names;
mod new_device;
mod new_disk;
mod new_guest;
mod new_part;
mod nvram;
mod offers;
mod overtaken;
mod page;
mod part_words;
mod parts;
mod read;
mod remove;
mod rows;
mod screen_protocol;
mod topics;
mod values;
mod words;

use gettextrs::gettext;
use relm4::{
    Component, ComponentParts, ComponentSender, RelmWidgetExt, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::view::GuestView;
use crate::{
    backend::{BackendError, ConnectionHandle, DiskSize},
    model::{DomainId, FailureKind},
    ui::error::UserMessage,
};

pub(in crate::ui) use self::labels::field as field_label;
pub(crate) use self::messages::{DevicesCmd, DevicesInput, DevicesOutput};
pub(in crate::ui) use self::names::{Known, names};
use self::{
    draft::{Draft, Entry},
    list::EntryList,
    messages::Of,
    new_disk::ImageUse,
    offers::{Offers, Platform},
    page::Page,
};

/// What the page is made from.
pub(crate) struct DevicesInit {
    pub(crate) handle: ConnectionHandle,
    /// Nothing for a guest that is not there yet: its definition comes with
    /// [`DevicesInput::Definition`], and each edit goes out.
    pub(crate) id: Option<DomainId>,
    /// The definition as text, shown as the list's last entry.
    pub(crate) xml: gtk::Widget,
}

/// The hardware page.
pub(crate) struct DevicesPage {
    handle: ConnectionHandle,
    id: Option<DomainId>,
    view: GuestView,
    /// Nothing before the definition is read.
    draft: Option<Draft>,
    offers: Offers,
    /// The architecture and machine that they were asked for.
    asked_for: Option<Platform>,
    chosen: Entry,
    list: EntryList,
    page: Page,
    shown: bool,
    busy: bool,
    /// Somebody else changed the guest while it was edited here.
    overtaken: bool,
    problem: Option<UserMessage>,
    /// Why a change was refused that may have been overtaken.
    refused: Option<BackendError>,
    /// Of the disk that is shown, once it was read.
    disk_size: Option<DiskSize>,
    /// Devices of the host that it has no name for.
    unnamed: usize,
    /// Above the bar, whose buttons stay in reach.
    toasts: adw::ToastOverlay,
}

impl std::fmt::Debug for DevicesPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DevicesPage").field("id", &self.id).finish_non_exhaustive()
    }
}

#[relm4::component(pub(crate))]
impl Component for DevicesPage {
    type Init = DevicesInit;
    type Input = DevicesInput;
    type Output = DevicesOutput;
    type CommandOutput = DevicesCmd;

    view! {
        adw::BreakpointBin {
            set_width_request: 300,
            set_height_request: 200,
            #[wrap(Some)]
            #[name = "split"]
            set_child = &adw::NavigationSplitView {
                set_min_sidebar_width: 220.0,
                set_max_sidebar_width: 300.0,
                #[wrap(Some)]
                set_sidebar = &adw::NavigationPage {
                    set_title: &gettext("Hardware"),
                    #[wrap(Some)]
                    set_child = &adw::ToolbarView {
                        set_content: Some(model.list.widget()),
                        add_bottom_bar = &gtk::Button {
                            add_css_class: "flat",
                            set_margin_all: 6,
                            #[watch]
                            set_sensitive: model.draft.is_some() && !model.busy,
                            #[wrap(Some)]
                            set_child = &adw::ButtonContent {
                                set_icon_name: "list-add-symbolic",
                                set_label: &gettext("Add Hardware"),
                            },
                            connect_clicked => DevicesInput::AskWhatToAdd,
                        },
                    },
                },
                #[wrap(Some)]
                set_content = &adw::NavigationPage {
                    #[watch]
                    set_title: &model.title(),
                    #[wrap(Some)]
                    set_child = &adw::ToolbarView {
                        #[name = "header"]
                        add_top_bar = &adw::HeaderBar {
                            set_show_start_title_buttons: false,
                            set_show_end_title_buttons: false,
                            add_css_class: "flat",
                            #[wrap(Some)]
                            set_title_widget = &adw::WindowTitle {
                                #[watch]
                                set_title: &model.title(),
                                #[watch]
                                set_subtitle: &model.subtitle(),
                            },
                            pack_end = &gtk::Button {
                                set_icon_name: "user-trash-symbolic",
                                set_tooltip_text: Some(&gettext("Remove Device")),
                                update_property: &[gtk::accessible::Property::Label(&gettext("Remove Device"))],
                                #[watch]
                                set_visible: model.removable(),
                                connect_clicked => DevicesInput::AskToRemove,
                            },
                        },
                        add_top_bar = &adw::Banner {
                            #[watch]
                            set_title: &model.problem_text(),
                            #[watch]
                            set_revealed: model.problem.is_some(),
                            #[watch]
                            set_visible: model.problem.is_some(),
                            set_button_label: Some(&gettext("Details")),
                            connect_button_clicked => DevicesInput::Details,
                        },
                        add_top_bar = &adw::Banner {
                            set_title: &gettext("Somebody else changed this guest meanwhile"),
                            #[watch]
                            set_revealed: model.overtaken,
                            #[watch]
                            set_visible: model.overtaken,
                            set_button_label: Some(&gettext("Compare Changes")),
                            connect_button_clicked => DevicesInput::Compare,
                        },
                        add_top_bar = &adw::Banner {
                            set_title: &gettext("Some changes wait for the guest’s next start"),
                            #[watch]
                            set_revealed: model.waits(),
                            #[watch]
                            set_visible: model.waits(),
                            set_button_label: Some(&gettext("Restart Now…")),
                            connect_button_clicked => DevicesInput::Restart,
                        },
                        #[wrap(Some)]
                        set_content = &model.toasts.clone() -> adw::ToastOverlay {
                            set_child: Some(model.page.widget()),
                        },
                        add_bottom_bar = &gtk::Box {
                            set_css_classes: &["toolbar", "hardware-bar"],
                            set_spacing: 6,
                            #[watch]
                            set_visible: model.chosen != Entry::Xml && model.id.is_some(),
                            gtk::Label {
                                set_hexpand: true,
                                set_xalign: 0.0,
                                set_wrap: true,
                                set_css_classes: &["caption", "dimmed"],
                                #[watch]
                                set_label: &model.changes_text(),
                            },
                            gtk::Button {
                                set_label: &gettext("Discard"),
                                #[watch]
                                set_sensitive: model.edited() && !model.busy,
                                connect_clicked => DevicesInput::Discard,
                            },
                            gtk::Button {
                                set_label: &gettext("Apply"),
                                add_css_class: "suggested-action",
                                #[watch]
                                set_sensitive: model.edited() && !model.busy && !model.page.has_mistake(),
                                connect_clicked => DevicesInput::Apply,
                            },
                        },
                    },
                },
            },
        }
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let model = Self {
            handle: init.handle,
            id: init.id,
            view: GuestView::default(),
            draft: None,
            offers: Offers::default(),
            asked_for: None,
            chosen: Entry::Section(crate::model::hardware::Section::Cpu),
            list: EntryList::new(sender.input_sender()),
            page: Page::new(&init.xml),
            shown: false,
            busy: false,
            overtaken: false,
            problem: None,
            refused: None,
            disk_size: None,
            unnamed: 0,
            toasts: adw::ToastOverlay::new(),
        };
        let widgets = view_output!();
        methods::add_breakpoint(&root, &widgets.split);
        let input = sender.input_sender().clone();
        root.connect_map(move |_| input.emit(DevicesInput::Shown));
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        input: Self::Input,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match input {
            DevicesInput::Guest(view) => self.guest_changed(*view, &sender),
            DevicesInput::Definition(xml) => self.define(xml, &sender),
            DevicesInput::Shown => {
                if !std::mem::replace(&mut self.shown, true) {
                    self.read(&sender);
                }
            }
            DevicesInput::Select(place) => {
                if let Some(entry) = self.list.entry(place).cloned() {
                    self.choose(entry, &sender);
                    widgets.split.set_show_content(true);
                }
            }
            DevicesInput::GoOn => self.go_on(&sender),
            DevicesInput::Change(of, field, value) => {
                self.change(&of, field, value.as_deref(), &sender);
            }
            DevicesInput::Revert(of, field) => self.revert(of.as_deref(), field, &sender),
            DevicesInput::AskForPart(kind) => self.ask_for_part(kind, root, &sender),
            DevicesInput::AddPart(kind, text) => self.add_part(kind, &text, &sender),
            DevicesInput::ClearPart(identity) => self.clear_part(&identity, &sender),
            DevicesInput::Nodes(count) => self.set_nodes(count, &sender),
            DevicesInput::Firmware(firmware) => self.set_firmware(firmware, &sender),
            DevicesInput::ChangeScreen(to) => self.change_screen(to, &sender),
            DevicesInput::MoveBoot(place, by) => self.move_boot(place, by, &sender),
            DevicesInput::DropBoot(from, to) => self.drop_boot(from, to, &sender),
            DevicesInput::EnableBoot(place, on) => self.enable_boot(place, on, &sender),
            DevicesInput::AskWhatToAdd => self.ask_what_to_add(root, &sender),
            DevicesInput::AskForDisk => self.find_place_for_disk(&sender),
            DevicesInput::AskForImage(used) => self.ask_for_image(used, root, &sender),
            DevicesInput::ImageChosen(ImageUse::NewDisk, image) => {
                self.add_image(&image, &sender);
                widgets.split.set_show_content(true);
            }
            DevicesInput::ImageChosen(ImageUse::Shown, image) => self.set_image(&image, &sender),
            DevicesInput::AddDisk(path, image) => {
                self.add_disk(path, image, &sender);
                widgets.split.set_show_content(true);
            }
            DevicesInput::Add(new) => {
                self.add(&new, &sender);
                widgets.split.set_show_content(true);
            }
            DevicesInput::AskForSize => self.ask_for_size(root, &sender),
            DevicesInput::Grow(bytes) => self.grow(bytes, &sender),
            DevicesInput::Restart => self.restart(root),
            DevicesInput::AskToResetFirmware => self.ask_to_reset_firmware(root),
            DevicesInput::Restore(identity) => self.restore(identity, &sender),
            DevicesInput::AskToRemove => self.ask_to_remove(root, &sender),
            DevicesInput::Remove(image) => self.remove(image, &sender),
            DevicesInput::Apply => self.apply(&sender),
            DevicesInput::Discard => self.discard(&sender),
            DevicesInput::Compare => self.compare(&sender),
            DevicesInput::PutOnTop(edits) => self.put_on_top(edits, &sender),
            DevicesInput::Details => self.show_details(root),
        }
        self.tell(&sender);
        self.ask_for_offers(&sender);
        self.mark();
        self.update_view(widgets, sender);
    }

    fn update_cmd(
        &mut self,
        result: Self::CommandOutput,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match result {
            DevicesCmd::Read(Ok(Some(read))) => self.take(read, &sender),
            // The program ends.
            DevicesCmd::Read(Ok(None)) => {}
            // Somebody else was faster.
            DevicesCmd::Applied(Err(failed)) if failed.failure.kind == FailureKind::Busy => {
                self.refused = Some(failed);
                self.compare(&sender);
            }
            DevicesCmd::Compared(Ok(found)) => self.show_both(*found, root, &sender),
            DevicesCmd::Read(Err(failed))
            | DevicesCmd::Compared(Err(failed))
            | DevicesCmd::Applied(Err(failed)) => self.failed(&failed),
            DevicesCmd::Offers(platform, offers) => {
                self.take_offers(&platform, *offers, &sender);
            }
            DevicesCmd::DiskPlace(place) => self.ask_for_disk(*place, root, &sender),
            DevicesCmd::DiskSize(identity, read) => self.size_was_read(&identity, read),
            DevicesCmd::Grown(done) => self.grown(done, &sender),
            DevicesCmd::HostDevices(found) => self.offer_host_devices(found, root, &sender),
            DevicesCmd::Sizes(sizes) => self.learned(|known| known.sizes = sizes),
            DevicesCmd::HostNames(found) => self.learned(|known| known.host = Some(found)),
            DevicesCmd::Applied(Ok(done)) => self.applied(&done, &sender),
        }
        self.ask_for_offers(&sender);
    }
}
