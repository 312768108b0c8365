//! The first words with a server, up to where gvnc takes over.
//!
//! They settle how the line is protected before gvnc hears of it: the best that
//! the server offers is chosen, TLS with certificates is spoken here
//! ([`crate::console::helper::tls`]), and gvnc meets a server that offers what
//! is left to do. It is also kept from lists that it has no room for.

use gvnc::{ConnectionAuth, ConnectionAuthVencrypt, glib, glib::translate::IntoGlib};
use relm4::gtk::gio::{self, prelude::*};
use std::os::fd::OwnedFd;

use super::Start;
use crate::{
    console::helper::{
        Link, Why,
        tls::{self, Server, TlsProblem},
    },
    model::LinkSecurity,
};

/// The kinds of authentication, the preferred ones first: those that encrypt,
/// then those that ask nothing.
const KINDS: [(ConnectionAuth, LinkSecurity); 7] = [
    (ConnectionAuth::Tls, LinkSecurity::Anonymous),
    (ConnectionAuth::Sasl, LinkSecurity::Anonymous),
    (ConnectionAuth::None, LinkSecurity::Open),
    (ConnectionAuth::Vnc, LinkSecurity::Open),
    (ConnectionAuth::Ard, LinkSecurity::Open),
    (ConnectionAuth::Mslogonii, LinkSecurity::Open),
    (ConnectionAuth::Mslogon, LinkSecurity::Open),
];

/// The same within `VeNCrypt`: certificates before anonymous TLS.
const VENCRYPTS: [(ConnectionAuthVencrypt, LinkSecurity); 8] = [
    (ConnectionAuthVencrypt::X509none, LinkSecurity::Certified),
    (ConnectionAuthVencrypt::X509sasl, LinkSecurity::Certified),
    (ConnectionAuthVencrypt::X509vnc, LinkSecurity::Certified),
    (ConnectionAuthVencrypt::X509plain, LinkSecurity::Certified),
    (ConnectionAuthVencrypt::Tlsnone, LinkSecurity::Anonymous),
    (ConnectionAuthVencrypt::Tlssasl, LinkSecurity::Anonymous),
    (ConnectionAuthVencrypt::Tlsvnc, LinkSecurity::Anonymous),
    (ConnectionAuthVencrypt::Tlsplain, LinkSecurity::Anonymous),
];

const VENCRYPT: u8 = 19;

/// What gvnc is to meet.
#[derive(Debug)]
pub(super) struct Greeted {
    /// The line from here on.
    pub(super) line: OwnedFd,
    /// What gvnc hears before what comes on the line.
    pub(super) before: Vec<u8>,
    /// How many of gvnc's first bytes are answers to it, and go no further.
    pub(super) swallow: usize,
    /// SASL itself is to encrypt: nothing else does.
    pub(super) sasl_encrypts: bool,
    /// How the line is protected.
    pub(super) security: LinkSecurity,
}

/// Why there is nothing for gvnc to meet.
#[derive(Debug)]
pub(super) enum Refusal {
    Link(Link),
    Failed(Why, String),
}

impl From<glib::Error> for Refusal {
    fn from(error: glib::Error) -> Self {
        Self::Failed(Why::Closed, error.to_string())
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(Why::Closed, error.to_string())
    }
}

impl From<TlsProblem> for Refusal {
    fn from(problem: TlsProblem) -> Self {
        Self::Link(problem.into())
    }
}

/// Says the first words. To be awaited on this thread's main context.
/// `refused` hears what the server has against this side once that is known.
pub(super) async fn greet(
    server: OwnedFd,
    start: &Start,
    refused: impl Fn(TlsProblem) + 'static,
) -> Result<Greeted, Refusal> {
    let line = Line(tls::stream(server)?);
    let version = line.hear(12).await?;
    let Some(answer) = answer(&version) else {
        // Of old, the server chooses, and gvnc says what is no VNC.
        expect(start, LinkSecurity::Open)?;
        return line.left(version, 0, LinkSecurity::Open);
    };
    line.say(answer.to_vec()).await?;
    let mut before = answer.to_vec();
    let count = line.hear(1).await?;
    if count == [0] {
        // A reason follows, which gvnc reads.
        before.push(0);
        return line.left(before, answer.len(), LinkSecurity::Open);
    }
    let offered = line.hear(usize::from(count[0])).await?;
    if offered.contains(&VENCRYPT) {
        return line.vencrypt(before, start, refused).await;
    }
    let kind = KINDS.iter().find(|(kind, _)| offered.contains(&number(*kind)));
    let &(kind, security) = kind.ok_or_else(|| Refusal::Failed(Why::Security, names(&offered)))?;
    expect(start, security)?;
    line.say(vec![number(kind)]).await?;
    before.extend([1, number(kind)]);
    let sasl_encrypts = kind == ConnectionAuth::Sasl && start.network;
    let greeted = line.left(before, answer.len() + 1, security)?;
    Ok(Greeted { sasl_encrypts, ..greeted })
}

/// The answer to a server's version; nothing for one in which the server
/// chooses, or none at all.
fn answer(version: &[u8]) -> Option<&'static [u8; 12]> {
    let numbers = version.strip_prefix(b"RFB ")?.strip_suffix(b"\n")?;
    let (major, minor) = std::str::from_utf8(numbers).ok()?.split_once('.')?;
    match (major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?) {
        (3, 7) => Some(b"RFB 003.007\n"),
        (3, 8..) | (4 | 5, _) => Some(b"RFB 003.008\n"),
        _ => None,
    }
}

