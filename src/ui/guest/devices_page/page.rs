//! The page of what is chosen: a row a field.

use std::{
    collections::{HashSet, VecDeque},
    time::{Duration, Instant},
};

use gettextrs::gettext;
use relm4::{
    Sender, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::{
    DevicesInput, Of,
    boot::{OrderGroup, Part},
    disk_size::SizeRow,
    draft::{Draft, Entry},
    firmware, nvram,
    offers::Offers,
    parts::PartGroup,
    rows::FieldRow,
    screen_protocol,
    topics::Topic,
};
use crate::{
    i18n::gettext_f,
    model::hardware::{self, Device, DeviceKind, Field, FieldError, Section},
    ui::widgets::{find, take_apart},
};

/// A page is made in steps of about this length, far below that of a frame.
const STEP: Duration = Duration::from_millis(4);

/// So many rows fill a window: with them a page is shown, and the others follow.
const AT_ONCE: usize = 9;

/// A page that is being made; the one before is seen until there is enough of it.
#[derive(Debug)]
struct Making {
    page: adw::PreferencesPage,
    /// Where rows go, and what they are about.
    group: adw::PreferencesGroup,
    topic: Option<Topic>,
    device: Option<Device>,
    /// Those without a row yet.
    fields: VecDeque<&'static Field>,
    /// How far the one before is scrolled, if it is of the same.
    scrolled: Option<gtk::Adjustment>,
    /// It is seen before it is whole.
    shown: bool,
    /// Groups of parts without a place yet, and those that come last.
    parts: VecDeque<PartGroup>,
    last: Vec<adw::PreferencesGroup>,
}

/// The page and its rows.
#[derive(Debug)]
pub(super) struct Page {
    stack: gtk::Stack,
    place: adw::Bin,
    /// What it is or will be the page of.
    entry: Option<Entry>,
    rows: Vec<FieldRow>,
    /// Groups of rows, and from which to which theirs are.
    groups: Vec<(adw::PreferencesGroup, std::ops::Range<usize>)>,
    /// Fields whose typed value cannot be.
    mistakes: HashSet<(Of, &'static str)>,
    parts: Vec<PartGroup>,
    size: Option<SizeRow>,
    order: Option<OrderGroup>,
    making: Option<Making>,
}

impl Page {
    pub(super) fn new(xml: &gtk::Widget) -> Self {
        let stack = gtk::Stack::new();
        let waiting = adw::StatusPage::builder()
            .paintable(&adw::SpinnerPaintable::new(None::<&gtk::Widget>))
            .title(gettext("Reading Definition…"))
            .build();
        let place = adw::Bin::new();
        stack.add_named(&waiting, Some("waiting"));
        stack.add_named(&place, Some("fields"));
        stack.add_named(xml, Some("xml"));
        Self {
            stack,
            place,
            entry: None,
            rows: Vec::new(),
            groups: Vec::new(),
            mistakes: HashSet::new(),
            parts: Vec::new(),
            size: None,
            order: None,
            making: None,
        }
    }

    pub(super) fn widget(&self) -> &gtk::Stack {
        &self.stack
    }

    /// The row that tells the size of the disk that is shown.
    pub(super) fn size_row(&self) -> Option<&SizeRow> {
        self.size.as_ref()
    }

    pub(super) fn has_mistake(&self) -> bool {
        !self.mistakes.is_empty()
    }

    /// Whether the page that is being made is seen already.
    pub(super) fn is_seen(&self) -> bool {
        self.making.as_ref().is_some_and(|making| making.shown)
    }

    /// Begins to make the rows of an entry anew; the guest may not be there yet.
    /// Says whether there is more to do: [`Page::go_on`] does it.
    pub(super) fn show(
        &mut self,
        entry: &Entry,
        draft: &Draft,
        offers: &Offers,
        is_there: bool,
        input: &Sender<DevicesInput>,
    ) -> bool {
        self.mistakes.clear();
        self.rows.clear();
        self.groups.clear();
        self.parts.clear();
        self.size = None;
        self.order = None;
        self.making = None;
        let page = adw::PreferencesPage::new();
        let same = self.entry.replace(entry.clone()).as_ref() == Some(entry);
        let scrolled = self.place.child().filter(|_| same).and_then(|page| scrolling(&page));
        let scrolled = scrolled.filter(|bar| bar.value() > 0.0);
        let making = match entry {
            Entry::Xml => {
                self.stack.set_visible_child_name("xml");
                return false;
            }
            Entry::Gone(identity) => {
                page.add(&removed(draft, identity, input));
                put(&self.stack, &self.place, &page);
                return false;
            }
            Entry::Section(section) => {
                if *section == Section::Boot {
                    page.add(&firmware::group(draft, offers, input));
                    if let Some(settings) = nvram::group(draft, input).filter(|_| is_there) {
                        page.add(&settings);
                    }
                    let order = OrderGroup::new(draft, input);
                    page.add(order.widget());
                    self.order = Some(order);
                }
                Making {
                    page,
                    scrolled,
                    shown: false,
                    group: adw::PreferencesGroup::new(),
                    topic: None,
                    device: None,
                    fields: hardware::of_section(*section).collect(),
                    parts: PartGroup::of_section(*section, draft, input).into(),
                    last: Vec::new(),
                }
            }
            Entry::Device(identity) => {
                let Some(device) = draft.device(identity) else { return false };
                if is_there && let Some((row, group)) = SizeRow::of(&device, input) {
                    page.add(&group);
                    self.size = Some(row);
                }
                let graphics = device.kind == DeviceKind::Graphics;
                let protocol = graphics.then(|| screen_protocol::group(draft, offers, input));
                Making {
                    page,
                    scrolled,
                    shown: false,
                    group: adw::PreferencesGroup::new(),
                    topic: None,
                    fields: hardware::of_device(device.kind)
                        .filter(|field| !field.is_boot_order())
                        .collect(),
                    parts: VecDeque::new(),
                    last: protocol.flatten().into_iter().chain(hint(&device)).collect(),
                    device: Some(device),
                }
            }
        };
        if making.fields.is_empty() {
            making.group.set_description(Some(&gettext(
                "There is nothing to set here; all of it stands under XML.",
            )));
        } else {
            self.groups.push((making.group.clone(), 0..0));
        }
        making.page.add(&making.group);
        self.making = Some(making);
        self.go_on(draft, offers, input)
    }

    /// Makes some more of the page, and shows it once it is whole. Says whether
    /// there is more to do.
    pub(super) fn go_on(
        &mut self,
        draft: &Draft,
        offers: &Offers,
        input: &Sender<DevicesInput>,
    ) -> bool {
        let until = Instant::now() + STEP;
        while let Some(making) = &mut self.making {
            if Instant::now() > until {
                self.hide_empty();
                return true;
            }
            if self.rows.len() == AT_ONCE && making.scrolled.is_none() && !making.shown {
                making.shown = true;
                put(&self.stack, &self.place, &making.page);
                self.hide_empty();
                return true;
            }
            if let Some(field) = making.fields.pop_front() {
                let topic = Topic::of(field);
                if making.topic != topic {
                    making.topic = topic;
                    making.group = adw::PreferencesGroup::new();
                    making.group.set_title(&topic.map(Topic::title).unwrap_or_default());
                    making.page.add(&making.group);
                    let none = self.rows.len()..self.rows.len();
                    self.groups.push((making.group.clone(), none));
                }
                let row = FieldRow::new(field, draft, making.device.as_ref(), offers, input);
                making.group.add(row.widget());
                self.rows.push(row);
                if let Some((_, rows)) = self.groups.last_mut() {
                    rows.end = self.rows.len();
                }
            } else if let Some(part) = making.parts.front_mut() {
                if !part.fill_more(draft, offers, input)
                    && let Some(part) = making.parts.pop_front()
                {
                    making.page.add(part.widget());
                    self.parts.push(part);
                }
            } else {
                for group in making.last.drain(..) {
                    making.page.add(&group);
                }
                if let Some(scrolled) = &making.scrolled {
                    scroll_as(&making.page, scrolled);
                }
                put(&self.stack, &self.place, &making.page);
                self.hide_empty();
                self.making = None;
            }
        }
        false
    }

    /// Shows another boot order; what was used to change it keeps the keyboard.
    pub(super) fn reorder(
        &mut self,
        draft: &Draft,
        (place, part): (usize, Part),
        input: &Sender<DevicesInput>,
    ) {
        if let Some(order) = &mut self.order {
            order.fill(draft, input);
            order.focus(place, part);
        }
    }

    /// Follows what the host offers; what is typed and chosen stays.
    pub(super) fn offer(
        &mut self,
        draft: &Draft,
        offers: &Offers,
        device: Option<&Device>,
        input: &Sender<DevicesInput>,
    ) {
        for row in &mut self.rows {
            row.offer(draft, device, offers, input);
        }
    }

    /// Says where each field stands after a change of one. Answers whether all
    /// values could be shown.
    pub(super) fn refresh(
        &mut self,
        draft: &Draft,
        offers: &Offers,
        device: Option<&Device>,
    ) -> bool {
        let mut whole = true;
        let parts = self.parts.iter().flat_map(PartGroup::rows);
        for row in self.rows.iter().chain(parts) {
            if !self.mistakes.contains(&row.name()) {
                whole &= row.show(draft, offers, device);
            }
        }
        for part in &self.parts {
            part.refresh(draft, offers);
        }
        self.hide_empty();
        whole
    }

    /// A group without rows is nothing but a gap.
    fn hide_empty(&self) {
        for (group, rows) in &self.groups {
            let rows = self.rows.get(rows.clone()).unwrap_or_default();
            group.set_visible(rows.iter().any(|row| row.widget().get_visible()));
        }
    }

    /// Makes the rows of such parts anew.
    pub(super) fn refill(
        &mut self,
        kind: DeviceKind,
        draft: &Draft,
        offers: &Offers,
        input: &Sender<DevicesInput>,
    ) {
        let prefix = |(of, _): &(Of, &str)| of.as_deref().and_then(hardware::part_kind);
        self.mistakes.retain(|name| prefix(name) != Some(kind));
        for group in self.parts.iter_mut().filter(|group| group.kind() == kind) {
            group.fill(draft, offers, input);
        }
        self.refresh(draft, offers, None);
    }

    /// Shows a field's value in place of what was typed.
    pub(super) fn take_back(
        &mut self,
        of: Option<&str>,
        field: &'static Field,
        draft: &Draft,
        device: Option<&Device>,
    ) {
        let name = (of.map(str::to_owned), field.id);
        self.mistakes.remove(&name);
        if let Some(row) = self.rows.iter().find(|row| row.name() == name) {
            row.take_back(draft, device);
        }
    }

    /// Remembers that a field's typed value cannot be, or that it can.
    pub(super) fn judge(&mut self, of: &Of, field: &'static Field, wrong: Option<&FieldError>) {
        let name = (of.clone(), field.id);
        match wrong {
            None => {
                self.mistakes.remove(&name);
            }
            Some(error) => {
                let parts = self.parts.iter().flat_map(PartGroup::rows);
                if let Some(row) = self.rows.iter().chain(parts).find(|row| row.name() == name) {
                    row.refuse(error);
                }
                self.mistakes.insert(name);
            }
        }
    }
}

fn put(stack: &gtk::Stack, place: &adw::Bin, page: &adw::PreferencesPage) {
    let before = place.child().filter(|before| before != page);
    place.set_child(Some(page));
    if let Some(before) = before {
        take_apart(before);
    }
    stack.set_visible_child_name("fields");
}

/// What there is to say of a device that was removed, and the way back.
fn removed(draft: &Draft, identity: &str, input: &Sender<DevicesInput>) -> adw::PreferencesGroup {
    let text = if draft.is_gone(identity) {
        gettext("Removed; the guest has it until its next start")
    } else {
        gettext("Removed as soon as you apply the changes")
    };
    let back =
        gtk::Button::builder().label(gettext("Take Back")).valign(gtk::Align::Center).build();
    let (out, identity) = (input.clone(), identity.to_owned());
    back.connect_clicked(move |_| out.emit(DevicesInput::Restore(identity.clone())));
    let row = adw::ActionRow::builder().title(text).use_markup(false).title_lines(4).build();
    row.add_suffix(&back);
    let group = adw::PreferencesGroup::new();
    group.add(&row);
    group
}

/// How far a page is scrolled.
fn scrolling(page: &gtk::Widget) -> Option<gtk::Adjustment> {
    find::<gtk::ScrolledWindow>(page).map(|view| view.vadjustment())
}

/// Scrolls a page that is not shown yet as far as another one.
fn scroll_as(page: &adw::PreferencesPage, other: &gtk::Adjustment) {
    if let Some(bar) = scrolling(page.upcast_ref()) {
        let (step, leap) = (other.step_increment(), other.page_increment());
        bar.configure(other.value(), other.lower(), other.upper(), step, leap, other.page_size());
    }
}

/// What one has to know to use the device.
fn hint(device: &Device) -> Option<adw::PreferencesGroup> {
    let text = match (device.kind, device.fact("target dir")) {
        (DeviceKind::Filesystem, Some(name)) => {
            // A name of a folder in a command line.
            let name = gtk::glib::shell_quote(name);
            let how = match device.fact("driver") {
                Some("virtiofs") => "virtiofs",
                _ => "9p -o trans=virtio",
            };
            let command = format!("mount -t {how} {} /mnt", name.to_string_lossy());
            gettext_f("In the guest: {command}", &[("command", &command)])
        }
        (DeviceKind::Controller, _) => gettext("Devices are plugged into it by libvirt."),
        _ => return None,
    };
    let group = adw::PreferencesGroup::new();
    let row = adw::ActionRow::builder().title(text).use_markup(false).build();
    row.set_title_selectable(true);
    group.add(&row);
    Some(group)
}
