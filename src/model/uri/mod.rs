//! Connection URIs of libvirt: `driver[+transport]://[user@][host][:port]/path[?parameters]`.
//!
//! Parsing is strict, since parts of a URI end as arguments of `ssh`: what a
//! person may have typed wrong is told with its place, and what could be taken
//! for an option is refused.

mod error;
mod parse;
mod spec;

pub use error::{UriError, UriErrorKind};
pub use spec::{ConnectionSpec, Hypervisor, SpecError, SpecField, Transport};

use std::fmt;

/// A connection URI, taken apart. All parts are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostUri {
    /// The hypervisor's driver, such as `qemu`.
    pub driver: String,
    /// How the daemon is reached, such as `ssh`; nothing is libvirt's choice.
    pub transport: Option<String>,
    /// The user on the other side.
    pub user: Option<String>,
    /// Host name or address; an IPv6 address without its brackets.
    pub host: Option<String>,
    /// The port on the host.
    pub port: Option<u16>,
    /// What the driver shall open, such as `/system`; with its slash.
    pub path: String,
    /// Further parameters in their order, such as `keyfile`.
    pub parameters: Vec<(String, String)>,
}

impl HostUri {
    /// Takes a URI apart.
    ///
    /// # Errors
    /// With the place of the first character that cannot be what it is.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        parse::parse(text)
    }

    /// Whether the daemon runs on this computer.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.host.is_none()
    }

    /// Whether the daemon is reached through an SSH server.
    #[must_use]
    pub fn uses_ssh(&self) -> bool {
        matches!(self.transport.as_deref(), Some("ssh" | "libssh" | "libssh2"))
    }

    /// Whether everything, passwords too, travels unencrypted.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.transport.as_deref() == Some("tcp")
    }

    /// The value of a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for HostUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.driver)?;
        if let Some(transport) = &self.transport {
            write!(f, "+{transport}")?;
        }
        f.write_str("://")?;
        if let Some(user) = &self.user {
            write!(f, "{}@", Escaped(user, USER))?;
        }
        match &self.host {
            Some(host) if host.contains(':') => write!(f, "[{}]", Escaped(host, ":"))?,
            Some(host) => f.write_str(host)?,
            None => {}
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", Escaped(&self.path, PATH))?;
        for (index, (name, value)) in self.parameters.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            write!(f, "{mark}{}={}", Escaped(name, ""), Escaped(value, VALUE))?;
        }
        Ok(())
    }
}

/// What may stand unescaped, besides letters, digits and `-._~`.
const USER: &str = "!$'()*,;";
const PATH: &str = "/!$'()*,;:@+";
const VALUE: &str = "/:@,";

/// Text with everything escaped that is not plain or `allowed`.
struct Escaped<'a>(&'a str, &'static str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            let char = char::from(byte);
            if byte.is_ascii_alphanumeric() || "-._~".contains(char) || self.1.contains(char) {
                write!(f, "{char}")?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
