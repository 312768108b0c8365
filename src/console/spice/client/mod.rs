//! The process that speaks to a SPICE server, with spice-client-glib.
//!
//! It has one server, no window, and bounded memory; it ends with the program
//! that started it, because its line to it does.

mod agent;
mod channels;
mod connection;
mod files;
mod folder;
mod hands;
mod library;
mod picture;
mod sound;
mod usb;

use std::{io, path::PathBuf, process::ExitCode, time::Duration};

use crate::{
    backend::Lines,
    console::{
        ConsoleError,
        helper::{
            Memory,
            line::{Fields, Malformed, Writer},
            process::{self, Begin},
        },
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
    /// The server that the client itself connects to, by TLS.
    secure: Option<Secure>,
    /// Whether the user may have something to do before the server answers.
    patient: bool,
}

/// A server that speaks TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Secure {
    host: String,
    port: u32,
    /// The certificates of the authorities that may vouch for it, in PEM.
    authorities: String,
    /// Whom its certificate must be made out to; empty for the host.
    subject: String,
}

impl Start {
    /// For a server that is reached by `lines`.
    pub(super) fn of(lines: &Lines) -> Result<Self, ConsoleError> {
        let (secure, patient) = match lines {
            Lines::Opened(opener) => (None, opener.is_patient()),
            Lines::Address { .. } => (None, false),
            Lines::Secure { host, port, trust } => {
                let authorities = trust.authority.clone().map_or_else(authorities, Ok)?;
                let subject = trust.subject.clone().unwrap_or_default();
                let (host, port) = (host.clone(), (*port).into());
                (Some(Secure { host, port, authorities, subject }), false)
            }
        };
        Ok(Self { secure, patient })
    }

    /// The message's bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let writer = Writer::new(&mut out, 0).bool(self.patient).bool(self.secure.is_some());
        match &self.secure {
            Some(Secure { host, port, authorities, subject }) => {
                writer.text(host).u32(*port).text(authorities).text(subject).end();
            }
            None => writer.end(),
        }
        out
    }

    /// Reads the message without its length.
    fn decode(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields(message);
        fields.u8()?;
        let (patient, secure) = (fields.bool()?, fields.bool()?);
        let secure = if secure {
            let (host, port) = (fields.text()?, fields.u32()?);
            let (authorities, subject) = (fields.text()?, fields.text()?);
            Some(Secure { host, port, authorities, subject })
        } else {
            None
        };
        Ok(Self { secure, patient })
    }

    fn patience(&self) -> Duration {
        if self.patient { LONG_PATIENCE } else { PATIENCE }
    }
}

/// Where the certificates of authorities for SPICE are looked for: the place
/// of SPICE's own clients, that of a server on this computer, and those of the
/// authority for libvirt itself.
fn authorities() -> Result<String, ConsoleError> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let places = [
        home.join(".spicec/spice_truststore.pem"),
        PathBuf::from("/etc/pki/libvirt-spice/ca-cert.pem"),
        home.join(".pki/libvirt/cacert.pem"),
        PathBuf::from("/etc/pki/CA/cacert.pem"),
    ];
    places.iter().find_map(|place| std::fs::read_to_string(place).ok()).ok_or_else(|| {
        let names: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
        ConsoleError::NoAuthority(names.join("\n"))
    })
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
    use super::{Secure, Start};

    #[test]
    fn the_client_begins_with_what_it_is_given() {
        let secure = Secure {
            host: "inn".to_owned(),
            port: 5901,
            authorities: "/ca".to_owned(),
            subject: "CN=inn".to_owned(),
        };
        for secure in [None, Some(secure)] {
            let start = Start { secure, patient: true };
            assert_eq!(Start::decode(&start.encode()[4..]), Ok(start));
        }
    }
}
