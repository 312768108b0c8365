//! The devices that the guest starts from, in their order.

use std::{cell::Cell, rc::Rc};

use gettextrs::gettext;
use relm4::{
    ComponentSender, Sender, adw,
    adw::prelude::*,
    gtk::{self, gdk},
};

use super::{DevicesInput, DevicesPage, draft::Draft, names};
use crate::{i18n::gettext_f, model::hardware::BootEntry};

/// The devices to start from, each with its place.
#[derive(Debug)]
pub(super) struct OrderGroup {
    group: adw::PreferencesGroup,
    rows: Vec<Row>,
    /// The place of the row that is dragged.
    dragged: Rc<Cell<Option<usize>>>,
}

/// What of a row has the keyboard after a change of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Check,
    Up,
    Down,
}

#[derive(Debug)]
struct Row {
    widget: adw::ActionRow,
    on: gtk::CheckButton,
    up: gtk::Button,
    down: gtk::Button,
}

impl OrderGroup {
    pub(super) fn new(draft: &Draft, input: &Sender<DevicesInput>) -> Self {
        let group = adw::PreferencesGroup::builder()
            .title(gettext("Boot Order"))
            .description(gettext("The guest starts from the first one that has a system."))
            .build();
        let mut this = Self { group, rows: Vec::new(), dragged: Rc::default() };
        this.fill(draft, input);
        if this.rows.is_empty() {
            let nothing = adw::ActionRow::builder().title(gettext("Nothing to start from")).build();
            this.group.add(&nothing);
        }
        this
    }

    pub(super) fn widget(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    /// Makes the rows anew.
    pub(super) fn fill(&mut self, draft: &Draft, input: &Sender<DevicesInput>) {
        for row in self.rows.drain(..) {
            self.group.remove(&row.widget);
        }
        let order = draft.boot_order();
        let enabled = order.iter().filter(|entry| entry.enabled).count();
        let name = |entry: &BootEntry| names::name(draft, &entry.device);
        let all: Vec<String> = order.iter().map(name).collect();
        for (place, entry) in order.iter().enumerate() {
            let words = (all[place].as_str(), names::details(draft, &entry.device));
            let is_only = all.iter().filter(|name| *name == words.0).count() == 1;
            let row = Row::new(place, entry, words, is_only, enabled, input);
            row.drag(place, &self.dragged, input);
            self.group.add(&row.widget);
            self.rows.push(row);
        }
    }

    /// Gives a part of a row the keyboard, or what can have it there.
    pub(super) fn focus(&self, place: usize, part: Part) {
        let Some(row) = self.rows.get(place) else { return };
        let buttons: [&gtk::Widget; 3] = match part {
            Part::Check => [row.on.upcast_ref(), row.up.upcast_ref(), row.down.upcast_ref()],
            Part::Up => [row.up.upcast_ref(), row.down.upcast_ref(), row.on.upcast_ref()],
            Part::Down => [row.down.upcast_ref(), row.up.upcast_ref(), row.on.upcast_ref()],
        };
        if let Some(button) = buttons.iter().find(|button| button.is_sensitive()) {
            button.grab_focus();
        }
    }
}

impl Row {
    fn new(
        place: usize,
        entry: &BootEntry,
        (name, details): (&str, String),
        is_only: bool,
        enabled: usize,
        input: &Sender<DevicesInput>,
    ) -> Self {
        // What several are called does not say which one it is.
        let spoken = if is_only { name.to_owned() } else { format!("{name}, {details}") };
        let row = adw::ActionRow::builder().title(name).subtitle(details).use_markup(false).build();
        let on =
            gtk::CheckButton::builder().active(entry.enabled).valign(gtk::Align::Center).build();
        let out = input.clone();
        on.connect_toggled(move |on| out.emit(DevicesInput::EnableBoot(place, on.is_active())));
        row.add_prefix(&on);
        let handle = gtk::Image::builder()
            .icon_name("list-drag-handle-symbolic")
            .css_classes(["dimmed"])
            .build();
        row.add_prefix(&handle);
        row.set_activatable_widget(Some(&on));
        // The row has made its title the name, which comes before a label.
        on.reset_relation(gtk::AccessibleRelation::LabelledBy);
        on.update_property(&[gtk::accessible::Property::Label(&spoken)]);
        let device = [("device", spoken.as_str())];
        let button = |icon: &str, by, label: &str, possible| {
            let button = gtk::Button::builder()
                .icon_name(icon)
                .valign(gtk::Align::Center)
                .css_classes(["flat"])
                .tooltip_text(label)
                .sensitive(possible)
                .build();
            button.update_property(&[gtk::accessible::Property::Label(label)]);
            let out = input.clone();
            button.connect_clicked(move |_| out.emit(DevicesInput::MoveBoot(place, by)));
            row.add_suffix(&button);
            button
        };
        let label = gettext_f("Move {device} Up", &device);
        let up = button("go-up-symbolic", -1, &label, entry.enabled && place > 0);
        let label = gettext_f("Move {device} Down", &device);
        let last = place + 1 >= enabled;
        let down = button("go-down-symbolic", 1, &label, entry.enabled && !last);
        Self { widget: row, on, up, down }
    }

