//! Hosts, their states and their URIs in words.

use gettextrs::gettext;

use crate::{
    i18n::{fill, gettext_f},
    model::{
        HostState,
        uri::{HostUri, Hypervisor, SpecError, SpecField, Transport, UriError, UriErrorKind},
    },
};

/// A host's state in a word or two.
pub(crate) fn state_text(state: &HostState) -> String {
    match state {
        HostState::Disconnected => gettext("Not connected"),
        HostState::Connecting => gettext("Connecting…"),
        HostState::Ready => gettext("Connected"),
        HostState::Failed(_) => gettext("Could not connect"),
        HostState::Lost { .. } => gettext("Connection lost"),
    }
}

/// A host's state as an icon.
pub(crate) fn state_icon(state: &HostState) -> &'static str {
    match state {
        HostState::Disconnected => "network-offline-symbolic",
        HostState::Connecting => "content-loading-symbolic",
        HostState::Ready => "network-server-symbolic",
        HostState::Failed(_) => "dialog-error-symbolic",
        HostState::Lost { .. } => "dialog-warning-symbolic",
    }
}

/// A kind of host for the form.
pub(super) fn hypervisor_name(hypervisor: Hypervisor) -> String {
    match hypervisor {
        Hypervisor::QemuSystem => gettext("QEMU/KVM system"),
        Hypervisor::QemuSession => gettext("QEMU/KVM session"),
        Hypervisor::Xen => gettext("Xen"),
        Hypervisor::Lxc => gettext("LXC containers"),
        Hypervisor::Esx => gettext("VMware ESX"),
        Hypervisor::HyperV => gettext("Microsoft Hyper-V"),
        Hypervisor::Bhyve => gettext("bhyve"),
        Hypervisor::Test => gettext("Test host"),
    }
}

/// A way to a host for the form.
pub(super) fn transport_name(transport: Transport) -> String {
    match transport {
        Transport::Local => gettext("On this computer"),
        Transport::Ssh => gettext("Remote over SSH"),
        Transport::Tls => gettext("Remote over TLS"),
        Transport::Tcp => gettext("Remote over plain TCP"),
    }
}

/// A name for a new host.
pub(crate) fn proposed_name(uri: &HostUri) -> String {
    if uri.driver == "test" {
        return gettext("Test Host");
    }
    let session = uri.path == "/session";
    match (&uri.host, session, uri.driver.as_str()) {
        (Some(host), false, _) => host.clone(),
        (Some(host), true, _) => gettext_f("{host} (User Session)", &[("host", host)]),
        (None, false, "qemu") => gettext("This Computer"),
        (None, true, "qemu") => gettext("This Computer (User Session)"),
        (None, _, "xen") => gettext("This Computer (Xen)"),
        (None, _, "lxc") => gettext("This Computer (Containers)"),
        (None, _, driver) => gettext_f("This Computer ({driver})", &[("driver", driver)]),
    }
}

/// What is wrong with a URI, and where.
pub(crate) fn uri_error(error: &UriError) -> String {
    let place = (error.position + 1).to_string();
    match &error.kind {
        UriErrorKind::Empty => {
            gettext("A URI is needed, such as qemu:///system or qemu+ssh://user@host/system.")
        }
        UriErrorKind::NoScheme => {
            gettext("A URI begins with a driver and ://, such as qemu:///system.")
        }
        UriErrorKind::NoHost | UriErrorKind::NoPath | UriErrorKind::TooLong => {
            part_error(&error.kind)
        }
        kind => {
            let what = part_error(kind);
            gettext_f("Character {place}: {what}", &[("place", &place), ("what", &what)])
        }
    }
}

