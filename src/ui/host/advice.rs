//! A host's failure: what happened in plain words and what to do about it,
//! with commands to copy.

mod certificate;

use gettextrs::gettext;

use crate::{
    i18n::{fill, gettext_f},
    model::{Failure, FailureKind, uri::HostUri},
};

/// A command that helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommandHint {
    /// What it is for: a distribution, a step.
    pub(super) label: String,
    /// The command.
    pub(super) command: String,
}

/// A failure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Advice {
    /// What happened.
    pub(super) title: String,
    /// Why, and what to do next.
    pub(super) text: String,
    /// Commands to copy, in their order.
    pub(super) commands: Vec<CommandHint>,
    /// Commands for where libvirt is not installed at all.
    pub(super) install: Vec<CommandHint>,
}

fn hint(label: String, command: impl Into<String>) -> CommandHint {
    CommandHint { label, command: command.into() }
}

/// How to get libvirt and QEMU, by distribution.
pub(super) fn install_libvirt() -> Vec<CommandHint> {
    vec![
        hint(
            "Debian, Ubuntu".to_owned(),
            "sudo apt install libvirt-daemon-system qemu-system-x86 qemu-utils ovmf swtpm-tools",
        ),
        hint("Fedora".to_owned(), "sudo dnf install @virtualization"),
        hint("openSUSE".to_owned(), "sudo zypper install -t pattern kvm_server"),
        hint(
            "Arch Linux".to_owned(),
            "sudo pacman -S libvirt qemu-desktop dnsmasq edk2-ovmf swtpm",
        ),
    ]
}

/// How to start the daemon, in its modular and its older form.
pub(super) fn start_daemon() -> Vec<CommandHint> {
    vec![
        hint(
            gettext("One service for all (Debian, Ubuntu)"),
            "sudo systemctl enable --now libvirtd.socket",
        ),
        hint(
            gettext("A service for each hypervisor (Fedora, openSUSE, Arch Linux)"),
            "sudo systemctl enable --now virtqemud.socket virtnetworkd.socket virtstoraged.socket",
        ),
    ]
}

fn join_group() -> Vec<CommandHint> {
    vec![hint(gettext("Then log out and in again"), "sudo usermod -aG libvirt $USER")]
}

/// The ssh command that shows whether the host lets the user in.
fn ssh_command(uri: Option<&HostUri>) -> Option<String> {
    let uri = uri.filter(|uri| uri.uses_ssh())?;
    let host = uri.host.as_deref()?;
    let mut command = "ssh".to_owned();
    if let Some(port) = uri.port {
        command += " -p ";
        command += &port.to_string();
    }
    if let Some(key) = uri.parameter("keyfile") {
        command += " -i ";
        command += &shell_quoted(key);
    }
    let place =
        uri.user.as_deref().map_or_else(|| host.to_owned(), |user| format!("{user}@{host}"));
    command += " ";
    command += &shell_quoted(&place);
    Some(command)
}

