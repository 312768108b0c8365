//! The state machine of a host: Disconnected → Connecting → Ready → Lost
//! (retry at a time) or Failed. One task; it waits and decides, and never calls
//! libvirt itself.

use std::{
    collections::HashSet,
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Host,
    call::{self, Lane},
    inventory::{self, Guests},
    link::Link,
    opening::{self, Opened},
    pool::Key,
    refresh::MERGE,
    watching::Watching,
};
use crate::{
    backend::{
        failure::needs_the_user,
        sys::{self, EventSource, HostEvent},
    },
    model::{
        DomainDetails, DomainId, DomainSummary, Failure, HostFacts, HostState, LoadSample,
        StatsSnapshot,
    },
};

/// What handles ask for.
pub(super) enum Command {
    Connect,
    Disconnect,
    Uri(String),
    Touch(DomainId),
    LookAgain,
    Show { subscription: u64, domains: Vec<DomainId>, load: bool },
    Unsubscribe(u64),
    StatsInterval(Duration),
    End,
}

/// What worker threads have found out, with the generation they worked for.
pub(super) enum News {
    Opened(Opened),
    Loaded(Result<Guests, Failure>),
    Facts(HostFacts),
    Version(u32),
    Guest(DomainId, Result<Option<DomainSummary>, Failure>),
    Definition(DomainId, Result<DomainDetails, Failure>),
    Addresses(DomainId, Vec<String>),
    /// Load, and the guests whose load could not be read.
    Load(Vec<(DomainId, LoadSample)>, Vec<DomainId>),
}

/// The longest pause between two tries to reconnect.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub(super) enum Phase {
    /// Disconnected or failed.
    Idle,
    Opening {
        cancel: CancellationToken,
        reconnect: bool,
    },
    /// The link is open; its first list is being read.
    Loading {
        link: Arc<Link>,
        reconnect: bool,
    },
    Ready {
        link: Arc<Link>,
    },
    Waiting {
        until: Instant,
    },
}

pub(super) struct Actor {
    pub(super) host: Arc<Host>,
    pub(super) news: mpsc::UnboundedSender<(u64, News)>,
    pub(super) generation: u64,
    pub(super) phase: Phase,
    /// Tries to reconnect since the last time it was ready.
    pub(super) tries: u32,
    pub(super) events: Option<mpsc::UnboundedReceiver<HostEvent>>,
    pub(super) facts: Option<HostFacts>,
    pub(super) version: u32,
    pub(super) loaded: Option<Guests>,
    pub(super) dirty: HashSet<DomainId>,
    pub(super) reading: HashSet<DomainId>,
    pub(super) listing: bool,
    pub(super) whole_list: bool,
    pub(super) found: Vec<(DomainId, Option<DomainSummary>)>,
    pub(super) next_read: Instant,
    pub(super) next_publish: Instant,
    pub(super) next_resync: Instant,
    pub(super) watching: Watching,
}

/// Runs until the host is ended.
pub(super) async fn run(host: Arc<Host>, mut commands: mpsc::UnboundedReceiver<Command>) {
    let (sender, mut news) = mpsc::unbounded_channel();
    let now = Instant::now();
    let mut actor = Actor {
        host,
        news: sender,
        generation: 0,
        phase: Phase::Idle,
        tries: 0,
        events: None,
        facts: None,
        version: 0,
        loaded: None,
        dirty: HashSet::new(),
        reading: HashSet::new(),
        listing: false,
        whole_list: false,
        found: Vec::new(),
        next_read: now,
        next_publish: now,
        next_resync: now,
        watching: Watching::default(),
    };
    loop {
        let due = actor.due();
        tokio::select! {
            biased;
            command = commands.recv() => match command {
                Some(Command::End) | None => break,
                Some(command) => actor.command(command),
            },
            Some((generation, item)) = news.recv() => actor.heard(generation, item),
            Some(event) = next_event(actor.events.as_mut()) => actor.event(event),
            () = sleep_until(due) => actor.tick(),
        }
    }
    actor.close(HostState::Disconnected);
}

async fn next_event(events: Option<&mut mpsc::UnboundedReceiver<HostEvent>>) -> Option<HostEvent> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

impl Actor {
    fn command(&mut self, command: Command) {
        match command {
            Command::Connect => self.connect(),
            Command::Disconnect => {
                self.host.prompter.forget(self.host.id);
                self.close(HostState::Disconnected);
            }
            Command::Uri(uri) => {
                if !matches!(self.phase, Phase::Idle) || self.host.uri() != uri {
                    self.host.prompter.forget(self.host.id);
                    self.close(HostState::Disconnected);
                }
            }
            Command::Touch(id) => {
                self.dirty.insert(id);
                self.watching.stale(id);
            }
            Command::LookAgain => self.look_again(),
            Command::Show { subscription, domains, load } => {
                self.watching.show(subscription, domains, load);
                self.forget_load();
                self.watch_more();
            }
            Command::Unsubscribe(subscription) => {
                self.watching.remove(subscription);
                self.forget_load();
            }
            Command::StatsInterval(interval) => self.watching.set_interval(interval),
            Command::End => {}
        }
    }

