//! The process that speaks to a SPICE server, with spice-client-glib.
//!
//! It has one server, no window, and bounded memory; it ends with the program
//! that started it, because its line to it does.

mod agent;
mod cacard;
mod card;
mod cards;
mod channels;
mod connection;
mod files;
mod folder;
mod hands;
mod library;
mod packing;
mod picture;
mod screens;
mod sound;
mod usb;

use std::{io, process::ExitCode, time::Duration};

use crate::{
    backend::{LineOpener, Lines},
    console::{
        helper::{
            Memory,
            line::{Fields, Malformed, Writer},
            process::{self, Begin},
            tls::Server,
        },
        trust,
    },
};

/// The argument that makes the program a SPICE client.
pub(crate) const ARGUMENT: &str = "--spice-client";

/// How long the server may take for the handshake and the first picture.
const PATIENCE: Duration = Duration::from_secs(15);

/// The same where the user may have something to do on the way.
const LONG_PATIENCE: Duration = Duration::from_mins(3);

/// What the client begins with, besides the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// What the server's certificate must be, where it speaks TLS.
    secure: Option<Server>,
    /// Whether the user may have something to do before the server answers.
    patient: bool,
}

impl Start {
    /// For a server that is reached by `lines`.
    pub(super) fn of(lines: &Lines) -> Self {
        let (secure, patient) = match lines {
            Lines::Opened(opener) => (None, opener.is_patient()),
            Lines::Address { .. } => (None, false),
            Lines::Secure { place, opener, trust } => {
                let server = Server {
                    place: place.clone(),
                    authorities: trust.authority.clone().unwrap_or_default(),
                    subject: trust.subject.clone().unwrap_or_default(),
                    trusted: trust::known().acceptable_at(place),
                };
                (Some(server), opener.as_ref().is_some_and(LineOpener::is_patient))
            }
        };
        Self { secure, patient }
    }

    /// The message's bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let writer = Writer::new(&mut out, 0).bool(self.patient).bool(self.secure.is_some());
        match &self.secure {
            Some(server) => server.write(writer).end(),
            None => writer.end(),
        }
        out
    }

    /// Reads the message without its length.
    fn decode(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields(message);
        fields.u8()?;
        let (patient, secure) = (fields.bool()?, fields.bool()?);
        let secure = if secure { Some(Server::read(&mut fields)?) } else { None };
        Ok(Self { secure, patient })
    }

    fn patience(&self) -> Duration {
        if self.patient { LONG_PATIENCE } else { PATIENCE }
    }
}

/// Is the client, if the program was called as one. To be asked first in
/// `main`, before anything else is set up.
#[must_use]
pub(crate) fn main_if_called() -> Option<ExitCode> {
    process::main_if_called(ARGUMENT, main)
}

fn main((start, fds, line): Begin) -> io::Result<()> {
    let missing = || io::Error::from(io::ErrorKind::InvalidData);
    let start = Start::decode(&start).map_err(|_| missing())?;
    let [memory] = <[_; 1]>::try_from(fds).map_err(|_| missing())?;
    connection::run(start, Memory::attach(memory)?, line)
}

#[cfg(test)]
mod tests {
    use super::{Server, Start};
    use crate::model::ServerPlace;

    #[test]
    fn the_client_begins_with_what_it_is_given() {
        let secure = Server {
            place: ServerPlace { host: "inn".to_owned(), port: 5901 },
            subject: "CN=inn".to_owned(),
            ..Server::default()
        };
        for secure in [None, Some(secure)] {
            let start = Start { secure, patient: true };
            assert_eq!(Start::decode(&start.encode()[4..]), Ok(start));
        }
    }
}
