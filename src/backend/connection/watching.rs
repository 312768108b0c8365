//! What is read of the guests that some window shows.

use std::{collections::HashMap, time::Duration};

use tokio::{sync::mpsc, time::Instant};

use super::actor::Actor;
use crate::{
    backend::sys::HostEvent,
    model::{DomainDetails, DomainId, Failure},
};

/// Raw figures of one guest.
pub(super) struct Sample {}

#[derive(Default)]
pub(super) struct Watching {
    pub(super) sink: Option<mpsc::UnboundedSender<HostEvent>>,
    pub(super) resources_changed: bool,
    shown: HashMap<u64, (Vec<DomainId>, bool)>,
}

impl Watching {
    pub(super) fn show(&mut self, subscription: u64, domains: Vec<DomainId>, load: bool) {
        self.shown.insert(subscription, (domains, load));
    }
    pub(super) fn remove(&mut self, subscription: u64) {
        self.shown.remove(&subscription);
    }
    pub(super) fn set_interval(&mut self, _interval: Duration) {}
    pub(super) fn stale(&mut self, _id: DomainId) {}
    pub(super) fn all_stale(&mut self) {}
    pub(super) fn addresses_stale(&mut self, _id: DomainId) {}
    pub(super) fn reset(&mut self) {}
    pub(super) fn due(&self) -> Option<Instant> {
        None
    }
}

impl Actor {
    pub(super) fn watch_more(&mut self) {}
    pub(super) fn details_read(&mut self, _: DomainId, _: Result<DomainDetails, Failure>) {}
    pub(super) fn addresses_read(&mut self, _: DomainId, _: Vec<String>) {}
    pub(super) fn load_read(&mut self, _: Vec<Sample>) {}
}
