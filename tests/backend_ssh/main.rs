//! Hosts over SSH: what ssh asks reaches the interface, and its answers ssh.

#![allow(clippy::unwrap_used)]

#[path = "../backend_real/daemon.rs"]
#[allow(dead_code)]
mod daemon;
mod server;

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use daemon::Daemon;
use posada::{
    backend::{Backend, ConnectionHandle, Prompt, PromptAnswer, PromptRequest},
    model::{ConnectionId, Failure, FailureKind, HostState, Inventory, Secret},
};
use server::Server;
use tokio::sync::{Mutex, mpsc, watch};
use uuid::Uuid;

/// ssh's questions go to the first backend of the process: one for all tests,
/// and the tests one after the other.
static TURN: Mutex<()> = Mutex::const_new(());

struct Fixture {
    backend: Backend,
    prompts: mpsc::UnboundedReceiver<PromptRequest>,
    host: ConnectionHandle,
    inventory: watch::Receiver<Arc<Inventory>>,
}

fn fixture(uri: &str) -> Fixture {
    Backend::prepare_environment(Some(Path::new(env!("CARGO_BIN_EXE_posada")))).unwrap();
    let (sender, prompts) = mpsc::unbounded_channel();
    let backend = Backend::start(sender).unwrap();
    let host = backend.connection(ConnectionId(Uuid::new_v4()), uri);
    let inventory = host.inventory();
    Fixture { backend, prompts, host, inventory }
}

impl Fixture {
    async fn asked(&mut self) -> PromptRequest {
        let request = tokio::time::timeout(Duration::from_secs(20), self.prompts.recv()).await;
        let Ok(request) = request else {
            panic!("nothing is asked: {:?}", self.inventory.borrow().state)
        };
        let request = request.unwrap();
        assert_eq!(request.connection, self.host.id());
        request
    }

    async fn end(&mut self) -> HostState {
        let reached = tokio::time::timeout(
            Duration::from_secs(30),
            self.inventory
                .wait_for(|now| matches!(now.state, HostState::Ready | HostState::Failed(_))),
        )
        .await
        .map(|now| now.unwrap().state.clone());
        reached.unwrap_or_else(|_| panic!("no end: {:?}", self.inventory.borrow().state))
    }

    async fn failure(&mut self) -> Failure {
        match self.end().await {
            HostState::Failed(failure) => failure,
            other => panic!("{other:?}"),
        }
    }

    fn finish(self) {
        self.backend.shut_down(Duration::from_secs(3));
    }
}

fn answer(request: PromptRequest, answer: Option<PromptAnswer>) {
    request.reply.send(answer).unwrap();
}

#[expect(clippy::unnecessary_wraps, reason = "an answer as the dialog gives it")]
fn secret(text: &str) -> Option<PromptAnswer> {
    Some(PromptAnswer::Values(vec![Secret::new(text.to_owned())]))
}

