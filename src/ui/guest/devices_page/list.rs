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
    draft::{Draft, Entry, Mark},
    names, words,
};
use crate::{
    model::hardware::Section,
    ui::widgets::{Hint, TwoLines},
};

/// So many rows are made at once: what a window shows. The others follow, many
/// whenever there is nothing else to do; what they show is made once they are seen.
const AT_ONCE: usize = 14;
const FOLLOWING: usize = 32;

/// A row's icon, title and subtitle.
type Words = (&'static str, String, String);

/// The list, and what its rows stand for.
#[derive(Debug)]
pub(super) struct EntryList {
    pane: gtk::ScrolledWindow,
    rows: Rc<Rows>,
    entries: Vec<Entry>,
}

/// The rows, some of which are yet to be made.
#[derive(Debug)]
struct Rows {
    list: gtk::ListBox,
    /// Of all rows.
    words: RefCell<Vec<Words>>,
    /// Of the marked ones.
    marks: RefCell<HashMap<usize, Mark>>,
    /// Those that are yet to be made, and which of all is chosen.
    following: RefCell<VecDeque<usize>>,
    chosen: Cell<i32>,
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
        let pane = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .child(&list)
            .build();
        let rows = Rc::new(Rows {
            list,
            words: RefCell::default(),
            marks: RefCell::default(),
            following: RefCell::default(),
            chosen: Cell::new(0),
        });
        let seen = pane.vadjustment();
        let (by_scrolling, by_growing) = (Rc::downgrade(&rows), Rc::downgrade(&rows));
        seen.connect_value_changed(move |seen| {
            by_scrolling.upgrade().inspect(|rows| rows.fill(seen));
        });
        seen.connect_changed(move |seen| {
            // The rows get their places just after this.
            let (rows, seen) = (by_growing.clone(), seen.clone());
            glib::idle_add_local_full(glib::Priority::LOW, move || {
                rows.upgrade().inspect(|rows| rows.fill(&seen));
                glib::ControlFlow::Break
            });
        });
        Self { pane, rows, entries: Vec::new() }
    }

    pub(super) fn widget(&self) -> &gtk::ScrolledWindow {
        &self.pane
    }

    pub(super) fn entry(&self, place: usize) -> Option<&Entry> {
        self.entries.get(place)
    }

    /// What the list calls an entry.
    pub(super) fn name(&self, entry: &Entry) -> Option<String> {
        let place = self.entries.iter().position(|listed| listed == entry)?;
        self.rows.words.borrow().get(place).map(|(_, name, _)| name.clone())
    }

    /// Lists what the draft has; the chosen entry stays chosen.
    pub(super) fn show(&mut self, draft: &Draft, chosen: &Entry) {
        let mut entries: Vec<Entry> = Section::ALL.map(Entry::Section).to_vec();
        let mut words: Vec<Words> = Section::ALL
            .iter()
            .map(|section| (words::section_icon(*section), words::section(*section), String::new()))
            .collect();
        let mut devices = draft.devices();
        devices.retain(|device| !device.is_plumbing());
        devices.sort_by_key(|device| device.kind);
        let names = names::names(&draft.known, &devices);
        let mut alike: HashMap<(String, String), usize> = HashMap::new();
        for (device, mut name) in devices.iter().zip(names) {
            let icon = words::icon(device);
            let details = names::details(draft, device);
            let count = alike.entry((name.clone(), details.clone())).or_default();
            *count += 1;
            if *count > 1 {
                name = format!("{name} {count}");
            }
            words.push((icon, name, details));
            entries.push(Entry::Device(device.identity.clone()));
        }
        for device in draft.removed() {
            let details = [gettext("Removed"), words::details(&device)];
            let details: Vec<String> =
                details.into_iter().filter(|text| !text.is_empty()).collect();
            words.push((words::icon(&device), words::device(&device), details.join(" · ")));
            entries.push(Entry::Gone(device.identity));
        }
        words.push(("text-x-generic-symbolic", gettext("XML"), String::new()));
        entries.push(Entry::Xml);
        let place = entries.iter().position(|entry| entry == chosen).unwrap_or(0);
        self.rows.chosen.set(i32::try_from(place).unwrap_or(0));
        self.entries = entries;
        let count = self.rows.words.borrow().len();
        if count == words.len() {
            self.rows.rename(words);
        } else {
            self.rows.list.remove_all();
            let waiting = !self.rows.following.borrow().is_empty();
            *self.rows.following.borrow_mut() = (AT_ONCE.min(words.len())..words.len()).collect();
            *self.rows.words.borrow_mut() = words;
            self.rows.begin();
            if !waiting {
                self.follow();
            }
        }
        self.rows.select();
        self.mark(draft);
    }

    /// Marks what has changes.
    pub(super) fn mark(&self, draft: &Draft) {
        let marks = draft.marks();
        let place = |(place, entry)| marks.get(entry).map(|mark| (place, *mark));
        let marks = self.entries.iter().enumerate().filter_map(place).collect();
        let before = self.rows.marks.replace(marks);
        let now = self.rows.marks.borrow();
        for place in before.keys().chain(now.keys()) {
            self.rows.mark(*place);
        }
    }

    fn follow(&self) {
        let rows = Rc::downgrade(&self.rows);
        glib::idle_add_local_full(glib::Priority::LOW, move || {
            let Some(rows) = rows.upgrade() else { return glib::ControlFlow::Break };
            rows.make_some();
            if rows.list.selected_row().is_none() {
                rows.select();
            }
            if rows.following.borrow().is_empty() {
                return glib::ControlFlow::Break;
            }
            glib::ControlFlow::Continue
        });
    }
}

