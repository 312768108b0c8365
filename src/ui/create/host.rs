//! What the assistant knows of the host that the guest will live on.

use std::{cell::Cell, collections::BTreeMap, sync::Arc};

use gettextrs::gettext;
use relm4::ComponentSender;

use super::{
    Create, CreateCmd,
    draft::{Method, Page},
    helpers::{self, VolumeEntry},
    jobs,
    pages::{Problem, Severity},
    platform::Combination,
};
use crate::{
    backend::{BackendError, ConnectionHandle, Operation},
    i18n::gettext_f,
    model::{
        ConnectionId, HostFacts, HostState, Inventory, NetworkChoice, NetworkSummary, PoolId,
        PoolSummary, VolumeSummary,
        capabilities::{DomainCapabilities, HostCapabilities},
    },
    ui::{context::HostEntry, words},
};

/// What the pool is called that the backend makes where it is missing.
const DEFAULT_POOL: &str = "default";
/// The URI of the user's own session.
const SESSION: &str = "qemu:///session";

/// The host that the guest will live on, with what was read of it so far.
#[derive(Debug)]
pub(super) struct Host {
    /// Its entry in the user's list.
    pub(super) entry: HostEntry,
    /// The way to it.
    pub(super) handle: ConnectionHandle,
    /// What it is.
    pub(super) facts: Arc<HostFacts>,
    /// Its pools.
    pub(super) pools: Vec<PoolSummary>,
    /// Whether they were read.
    pub(super) pools_read: bool,
    /// The number of the latest reading of pools and networks: an earlier one
    /// that takes longer says nothing new.
    pub(super) reading: Cell<u64>,
    /// The volumes of its started pools.
    pub(super) volumes: BTreeMap<PoolId, Vec<VolumeSummary>>,
    /// Its virtual networks.
    pub(super) networks: Vec<NetworkSummary>,
    /// Its bridges.
    pub(super) bridges: Vec<String>,
    /// `<capabilities>`.
    pub(super) capabilities: Option<Arc<HostCapabilities>>,
    /// `<domainCapabilities>` of the platform chosen.
    pub(super) domain_capabilities: Option<Arc<DomainCapabilities>>,
    /// The platform they were last asked for.
    pub(super) asked: Option<Combination>,
    /// Whether the answer is still to come.
    pub(super) reading_platform: bool,
    /// Free memory in bytes, where it was read.
    pub(super) free_memory: Option<u64>,
    /// Changes of networks, pools and volumes seen.
    pub(super) generation: u64,
}

impl Host {
    /// The started pools.
    pub(super) fn active_pools(&self) -> impl Iterator<Item = &PoolSummary> {
        self.pools.iter().filter(|pool| pool.active)
    }

    /// The pool that is used where none was picked, as far as it exists.
    pub(super) fn default_pool(&self) -> Option<&PoolSummary> {
        self.pools.iter().find(|pool| pool.name == DEFAULT_POOL)
    }

    /// All volumes with their pools' names.
    pub(super) fn entries(&self) -> impl Iterator<Item = VolumeEntry> {
        self.active_pools().flat_map(|pool| {
            self.volumes
                .get(&pool.id)
                .into_iter()
                .flatten()
                .map(|volume| VolumeEntry { pool: pool.name.clone(), volume: volume.clone() })
        })
    }

    /// Where a new guest's interface can go, the proposed one first among
    /// equals: the `default` network, a running one, what needs no rights.
    pub(super) fn networks(&self) -> Vec<NetworkChoice> {
        let named =
            self.networks.iter().map(|network| NetworkChoice::Network(network.name.clone()));
        let bridges = self.bridges.iter().cloned().map(NetworkChoice::Bridge);
        named.chain(bridges).chain([NetworkChoice::User, NetworkChoice::None]).collect()
    }

    /// The interface to propose.
    pub(super) fn proposed_network(&self) -> NetworkChoice {
        // The session may not create tap devices by itself, so its virtual
        // networks cannot be joined without a helper.
        if self.facts.session {
            return NetworkChoice::User;
        }
        let by = |wanted: fn(&NetworkSummary) -> bool| self.networks.iter().find(|&n| wanted(n));
        by(|network| network.name == "default")
            .or_else(|| by(|network| network.active))
            .or_else(|| by(|_| true))
            .map_or(NetworkChoice::User, |network| NetworkChoice::Network(network.name.clone()))
    }
}

