//! The overview's texts.

use gettextrs::{gettext, pgettext};

use crate::{
    i18n::gettext_f,
    model::{DiskSummary, DomainDetails},
};

/// Title and notes as they are read, or that there are none.
pub(super) fn notes(details: Option<&DomainDetails>) -> String {
    let parts = details.map(|details| [details.title.clone(), details.notes.clone()]);
    let text = parts
        .into_iter()
        .flatten()
        .flatten()
        .filter(|part| !part.trim().is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    if text.is_empty() { gettext("None") } else { text }
}

/// The tags, or that there are none.
pub(super) fn tags(details: Option<&DomainDetails>) -> String {
    let tags = details.map(|details| details.tags.iter().collect::<Vec<_>>().join(", "));
    tags.filter(|tags| !tags.is_empty()).unwrap_or_else(|| pgettext("no tags", "None"))
}

/// Machine type and architecture.
pub(super) fn machine(details: &DomainDetails) -> Option<String> {
    match (&details.machine, &details.arch) {
        (Some(machine), Some(arch)) => {
            // Translators: such as "pc-q35-10.0 (x86_64)"
            Some(gettext_f("{machine} ({arch})", &[("machine", machine), ("arch", arch)]))
        }
        (one, other) => one.clone().or_else(|| other.clone()),
    }
}

/// What starts the guest's system.
pub(super) fn firmware(details: &DomainDetails) -> String {
    match details.arch.as_deref() {
        _ if details.uefi => gettext("UEFI"),
        Some("x86_64" | "i686") => gettext("BIOS"),
        _ => gettext("The machine’s own"),
    }
}

/// Which of the helpers inside the guest are there, and how to get them.
pub(super) fn tools(details: &DomainDetails, running: bool) -> String {
    let line = |state: Option<bool>, connected: String, missing: String, none: String| match state {
        None => none,
        Some(true) => connected,
        Some(false) if running => missing,
        Some(false) => gettext("Known when the guest runs"),
    };
    let agent = line(
        details.agent,
        gettext("Guest agent: connected"),
        gettext("Guest agent: not running in the guest; install qemu-guest-agent there"),
        gettext("Guest agent: this guest has no channel for it"),
    );
    // Without SPICE it has nobody to talk to.
    if details.desktop_agent.is_none() || !running {
        return agent;
    }
    let desktop = line(
        details.desktop_agent,
        gettext("Desktop agent: connected"),
        gettext("Desktop agent: not running in the guest; install spice-vdagent there"),
        String::new(),
    );
    format!("{agent}\n{desktop}")
}

/// A share of 1 as a percentage.
pub(super) fn per_cent(share: f32) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    gettext_f("{n}%", &[("n", &format!("{:.0}", share * 100.0))])
}

/// What kind of disk it is, and the guest's name for it.
pub(super) fn disk_title(disk: &DiskSummary) -> String {
    let kind = match disk.device.as_str() {
        "cdrom" => gettext("CD drive"),
        "floppy" => gettext("Floppy drive"),
        _ => gettext("Disk"),
    };
    // Translators: such as "Disk vda"
    gettext_f("{kind} {target}", &[("kind", &kind), ("target", &disk.target)])
}

/// The name of an icon for the disk.
pub(super) fn disk_icon(disk: &DiskSummary) -> &'static str {
    match disk.device.as_str() {
        "cdrom" => "media-optical-symbolic",
        "floppy" => "media-floppy-symbolic",
        _ => "drive-harddisk-symbolic",
    }
}

#[cfg(test)]
mod tests {
    use super::{machine, notes, per_cent, tools};
    use crate::model::DomainDetails;

    #[test]
    fn texts_stand_for_what_is_known() {
        let details = DomainDetails {
            title: Some("Shop".to_owned()),
            notes: Some(" ".to_owned()),
            machine: Some("pc-q35-10.0".to_owned()),
            arch: Some("x86_64".to_owned()),
            ..DomainDetails::default()
        };
        assert_eq!(notes(Some(&details)), "Shop");
        assert_eq!(notes(None), "None");
        assert_eq!(machine(&details).as_deref(), Some("pc-q35-10.0 (x86_64)"));
    }

    #[test]
    fn what_is_missing_in_the_guest_is_named() {
        let with = |agent, desktop_agent| DomainDetails {
            agent,
            desktop_agent,
            ..DomainDetails::default()
        };
        assert_eq!(tools(&with(Some(true), None), true), "Guest agent: connected");
        assert!(tools(&with(Some(false), None), true).contains("qemu-guest-agent"));
        assert_eq!(tools(&with(Some(false), None), false), "Known when the guest runs");
        assert!(tools(&with(None, None), true).contains("no channel"));
        let both = tools(&with(Some(true), Some(false)), true);
        assert!(both.contains("spice-vdagent"), "{both}");
    }

    #[test]
    fn any_share_is_a_percentage() {
        assert_eq!(per_cent(0.256), "26%");
        assert_eq!(per_cent(f32::NAN), "0%");
        assert_eq!(per_cent(9.0), "100%");
    }
}
