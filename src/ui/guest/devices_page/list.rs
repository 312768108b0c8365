//! The list of what a guest has.

use gettextrs::gettext;
use relm4::{
    Sender,
    gtk::{self, prelude::*},
};

use super::{
    DevicesInput,
    draft::{Draft, Entry},
    words,
};
use crate::{model::hardware::Section, ui::widgets::TwoLines};

/// The list, and what its rows stand for.
#[derive(Debug)]
pub(super) struct EntryList {
    list: gtk::ListBox,
    entries: Vec<Entry>,
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
        Self { list, entries: Vec::new() }
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
        let mut rows: Vec<gtk::ListBoxRow> = Section::ALL
            .iter()
            .map(|section| row(words::section_icon(*section), &words::section(*section), ""))
            .collect();
        let mut devices = draft.devices();
        devices.retain(|device| !device.is_plumbing());
        devices.sort_by_key(|device| device.kind);
        for device in &devices {
            let (name, more) = (words::device(device), words::details(device));
            rows.push(row(words::kind_icon(device.kind), &name, &more));
            entries.push(Entry::Device(device.identity.clone()));
        }
        rows.push(row("text-x-generic-symbolic", &gettext("XML"), ""));
        entries.push(Entry::Xml);
        self.entries = entries;
        self.list.remove_all();
        for row in &rows {
            self.list.append(row);
        }
        let place = self.entries.iter().position(|entry| entry == chosen).unwrap_or(0);
        self.list.select_row(rows.get(place));
    }
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
