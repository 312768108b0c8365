//! The process that speaks to a VNC server, with gvnc.
//!
//! It has one server, no window, and bounded memory; it ends with the program
//! that started it, because its line to it does.

mod alive;
mod connection;
mod credentials;
mod greeting;
mod library;
mod quality;
mod sound;
mod turns;
mod wire;

use std::{io, process::ExitCode};

use super::line::Report;
use crate::{
    console::helper::{
        Memory,
        line::{Fields, Malformed, Writer},
        process::{self, Begin},
        read_security,
        tls::Server,
        write_security,
    },
    model::LinkSecurity,
};

/// The argument that makes the program a decoder.
pub(crate) const ARGUMENT: &str = "--vnc-decoder";

/// What the decoder begins with, besides the server and the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Where the server is, and what its certificate must be.
    pub(super) server: Server,
    /// How well the line was protected before: it has to be no less.
    pub(super) expected: LinkSecurity,
    /// Whether the server is met over a network's line, not a socket's.
    pub(super) network: bool,
    /// Whether bytes cost less than packing them.
    pub(super) local: bool,
}

impl Start {
    /// The message's bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let writer = Writer::new(&mut out, 0).bool(self.local).bool(self.network);
        self.server.write(write_security(self.expected, writer)).end();
        out
    }

    /// Reads the message without its length.
    fn decode(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields(message);
        fields.u8()?;
        let (local, network) = (fields.bool()?, fields.bool()?);
        let expected = read_security(&mut fields)?;
        Ok(Self { server: Server::read(&mut fields)?, expected, network, local })
    }
}

/// Is the decoder, if the program was called as one. To be asked first in
/// `main`, before anything else is set up.
#[must_use]
pub(crate) fn main_if_called() -> Option<ExitCode> {
    process::main_if_called(ARGUMENT, main)
}

fn main((start, fds, line): Begin) -> io::Result<()> {
    let missing = || io::Error::from(io::ErrorKind::InvalidData);
    let start = Start::decode(&start).map_err(|_| missing())?;
    let [memory, server] = <[_; 2]>::try_from(fds).map_err(|_| missing())?;
    connection::run(start, server, Memory::attach(memory)?, line)
}

/// The way back to the program.
#[derive(Debug)]
struct Reporter(process::Reporter);

impl Reporter {
    fn say(&self, report: &Report) {
        self.0.say(|out| report.encode(out));
    }
}

#[cfg(test)]
mod tests {
    use super::{Server, Start};
    use crate::model::{LinkSecurity, ServerPlace};

    #[test]
    fn the_decoder_begins_with_what_it_is_given() {
        let server = Server {
            place: ServerPlace { host: "::1".to_owned(), port: 5900 },
            authorities: "-----".to_owned(),
            subject: "CN=inn".to_owned(),
            trusted: vec!["AA".to_owned(), "BB".to_owned()],
        };
        let expected = LinkSecurity::Certified;
        let start = Start { server, expected, network: true, local: false };
        assert_eq!(Start::decode(&start.encode()[4..]), Ok(start));
    }
}