    fn connect(&mut self) {
        match &self.phase {
            Phase::Idle => self.open(false),
            Phase::Waiting { .. } => self.open(true),
            Phase::Ready { .. } | Phase::Opening { .. } | Phase::Loading { .. } => return,
        }
        self.host.update(|inventory| inventory.state = HostState::Connecting);
    }

    fn open(&mut self, reconnect: bool) {
        self.generation += 1;
        let cancel = CancellationToken::new();
        let (sink, events) = mpsc::unbounded_channel();
        self.events = Some(events);
        self.phase = Phase::Opening { cancel: cancel.clone(), reconnect };
        let (news, generation) = (self.news.clone(), self.generation);
        self.watching.sink = Some(sink.clone());
        opening::open_in_background(&self.host, cancel, sink, move |opened| {
            // An abandoned connection is dropped with the message.
            let _ = news.send((generation, News::Opened(opened)));
        });
    }

    /// Gives up whatever is open or being opened.
    fn close(&mut self, state: HostState) {
        if let Phase::Opening { cancel, .. } = &self.phase {
            cancel.cancel();
        }
        self.drop_link();
        self.phase = Phase::Idle;
        self.tries = 0;
        let forget = state == HostState::Disconnected;
        self.host.update(|inventory| {
            inventory.state = state;
            inventory.pending.clear();
            if forget {
                inventory.facts = None;
                inventory.domains.clear();
                inventory.details.clear();
            }
        });
    }

    fn drop_link(&mut self) {
        // Late news of the old connection no longer count.
        self.generation += 1;
        self.events = None;
        self.facts = None;
        self.version = 0;
        self.loaded = None;
        self.dirty.clear();
        self.reading.clear();
        self.found.clear();
        self.listing = false;
        self.whole_list = false;
        self.watching.reset();
        self.host.set_link(None);
        self.host.stats.send_if_modified(|stats| {
            let had = !stats.guests.is_empty();
            if had {
                *stats = Arc::new(StatsSnapshot::default());
            }
            had
        });
    }

    /// The connection could not be opened, or broke.
    pub(super) fn lost(&mut self, failure: Failure, reconnect: bool) {
        tracing::info!(uri = self.host.uri(), ?failure, reconnect, "no connection");
        if let Phase::Opening { cancel, .. } = &self.phase {
            cancel.cancel();
        }
        if !reconnect || needs_the_user(failure.kind) {
            self.close(HostState::Failed(failure));
            return;
        }
        self.drop_link();
        let pause = Duration::from_secs(1 << self.tries.min(5)).min(LONGEST_PAUSE);
        self.tries += 1;
        self.phase = Phase::Waiting { until: Instant::now() + pause };
        let retry_at = SystemTime::now() + pause;
        self.host.update(|inventory| {
            inventory.state = HostState::Lost { failure, retry_at };
            inventory.pending.clear();
        });
    }

    fn heard(&mut self, generation: u64, news: News) {
        if generation != self.generation {
            return;
        }
        match news {
            News::Opened(opened) => self.opened(opened),
            News::Loaded(Ok(guests)) => {
                self.listing = false;
                if matches!(self.phase, Phase::Loading { .. }) {
                    self.loaded = Some(guests);
                    self.begin_if_complete();
                } else {
                    self.publish_list(guests);
                }
            }
            News::Loaded(Err(failure)) => {
                self.listing = false;
                if let Phase::Loading { reconnect, .. } = &self.phase {
                    let reconnect = *reconnect;
                    self.lost(failure, reconnect);
                } else {
                    tracing::warn!(?failure, "the list of guests could not be read");
                }
            }
            News::Facts(facts) => {
                self.facts = Some(facts);
                self.begin_if_complete();
            }
            News::Version(version) => {
                self.version = version;
                self.host.update(|inventory| {
                    if let Some(facts) = &mut inventory.facts {
                        Arc::make_mut(facts).hypervisor_version = version;
                    }
                });
            }
            News::Guest(id, result) => {
                self.reading.remove(&id);
                match result {
                    Ok(summary) => {
                        if self.found.is_empty() {
                            self.next_publish = self.next_publish.max(Instant::now());
                        }
                        self.found.push((id, summary));
                    }
                    Err(failure) => tracing::warn!(%id, ?failure, "a guest could not be read"),
                }
            }
            News::Definition(id, result) => self.definition_read(id, result),
            News::Addresses(id, addresses) => self.addresses_read(id, addresses),
            News::Load(samples, missed) => self.load_read(samples, &missed),
        }
    }

