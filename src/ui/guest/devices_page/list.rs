//! The list of what a guest has.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    rc::Rc,
};

use gettextrs::gettext;
use relm4::{
    Sender,
    gtk::{self, glib, prelude::*},
};

use super::{
    DevicesInput,
    draft::{Draft, Entry},
    words,
};
use crate::{model::hardware::Section, ui::widgets::TwoLines};

/// So many rows are made at once: what a window shows. The others follow, a few
/// whenever there is nothing else to do.
const AT_ONCE: usize = 14;
const FOLLOWING: usize = 16;

/// A row's icon, title and subtitle.
type Words = (&'static str, String, String);

/// The list, and what its rows stand for.
#[derive(Debug)]
pub(super) struct EntryList {
    list: gtk::ListBox,
    entries: Vec<Entry>,
    shown: Vec<Words>,
    /// Those that are yet to be made, and which of all is chosen.
    following: Rc<RefCell<VecDeque<Words>>>,
    chosen: Rc<Cell<i32>>,
}

impl EntryList {
    pub(super) fn new(input: &Sender<DevicesInput>) -> Self {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::Browse)
            .css_classes(["navigation-sidebar"])
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&gettext("Hardware"))]);
        let out = input.clone();
        list.connect_row_activated(move |_, row| {
            out.emit(DevicesInput::Select(usize::try_from(row.index()).unwrap_or(0)));
        });
        let (following, chosen) = (Rc::default(), Rc::default());
        Self { list, entries: Vec::new(), shown: Vec::new(), following, chosen }
    }

    pub(super) fn widget(&self) -> &gtk::ListBox {
        &self.list
    }

    pub(super) fn entry(&self, place: usize) -> Option<&Entry> {
        self.entries.get(place)
    }

    /// Lists what the draft has; the chosen entry stays chosen.
    pub(super) fn show(&mut self, draft: &Draft, chosen: &Entry) {
        let mut entries: Vec<Entry> = Section::ALL.map(Entry::Section).to_vec();
        let mut rows: Vec<Words> = Section::ALL
            .iter()
            .map(|section| (words::section_icon(*section), words::section(*section), String::new()))
            .collect();
        let mut devices = draft.devices();
        devices.retain(|device| !device.is_plumbing());
        devices.sort_by_key(|device| device.kind);
        let mut alike: HashMap<(String, String), usize> = HashMap::new();
        for device in &devices {
            let icon = words::kind_icon(device.kind);
            let (mut name, details) = (words::device(device), words::details(device));
            let count = alike.entry((name.clone(), details.clone())).or_default();
            *count += 1;
            if *count > 1 {
                name = format!("{name} {count}");
            }
            rows.push((icon, name, details));
            entries.push(Entry::Device(device.identity.clone()));
        }
        rows.push(("text-x-generic-symbolic", gettext("XML"), String::new()));
        entries.push(Entry::Xml);
        let place = entries.iter().position(|entry| entry == chosen).unwrap_or(0);
        self.chosen.set(i32::try_from(place).unwrap_or(0));
        self.entries = entries;
        if rows != self.shown {
            self.list.remove_all();
            let waiting = !self.following.borrow().is_empty();
            *self.following.borrow_mut() = rows.iter().cloned().collect();
            self.shown = rows;
            make(&self.list, &self.following, AT_ONCE);
            if !waiting {
                self.follow();
            }
        }
        select(&self.list, &self.chosen);
    }

    fn follow(&self) {
        let (list, chosen) = (self.list.downgrade(), self.chosen.clone());
        let following = self.following.clone();
        glib::idle_add_local_full(glib::Priority::LOW, move || {
            let Some(list) = list.upgrade() else { return glib::ControlFlow::Break };
            make(&list, &following, FOLLOWING);
            if list.selected_row().is_none() {
                select(&list, &chosen);
            }
            if following.borrow().is_empty() {
                return glib::ControlFlow::Break;
            }
            glib::ControlFlow::Continue
        });
    }
}

fn make(list: &gtk::ListBox, following: &RefCell<VecDeque<Words>>, count: usize) {
    let mut following = following.borrow_mut();
    let count = count.min(following.len());
    for (icon, title, subtitle) in following.drain(..count) {
        list.append(&row(icon, &title, &subtitle));
    }
}

/// Selects the chosen row once it is there.
fn select(list: &gtk::ListBox, chosen: &Cell<i32>) {
    list.select_row(list.row_at_index(chosen.get()).as_ref());
}

fn row(icon: &str, title: &str, subtitle: &str) -> gtk::ListBoxRow {
    let lines = TwoLines::new();
    lines.title.set_label(title);
    lines.subtitle.set_label(subtitle);
    lines.subtitle.set_visible(!subtitle.is_empty());
    let parts = gtk::Box::new(gtk::Orientation::Horizontal, 12);
    parts.append(&gtk::Image::from_icon_name(icon));
    parts.append(&lines.column);
    let row = gtk::ListBoxRow::builder().child(&parts).build();
    let name = if subtitle.is_empty() { title.to_owned() } else { format!("{title}, {subtitle}") };
    row.update_property(&[gtk::accessible::Property::Label(&name)]);
    row
}
