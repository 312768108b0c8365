//! The threads of a connection, on the program's side.

use std::{
    io::{self, Write},
    net::{TcpStream, ToSocketAddrs},
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use super::{
    Memory, Shared,
    decoder::{self, Start},
    line::{self, Order, Report, Why},
    lock,
};
use crate::{
    backend::ConsoleEndpoint,
    console::{
        ConsoleError,
        frame::{Frame, Rect},
        remote::Phase,
    },
    model::Secret,
};

/// How long connecting may take, over all addresses of the host.
const CONNECT: Duration = Duration::from_secs(15);

/// The program to run as the decoder, where it is not the running one.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Has the decoder started from `program` instead of the running program: for
/// tests, which are programs of their own. Only the first call counts.
pub fn set_decoder_program(program: impl Into<PathBuf>) {
    let _ = PROGRAM.set(program.into());
}

/// Starts the thread that connects and then reads what the decoder reports.
pub(super) fn start(shared: &Arc<Shared>, endpoint: ConsoleEndpoint, local: bool) {
    let body = {
        let shared = Arc::clone(shared);
        move || {
            let end = run(&shared, endpoint, local);
            shared.end(if shared.is_closed() { None } else { end.err() });
        }
    };
    if let Err(error) = std::thread::Builder::new().name("vnc-read".into()).spawn(body) {
        shared.end(Some(io(error)));
    }
}

fn io(error: impl Into<io::Error>) -> ConsoleError {
    ConsoleError::Io(error.into().to_string())
}

fn run(
    shared: &Arc<Shared>,
    endpoint: ConsoleEndpoint,
    local: bool,
) -> Result<std::convert::Infallible, ConsoleError> {
    let memory = Memory::create().map_err(io)?;
    let (server, host, password) = connect(endpoint)?;
    let (mut line, mut child) = spawn().map_err(io)?;
    let handed =
        decoder::hand_over(&line, &Start { host, local }, server.as_fd(), memory.fd().as_fd());
    drop(server);
    let end = match handed {
        Ok(()) => {
            *lock(&shared.frame) = Frame::over(memory);
            serve(shared, &mut line, password)
        }
        Err(error) => Err(io(error)),
    };
    let _ = line.shutdown(std::net::Shutdown::Both);
    let status = child.wait();
    match (end, status) {
        // It went without a word: gvnc, or the system, ended it.
        (Err(ConsoleError::Closed), Ok(status)) if !status.success() => {
            tracing::warn!(%status, "the VNC decoder ended");
            Err(ConsoleError::Protocol("the decoder gave up".to_owned()))
        }
        (end, _) => end,
    }
}

/// Opens the way to the server: the line, the host's name, a known password.
fn connect(endpoint: ConsoleEndpoint) -> Result<(OwnedFd, String, Option<Secret>), ConsoleError> {
    let (host, port, password) = match endpoint {
        ConsoleEndpoint::Stream { fd, password } => {
            return Ok((fd, "localhost".to_owned(), password));
        }
        ConsoleEndpoint::Address { host, port, password } => (host, port, password),
    };
    let unreachable = |error: io::Error| ConsoleError::Unreachable(error.to_string());
    let end = Instant::now() + CONNECT;
    let mut last = ConsoleError::Unreachable(String::new());
    for address in (host.as_str(), port).to_socket_addrs().map_err(unreachable)? {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ConsoleError::TimedOut);
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(io)?;
                return Ok((stream.into(), host, password));
            }
            Err(error) => last = unreachable(error),
        }
    }
    Err(last)
}

/// Starts the decoder. Its standard input is the line to it.
fn spawn() -> io::Result<(UnixStream, Child)> {
    let (ours, theirs) = UnixStream::pair()?;
    // Not `current_exe`, which names a file that an update may have replaced.
    let program = PROGRAM.get().map_or(Path::new("/proc/self/exe"), PathBuf::as_path);
    let child = Command::new(program)
        .arg(decoder::ARGUMENT)
        // It is for finding defects of this program, not of gvnc.
        .env_remove("G_DEBUG")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .spawn()?;
    Ok((ours, child))
}

