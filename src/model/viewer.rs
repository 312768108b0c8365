//! Screens that are named by a file or an address, with no host behind them.
//!
//! The file is virt-viewer's connection file (`.vv`; remote-viewer(1),
//! "CONNECTION FILE"): an INI file with the group `virt-viewer`. The addresses
//! are remote-viewer's too: `vnc://host:port`, `spice://host:port?tls-port=…`,
//! `spice+unix:///path`.

use std::{collections::BTreeMap, fmt};

use thiserror::Error;

use super::{
    ScreenProtocol, Secret,
    uri::{HostUri, UriError},
};

/// The port of the first VNC screen, and what an address without one means.
const VNC_PORT: u16 = 5900;

/// The longest text of one key, in bytes: a chain of certificates has the most.
const LONGEST: usize = 64 * 1024;

/// Where a screen is, and how to get in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// What the server speaks.
    pub protocol: ScreenProtocol,
    /// Where it is.
    pub place: ViewerPlace,
    /// The password, where the file has it.
    pub password: Option<Secret>,
    /// The window's title, in the words of whoever wrote the file.
    pub title: Option<String>,
    /// Whether the window opens in full screen.
    pub fullscreen: bool,
    /// The authority that signed the server's certificate, as PEM.
    pub authority: Option<String>,
    /// Whom the certificate must be made out to, in OpenSSL's words, if not to
    /// the host.
    pub subject: Option<String>,
    /// Whether the file asks to be deleted once it is read: what it holds is
    /// good for one time.
    pub once: bool,
}

/// Where a screen is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewerPlace {
    /// A socket on this computer.
    Socket(String),
    /// A server of the network.
    Network {
        /// Host name or address.
        host: String,
        /// The port without TLS.
        port: Option<u16>,
        /// The port with TLS; it is taken where there is one.
        tls_port: Option<u16>,
    },
}

impl fmt::Display for ViewerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => f.write_str(path),
            Self::Network { host, port, tls_port } => {
                let port = tls_port.or(*port).unwrap_or_default();
                let brackets = host.contains(':');
                if brackets { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
            }
        }
    }
}

/// Why a file or an address names no screen.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ViewerError {
    /// It is no address.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// It names no kind of screen, or an unknown one.
    #[error("unknown kind of screen: {0:?}")]
    Kind(String),
    /// It does not say where the screen is.
    #[error("no {0}")]
    Missing(&'static str),
    /// A value that cannot be.
    #[error("{key} cannot be {value:?}")]
    Value {
        /// The name in the file or the address.
        key: &'static str,
        /// What stands there, cut short.
        value: String,
    },
    /// A way that is not known here.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
}

impl Viewer {
    /// Whether `text` is an address of a screen rather than of a host.
    #[must_use]
    pub fn is_address(text: &str) -> bool {
        text.split_once("://").is_some_and(|(scheme, _)| {
            let scheme = scheme.to_ascii_lowercase();
            ScreenProtocol::of_name(scheme.strip_suffix("+unix").unwrap_or(&scheme)).is_some()
        })
    }

    /// Reads an address.
    ///
    /// # Errors
    /// If it is none, or says not enough.
    pub fn from_address(text: &str) -> Result<Self, ViewerError> {
        let uri = HostUri::parse(text)?;
        let protocol = ScreenProtocol::of_name(&uri.driver)
            .ok_or_else(|| ViewerError::Kind(short(&uri.driver)))?;
        let parameter =
            |name: &'static str| uri.parameter(name).map(|value| port(name, value)).transpose();
        let place = match uri.transport.as_deref() {
            Some("unix") => ViewerPlace::Socket(socket(&uri.path)?),
            None => {
                let tls_port = parameter("tls-port")?;
                let given = uri.port.or(parameter("port")?);
                let usual = (protocol == ScreenProtocol::Vnc).then_some(VNC_PORT);
                network(uri.host.clone(), given.or(usual), tls_port)?
            }
            Some(_) => return Err(ViewerError::Unsupported("this transport")),
        };
        let password = uri.parameter("password").filter(|text| !text.is_empty());
        Ok(Self {
            password: password.map(|text| Secret::new(text.to_owned())),
            ..Self::at(protocol, place)
        })
    }

