//! Which guests the list shows, and in which order.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};

use super::entry::Entry;
use crate::{
    model::{GuestStats, Tags, tags::fold},
    ui::words::Status,
};

/// The states that can be filtered by, in the order of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StateGroup {
    Running,
    Paused,
    Off,
    Saved,
    Crashed,
}

impl StateGroup {
    pub(super) const ALL: [Self; 5] =
        [Self::Running, Self::Paused, Self::Off, Self::Saved, Self::Crashed];

    /// The name of its action.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Off => "off",
            Self::Saved => "saved",
            Self::Crashed => "crashed",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Running => Status::Running.label(),
            Self::Paused => Status::Paused.label(),
            Self::Off => Status::Off.label(),
            Self::Saved => Status::Saved.label(),
            Self::Crashed => Status::Crashed.label(),
        }
    }

    /// The group of a guest by its state proper: an operation that is pending
    /// does not make its row jump out of the list.
    fn of(entry: &Entry) -> Option<Self> {
        match Status::of(&entry.summary, None) {
            Status::Running | Status::ShuttingDown => Some(Self::Running),
            Status::Paused | Status::Suspended => Some(Self::Paused),
            Status::Off => Some(Self::Off),
            Status::Saved => Some(Self::Saved),
            Status::Crashed => Some(Self::Crashed),
            Status::Pending(_) | Status::Unknown => None,
        }
    }
}

/// What the user asked to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    words: Vec<String>,
    /// Nothing shows every state.
    pub(super) states: BTreeSet<StateGroup>,
    /// Nothing shows guests whatever their tags; else one of these is enough.
    tags: BTreeMap<String, String>,
}

impl Filter {
    /// Looks for all words of `text` from now on. Returns whether that is
    /// another search than before.
    pub(super) fn search(&mut self, text: &str) -> bool {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let changed = words != self.words;
        self.words = words;
        changed
    }

    /// Shows guests with this tag too, or no more.
    pub(super) fn toggle_tag(&mut self, tag: &str) {
        let key = fold(tag);
        if self.tags.remove(&key).is_none() {
            self.tags.insert(key, tag.to_owned());
        }
    }

    /// Shows guests of all states and tags again, whatever text is searched.
    pub(super) fn clear_choices(&mut self) {
        self.states.clear();
        self.tags.clear();
    }

    /// Whether states or tags are chosen.
    pub(super) fn chooses(&self) -> bool {
        !self.states.is_empty() || !self.tags.is_empty()
    }

    /// Whether text or tags are looked for, which needs every guest's definition.
    pub(super) fn searches(&self) -> bool {
        !self.words.is_empty() || !self.tags.is_empty()
    }

    /// The tags to choose from, and whether they are chosen: those that guests
    /// have, and the chosen ones.
    pub(super) fn tag_choices<'e>(
        &self,
        entries: impl Iterator<Item = &'e Rc<Entry>>,
    ) -> Vec<(String, bool)> {
        let mut known = self.tags.clone();
        for tag in entries.filter_map(|entry| entry.tags()).flat_map(Tags::iter) {
            known.entry(fold(tag)).or_insert_with(|| tag.to_owned());
        }
        known.into_iter().map(|(key, tag)| (tag, self.tags.contains_key(&key))).collect()
    }

    pub(super) fn matches(&self, entry: &Entry) -> bool {
        let state = self.states.is_empty()
            || StateGroup::of(entry).is_some_and(|group| self.states.contains(&group));
        let has_tag = |tags: &Tags| self.tags.values().any(|tag| tags.contains(tag));
        let tag = self.tags.is_empty() || entry.tags().is_some_and(has_tag);
        state && tag && self.words.iter().all(|word| entry.haystack().contains(word.as_str()))
    }
}

/// What the list is sorted by; equal ones then by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SortBy {
    #[default]
    Name,
    State,
    Cpu,
    Memory,
    Host,
}

impl SortBy {
    pub(super) const ALL: [Self; 5] =
        [Self::Name, Self::State, Self::Cpu, Self::Memory, Self::Host];

