//! What the page does.

use gettextrs::gettext;
use relm4::{
    ComponentSender,
    gtk::{self, gdk, glib},
};
use sourceview5::prelude::*;

use super::{Hidden, XmlCmd, XmlInput, XmlPage, helpers::line_in};
use crate::{backend::XmlKind, model::xml::Document, ui::error::UserMessage};

impl XmlPage {
    pub(super) fn text(&self) -> String {
        self.buffer.text(&self.buffer.start_iter(), &self.buffer.end_iter(), true).to_string()
    }

    pub(super) fn hint(&self) -> String {
        if self.view.is_active() {
            gettext("Changes take effect at the guest’s next start.")
        } else {
            gettext("Changes take effect at once.")
        }
    }

    pub(super) fn read(&mut self, sender: &ComponentSender<Self>) {
        let (handle, id) = (self.handle.clone(), self.id);
        sender.oneshot_command(async move {
            let xml = handle.domain_xml(id, XmlKind::InactiveSecure).await;
            XmlCmd::Read(xml.map(Hidden))
        });
    }

    pub(super) fn show(&mut self, xml: &str) {
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

    pub(super) fn apply(&mut self, sender: &ComponentSender<Self>) {
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
            XmlCmd::Applied(handle.redefine(id, original, text).await)
        });
    }

    /// Moves the cursor to a line, counted from 1.
    pub(super) fn go_to_line(&self, line: Option<i32>) {
        let Some(line) = line else { return };
        if let Some(mut place) = self.buffer.iter_at_line(line - 1) {
            self.buffer.place_cursor(&place);
            self.editor.scroll_to_iter(&mut place, 0.1, true, 0.0, 0.3);
            self.editor.grab_focus();
        }
    }

    pub(super) fn find(&self, forward: bool, from_here: bool) {
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

    pub(super) fn add_shortcut(&self, sender: &ComponentSender<Self>) {
        let keys = gtk::EventControllerKey::new();
        let input = sender.input_sender().clone();
        keys.connect_key_pressed(move |_, key, _, state| {
            if key == gdk::Key::f && state.contains(gdk::ModifierType::CONTROL_MASK) {
                input.emit(XmlInput::Search(true));
                return glib::Propagation::Stop;
            }
            glib::Propagation::Proceed
        });
        self.editor.add_controller(keys);
    }
}
