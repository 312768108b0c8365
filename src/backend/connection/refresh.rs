//! What events mean for the inventory: what is read again, and when it is
//! told. Bursts are merged in both directions.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    actor::{Actor, News, Phase},
    inventory::{self, Guests},
    link::Link,
};
use crate::{
    backend::sys::{CloseReason, DomainEvent, DomainEventKind, EventSource, HostEvent},
    model::{DomainId, Failure, FailureKind},
};

/// The shortest time between two values of the inventory, and between two
/// rounds of reading after events: twenty a second.
pub(super) const MERGE: Duration = Duration::from_millis(50);

/// With more changed guests than this, the whole list is read again: a
/// constant number of round trips instead of two for each.
const SINGLES: usize = 8;

/// Events are hints: the list is read again every so often without any.
const RESYNC: Duration = Duration::from_mins(5);

/// The same for drivers without events.
const RESYNC_WITHOUT_EVENTS: Duration = Duration::from_secs(15);

/// Who goes to and fro between windows has the list read this often at most.
const JUST_DONE: Duration = Duration::from_secs(3);

impl Actor {
    pub(super) fn event(&mut self, event: HostEvent) {
        match event {
            HostEvent::Closed(reason) => {
                let failure = match reason {
                    CloseReason::KeepAlive => {
                        Failure::new(FailureKind::TimedOut, "keepalive timeout")
                    }
                    CloseReason::Gone => Failure::new(FailureKind::Disconnected, ""),
                };
                match &self.phase {
                    Phase::Ready { .. } => self.lost(failure, true),
                    Phase::Loading { reconnect, .. } => {
                        let reconnect = *reconnect;
                        self.lost(failure, reconnect);
                    }
                    _ => {}
                }
            }
            HostEvent::Resources => {
                self.watching.resources_changed = true;
            }
            HostEvent::Domain(event) => self.domain_event(event),
        }
    }

    fn domain_event(&mut self, event: DomainEvent) {
        match &event.kind {
            DomainEventKind::Lifecycle { .. } => {
                self.dirty.insert(event.id);
                self.watching.stale(event.id);
                self.watching.addresses_stale(event.id);
            }
            DomainEventKind::Definition | DomainEventKind::JobCompleted => {
                self.dirty.insert(event.id);
                self.watching.stale(event.id);
            }
            DomainEventKind::Agent { .. } => {
                self.watching.stale(event.id);
                self.watching.addresses_stale(event.id);
            }
            DomainEventKind::Reboot => self.watching.addresses_stale(event.id),
            DomainEventKind::Metadata | DomainEventKind::Tray { .. } => {
                self.watching.stale(event.id);
            }
            DomainEventKind::Balloon(_) => {}
        }
        // Nobody needs to listen.
        let _ = self.host.events.send(event);
    }

    /// Reads again what events named.
    pub(super) fn read_changed(&mut self, link: &Arc<Link>, now: Instant) {
        if self.listing {
            return;
        }
        if self.whole_list || self.dirty.len() > SINGLES {
            // After the single ones that are under way, so that no older
            // answer comes after a newer one.
            if self.reading.is_empty() {
                self.whole_list = false;
                self.dirty.clear();
                self.load_list(link);
                self.next_read = now + MERGE;
            } else {
                self.next_read = now + MERGE;
            }
            return;
        }
        let ready: Vec<DomainId> = self.dirty.difference(&self.reading).copied().collect();
        for id in ready {
            self.dirty.remove(&id);
            self.reading.insert(id);
            let link = Arc::clone(link);
            self.report(async move { News::Guest(id, inventory::reload(&link, id).await) });
            self.next_read = now + MERGE;
        }
    }

    /// Sets when the list is read again without any event.
    pub(super) fn plan_resync(&mut self) {
        let Some(link) = self.ready_link() else { return };
        let told = link.quick_connect().registrations().has(EventSource::LIFECYCLE);
        self.next_resync = Instant::now() + if told { RESYNC } else { RESYNC_WITHOUT_EVENTS };
    }

    /// Reads the list again at once, unless that has just been done.
    pub(super) fn look_again(&mut self) {
        let now = Instant::now();
        if self.next_resync < now + RESYNC - JUST_DONE {
            self.next_resync = now;
        }
    }

    pub(super) fn load_list(&mut self, link: &Arc<Link>) {
        self.listing = true;
        let link = Arc::clone(link);
        self.report(async move { News::Loaded(inventory::load(&link).await) });
    }

    pub(super) fn publish_list(&mut self, guests: Guests) {
        self.found.clear();
        self.next_publish = Instant::now() + MERGE;
        self.host.update(|inventory| {
            inventory.details.retain(|id, _| guests.contains_key(id));
            inventory.domains = guests;
        });
        self.watch_more();
    }

    pub(super) fn publish_found(&mut self, now: Instant) {
        if !self.has_found() {
            return;
        }
        self.next_publish = now + MERGE;
        let found = std::mem::take(&mut self.found);
        let definitions = self.watching.take_read();
        let resources = std::mem::take(&mut self.watching.resources_changed);
        self.host.update(|inventory| {
            for (id, summary) in found {
                if let Some(summary) = summary {
                    inventory.domains.insert(id, Arc::new(summary));
                } else {
                    inventory.domains.remove(&id);
                    inventory.details.remove(&id);
                    inventory.pending.remove(&id);
                }
            }
            for (id, details) in definitions {
                let Some(mut details) = details else {
                    inventory.details.remove(&id);
                    continue;
                };
                let Some(domain) = inventory.domains.get(&id) else { continue };
                if domain.state.is_active()
                    && let Some(known) = inventory.details.get(&id)
                {
                    details.addresses.clone_from(&known.addresses);
                }
                inventory.details.insert(id, Arc::new(details));
            }
            if resources {
                inventory.resources_generation += 1;
            }
        });
    }

    /// Whether there is something to publish.
    pub(super) fn has_found(&self) -> bool {
        !self.found.is_empty() || self.watching.resources_changed || self.watching.has_read()
    }
}