/// The best of these kinds.
pub(super) fn best(offered: &[ConnectionAuth]) -> Option<ConnectionAuth> {
    KINDS.iter().map(|(kind, _)| *kind).find(|kind| offered.contains(kind))
}

fn number(kind: ConnectionAuth) -> u8 {
    u8::try_from(kind.into_glib()).unwrap_or_default()
}

fn names(offered: &[u8]) -> String {
    // Each once: a server may name one ever so often.
    let kinds: std::collections::BTreeSet<_> = offered.iter().collect();
    kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Goes no further with less protection than there was before.
fn expect(start: &Start, security: LinkSecurity) -> Result<(), Refusal> {
    if security < start.expected {
        return Err(Refusal::Link(Link::Weaker(security)));
    }
    Ok(())
}

/// The line to the server.
struct Line(gio::SocketConnection);

impl Line {
    async fn hear(&self, count: usize) -> Result<Vec<u8>, Refusal> {
        let read = self.0.input_stream().read_all_future(vec![0; count], glib::Priority::DEFAULT);
        let (bytes, got, error) = read.await.map_err(|(_, error)| error)?;
        match error {
            None if got == count => Ok(bytes),
            // gvnc has words for what is no VNC.
            _ => Err(Refusal::Failed(
                if count == 12 && got > 0 { Why::Stranger } else { Why::Closed },
                String::new(),
            )),
        }
    }

    async fn say(&self, bytes: Vec<u8>) -> Result<(), Refusal> {
        let written = self.0.output_stream().write_all_future(bytes, glib::Priority::DEFAULT).await;
        match written.map_err(|(_, error)| error)? {
            (_, _, None) => Ok(()),
            (_, _, Some(error)) => Err(error.into()),
        }
    }

    /// What is left is gvnc's, on this line.
    fn left(
        &self,
        before: Vec<u8>,
        swallow: usize,
        security: LinkSecurity,
    ) -> Result<Greeted, Refusal> {
        let line = tls::plain(&self.0)?;
        Ok(Greeted { line, before, swallow, sasl_encrypts: false, security })
    }

    async fn vencrypt(
        self,
        mut before: Vec<u8>,
        start: &Start,
        objected: impl Fn(TlsProblem) + 'static,
    ) -> Result<Greeted, Refusal> {
        let refused = |text: &str| Refusal::Failed(Why::Security, text.to_owned());
        self.say(vec![VENCRYPT]).await?;
        if self.hear(2).await? != [0, 2] {
            return Err(refused("VeNCrypt"));
        }
        self.say(vec![0, 2]).await?;
        if self.hear(1).await? != [0] {
            return Err(refused("VeNCrypt"));
        }
        let count = self.hear(1).await?;
        let offered = self.hear(usize::from(count[0]) * 4).await?;
        let offered: Vec<_> =
            offered.as_chunks::<4>().0.iter().map(|kind| u32::from_be_bytes(*kind)).collect();
        let code = |kind: ConnectionAuthVencrypt| u32::try_from(kind.into_glib()).unwrap_or(0);
        let kind = VENCRYPTS.iter().find(|(kind, _)| offered.contains(&code(*kind)));
        let &(kind, security) = kind.ok_or_else(|| refused(&format!("{VENCRYPT}: {offered:?}")))?;
        expect(start, security)?;
        self.say(code(kind).to_be_bytes().to_vec()).await?;
        if self.hear(1).await? != [1] {
            return Err(refused(&format!("{kind:?}")));
        }
        let swallow = before.len();
        if security != LinkSecurity::Certified {
            // gvnc's own TLS: there is nothing to look at.
            before.extend(vencrypt_of(code(kind)));
            return self.left(before, swallow + VENCRYPT_ANSWERS, security);
        }
        let server: &Server = &start.server;
        let line = tls::secure(self.0, server, objected).await?;
        let inner = match kind {
            ConnectionAuthVencrypt::X509vnc => ConnectionAuth::Vnc,
            ConnectionAuthVencrypt::X509sasl => ConnectionAuth::Sasl,
            ConnectionAuthVencrypt::X509plain => {
                // gvnc knows it as a kind without TLS.
                before.extend(vencrypt_of(code(ConnectionAuthVencrypt::Plain)));
                let swallow = swallow + VENCRYPT_ANSWERS;
                return Ok(Greeted { line, before, swallow, sasl_encrypts: false, security });
            }
            _ => ConnectionAuth::None,
        };
        before.extend([1, number(inner)]);
        Ok(Greeted { line, before, swallow: swallow + 1, sasl_encrypts: false, security })
    }
}

/// How many bytes gvnc says to what follows.
const VENCRYPT_ANSWERS: usize = 1 + 2 + 4;

/// A server that offers `VeNCrypt` with one kind within, and takes it.
fn vencrypt_of(kind: u32) -> Vec<u8> {
    let mut said = vec![1, VENCRYPT, 0, 2, 0, 1];
    said.extend(kind.to_be_bytes());
    said.push(1);
    said
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn versions_are_answered_as_gvnc_would() {
        let answers = [
            ("RFB 003.003\n", None),
            ("RFB 003.005\n", None),
            ("RFB 003.007\n", Some("RFB 003.007\n")),
            ("RFB 003.008\n", Some("RFB 003.008\n")),
            ("RFB 003.889\n", Some("RFB 003.008\n")),
            ("RFB 005.000\n", Some("RFB 003.008\n")),
            ("RFB 002.008\n", None),
            ("HTTP/1.1 400", None),
        ];
        for (version, expected) in answers {
            let said = answer(version.as_bytes()).map(<[u8; 12]>::as_slice);
            assert_eq!(said, expected.map(str::as_bytes), "{version:?}");
        }
    }
}
