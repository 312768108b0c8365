//! What is read of the guests that some window shows: definitions once and
//! after events, load at an interval, addresses now and then. Nothing at all
//! while no window shows a guest.

use std::{
    collections::{BTreeMap, HashMap, HashSet, hash_map::Entry},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::mpsc, time::Instant};
use virt_sys as sys;

use super::{
    actor::{Actor, News},
    inventory::{ask, ask_patiently, guest},
    link::Link,
    pool::Key,
};
use crate::{
    backend::{
        failure::is_unsupported,
        sys::{
            HostEvent, SharedConnect,
            domain::{self as raw, AddressSource},
            stats,
        },
    },
    model::{
        DomainDetails, DomainId, Failure, FailureKind, GuestStats, LoadSample, StatsSnapshot,
        hardware::waits_for_restart, xml::Document,
    },
};

/// Guests in one bulk question: the host answers it in one go.
const CHUNK: usize = 50;

/// How often load is read unless told.
const INTERVAL: Duration = Duration::from_secs(2);

/// How long the answer is waited for. A guest whose monitor does not answer
/// keeps the daemon's; later questions leave that guest out.
const LOAD_LIMIT: Duration = Duration::from_secs(5);

/// Where answers are slow, the pause between two is this many times as long as
/// they take: while load is read, the guest can do nothing else.
const LOAD_REST: u32 = 2;

/// How long after a guest's start its first address is looked for, how soon
/// again while there is none, and how often later.
const ADDRESS_FIRST: Duration = Duration::from_secs(3);
const ADDRESS_AGAIN: Duration = Duration::from_secs(10);
const ADDRESS_LATER: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Under way.
    Running,
    /// Under way, and something changed since it began.
    Outdated,
    /// In the inventory.
    Done,
}

pub(super) struct Watching {
    pub(super) sink: Option<mpsc::UnboundedSender<HostEvent>>,
    pub(super) resources_changed: bool,
    /// A definition in view is out of date.
    pub(super) wanted: bool,
    shown: HashMap<u64, (Vec<DomainId>, bool)>,
    definitions: HashMap<DomainId, Reading>,
    /// Guests whose agent is connected.
    agents: HashSet<DomainId>,
    read: Vec<(DomainId, Option<DomainDetails>)>,
    /// When to look for a guest's addresses; none while that is under way.
    addresses: HashMap<DomainId, Option<Instant>>,
    interval: Duration,
    next_load: Option<Instant>,
    /// Since when load is being read.
    loading: Option<Instant>,
    samples: HashMap<DomainId, LoadSample>,
    begun: Instant,
}

impl Default for Watching {
    fn default() -> Self {
        Self {
            sink: None,
            resources_changed: false,
            wanted: false,
            shown: HashMap::new(),
            definitions: HashMap::new(),
            agents: HashSet::new(),
            read: Vec::new(),
            addresses: HashMap::new(),
            interval: INTERVAL,
            next_load: None,
            loading: None,
            samples: HashMap::new(),
            begun: Instant::now(),
        }
    }
}

impl Watching {
    pub(super) fn show(&mut self, subscription: u64, domains: Vec<DomainId>, load: bool) {
        self.shown.insert(subscription, (domains, load));
        self.shown_changed();
    }

    pub(super) fn remove(&mut self, subscription: u64) {
        self.shown.remove(&subscription);
        self.shown_changed();
    }

    fn shown_changed(&mut self) {
        let in_view = self.in_view();
        self.addresses.retain(|id, _| in_view.contains(id));
        if !self.shown.values().any(|(domains, load)| *load && !domains.is_empty()) {
            self.next_load = None;
        } else if self.next_load.is_none() {
            self.next_load = Some(Instant::now());
        }
    }

    pub(super) fn set_interval(&mut self, interval: Duration) {
        self.interval = interval.max(Duration::from_millis(100));
        if self.next_load.is_some() {
            self.next_load = Some(Instant::now());
        }
    }