/// Reads reports until the end.
fn serve(
    shared: &Arc<Shared>,
    line: &mut UnixStream,
    mut password: Option<Secret>,
) -> Result<std::convert::Infallible, ConsoleError> {
    *lock(&shared.line) = Some(line.try_clone().map_err(io)?);
    if shared.is_closed() {
        return Err(ConsoleError::Closed);
    }
    start_writer(shared, line.try_clone().map_err(io)?)?;
    let broken = |_| ConsoleError::Protocol("the decoder is not to be understood".to_owned());
    loop {
        let message = line::read_message(line).map_err(io)?.ok_or(ConsoleError::Closed)?;
        match Report::decode(&message).map_err(broken)? {
            Report::WantsCredentials { user } => match password.take() {
                Some(password) if !user => {
                    shared.outbox.send(Order::Credentials { user: String::new(), password });
                }
                _ => shared.tell(|news| news.phase = Some(Phase::WantsPassword { user })),
            },
            Report::Failed { why, text } => return Err(error(why, text)),
            other => apply(shared, other)?,
        }
    }
}

fn apply(shared: &Shared, report: Report) -> Result<(), ConsoleError> {
    match report {
        Report::Open => {
            lock(&shared.facts).open = true;
            shared.tell(|news| news.phase = Some(Phase::Open));
        }
        Report::Size { width, height } => {
            lock(&shared.frame)
                .resize(width, height)
                .map_err(|_| ConsoleError::TooLarge { width, height })?;
            shared.tell(|news| news.resized = true);
        }
        Report::Damage { x, y, width, height } => {
            lock(&shared.frame).mark(Rect { x, y, width, height });
            shared.tell(|news| news.updated = true);
        }
        Report::Cursor(image) => shared.tell(|news| news.cursor = Some(image)),
        Report::Absolute(absolute) => shared.tell(|news| news.absolute = Some(absolute)),
        Report::Leds(leds) => shared.tell(|news| news.leds = Some(leds)),
        Report::CutText(text) => {
            lock(&shared.facts).classic_seen = true;
            let text = line::from_latin1(&text);
            shared.tell(|news| news.clipboard = Some(text));
        }
        Report::NoResize => lock(&shared.facts).no_resize = true,
        Report::WantsCredentials { .. } | Report::Failed { .. } => {}
    }
    Ok(())
}

fn error(why: Why, text: String) -> ConsoleError {
    match why {
        Why::Authentication => ConsoleError::AuthenticationFailed(text),
        Why::Security => ConsoleError::UnsupportedSecurity(text),
        Why::TooLarge => {
            let mut size = text.split('x').map_while(|part| part.parse().ok());
            let (width, height) = (size.next().unwrap_or(0), size.next().unwrap_or(0));
            ConsoleError::TooLarge { width, height }
        }
        Why::TimedOut => ConsoleError::TimedOut,
        Why::Stalled => ConsoleError::Stalled,
        Why::Closed => ConsoleError::Closed,
        // The library's words for a first line that is not VNC's (vncconnection.c).
        Why::Protocol if text.contains("server version") => ConsoleError::NotVnc,
        Why::Protocol => ConsoleError::Protocol(text),
    }
}

fn start_writer(shared: &Arc<Shared>, mut line: UnixStream) -> Result<(), ConsoleError> {
    let shared = Arc::clone(shared);
    let body = move || {
        let mut bytes = zeroize::Zeroizing::new(Vec::new());
        while let Some(orders) = shared.outbox.take() {
            bytes.clear();
            for order in &orders {
                order.encode(&mut bytes);
            }
            if line.write_all(&bytes).is_err() {
                // The reader finds out by itself and says so.
                return;
            }
        }
    };
    std::thread::Builder::new().name("vnc-write".into()).spawn(body).map_err(io)?;
    Ok(())
}