    fn opened(&mut self, opened: Opened) {
        let Phase::Opening { reconnect, cancel } = &self.phase else { return };
        let (reconnect, cancel) = (*reconnect, cancel.clone());
        let connect = match opened {
            Ok(connect) => connect,
            Err(failure) => {
                self.lost(failure, reconnect);
                return;
            }
        };
        let more = opening::opener(&self.host, &cancel);
        let link = Link::new(self.generation, connect, self.watching.sink.clone(), more);
        self.host.set_link(Some(Arc::clone(&link)));
        self.load_list(&link);
        let (facts_link, uri) = (Arc::clone(&link), self.host.uri());
        self.report(async move { News::Facts(inventory::facts(&facts_link, &uri).await) });
        let version_link = Arc::clone(&link);
        self.report(
            async move { News::Version(inventory::hypervisor_version(&version_link).await) },
        );
        self.register_events(&link, &[EventSource::Close]);
        self.phase = Phase::Loading { link, reconnect };
    }

    /// Asks for events: a round trip each, at the same time. The kind that
    /// matters most was asked for before the list was read.
    fn register_events(&self, link: &Arc<Link>, sources: &[EventSource]) {
        let Some(sink) = &self.watching.sink else { return };
        for source in sources.iter().copied() {
            let sink = sink.clone();
            let registered = call::start(link, Lane::Quick(Key::Any), move |connect| {
                let id = sys::register(connect, source, &sink).inspect_err(|error| {
                    // Drivers and older libraries do not know every kind.
                    tracing::debug!(?source, error = error.message(), "no events");
                })?;
                connect.registrations().add(source, id);
                Ok(())
            });
            // Nothing waits for the answer, but the question must be asked.
            self.host.runtime.spawn(registered);
        }
    }

    fn begin_if_complete(&mut self) {
        if self.facts.is_none() || self.loaded.is_none() {
            return;
        }
        let Phase::Loading { link, .. } = &self.phase else { return };
        let link = Arc::clone(link);
        // Before the definitions are read, so that no change is missed.
        self.register_events(&link, &EventSource::OTHERS);
        self.phase = Phase::Ready { link };
        self.tries = 0;
        let (mut facts, guests) = (self.facts.take(), self.loaded.take());
        if let Some(facts) = &mut facts {
            facts.hypervisor_version = self.version;
        }
        self.host.update(|inventory| {
            inventory.state = HostState::Ready;
            inventory.facts = facts.map(Arc::new);
            inventory.domains = guests.unwrap_or_default();
            let domains = &inventory.domains;
            inventory.details.retain(|id, _| domains.contains_key(id));
            inventory.resources_generation += 1;
        });
        self.next_publish = Instant::now() + MERGE;
        self.next_resync = Instant::now();
        self.plan_resync();
        self.watching.all_stale();
        self.watch_more();
    }

    /// When something is to be done without being told.
    fn due(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Waiting { until } => Some(*until),
            Phase::Ready { .. } => {
                let mut due = self.next_resync;
                let changed = self.whole_list || !self.dirty.is_subset(&self.reading);
                if (changed && !self.listing) || self.watching.wanted {
                    due = due.min(self.next_read);
                }
                if self.has_found() {
                    due = due.min(self.next_publish);
                }
                Some(self.watching.due().map_or(due, |watching| watching.min(due)))
            }
            Phase::Idle | Phase::Opening { .. } | Phase::Loading { .. } => None,
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        match &self.phase {
            Phase::Waiting { until } if *until <= now => self.open(true),
            Phase::Ready { link } => {
                let link = Arc::clone(link);
                if self.next_resync <= now {
                    self.plan_resync();
                    self.whole_list = true;
                }
                if self.next_read <= now {
                    self.read_changed(&link, now);
                }
                if self.next_publish <= now {
                    self.publish_found(now);
                }
                if self.watching.wanted {
                    self.next_read = self.next_read.max(now + MERGE);
                }
                self.watch_more();
            }
            _ => {}
        }
    }

    /// Runs `work` beside this task; its news come back with the present
    /// generation.
    pub(super) fn report(&self, work: impl Future<Output = News> + Send + 'static) {
        let (news, generation) = (self.news.clone(), self.generation);
        self.host.runtime.spawn(async move {
            let found = work.await;
            let _ = news.send((generation, found));
        });
    }

    /// The open link, once the first list is there.
    pub(super) fn ready_link(&self) -> Option<Arc<Link>> {
        match &self.phase {
            Phase::Ready { link } => Some(Arc::clone(link)),
            _ => None,
        }
    }
}
