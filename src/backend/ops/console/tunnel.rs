//! A console through the system's `ssh`: the same program, user, port and keys
//! by which libvirt itself reaches the host, so that what the user has set up
//! for the host (jump hosts, agents, shared connections) holds here as well.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader, Read},
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::OpenLine;
use crate::{
    backend::{failure::classify, ops::Done},
    model::{Failure, FailureKind, ServerPlace, uri::HostUri},
};

/// How long the first bytes of the server are waited for; the user may have to
/// look up a password meanwhile.
const PATIENCE: Duration = Duration::from_mins(3);

/// The most of ssh's messages that is kept.
const MAX_MESSAGES: u64 = 64 * 1024;

/// Where on the host to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Tcp { address: String, port: u16 },
    Socket(String),
}

/// The parts of a libvirt URI that say how to reach its host by SSH.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SshTarget {
    host: String,
    user: Option<String>,
    port: Option<u16>,
    keyfile: Option<String>,
    no_verify: bool,
    no_tty: bool,
    command: Option<String>,
}

impl SshTarget {
    /// Nothing for a URI that does not go over SSH.
    pub(super) fn of_uri(uri: &str) -> Done<Option<Self>> {
        let invalid = |detail: String| Failure::new(FailureKind::InvalidUri, detail);
        let uri = HostUri::parse(uri).map_err(|error| invalid(error.to_string()))?;
        if !uri.uses_ssh() {
            return Ok(None);
        }
        // ssh would take it for an option.
        let host = uri.host.clone().filter(|host| !host.is_empty() && !host.starts_with('-'));
        let Some(host) = host else { return Err(invalid("host name".to_owned())) };
        let is_set = |name| uri.parameter(name).is_some_and(|value| value != "0");
        // The other transports have no program of their own.
        let has_program = uri.transport.as_deref() == Some("ssh");
        Ok(Some(Self {
            host,
            user: uri.user.clone().filter(|user| !user.is_empty()),
            port: uri.port,
            keyfile: uri.parameter("keyfile").map(str::to_owned),
            no_verify: is_set("no_verify"),
            no_tty: is_set("no_tty"),
            command: uri.parameter("command").filter(|_| has_program).map(str::to_owned),
        }))
    }

    /// The host's name.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Where a way leads to, as certificates name it.
    pub(super) fn place(&self, way: &Way) -> ServerPlace {
        let port = if let Way::Tcp { port, .. } = way { *port } else { 0 };
        ServerPlace { host: self.host.clone(), port }
    }

    fn program(&self) -> &str {
        self.command.as_deref().unwrap_or("ssh")
    }

    fn arguments(&self, way: &Way) -> Vec<OsString> {
        let mut arguments: Vec<String> = vec!["-T".to_owned(), "-e".to_owned(), "none".to_owned()];
        let mut option = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        if let Some(port) = self.port {
            option("-p", port.to_string());
        }
        if let Some(user) = &self.user {
            option("-l", user.clone());
        }
        if let Some(keyfile) = &self.keyfile {
            option("-i", keyfile.clone());
        }
        if self.no_tty {
            option("-o", "BatchMode=yes".to_owned());
        }
        if self.no_verify {
            option("-o", "StrictHostKeyChecking=no".to_owned());
        }
        // A connection that is gone is noticed, and the tunnel ends.
        option("-o", "ServerAliveInterval=15".to_owned());
        if let Way::Tcp { address, port } = way {
            // From the host itself, so that one that listens everywhere is at
            // its loopback address.
            let address = match address.as_str() {
                "" | "*" | "0.0.0.0" => "127.0.0.1",
                "::" => "::1",
                address => address,
            };
            let bracketed = address.contains(':');
            let target =
                if bracketed { format!("[{address}]:{port}") } else { format!("{address}:{port}") };
            option("-W", target);
        }
        arguments.extend(["--".to_owned(), self.host.clone()]);
        if let Way::Socket(path) = way {
            // ssh has no such forwarding between a pipe and a socket.
            arguments.push(format!("exec nc -U {}", quoted(path)));
        }
        arguments.into_iter().map(OsString::from).collect()
    }
}

/// A text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What ssh had to say of a tunnel that led nowhere.
#[derive(Debug)]
pub struct Excuse(mpsc::Receiver<String>);

impl Excuse {
    /// The last line, once ssh has ended. Waits a little.
    #[must_use]
    pub fn last_line(&self) -> String {
        self.0.recv_timeout(Duration::from_secs(5)).unwrap_or_default()
    }
}

/// Starts ssh; gives the open end, the child, and what it will have said.
fn launch(target: &SshTarget, way: &Way) -> Done<(UnixStream, Child, Excuse)> {
    let (ours, theirs) = UnixStream::pair().map_err(|error| system(&error))?;
    let second = theirs.try_clone().map_err(|error| system(&error))?;
    let spawned = Command::new(target.program())
        .args(target.arguments(way))
        .env("LC_ALL", "C")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::from(OwnedFd::from(second)))
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => FailureKind::NoSsh,
            _ => FailureKind::Other,
        };
        Failure::new(kind, error.to_string())
    })?;
    let messages = child.stderr.take();
    let (last, last_line) = mpsc::channel();
    let reader = thread::Builder::new().name("console-ssh".to_owned()).spawn(move || {
        let line = messages.map(last_line_of).unwrap_or_default();
        let _ = last.send(line);
    });
    if let Err(error) = reader {
        end(child);
        return Err(system(&error));
    }
    Ok((ours, child, Excuse(last_line)))
}

