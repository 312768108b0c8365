//! Groups of rows for what a guest has several of: features of its processor,
//! NUMA nodes, the host's processors for each thread.

use std::collections::VecDeque;

use gettextrs::gettext;
use relm4::{
    ComponentSender, Sender, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::{DevicesInput, DevicesPage, draft::Draft, offers::Offers, part_words, rows::FieldRow};
use crate::{
    i18n::gettext_f,
    model::hardware::{self, Device, DeviceKind, Section},
    ui::widgets::spin_button,
};

/// So many parts of a kind have rows; what is beyond stands under XML.
const MOST_ROWS: usize = 64;

/// The rows of the parts of a kind.
#[derive(Debug)]
pub(super) struct PartGroup {
    kind: DeviceKind,
    group: adw::PreferencesGroup,
    rows: Vec<FieldRow>,
    /// What stands in the group: rows of fields, or rows that hold them.
    held: Vec<gtk::Widget>,
    /// "Add …", for kinds that one adds.
    add: Option<gtk::Button>,
    /// How many there are, for those that are counted.
    count: Option<gtk::SpinButton>,
    /// Those that have no row yet.
    following: VecDeque<Device>,
}

impl PartGroup {
    /// The groups that belong on a page, without rows.
    pub(super) fn of_section(
        section: Section,
        draft: &Draft,
        input: &Sender<DevicesInput>,
    ) -> Vec<Self> {
        let made = part_words::on_page(section).iter().map(|kind| Self::new(*kind, draft, input));
        made.collect()
    }

    fn new(kind: DeviceKind, draft: &Draft, input: &Sender<DevicesInput>) -> Self {
        let group = adw::PreferencesGroup::new();
        group.set_title(&part_words::heading(kind));
        let add = part_words::add_label(kind).map(|label| {
            let button = gtk::Button::builder()
                .label(label)
                .valign(gtk::Align::Center)
                .css_classes(["flat"])
                .build();
            let out = input.clone();
            button.connect_clicked(move |_| out.emit(DevicesInput::AskForPart(kind)));
            group.set_header_suffix(Some(&button));
            button
        });
        let count = (kind == DeviceKind::NumaNode).then(|| {
            let (row, value) = counter(draft, input);
            group.add(&row);
            value
        });
        let (rows, held) = (Vec::new(), Vec::new());
        let mut this = Self { kind, group, rows, held, add, count, following: VecDeque::new() };
        this.begin(draft);
        this
    }

    pub(super) fn widget(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    pub(super) fn kind(&self) -> DeviceKind {
        self.kind
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &FieldRow> {
        self.rows.iter()
    }

    /// Makes the rows anew.
    pub(super) fn fill(&mut self, draft: &Draft, offers: &Offers, input: &Sender<DevicesInput>) {
        self.rows.clear();
        for held in self.held.drain(..) {
            self.group.remove(&held);
        }
        self.begin(draft);
        while self.fill_more(draft, offers, input) {}
    }

    /// Makes the rows of the next part; says whether there was one.
    pub(super) fn fill_more(
        &mut self,
        draft: &Draft,
        offers: &Offers,
        input: &Sender<DevicesInput>,
    ) -> bool {
        let Some(part) = self.following.pop_front() else {
            self.refresh(draft, offers);
            return false;
        };
        // Those that the host does not have are no choice.
        if self.kind == DeviceKind::SecLabel
            && !offers.keeps_apart_by(part.key())
            && !draft.has_part(&part)
        {
            return true;
        }
        let fold = part_words::is_folded(self.kind).then(|| {
            let fold = adw::ExpanderRow::builder().use_markup(false).build();
            fold.set_title(&part_words::title(&part));
            fold.set_expanded(draft.has_part(&part));
            if self.kind.is_added() {
                fold.add_suffix(&self.remove_button(&part, input));
            }
            self.group.add(&fold);
            self.held.push(fold.clone().upcast());
            fold
        });
        let mut all = vec![part.clone()];
        if self.kind == DeviceKind::NumaNode {
            all.extend(hardware::part(DeviceKind::MemNode, part.key()));
        }
        for part in &all {
            for field in hardware::of_device(part.kind) {
                let row = FieldRow::new(field, draft, Some(part), offers, input);
                if let Some(fold) = &fold {
                    fold.add_row(row.widget());
                } else {
                    if self.kind.is_added() {
                        row.widget().add_suffix(&self.remove_button(part, input));
                    }
                    self.group.add(row.widget());
                    self.held.push(row.widget().clone().upcast());
                }
                self.rows.push(row);
            }
        }
        true
    }

    /// Finds out which parts there are.
    fn begin(&mut self, draft: &Draft) {
        let parts = draft.part_slots(self.kind);
        let text = if parts.len() > MOST_ROWS && self.kind != DeviceKind::NumaNode {
            let count = [("count", &*MOST_ROWS.to_string())];
            Some(gettext_f("The first {count}; all of them stand under XML.", &count))
        } else {
            part_words::description(self.kind, parts.is_empty())
        };
        self.group.set_description(text.as_deref());
        self.following = parts.into_iter().take(MOST_ROWS).collect();
    }

    /// Follows what other rows changed.
    pub(super) fn refresh(&self, draft: &Draft, offers: &Offers) {
        if let Some(add) = &self.add {
            let possible = draft.can_add_part(self.kind);
            add.set_sensitive(possible);
            let why = part_words::why_no_more(self.kind);
            add.set_tooltip_text(Some(&why).filter(|_| !possible).map(String::as_str));
        }
        if let Some(count) = &self.count {
            let (fewest, most) = draft.node_limits();
            count.set_range(small(fewest), small(most.max(fewest)));
        }
        let threads = !draft.part_slots(DeviceKind::Iothread).is_empty();
        self.group.set_visible(match self.kind {
            DeviceKind::Iothread | DeviceKind::IothreadPin => !self.rows.is_empty(),
            DeviceKind::IothreadSched => threads || !self.rows.is_empty(),
            // The only one is always there.
            DeviceKind::Vcpu => self.held.len() > 1,
            kind => offers.knows(kind) || !self.rows.is_empty(),
        });
    }

    fn remove_button(&self, part: &Device, input: &Sender<DevicesInput>) -> gtk::Button {
        let label = gettext_f("Remove {feature}", &[("feature", &part_words::title(part))]);
        let button = gtk::Button::builder()
            .icon_name("user-trash-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .tooltip_text(&label)
            .build();
        button.update_property(&[gtk::accessible::Property::Label(&label)]);
        let (out, identity) = (input.clone(), part.identity.clone());
        // The keyboard stays in the group when the row goes.
        let add = self.add.clone();
        button.connect_clicked(move |_| {
            if let Some(add) = &add {
                add.grab_focus();
            }
            out.emit(DevicesInput::ClearPart(identity.clone()));
        });
        button
    }
}

fn small(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn counter(draft: &Draft, input: &Sender<DevicesInput>) -> (adw::ActionRow, gtk::SpinButton) {
    let (fewest, most) = draft.node_limits();
    let label = gettext("Number of nodes");
    let (fewest, most) = (small(fewest), small(most.max(fewest)));
    let range = gtk::Adjustment::new(small(draft.nodes()), fewest, most, 1.0, 10.0, 0.0);
    let value = spin_button(&label, &range);
    let row = adw::ActionRow::builder().title(&label).activatable_widget(&value).build();
    row.add_suffix(&value);
    let out = input.clone();
    value.connect_value_changed(move |value| {
        out.emit(DevicesInput::Nodes(usize::try_from(value.value_as_int()).unwrap_or(0)));
    });
    (row, value)
}

impl DevicesPage {
    /// Makes a part say nothing any more.
    pub(super) fn clear_part(&mut self, identity: &str, sender: &ComponentSender<Self>) {
        let Some(draft) = &mut self.draft else { return };
        let Some(part) = draft.device(identity) else { return };
        if let Err(error) = draft.remove_part(&part) {
            self.cannot(&error);
        }
        self.refill(part.kind, sender);
    }

    pub(super) fn set_nodes(&mut self, count: usize, sender: &ComponentSender<Self>) {
        let Some(draft) = &mut self.draft else { return };
        if draft.nodes() == count {
            return;
        }
        if let Err(error) = draft.set_nodes(count) {
            self.cannot(&error);
        }
        self.refill(DeviceKind::NumaNode, sender);
    }

    pub(super) fn refill(&mut self, kind: DeviceKind, sender: &ComponentSender<Self>) {
        if let Some(draft) = &self.draft {
            self.page.refill(kind, draft, &self.offers, sender.input_sender());
        }
    }
}
