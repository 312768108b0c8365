//! Which graphics servers the user trusts, and how safely they were reached.

use std::{collections::BTreeMap, fmt};

/// Where a server is, as certificates and people name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerPlace {
    /// Host name or address.
    pub host: String,
    /// TCP port; 0 for a socket of the host.
    pub port: u16,
}

impl fmt::Display for ServerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.port, self.host.contains(':')) {
            (0, _) => f.write_str(&self.host),
            (port, true) => write!(f, "[{}]:{port}", self.host),
            (port, false) => write!(f, "{}:{port}", self.host),
        }
    }
}

/// How well a connection to a server is protected, the better the greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkSecurity {
    /// Whoever is on the way can read and change everything.
    #[default]
    Open,
    /// Encrypted, but the server may be anybody.
    Anonymous,
    /// Encrypted, and the server has proved who it is.
    Certified,
}

const SECURITIES: [(LinkSecurity, &str); 3] = [
    (LinkSecurity::Open, "open"),
    (LinkSecurity::Anonymous, "anonymous"),
    (LinkSecurity::Certified, "certified"),
];

impl LinkSecurity {
    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        SECURITIES.iter().find(|(one, _)| *one == self).map_or("open", |(_, name)| name)
    }

    /// By its name in files.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        SECURITIES.iter().find(|(_, one)| *one == name).map(|(security, _)| *security)
    }
}

/// What speaks against a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// No authority that is known here vouches for it.
    UnknownAuthority,
    /// It is made out to another name.
    OtherName,
    /// It is not valid yet.
    NotYetValid,
    /// It is not valid any more.
    Expired,
    /// Its authority has called it back.
    Revoked,
    /// It is made in a way that can be forged.
    Weak,
    /// Something else.
    Other,
}

/// All of them, in the order in which they are told.
pub const CERTIFICATE_PROBLEMS: [CertificateProblem; 7] = [
    CertificateProblem::Revoked,
    CertificateProblem::Expired,
    CertificateProblem::NotYetValid,
    CertificateProblem::OtherName,
    CertificateProblem::UnknownAuthority,
    CertificateProblem::Weak,
    CertificateProblem::Other,
];

/// A certificate that a server has shown, with what it says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerCertificate {
    /// Whom it is made out to.
    pub subject: String,
    /// Who has made it.
    pub issuer: String,
    /// Since when it is valid, in seconds since 1970.
    pub from: Option<i64>,
    /// Until when it is valid, in seconds since 1970.
    pub until: Option<i64>,
    /// Its SHA-256 digest, in pairs of hexadecimal digits between colons.
    pub fingerprint: String,
    /// What speaks against it.
    pub problems: Vec<CertificateProblem>,
}

/// A server whose certificate only the user can vouch for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UntrustedServer {
    /// Where it is.
    pub place: ServerPlace,
    /// What it has shown.
    pub certificate: ServerCertificate,
    /// The fingerprint of the certificate that the user has trusted there
    /// before: this one is another.
    pub before: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    security: LinkSecurity,
    trusted: Option<String>,
}

/// The servers that are known: one line of a file for each, with host, port,
/// how it was reached, and the fingerprint that the user trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownServers(BTreeMap<ServerPlace, Known>);