impl Create {
    /// Follows the list of hosts and the state of each.
    pub(super) fn watch_hosts(&mut self, sender: &ComponentSender<Self>) {
        let mut list = self.context.watch_hosts();
        sender.command(move |out, shutdown| {
            shutdown
                .register(async move {
                    while list.changed().await.is_ok() {
                        out.emit(CreateCmd::HostsListed);
                    }
                })
                .drop_on_shutdown()
        });
        self.watch_new_hosts(sender);
    }

    /// Follows the hosts that are not followed yet.
    pub(super) fn watch_new_hosts(&mut self, sender: &ComponentSender<Self>) {
        for entry in self.context.hosts() {
            if self.inventories.contains_key(&entry.id) {
                continue;
            }
            let Some(handle) = self.context.handle(entry.id) else { continue };
            let mut inventory = handle.inventory();
            let now = Arc::clone(&inventory.borrow_and_update());
            self.inventories.insert(entry.id, now);
            let id = entry.id;
            sender.command(move |out, shutdown| {
                shutdown
                    .register(async move {
                        while inventory.changed().await.is_ok() {
                            let now = Arc::clone(&inventory.borrow_and_update());
                            out.emit(CreateCmd::HostChanged(id, now));
                        }
                    })
                    .drop_on_shutdown()
            });
        }
        self.list_hosts(sender);
    }

    /// Says why there is no host to make a guest on.
    pub(super) fn no_host_notice(&self) -> Option<Problem> {
        if self.host.is_some() {
            return None;
        }
        let connecting =
            self.inventories.values().any(|inventory| inventory.state == HostState::Connecting);
        let (title, body) = if connecting {
            (gettext("Connecting to the host"), gettext("You can choose an image meanwhile."))
        } else {
            (
                gettext("No host is connected"),
                gettext("Close this and connect to a host in the main window first."),
            )
        };
        let severity = if connecting { Severity::Hint } else { Severity::Warning };
        Some(Problem { severity, title, body, detail: String::new() })
    }

    /// Takes a host's new state over.
    pub(super) fn host_changed(
        &mut self,
        id: ConnectionId,
        inventory: Arc<Inventory>,
        sender: &ComponentSender<Self>,
    ) {
        let generation = inventory.resources_generation;
        self.wanted_failed(id, &inventory);
        self.inventories.insert(id, inventory);
        self.list_hosts(sender);
        if let Some(host) = &mut self.host
            && host.entry.id == id
            && host.generation != generation
        {
            host.generation = generation;
            self.read_resources(sender);
        }
    }

    /// Says why the wanted host cannot be had.
    fn wanted_failed(&mut self, id: ConnectionId, inventory: &Inventory) {
        let HostState::Failed(failure) = &inventory.state else { return };
        if self.wanted != Some(id) {
            return;
        }
        self.wanted = None;
        let error = BackendError {
            operation: Operation::Connect,
            object: self.context.host(id).map(|host| host.name).unwrap_or_default(),
            failure: failure.clone(),
        };
        self.problem = Some((Page::Source, jobs::problem(&error)));
    }

    /// Lists the connected hosts, and takes the wanted one or the first.
    fn list_hosts(&mut self, sender: &ComponentSender<Self>) {
        let ready = |id: &ConnectionId| {
            self.inventories.get(id).is_some_and(|inventory| inventory.state == HostState::Ready)
        };
        self.hosts = self.context.hosts().into_iter().filter(|host| ready(&host.id)).collect();
        let wanted = self.wanted.filter(|id| self.hosts.iter().any(|host| host.id == *id));
        if let Some(id) = wanted {
            self.wanted = None;
            self.take_host(id, sender);
        } else if self.host.is_none()
            && self.wanted.is_none()
            && let Some(first) = self.first_host()
        {
            self.take_host(first, sender);
        }
    }

    /// The first connected host of the list, unless one before it is still
    /// being connected: which is proposed must not depend on who is faster.
    fn first_host(&self) -> Option<ConnectionId> {
        let state =
            |id: ConnectionId| self.inventories.get(&id).map(|inventory| inventory.state.clone());
        let all = self.context.hosts();
        let first = all
            .iter()
            .map(|host| host.id)
            .find(|id| matches!(state(*id), Some(HostState::Ready | HostState::Connecting)))?;
        (state(first) == Some(HostState::Ready)).then_some(first)
    }

