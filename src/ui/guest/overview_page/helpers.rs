//! The overview's texts.

use gettextrs::gettext;

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
    use super::{machine, notes, per_cent};
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
    fn any_share_is_a_percentage() {
        assert_eq!(per_cent(0.256), "26%");
        assert_eq!(per_cent(f32::NAN), "0%");
        assert_eq!(per_cent(9.0), "100%");
    }
}
