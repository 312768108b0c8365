//! A guest as its row needs it, and how rows follow an inventory.

use std::{cell::OnceCell, rc::Rc, sync::Arc};

use crate::{
    model::{
        ConnectionId, DomainAction, DomainDetails, DomainId, DomainSummary, GuestRef, HostState,
        Inventory, Tags,
    },
    ui::words::Status,
};

/// A host as rows name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostLabel {
    pub(super) id: ConnectionId,
    /// The name the user gave it.
    pub(super) name: Rc<str>,
    /// Whether what is listed is what is there now.
    pub(super) connected: bool,
}

/// What a row shows, apart from the load.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) guest: GuestRef,
    pub(super) summary: Arc<DomainSummary>,
    pub(super) details: Option<Arc<DomainDetails>>,
    pub(super) pending: Option<DomainAction>,
    pub(super) host: HostLabel,
    /// The name of the operating system, where its definition says it.
    pub(super) os: Option<Rc<str>>,
    /// Compares as people count: `vm2` before `vm10`.
    pub(super) sort_key: String,
    /// What the search looks into, made when it is first used.
    haystack: OnceCell<String>,
}

impl Entry {
    /// The title, or the name of a guest without one.
    pub(super) fn label(&self) -> &str {
        let title = self.details.as_ref().and_then(|details| details.title.as_deref());
        title.filter(|title| !title.trim().is_empty()).unwrap_or(&self.summary.name)
    }

    /// Whether the label is a title, so that the name is to be shown as well.
    pub(super) fn has_title(&self) -> bool {
        self.label() != self.summary.name
    }

    pub(super) fn status(&self) -> Status {
        Status::of(&self.summary, self.pending)
    }

    /// Addresses of the guest, nothing while it does not run.
    pub(super) fn addresses(&self) -> &[String] {
        self.details.as_ref().map_or(&[], |details| &details.addresses)
    }

    /// The guest's tags, where its definition has been read.
    pub(super) fn tags(&self) -> Option<&Tags> {
        self.details.as_ref().map(|details| &details.tags).filter(|tags| !tags.is_empty())
    }

    /// Whether it runs with something else than it will start with.
    pub(super) fn waits_for_restart(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.pending_changes)
    }

    /// Everything the search looks into, in lower case.
    pub(super) fn haystack(&self) -> &str {
        self.haystack.get_or_init(|| {
            let mut text = format!("{}\n{}", self.summary.name, self.status().label());
            let mut add = |part: &str| {
                text.push('\n');
                text.push_str(part);
            };
            add(&self.host.name);
            if let Some(os) = &self.os {
                add(os);
            }
            if let Some(details) = &self.details {
                details.title.iter().chain(&details.notes).for_each(|part| add(part));
                details.addresses.iter().for_each(|part| add(part));
                details.tags.iter().for_each(&mut add);
            }
            text.to_lowercase()
        })
    }
}

/// The entries of one host after an inventory has arrived: those that are the
/// same are kept (the same `Rc`), so that nothing of them is shown again.
///
/// `old` gives the entry shown so far. Costs a comparison of pointers for each
/// guest that has not changed.
pub(super) fn follow(
    host: &HostLabel,
    inventory: &Inventory,
    os_name: impl Fn(&str) -> Option<Rc<str>>,
    old: impl Fn(DomainId) -> Option<Rc<Entry>>,
) -> Vec<Rc<Entry>> {
    let entry = |(id, summary): (&DomainId, &Arc<DomainSummary>)| {
        let details = inventory.details.get(id);
        let pending = inventory.pending.get(id).copied();
        let before = old(*id);
        if let Some(before) = &before
            && same(&before.summary, summary)
            && before.pending == pending
            && before.host == *host
            && match (&before.details, details) {
                (Some(before), Some(now)) => same(before, now),
                // An event has made the definition stale and it is being read
                // again: the last known one is shown until then.
                (_, None) => true,
                (None, Some(_)) => false,
            }
        {
            return Rc::clone(before);
        }
        let details = details.cloned().or_else(|| before.and_then(|entry| entry.details.clone()));
        let os = details.as_ref().and_then(|details| os_name(details.os_id.as_deref()?));
        let mut entry = Entry {
            guest: GuestRef { connection: host.id, domain: *id },
            summary: Arc::clone(summary),
            details,
            pending,
            host: host.clone(),
            os,
            sort_key: String::new(),
            haystack: OnceCell::new(),
        };
        entry.sort_key = natural_key(entry.label());
        Rc::new(entry)
    };
    inventory.domains.iter().map(entry).collect()
}