/// `text` as one word for a shell.
fn shell_quoted(text: &str) -> String {
    if text.chars().all(|char| char.is_ascii_alphanumeric() || "-_./@:%+".contains(char)) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// What to say about a host that cannot be reached.
// A table: a row for each kind.
#[allow(clippy::too_many_lines)]
pub(super) fn advise(failure: &Failure, uri: &str) -> Advice {
    let parsed = HostUri::parse(uri).ok();
    let local = parsed.as_ref().is_some_and(HostUri::is_local);
    let ssh = parsed.as_ref().is_some_and(HostUri::uses_ssh);
    let host = parsed.as_ref().and_then(|uri| uri.host.clone()).unwrap_or_default();
    let named = |text: &str| fill(text, &[("host", &host)]);
    let try_ssh = || {
        ssh_command(parsed.as_ref())
            .map(|command| hint(gettext("To see what ssh says"), command))
            .into_iter()
            .collect::<Vec<_>>()
    };
    let (title, text, commands) = match failure.kind {
        FailureKind::DaemonNotRunning if local => (
            gettext("libvirt Is Not Running"),
            gettext(
                "Nothing answers on this computer. Start its service, or install it if it is not there yet.",
            ),
            start_daemon(),
        ),
        FailureKind::DaemonNotRunning => (
            gettext("libvirt Is Not Running"),
            named(&gettext("“{host}” answers, but its libvirt does not. Start its service there.")),
            start_daemon(),
        ),
        FailureKind::PermissionDenied if local => (
            gettext("You Have No Access to libvirt"),
            gettext(
                "Only root and the group “libvirt” may use this host. Join the group, then log out and in again.",
            ),
            join_group(),
        ),
        FailureKind::PermissionDenied => (
            gettext("You Have No Access to libvirt"),
            named(&gettext(
                "Your user on “{host}” may not use its libvirt. Let it join the group “libvirt” there.",
            )),
            vec![hint(gettext("On the host, as an administrator"), "usermod -aG libvirt USER")],
        ),
        FailureKind::NoSsh => (
            gettext("ssh Is Missing"),
            gettext(
                "This connection needs the program ssh, which is not installed or cannot be started.",
            ),
            vec![
                hint("Debian, Ubuntu".to_owned(), "sudo apt install openssh-client"),
                hint("Fedora".to_owned(), "sudo dnf install openssh-clients"),
                hint("openSUSE".to_owned(), "sudo zypper install openssh-clients"),
                hint("Arch Linux".to_owned(), "sudo pacman -S openssh"),
            ],
        ),
        FailureKind::UnknownHostKey => (
            gettext("The Host’s Key Is Not Known"),
            named(&gettext(
                "The SSH key of “{host}” was not accepted. Try again, and trust it if its fingerprint is right.",
            )),
            try_ssh(),
        ),
        FailureKind::HostKeyChanged => (
            gettext("The Host’s Key Has Changed"),
            named(&gettext(
                "“{host}” shows another SSH key than before. It may have been installed anew, or somebody is in between. Ask whoever looks after it; only then forget the old key.",
            )),
            vec![hint(
                gettext("To forget the old key"),
                format!("ssh-keygen -R {}", known_host(parsed.as_ref())),
            )],
        ),
        FailureKind::AuthenticationFailed => (
            gettext("Sign-In Refused"),
            named(&gettext("“{host}” did not accept the user name, password or key.")),
            try_ssh(),
        ),
        FailureKind::AuthenticationCancelled => (
            gettext("Sign-In Cancelled"),
            gettext("The question for a password or key was closed. Try again to be asked again."),
            Vec::new(),
        ),
        FailureKind::RemoteHelperMissing => (
            gettext("libvirt Is Missing on the Host"),
            named(&gettext(
                "SSH lets you in, but “{host}” has neither libvirt’s helper nor a usable netcat. Install libvirt there.",
            )),
            install_libvirt(),
        ),
        FailureKind::ConnectionRefused => (
            gettext("Connection Refused"),
            if ssh {
                named(&gettext(
                    "“{host}” is there, but no SSH server answers on this port. Check the port, and that the server runs.",
                ))
            } else {
                named(&gettext(
                    "“{host}” is there, but nothing answers on this port. Check the port, a firewall in between, and that libvirt listens there.",
                ))
            },
            try_ssh(),
        ),
        FailureKind::UnknownHost => (
            gettext("Unknown Host"),
            named(&gettext(
                "There is no computer named “{host}”. Check the name, and that you are on the right network.",
            )),
            Vec::new(),
        ),
        FailureKind::Unreachable => (
            gettext("Host Not Reachable"),
            named(&gettext(
                "No way leads to “{host}”. Check that it is on, and that you are on the right network or VPN.",
            )),
            Vec::new(),
        ),
        FailureKind::Certificate => (
            gettext("Certificate Not Accepted"),
            named(&certificate::what(&failure.detail, parsed.as_ref())),
            certificate::commands(parsed.as_ref()),
        ),
        FailureKind::TimedOut => (
            gettext("No Answer in Time"),
            if local {
                gettext(
                    "libvirt on this computer does not answer. It may be busy or stuck; restarting its service does not touch running guests.",
                )
            } else {
                named(&gettext(
                    "“{host}” does not answer. It may be off, busy, or behind a firewall.",
                ))
            },
            if local {
                vec![hint(
                    gettext("To restart the service"),
                    "sudo systemctl restart libvirtd virtqemud",
                )]
            } else {
                try_ssh()
            },
        ),
        FailureKind::Disconnected => (
            gettext("Connection Lost"),
            if local {
                gettext(
                    "libvirt on this computer has ended the connection, perhaps by a restart of its service.",
                )
            } else {
                named(&gettext(
                    "The connection to “{host}” broke. Check the network, and that the host is on.",
                ))
            },
            Vec::new(),
        ),
        FailureKind::NoDriver => {
            let driver = parsed.as_ref().map_or(String::new(), |uri| uri.driver.clone());
            (
                gettext("This Hypervisor Is Not Supported Here"),
                gettext_f(
                    "This libvirt has no driver “{driver}”. It may come in a package of its own.",
                    &[("driver", &driver)],
                ),
                driver_packages(&driver),
            )
        }
        FailureKind::InvalidUri => (
            gettext("The URI Cannot Be Used"),
            gettext("libvirt does not understand this connection’s URI. Edit the connection."),
            Vec::new(),
        ),
        FailureKind::Internal => (
            gettext("Something Went Wrong in Posada"),
            gettext("This should not happen. Please report it with the details."),
            Vec::new(),
        ),
        _ => (
            gettext("Could Not Connect"),
            gettext("The details say what libvirt reports."),
            Vec::new(),
        ),
    };
    let missing = failure.kind == FailureKind::DaemonNotRunning && local;
    let install = if missing { install_libvirt() } else { Vec::new() };
    Advice { title, text, commands, install }
}

/// The name under which ssh knows a host.
fn known_host(uri: Option<&HostUri>) -> String {
    let Some(uri) = uri else { return String::new() };
    let host = uri.host.as_deref().unwrap_or_default();
    match uri.port {
        Some(port) if port != 22 => shell_quoted_brackets(&format!("[{host}]:{port}")),
        _ => shell_quoted(host),
    }
}

/// Brackets are a shell's pattern, so they are always quoted.
fn shell_quoted_brackets(text: &str) -> String {
    format!("'{text}'")
}

/// Packages of a driver that distributions keep apart.
fn driver_packages(driver: &str) -> Vec<CommandHint> {
    let (debian, fedora) = match driver {
        "lxc" => ("libvirt-daemon-driver-lxc", "libvirt-daemon-lxc"),
        "xen" => ("libvirt-daemon-driver-xen", "libvirt-daemon-xen"),
        "vbox" => ("libvirt-daemon-driver-vbox", "libvirt-daemon-vbox"),
        "qemu" => ("libvirt-daemon-driver-qemu", "libvirt-daemon-kvm"),
        _ => return Vec::new(),
    };
    vec![
        hint("Debian, Ubuntu".to_owned(), format!("sudo apt install {debian}")),
        hint("Fedora".to_owned(), format!("sudo dnf install {fedora}")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(kind: FailureKind, uri: &str) -> Advice {
        advise(&Failure::new(kind, "libvirt's text"), uri)
    }

    #[test]
    fn the_two_commonest_failures_come_with_their_command() {
        let access = about(FailureKind::PermissionDenied, "qemu:///system");
        assert_eq!(access.commands[0].command, "sudo usermod -aG libvirt $USER");
        let daemon = about(FailureKind::DaemonNotRunning, "qemu:///system");
        assert!(
            daemon.commands.iter().any(|one| one.command.contains("enable --now libvirtd.socket"))
        );
        assert!(daemon.install.iter().any(|one| one.command.contains("pacman")));
    }

    #[test]
    fn a_remote_failure_names_the_host_and_the_way_to_see_more() {
        let uri = "qemu+ssh://ana@inn:2222/system?keyfile=/home/ana/my%20key";
        let refused = about(FailureKind::AuthenticationFailed, uri);
        assert!(refused.text.contains("“inn”"));
        assert_eq!(refused.commands[0].command, "ssh -p 2222 -i '/home/ana/my key' ana@inn");
        let changed = about(FailureKind::HostKeyChanged, uri);
        assert_eq!(changed.commands[0].command, "ssh-keygen -R '[inn]:2222'");
    }

    #[test]
    fn a_missing_driver_names_its_package_where_there_is_one() {
        assert!(
            about(FailureKind::NoDriver, "lxc:///system").commands[0]
                .command
                .contains("driver-lxc")
        );
        assert!(about(FailureKind::NoDriver, "esx://host/").text.contains("“esx”"));
    }
}