    /// Reads what stands in the group `virt-viewer` of a connection file.
    ///
    /// # Errors
    /// If it names no screen that can be shown.
    pub fn from_file(keys: &BTreeMap<String, String>) -> Result<Self, ViewerError> {
        let get = |key: &str| keys.get(key).map(String::as_str).filter(|text| !text.is_empty());
        if let Some((_, long)) = keys.iter().find(|(_, value)| value.len() > LONGEST) {
            return Err(ViewerError::Value { key: "a value", value: short(long) });
        }
        let kind = get("type").ok_or(ViewerError::Missing("type"))?;
        let protocol =
            ScreenProtocol::of_name(kind).ok_or_else(|| ViewerError::Kind(short(kind)))?;
        if get("proxy").is_some() {
            return Err(ViewerError::Unsupported("proxy"));
        }
        let number = |key: &'static str| get(key).map(|value| port(key, value)).transpose();
        // oVirt writes -1 for a port that there is not.
        let open = |port: Result<Option<u16>, ViewerError>, key: &str| {
            if get(key) == Some("-1") { Ok(None) } else { port }
        };
        let place = match get("unix-path") {
            Some(path) => ViewerPlace::Socket(socket(path)?),
            None => network(
                get("host").map(str::to_owned),
                open(number("port"), "port")?,
                open(number("tls-port"), "tls-port")?,
            )?,
        };
        let is_on = |key: &str| get(key).is_some_and(|value| value == "1" || value == "true");
        Ok(Self {
            password: get("password").map(|text| Secret::new(text.to_owned())),
            title: get("title").map(one_line),
            fullscreen: is_on("fullscreen"),
            authority: get("ca").map(str::to_owned),
            subject: get("host-subject").map(str::to_owned),
            once: is_on("delete-this-file"),
            ..Self::at(protocol, place)
        })
    }

    fn at(protocol: ScreenProtocol, place: ViewerPlace) -> Self {
        Self {
            protocol,
            place,
            password: None,
            title: None,
            fullscreen: false,
            authority: None,
            subject: None,
            once: false,
        }
    }

    /// The place in a person's words: the title, or host and port.
    #[must_use]
    pub fn name(&self) -> String {
        self.title.clone().unwrap_or_else(|| self.place.to_string())
    }

    /// Whether the server runs on this computer.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match &self.place {
            ViewerPlace::Socket(_) => true,
            ViewerPlace::Network { host, .. } => {
                let loopback = |address: std::net::IpAddr| address.is_loopback();
                host == "localhost" || host.parse().is_ok_and(loopback)
            }
        }
    }
}

fn network(
    host: Option<String>,
    port: Option<u16>,
    tls_port: Option<u16>,
) -> Result<ViewerPlace, ViewerError> {
    let host = host.ok_or(ViewerError::Missing("host"))?;
    // What would be taken for an option, or for several lines, is no host.
    let wrong = |c: char| c.is_whitespace() || c.is_control() || "/?#@".contains(c);
    if host.starts_with('-') || host.contains(wrong) || host.len() > 255 {
        return Err(ViewerError::Value { key: "host", value: short(&host) });
    }
    if port.is_none() && tls_port.is_none() {
        return Err(ViewerError::Missing("port"));
    }
    Ok(ViewerPlace::Network { host, port, tls_port })
}

fn socket(path: &str) -> Result<String, ViewerError> {
    // The length of `sun_path`, less the zero at its end.
    if path.starts_with('/') && path.len() < 108 && !path.contains(char::is_control) {
        Ok(path.to_owned())
    } else {
        Err(ViewerError::Value { key: "unix-path", value: short(path) })
    }
}

fn port(key: &'static str, text: &str) -> Result<u16, ViewerError> {
    let number = text.parse().ok().filter(|port| *port > 0);
    number.ok_or_else(|| ViewerError::Value { key, value: short(text) })
}

