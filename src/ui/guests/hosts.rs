//! The hosts whose guests are listed, and what the list tells them.

use std::{rc::Rc, sync::Arc, time::Duration};

use relm4::Sender;
use tokio::sync::watch;

use super::{
    entry::{Entry, HostLabel, follow, is_current},
    messages::GuestsCmd,
};
use crate::{
    backend::{ConnectionHandle, DomainSubscription},
    model::{
        ConnectionId, DomainId, DomainSummary, GuestRef, GuestStats, Inventory, StatsSnapshot,
    },
    ui::{
        context::HostEntry,
        watch::{Subscription, on_change},
    },
};

/// Changes are shown at most this often.
const PACE: Duration = Duration::from_millis(50);

/// A host and its part of the list.
pub(super) struct Host {
    pub(super) handle: ConnectionHandle,
    name: Rc<str>,
    /// What the rows show.
    pub(super) inventory: Arc<Inventory>,
    changes: watch::Receiver<Arc<Inventory>>,
    stats: watch::Receiver<Arc<StatsSnapshot>>,
    /// By id, as in the inventory.
    pub(super) entries: Vec<Rc<Entry>>,
    /// What has been said of the rows in view.
    in_view: Shown,
    /// What has been said of guests out of view: searched, or sorted by load.
    beyond: Shown,
    _watches: [Subscription; 2],
}

/// A subscription and what it was told last.
struct Shown {
    subscription: DomainSubscription,
    last: (Vec<DomainId>, bool),
}

impl Shown {
    fn new(handle: &ConnectionHandle) -> Self {
        Self { subscription: handle.subscribe(), last: (Vec::new(), false) }
    }

    fn show(&mut self, domains: Vec<DomainId>, load: bool) {
        let next = (domains, load);
        if next != self.last {
            self.subscription.show(next.0.clone(), next.1);
            self.last = next;
        }
    }
}

impl Host {
    pub(super) fn new(
        entry: &HostEntry,
        handle: ConnectionHandle,
        out: &Sender<GuestsCmd>,
    ) -> Self {
        let (changes, stats, id) = (handle.inventory(), handle.stats(), entry.id);
        let watches = [
            on_change(changes.clone(), PACE, out.clone(), move || GuestsCmd::Inventory(id)),
            on_change(stats.clone(), PACE, out.clone(), move || GuestsCmd::Stats(id)),
        ];
        Self {
            in_view: Shown::new(&handle),
            beyond: Shown::new(&handle),
            handle,
            name: entry.name.as_str().into(),
            inventory: Arc::default(),
            changes,
            stats,
            entries: Vec::new(),
            _watches: watches,
        }
    }

    pub(super) fn id(&self) -> ConnectionId {
        self.handle.id()
    }

    /// Takes the user's new name for the host. Returns whether it is new.
    pub(super) fn rename(&mut self, name: &str) -> bool {
        let changed = *self.name != *name;
        if changed {
            self.name = name.into();
        }
        changed
    }

    /// Makes all rows' content anew with the next inventory.
    pub(super) fn forget_rows(&mut self) {
        self.entries.clear();
    }

    /// Takes the newest inventory. Returns whether any row changes.
    pub(super) fn refresh(&mut self, os_name: impl Fn(&str) -> Option<Rc<str>>) -> bool {
        self.inventory = self.changes.borrow_and_update().clone();
        let label = HostLabel {
            id: self.handle.id(),
            name: Rc::clone(&self.name),
            connected: is_current(&self.inventory.state),
        };
        let old = &self.entries;
        let entries = follow(&label, &self.inventory, os_name, |id| {
            let place = old.binary_search_by_key(&id, |entry| entry.guest.domain).ok()?;
            Some(Rc::clone(&old[place]))
        });
        let changed = entries.len() != old.len()
            || entries.iter().zip(old).any(|(new, old)| !Rc::ptr_eq(new, old));
        self.entries = entries;
        changed
    }

    /// The newest load of all guests that windows show.
    pub(super) fn stats(&self) -> Arc<StatsSnapshot> {
        self.stats.borrow().clone()
    }

    pub(super) fn load(&self, guest: DomainId) -> Option<Arc<GuestStats>> {
        self.stats.borrow().guests.get(&guest).cloned()
    }

    /// Says which guests' rows are in view, of which `guests` may be of any
    /// host; and whether those beyond are needed, with their load or without.
    pub(super) fn look(&mut self, guests: &[GuestRef], beyond: Beyond) {
        let id = self.id();
        let mine = guests.iter().filter(|guest| guest.connection == id);
        let mine: Vec<DomainId> = mine.map(|guest| guest.domain).collect();
        let load = !mine.is_empty();
        self.in_view.show(mine, load);
        let wanted = |guest: &&Arc<DomainSummary>| {
            beyond.definitions || (beyond.load && guest.state.is_active())
        };
        let wanted = self.inventory.domains.values().filter(wanted);
        self.beyond.show(wanted.map(|guest| guest.id).collect(), beyond.load);
    }
}

/// What is needed of guests that are not in view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Beyond {
    /// Titles, notes, addresses and tags, for the search and the filters.
    pub(super) definitions: bool,
    /// The load, for the order.
    pub(super) load: bool,
}