/// What is wrong with a field of the form.
pub(super) fn field_error(error: &SpecError) -> String {
    match (error.field, &error.kind) {
        (SpecField::User, UriErrorKind::LooksLikeOption) => {
            gettext("A user name cannot begin with “-”.")
        }
        (SpecField::Host, UriErrorKind::LooksLikeOption) => {
            gettext("A host name cannot begin with “-”.")
        }
        (SpecField::User, UriErrorKind::UserCharacter(' ')) => {
            gettext("A user name has no spaces.")
        }
        (SpecField::Host, UriErrorKind::Space) => gettext("A host name has no spaces."),
        (SpecField::Host, UriErrorKind::Escape) => part_error(&UriErrorKind::HostCharacter('%')),
        (SpecField::Host, UriErrorKind::HostCharacter('@')) => {
            gettext("Put the user name into its own field.")
        }
        (SpecField::Host, UriErrorKind::HostCharacter(':') | UriErrorKind::Ipv6) => {
            gettext("This is no host name and no IPv6 address. A port goes into its own field.")
        }
        (SpecField::Keyfile, _) => gettext("This key file’s path cannot be used."),
        (_, kind) => part_error(kind),
    }
}

/// What is wrong, without the place.
fn part_error(kind: &UriErrorKind) -> String {
    let with = |text: &str, char: char| fill(text, &[("char", &char.to_string())]);
    match kind {
        UriErrorKind::Empty | UriErrorKind::NoScheme => gettext("The driver is missing."),
        UriErrorKind::TooLong => gettext("This is longer than a URI can be."),
        UriErrorKind::ControlCharacter => {
            gettext("Line breaks and other control characters cannot be part of a URI.")
        }
        UriErrorKind::Space => gettext("Spaces cannot be part of a URI; write %20."),
        UriErrorKind::SchemeCharacter(char) => {
            with(&gettext("“{char}” cannot be part of a driver’s name."), *char)
        }
        UriErrorKind::UnknownTransport(name) => gettext_f(
            "There is no transport “{name}”. libvirt has ssh, tls, tcp, unix, libssh, libssh2 and ext.",
            &[("name", name)],
        ),
        UriErrorKind::Escape => gettext("After % come two hexadecimal digits, such as %20."),
        UriErrorKind::HostCharacter(char) => {
            with(&gettext("“{char}” cannot be part of a host name."), *char)
        }
        UriErrorKind::Ipv6 => gettext("Between [ and ] stands an IPv6 address, such as [::1]."),
        UriErrorKind::Port => gettext("A port is a number from 1 to 65535."),
        UriErrorKind::NoHost => gettext("The name or address of the host is needed."),
        UriErrorKind::NoUser => gettext("The user name before @ is missing."),
        UriErrorKind::LooksLikeOption => gettext("This cannot begin with “-”."),
        UriErrorKind::UserCharacter(char) => {
            with(&gettext("“{char}” cannot be part of a user name."), *char)
        }
        UriErrorKind::NoPath => {
            gettext("The path at the end is missing, such as /system or /session.")
        }
        UriErrorKind::UnknownPath(path) => gettext_f(
            "This driver has no “{path}”; it has /system and /session.",
            &[("path", path)],
        ),
        UriErrorKind::ParameterName => gettext("The name before = is missing."),
        UriErrorKind::Fragment => gettext("Write %23 for #."),
        UriErrorKind::Password => {
            gettext("Leave the password out: you are asked for it, and it is not kept.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_get_names_that_tell_them_apart() {
        let name = |uri: &str| proposed_name(&HostUri::parse(uri).unwrap());
        assert_eq!(name("qemu:///system"), "This Computer");
        assert_eq!(name("qemu:///session"), "This Computer (User Session)");
        assert_eq!(name("qemu+ssh://ana@inn/system"), "inn");
        assert_eq!(name("qemu+ssh://ana@inn/session"), "inn (User Session)");
        assert_eq!(name("test:///default"), "Test Host");
        assert_eq!(name("bhyve:///system"), "This Computer (bhyve)");
    }

    #[test]
    fn a_wrong_uri_says_where_and_what() {
        let text = |uri: &str| uri_error(&HostUri::parse(uri).unwrap_err());
        assert_eq!(text("qemu:///a b"), "Character 10: Spaces cannot be part of a URI; write %20.");
        assert!(text("qemu+shh://a/system").contains("“shh”"));
        assert!(text("").contains("qemu:///system"));
    }
}
