//! The guest's definition as XML, to be edited as a whole.

use gettextrs::gettext;
use relm4::{
    Component, ComponentParts, ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, gdk, glib},
};
use sourceview5::prelude::*;

use super::view::GuestView;
use crate::{
    backend::{BackendError, ConnectionHandle, XmlKind},
    model::{DomainId, xml::Document},
    ui::error::{self, UserMessage},
};

/// What happens to the page.
#[derive(Debug)]
pub(super) enum HardwareInput {
    /// The guest has changed.
    Guest(Box<GuestView>),
    /// The page is shown.
    Shown,
    /// The text was edited.
    Edited,
    /// "Apply" was pressed.
    Apply,
    /// "Revert" was pressed.
    Revert,
    /// "Details" of the error was pressed.
    Details,
    /// Search was opened or closed.
    Search(bool),
    /// The searched text changed.
    Find(String),
    /// The next place was asked for, or the previous one.
    FindNext(bool),
}

/// What the page asks of its window.
#[derive(Debug)]
pub(super) enum HardwareOutput {
    /// Say this in passing.
    Say(String),
}

/// Results of work in the background.
#[derive(Debug)]
pub(super) enum HardwareCmd {
    /// The definition was read. It can hold passwords, so it is not printed.
    Read(Result<Hidden, BackendError>),
    /// The definition was replaced, or not.
    Applied(Result<(), BackendError>),
}

/// A definition with its secrets: never in a log.
pub(super) struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// The hardware page.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the page")]
pub(super) struct HardwarePage {
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
impl Component for HardwarePage {
    type Init = (ConnectionHandle, DomainId);
    type Input = HardwareInput;
    type Output = HardwareOutput;
    type CommandOutput = HardwareCmd;

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
                connect_button_clicked => HardwareInput::Details,
            },
            #[name = "search_bar"]
            add_top_bar = &gtk::SearchBar {
                #[watch]
                #[block_signal(search_mode)]
                set_search_mode: model.searching,
                connect_search_mode_enabled_notify[sender] => move |bar| {
                    sender.input(HardwareInput::Search(bar.is_search_mode()));
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
                            sender.input(HardwareInput::Find(entry.text().into()));
                        },
                        connect_activate => HardwareInput::FindNext(true),
                        connect_next_match => HardwareInput::FindNext(true),
                        connect_previous_match => HardwareInput::FindNext(false),
                    },
                    gtk::Button {
                        set_icon_name: "go-up-symbolic",
                        set_tooltip_text: Some(&gettext("Previous")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Previous"))],
                        connect_clicked => HardwareInput::FindNext(false),
                    },
                    gtk::Button {
                        set_icon_name: "go-down-symbolic",
                        set_tooltip_text: Some(&gettext("Next")),
                        update_property: &[gtk::accessible::Property::Label(&gettext("Next"))],
                        connect_clicked => HardwareInput::FindNext(true),
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
                        sender.input(HardwareInput::Search(button.is_active()));
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
                    connect_clicked => HardwareInput::Revert,
                },
                gtk::Button {
                    set_label: &gettext("Apply"),
                    add_css_class: "suggested-action",
                    #[watch]
                    set_sensitive: model.edited && !model.busy,
                    connect_clicked => HardwareInput::Apply,
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
        buffer.connect_changed(move |_| input.emit(HardwareInput::Edited));
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
        root.connect_map(move |_| input.emit(HardwareInput::Shown));
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: Self::Input, sender: ComponentSender<Self>, root: &Self::Root) {
        match input {
            HardwareInput::Guest(view) => {
                let changed =
                    view.details != self.view.details || view.summary != self.view.summary;
                self.view = *view;
                // What the user has typed is never overwritten; Apply finds
                // out whether somebody else was faster.
                if changed && self.shown && !self.edited && !self.busy {
                    self.read(&sender);
                }
            }
            HardwareInput::Shown => {
                self.shown = true;
                if !self.edited {
                    self.read(&sender);
                }
            }
            HardwareInput::Edited => {
                self.edited = self.original.as_ref().is_some_and(|old| *old != self.text());
            }
            HardwareInput::Apply => self.apply(&sender),
            HardwareInput::Revert => {
                self.edited = false;
                self.problem = None;
                self.read(&sender);
            }
            HardwareInput::Details => {
                if let Some(message) = &self.problem {
                    let dialog = adw::AlertDialog::new(Some(&message.title), Some(&message.detail));
                    dialog.add_response("close", &gettext("Close"));
                    dialog.present(Some(root));
                }
            }
            HardwareInput::Search(on) => {
                self.searching = on;
                if !on {
                    self.editor.grab_focus();
                }
            }
            HardwareInput::Find(text) => {
                let text = Some(text).filter(|text| !text.is_empty());
                self.search.settings().set_search_text(text.as_deref());
                self.find(true, true);
            }
            HardwareInput::FindNext(forward) => self.find(forward, false),
        }
    }

    fn update_cmd(
        &mut self,
        result: Self::CommandOutput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match result {
            HardwareCmd::Read(Ok(Hidden(xml))) => self.show(&xml),
            HardwareCmd::Read(Err(failed)) => {
                self.busy = false;
                self.problem = Some(error::describe(&failed));
            }
            HardwareCmd::Applied(Ok(())) => {
                self.edited = false;
                self.problem = None;
                self.read(&sender);
                let said = if self.view.is_active() {
                    gettext("Definition changed: it takes effect at the next start")
                } else {
                    gettext("Definition changed")
                };
                let _ = sender.output(HardwareOutput::Say(said));
            }
            HardwareCmd::Applied(Err(failed)) => {
                self.busy = false;
                let message = error::describe(&failed);
                self.go_to_line(line_in(&message.detail));
                self.problem = Some(message);
            }
        }
    }
}

impl HardwarePage {
    fn text(&self) -> String {
        self.buffer.text(&self.buffer.start_iter(), &self.buffer.end_iter(), true).to_string()
    }

