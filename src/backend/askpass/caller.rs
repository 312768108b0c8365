//! Which host an ssh process is for.

use std::fs;

/// Where an ssh process connects to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) user: Option<String>,
    pub(super) host: String,
    pub(super) port: Option<String>,
}

impl Target {
    /// How well a URI's target fits what ssh was called with; nothing if it is
    /// another one.
    pub(super) fn fits(&self, called: &Self) -> Option<u32> {
        if !self.host.eq_ignore_ascii_case(&called.host) {
            return None;
        }
        let same = |ours: &Option<String>, theirs: &Option<String>| match (ours, theirs) {
            (Some(ours), Some(theirs)) if ours == theirs => Some(2),
            (Some(_), Some(_)) => None,
            (None, None) => Some(1),
            _ => Some(0),
        };
        Some(1 + same(&self.user, &called.user)? + same(&self.port, &called.port)?)
    }
}

/// The target of a URI whose transport is ssh.
pub(super) fn target_of_uri(uri: &str) -> Option<Target> {
    let (scheme, rest) = uri.split_once("://")?;
    let (_, transport) = scheme.split_once('+')?;
    if transport != "ssh" {
        return None;
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (user, address) = match authority.rsplit_once('@') {
        Some((user, address)) => (Some(user), address),
        None => (None, authority),
    };
    // [::1]:22 and host:22
    let (host, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match address.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        },
    };
    Some(Target {
        user: user.map(unescape).filter(|user| !user.is_empty()),
        // libvirt calls `ssh localhost` for a URI without a host.
        host: if host.is_empty() { "localhost".to_owned() } else { unescape(host) },
        port: port.filter(|port| !port.is_empty()).map(str::to_owned),
    })
}

fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(code) = code {
            out.push(code);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The target in ssh's arguments, the program's name first.
pub(super) fn target_of_arguments(arguments: &[String]) -> Option<Target> {
    /// Options of ssh that take a value.
    const WITH_VALUE: &str = "BbcDEeFIiJLlmOoPpQRSWw";
    let mut target = Target::default();
    let mut rest = arguments.iter().skip(1);
    let mut host = None;
    while let Some(argument) = rest.next() {
        if argument == "--" {
            host = rest.next().cloned();
            break;
        }
        let Some(options) = argument.strip_prefix('-').filter(|options| !options.is_empty()) else {
            host = Some(argument.clone());
            break;
        };
        // Options without a value may stand together before one with.
        let Some(at) = options.find(|option| WITH_VALUE.contains(option)) else { continue };
        let (option, value) = options[at..].split_at(1);
        let value = if value.is_empty() { rest.next().cloned() } else { Some(value.to_owned()) };
        match option {
            "l" => target.user = value,
            "p" => target.port = value,
            _ => {}
        }
    }
    let host = host?;
    let (user, host) = match host.rsplit_once('@') {
        Some((user, host)) => (Some(user.to_owned()), host.to_owned()),
        None => (None, host),
    };
    target.user = target.user.or(user);
    target.host = host;
    Some(target)
}

/// The ssh process that process `pid` was started by, by its arguments. Looks
/// no further than this program's own children.
pub(super) fn ssh_above(pid: i32) -> Option<Target> {
    let mut pid = u32::try_from(pid).ok()?;
    let own = std::process::id();
    // A jump host makes a chain of ssh processes: the last one below us names
    // the host that the URI names.
    let mut found = None;
    for _ in 0..16 {
        let parent = parent_of(pid)?;
        if parent <= 1 || pid == own {
            break;
        }
        pid = parent;
        if pid == own {
            break;
        }
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let arguments: Vec<String> = command
            .split(|byte| *byte == 0)
            .map(|argument| String::from_utf8_lossy(argument).into_owned())
            .collect();
        let is_ssh = arguments.first().is_some_and(|name| name == "ssh" || name.ends_with("/ssh"));
        if is_ssh && let Some(target) = target_of_arguments(&arguments) {
            found = Some(target);
        }
    }
    found
}

fn parent_of(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(user: Option<&str>, host: &str, port: Option<&str>) -> Target {
        Target {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port: port.map(str::to_owned),
        }
    }

    fn called(line: &str) -> Option<Target> {
        target_of_arguments(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn uris_have_targets() {
        for (uri, expected) in [
            ("qemu+ssh://me@host:2222/system", Some(target(Some("me"), "host", Some("2222")))),
            ("qemu+ssh://host/system?no_tty=1", Some(target(None, "host", None))),
            ("qemu+ssh://[fe80::1]:22/system", Some(target(None, "fe80::1", Some("22")))),
            ("qemu+ssh:///system", Some(target(None, "localhost", None))),
            ("qemu+ssh://a%40b@host/session", Some(target(Some("a@b"), "host", None))),
            ("qemu+ssh://%E2%82@100%/x", Some(target(Some("\u{fffd}"), "100%", None))),
            ("qemu+tls://host/system", None),
            ("qemu:///system", None),
            ("nonsense", None),
        ] {
            assert_eq!(target_of_uri(uri), expected, "{uri}");
        }
    }

    #[test]
    fn ssh_is_called_with_a_target() {
        // As libvirt calls it, as our own tunnels do, and with a jump host.
        assert_eq!(
            called("ssh -p 2222 -l me -T -e none -- host sh -c true"),
            Some(target(Some("me"), "host", Some("2222")))
        );
        assert_eq!(
            called("/usr/bin/ssh -T -p22 -W 127.0.0.1:5900 me@host"),
            Some(target(Some("me"), "host", Some("22")))
        );
        assert_eq!(
            called("ssh -Tv -o StrictHostKeyChecking=no -J jump host"),
            Some(target(None, "host", None))
        );
        assert_eq!(called("ssh -V"), None);
    }

    #[test]
    fn the_better_fit_wins() {
        let call = target(Some("me"), "host", None);
        let exact = target(Some("me"), "HOST", None).fits(&call);
        let vague = target(None, "host", None).fits(&call);
        assert!(exact > vague && vague.is_some());
        assert_eq!(target(Some("other"), "host", None).fits(&call), None);
        assert_eq!(target(Some("me"), "else", None).fits(&call), None);
    }
}
