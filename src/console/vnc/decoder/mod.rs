//! The process that speaks to a VNC server, with gvnc.
//!
//! It has one server, no window, and bounded memory; it ends with the program
//! that started it, because its line to it does.

mod connection;
mod library;
mod turns;
mod wire;

use std::{
    io::{self, IoSlice, IoSliceMut, Write},
    mem::MaybeUninit,
    os::{
        fd::{BorrowedFd, FromRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    process::ExitCode,
};

use rustix::{
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
    },
    process::{Resource, Rlimit, setrlimit},
};

use super::{Memory, line::Report};

/// The argument that makes the program a decoder.
pub(crate) const ARGUMENT: &str = "--vnc-decoder";

/// What a server may make the decoder keep, in bytes, besides the screen.
const MEMORY: u64 = 1 << 30;

/// The longest host name that is handed over, in bytes.
const LONGEST_HOST: usize = 1024;

/// What the decoder begins with, besides the server and the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// The server's name, for certificates.
    pub(super) host: String,
    /// Whether bytes cost less than packing them.
    pub(super) local: bool,
}

/// Gives a new decoder its server and the screen's memory.
pub(super) fn hand_over(
    line: &UnixStream,
    start: &Start,
    server: BorrowedFd<'_>,
    memory: BorrowedFd<'_>,
) -> io::Result<()> {
    let host = &start.host.as_bytes()[..start.host.len().min(LONGEST_HOST)];
    let local = [u8::from(start.local)];
    let fds = [server, memory];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut extra = SendAncillaryBuffer::new(&mut space);
    extra.push(SendAncillaryMessage::ScmRights(&fds));
    let parts = [IoSlice::new(&local), IoSlice::new(host)];
    sendmsg(line, &parts, &mut extra, SendFlags::NOSIGNAL)?;
    // The end of the host's name, since a stream has no message borders.
    (&*line).write_all(&[0])
}

fn take_over(line: &UnixStream) -> io::Result<(Start, OwnedFd, OwnedFd)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut extra = RecvAncillaryBuffer::new(&mut space);
    // Byte by byte to the end of the name: what follows are orders.
    let mut bytes = Vec::new();
    let mut fds = Vec::new();
    loop {
        let mut byte = [0];
        let mut parts = [IoSliceMut::new(&mut byte)];
        let got = recvmsg(line, &mut parts, &mut extra, RecvFlags::CMSG_CLOEXEC)?;
        for message in extra.drain() {
            if let RecvAncillaryMessage::ScmRights(handles) = message {
                fds.extend(handles);
            }
        }
        if got.bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if byte[0] == 0 && !bytes.is_empty() {
            break;
        }
        bytes.push(byte[0]);
    }
    let missing = || io::Error::from(io::ErrorKind::InvalidData);
    let (local, host) = bytes.split_first().ok_or_else(missing)?;
    let memory = fds.pop().ok_or_else(missing)?;
    let server = fds.pop().ok_or_else(missing)?;
    let host = String::from_utf8_lossy(host).into_owned();
    Ok((Start { host, local: *local != 0 }, server, memory))
}

/// Is the decoder, if the program was called as one. To be asked first in
/// `main`, before anything else is set up.
#[must_use]
pub fn main_if_called() -> Option<ExitCode> {
    if std::env::args_os().nth(1)? != ARGUMENT {
        return None;
    }
    Some(match main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("posada: {ARGUMENT}: {error}");
            ExitCode::FAILURE
        }
    })
}

#[allow(unsafe_code)]
fn main() -> io::Result<()> {
    let limit = Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) };
    setrlimit(Resource::Data, limit)?;
    // SAFETY: standard input is open, is the line that the program gave us,
    // and nothing else in this process reads it.
    let line = UnixStream::from(unsafe { OwnedFd::from_raw_fd(0) });
    let (start, server, memory) = take_over(&line)?;
    connection::run(&start, server, Memory::attach(memory)?, line)
}

/// The way back to the program.
#[derive(Debug)]
struct Reporter(UnixStream);

impl Reporter {
    /// Says `report`. A program that is gone ends this process.
    fn say(&self, report: &Report) {
        let mut bytes = Vec::new();
        report.encode(&mut bytes);
        if (&self.0).write_all(&bytes).is_err() {
            std::process::exit(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        os::{fd::AsFd, unix::net::UnixStream},
    };

    use super::{Start, hand_over, take_over};

    #[test]
    fn the_decoder_gets_what_it_is_given_and_not_more() {
        let (ours, theirs) = UnixStream::pair().expect("a line");
        let (server, mut client) = UnixStream::pair().expect("a server");
        let memory = tempfile::tempfile().expect("a file");
        let start = Start { host: "::1".to_owned(), local: false };
        hand_over(&ours, &start, server.as_fd(), memory.as_fd()).expect("handed over");
        std::io::Write::write_all(&mut &ours, b"order").expect("an order behind it");
        drop(server);
        let (got, server, _memory) = take_over(&theirs).expect("taken over");
        assert_eq!(got, start);
        let mut rest = [0; 5];
        (&theirs).read_exact(&mut rest).expect("the order is still there");
        assert_eq!(&rest, b"order");
        std::io::Write::write_all(&mut UnixStream::from(server), b"x").expect("the server's end");
        let mut byte = [0];
        client.read_exact(&mut byte).expect("arrives");
    }
}