    /// The target of its action.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::State => "state",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Host => "host",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    /// Whether the order depends on every guest's load.
    pub(super) fn by_load(self) -> bool {
        matches!(self, Self::Cpu | Self::Memory)
    }
}

/// Puts `entries` in order. Guests with more load come first.
pub(super) fn sort(
    entries: &mut [Rc<Entry>],
    by: SortBy,
    load: impl Fn(&Entry) -> Option<Arc<GuestStats>>,
) {
    let by_name =
        |a: &Entry, b: &Entry| a.sort_key.cmp(&b.sort_key).then_with(|| a.guest.cmp(&b.guest));
    match by {
        SortBy::Name => entries.sort_unstable_by(|a, b| by_name(a, b)),
        SortBy::State => {
            entries.sort_unstable_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| by_name(a, b)));
        }
        SortBy::Host => entries
            .sort_unstable_by(|a, b| a.host.name.cmp(&b.host.name).then_with(|| by_name(a, b))),
        SortBy::Cpu | SortBy::Memory => {
            // Each load is asked for once, not at each comparison.
            let mut keyed: Vec<(f64, Rc<Entry>)> = entries
                .iter()
                .map(|entry| (load_key(by, load(entry).as_deref()), Rc::clone(entry)))
                .collect();
            keyed.sort_unstable_by(|(a, one), (b, other)| {
                b.partial_cmp(a).unwrap_or(Ordering::Equal).then_with(|| by_name(one, other))
            });
            for (slot, (_, entry)) in entries.iter_mut().zip(keyed) {
                *slot = entry;
            }
        }
    }
}

/// Running guests first, then those that need somebody, then the rest.
fn rank(entry: &Entry) -> Option<StateGroup> {
    StateGroup::of(entry)
}