    /// The guest's definition may have changed.
    pub(super) fn stale(&mut self, id: DomainId) {
        match self.definitions.get_mut(&id) {
            Some(reading @ Reading::Running) => *reading = Reading::Outdated,
            Some(Reading::Outdated) => {}
            Some(Reading::Done) | None => {
                self.definitions.remove(&id);
                // Kept on screen until the new one is there.
                if self.is_shown(id) {
                    self.wanted = true;
                } else {
                    self.read.push((id, None));
                }
            }
        }
    }

    /// All definitions may have changed: the host was away.
    pub(super) fn all_stale(&mut self) {
        self.definitions.clear();
    }

    pub(super) fn addresses_stale(&mut self, id: DomainId) {
        if let Some(Some(when)) = self.addresses.get_mut(&id) {
            *when = Instant::now() + ADDRESS_FIRST;
        }
    }

    /// The connection is gone; what windows show stays.
    pub(super) fn reset(&mut self) {
        self.definitions.clear();
        self.agents.clear();
        self.read.clear();
        self.addresses.clear();
        self.samples.clear();
        self.loading = None;
        self.sink = None;
    }

    /// When something is to be read without being told.
    pub(super) fn due(&self) -> Option<Instant> {
        let load = self.next_load.filter(|_| self.loading.is_none());
        let address = self.addresses.values().filter_map(|when| *when).min();
        [load, address].into_iter().flatten().min()
    }

    /// Whether definitions wait to be published.
    pub(super) fn has_read(&self) -> bool {
        !self.read.is_empty()
    }

    pub(super) fn take_read(&mut self) -> Vec<(DomainId, Option<DomainDetails>)> {
        std::mem::take(&mut self.read)
    }

    fn in_view(&self) -> HashSet<DomainId> {
        self.shown.values().flat_map(|(domains, _)| domains.iter().copied()).collect()
    }

    fn wants_load(&self, id: DomainId) -> bool {
        self.shown.values().any(|(domains, load)| *load && domains.contains(&id))
    }

    fn is_shown(&self, id: DomainId) -> bool {
        self.shown.values().any(|(domains, _)| domains.contains(&id))
    }
}

impl Actor {
    /// Reads what windows show and is not there yet.
    pub(super) fn watch_more(&mut self) {
        let Some(link) = self.ready_link() else { return };
        self.watching.wanted = false;
        let now = Instant::now();
        let inventory = self.host.inventory.borrow().clone();
        for id in self.watching.in_view() {
            let Some(domain) = inventory.domains.get(&id) else {
                self.watching.addresses.remove(&id);
                continue;
            };
            if let Entry::Vacant(unread) = self.watching.definitions.entry(id) {
                unread.insert(Reading::Running);
                let active = domain.state.is_active() && domain.persistent;
                let read = move |connect: &SharedConnect| read_definition(connect, id, active);
                // libvirt asks a running guest's monitor, and waits up to 30 s
                // for whoever else does.
                let answer = if domain.state.is_active() {
                    ask_patiently(&link, Key::Domain(id), read)
                } else {
                    ask(&link, read)
                };
                self.report(async move { News::Definition(id, answer.await) });
            }
            if domain.state.is_active() {
                let when = self.watching.addresses.entry(id).or_insert(Some(now));
                if when.is_some_and(|when| when <= now)
                    && self.watching.definitions.get(&id) == Some(&Reading::Done)
                {
                    *when = None;
                    let agent = self.watching.agents.contains(&id);
                    let link = Arc::clone(&link);
                    self.report(async move {
                        News::Addresses(id, read_addresses(&link, id, agent).await)
                    });
                } else if let Some(soon) = when.as_mut().filter(|when| **when <= now) {
                    // Its definition comes first.
                    *soon = now + Duration::from_millis(200);
                }
            } else {
                self.watching.addresses.remove(&id);
            }
        }
        if self.watching.loading.is_none()
            && self.watching.next_load.is_some_and(|when| when <= now)
        {
            self.read_load(&link, now, &inventory);
        }
    }