fn same<T: PartialEq>(one: &Arc<T>, other: &Arc<T>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

/// Whether what the inventory lists is what is there now.
pub(super) fn is_current(state: &HostState) -> bool {
    matches!(state, HostState::Ready)
}

/// A text whose byte order is the order in which people would put `name`:
/// letter case does not count, numbers count by their value.
pub(super) fn natural_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 8);
    let lower = name.to_lowercase();
    let mut rest = lower.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        key.push_str(&rest[..start]);
        let number = &rest[start..];
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let digits = number[..end].trim_start_matches('0');
        // A longer number is a larger one: its length goes first, as one
        // character from a range before the small letters.
        let length = u32::try_from(digits.len()).unwrap_or(u32::MAX).min(0x30);
        key.extend(char::from_u32(u32::from('0') + length));
        key.push_str(digits);
        rest = &number[end..];
    }
    key.push_str(rest);
    // Names that differ only in case or leading zeros still have an order.
    key.push('\0');
    key.push_str(name);
    key
}

#[cfg(test)]
pub(super) mod tests {
    use std::{rc::Rc, sync::Arc};

    use uuid::Uuid;

    use super::{Entry, HostLabel, follow, natural_key};
    use crate::model::{
        ConnectionId, DomainAction, DomainDetails, DomainId, DomainState, DomainSummary, HostState,
        Inventory,
    };

    /// An inventory of guests with these names and states.
    pub(in crate::ui::guests) fn inventory(guests: &[(&str, DomainState)]) -> Inventory {
        let mut inventory = Inventory { state: HostState::Ready, ..Inventory::default() };
        for (number, (name, state)) in (1u128..).zip(guests) {
            let id = DomainId(Uuid::from_u128(number));
            let summary = DomainSummary {
                id,
                name: (*name).to_owned(),
                state: *state,
                reason: 0,
                persistent: true,
                autostart: false,
                managed_save: false,
            };
            inventory.domains.insert(id, Arc::new(summary));
        }
        inventory
    }

    /// The entries of a first inventory.
    pub(in crate::ui::guests) fn entries(inventory: &Inventory) -> Vec<Rc<Entry>> {
        follow(&host(), inventory, |id| Some(id.into()), |_| None)
    }

    fn host() -> HostLabel {
        HostLabel { id: ConnectionId(Uuid::nil()), name: "Inn".into(), connected: true }
    }

    #[test]
    fn only_what_changed_is_a_new_entry() {
        let names = [("a", DomainState::Running), ("b", DomainState::ShutOff)];
        let mut changed = inventory(&names);
        let before = entries(&changed);
        let (first, second) = (before[0].guest.domain, before[1].guest.domain);
        changed.pending.insert(second, DomainAction::Start);
        let after = follow(
            &host(),
            &changed,
            |_| None,
            |id| before.iter().find(|entry| entry.guest.domain == id).cloned(),
        );
        assert_eq!(after[0].guest.domain, first);
        assert!(Rc::ptr_eq(&before[0], &after[0]));
        assert!(!Rc::ptr_eq(&before[1], &after[1]));
        assert_eq!(after[1].status().label(), "Starting…");
    }

    #[test]
    fn the_last_known_title_stays_while_the_definition_is_read_again() {
        let mut inventory = inventory(&[("a", DomainState::Running)]);
        let id = *inventory.domains.keys().next().expect("one guest");
        let details = DomainDetails { title: Some("Web".into()), ..DomainDetails::default() };
        inventory.details.insert(id, Arc::new(details));
        let before = entries(&inventory);
        assert_eq!(before[0].label(), "Web");
        inventory.details.clear();
        let after = follow(&host(), &inventory, |_| None, |_| Some(Rc::clone(&before[0])));
        assert_eq!(after[0].label(), "Web");
    }

    #[test]
    fn names_are_ordered_as_people_count() {
        let ordered = ["", "1", "2", "10", "a", "A1", "a1", "a01", "a2", "a10", "a10b", "b", "ñu"];
        let mut sorted = ordered;
        sorted.reverse();
        sorted.sort_by_key(|name| natural_key(name));
        let lower = |names: [&str; 13]| names.map(|name| name.to_lowercase().replace("01", "1"));
        assert_eq!(lower(sorted), lower(ordered));
        let (short, long) =
            ("vm9".to_owned() + &"9".repeat(20), "vm1".to_owned() + &"0".repeat(40));
        assert!(natural_key(&short) < natural_key(&long));
    }
}
