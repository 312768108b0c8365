//! The guest's definition as XML, to be edited as a whole, beside what runs; what
//! an edit changes before it is applied; and the definitions of before.

mod check;
mod compare;
pub(super) mod conflict;
mod diff_view;
mod helpers;
mod history;
mod messages;
mod methods;
mod snapshot;
mod source;

use gettextrs::gettext;
use relm4::{Component, ComponentParts, ComponentSender, adw, adw::prelude::*, gtk};
use sourceview5::prelude::*;

use self::{
    helpers::Problem,
    messages::{Hidden, XmlCmd},
};
use super::view::GuestView;
use crate::{
    backend::{BackendError, ConnectionHandle},
    model::{DomainId, text_diff::Comparison},
};
pub(super) use messages::XmlInput;

/// The page with a guest's whole definition.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the page")]
pub(super) struct XmlPage {
    handle: ConnectionHandle,
    id: DomainId,
    view: GuestView,
    /// The definition as libvirt gave it last; nothing before it is read.
    original: Option<String>,
    edited: bool,
    busy: bool,
    /// A snapshot is being taken before the change.
    keeping: bool,
    shown: bool,
    searching: bool,
    /// Whether what runs is asked for beside.
    comparing: bool,
    /// Whether the edits take somebody else's back.
    overrides: bool,
    /// Counts edits, so that late answers are known as such.
    generation: u64,
    problem: Option<Problem>,
    /// Why the host did not take the last change, until it is known whether
    /// somebody was faster.
    refused: Option<BackendError>,
    buffer: sourceview5::Buffer,
    editor: sourceview5::View,
    search: sourceview5::SearchContext,
    /// What runs now, once it was read.
    running: Option<String>,
    running_buffer: sourceview5::Buffer,
    runs: sourceview5::View,
    differences: Option<Comparison>,
    /// Above the bar, whose buttons stay in reach.
    toasts: adw::ToastOverlay,
}

impl std::fmt::Debug for XmlPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("XmlPage").field("id", &self.id).finish_non_exhaustive()
    }
}

#[relm4::component(pub(super))]
impl Component for XmlPage {
    type Init = (ConnectionHandle, DomainId);
    type Input = XmlInput;
    type Output = ();
    type CommandOutput = XmlCmd;