    pub(super) fn definition_read(&mut self, id: DomainId, result: Result<DomainDetails, Failure>) {
        let outdated =
            self.watching.definitions.insert(id, Reading::Done) == Some(Reading::Outdated);
        match result {
            Ok(details) => {
                if details.agent == Some(true) {
                    self.watching.agents.insert(id);
                } else {
                    self.watching.agents.remove(&id);
                }
                self.watching.read.push((id, Some(details)));
            }
            // Gone: the event for that is on its way.
            Err(failure) if failure.kind == FailureKind::NotFound => {}
            Err(failure) => tracing::warn!(%id, ?failure, "a definition could not be read"),
        }
        if outdated {
            self.watching.definitions.remove(&id);
            self.watch_more();
        }
    }

    pub(super) fn addresses_read(&mut self, id: DomainId, addresses: Vec<String>) {
        if let Some(when) = self.watching.addresses.get_mut(&id) {
            let pause = if addresses.is_empty() { ADDRESS_AGAIN } else { ADDRESS_LATER };
            *when = Some(Instant::now() + pause);
        }
        self.host.update(|inventory| {
            if let Some(details) = inventory.details.get_mut(&id)
                && details.addresses != addresses
            {
                Arc::make_mut(details).addresses = addresses;
            }
        });
    }

    fn read_load(&mut self, link: &Arc<Link>, now: Instant, inventory: &crate::model::Inventory) {
        self.watching.next_load = Some(now + self.watching.interval);
        let running: HashSet<DomainId> = self
            .watching
            .shown
            .values()
            .filter(|(_, load)| *load)
            .flat_map(|(domains, _)| domains.iter().copied())
            .filter(|id| inventory.domains.get(id).is_some_and(|domain| domain.state.is_active()))
            .collect();
        if running.is_empty() {
            self.load_read(Vec::new(), &[]);
            return;
        }
        self.watching.loading = Some(now);
        let running: Vec<DomainId> = running.into_iter().collect();
        let (link, begun) = (Arc::clone(link), self.watching.begun);
        self.report(async move {
            let mut samples = Vec::with_capacity(running.len());
            let mut missed = Vec::new();
            for chunk in running.chunks(CHUNK) {
                let asked = chunk.to_vec();
                let answer = ask_patiently(&link, Key::Any, move |connect| {
                    read_chunk(connect, &asked, begun)
                });
                match tokio::time::timeout(LOAD_LIMIT, answer).await {
                    Ok(Ok(more)) => samples.extend(more),
                    Ok(Err(failure)) => {
                        tracing::debug!(?failure, "load could not be read");
                        missed.extend_from_slice(chunk);
                    }
                    Err(_) => {
                        tracing::info!("a guest does not tell its load");
                        missed.extend_from_slice(chunk);
                    }
                }
            }
            News::Load(samples, missed)
        });
    }

    /// Forgets the load of guests that no window shows any more.
    pub(super) fn forget_load(&mut self) {
        let watching = &self.watching;
        let shown = |id: &DomainId| watching.wants_load(*id);
        if self.host.stats.borrow().guests.keys().all(shown) {
            return;
        }
        self.host.stats.send_modify(|stats| {
            Arc::make_mut(stats).guests.retain(|id, _| shown(id));
        });
    }