/// Opens the tunnel to a server that waits for the first word, as SPICE does.
/// The child ends when the descriptor is closed.
pub(super) fn open_silent(target: &SshTarget, way: &Way) -> Done<OpenLine> {
    let (ours, child, excuse) = launch(target, way)?;
    reap(child);
    Ok(OpenLine { fd: ours.into(), excuse: Some(excuse) })
}

/// Opens the tunnel and waits for the server's first bytes, which VNC servers
/// send unasked. Blocking; the child ends when the descriptor is closed.
pub(super) fn open(target: &SshTarget, way: &Way) -> Done<OwnedFd> {
    let (ours, child, excuse) = launch(target, way)?;
    ours.set_read_timeout(Some(PATIENCE)).map_err(|error| system(&error))?;
    let peeked = rustix::net::recv(&ours, &mut [0_u8; 1][..], rustix::net::RecvFlags::PEEK);
    match peeked.map(|(count, _)| count) {
        Ok(count) if count > 0 => {
            ours.set_read_timeout(None).map_err(|error| system(&error))?;
            reap(child);
            Ok(ours.into())
        }
        Err(rustix::io::Errno::AGAIN) => {
            end(child);
            Err(Failure::new(FailureKind::TimedOut, "the console does not answer"))
        }
        Ok(_) | Err(_) => {
            end(child);
            let line = excuse.last_line();
            let kind = match classify(0, 0, &line) {
                FailureKind::Other => FailureKind::Unreachable,
                kind => kind,
            };
            Err(Failure::new(kind, line))
        }
    }
}

/// The last line that is not empty.
fn last_line_of(messages: impl Read) -> String {
    let mut last = String::new();
    let mut messages = BufReader::new(messages);
    loop {
        let mut line = Vec::new();
        match messages.by_ref().take(MAX_MESSAGES).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return last,
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(&line);
        if !line.trim().is_empty() {
            line.trim().clone_into(&mut last);
        }
    }
}

/// Waits for the child on a thread of its own, so that it does not stay behind
/// as a zombie.
fn reap(mut child: Child) {
    let spawned = thread::Builder::new().name("console-ssh-end".to_owned()).spawn(move || {
        let _ = child.wait();
    });
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread to wait for ssh");
    }
}

fn end(mut child: Child) {
    // Already ended is as good.
    let _ = child.kill();
    let _ = child.wait();
}

fn system(error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::Other, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(uri: &str) -> SshTarget {
        SshTarget::of_uri(uri).unwrap().unwrap()
    }

    fn line(uri: &str, way: &Way) -> Vec<String> {
        let arguments = target(uri).arguments(way);
        arguments.into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    fn tcp(address: &str) -> Way {
        Way::Tcp { address: address.to_owned(), port: 5900 }
    }

    #[test]
    fn the_uri_gives_ssh_its_parameters() {
        let uri = "qemu+ssh://ann@[::1]:2222/system?keyfile=/k%26y&no_verify=1&no_tty=1";
        let line = line(uri, &tcp("127.0.0.1"));
        let options = [
            "-T",
            "-e",
            "none",
            "-p",
            "2222",
            "-l",
            "ann",
            "-i",
            "/k&y",
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "ServerAliveInterval=15",
            "-W",
            "127.0.0.1:5900",
            "--",
            "::1",
        ];
        assert_eq!(line, options);
        let plain = target("qemu+ssh://inn/system?no_verify=0");
        assert_eq!(plain, SshTarget { host: "inn".to_owned(), ..SshTarget::default() });
    }

    #[test]
    fn other_transports_need_no_ssh() {
        for uri in ["qemu:///system", "qemu+tls://inn/system", "qemu://inn/system"] {
            assert_eq!(SshTarget::of_uri(uri).unwrap(), None, "{uri}");
        }
    }

    #[test]
    fn nothing_in_a_uri_becomes_an_option_or_a_command() {
        for host in ["-oProxyCommand=x", "%2doProxyCommand=x", ""] {
            let uri = format!("qemu+ssh://{host}/system");
            assert!(SshTarget::of_uri(&uri).is_err(), "{uri}");
        }
        let socket = Way::Socket("/run/it's; rm -rf x/vnc.sock".to_owned());
        let line = line("qemu+ssh://inn/system", &socket);
        assert_eq!(line.last().unwrap(), r"exec nc -U '/run/it'\''s; rm -rf x/vnc.sock'");
    }

    #[test]
    fn the_target_is_seen_from_the_host() {
        let last = |address| {
            let line = line("qemu+ssh://inn/system", &tcp(address));
            line[line.len() - 3].clone()
        };
        assert_eq!(last("0.0.0.0"), "127.0.0.1:5900");
        assert_eq!(last("::"), "[::1]:5900");
        assert_eq!(last("10.0.0.7"), "10.0.0.7:5900");
    }

    #[test]
    fn a_failure_has_the_last_line_of_ssh() {
        let fake = |script: &str| SshTarget {
            command: Some(script.to_owned()),
            ..target("qemu+ssh://inn/system")
        };
        let missing = open(&fake("/nonexistent/ssh"), &tcp("::1")).unwrap_err();
        assert_eq!(missing.kind, FailureKind::NoSsh);

        // `cat` does not know the arguments, says so and ends.
        let failed = open(&fake("cat"), &tcp("::1")).unwrap_err();
        assert_eq!(failed.kind, FailureKind::Unreachable);
        assert!(!failed.detail.is_empty());
    }
}
