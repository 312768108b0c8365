//! Taking a connection URI apart.

use super::{HostUri, UriError, UriErrorKind as Kind};

/// Longer than any path or key file name makes a URI.
const MAX_LENGTH: usize = 4096;

/// Transports that libvirt has.
const TRANSPORTS: &[&str] = &["unix", "ssh", "tls", "tcp", "ext", "libssh", "libssh2"];

/// A part of the text and where it stands, in bytes.
#[derive(Clone, Copy)]
struct Part<'a> {
    text: &'a str,
    start: usize,
}

impl Part<'_> {
    /// The parts before and after the byte `at`, which is left out.
    fn split(self, at: usize) -> (Self, Self) {
        let after = Part { text: &self.text[at + 1..], start: self.start + at + 1 };
        (Part { text: &self.text[..at], start: self.start }, after)
    }

    fn error(self, kind: Kind) -> UriError {
        // Turned into characters by `parse`, which has the whole text.
        UriError { position: self.start, kind }
    }

    fn error_at(self, offset: usize, kind: Kind) -> UriError {
        UriError { position: self.start + offset, kind }
    }
}

pub(super) fn parse(text: &str) -> Result<HostUri, UriError> {
    parse_bytes(text).map_err(|error| {
        let before = text.char_indices().take_while(|(at, _)| *at < error.position).count();
        UriError { position: before, ..error }
    })
}

/// As [`parse`], with positions in bytes.
fn parse_bytes(text: &str) -> Result<HostUri, UriError> {
    let whole = Part { text, start: 0 };
    if text.is_empty() {
        return Err(whole.error(Kind::Empty));
    }
    if text.len() > MAX_LENGTH {
        return Err(whole.error_at(MAX_LENGTH, Kind::TooLong));
    }
    for (at, char) in text.char_indices() {
        if char.is_control() {
            return Err(whole.error_at(at, Kind::ControlCharacter));
        }
        if char.is_whitespace() {
            return Err(whole.error_at(at, Kind::Space));
        }
        if char == '#' {
            return Err(whole.error_at(at, Kind::Fragment));
        }
    }
    let Some(end) = text.find("://") else { return Err(whole.error(Kind::NoScheme)) };
    let (driver, transport) = scheme(Part { text: &text[..end], start: 0 })?;
    let rest = Part { text: &text[end + 3..], start: end + 3 };

    let (before_query, query) = match rest.text.find('?') {
        Some(at) => (rest.split(at).0, Some(rest.split(at).1)),
        None => (rest, None),
    };
    let slash = before_query.text.find('/').unwrap_or(before_query.text.len());
    let authority = Part { text: &before_query.text[..slash], start: before_query.start };
    let path = Part { text: &before_query.text[slash..], start: before_query.start + slash };

    let (user, host, port) = split_authority(authority)?;
    let uri = HostUri {
        driver,
        transport,
        user,
        host,
        port,
        path: decode(path)?,
        parameters: query.map_or_else(|| Ok(Vec::new()), parameters)?,
    };
    check_host(&uri, authority)?;
    check_path(&uri, path)?;
    Ok(uri)
}

/// The driver and the transport.
fn scheme(part: Part<'_>) -> Result<(String, Option<String>), UriError> {
    if part.text.is_empty() {
        return Err(part.error(Kind::NoScheme));
    }
    let wrong = |char: char| !(char.is_ascii_alphanumeric() || "+-.".contains(char));
    if let Some((at, char)) = part.text.char_indices().find(|(_, char)| wrong(*char)) {
        return Err(part.error_at(at, Kind::SchemeCharacter(char)));
    }
    let (driver, transport) = match part.text.find('+') {
        Some(at) => (part.split(at).0, Some(part.split(at).1)),
        None => (part, None),
    };
    if !driver.text.starts_with(|char: char| char.is_ascii_alphabetic()) {
        return Err(driver.error(Kind::NoScheme));
    }
    let transport = transport.map(|part| {
        let name = part.text.to_ascii_lowercase();
        if TRANSPORTS.contains(&name.as_str()) {
            Ok(name)
        } else {
            Err(part.error(Kind::UnknownTransport(part.text.to_owned())))
        }
    });
    Ok((driver.text.to_ascii_lowercase(), transport.transpose()?))
}

type Authority = (Option<String>, Option<String>, Option<u16>);

/// User, host and port.
fn split_authority(authority: Part<'_>) -> Result<Authority, UriError> {
    let (user, place) = match authority.text.rfind('@') {
        Some(at) => (Some(authority.split(at).0), authority.split(at).1),
        None => (None, authority),
    };
    let user = user.map(parse_user).transpose()?;
    if let Some(after) = place.text.strip_prefix('[') {
        let Some(end) = after.find(']') else { return Err(place.error(Kind::Ipv6)) };
        let inner = Part { text: &after[..end], start: place.start + 1 };
        let host = decode(inner)?;
        let address = host.split('%').next().unwrap_or_default();
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(inner.error(Kind::Ipv6));
        }
        if let Some(zone) = host.strip_prefix(address).filter(|zone| !zone.is_empty())
            && !(zone.len() > 1
                && zone[1..].chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)))
        {
            return Err(inner.error(Kind::Ipv6));
        }
        let behind = Part { text: &after[end + 1..], start: inner.start + end + 1 };
        let number = match behind.text.strip_prefix(':') {
            Some(_) => Some(parse_port(behind.split(0).1)?),
            None if behind.text.is_empty() => None,
            None => return Err(behind.error(Kind::Port)),
        };
        return Ok((user, Some(host), number));
    }
    let (name, number) = match place.text.find(':') {
        Some(at) => (place.split(at).0, Some(parse_port(place.split(at).1)?)),
        None => (place, None),
    };
    if name.text.is_empty() {
        return Ok((user, None, number));
    }
    check_host_name(name)?;
    Ok((user, Some(name.text.to_owned()), number))
}

