//! How well the way to a server is protected, as a helper tells it.

use super::{
    certificate,
    line::{Fields, Malformed, Writer},
    tls::TlsProblem,
};
use crate::model::{LinkSecurity, ServerCertificate};

/// What a helper has found out about the way to its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) enum Link {
    /// It is protected like this.
    Secured(LinkSecurity),
    /// It would be protected like this, which is less than before. It is over.
    Weaker(LinkSecurity),
    /// Nobody vouches for the server. It is over.
    Untrusted(Box<ServerCertificate>),
    /// TLS did not come about, in the library's words. It is over.
    NoTls(String),
    /// The server wants to see a certificate of the user's. It is over.
    WantsCertificate(String),
}

const SECURITIES: [LinkSecurity; 3] =
    [LinkSecurity::Open, LinkSecurity::Anonymous, LinkSecurity::Certified];

/// Reads how well a way is protected.
pub(in crate::console) fn read_security(
    fields: &mut Fields<'_>,
) -> Result<LinkSecurity, Malformed> {
    SECURITIES.get(usize::from(fields.u8()?)).copied().ok_or(Malformed)
}

/// Appends how well a way is protected.
pub(in crate::console) fn write_security(security: LinkSecurity, writer: Writer<'_>) -> Writer<'_> {
    writer.u8(security as u8)
}

impl Link {
    /// Appends it to a message.
    pub(in crate::console) fn write<'a>(&self, writer: Writer<'a>) -> Writer<'a> {
        match self {
            Self::Secured(security) => writer.u8(0).u8(*security as u8),
            Self::Weaker(security) => writer.u8(1).u8(*security as u8),
            Self::Untrusted(certificate) => certificate::write(certificate, writer.u8(2)),
            Self::NoTls(text) => writer.u8(3).text(text),
            Self::WantsCertificate(text) => writer.u8(4).text(text),
        }
    }

    /// Reads it from a message.
    pub(in crate::console) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(match fields.u8()? {
            0 => Self::Secured(read_security(fields)?),
            1 => Self::Weaker(read_security(fields)?),
            2 => Self::Untrusted(Box::new(certificate::read(fields)?)),
            3 => Self::NoTls(fields.text()?),
            4 => Self::WantsCertificate(fields.text()?),
            _ => return Err(Malformed),
        })
    }
}

impl From<TlsProblem> for Link {
    fn from(problem: TlsProblem) -> Self {
        match problem {
            TlsProblem::Untrusted(certificate) => Self::Untrusted(certificate),
            TlsProblem::Failed(text) => Self::NoTls(text),
            TlsProblem::WantsCertificate(text) => Self::WantsCertificate(text),
        }
    }
}
