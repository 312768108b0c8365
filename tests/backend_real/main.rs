//! The backend on a real libvirtd with QEMU under emulation: changes from
//! outside, daemons that die and hang, the number of round trips.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod daemon;
mod proxy;

use std::{
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use daemon::Daemon;
use posada::{
    backend::{Backend, ConnectionHandle, PromptRequest, XmlKind},
    model::{ConnectionId, DomainId, DomainState, FailureKind, HostState, Inventory},
};
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

fn backend() -> (Backend, mpsc::UnboundedReceiver<PromptRequest>) {
    let (sender, prompts) = mpsc::unbounded_channel();
    (Backend::start(sender).unwrap(), prompts)
}

fn host(backend: &Backend, uri: &str) -> ConnectionHandle {
    backend.connection(ConnectionId(Uuid::new_v4()), uri)
}

async fn within(
    seconds: u64,
    inventory: &mut watch::Receiver<Arc<Inventory>>,
    what: &str,
    condition: impl FnMut(&Arc<Inventory>) -> bool,
) -> Arc<Inventory> {
    let reached = tokio::time::timeout(Duration::from_secs(seconds), inventory.wait_for(condition))
        .await
        .map(|now| Arc::clone(&now.unwrap()));
    reached.unwrap_or_else(|_| panic!("{what} did not happen; now: {:?}", inventory.borrow()))
}

async fn connect(host: &ConnectionHandle) -> watch::Receiver<Arc<Inventory>> {
    host.connect();
    let mut inventory = host.inventory();
    within(30, &mut inventory, "connecting", |now| now.state == HostState::Ready).await;
    inventory
}

fn named<'a>(inventory: &'a Inventory, name: &str) -> Option<&'a posada::model::DomainSummary> {
    inventory.domains.values().find(|domain| domain.name == name).map(|domain| &**domain)
}

fn is(inventory: &Inventory, name: &str, state: DomainState) -> bool {
    named(inventory, name).is_some_and(|domain| domain.state == state)
}