    view! {
        adw::ToolbarView {
            add_top_bar = &adw::Banner {
                #[watch]
                set_title: &model.problem.as_ref().map(|message| message.text.clone()).unwrap_or_default(),
                #[watch]
                set_revealed: model.problem.is_some(),
                // A folded banner would still be read out.
                #[watch]
                set_visible: model.problem.is_some(),
                #[watch]
                set_button_label: model.problem.as_ref().and_then(Problem::button).as_deref(),
                connect_button_clicked => XmlInput::Banner,
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
            #[local_ref]
            set_content = toasts -> adw::ToastOverlay {
                #[wrap(Some)]
                set_child = &gtk::Stack {
                    add_named[Some("waiting")] = &adw::StatusPage {
                        set_paintable: Some(&adw::SpinnerPaintable::new(None::<&gtk::Widget>)),
                        set_title: &gettext("Reading Definition…"),
                    },
                    #[name = "bin"]
                    add_named[Some("editor")] = &adw::BreakpointBin {
                        set_size_request: (200, 120),
                        #[wrap(Some)]
                        #[name = "panes"]
                        set_child = &gtk::Paned {
                            set_wide_handle: true,
                            set_shrink_start_child: false,
                            set_shrink_end_child: false,
                            #[wrap(Some)]
                            set_start_child = &gtk::Box {
                                set_orientation: gtk::Orientation::Vertical,
                                gtk::Label {
                                    set_css_classes: &["heading", "hardware-bar"],
                                    set_xalign: 0.0,
                                    set_label: &gettext("At Next Start"),
                                    #[watch]
                                    set_visible: model.compares(),
                                },
                                gtk::ScrolledWindow {
                                    set_vexpand: true,
                                    set_hexpand: true,
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
                            },
                            #[wrap(Some)]
                            set_end_child = &gtk::Box {
                                set_orientation: gtk::Orientation::Vertical,
                                #[watch]
                                set_visible: model.compares(),
                                gtk::Label {
                                    set_css_classes: &["heading", "hardware-bar"],
                                    set_xalign: 0.0,
                                    set_label: &gettext("Running Now"),
                                },
                                gtk::ScrolledWindow {
                                    set_vexpand: true,
                                    set_hexpand: true,
                                    #[local_ref]
                                    runs -> sourceview5::View {
                                        set_show_line_numbers: true,
                                    },
                                },
                            },
                        },
                    },
                    // After the children: it names one of them.
                    #[watch]
                    set_visible_child_name: if model.original.is_some() { "editor" } else { "waiting" },
                },
            },

            add_bottom_bar = &gtk::Box {
                set_orientation: gtk::Orientation::Vertical,
                set_css_classes: &["hardware-bar"],
                set_spacing: 6,
                gtk::Box {
                    set_spacing: 6,
                    #[watch]
                    set_visible: model.compares() && model.differences.is_some(),
                    gtk::Label {
                        set_hexpand: true,
                        set_xalign: 0.0,
                        set_wrap: true,
                        #[watch]
                        set_label: &model.difference_words(),
                    },
                    gtk::Button {
                        set_icon_name: "go-up-symbolic",
                        set_tooltip_text: Some(&gettext("Previous Difference (Shift+F8)")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Previous Difference"))],
                        connect_clicked => XmlInput::Difference(false),
                    },
                    gtk::Button {
                        set_icon_name: "go-down-symbolic",
                        set_tooltip_text: Some(&gettext("Next Difference (F8)")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Next Difference"))],
                        connect_clicked => XmlInput::Difference(true),
                    },
                },
                gtk::Label {
                    set_xalign: 0.0,
                    set_wrap: true,
                    set_css_classes: &["caption", "dim-label"],
                    #[watch]
                    set_label: &model.hint(),
                },
                adw::WrapBox {
                    set_child_spacing: 6,
                    set_line_spacing: 6,
                    append = &gtk::ToggleButton {
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
                    append = &gtk::ToggleButton {
                        set_label: &gettext("Compare with Running"),
                        #[watch]
                        set_visible: model.view.is_active(),
                        connect_toggled[sender] => move |button| {
                            sender.input(XmlInput::Compare(button.is_active()));
                        },
                    },
                    append = &gtk::Button {
                        set_label: &gettext("History"),
                        #[watch]
                        set_sensitive: model.original.is_some() && !model.busy,
                        connect_clicked => XmlInput::History,
                    },
                    append = &gtk::Button {
                        set_label: &gettext("Revert"),
                        #[watch]
                        set_sensitive: model.edited && !model.busy,
                        connect_clicked => XmlInput::Revert,
                    },
                    append = &gtk::Button {
                        set_label: &gettext("Apply"),
                        add_css_class: "suggested-action",
                        #[watch]
                        set_sensitive: model.edited && !model.busy,
                        connect_clicked => XmlInput::Apply,
                    },
                },
            },
        }
    }

    fn init(
        (handle, id): Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let buffer = source::buffer(Some("xml"));
        let input = sender.input_sender().clone();
        buffer.connect_changed(move |_| input.emit(XmlInput::Edited));
        let settings = sourceview5::SearchSettings::builder().wrap_around(true).build();
        let search = sourceview5::SearchContext::new(&buffer, Some(&settings));
        let running_buffer = source::buffer(Some("xml"));
        let model = Self {
            handle,
            id,
            view: GuestView::default(),
            original: None,
            edited: false,
            busy: false,
            keeping: false,
            shown: false,
            searching: false,
            comparing: false,
            overrides: false,
            generation: 0,
            problem: None,
            refused: None,
            running: None,
            runs: source::reader(&running_buffer, &gettext("Running definition")),
            running_buffer,
            differences: None,
            toasts: adw::ToastOverlay::new(),
            editor: sourceview5::View::with_buffer(&buffer),
            buffer,
            search,
        };
        let label = gettext("Definition");
        let accessible: &gtk::Widget = model.editor.upcast_ref();
        accessible.update_property(&[gtk::accessible::Property::Label(&label)]);
        let (editor, runs, toasts) = (&model.editor, &model.runs, &model.toasts);
        let widgets = view_output!();
        widgets.search_bar.connect_entry(&widgets.find);
        Self::add_shortcuts(&root, &sender);
        compare::stack_when_narrow(&widgets.bin, &widgets.panes);
        let input = sender.input_sender().clone();
        root.connect_map(move |_| input.emit(XmlInput::Shown));
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: Self::Input, sender: ComponentSender<Self>, root: &Self::Root) {
        match input {
            XmlInput::Guest(view) => self.guest_changed(*view, &sender),
            XmlInput::Shown => {
                self.shown = true;
                self.read(&sender);
            }
            XmlInput::Edited => {
                self.edited = self.original.is_some() && self.buffer.is_modified();
                self.settle(&sender);
            }
            XmlInput::Apply => self.review(self.text(), true, &sender),
            XmlInput::Revert => self.revert(&sender),
            XmlInput::Banner => self.banner(root, &sender),
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
            XmlInput::Compare(on) => self.compare(on, &sender),
            XmlInput::Difference(forward) => self.go_to_difference(forward),
            XmlInput::History => self.read_history(&sender),
            XmlInput::Restore(Hidden(xml)) => self.review(xml, false, &sender),
            XmlInput::Confirmed(change) => self.apply(change, &sender),
            XmlInput::TakeTheirs(Hidden(theirs)) => self.take(theirs, &sender),
            XmlInput::OnTop { theirs: Hidden(theirs), merged } => {
                self.on_top(theirs, merged, &sender);
            }
        }
    }

    fn update_cmd(
        &mut self,
        result: Self::CommandOutput,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match result {
            XmlCmd::Read(Ok(Hidden(xml))) => self.was_read(xml),
            XmlCmd::Running(Ok(Hidden(xml))) => self.show_running(xml, &sender),
            XmlCmd::Read(Err(failed))
            | XmlCmd::Running(Err(failed))
            | XmlCmd::History(Err(failed)) => self.failed(&failed),
            XmlCmd::Settled(generation) => self.check(generation, &sender),
            XmlCmd::Checked(generation, checked) if generation == self.generation => {
                self.was_checked(*checked);
            }
            XmlCmd::Checked(..) => {}
            XmlCmd::Reviewed(review) => {
                self.busy = false;
                match *review {
                    Ok(review) => self.was_reviewed(review, root, &sender),
                    Err(failed) => self.failed(&failed),
                }
            }
            XmlCmd::Applied(change, done) => {
                self.busy = false;
                self.keeping = false;
                match done {
                    Ok(()) => self.was_applied(&change, &sender),
                    Err(failed) => self.not_applied(change, failed, root, &sender),
                }
            }
            XmlCmd::History(Ok(earlier)) => history::show(root, earlier, sender.input_sender()),
        }
    }
}

impl XmlPage {
    fn guest_changed(&mut self, view: GuestView, sender: &ComponentSender<Self>) {
        let changed = view.details != self.view.details || view.summary != self.view.summary;
        self.view = view;
        if changed && self.shown && !self.busy {
            self.read(sender);
            if self.compares() {
                self.read_running(sender);
            }
        }
    }
}