/// A value that is wrong, for a message.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(keys: &[(&str, &str)]) -> Result<Viewer, ViewerError> {
        let keys = keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Viewer::from_file(&keys.collect())
    }

    fn tcp(host: &str, port: Option<u16>, tls_port: Option<u16>) -> ViewerPlace {
        ViewerPlace::Network { host: host.to_owned(), port, tls_port }
    }

    #[test]
    fn addresses_name_protocol_and_place() {
        let read = |text: &str| Viewer::from_address(text).map(|v| (v.protocol, v.place));
        let (spice, vnc) = (ScreenProtocol::Spice, ScreenProtocol::Vnc);
        assert_eq!(read("vnc://inn"), Ok((vnc, tcp("inn", Some(5900), None))));
        assert_eq!(read("VNC://[::1]:5999"), Ok((vnc, tcp("::1", Some(5999), None))));
        assert_eq!(
            read("spice://inn?port=5900&tls-port=5901"),
            Ok((spice, tcp("inn", Some(5900), Some(5901))))
        );
        assert_eq!(
            read("spice+unix:///run/a%20b"),
            Ok((spice, ViewerPlace::Socket("/run/a b".to_owned())))
        );
        assert_eq!(read("spice://inn"), Err(ViewerError::Missing("port")));
        for wrong in ["spice+ssh://inn:1", "vnc://inn:0", "vnc://-oProxy:1", "rdp://inn"] {
            read(wrong).expect_err(wrong);
        }
        let secret = Viewer::from_address("spice://inn:1?password=p%26q").expect("an address");
        assert_eq!(secret.password.expect("a password").expose(), "p&q");
        assert!(
            !format!("{:?}", Viewer::from_address("vnc://inn?password=geheim")).contains("geheim")
        );
    }

    #[test]
    fn only_screens_addresses_are_taken_for_them() {
        for address in ["vnc://h", "Spice://h:1", "spice+unix:///s", "vnc+unix:///s"] {
            assert!(Viewer::is_address(address), "{address}");
        }
        for other in ["qemu:///system", "vnc", "spicy://h", "/vnc://x/y.iso", "a/vnc://h"] {
            assert!(!Viewer::is_address(other), "{other}");
        }
    }

    #[test]
    fn a_file_says_all_of_it() {
        let viewer = file(&[
            ("type", "spice"),
            ("host", "10.0.0.7"),
            ("port", "-1"),
            ("tls-port", "5901"),
            ("password", "einmal"),
            ("title", "web\nserver - %d"),
            ("fullscreen", "1"),
            ("delete-this-file", "1"),
            ("ca", "-----BEGIN CERTIFICATE-----\n…"),
            ("host-subject", "O=Inn,CN=10.0.0.7"),
            ("secure-attention", "ctrl+alt+end"),
        ])
        .expect("a screen");
        assert_eq!(viewer.place, tcp("10.0.0.7", None, Some(5901)));
        assert_eq!(viewer.title.as_deref(), Some("web server - %d"));
        assert!(viewer.fullscreen && viewer.once && !viewer.is_local());
        assert_eq!(viewer.subject.as_deref(), Some("O=Inn,CN=10.0.0.7"));
        assert_eq!(viewer.name(), "web server - %d");
    }

    #[test]
    fn what_a_file_cannot_mean_is_told_by_its_key() {
        assert_eq!(file(&[]), Err(ViewerError::Missing("type")));
        assert_eq!(file(&[("type", "rdp")]), Err(ViewerError::Kind("rdp".to_owned())));
        assert_eq!(file(&[("type", "vnc")]), Err(ViewerError::Missing("host")));
        assert_eq!(file(&[("type", "vnc"), ("host", "h")]), Err(ViewerError::Missing("port")));
        let value = |key, value: &str| Err(ViewerError::Value { key, value: value.to_owned() });
        let with = |key, text| file(&[("type", "vnc"), ("host", "h"), (key, text)]);
        assert_eq!(with("port", "70000"), value("port", "70000"));
        assert_eq!(with("tls-port", "x"), value("tls-port", "x"));
        assert_eq!(with("unix-path", "relative"), value("unix-path", "relative"));
        assert_eq!(file(&[("type", "vnc"), ("host", "a\nb"), ("port", "1")]), value("host", "ab"));
        assert_eq!(with("proxy", "http://p"), Err(ViewerError::Unsupported("proxy")));
    }
}
