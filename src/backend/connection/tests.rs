//! The state machine and the inventory on libvirt's test driver.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use super::*;
use crate::{
    backend::{Backend, Operation, PromptRequest},
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
            Ok(lookup_domain(connect, id)?.suspend().map(|_| ())?)
        })
        .await
        .unwrap();
    until(&mut inventory, "the pause", |now| now.domains[&id].state == DomainState::Paused).await;
}
