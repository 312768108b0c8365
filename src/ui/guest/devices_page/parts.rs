//! Groups of rows for what a guest has several of: features of its processor,
//! NUMA nodes, the host's processors for each thread.

use std::collections::VecDeque;

use gettextrs::gettext;
use relm4::{
    ComponentSender, Sender, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::{DevicesInput, DevicesPage, draft::Draft, offers::Offers, rows::FieldRow};
use crate::{
    i18n::gettext_f,
    model::hardware::{self, Device, DeviceKind, Section},
};

/// So many parts of a kind have rows; what is beyond stands under XML.
const MOST_ROWS: usize = 64;

/// The rows of the parts of a kind.
#[derive(Debug)]
pub(super) struct PartGroup {
    kind: DeviceKind,
    group: adw::PreferencesGroup,
    rows: Vec<FieldRow>,
    /// "Add Feature…", which needs a processor that can have some.
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
        let kinds: &[DeviceKind] = match section {
            Section::Cpu => &[DeviceKind::CpuFeature],
            Section::Memory => &[DeviceKind::NumaNode],
            Section::Tuning => &[DeviceKind::VcpuPin, DeviceKind::IothreadPin],
            _ => &[],
        };
        let made = kinds.iter().map(|kind| Self::new(*kind, draft, input));
        made.collect()
    }

    fn new(kind: DeviceKind, draft: &Draft, input: &Sender<DevicesInput>) -> Self {
        let group = adw::PreferencesGroup::new();
        let (mut add, mut count) = (None, None);
        group.set_title(&match kind {
            DeviceKind::CpuFeature => gettext("Features"),
            DeviceKind::NumaNode => gettext("NUMA Nodes"),
            DeviceKind::VcpuPin => gettext("Processor Pinning"),
            _ => gettext("Disk Thread Pinning"),
        });
        match kind {
            DeviceKind::CpuFeature => {
                let button = gtk::Button::builder()
                    .label(gettext("Add Feature…"))
                    .valign(gtk::Align::Center)
                    .css_classes(["flat"])
                    .build();
                let out = input.clone();
                button.connect_clicked(move |_| out.emit(DevicesInput::AskForFeature));
                group.set_header_suffix(Some(&button));
                add = Some(button);
            }
            DeviceKind::NumaNode => {
                group.set_description(Some(&gettext(
                    "Processors and memory are divided evenly when the number changes.",
                )));
                let (row, value) = counter(draft, input);
                group.add(&row);
                count = Some(value);
            }
            _ => {}
        }
        let mut this =
            Self { kind, group, rows: Vec::new(), add, count, following: VecDeque::new() };
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
        for row in self.rows.drain(..) {
            self.group.remove(row.widget());
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
            self.refresh(draft);
            return false;
        };
        for field in hardware::of_device(self.kind) {
            let row = FieldRow::new(field, draft, Some(&part), offers, input);
            if self.kind == DeviceKind::CpuFeature {
                row.widget().add_suffix(&self.remove_button(&part, input));
            }
            self.group.add(row.widget());
            self.rows.push(row);
        }
        true
    }

    /// Finds out which parts there are.
    fn begin(&mut self, draft: &Draft) {
        let parts = draft.part_slots(self.kind);
        let more = parts.len() > MOST_ROWS;
        match self.kind {
            DeviceKind::NumaNode => {}
            DeviceKind::CpuFeature if parts.is_empty() => self
                .group
                .set_description(Some(&gettext("Those of the chosen processor, and no others."))),
            _ if more => {
                let count = [("count", &*MOST_ROWS.to_string())];
                let text = gettext_f("The first {count}; all of them stand under XML.", &count);
                self.group.set_description(Some(&text));
            }
            DeviceKind::VcpuPin | DeviceKind::IothreadPin => self.group.set_description(Some(
                &gettext("The host’s processors that each one may run on; all unless said."),
            )),
            _ => self.group.set_description(None),
        }
        self.following = parts.into_iter().take(MOST_ROWS).collect();
    }

    /// Follows what other rows changed.
    pub(super) fn refresh(&self, draft: &Draft) {
        if let Some(add) = &self.add {
            let possible = draft.can_have_features();
            add.set_sensitive(possible);
            let why = gettext("Choose a kind of processor first");
            add.set_tooltip_text(Some(&why).filter(|_| !possible).map(String::as_str));
        }
        if let Some(count) = &self.count {
            let (fewest, most) = draft.node_limits();
            count.set_range(small(fewest), small(most.max(fewest)));
        }
        if self.kind == DeviceKind::IothreadPin {
            self.group.set_visible(!self.rows.is_empty());
        }
    }

    fn remove_button(&self, part: &Device, input: &Sender<DevicesInput>) -> gtk::Button {
        let label = gettext_f("Remove {feature}", &[("feature", part.key())]);
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
    let value = gtk::SpinButton::with_range(small(fewest), small(most.max(fewest)), 1.0);
    value.set_valign(gtk::Align::Center);
    value.set_value(small(draft.nodes()));
    let label = gettext("Number of nodes");
    value.update_property(&[gtk::accessible::Property::Label(&label)]);
    let row = adw::ActionRow::builder().title(&label).activatable_widget(&value).build();
    row.add_suffix(&value);
    let out = input.clone();
    value.connect_value_changed(move |value| {
        out.emit(DevicesInput::Nodes(usize::try_from(value.value_as_int()).unwrap_or(0)));
    });
    (row, value)
}

impl DevicesPage {
    /// Requires a feature of the guest's processor.
    pub(super) fn add_feature(&mut self, name: &str, sender: &ComponentSender<Self>) {
        let policy = hardware::of_device(DeviceKind::CpuFeature).next();
        let part = hardware::part(DeviceKind::CpuFeature, name);
        let (Some(draft), Some(policy)) = (&mut self.draft, policy) else { return };
        if let Some(part) = part
            && draft.value(Some(&part), policy).is_none()
            && let Err(wrong) = draft.set(Some(&part), policy, Some("require"))
        {
            tracing::error!(?wrong, "a feature could not be added");
        }
        self.refill(DeviceKind::CpuFeature, sender);
    }

    /// Makes a part say nothing any more.
    pub(super) fn clear_part(&mut self, identity: &str, sender: &ComponentSender<Self>) {
        let Some(draft) = &mut self.draft else { return };
        let Some(part) = draft.device(identity) else { return };
        for field in hardware::of_device(part.kind) {
            if let Err(wrong) = draft.set(Some(&part), field, None) {
                tracing::error!(?wrong, "a part could not be cleared");
            }
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

    fn refill(&mut self, kind: DeviceKind, sender: &ComponentSender<Self>) {
        if let Some(draft) = &self.draft {
            self.page.refill(kind, draft, &self.offers, sender.input_sender());
        }
    }
}
