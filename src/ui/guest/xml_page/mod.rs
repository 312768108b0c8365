//! The guest's definition as XML, to be edited as a whole.

mod helpers;
mod messages;
mod methods;
mod source;

use gettextrs::gettext;
use relm4::{Component, ComponentParts, ComponentSender, adw, adw::prelude::*, gtk};
use sourceview5::prelude::*;

use self::{
    helpers::line_in,
    messages::{Hidden, XmlCmd},
    source::follow_theme,
};
use super::view::GuestView;
use crate::{
    backend::ConnectionHandle,
    model::DomainId,
    ui::error::{self, UserMessage},
};
pub(super) use messages::{XmlInput, XmlOutput};

/// The page with a guest's whole definition.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the page")]
pub(super) struct XmlPage {
    handle: ConnectionHandle,
    id: DomainId,
    view: GuestView,
    /// The definition as libvirt gave it last; nothing before it is read.
    original: Option<String>,
    edited: bool,
    busy: bool,
    shown: bool,
    searching: bool,
    problem: Option<UserMessage>,
    buffer: sourceview5::Buffer,
    editor: sourceview5::View,
    search: sourceview5::SearchContext,
}

#[relm4::component(pub(super))]
impl Component for XmlPage {
    type Init = (ConnectionHandle, DomainId);
    type Input = XmlInput;
    type Output = XmlOutput;
    type CommandOutput = XmlCmd;