/// A hypervisor in this process with one guest.
fn test_host(backend: &Backend) -> (ConnectionHandle, tempfile::NamedTempFile) {
    let mut file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    write!(
        file,
        "<node><domain type='test'><name>lively</name><memory>65536</memory>\
         <os><type>hvm</type></os></domain></node>"
    )
    .unwrap();
    (host(backend, &format!("test://{}", file.path().display())), file)
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_from_outside_are_seen() {
    let Some(daemon) = Daemon::start() else { return };
    let (backend, _prompts) = backend();
    let host = host(&backend, &daemon.uri());
    let mut inventory = connect(&host).await;
    assert!(inventory.borrow().domains.is_empty());

    daemon.define("outside");
    let now =
        within(10, &mut inventory, "the definition", |now| named(now, "outside").is_some()).await;
    let guest = named(&now, "outside").unwrap();
    assert_eq!((guest.state, guest.persistent), (DomainState::ShutOff, true));
    let id = guest.id;

    daemon.virsh(&["start", "--paused", "outside"]);
    within(10, &mut inventory, "the start", |now| is(now, "outside", DomainState::Paused)).await;
    daemon.virsh(&["resume", "outside"]);
    within(10, &mut inventory, "going on", |now| is(now, "outside", DomainState::Running)).await;

    // A window shows it: definition and load.
    host.set_stats_interval(Duration::from_millis(300));
    let mut stats = host.stats();
    let subscription = host.subscribe();
    subscription.show(vec![id], true);
    let now =
        within(10, &mut inventory, "its definition", |now| now.details.contains_key(&id)).await;
    assert_eq!(now.details[&id].memory, 32 << 20);
    assert!(now.details[&id].machine.is_some() && !now.details[&id].pending_changes);
    tokio::time::timeout(
        Duration::from_secs(20),
        stats.wait_for(|now| {
            now.guests.get(&id).is_some_and(|guest| guest.cpu.len() > 1 && guest.memory_used > 0)
        }),
    )
    .await
    .expect("load is read")
    .unwrap();
    daemon.virsh(&["desc", "outside", "--title", "--live", "--config", "From outside"]);
    within(10, &mut inventory, "the title", |now| {
        now.details[&id].title.as_deref() == Some("From outside")
    })
    .await;
    // What waits for the next start is said.
    daemon.virsh(&["setvcpus", "outside", "--maximum", "2", "--config"]);
    daemon.virsh(&["desc", "outside", "--live", "read again"]);
    within(10, &mut inventory, "the difference", |now| now.details[&id].pending_changes).await;
    daemon.virsh(&["setvcpus", "outside", "--maximum", "1", "--config"]);
    daemon.virsh(&["desc", "outside", "--live", "and again"]);
    within(10, &mut inventory, "no difference", |now| !now.details[&id].pending_changes).await;
    // The same for what no list shows.
    daemon.virsh(&["iothreadadd", "outside", "1", "--config"]);
    daemon.virsh(&["desc", "outside", "--live", "once more"]);
    within(10, &mut inventory, "a difference", |now| now.details[&id].pending_changes).await;

    daemon.virsh(&["managedsave", "outside"]);
    within(20, &mut inventory, "the saved state", |now| {
        is(now, "outside", DomainState::ShutOff) && named(now, "outside").unwrap().managed_save
    })
    .await;
    daemon.virsh(&["undefine", "--managed-save", "outside"]);
    within(10, &mut inventory, "the end", |now| now.domains.is_empty()).await;
    backend.shut_down(Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_guests_change_at_once() {
    let Some(daemon) = Daemon::start() else { return };
    for number in 0..30 {
        daemon.define(&format!("guest-{number}"));
    }
    let (backend, _prompts) = backend();
    let host = host(&backend, &daemon.uri());
    let mut inventory = connect(&host).await;
    assert_eq!(inventory.borrow().domains.len(), 30);
    let script: Vec<_> = (0..30).map(|number| format!("start --paused guest-{number};")).collect();
    let script = script.concat();
    daemon.virsh(&[&script]);
    within(60, &mut inventory, "all started", |now| {
        now.domains.values().all(|domain| domain.state == DomainState::Paused)
    })
    .await;
    let script = script.replace("start --paused", "destroy");
    daemon.virsh(&[&script]);
    within(30, &mut inventory, "all stopped", |now| {
        now.domains.values().all(|domain| domain.state == DomainState::ShutOff)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_killed_comes_back() {
    let Some(mut daemon) = Daemon::start() else { return };
    daemon.define("survivor");
    daemon.virsh(&["start", "--paused", "survivor"]);
    let (backend, _prompts) = backend();
    let host = host(&backend, &daemon.uri());
    let mut inventory = connect(&host).await;
    let id = named(&inventory.borrow(), "survivor").unwrap().id;

    daemon.kill();
    let now =
        within(10, &mut inventory, "the loss", |now| matches!(now.state, HostState::Lost { .. }))
            .await;
    assert_eq!(now.domains.len(), 1, "the last known guests stay");
    let error = host.domain_xml(id, XmlKind::Live).await.unwrap_err();
    assert_eq!(error.failure.kind, FailureKind::Disconnected);
    // A try in between fails with the cause.
    within(20, &mut inventory, "a retry", |now| {
        matches!(&now.state, HostState::Lost { failure, .. }
            if failure.kind == FailureKind::DaemonNotRunning)
    })
    .await;

    daemon.restart();
    let now = within(40, &mut inventory, "coming back", |now| now.state == HostState::Ready).await;
    assert!(is(&now, "survivor", DomainState::Paused));
    // And events come again.
    daemon.virsh(&["destroy", "survivor"]);
    within(10, &mut inventory, "the stop", |now| is(now, "survivor", DomainState::ShutOff)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_hangs_holds_up_no_other_host() {
    let Some(daemon) = Daemon::start() else { return };
    daemon.define("stuck");
    let (backend, _prompts) = backend();
    let stuck = host(&backend, &daemon.uri());
    let (lively, _file) = test_host(&backend);
    let mut inventory = connect(&stuck).await;
    let other = connect(&lively).await;
    let stuck_id = *inventory.borrow().domains.keys().next().unwrap();
    let lively_id = *other.borrow().domains.keys().next().unwrap();

    daemon.signal("-STOP");
    // More questions than there are threads.
    let waiting: Vec<_> = (0..40)
        .map(|_| {
            let stuck = stuck.clone();
            tokio::spawn(async move { stuck.domain_xml(stuck_id, XmlKind::Live).await })
        })
        .collect();
    let begun = Instant::now();
    let mut slowest = Duration::ZERO;
    while begun.elapsed() < Duration::from_secs(20) {
        let one = Instant::now();
        lively.domain_xml(lively_id, XmlKind::Live).await.unwrap();
        slowest = slowest.max(one.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(slowest < Duration::from_secs(1), "the other host waited {slowest:?}");
    assert_eq!(inventory.borrow().state, HostState::Ready, "20 seconds are forgiven");

    daemon.signal("-CONT");
    for call in waiting {
        call.await.unwrap().unwrap();
    }

    // Longer is not: the callers get their answer, and the host comes back.
    // Several of them, because libvirt itself ends only one.
    daemon.signal("-STOP");
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let stuck = stuck.clone();
            tokio::spawn(async move { stuck.domain_xml(stuck_id, XmlKind::Live).await })
        })
        .collect();
    let now =
        within(45, &mut inventory, "noticing", |now| matches!(now.state, HostState::Lost { .. }))
            .await;
    assert!(
        matches!(&now.state, HostState::Lost { failure, .. } if failure.kind == FailureKind::TimedOut),
        "{:?}",
        now.state
    );
    for call in waiting {
        let error = tokio::time::timeout(Duration::from_secs(5), call).await.unwrap().unwrap();
        assert!(matches!(
            error.unwrap_err().failure.kind,
            FailureKind::Disconnected | FailureKind::TimedOut
        ));
    }
    daemon.signal("-CONT");
    within(60, &mut inventory, "coming back", |now| now.state == HostState::Ready).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_from_a_daemon_that_hangs_is_immediate() {
    let Some(daemon) = Daemon::start() else { return };
    let (backend, _prompts) = backend();
    let open = host(&backend, &daemon.uri());
    let mut inventory = connect(&open).await;
    daemon.signal("-STOP");
    let begun = Instant::now();
    open.disconnect();
    within(2, &mut inventory, "the end", |now| now.state == HostState::Disconnected).await;
    // One that is only being opened as well.
    let opening = host(&backend, &daemon.uri());
    let mut inventory = opening.inventory();
    opening.connect();
    within(2, &mut inventory, "the try", |now| now.state == HostState::Connecting).await;
    opening.disconnect();
    within(2, &mut inventory, "the end", |now| now.state == HostState::Disconnected).await;
    // The end of the program does not wait for it.
    tokio::task::spawn_blocking(move || backend.shut_down(Duration::from_secs(1))).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
    daemon.signal("-CONT");
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_costs_the_same_however_many_guests_there_are() {
    let Some(daemon) = Daemon::start() else { return };
    let mut counts = Vec::new();
    for guests in [1, 40] {
        for number in counts.len()..guests {
            let name = format!("guest-{number}");
            if daemon.try_virsh(&["domid", &name]).is_err() {
                daemon.define(&name);
            }
        }
        let proxy = proxy::Proxy::start(&daemon.socket());
        let (backend, _prompts) = backend();
        let host = host(&backend, &proxy.uri());
        let inventory = connect(&host).await;
        assert_eq!(inventory.borrow().domains.len(), guests);
        counts.push(proxy.settled_calls().await);
        backend.shut_down(Duration::from_secs(5));
    }
    println!("calls until the list is complete and all events are on: {counts:?}");
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0] < 50, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_far_host_is_ready_after_few_round_trips() {
    let Some(daemon) = Daemon::start() else { return };
    for number in 0..50 {
        daemon.define(&format!("guest-{number}"));
    }
    let proxy = proxy::Proxy::with_delay(&daemon.socket(), Duration::from_millis(50));
    let (backend, _prompts) = backend();
    let host = host(&backend, &proxy.uri());
    let begun = Instant::now();
    let mut inventory = connect(&host).await;
    let ready = begun.elapsed();
    let ids: Vec<DomainId> = inventory.borrow().domains.keys().copied().collect();
    let subscription = host.subscribe();
    subscription.show(ids, false);
    within(30, &mut inventory, "all definitions", |now| now.details.len() == 50).await;
    println!("100 ms round trip: list after {ready:?}, 50 definitions after {:?}", begun.elapsed());
    assert!(ready < Duration::from_secs(2), "{ready:?}");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}
