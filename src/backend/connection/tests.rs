//! The state machine and the inventory on libvirt's test driver.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use super::*;
use crate::{
    backend::{Backend, Operation, Prompt, PromptAnswer, PromptRequest},
    model::{DomainState, HostState},
};

/// A backend with one host on a hypervisor of its own.
struct Fixture {
    backend: Backend,
    host: ConnectionHandle,
    _prompts: mpsc::UnboundedReceiver<PromptRequest>,
    _file: tempfile::NamedTempFile,
}

fn guest_xml(name: &str) -> String {
    format!(
        "<domain type='test'><name>{name}</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>\
         <os><type arch='x86_64'>hvm</type></os></domain>"
    )
}

/// A hypervisor with `guests`, named `guest-0` and so on, all running.
fn fixture(guests: usize) -> Fixture {
    use std::io::Write;
    let mut file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    let guests: String = (0..guests).map(|number| guest_xml(&format!("guest-{number}"))).collect();
    write!(file, "<node>{guests}</node>").unwrap();
    let (sender, prompts) = mpsc::unbounded_channel();
    let backend = Backend::start(sender).unwrap();
    let uri = format!("test://{}", file.path().display());
    let host = backend.connection(ConnectionId(Uuid::new_v4()), &uri);
    Fixture { backend, host, _prompts: prompts, _file: file }
}

async fn until(
    inventory: &mut watch::Receiver<Arc<Inventory>>,
    what: &str,
    condition: impl FnMut(&Arc<Inventory>) -> bool,
) -> Arc<Inventory> {
    let reached = tokio::time::timeout(Duration::from_secs(20), inventory.wait_for(condition))
        .await
        .map(|now| Arc::clone(&now.unwrap()));
    reached.unwrap_or_else(|_| panic!("{what} did not happen; now: {:?}", inventory.borrow()))
}

async fn ready(fixture: &Fixture) -> watch::Receiver<Arc<Inventory>> {
    fixture.host.connect();
    let mut inventory = fixture.host.inventory();
    until(&mut inventory, "connecting", |now| now.state == HostState::Ready).await;
    inventory
}

#[tokio::test]
async fn connecting_gives_the_complete_list() {
    let fixture = fixture(3);
    let inventory = ready(&fixture).await;
    let now = inventory.borrow().clone();
    assert_eq!(now.domains.len(), 3);
    let mut names: Vec<_> = now.domains.values().map(|domain| domain.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["guest-0", "guest-1", "guest-2"]);
    assert!(now.domains.values().all(|domain| domain.state == DomainState::Running));
    assert!(now.domains.values().all(|domain| domain.persistent));
    let facts = now.facts.as_ref().unwrap();
    assert_eq!(facts.driver, "TEST");
    assert!(facts.local && facts.cpus > 0 && facts.memory > 0);
}

#[tokio::test]
async fn a_call_changes_the_inventory_by_its_event() {
    let fixture = fixture(1);
    let mut inventory = ready(&fixture).await;
    let id = *inventory.borrow().domains.keys().next().unwrap();
    fixture
        .host
        .call(Lane::Quick(Key::Domain(id)), Operation::Read, "guest-0", move |connect| {
            Ok(lookup_domain(connect, id)?.suspend()?)
        })
        .await
        .unwrap();
    until(&mut inventory, "the pause", |now| now.domains[&id].state == DomainState::Paused).await;
}

/// Runs `work` on the host, as an operation would.
async fn run<T: Send + 'static>(
    fixture: &Fixture,
    work: impl FnOnce(&virt::connect::Connect) -> Result<T, crate::model::Failure> + Send + 'static,
) -> T {
    fixture.host.call(Lane::Quick(Key::Host), Operation::Read, "test", work).await.unwrap()
}

#[tokio::test]
async fn guests_that_come_and_go_are_seen() {
    let fixture = fixture(1);
    let mut inventory = ready(&fixture).await;
    run(&fixture, |connect| {
        connect.define_domain_xml(&guest_xml("new"))?;
        Ok(())
    })
    .await;
    let now = until(&mut inventory, "the new guest", |now| {
        now.domains.values().any(|domain| domain.name == "new")
    })
    .await;
    let new = now.domains.values().find(|domain| domain.name == "new").unwrap();
    assert_eq!(new.state, DomainState::ShutOff);
    let id = new.id;
    run(&fixture, move |connect| Ok(lookup_domain(connect, id)?.undefine()?)).await;
    until(&mut inventory, "its end", |now| !now.domains.contains_key(&id)).await;
}