impl KnownServers {
    /// Reads the file's text. What makes no sense is left out.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let mut words = line.split_whitespace();
            let host = words.next().filter(|host| !host.starts_with('#'))?.to_owned();
            let port = words.next()?.parse().ok()?;
            let security = LinkSecurity::of_name(words.next()?)?;
            let trusted = words.next().filter(|word| is_fingerprint(word)).map(str::to_owned);
            Some((ServerPlace { host, port }, Known { security, trusted }))
        };
        Self(text.lines().filter_map(line).collect())
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let line = |(place, known): (&ServerPlace, &Known)| {
            let trusted = known.trusted.as_deref().unwrap_or("-");
            format!("{} {} {} {trusted}\n", place.host, place.port, known.security.name())
        };
        self.0.iter().map(line).collect()
    }

    /// The fingerprint that the user trusts at this place.
    #[must_use]
    pub fn trusted_at(&self, place: &ServerPlace) -> Option<&str> {
        self.0.get(place)?.trusted.as_deref()
    }

    /// The fingerprints that may be met at this place: its own, or those of the
    /// same host's other ports where it has none. A host's guests share its
    /// certificate, and their ports change.
    #[must_use]
    pub fn acceptable_at(&self, place: &ServerPlace) -> Vec<String> {
        if let Some(own) = self.trusted_at(place) {
            return vec![own.to_owned()];
        }
        let same = self.0.iter().filter(|(other, _)| other.host == place.host);
        same.filter_map(|(_, known)| known.trusted.clone()).collect()
    }

    /// How well the connection to this place was protected before.
    #[must_use]
    pub fn security_of(&self, place: &ServerPlace) -> LinkSecurity {
        self.0.get(place).map(|known| known.security).unwrap_or_default()
    }

    /// The user trusts the server of this place by its certificate.
    pub fn trust(&mut self, place: &ServerPlace, fingerprint: &str) {
        let known = self.entry(place);
        known.trusted = Some(fingerprint.to_owned());
        known.security = LinkSecurity::Certified;
    }

    /// A connection was protected like this; whether that is better than
    /// before.
    pub fn reached(&mut self, place: &ServerPlace, security: LinkSecurity) -> bool {
        let better = security > self.security_of(place);
        if better {
            self.entry(place).security = security;
        }
        better
    }

    /// The user takes a connection that is protected no better than this.
    pub fn lower(&mut self, place: &ServerPlace, security: LinkSecurity) {
        self.entry(place).security = security;
    }

    fn entry(&mut self, place: &ServerPlace) -> &mut Known {
        self.0.entry(place.clone()).or_default()
    }
}

fn is_fingerprint(word: &str) -> bool {
    word.len() == 95
        && word
            .split(':')
            .all(|pair| pair.len() == 2 && pair.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::{KnownServers, LinkSecurity, ServerPlace};

    fn place(host: &str, port: u16) -> ServerPlace {
        ServerPlace { host: host.to_owned(), port }
    }

    fn print(byte: &str) -> String {
        vec![byte; 32].join(":")
    }

    #[test]
    fn what_is_known_comes_back_as_it_was() {
        let mut known = KnownServers::default();
        known.trust(&place("inn", 5901), &print("0A"));
        assert!(known.reached(&place("::1", 5900), LinkSecurity::Anonymous));
        assert!(!known.reached(&place("::1", 5900), LinkSecurity::Open));
        let text = known.to_text();
        assert_eq!(KnownServers::parse(&text), known, "{text}");
        let torn =
            format!("# nothing\n\ninn\ninn x open\ninn 1 sideways\n{text}inn 5902 open AA:BB\n");
        let read = KnownServers::parse(&torn);
        assert_eq!(read.trusted_at(&place("inn", 5901)), Some(print("0A").as_str()));
        assert_eq!(read.trusted_at(&place("inn", 5902)), None);
    }

    #[test]
    fn a_host_is_known_at_its_other_ports_until_one_has_its_own() {
        let mut known = KnownServers::default();
        known.trust(&place("inn", 5901), &print("0A"));
        assert_eq!(known.acceptable_at(&place("inn", 5907)), [print("0A")]);
        assert!(known.acceptable_at(&place("out", 5901)).is_empty());
        known.trust(&place("inn", 5907), &print("0B"));
        assert_eq!(known.acceptable_at(&place("inn", 5907)), [print("0B")]);
        assert_eq!(known.acceptable_at(&place("inn", 5901)), [print("0A")]);
    }

    #[test]
    fn protection_is_remembered_until_the_user_takes_less() {
        let (mut known, inn) = (KnownServers::default(), place("inn", 5901));
        known.trust(&inn, &print("0A"));
        assert_eq!(known.security_of(&inn), LinkSecurity::Certified);
        known.lower(&inn, LinkSecurity::Open);
        assert_eq!(known.security_of(&inn), LinkSecurity::Open);
        assert_eq!(known.trusted_at(&inn), Some(print("0A").as_str()));
        assert_eq!(place("::1", 5900).to_string(), "[::1]:5900");
    }
}