fn load_key(by: SortBy, load: Option<&GuestStats>) -> f64 {
    // A guest that does not run has less load than an idle one.
    let Some(load) = load else { return -1.0 };
    let value = if by == SortBy::Cpu {
        // Whole percents, so that the noise of idle guests moves no rows.
        load.cpu.last().map_or(-1.0, |share| f64::from((share * 100.0).round()))
    } else {
        // Of use for an order, not for arithmetic.
        #[allow(clippy::cast_precision_loss)]
        let used = (load.memory_used >> 20) as f64;
        used
    };
    if value.is_finite() { value } else { -1.0 }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use super::{Filter, SortBy, StateGroup, sort};
    use crate::{
        model::{DomainDetails, DomainState as S, GuestStats, Tags},
        ui::guests::entry::{Entry, tests},
    };

    fn names(entries: &[std::rc::Rc<Entry>]) -> Vec<&str> {
        entries.iter().map(|entry| entry.summary.name.as_str()).collect()
    }

    fn tags(list: &[&str]) -> Tags {
        let mut tags = Tags::default();
        for tag in list {
            tags.insert(tag).expect("a tag");
        }
        tags
    }

    #[test]
    fn one_of_the_chosen_tags_is_enough_and_states_count_as_well() {
        let mut inventory =
            tests::inventory(&[("a", S::Running), ("b", S::Running), ("c", S::ShutOff)]);
        let ids: Vec<_> = inventory.domains.keys().copied().collect();
        for (id, list) in ids.into_iter().zip([&["web", "Prod"][..], &[], &["PROD"]]) {
            let details = DomainDetails { tags: tags(list), ..DomainDetails::default() };
            inventory.details.insert(id, Arc::new(details));
        }
        let entries = tests::entries(&inventory);
        let mut filter = Filter::default();
        let shown = |filter: &Filter| {
            let kept = entries.iter().filter(|entry| filter.matches(entry)).cloned();
            names(&kept.collect::<Vec<_>>()).join("")
        };
        let choices = |filter: &Filter| filter.tag_choices(entries.iter());
        let choice = |tag: &str, on| (tag.to_owned(), on);
        assert_eq!(shown(&filter), "abc");
        filter.toggle_tag("prod");
        assert_eq!(shown(&filter), "ac");
        assert!(filter.searches() && filter.chooses());
        filter.toggle_tag("gone");
        filter.states.insert(StateGroup::Off);
        assert_eq!(shown(&filter), "c");
        let all = [choice("gone", true), choice("prod", true), choice("web", false)];
        assert_eq!(choices(&filter), all);
        filter.toggle_tag("PROD");
        assert_eq!(shown(&filter), "");
        filter.clear_choices();
        assert_eq!(shown(&filter), "abc");
        assert_eq!(choices(&filter), [choice("Prod", false), choice("web", false)]);
    }

    #[test]
    fn every_word_must_be_found_somewhere() {
        let mut inventory = tests::inventory(&[("web", S::Running), ("mail", S::ShutOff)]);
        let id = *inventory.domains.keys().next().expect("a guest");
        let details = DomainDetails {
            title: Some("Öffentlich".to_owned()),
            notes: Some("Rack 7".to_owned()),
            os_id: Some("Debian 12".to_owned()),
            addresses: vec!["10.0.0.7".to_owned()],
            tags: tags(&["DMZ", "prod"]),
            ..DomainDetails::default()
        };
        inventory.details.insert(id, Arc::new(details));
        let entries = tests::entries(&inventory);
        let found = |text: &str| {
            let mut filter = Filter::default();
            filter.search(text);
            entries.iter().filter(|entry| filter.matches(entry)).count()
        };
        for text in
            ["WEB", "dmz prod", "öffentlich", "rack", "debian 12", "10.0.0.7", "running", "WE bian"]
        {
            assert_eq!(found(text), 1, "{text}");
        }
        assert_eq!(found("inn"), 2);
        assert_eq!(found("  "), 2);
        assert_eq!(found("web mail"), 0);
    }

    #[test]
    fn states_filter_by_group_and_saved_is_not_off() {
        let mut inventory =
            tests::inventory(&[("a", S::Running), ("b", S::ShutOff), ("c", S::ShutOff)]);
        let last = *inventory.domains.keys().last().expect("a guest");
        let saved = inventory.domains.get_mut(&last).expect("known");
        Arc::make_mut(saved).managed_save = true;
        let entries = tests::entries(&inventory);
        let shown = |groups: &[StateGroup]| {
            let mut filter = Filter::default();
            filter.states.extend(groups);
            let kept = entries.iter().filter(|entry| filter.matches(entry)).cloned();
            names(&kept.collect::<Vec<_>>()).join("")
        };
        assert_eq!(shown(&[]), "abc");
        assert_eq!(shown(&[StateGroup::Off]), "b");
        assert_eq!(shown(&[StateGroup::Saved]), "c");
        assert_eq!(shown(&[StateGroup::Running, StateGroup::Saved]), "ac");
    }

    #[test]
    fn each_order_falls_back_on_the_name() {
        let inventory = tests::inventory(&[
            ("vm10", S::ShutOff),
            ("vm2", S::Running),
            ("vm1", S::Running),
            ("vm3", S::Paused),
        ]);
        let mut entries = tests::entries(&inventory);
        let load = BTreeMap::from([("vm1", 0.1f32), ("vm2", 0.9), ("vm3", 0.101)]);
        let load = |entry: &Entry| {
            let cpu = vec![*load.get(entry.summary.name.as_str())?];
            Some(Arc::new(GuestStats { cpu, ..GuestStats::default() }))
        };
        let mut order = |by| {
            sort(&mut entries, by, load);
            names(&entries).join(" ")
        };
        assert_eq!(order(SortBy::Name), "vm1 vm2 vm3 vm10");
        assert_eq!(order(SortBy::State), "vm1 vm2 vm3 vm10");
        assert_eq!(order(SortBy::Cpu), "vm2 vm1 vm3 vm10");
        assert_eq!(order(SortBy::Host), "vm1 vm2 vm3 vm10");
        assert_eq!(SortBy::from_name("cpu"), Some(SortBy::Cpu));
    }
}