fn parse_user(part: Part<'_>) -> Result<String, UriError> {
    if part.text.is_empty() {
        return Err(part.error(Kind::NoUser));
    }
    if let Some(at) = part.text.find(':') {
        return Err(part.error_at(at, Kind::Password));
    }
    let user = decode(part)?;
    // ssh gets it as an argument and hands it to a remote shell's log-in.
    if user.starts_with('-') {
        return Err(part.error(Kind::LooksLikeOption));
    }
    if let Some(char) = user.chars().find(|char| char.is_control() || char.is_whitespace()) {
        return Err(part.error(Kind::UserCharacter(char)));
    }
    match user.chars().find(|char| "'\"`$\\;&<>|(){}/?[]:".contains(*char)) {
        Some(char) => Err(part.error(Kind::UserCharacter(char))),
        None => Ok(user),
    }
}

/// Checks a host name as it stands: escapes have no place in one.
fn check_host_name(part: Part<'_>) -> Result<(), UriError> {
    if part.text.starts_with('-') {
        return Err(part.error(Kind::LooksLikeOption));
    }
    let wrong = |char: char| !(char.is_ascii_alphanumeric() || "-._".contains(char));
    match part.text.char_indices().find(|(_, char)| wrong(*char)) {
        Some((at, char)) => Err(part.error_at(at, Kind::HostCharacter(char))),
        None => Ok(()),
    }
}

fn parse_port(part: Part<'_>) -> Result<u16, UriError> {
    let digits = part.text.bytes().all(|byte| byte.is_ascii_digit());
    match part.text.parse::<u16>() {
        Ok(number) if digits && number != 0 => Ok(number),
        _ => Err(part.error(Kind::Port)),
    }
}

fn parameters(query: Part<'_>) -> Result<Vec<(String, String)>, UriError> {
    let mut all = Vec::new();
    let mut rest = query;
    while !rest.text.is_empty() {
        let (one, after) = match rest.text.find('&') {
            Some(at) => rest.split(at),
            None => (rest, Part { text: "", start: rest.start + rest.text.len() }),
        };
        rest = after;
        if one.text.is_empty() {
            continue;
        }
        let (name, value) = match one.text.find('=') {
            Some(at) => one.split(at),
            None => (one, Part { text: "", start: one.start + one.text.len() }),
        };
        if name.text.is_empty() {
            return Err(name.error(Kind::ParameterName));
        }
        let (key, text) = (decode(name)?, decode(value)?);
        // These become arguments of ssh or a program's name.
        let argument = ["keyfile", "command", "netcat", "socket", "known_hosts"];
        if argument.contains(&key.as_str()) && text.starts_with('-') {
            return Err(value.error(Kind::LooksLikeOption));
        }
        all.push((key, text));
    }
    Ok(all)
}

/// Resolves the escapes; what they hide must be text without control characters.
fn decode(part: Part<'_>) -> Result<String, UriError> {
    let bytes = part.text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'%' {
            out.push(byte);
            at += 1;
            continue;
        }
        let digit = |index: usize| bytes.get(index).and_then(|b| char::from(*b).to_digit(16));
        let value = digit(at + 1).zip(digit(at + 2)).map(|(high, low)| high * 16 + low);
        let Some(value) = value.and_then(|value| u8::try_from(value).ok()) else {
            return Err(part.error_at(at, Kind::Escape));
        };
        if char::from(value).is_ascii_control() {
            return Err(part.error_at(at, Kind::ControlCharacter));
        }
        out.push(value);
        at += 3;
    }
    let text = String::from_utf8(out).map_err(|_| part.error(Kind::Escape))?;
    if text.chars().any(char::is_control) {
        return Err(part.error(Kind::ControlCharacter));
    }
    Ok(text)
}

/// A host must be named where the transport or another part says there is one.
fn check_host(uri: &HostUri, authority: Part<'_>) -> Result<(), UriError> {
    if uri.host.is_some() {
        return Ok(());
    }
    let remote =
        matches!(uri.transport.as_deref(), Some("ssh" | "tls" | "tcp" | "libssh" | "libssh2"));
    let server = matches!(uri.driver.as_str(), "esx" | "vpx" | "gsx" | "hyperv");
    if remote || server || uri.user.is_some() || uri.port.is_some() {
        return Err(authority.error_at(authority.text.len(), Kind::NoHost));
    }
    Ok(())
}

/// The paths of the drivers that have a fixed set of them.
fn check_path(uri: &HostUri, part: Part<'_>) -> Result<(), UriError> {
    let known: &[&str] = match uri.driver.as_str() {
        "qemu" => &["/system", "/session", "/embed"],
        "vbox" => &["/session", "/system"],
        "test" => {
            return if uri.path.len() > 1 { Ok(()) } else { Err(part.error(Kind::NoPath)) };
        }
        _ => return Ok(()),
    };
    if uri.path.len() <= 1 {
        return Err(part.error(Kind::NoPath));
    }
    if known.contains(&uri.path.as_str()) {
        return Ok(());
    }
    Err(part.error(Kind::UnknownPath(uri.path.clone())))
}
