//! Servers that break off, stall or send garbage, on each channel. Between the
//! console and QEMU's server is a man in the middle, who knows the channel by
//! the first message on it.

use std::{
    io::{Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
};

use posada::{
    backend::{ConsoleEndpoint, LineOpener, Lines, OpenLine},
    console::{ConsoleError, ConsoleEvent, Scaling},
};

use crate::{
    spice_qemu::{endpoint, start},
    viewer::{LONG, Viewer, fifty_times, on_gtk, wait_until},
};

const MAIN: u8 = 1;
const DISPLAY: u8 = 2;
const INPUTS: u8 = 3;
const CURSOR: u8 = 4;

/// What is done to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evil {
    /// Closed at once.
    Close,
    /// Answered with what makes no sense.
    Garbage,
    /// Never answered.
    Stall,
    /// What the server sends makes no sense after this many bytes.
    Spoil(usize),
    /// The server is gone after this many bytes.
    Cut(usize),
}

/// QEMU's server, with something done to one of its channels.
fn through(socket: PathBuf, channel: u8, evil: Evil) -> ConsoleEndpoint {
    let open = move || {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        let socket = socket.clone();
        std::thread::spawn(move || drop(carry(theirs, &socket, channel, evil)));
        Ok(OpenLine { fd: ours.into(), excuse: None })
    };
    ConsoleEndpoint::Spice { lines: Lines::Opened(LineOpener::new(open, false)), password: None }
}

fn carry(mut client: UnixStream, socket: &Path, channel: u8, evil: Evil) -> std::io::Result<()> {
    // Magic, version and size; then the session's number and the channel.
    let mut hello = [0; 22];
    client.read_exact(&mut hello)?;
    let is_it = hello[20] == channel;
    match evil {
        Evil::Close if is_it => return Ok(()),
        Evil::Garbage if is_it => {
            client.write_all(&[0x47; 4096])?;
            return std::io::copy(&mut client, &mut std::io::sink()).map(|_| ());
        }
        Evil::Stall if is_it => {
            return std::io::copy(&mut client, &mut std::io::sink()).map(|_| ());
        }
        _ => {}
    }
    let mut server = UnixStream::connect(socket)?;
    server.write_all(&hello)?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let limit = match evil {
        Evil::Spoil(limit) | Evil::Cut(limit) if is_it => limit,
        _ => usize::MAX,
    };
    let (mut passed, mut load) = (0_usize, [0; 4096]);
    loop {
        let count = server.read(&mut load)?;
        if count == 0 {
            return client.shutdown(Shutdown::Both);
        }
        let left = limit.saturating_sub(passed).min(count);
        passed = passed.saturating_add(count);
        if left < count {
            if matches!(evil, Evil::Cut(_)) {
                client.write_all(&load[..left])?;
                return client.shutdown(Shutdown::Both);
            }
            load[left..count].fill(0xfe);
        }
        client.write_all(&load[..count])?;
    }
}

fn how_it_ended(viewer: &Viewer) -> Option<ConsoleError> {
    viewer.events.borrow().iter().find_map(|event| match event {
        ConsoleEvent::Failed(error) => Some(error.clone()),
        ConsoleEvent::Closed => Some(ConsoleError::Closed),
        _ => None,
    })
}

/// How a console ends with a server of its own: one that still sees the last
/// client off would hang up on the next.
fn ends(channel: u8, evil: Evil) -> ConsoleError {
    let qemu = start(&[]);
    let viewer = Viewer::open(through(qemu.socket(), channel, evil), true, Scaling::Fit);
    wait_until(&format!("{evil:?} on channel {channel} is told"), LONG, || {
        how_it_ended(&viewer).is_some()
    });
    how_it_ended(&viewer).expect("an end")
}

#[test]
fn spice_servers_that_break_off_or_talk_nonsense_are_told() {
    on_gtk(|| {
        for channel in [MAIN, DISPLAY, INPUTS, CURSOR] {
            assert_eq!(ends(channel, Evil::Close), ConsoleError::Closed, "{channel}");
            let garbage = ends(channel, Evil::Garbage);
            assert_eq!(garbage, ConsoleError::Stranger("SPICE"), "{channel}");
            // Within its first words, and before it lets the user in.
            for limit in [10, 30, 204] {
                let cut = ends(channel, Evil::Cut(limit));
                assert_eq!(cut, ConsoleError::Closed, "{channel}, {limit}");
            }
        }
    });
}

#[test]
fn spice_servers_that_send_nonsense_later_end_the_console_at_most() {
    on_gtk(|| {
        let qemu = start(&[]);
        for channel in [MAIN, DISPLAY, INPUTS, CURSOR] {
            for limit in [200, 230, 300, 1000] {
                let through = through(qemu.socket(), channel, Evil::Spoil(limit));
                let viewer = Viewer::open(through, true, Scaling::Fit);
                // The end, a question, or a picture: what was spoilt may never
                // be looked at.
                wait_until(&format!("channel {channel}, {limit}"), LONG, || {
                    let asked = ConsoleEvent::NeedPassword { user: false };
                    how_it_ended(&viewer).is_some()
                        || viewer.pixels().is_some()
                        || viewer.has(|event| *event == asked)
                });
            }
        }
    });
}

#[test]
fn spice_servers_that_say_nothing_are_given_up() {
    on_gtk(|| {
        for channel in [MAIN, DISPLAY] {
            assert_eq!(ends(channel, Evil::Stall), ConsoleError::TimedOut);
        }
        let qemu = start(&[]);
        // Without a pointer's picture there is still a screen.
        let cursor = Viewer::open(through(qemu.socket(), CURSOR, Evil::Stall), true, Scaling::Fit);
        cursor.connected();
    });
}

#[test]
fn nobody_at_spices_address_is_told() {
    on_gtk(|| {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let lines = Lines::Address { host: "127.0.0.1".to_owned(), port };
        let endpoint = ConsoleEndpoint::Spice { lines, password: None };
        let viewer = Viewer::open(endpoint, true, Scaling::Fit);
        wait_until("the end", LONG, || how_it_ended(&viewer).is_some());
        assert!(matches!(how_it_ended(&viewer), Some(ConsoleError::Unreachable(_))));
    });
}

#[test]
fn fifty_spice_consoles_leave_nothing_behind() {
    on_gtk(|| {
        let qemu = start(&[]);
        fifty_times(|| {
            let viewer = Viewer::open(endpoint(&qemu), true, Scaling::Fit);
            viewer.connected();
            wait_until("a picture", LONG, || viewer.pixels().is_some());
        });
    });
}