    /// Makes the guest on this host from now on.
    pub(super) fn take_host(&mut self, id: ConnectionId, sender: &ComponentSender<Self>) {
        if self.host_id() == Some(id) {
            return;
        }
        let (Some(entry), Some(handle)) = (self.context.host(id), self.context.handle(id)) else {
            return;
        };
        let inventory = Arc::clone(&handle.inventory().borrow());
        let Some(facts) = inventory.facts.clone() else { return };
        self.host = Some(Host {
            entry,
            handle,
            facts,
            pools: Vec::new(),
            pools_read: false,
            reading: Cell::default(),
            volumes: BTreeMap::new(),
            networks: Vec::new(),
            bridges: Vec::new(),
            capabilities: None,
            domain_capabilities: None,
            asked: None,
            reading_platform: false,
            free_memory: None,
            generation: inventory.resources_generation,
        });
        self.forget_host_choices();
        self.read_resources(sender);
        self.read_capabilities(sender);
        self.check_access(sender);
        self.propose();
    }

    /// Reads pools, volumes, networks and bridges again.
    pub(super) fn read_resources(&self, sender: &ComponentSender<Self>) {
        let Some(host) = &self.host else { return };
        let id = host.entry.id;
        let reading = host.reading.get() + 1;
        host.reading.set(reading);
        let handle = host.handle.clone();
        sender.oneshot_command(async move { CreateCmd::Pools(id, reading, handle.pools().await) });
        let handle = host.handle.clone();
        sender.oneshot_command(
            async move { CreateCmd::Networks(id, reading, handle.networks().await) },
        );
        let handle = host.handle.clone();
        sender.oneshot_command(async move { CreateCmd::Bridges(id, handle.bridges().await) });
    }

    /// Reads the volumes of every started pool.
    pub(super) fn read_volumes(&self, sender: &ComponentSender<Self>) {
        let Some(host) = &self.host else { return };
        let id = host.entry.id;
        for pool in host.active_pools().map(|pool| pool.id) {
            let handle = host.handle.clone();
            sender.oneshot_command(async move {
                CreateCmd::Volumes(id, pool, handle.volumes(pool).await)
            });
        }
    }

    /// Makes the default pool once the pages are reached that need it.
    pub(super) fn make_default_pool(&mut self, sender: &ComponentSender<Self>) {
        let Some(host) = &self.host else { return };
        let id = host.entry.id;
        let reached = matches!(self.page, Page::Resources | Page::Review);
        if !reached
            || !host.pools_read
            || !self.needs_default_pool()
            || self.making_pool == Some(id)
        {
            return;
        }
        self.making_pool = Some(id);
        let handle = host.handle.clone();
        sender.oneshot_command(
            async move { CreateCmd::DefaultPool(id, handle.default_pool().await) },
        );
    }

    /// The default pool is there, or cannot be made.
    pub(super) fn default_pool_made(
        &mut self,
        made: Result<PoolSummary, BackendError>,
        sender: &ComponentSender<Self>,
    ) {
        match made {
            Ok(pool) => {
                // A host may have no such pool and give another one for it.
                if pool.name != DEFAULT_POOL {
                    self.draft.disk_pool.get_or_insert(pool.id);
                    self.draft.copy_pool.get_or_insert(pool.id);
                }
                if let Some(host) = &mut self.host
                    && !host.pools.iter().any(|had| had.id == pool.id)
                {
                    host.pools.push(pool);
                }
                self.read_resources(sender);
            }
            Err(error) => self.problem = Some((Page::Resources, jobs::problem(&error))),
        }
    }

    /// The host's number.
    pub(super) fn host_id(&self) -> Option<ConnectionId> {
        self.host.as_ref().map(|host| host.entry.id)
    }

    /// The host's name.
    pub(super) fn host_name(&self) -> String {
        self.host.as_ref().map(|host| host.entry.name.clone()).unwrap_or_default()
    }

    /// Whether the user's own session is another host that could be used; root
    /// has none.
    pub(super) fn offers_session(&self) -> bool {
        self.host.as_ref().is_some_and(|host| {
            let root = rustix::process::geteuid().is_root();
            host.facts.local && !host.facts.session && host.facts.driver == "QEMU" && !root
        })
    }

