//! Reading a host's guests.
//!
//! The whole list costs four round trips, sent at the same time, whatever the
//! number of guests: state of all in bulk, and three filtered lists that tell
//! who is persistent, starts with the host or has a saved state. (Asking each
//! guest instead would be four round trips a guest.) Drivers without the bulk
//! call take lists filtered by state instead, at the same time as well.
//!
//! Measured with a daemon of libvirt 11.3 behind a proxy that counts: from
//! opening the socket until everything is read and all events are asked for,
//! 33 calls with one guest and with 40. They take 7 round trips one after the
//! other until the list is complete (5 for libvirt's own greeting, one for the
//! first event, one for the list), and two more for the other events.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use virt::{connect::Connect, domain::Domain};
use virt_sys as sys;

use super::{
    call::{self, Lane},
    link::Link,
    pool::Key,
};
use crate::{
    backend::{
        failure::is_unsupported,
        sys::{SharedConnect, domain as raw, stats},
    },
    model::{DomainId, DomainState, DomainSummary, Failure, FailureKind, HostFacts},
};

pub(super) type Guests = BTreeMap<DomainId, Arc<DomainSummary>>;

/// libvirt's number as a state.
pub(super) fn state_of(number: u32) -> DomainState {
    match number {
        // Xen says "blocked" of a guest that waits for something while running.
        sys::VIR_DOMAIN_RUNNING | sys::VIR_DOMAIN_BLOCKED => DomainState::Running,
        sys::VIR_DOMAIN_PAUSED => DomainState::Paused,
        sys::VIR_DOMAIN_SHUTDOWN => DomainState::ShuttingDown,
        sys::VIR_DOMAIN_SHUTOFF => DomainState::ShutOff,
        sys::VIR_DOMAIN_CRASHED => DomainState::Crashed,
        sys::VIR_DOMAIN_PMSUSPENDED => DomainState::Suspended,
        _ => DomainState::Unknown,
    }
}

/// Asks on the quick connection, in no order. The question is under way when
/// this returns; the future only waits.
pub(super) fn ask<T: Send + 'static>(
    link: &Arc<Link>,
    work: impl FnOnce(&SharedConnect) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    ask_on(link, Lane::Quick(Key::Any), work)
}

/// The same on a connection of its own, for what may have to wait for a guest:
/// after all earlier questions of the same key.
pub(super) fn ask_patiently<T: Send + 'static>(
    link: &Arc<Link>,
    key: Key,
    work: impl FnOnce(&SharedConnect) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    ask_on(link, Lane::Read(key), work)
}

fn ask_on<T: Send + 'static>(
    link: &Arc<Link>,
    lane: Lane,
    work: impl FnOnce(&SharedConnect) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    let ended = link.ended.clone();
    let answer = call::start(link, lane, work);
    Box::pin(async move {
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or_else(|_| Err(lost_answer(ended.is_cancelled()))),
            () = ended.cancelled() => Err(call::disconnected()),
        }
    })
}

pub(super) type Answer<T> = std::pin::Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

fn lost_answer(ended: bool) -> Failure {
    if ended {
        call::disconnected()
    } else {
        Failure::new(FailureKind::Internal, "the call ended without an answer")
    }
}

/// All guests: a constant number of round trips, see the module's page.
pub(super) async fn load(link: &Arc<Link>) -> Result<Guests, Failure> {
    let states = ask(link, states);
    let persistent = ask(link, |connect| list(connect, sys::VIR_CONNECT_LIST_DOMAINS_PERSISTENT));
    let autostart = ask(link, |connect| list(connect, sys::VIR_CONNECT_LIST_DOMAINS_AUTOSTART));
    let saved = ask(link, |connect| list(connect, sys::VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE));
    let (states, persistent, autostart, saved) = tokio::join!(states, persistent, autostart, saved);
    let states = match states? {
        Some(states) => states,
        None => states_by_lists(link).await?,
    };
    // Drivers without these filters have neither autostart nor saved states.
    let persistent = persistent.ok();
    let autostart = autostart.unwrap_or_default();
    let saved = saved.unwrap_or_default();
    Ok(states
        .into_iter()
        .map(|(id, state)| {
            let summary = DomainSummary {
                id,
                name: state.name,
                state: state_of(state.state),
                reason: state.reason,
                persistent: persistent.as_ref().is_none_or(|set| set.contains(&id)),
                autostart: autostart.contains(&id),
                managed_save: saved.contains(&id),
            };
            (id, Arc::new(summary))
        })
        .collect())
}