#[tokio::test]
async fn changes_without_an_event_are_seen_after_an_action() {
    let fixture = fixture(1);
    let mut inventory = ready(&fixture).await;
    let id = *inventory.borrow().domains.keys().next().unwrap();
    let guard = fixture.host.pending(id, DomainAction::EnableAutostart);
    assert_eq!(inventory.borrow().pending.get(&id), Some(&DomainAction::EnableAutostart));
    run(&fixture, move |connect| Ok(lookup_domain(connect, id)?.set_autostart(true)?)).await;
    drop(guard);
    let now = until(&mut inventory, "autostart", |now| now.domains[&id].autostart).await;
    assert!(now.pending.is_empty());
}

#[tokio::test]
async fn thirty_guests_that_change_at_once_are_right_in_the_end() {
    let fixture = fixture(30);
    let mut inventory = ready(&fixture).await;
    let mut values = 0;
    let ids: Vec<_> = inventory.borrow().domains.keys().copied().collect();
    let calls = ids.iter().map(|id| {
        let (host, id) = (fixture.host.clone(), *id);
        tokio::spawn(async move {
            host.call(Lane::Quick(Key::Domain(id)), Operation::Read, "test", move |connect| {
                let domain = lookup_domain(connect, id)?;
                for _ in 0..10 {
                    domain.suspend()?;
                    domain.resume()?;
                }
                Ok(domain.suspend()?)
            })
            .await
            .unwrap();
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    until(&mut inventory, "all paused", |now| {
        values += 1;
        now.domains.values().all(|domain| domain.state == DomainState::Paused)
    })
    .await;
    // 630 events in a moment are a few values.
    assert!(values < 30, "{values} values");
}

#[tokio::test]
async fn a_guest_in_view_has_definition_addresses_and_load() {
    let fixture = fixture(2);
    let mut inventory = ready(&fixture).await;
    let ids: Vec<_> = inventory.borrow().domains.keys().copied().collect();
    fixture.host.set_stats_interval(Duration::from_millis(100));
    let mut stats = fixture.host.stats();
    let subscription = fixture.host.subscribe();
    subscription.show(vec![ids[0]], true);
    let now =
        until(&mut inventory, "its definition", |now| now.details.contains_key(&ids[0])).await;
    assert_eq!(now.details[&ids[0]].vcpus, 2);
    assert_eq!(now.details[&ids[0]].memory, 64 << 20);
    assert!(!now.details.contains_key(&ids[1]), "nobody looks at it");
    let load = tokio::time::timeout(
        Duration::from_secs(20),
        stats.wait_for(|now| now.guests.get(&ids[0]).is_some_and(|guest| guest.cpu.len() >= 2)),
    )
    .await
    .unwrap()
    .unwrap()
    .clone();
    assert!(!load.guests.contains_key(&ids[1]), "nobody looks at it");
    assert!(load.guests[&ids[0]].memory[0] > 0.0);

    // An event makes the definition stale, and it is read again.
    let id = ids[0];
    run(&fixture, move |connect| {
        let domain = lookup_domain(connect, id)?;
        domain.set_metadata(
            virt_sys::VIR_DOMAIN_METADATA_TITLE.cast_signed(),
            Some("A title"),
            None,
            None,
            virt_sys::VIR_DOMAIN_AFFECT_LIVE | virt::sys::VIR_DOMAIN_AFFECT_CONFIG,
        )?;
        Ok(())
    })
    .await;
    until(&mut inventory, "the title", |now| now.details[&id].title.as_deref() == Some("A title"))
        .await;

    // Without a window nothing is read any more.
    drop(subscription);
    stats.mark_unchanged();
    let more = tokio::time::timeout(Duration::from_millis(500), async {
        loop {
            stats.changed().await.unwrap();
            // What was read before the window went may still arrive empty.
            if !stats.borrow_and_update().guests.is_empty() {
                break;
            }
        }
    });
    assert!(more.await.is_err());
}

#[tokio::test]
async fn disconnecting_answers_who_waits_and_forgets_the_guests() {
    let fixture = fixture(1);
    let mut inventory = ready(&fixture).await;
    let (entered, inside) = std::sync::mpsc::channel::<()>();
    let (release, blocked) = std::sync::mpsc::channel::<()>();
    let host = fixture.host.clone();
    let call = tokio::spawn(async move {
        host.call(Lane::Quick(Key::Host), Operation::Read, "slow", move |_| {
            entered.send(()).ok();
            blocked.recv().ok();
            Ok(())
        })
        .await
    });
    tokio::task::spawn_blocking(move || inside.recv().unwrap()).await.unwrap();
    fixture.host.disconnect();
    let error = tokio::time::timeout(Duration::from_secs(10), call)
        .await
        .expect("a caller is left waiting")
        .unwrap()
        .unwrap_err();
    assert_eq!(error.failure.kind, crate::model::FailureKind::Disconnected);
    until(&mut inventory, "the end", |now| now.state == HostState::Disconnected).await;
    assert!(inventory.borrow().domains.is_empty());
    drop(release);
    let late = fixture.host.call(Lane::Quick(Key::Any), Operation::Read, "x", |_| Ok(())).await;
    assert_eq!(late.unwrap_err().failure.kind, crate::model::FailureKind::Disconnected);
    // And again.
    fixture.host.connect();
    until(&mut inventory, "connecting again", |now| now.state == HostState::Ready).await;
}

#[tokio::test]
async fn reads_and_actions_that_wait_hold_up_nothing_else() {
    let fixture = fixture(2);
    let mut inventory = ready(&fixture).await;
    let mut ids = inventory.borrow().domains.keys().copied().collect::<Vec<_>>().into_iter();
    let (stuck, other) = (ids.next().unwrap(), ids.next().unwrap());

    // More reads than there are threads for, and an action, which all wait for
    // the guest.
    let (begun, mut has_begun) = mpsc::unbounded_channel();
    let mut gates = Vec::new();
    let mut waiting = Vec::new();
    let reads = std::iter::repeat_n(Lane::Read(Key::Any), 8);
    for lane in reads.chain([Lane::Read(Key::Domain(stuck)), Lane::Quick(Key::Domain(stuck))]) {
        let (gate, closed) = std::sync::mpsc::channel::<()>();
        gates.push(gate);
        let (host, begun) = (fixture.host.clone(), begun.clone());
        waiting.push(tokio::spawn(async move {
            host.call(lane, Operation::Read, "stuck", move |_| {
                let _ = begun.send(lane);
                let _ = closed.recv();
                Ok(())
            })
            .await
        }));
    }
    let mut lanes = Vec::new();
    while !(lanes.contains(&Lane::Quick(Key::Domain(stuck)))
        && lanes.contains(&Lane::Read(Key::Any)))
    {
        lanes.push(has_begun.recv().await.unwrap());
    }

    let host = &fixture.host;
    tokio::time::timeout(Duration::from_secs(20), async {
        let xml = host.domain_xml(stuck, crate::backend::XmlKind::Live).await.unwrap();
        assert!(xml.contains("<domain"));
        let none = host.console(stuck, None).await.unwrap().unwrap_err();
        assert_eq!(none, crate::backend::NoConsole::NoGraphics);
        host.act(other, DomainAction::Pause).await.unwrap();
        host.act(stuck, DomainAction::ForceOff).await.unwrap();
    })
    .await
    .expect("something waits for a guest that does not answer");
    until(&mut inventory, "both actions", |now| {
        now.domains[&stuck].state == DomainState::ShutOff
            && now.domains[&other].state == DomainState::Paused
    })
    .await;
    drop(gates);
    for call in waiting {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_panic_in_a_call_is_an_answer() {
    let fixture = fixture(1);
    ready(&fixture).await;
    let error = fixture
        .host
        .call(Lane::Slow(Key::Host), Operation::Read, "x", |_| -> Result<(), _> {
            panic!("on purpose")
        })
        .await
        .unwrap_err();
    assert_eq!(error.failure.kind, crate::model::FailureKind::Internal);
}

#[tokio::test]
async fn uris_of_garbage_fail_with_a_reason() {
    let fixture = fixture(0);
    for uri in [
        "",
        "nonsense",
        "qemu",
        "://",
        "qemu+ssh://",
        "qemu+warp://host/system",
        "qemu+ssh://-oProxyCommand=x/system",
        "qemu+unix://host/system",
        "test:///no/such/file.xml",
        "qemu:///sys tem",
        "qemu:///\u{0}",
        "\u{1F980}:///🦀",
        "qemu+ssh://host:99999999/system",
        &"x".repeat(100_000),
    ] {
        let host = fixture.backend.connection(ConnectionId(Uuid::new_v4()), uri);
        let mut inventory = host.inventory();
        host.connect();
        let short: String = uri.chars().take(40).collect();
        let now = until(&mut inventory, &short, |now| {
            matches!(now.state, HostState::Failed(_) | HostState::Ready)
        })
        .await;
        // libvirt chooses by itself without a URI: either may be.
        if !uri.is_empty() {
            let HostState::Failed(failure) = &now.state else { panic!("{short:?} opened") };
            assert_ne!(failure.kind, crate::model::FailureKind::Other, "{short:?}: {failure:?}");
            assert!(failure.detail.len() < 20_000);
        }
    }
}

#[tokio::test]
async fn another_uri_is_used_at_the_next_connecting() {
    let first = fixture(1);
    let second = fixture(2);
    let mut inventory = ready(&first).await;
    let same = first.backend.connection(first.host.id(), &second.host.uri());
    until(&mut inventory, "the end of the old one", |now| now.state == HostState::Disconnected)
        .await;
    same.connect();
    let now = until(&mut inventory, "the new one", |now| now.state == HostState::Ready).await;
    assert_eq!(now.domains.len(), 2);
}

#[tokio::test]
async fn shutting_down_closes_everything_in_time() {
    let fixture = fixture(5);
    let mut inventory = ready(&fixture).await;
    let backend = fixture.backend.clone();
    let begun = std::time::Instant::now();
    tokio::task::spawn_blocking(move || backend.shut_down(Duration::from_secs(5))).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4));
    until(&mut inventory, "the end", |now| now.state == HostState::Disconnected).await;
}

/// The driver for ESX asks before it connects: no server is needed.
/// The next question of a host.
async fn question(
    prompts: &mut mpsc::UnboundedReceiver<PromptRequest>,
    inventory: &watch::Receiver<Arc<Inventory>>,
) -> PromptRequest {
    let asked = tokio::time::timeout(Duration::from_secs(20), prompts.recv()).await;
    asked.unwrap_or_else(|_| panic!("nothing was asked; now: {:?}", inventory.borrow())).unwrap()
}

#[tokio::test]
async fn credentials_are_asked_for_and_can_be_refused() {
    use std::io::Write;
    let mut file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    write!(file, "<node><auth><user password='sesame'>ali</user></auth></node>").unwrap();
    let (sender, mut prompts) = mpsc::unbounded_channel();
    let backend = Backend::start(sender).unwrap();
    let uri = format!("test://{}", file.path().display());
    let host = backend.connection(ConnectionId(Uuid::new_v4()), &uri);
    let mut inventory = host.inventory();
    let value =
        |text: &str| Some(PromptAnswer::Values(vec![crate::model::Secret::new(text.to_owned())]));

    host.connect();
    let asked = question(&mut prompts, &inventory).await;
    assert_eq!(asked.connection, host.id());
    let Prompt::Credentials(fields) = &asked.prompt else { panic!("{:?}", asked.prompt) };
    assert_eq!(fields.len(), 1);
    assert!(!fields[0].secret, "{fields:?}");
    drop(asked);
    let now = until(&mut inventory, "the refusal", |now| matches!(now.state, HostState::Failed(_)));
    let HostState::Failed(failure) = now.await.state.clone() else { return };
    assert_eq!(failure.kind, crate::model::FailureKind::AuthenticationCancelled, "{failure:?}");

    host.connect();
    let asked = question(&mut prompts, &inventory).await;
    asked.reply.send(value("ali")).unwrap();
    let asked = question(&mut prompts, &inventory).await;
    assert!(matches!(&asked.prompt, Prompt::Credentials(fields) if fields[0].secret));
    asked.reply.send(value("nothing to see")).unwrap();
    let now = until(&mut inventory, "the end", |now| {
        matches!(&now.state, HostState::Failed(failure)
            if failure.kind != crate::model::FailureKind::AuthenticationCancelled)
    });
    let HostState::Failed(failure) = now.await.state.clone() else { return };
    assert_eq!(failure.kind, crate::model::FailureKind::AuthenticationFailed, "{failure:?}");
    assert!(!failure.detail.contains("nothing to see"));

    // Giving up while it is asked withdraws the question.
    host.connect();
    let mut asked = question(&mut prompts, &inventory).await;
    host.disconnect();
    tokio::time::timeout(Duration::from_secs(10), asked.reply.closed()).await.unwrap();

    host.connect();
    for answer in ["ali", "sesame"] {
        let asked = question(&mut prompts, &inventory).await;
        asked.reply.send(value(answer)).unwrap();
    }
    until(&mut inventory, "connecting", |now| now.state == HostState::Ready).await;
}