    view! {
        adw::ToolbarView {
            add_top_bar = &adw::Banner {
                #[watch]
                set_title: &model.problem.as_ref().map(|message| message.body.clone()).unwrap_or_default(),
                #[watch]
                set_revealed: model.problem.is_some(),
                // A folded banner would still be read out.
                #[watch]
                set_visible: model.problem.is_some(),
                #[watch]
                set_button_label: model.problem.as_ref().filter(|message| !message.detail.is_empty()).map(|_| gettext("Details")).as_deref(),
                connect_button_clicked => XmlInput::Details,
            },
            #[name = "search_bar"]
            add_top_bar = &gtk::SearchBar {
                #[watch]
                #[block_signal(search_mode)]
                set_search_mode: model.searching,
                connect_search_mode_enabled_notify[sender] => move |bar| {
                    sender.input(XmlInput::Search(bar.is_search_mode()));
                } @search_mode,
                #[wrap(Some)]
                set_child = &gtk::Box {
                    add_css_class: "linked",
                    #[name = "find"]
                    gtk::SearchEntry {
                        set_hexpand: true,
                        set_placeholder_text: Some(&gettext("Find in definition")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Find in definition"))],
                        connect_search_changed[sender] => move |entry| {
                            sender.input(XmlInput::Find(entry.text().into()));
                        },
                        connect_activate => XmlInput::FindNext(true),
                        connect_next_match => XmlInput::FindNext(true),
                        connect_previous_match => XmlInput::FindNext(false),
                    },
                    gtk::Button {
                        set_icon_name: "go-up-symbolic",
                        set_tooltip_text: Some(&gettext("Previous")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Previous"))],
                        connect_clicked => XmlInput::FindNext(false),
                    },
                    gtk::Button {
                        set_icon_name: "go-down-symbolic",
                        set_tooltip_text: Some(&gettext("Next")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Next"))],
                        connect_clicked => XmlInput::FindNext(true),
                    },
                },
            },

            #[wrap(Some)]
            set_content = &gtk::Stack {
                add_named[Some("waiting")] = &adw::StatusPage {
                    set_paintable: Some(&adw::SpinnerPaintable::new(None::<&gtk::Widget>)),
                    set_title: &gettext("Reading Definition…"),
                },
                add_named[Some("editor")] = &gtk::ScrolledWindow {
                    #[local_ref]
                    editor -> sourceview5::View {
                        set_monospace: true,
                        set_show_line_numbers: true,
                        set_highlight_current_line: true,
                        set_auto_indent: true,
                        set_insert_spaces_instead_of_tabs: true,
                        set_indent_width: 2,
                        set_tab_width: 2,
                        set_smart_backspace: true,
                        set_top_margin: 6,
                        set_bottom_margin: 6,
                        set_left_margin: 6,
                        #[watch]
                        set_editable: !model.busy,
                    },
                },
                // After the children: it names one of them.
                #[watch]
                set_visible_child_name: if model.original.is_some() { "editor" } else { "waiting" },
            },

            add_bottom_bar = &gtk::Box {
                set_css_classes: &["toolbar", "hardware-bar"],
                set_spacing: 6,
                gtk::ToggleButton {
                    set_icon_name: "edit-find-symbolic",
                    set_tooltip_text: Some(&gettext("Find (Ctrl+F)")),
                    update_property: &[gtk::accessible::Property::Label(&gettext("Find"))],
                    #[watch]
                    #[block_signal(find_toggled)]
                    set_active: model.searching,
                    connect_toggled[sender] => move |button| {
                        sender.input(XmlInput::Search(button.is_active()));
                    } @find_toggled,
                },
                gtk::Label {
                    set_hexpand: true,
                    set_xalign: 0.0,
                    set_wrap: true,
                    set_css_classes: &["caption", "dim-label"],
                    #[watch]
                    set_label: &model.hint(),
                },
                gtk::Button {
                    set_label: &gettext("Revert"),
                    #[watch]
                    set_sensitive: model.edited && !model.busy,
                    connect_clicked => XmlInput::Revert,
                },
                gtk::Button {
                    set_label: &gettext("Apply"),
                    add_css_class: "suggested-action",
                    #[watch]
                    set_sensitive: model.edited && !model.busy,
                    connect_clicked => XmlInput::Apply,
                },
            },
        }
    }

    fn init(
        (handle, id): Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let buffer = sourceview5::Buffer::new(None);
        let language = sourceview5::LanguageManager::default().language("xml");
        buffer.set_language(language.as_ref());
        buffer.set_highlight_matching_brackets(true);
        follow_theme(&buffer);
        let input = sender.input_sender().clone();
        buffer.connect_changed(move |_| input.emit(XmlInput::Edited));
        let settings = sourceview5::SearchSettings::builder().wrap_around(true).build();
        let search = sourceview5::SearchContext::new(&buffer, Some(&settings));
        let model = Self {
            handle,
            id,
            view: GuestView::default(),
            original: None,
            edited: false,
            busy: false,
            shown: false,
            searching: false,
            problem: None,
            editor: sourceview5::View::with_buffer(&buffer),
            buffer,
            search,
        };
        let label = gettext("Definition");
        let accessible: &gtk::Widget = model.editor.upcast_ref();
        accessible.update_property(&[gtk::accessible::Property::Label(&label)]);
        let editor = &model.editor;
        let widgets = view_output!();
        widgets.search_bar.connect_entry(&widgets.find);
        model.add_shortcut(&sender);
        let input = sender.input_sender().clone();
        root.connect_map(move |_| input.emit(XmlInput::Shown));
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: Self::Input, sender: ComponentSender<Self>, root: &Self::Root) {
        match input {
            XmlInput::Guest(view) => {
                let changed =
                    view.details != self.view.details || view.summary != self.view.summary;
                self.view = *view;
                // What the user has typed is never overwritten; Apply finds
                // out whether somebody else was faster.
                if changed && self.shown && !self.edited && !self.busy {
                    self.read(&sender);
                }
            }
            XmlInput::Shown => {
                self.shown = true;
                if !self.edited {
                    self.read(&sender);
                }
            }
            XmlInput::Edited => {
                self.edited = self.original.as_ref().is_some_and(|old| *old != self.text());
            }
            XmlInput::Apply => self.apply(&sender),
            XmlInput::Revert => {
                self.edited = false;
                self.problem = None;
                self.read(&sender);
            }
            XmlInput::Details => {
                if let Some(message) = &self.problem {
                    let dialog = adw::AlertDialog::new(Some(&message.title), Some(&message.detail));
                    dialog.add_response("close", &gettext("Close"));
                    dialog.present(Some(root));
                }
            }
            XmlInput::Search(on) => {
                self.searching = on;
                if !on {
                    self.editor.grab_focus();
                }
            }
            XmlInput::Find(text) => {
                let text = Some(text).filter(|text| !text.is_empty());
                self.search.settings().set_search_text(text.as_deref());
                self.find(true, true);
            }
            XmlInput::FindNext(forward) => self.find(forward, false),
        }
    }

    fn update_cmd(
        &mut self,
        result: Self::CommandOutput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match result {
            XmlCmd::Read(Ok(Hidden(xml))) => self.show(&xml),
            XmlCmd::Read(Err(failed)) => {
                self.busy = false;
                self.problem = Some(error::describe(&failed));
            }
            XmlCmd::Applied(Ok(())) => {
                self.edited = false;
                self.problem = None;
                self.read(&sender);
                let said = if self.view.is_active() {
                    gettext("Definition changed: it takes effect at the next start")
                } else {
                    gettext("Definition changed")
                };
                let _ = sender.output(XmlOutput::Say(said));
            }
            XmlCmd::Applied(Err(failed)) => {
                self.busy = false;
                let message = error::describe(&failed);
                self.go_to_line(line_in(&message.detail));
                self.problem = Some(message);
            }
        }
    }
}