fn me() -> String {
    String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_host_key_is_the_users_to_trust() {
    let _turn = TURN.lock().await;
    let (Some(daemon), Some(mut server)) = (Daemon::start(), Server::start(Some(""))) else {
        return;
    };
    daemon.define("far");
    let uri = server.uri(&me(), &daemon.socket());
    let mut fixture = fixture(&uri);

    fixture.host.connect();
    let request = fixture.asked().await;
    let Prompt::SshConfirm { text } = &request.prompt else { panic!("{:?}", request.prompt) };
    assert!(text.contains("SHA256:"), "{text}");
    answer(request, Some(PromptAnswer::No));
    let failure = fixture.failure().await;
    assert_eq!(failure.kind, FailureKind::UnknownHostKey, "{failure:?}");

    fixture.host.connect();
    let request = fixture.asked().await;
    answer(request, Some(PromptAnswer::Yes));
    assert_eq!(fixture.end().await, HostState::Ready);
    assert_eq!(fixture.inventory.borrow().domains.len(), 1);
    assert!(!fixture.inventory.borrow().facts.as_ref().unwrap().local);
    assert!(server.known_hosts().exists());

    // It is known now, until it is another one.
    fixture.host.disconnect();
    server.change_key();
    fixture.inventory.wait_for(|now| now.state == HostState::Disconnected).await.unwrap();
    fixture.host.connect();
    let failure = fixture.failure().await;
    assert_eq!(failure.kind, FailureKind::HostKeyChanged, "{failure:?}");
    fixture.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_is_asked_once_a_run() {
    let _turn = TURN.lock().await;
    let (Some(mut daemon), Some(server)) = (Daemon::start(), Server::start(Some("open sesame")))
    else {
        return;
    };
    let uri = server.uri(&me(), &daemon.socket());
    let mut fixture = fixture(&uri);
    fixture.host.connect();
    let request = fixture.asked().await;
    answer(request, Some(PromptAnswer::Yes));

    // Closing the dialog says so.
    let request = fixture.asked().await;
    assert!(matches!(&request.prompt, Prompt::SshSecret { text } if text.contains("passphrase")));
    answer(request, None);
    let failure = fixture.failure().await;
    assert_eq!(failure.kind, FailureKind::AuthenticationCancelled, "{failure:?}");

    // A wrong one is asked again; the right one opens, spaces and all.
    fixture.host.connect();
    let request = fixture.asked().await;
    answer(request, secret("wrong"));
    let request = fixture.asked().await;
    answer(request, secret("open sesame"));
    assert_eq!(fixture.end().await, HostState::Ready);

    // Coming back after a loss does not ask.
    daemon.kill();
    tokio::time::timeout(
        Duration::from_secs(20),
        fixture.inventory.wait_for(|now| matches!(now.state, HostState::Lost { .. })),
    )
    .await
    .unwrap()
    .unwrap();
    daemon.restart();
    tokio::time::timeout(
        Duration::from_secs(40),
        fixture.inventory.wait_for(|now| now.state == HostState::Ready),
    )
    .await
    .unwrap()
    .unwrap();
    assert!(fixture.prompts.try_recv().is_err());
    fixture.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_withdraws_the_question() {
    let _turn = TURN.lock().await;
    let (Some(daemon), Some(server)) = (Daemon::start(), Server::start(Some(""))) else { return };
    let mut fixture = fixture(&server.uri(&me(), &daemon.socket()));
    fixture.host.connect();
    let mut request = fixture.asked().await;
    fixture.host.disconnect();
    tokio::time::timeout(Duration::from_secs(5), request.reply.closed()).await.unwrap();
    let gone = fixture.inventory.wait_for(|now| now.state == HostState::Disconnected);
    drop(tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap().unwrap());
    fixture.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_asked_for() {
    let _turn = TURN.lock().await;
    // The user that the project's own test environment has.
    let known = std::fs::read_to_string("/etc/passwd").unwrap().contains("\ntester:");
    if me() != "root" || !known {
        eprintln!("SKIPPED: no user whose password a test may set");
        return;
    }
    let (Some(daemon), Some(server)) = (Daemon::start_as("tester"), Server::start(None)) else {
        return;
    };
    let set = Command::new("sh").args(["-c", "echo 'tester:p\"a$s s' | chpasswd"]).status();
    assert!(set.unwrap().success());
    let mut fixture = fixture(&server.uri("tester", &daemon.socket()));
    fixture.host.connect();
    let request = fixture.asked().await;
    answer(request, Some(PromptAnswer::Yes));
    for wrong in ["no", ""] {
        let request = fixture.asked().await;
        assert!(
            matches!(&request.prompt, Prompt::SshSecret { text } if text.contains("tester@127.0.0.1's password"))
        );
        answer(request, secret(wrong));
    }
    let failure = fixture.failure().await;
    assert_eq!(failure.kind, FailureKind::AuthenticationFailed, "{failure:?}");
    fixture.host.connect();
    let request = fixture.asked().await;
    answer(request, secret("p\"a$s s"));
    assert_eq!(fixture.end().await, HostState::Ready);
    fixture.finish();
}