    /// Takes what was read in; of those that were `missed`, what is known stays.
    pub(super) fn load_read(&mut self, samples: Vec<(DomainId, LoadSample)>, missed: &[DomainId]) {
        let now = Instant::now();
        if let Some(begun) = self.watching.loading.take()
            && let Some(next) = &mut self.watching.next_load
        {
            *next = (*next).max(now + (now - begun) * LOAD_REST);
        }
        let mut before = std::mem::take(&mut self.watching.samples);
        // Windows may have gone while it was read.
        let samples: Vec<_> =
            samples.into_iter().filter(|(id, _)| self.watching.wants_load(*id)).collect();
        let old = self.host.stats.borrow().clone();
        if samples.is_empty() && old.guests.is_empty() {
            return;
        }
        let mut guests: BTreeMap<DomainId, Arc<GuestStats>> = BTreeMap::new();
        let empty = Arc::new(GuestStats::default());
        for id in missed {
            if self.watching.wants_load(*id)
                && let (Some(history), Some(sample)) = (old.guests.get(id), before.remove(id))
            {
                guests.insert(*id, Arc::clone(history));
                self.watching.samples.insert(*id, sample);
            }
        }
        for (id, sample) in samples {
            let history = old.guests.get(&id).unwrap_or(&empty);
            guests.insert(id, Arc::new(history.with(before.get(&id), &sample)));
            self.watching.samples.insert(id, sample);
        }
        self.host.stats.send_replace(Arc::new(StatsSnapshot { guests }));
    }
}

/// One guest's definition: a round trip, and another for a running guest, to
/// see whether the next start will be different.
fn read_definition(
    connect: &SharedConnect,
    id: DomainId,
    active: bool,
) -> Result<DomainDetails, Failure> {
    let domain = guest(connect, id)?;
    let xml = domain.xml_desc(0)?;
    let broken = || Failure::new(FailureKind::InvalidDefinition, "");
    let mut details = DomainDetails::parse(&xml).map_err(|_| broken())?;
    details.revision = revision(&xml);
    if active && let Ok(next) = domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE) {
        details.revision = revision(&next);
        let (live, next) = (Document::parse(&xml), Document::parse(&next));
        details.pending_changes =
            matches!((&live, &next), (Ok(live), Ok(next)) if waits_for_restart(live, next));
    }
    Ok(details)
}

fn revision(definition: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    definition.hash(&mut hasher);
    hasher.finish()
}

/// Addresses from the first source that has any.
async fn read_addresses(link: &Arc<Link>, id: DomainId, agent: bool) -> Vec<String> {
    let from = |source| {
        ask_patiently(link, Key::Domain(id), move |connect| {
            Ok(raw::addresses(&guest(connect, id)?, source)?)
        })
    };
    if let Ok(found) = from(AddressSource::Lease).await
        && !found.is_empty()
    {
        return found;
    }
    if agent
        && let Ok(found) = from(AddressSource::Agent).await
        && !found.is_empty()
    {
        return found;
    }
    from(AddressSource::Arp).await.unwrap_or_default()
}

/// Load of up to [`CHUNK`] guests: one round trip, or one a guest for drivers
/// that have only the old call.
fn read_chunk(
    connect: &SharedConnect,
    ids: &[DomainId],
    begun: Instant,
) -> Result<Vec<(DomainId, LoadSample)>, Failure> {
    let guests: Vec<_> = ids.iter().filter_map(|id| guest(connect, *id).ok()).collect();
    let records = match stats::domains(&guests, stats::LOAD) {
        Ok(records) => records,
        Err(error) if is_unsupported(&error) => {
            guests.into_iter().map(|domain| (domain, stats::Figures::new())).collect()
        }
        Err(error) => return Err(error.into()),
    };
    let mut samples = Vec::with_capacity(records.len());
    for (domain, figures) in records {
        let id = DomainId(domain.uuid()?);
        let at = begun.elapsed();
        let sample = LoadSample::from_figures(&figures, at).or_else(|| {
            // A guest that stopped meanwhile has no figures either.
            let info = domain.info().ok().filter(|info| info.nr_virt_cpu > 0)?;
            Some(LoadSample {
                at,
                cpu_time: Duration::from_nanos(info.cpu_time),
                vcpus: info.nr_virt_cpu,
                memory_total: info.max_mem.saturating_mul(1024),
                memory_used: info.memory.saturating_mul(1024),
                disk: (0, 0),
                network: (0, 0),
            })
        });
        if let Some(sample) = sample {
            samples.push((id, sample));
        }
    }
    Ok(samples)
}
