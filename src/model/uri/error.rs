//! What can be wrong with a connection URI.

/// Why a text is not a connection URI that may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?} at character {position}")]
pub struct UriError {
    /// Where, in characters from 0.
    pub position: usize,
    /// What.
    pub kind: UriErrorKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UriErrorKind {
    /// There is nothing.
    Empty,
    /// It is longer than any URI has to be.
    TooLong,
    /// A control character, such as a line break.
    ControlCharacter,
    /// White space.
    Space,
    /// No `driver://` at the start.
    NoScheme,
    /// A character that no driver or transport has in its name.
    SchemeCharacter(char),
    /// A transport that libvirt does not have.
    UnknownTransport(String),
    /// `%` without two hexadecimal digits, or bytes that are no text.
    Escape,
    /// A character that no host name has.
    HostCharacter(char),
    /// `[` without `]`, or no IPv6 address between them.
    Ipv6,
    /// Not a number from 1 to 65535.
    Port,
    /// The transport, or what comes before it, needs a host.
    NoHost,
    /// The user's name is missing before `@`.
    NoUser,
    /// A user name, host or value that a program could take for an option.
    LooksLikeOption,
    /// A character that no user name has.
    UserCharacter(char),
    /// The driver needs a path, such as `/system`.
    NoPath,
    /// The driver does not know this path.
    UnknownPath(String),
    /// A parameter without a name.
    ParameterName,
    /// `#`, which has to be written `%23`.
    Fragment,
    /// A password in the URI, where it would be kept and shown.
    Password,
}