impl Rows {
    /// Makes the first ones whole.
    fn begin(&self) {
        for words in self.words.borrow().iter().take(AT_ONCE) {
            let row = empty_row(words);
            fill(&row, words);
            self.list.append(&row);
        }
    }

    /// Shows other words in the same rows: the keyboard stays where it is.
    fn rename(&self, words: Vec<Words>) {
        let old = self.words.replace(words);
        let changed = self.words.borrow();
        let changed = changed.iter().zip(old).enumerate().filter(|(_, (new, old))| *new != old);
        for (place, (words, _)) in changed {
            let row = i32::try_from(place).ok().and_then(|place| self.list.row_at_index(place));
            if let Some(row) = row {
                name(&row, words);
                if row.child().is_some() {
                    fill(&row, words);
                    self.mark(place);
                }
            }
        }
    }

    /// Shows the mark of a row, if that was made.
    fn mark(&self, place: usize) {
        let row = i32::try_from(place).ok().and_then(|place| self.list.row_at_index(place));
        let Some(row) = row else { return };
        let icon = row.child().and_then(|parts| parts.last_child()).and_downcast::<gtk::Image>();
        let Some(icon) = icon else { return };
        let (name, class, text) = match self.marks.borrow().get(&place) {
            None => ("", "", String::new()),
            Some(Mark::Edited) => {
                ("document-edit-symbolic", "accent", gettext("Changed, not applied"))
            }
            Some(Mark::Waiting) => (
                "view-refresh-symbolic",
                "warning",
                gettext("Some changes wait for the guest’s next start"),
            ),
        };
        icon.set_icon_name(Some(name));
        icon.set_visible(!name.is_empty());
        icon.set_css_classes(&[class]);
        icon.set_hint(&text);
        row.update_property(&[gtk::accessible::Property::Description(&text)]);
    }

    /// Makes some of those that follow, as high as they will be.
    fn make_some(&self) {
        let all = self.words.borrow();
        let height = |short: bool| {
            let place = all.iter().take(AT_ONCE).position(|words| words.2.is_empty() == short)?;
            let row = self.list.row_at_index(i32::try_from(place).ok()?)?;
            Some(row.measure(gtk::Orientation::Vertical, -1).0)
        };
        let heights = [height(false).unwrap_or(-1), height(true).unwrap_or(-1)];
        let mut following = self.following.borrow_mut();
        let count = FOLLOWING.min(following.len());
        for words in following.drain(..count).filter_map(|place| all.get(place)) {
            let row = empty_row(words);
            row.set_height_request(heights[usize::from(words.2.is_empty())]);
            self.list.append(&row);
        }
    }

    /// Makes what those rows show that are seen.
    fn fill(&self, seen: &gtk::Adjustment) {
        let all = self.words.borrow();
        // Whole pixels are enough.
        #[allow(clippy::cast_possible_truncation)]
        let Some(first) = self.list.row_at_y(seen.value() as i32) else { return };
        let end = seen.value() + seen.page_size();
        for place in first.index().. {
            let Some(row) = self.list.row_at_index(place) else { break };
            // One without a height has no place yet, either.
            let bounds = row.compute_bounds(&self.list).filter(|bounds| bounds.height() > 0.0);
            if bounds.is_none_or(|bounds| f64::from(bounds.y()) > end) {
                break;
            }
            let words = usize::try_from(place).ok().and_then(|place| all.get(place));
            if row.child().is_none()
                && let Some(words) = words
            {
                fill(&row, words);
                self.mark(row.index().unsigned_abs() as usize);
            }
        }
    }

    /// Selects the chosen row once it is there.
    fn select(&self) {
        self.list.select_row(self.list.row_at_index(self.chosen.get()).as_ref());
    }
}

/// A row that only has its name yet.
fn empty_row(words: &Words) -> gtk::ListBoxRow {
    let row = gtk::ListBoxRow::new();
    name(&row, words);
    row
}

/// Says the row's words to those who do not see them.
fn name(row: &gtk::ListBoxRow, (_, title, subtitle): &Words) {
    let name = if subtitle.is_empty() { title.clone() } else { format!("{title}, {subtitle}") };
    row.update_property(&[gtk::accessible::Property::Label(&name)]);
}

fn fill(row: &gtk::ListBoxRow, (icon, title, subtitle): &Words) {
    let lines = TwoLines::new();
    lines.title.set_label(title);
    lines.subtitle.set_label(subtitle);
    lines.subtitle.set_visible(!subtitle.is_empty());
    let parts = gtk::Box::new(gtk::Orientation::Horizontal, 12);
    parts.append(&gtk::Image::from_icon_name(icon));
    parts.append(&lines.column);
    let mark = gtk::Image::builder().visible(false).build();
    mark.set_accessible_role(gtk::AccessibleRole::Presentation);
    parts.append(&mark);
    row.set_child(Some(&parts));
    row.set_height_request(-1);
}
