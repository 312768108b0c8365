//! What has to run inside the guest, and how it gets there.

/// A program inside the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// SPICE's agent: clipboard, sizes, files.
    Desktop,
    /// SPICE's service for a shared folder.
    Folder,
    /// QEMU's agent.
    Agent,
}

impl Tool {
    /// What it is called, also as a package.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Desktop => "spice-vdagent",
            Self::Folder => "spice-webdavd",
            Self::Agent => "qemu-guest-agent",
        }
    }

    /// What a person starts inside Windows, where the guest's system is that;
    /// the names of files, as their makers give them out.
    #[must_use]
    pub fn windows(self) -> &'static str {
        match self {
            Self::Desktop => "spice-guest-tools-latest.exe",
            Self::Folder => "spice-webdavd-x64-latest.msi",
            Self::Agent => "virtio-win-guest-tools.exe",
        }
    }
}

/// How packages come, by the starts of libosinfo's ids.
const FAMILIES: [(&str, &[&str]); 5] = [
    ("apt", &["debian.org", "ubuntu.com", "linuxmint.com", "elementary.io", "zorin.com"]),
    ("dnf", &["fedoraproject.org", "redhat.com", "centos.org", "rockylinux.org", "almalinux.org"]),
    ("zypper", &["opensuse.org", "suse.com"]),
    ("pacman", &["archlinux.org", "manjaro.org"]),
    ("apk", &["alpinelinux.org"]),
];

/// Whether libosinfo's id is of a Windows.
fn is_windows(os: &str) -> bool {
    os.contains("microsoft.com/win")
}

/// What installs the tool in a guest with this system (libosinfo's id): shell
/// commands, or nothing where there are none, as on Windows. Several where the
/// system is not known.
#[must_use]
pub fn commands(tool: Tool, os: Option<&str>) -> Vec<String> {
    let name = match tool {
        // There it comes with its library.
        Tool::Folder if family(os) == Some("pacman") => "phodav",
        tool => tool.name(),
    };
    let command = |family: &str| match family {
        "pacman" => format!("sudo pacman -S {name}"),
        "apk" => format!("doas apk add {name}"),
        other => format!("sudo {other} install {name}"),
    };
    match family(os) {
        _ if os.is_some_and(is_windows) => Vec::new(),
        Some(family) => vec![command(family)],
        None => vec![command("apt"), command("dnf")],
    }
}

fn family(os: Option<&str>) -> Option<&'static str> {
    let os = os?;
    let place = os.split_once("://").map_or(os, |(_, place)| place);
    let of = |(_, places): &&(&str, &[&str])| places.iter().any(|known| place.starts_with(known));
    FAMILIES.iter().find(of).map(|(family, _)| *family)
}

#[cfg(test)]
mod tests {
    use super::{Tool, commands};

    #[test]
    fn each_system_has_its_command() {
        let of = |os| commands(Tool::Desktop, Some(os));
        assert_eq!(of("http://debian.org/debian/13"), ["sudo apt install spice-vdagent"]);
        assert_eq!(of("http://fedoraproject.org/fedora/42"), ["sudo dnf install spice-vdagent"]);
        assert_eq!(of("http://microsoft.com/win/11"), Vec::<String>::new());
        assert_eq!(commands(Tool::Agent, None).len(), 2);
        let arch = commands(Tool::Folder, Some("http://archlinux.org/archlinux/rolling"));
        assert_eq!(arch, ["sudo pacman -S phodav"]);
    }
}
