//! Why a console ended.

use crate::model::{LinkSecurity, ServerPlace, UntrustedServer};

/// Why a console could not be opened, or broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsoleError {
    /// Nothing answers at the address; the system's own words.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// The server stopped answering.
    #[error("the server does not answer")]
    TimedOut,
    /// The server stopped in the middle of a message.
    #[error("the server stopped in the middle of a message")]
    Stalled,
    /// The server ended the connection before or within a message.
    #[error("the server closed the connection")]
    Closed,
    /// What answers does not speak the protocol of this name.
    #[error("the server does not speak {0}")]
    Stranger(&'static str),
    /// The server refused the client; its own words.
    #[error("the server refused: {0}")]
    Refused(String),
    /// The password was wrong; the server's own words, possibly empty.
    #[error("the password was not accepted: {0}")]
    AuthenticationFailed(String),
    /// The server offers only these security types, none of which is known here.
    #[error("no known security type: {0}")]
    UnsupportedSecurity(String),
    /// Nobody but the user can vouch for the server.
    #[error("the server’s certificate is not trusted: {}", .0.certificate.fingerprint)]
    Untrusted(Box<UntrustedServer>),
    /// The connection would be protected less than it was before.
    #[error("{place} is protected less than before")]
    Weaker {
        /// Where the server is.
        place: ServerPlace,
        /// How it would be protected.
        security: LinkSecurity,
    },
    /// TLS did not come about, in the library's words.
    #[error("TLS: {0}")]
    Tls(String),
    /// The server wants a certificate of the user's, and was shown none.
    #[error("the server wants a certificate: {0}")]
    WantsCertificate(String),
    /// The guest's screen is drawn in a way that cannot be shown here.
    #[error("the screen cannot be shown: {0}")]
    Unshowable(String),
    /// The guest's screen is larger than 8192 × 8192.
    #[error("a screen of {width}×{height} is too large")]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// The server broke the protocol.
    #[error("protocol error: {0}")]
    Protocol(String),
    /// The system failed a read or a write; its own words.
    #[error("{0}")]
    Io(String),
}