    /// Goes over to the user's own session: connects it, adds it if need be.
    pub(super) fn use_session(&mut self, sender: &ComponentSender<Self>) {
        let id = self.context.host_by_uri(SESSION).map_or_else(
            || self.context.add_host(gettext("User session"), SESSION.to_owned(), true),
            |host| host.id,
        );
        self.wanted = Some(id);
        self.problem = None;
        // The button says that it goes on.
        self.given = true;
        if let Some(handle) = self.context.handle(id) {
            handle.connect();
        }
        self.watch_new_hosts(sender);
    }

    /// The pools as choices, the default one first, and the place of `chosen`
    /// among them.
    pub(super) fn pool_choices(&self, chosen: Option<PoolId>) -> (Vec<String>, usize) {
        let ids = self.pool_ids();
        let name = |id: &Option<PoolId>| match (id, &self.host) {
            (Some(id), Some(host)) => host
                .pools
                .iter()
                .find(|pool| pool.id == *id)
                .map(|pool| {
                    if pool.active {
                        pool.name.clone()
                    } else {
                        super::texts::not_started(&pool.name)
                    }
                })
                .unwrap_or_default(),
            // Not there yet; it will have this name.
            _ => DEFAULT_POOL.to_owned(),
        };
        let chosen = chosen.or_else(|| self.host.as_ref()?.default_pool().map(|pool| pool.id));
        let at = ids.iter().position(|id| *id == chosen).unwrap_or(0);
        (ids.iter().map(name).collect(), at)
    }

    /// What the places of [`Self::pool_choices`] stand for.
    pub(super) fn pool_ids(&self) -> Vec<Option<PoolId>> {
        let Some(host) = &self.host else { return vec![None] };
        let default = host.default_pool().map(|pool| pool.id);
        let others = host.pools.iter().map(|pool| Some(pool.id)).filter(|id| *id != default);
        std::iter::once(default).chain(others).collect()
    }

    /// The pool that `chosen` stands for, where it exists.
    pub(super) fn pool(&self, chosen: Option<PoolId>) -> Option<&PoolSummary> {
        let host = self.host.as_ref()?;
        match chosen {
            Some(id) => host.pools.iter().find(|pool| pool.id == id),
            None => host.default_pool(),
        }
    }

    /// The pool that `chosen` stands for, where it is not started.
    pub(super) fn inactive_pool(&self, chosen: Option<PoolId>) -> Option<&PoolSummary> {
        self.pool(chosen).filter(|pool| !pool.active)
    }

    /// Starts the pool that is picked on this page.
    pub(super) fn start_pool(&mut self, sender: &ComponentSender<Self>) {
        let chosen = match self.page {
            Page::Source => self.draft.copy_pool,
            _ => self.draft.disk_pool,
        };
        let Some(pool) = self.inactive_pool(chosen).cloned() else { return };
        let Some(host) = &self.host else { return };
        let (id, handle) = (host.entry.id, host.handle.clone());
        self.starting_pool = true;
        sender.oneshot_command(async move {
            let started = handle.start_pool(pool.id).await;
            // Who reads the message knows the pool by its name.
            let started = started.map_err(|error| BackendError { object: pool.name, ..error });
            CreateCmd::PoolStarted(id, started)
        });
    }

    /// A pool was started, or not.
    pub(super) fn pool_started(
        &mut self,
        id: ConnectionId,
        started: Result<(), BackendError>,
        sender: &ComponentSender<Self>,
    ) {
        self.starting_pool = false;
        if self.host_id() != Some(id) {
            return;
        }
        self.problem = started.err().map(|error| (self.page, jobs::problem(&error)));
        self.read_resources(sender);
    }

    /// What a pool has free, or that it is still to be made.
    pub(super) fn pool_hint(&self, chosen: Option<PoolId>) -> String {
        match self.pool(chosen) {
            Some(pool) if pool.active => {
                gettext_f("{free} free", &[("free", &words::size(pool.available))])
            }
            Some(_) => String::new(),
            None => gettext("Will be made when it is needed"),
        }
    }

    /// The volumes that can be what `method` begins with.
    pub(super) fn volumes_for(&self, method: Method) -> Vec<VolumeEntry> {
        self.host
            .iter()
            .flat_map(Host::entries)
            .filter(|entry| helpers::fits(method, &entry.volume))
            .collect()
    }

    /// Whether a guest of this name exists on the host.
    pub(super) fn name_is_taken(&self, name: &str) -> bool {
        self.host_id()
            .and_then(|id| self.inventories.get(&id))
            .is_some_and(|inventory| inventory.domains.values().any(|domain| domain.name == name))
    }
}