    fn hint(&self) -> String {
        if self.view.is_active() {
            gettext("Changes take effect at the guest’s next start.")
        } else {
            gettext("Changes take effect at once.")
        }
    }

    fn read(&mut self, sender: &ComponentSender<Self>) {
        let (handle, id) = (self.handle.clone(), self.id);
        sender.oneshot_command(async move {
            let xml = handle.domain_xml(id, XmlKind::InactiveSecure).await;
            HardwareCmd::Read(xml.map(Hidden))
        });
    }

    fn show(&mut self, xml: &str) {
        self.busy = false;
        if self.edited || self.original.as_deref() == Some(xml) && self.text() == xml {
            return;
        }
        self.original = Some(xml.to_owned());
        // Not to be undone: it is no edit of the user's.
        self.buffer.begin_irreversible_action();
        self.buffer.set_text(xml);
        self.buffer.end_irreversible_action();
        self.buffer.place_cursor(&self.buffer.start_iter());
    }

    fn apply(&mut self, sender: &ComponentSender<Self>) {
        let Some(original) = self.original.clone() else { return };
        let text = self.text();
        if let Err(wrong) = Document::parse(&text) {
            let detail = wrong.to_string();
            self.go_to_line(line_in(&detail));
            self.problem = Some(UserMessage {
                title: gettext("The definition is no well-formed XML"),
                body: detail,
                detail: String::new(),
            });
            return;
        }
        self.busy = true;
        self.problem = None;
        let (handle, id) = (self.handle.clone(), self.id);
        sender.oneshot_command(async move {
            HardwareCmd::Applied(handle.redefine(id, original, text).await)
        });
    }

    /// Moves the cursor to a line, counted from 1.
    fn go_to_line(&self, line: Option<i32>) {
        let Some(line) = line else { return };
        if let Some(mut place) = self.buffer.iter_at_line(line - 1) {
            self.buffer.place_cursor(&place);
            self.editor.scroll_to_iter(&mut place, 0.1, true, 0.0, 0.3);
            self.editor.grab_focus();
        }
    }

    fn find(&self, forward: bool, from_here: bool) {
        let (start, end) = self.buffer.selection_bounds().unwrap_or_else(|| {
            let cursor = self.buffer.iter_at_mark(&self.buffer.get_insert());
            (cursor, cursor)
        });
        let found = if forward {
            self.search.forward(if from_here { &start } else { &end })
        } else {
            self.search.backward(&start)
        };
        if let Some((mut start, end, _)) = found {
            self.buffer.select_range(&start, &end);
            self.editor.scroll_to_iter(&mut start, 0.1, false, 0.0, 0.0);
        }
    }

    fn add_shortcut(&self, sender: &ComponentSender<Self>) {
        let keys = gtk::EventControllerKey::new();
        let input = sender.input_sender().clone();
        keys.connect_key_pressed(move |_, key, _, state| {
            if key == gdk::Key::f && state.contains(gdk::ModifierType::CONTROL_MASK) {
                input.emit(HardwareInput::Search(true));
                return glib::Propagation::Stop;
            }
            glib::Propagation::Proceed
        });
        self.editor.add_controller(keys);
    }
}

/// Light or dark, as the desktop is.
fn follow_theme(buffer: &sourceview5::Buffer) {
    let apply = |buffer: &sourceview5::Buffer, dark: bool| {
        let name = if dark { "Adwaita-dark" } else { "Adwaita" };
        let scheme = sourceview5::StyleSchemeManager::default().scheme(name);
        buffer.set_style_scheme(scheme.as_ref());
    };
    let theme = adw::StyleManager::default();
    apply(buffer, theme.is_dark());
    let weak = buffer.downgrade();
    let handler = theme.connect_dark_notify(move |theme| {
        if let Some(buffer) = weak.upgrade() {
            apply(&buffer, theme.is_dark());
        }
    });
    let handler = std::cell::Cell::new(Some(handler));
    buffer.add_weak_ref_notify_local(move || {
        if let Some(handler) = handler.take() {
            adw::StyleManager::default().disconnect(handler);
        }
    });
}

/// The line that a parser's message names: "…:12: …" or "line 12".
fn line_in(text: &str) -> Option<i32> {
    let number = |rest: &str| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<i32>().ok().filter(|line| *line > 0)
    };
    text.find("line ").and_then(|at| number(&text[at + 5..])).or_else(|| {
        text.split(':')
            .skip(1)
            .find_map(|part| number(part).filter(|_| part.chars().all(|c| c.is_ascii_digit())))
    })
}

#[cfg(test)]
mod tests {
    use super::line_in;

    #[test]
    fn lines_are_found_in_messages() {
        assert_eq!(line_in("(domain_definition):12: Opening and ending tag mismatch"), Some(12));
        assert_eq!(line_in("line 7: unexpected end"), Some(7));
        assert_eq!(line_in("unsupported configuration: no 5 such"), None);
        assert_eq!(line_in(""), None);
    }
}
