//! The running program's end: takes ssh's questions to the user.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    sync::{Arc, mpsc},
    time::Duration,
};

use tokio::runtime;
use tokio_util::sync::CancellationToken;

use super::{
    Home,
    caller::{Target, ssh_above, target_of_uri},
    client::LONGEST,
};
use crate::{
    backend::{
        auth::{Prompt, PromptAnswer, Prompter},
        sys::process,
    },
    model::ConnectionId,
};

/// The hosts and their URIs, now.
pub(in crate::backend) type Hosts = Arc<dyn Fn() -> Vec<(ConnectionId, String)> + Send + Sync>;

/// Answers questions on threads of their own until the process ends. The folder
/// goes with `home`, which stays with the caller.
pub(in crate::backend) fn serve(
    home: &Home,
    prompter: Prompter,
    runtime: runtime::Handle,
    hosts: Hosts,
) -> std::io::Result<()> {
    let listener = home.listener.try_clone()?;
    std::thread::Builder::new().name("posada-askpass".to_owned()).spawn(move || {
        for stream in listener.incoming() {
            let stream = match stream {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::warn!(%error, "ssh cannot ask");
                    std::thread::sleep(Duration::from_millis(100));
                    continue;
                }
            };
            let (prompter, runtime) = (prompter.clone(), runtime.clone());
            let hosts = Arc::clone(&hosts);
            let spawned =
                std::thread::Builder::new().name("posada-askpass".to_owned()).spawn(move || {
                    if let Err(error) = answer(stream, &prompter, &runtime, &hosts) {
                        tracing::debug!(%error, "a question of ssh came to nothing");
                    }
                });
            if let Err(error) = spawned {
                tracing::warn!(%error, "no thread for ssh's question");
            }
        }
    })?;
    Ok(())
}

fn answer(
    mut stream: UnixStream,
    prompter: &Prompter,
    runtime: &runtime::Handle,
    hosts: &Hosts,
) -> std::io::Result<()> {
    let (user, pid) = process::peer(&stream)?;
    if user != process::user() {
        return Err(std::io::ErrorKind::PermissionDenied.into());
    }
    let (hint, question) = read_question(&mut stream)?;
    let Some(connection) = who_asks(pid, &hosts(), &prompter.opening()) else {
        return Err(std::io::Error::other("no host asks"));
    };
    // ssh went away if the connection ends before the answer.
    let ended = CancellationToken::new();
    let watch = watch_end(&stream, ended.clone())?;
    let prompt = prompt_for(&hint, &question);
    let reply = runtime.block_on(prompter.ask_for_ssh(connection, prompt, ended));
    match reply {
        Some(PromptAnswer::Values(values)) => {
            if let Some(value) = values.first() {
                stream.write_all(b"+")?;
                stream.write_all(value.expose().as_bytes())?;
            }
        }
        Some(PromptAnswer::Yes) => stream.write_all(b"+yes")?,
        Some(PromptAnswer::No) => stream.write_all(b"+no")?,
        None => {}
    }
    stream.shutdown(std::net::Shutdown::Both)?;
    // Ends at once, as the stream has.
    let _ = watch.recv_timeout(Duration::from_secs(1));
    Ok(())
}

/// Reads hint and question, each ended by a NUL.
fn read_question(stream: &mut UnixStream) -> std::io::Result<(String, String)> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut bytes = Vec::new();
    let mut one = [0_u8; 1];
    let mut ends = 0;
    while ends < 2 {
        if bytes.len() as u64 >= LONGEST || stream.read(&mut one)? == 0 {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        ends += usize::from(one[0] == 0);
        bytes.push(one[0]);
    }
    stream.set_read_timeout(None)?;
    let mut parts = bytes.split(|byte| *byte == 0);
    let mut part = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let hint = part();
    Ok((hint, part()))
}

/// Cancels `ended` when the other side closes.
fn watch_end(stream: &UnixStream, ended: CancellationToken) -> std::io::Result<mpsc::Receiver<()>> {
    let mut stream = stream.try_clone()?;
    let (done, watch) = mpsc::channel();
    std::thread::Builder::new().name("posada-askpass".to_owned()).spawn(move || {
        let mut rest = [0_u8; 1];
        let _ = stream.read(&mut rest);
        ended.cancel();
        let _ = done.send(());
    })?;
    Ok(watch)
}

/// A yes-or-no question, or a secret.
fn prompt_for(hint: &str, question: &str) -> Prompt {
    let text = question.trim().to_owned();
    if hint == "confirm" || question.contains("(yes/no") {
        Prompt::SshConfirm { text }
    } else {
        Prompt::SshSecret { text }
    }
}

/// The host that the ssh process above `pid` is for; where that cannot be
/// seen, the only one that is being opened.
fn who_asks(
    pid: i32,
    hosts: &[(ConnectionId, String)],
    opening: &[ConnectionId],
) -> Option<ConnectionId> {
    let only = || match opening {
        [one] => Some(*one),
        _ => None,
    };
    match ssh_above(pid) {
        Some(called) => best_fit(&called, hosts, opening).or_else(only),
        None => only(),
    }
}

/// The host whose URI fits best; among equals, one that is being opened.
fn best_fit(
    called: &Target,
    hosts: &[(ConnectionId, String)],
    opening: &[ConnectionId],
) -> Option<ConnectionId> {
    hosts
        .iter()
        .filter_map(|(id, uri)| {
            Some((target_of_uri(uri)?.fits(called)?, opening.contains(id), *id))
        })
        .max()
        .map(|(_, _, id)| id)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn questions_are_told_apart() {
        let confirm = "The authenticity of host 'x' can't be established.\n\
                       Are you sure you want to continue connecting (yes/no/[fingerprint])? ";
        assert!(matches!(prompt_for("", confirm), Prompt::SshConfirm { .. }));
        assert!(matches!(prompt_for("confirm", "Allow use of key?"), Prompt::SshConfirm { .. }));
        assert_eq!(
            prompt_for("", "me@x's password: "),
            Prompt::SshSecret { text: "me@x's password:".to_owned() }
        );
    }

    #[test]
    fn the_host_that_is_being_opened_asks() {
        let id = |number| ConnectionId(Uuid::from_u128(number));
        let hosts = [
            (id(1), "qemu+ssh://me@a/system".to_owned()),
            (id(2), "qemu+ssh://me@a/session".to_owned()),
            (id(3), "qemu+ssh://b/system".to_owned()),
            (id(4), "qemu:///system".to_owned()),
        ];
        let called = Target { user: Some("me".to_owned()), host: "a".to_owned(), port: None };
        assert_eq!(best_fit(&called, &hosts, &[id(1)]), Some(id(1)));
        assert_eq!(best_fit(&called, &hosts, &[id(2), id(3)]), Some(id(2)));
        let other = Target { host: "c".to_owned(), ..Target::default() };
        assert_eq!(best_fit(&other, &hosts, &[]), None);
    }
}