struct NamedState {
    name: String,
    state: u32,
    reason: i32,
}

/// State of all guests in one call; nothing if the driver has no such call.
fn states(connect: &SharedConnect) -> Result<Option<Vec<(DomainId, NamedState)>>, Failure> {
    let records = match stats::all_domains(connect, stats::STATE) {
        Ok(records) => records,
        Err(error) if is_unsupported(&error) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut known = HashSet::new();
    let mut states = Vec::with_capacity(records.len());
    for (domain, figures) in records {
        let id = DomainId(domain.uuid()?);
        // Some drivers answer with the guests and without figures.
        let Some(state) = figures.get("state.state") else { return Ok(None) };
        let state = NamedState {
            name: domain.name()?,
            state: u32::try_from(*state).unwrap_or(0),
            reason: figures
                .get("state.reason")
                .and_then(|reason| i32::try_from(*reason).ok())
                .unwrap_or(0),
        };
        states.push((id, state));
        known.insert(id);
        connect.domains().insert(id, domain);
    }
    connect.domains().retain(|id, _| known.contains(id));
    Ok(Some(states))
}

/// The same without the bulk call: who is in which list. The few guests in
/// none of them (crashed, shutting down) are asked one by one.
async fn states_by_lists(link: &Arc<Link>) -> Result<Vec<(DomainId, NamedState)>, Failure> {
    let all = ask(link, named_list);
    let running = ask(link, |connect| list(connect, sys::VIR_CONNECT_LIST_DOMAINS_RUNNING));
    let paused = ask(link, |connect| list(connect, sys::VIR_CONNECT_LIST_DOMAINS_PAUSED));
    let off = ask(link, |connect| list(connect, sys::VIR_CONNECT_LIST_DOMAINS_SHUTOFF));
    let (all, running, paused, off) = tokio::join!(all, running, paused, off);
    let (all, running, paused, off) =
        (all?, running.unwrap_or_default(), paused.unwrap_or_default(), off.unwrap_or_default());
    let mut states = Vec::with_capacity(all.len());
    let mut rest = Vec::new();
    for (id, name) in all {
        let state = if running.contains(&id) {
            sys::VIR_DOMAIN_RUNNING
        } else if paused.contains(&id) {
            sys::VIR_DOMAIN_PAUSED
        } else if off.contains(&id) {
            sys::VIR_DOMAIN_SHUTOFF
        } else {
            rest.push(ask(link, move |connect| {
                let (state, reason) = raw::state(&guest(connect, id)?)?;
                Ok((id, NamedState { name, state, reason }))
            }));
            continue;
        };
        states.push((id, NamedState { name, state, reason: 0 }));
    }
    for one in rest {
        match one.await {
            Ok(state) => states.push(state),
            Err(failure) if failure.kind == FailureKind::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(states)
}

fn list(connect: &Connect, flags: u32) -> Result<HashSet<DomainId>, Failure> {
    connect.list_all_domains(flags)?.iter().map(|domain| Ok(DomainId(domain.uuid()?))).collect()
}

fn named_list(connect: &SharedConnect) -> Result<Vec<(DomainId, String)>, Failure> {
    let mut known = HashSet::new();
    let mut names = Vec::new();
    for domain in connect.list_all_domains(0)? {
        let id = DomainId(domain.uuid()?);
        names.push((id, domain.name()?));
        known.insert(id);
        connect.domains().insert(id, domain);
    }
    connect.domains().retain(|id, _| known.contains(id));
    Ok(names)
}

/// The guest `id`: from an earlier look-up where there was one.
pub(super) fn guest(connect: &SharedConnect, id: DomainId) -> Result<Domain, Failure> {
    let known = connect.domains().get(&id).cloned();
    if let Some(domain) = known {
        return Ok(domain);
    }
    let domain = connect.lookup_domain_by_uuid(id.0)?;
    connect.domains().insert(id, domain.clone());
    Ok(domain)
}

/// One guest again; nothing if it is gone. Three round trips' time: a guest that
/// is just being started answers nothing, and only one question waits for it.
pub(super) async fn reload(
    link: &Arc<Link>,
    id: DomainId,
) -> Result<Option<DomainSummary>, Failure> {
    // Looked up anew: its name may have changed.
    let found = ask(link, move |connect| {
        let domain = connect.lookup_domain_by_uuid(id.0)?;
        let name = domain.name()?;
        connect.domains().insert(id, domain.clone());
        Ok((domain, name))
    })
    .await;
    let (domain, name) = match found {
        Ok(found) => found,
        Err(failure) if failure.kind == FailureKind::NotFound => {
            forget(link, id);
            return Ok(None);
        }
        Err(failure) => return Err(failure),
    };
    let one = |read: fn(&Domain) -> Result<bool, virt::error::Error>| {
        let domain = domain.clone();
        ask(link, move |_| Ok(read(&domain)?))
    };
    let asked = domain.clone();
    let (state, reason) = match ask(link, move |_| Ok(raw::state(&asked)?)).await {
        Ok(state) => state,
        Err(failure) if failure.kind == FailureKind::NotFound => {
            forget(link, id);
            return Ok(None);
        }
        Err(failure) => return Err(failure),
    };
    let persistent = one(Domain::is_persistent);
    let autostart = one(Domain::autostart);
    let saved = one(|domain| domain.has_managed_save(0));
    let (persistent, autostart, saved) = tokio::join!(persistent, autostart, saved);
    Ok(Some(DomainSummary {
        id,
        name,
        state: state_of(state),
        reason,
        persistent: persistent.unwrap_or(true),
        // Transient guests refuse the question.
        autostart: autostart.unwrap_or(false),
        managed_save: saved.unwrap_or(false),
    }))
}

fn forget(link: &Arc<Link>, id: DomainId) {
    link.quick_connect().domains().remove(&id);
}

/// The hypervisor's version: one round trip, but a daemon that just started
/// looks at every emulator before it answers, which takes seconds.
pub(super) async fn hypervisor_version(link: &Arc<Link>) -> u32 {
    ask(link, |connect| Ok(connect.hyp_version()?)).await.unwrap_or(0)
}

/// What the host is, but for the hypervisor's version: three round trips, at
/// the same time.
pub(super) async fn facts(link: &Arc<Link>, uri: &str) -> HostFacts {
    let hostname = ask(link, |connect| Ok(connect.hostname()?));
    let library = ask(link, |connect| Ok(connect.lib_version()?));
    let node = ask(link, |connect| Ok(connect.node_info()?));
    // Not a round trip, but a blocking one for some drivers.
    let driver = ask(link, |connect| Ok(connect.driver_type()?));
    let (hostname, library, node, driver) = tokio::join!(hostname, library, node, driver);
    let node = node.ok();
    let (local, session) = kind_of(uri);
    // root has no session: libvirt gives the system's daemon for that URI.
    let session = session && !(local && rustix::process::geteuid().is_root());
    HostFacts {
        hostname: hostname.unwrap_or_default(),
        driver: driver.unwrap_or_default(),
        hypervisor_version: 0,
        libvirt_version: library.unwrap_or(0),
        cpus: node.as_ref().map_or(0, |node| node.cpus),
        memory: node.as_ref().map_or(0, |node| node.memory.saturating_mul(1024)),
        // libvirt calls the architecture of the processors their model.
        arch: node.map_or_else(String::new, |node| node.model),
        local,
        session,
    }
}

/// Whether a URI names a daemon of this computer, and one of the user's own.
fn kind_of(uri: &str) -> (bool, bool) {
    let (scheme, rest) = uri.split_once(':').unwrap_or((uri, ""));
    let address = rest.strip_prefix("//").unwrap_or(rest);
    let (authority, path) = address.split_at(address.find(['/', '?']).unwrap_or(address.len()));
    let transport = scheme.split_once('+').map(|(_, transport)| transport);
    let local = authority.is_empty() && matches!(transport, None | Some("unix"));
    let path = path.split('?').next().unwrap_or_default();
    (local, path == "/session")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_tell_where_the_daemon_is() {
        for (uri, expected) in [
            ("qemu:///system", (true, false)),
            ("qemu:///session", (true, true)),
            ("qemu:///session?socket=/run/x", (true, true)),
            ("qemu+unix:///system", (true, false)),
            ("qemu+ssh://host/system", (false, false)),
            ("qemu+ssh://me@host:22/session?no_tty=1", (false, true)),
            ("qemu://host/system", (false, false)),
            ("test:///default", (true, false)),
            ("esx://host", (false, false)),
            ("nonsense", (true, false)),
        ] {
            assert_eq!(kind_of(uri), expected, "{uri}");
        }
    }
}
