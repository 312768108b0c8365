//! What runs now beside what is edited; search.

use gettextrs::gettext;
use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, gdk, glib},
};

use super::{Hidden, XmlCmd, XmlInput, XmlPage, source};
use crate::{
    backend::XmlKind, i18n::ngettext_f, model::text_diff::Comparison, ui::widgets::keep_focus,
};

impl XmlPage {
    /// Whether there is something else to compare with.
    pub(super) fn compares(&self) -> bool {
        self.comparing && self.view.is_active()
    }

    pub(super) fn compare(&mut self, on: bool, sender: &ComponentSender<Self>) {
        self.comparing = on;
        if on {
            self.read_running(sender);
        } else {
            self.mark_differences(None);
        }
    }

    pub(super) fn read_running(&self, sender: &ComponentSender<Self>) {
        let (handle, id) = (self.handle.clone(), self.id);
        sender.oneshot_command(async move {
            let xml = handle.domain_xml(id, XmlKind::LiveSecure).await;
            XmlCmd::Running(xml.map(Hidden))
        });
    }

    pub(super) fn show_running(&mut self, xml: String, sender: &ComponentSender<Self>) {
        if self.running.as_ref() != Some(&xml) {
            self.running_buffer.set_text(&xml);
            self.running_buffer.place_cursor(&self.running_buffer.start_iter());
            self.running = Some(xml);
        }
        self.generation += 1;
        self.check(self.generation, sender);
    }

    pub(super) fn mark_differences(&mut self, found: Option<Comparison>) {
        let none = Comparison::default();
        let shown = found.as_ref().unwrap_or(&none);
        source::mark_lines(&self.running_buffer, source::DIFFERS, &shown.removed);
        source::mark_lines(&self.buffer, source::DIFFERS, &shown.added);
        self.differences = found;
    }

    /// How much differs; nothing while nothing is compared.
    pub(super) fn difference_words(&self) -> String {
        let Some(found) = &self.differences else { return String::new() };
        match u32::try_from(found.differing()).unwrap_or(u32::MAX) {
            0 => gettext("What runs is what is defined"),
            n => ngettext_f("{n} line differs", "{n} lines differ", n, &[("n", &n.to_string())]),
        }
    }

    /// Goes to the next place that differs, or the previous one, in both texts.
    pub(super) fn go_to_difference(&self, forward: bool) {
        let Some(found) = &self.differences else { return };
        let places = found.places();
        let cursor = self.buffer.iter_at_mark(&self.buffer.get_insert());
        let line = usize::try_from(cursor.line()).unwrap_or(0);
        let next = if forward {
            places.iter().find(|(_, new)| *new > line).or(places.first())
        } else {
            places.iter().rev().find(|(_, new)| *new < line).or(places.last())
        };
        if let Some((old, new)) = next {
            source::go_to_line(&self.runs, *old);
            source::go_to_line(&self.editor, *new);
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

    /// Ctrl+F, and F8 for differences, wherever on the page the keyboard is.
    pub(super) fn add_shortcuts(root: &impl IsA<gtk::Widget>, sender: &ComponentSender<Self>) {
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let input = sender.input_sender().clone();
        keys.connect_key_pressed(move |_, key, _, state| {
            let message = match key {
                gdk::Key::f if state.contains(gdk::ModifierType::CONTROL_MASK) => {
                    XmlInput::Search(true)
                }
                gdk::Key::F8 => {
                    XmlInput::Difference(!state.contains(gdk::ModifierType::SHIFT_MASK))
                }
                _ => return glib::Propagation::Proceed,
            };
            input.emit(message);
            glib::Propagation::Stop
        });
        root.add_controller(keys);
    }
}

/// One above the other where there is no room side by side.
pub(super) fn stack_when_narrow(bin: &adw::BreakpointBin, panes: &gtk::Paned) {
    let narrow = adw::BreakpointCondition::new_length(
        adw::BreakpointConditionLengthType::MaxWidth,
        820.0,
        adw::LengthUnit::Sp,
    );
    let narrow = adw::Breakpoint::new(narrow);
    narrow.add_setter(panes, "orientation", Some(&gtk::Orientation::Vertical.to_value()));
    bin.add_breakpoint(narrow);
    keep_focus(bin);
}