    /// Lets the row be dragged to the place of another, and take another's.
    fn drag(&self, place: usize, dragged: &Rc<Cell<Option<usize>>>, input: &Sender<DevicesInput>) {
        let source = gtk::DragSource::builder().actions(gdk::DragAction::MOVE).build();
        let start = dragged.clone();
        source.connect_prepare(move |source, x, y| {
            start.set(Some(place));
            let row = source.widget();
            #[allow(clippy::cast_possible_truncation, reason = "whole pixels")]
            source.set_icon(Some(&gtk::WidgetPaintable::new(row.as_ref())), x as i32, y as i32);
            // Which one it is stays in this list: another's rows are none of it.
            Some(gdk::ContentProvider::for_value(&true.to_value()))
        });
        let end = dragged.clone();
        source.connect_drag_end(move |_, _, _| end.set(None));
        self.widget.add_controller(source);

        let target = gtk::DropTarget::new(bool::static_type(), gdk::DragAction::MOVE);
        let start = dragged.clone();
        target.connect_accept(move |_, _| start.get().is_some_and(|from| from != place));
        let (start, out) = (dragged.clone(), input.clone());
        target.connect_drop(move |_, _, _, _| {
            let from = start.take();
            from.inspect(|from| out.emit(DevicesInput::DropBoot(*from, place))).is_some()
        });
        self.widget.add_controller(target);
    }
}

impl DevicesPage {
    /// Moves a device up (-1) or down (1).
    pub(super) fn move_boot(&mut self, place: usize, by: i32, sender: &ComponentSender<Self>) {
        let other = place.saturating_add_signed(by as isize);
        let part = if by < 0 { Part::Up } else { Part::Down };
        self.reorder(sender, part, |order| {
            if place < order.len() && other < order.len() {
                order.swap(place, other);
            }
            other
        });
    }

    /// Puts a device where another one is; among those that are tried, it is
    /// tried, too.
    pub(super) fn drop_boot(&mut self, from: usize, to: usize, sender: &ComponentSender<Self>) {
        self.reorder(sender, Part::Check, |order| moved(order, from, to));
    }

    /// Switches a device on or off.
    pub(super) fn enable_boot(&mut self, place: usize, on: bool, sender: &ComponentSender<Self>) {
        self.reorder(sender, Part::Check, |order| {
            if place >= order.len() {
                return place;
            }
            let mut entry = order.remove(place);
            entry.enabled = on;
            // Behind the last one that is tried.
            let end = order.iter().filter(|entry| entry.enabled).count();
            order.insert(end, entry);
            end
        });
    }

    /// Changes the order; `change` says where the changed device is then.
    fn reorder(
        &mut self,
        sender: &ComponentSender<Self>,
        part: Part,
        change: impl FnOnce(&mut Vec<BootEntry>) -> usize,
    ) {
        let Some(draft) = &mut self.draft else { return };
        let mut order = draft.boot_order();
        let place = change(&mut order);
        if let Err(error) = draft.set_boot_order(&order) {
            return self.cannot(&error);
        }
        self.page.reorder(draft, (place, part), sender.input_sender());
    }
}

/// Moves an entry to the place of another; says where it is then.
fn moved(order: &mut Vec<BootEntry>, from: usize, to: usize) -> usize {
    if from.max(to) >= order.len() || from == to || !(order[from].enabled || order[to].enabled) {
        return from;
    }
    let among = order[to].enabled;
    let mut entry = order.remove(from);
    entry.enabled = true;
    // What is tried comes before what is not.
    let end = order.iter().filter(|entry| entry.enabled).count();
    let place = if among { to.min(end) } else { end };
    order.insert(place, entry);
    place
}

#[cfg(test)]
mod tests {
    use super::moved;
    use crate::model::{hardware, xml::Document};

    #[test]
    fn an_entry_takes_the_place_that_it_is_dropped_on() {
        let disk = |name, boot| format!("<disk><target dev='{name}'/>{boot}</disk>");
        let disks = [
            disk("a", "<boot order='1'/>"),
            disk("b", "<boot order='2'/>"),
            disk("c", "<boot order='3'/>"),
            disk("d", ""),
        ]
        .concat();
        let doc = Document::parse(&format!("<domain><devices>{disks}</devices></domain>")).unwrap();
        let after = |from, to| {
            let mut order = hardware::boot_order(&doc);
            let place = moved(&mut order, from, to);
            let names: String =
                order.iter().filter_map(|entry| entry.device.fact("target")).collect();
            let tried = order.iter().filter(|entry| entry.enabled).count();
            (names, tried, place)
        };
        assert_eq!(after(0, 2), ("bcad".to_owned(), 3, 2));
        assert_eq!(after(2, 0), ("cabd".to_owned(), 3, 0));
        assert_eq!(after(1, 1), ("abcd".to_owned(), 3, 1));
        // One that was not tried is, once it stands among the others.
        assert_eq!(after(3, 1), ("adbc".to_owned(), 4, 1));
        // Behind the last that is tried there is nothing to be gone to.
        assert_eq!(after(0, 3), ("bcad".to_owned(), 3, 2));
        assert_eq!(after(9, 0), ("abcd".to_owned(), 3, 9));
    }
}
