//! What the delete dialog offers and says, apart from its widgets.

use gettextrs::gettext;

use crate::{
    backend::{DeletePlan, DeletePlanDisk, KeptBecause},
    i18n::{gettext_f, ngettext_f},
};

/// Whether the disk can be ticked, and why not.
pub(super) fn kept_because(disk: &DeletePlanDisk) -> Option<String> {
    if let Some(reason) = disk.kept_because {
        return Some(match reason {
            KeptBecause::Medium => gettext("Stays: it is a read-only or removable medium"),
            KeptBecause::Shareable => gettext("Stays: it is shared between guests"),
            KeptBecause::Unmanaged => gettext("Stays: it is not in a storage pool of the host"),
            KeptBecause::Device => gettext("Stays: it is a whole device or on the network"),
            KeptBecause::Unclear => {
                gettext("Stays: another guest may use it, whose definition cannot be read")
            }
        });
    }
    if disk.used_by.is_empty() {
        return None;
    }
    let users = disk.used_by.join(", ");
    // Translators: {users} are names of guests or volumes
    Some(gettext_f("Stays: it is also used by {users}", &[("users", &users)]))
}

/// What is lost with the guest besides its definition, as sentences.
pub(super) fn losses(plan: &DeletePlan) -> String {
    let mut sentences = Vec::new();
    if plan.active {
        sentences.push(gettext("It is running and will be forced off."));
    }
    if plan.managed_save {
        sentences.push(gettext("Its saved state will be lost."));
    }
    if plan.snapshots > 0 {
        let number = plan.snapshots.to_string();
        sentences.push(ngettext_f(
            "{n} snapshot will be lost.",
            "{n} snapshots will be lost.",
            plan.snapshots,
            &[("n", &number)],
        ));
    }
    if plan.nvram {
        sentences.push(gettext("Its UEFI settings will be removed."));
    }
    sentences.join(" ")
}

/// What the button says: exactly what it does.
pub(super) fn verb(guests: usize, disks: usize) -> String {
    let (count_guests, count_disks) = (count(guests), count(disks));
    let (number_guests, number_disks) = (guests.to_string(), disks.to_string());
    let args = [("guests", number_guests.as_str()), ("disks", number_disks.as_str())];
    match (guests, disks) {
        (_, 0) => ngettext_f(
            "Delete Guest, Keep Disks",
            "Delete {guests} Guests, Keep Disks",
            count_guests,
            &args,
        ),
        (1, _) => ngettext_f(
            "Delete Guest and {disks} Disk",
            "Delete Guest and {disks} Disks",
            count_disks,
            &args,
        ),
        _ => ngettext_f(
            "Delete {guests} Guests and {disks} Disk",
            "Delete {guests} Guests and {disks} Disks",
            count_disks,
            &args,
        ),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{kept_because, losses, verb};
    use crate::backend::{DeletePlan, DeletePlanDisk, KeptBecause};

    fn disk(used_by: &[&str], kept_because: Option<KeptBecause>) -> DeletePlanDisk {
        DeletePlanDisk {
            target: "vda".to_owned(),
            path: "/a".to_owned(),
            size: None,
            used_by: used_by.iter().map(|name| (*name).to_owned()).collect(),
            kept_because,
        }
    }

    #[test]
    fn a_disk_that_somebody_needs_is_not_offered() {
        assert_eq!(kept_because(&disk(&[], None)), None);
        let shared = kept_because(&disk(&["mail", "db"], None)).expect("a reason");
        assert!(shared.ends_with("mail, db"), "{shared}");
        let all = [
            KeptBecause::Medium,
            KeptBecause::Shareable,
            KeptBecause::Unmanaged,
            KeptBecause::Device,
            KeptBecause::Unclear,
        ];
        for reason in all {
            assert!(kept_because(&disk(&[], Some(reason))).is_some(), "{reason:?}");
        }
    }

    #[test]
    fn the_button_says_what_it_does() {
        assert_eq!(verb(1, 0), "Delete Guest, Keep Disks");
        assert_eq!(verb(3, 0), "Delete 3 Guests, Keep Disks");
        assert_eq!(verb(1, 1), "Delete Guest and 1 Disk");
        assert_eq!(verb(1, 2), "Delete Guest and 2 Disks");
        assert_eq!(verb(2, 1), "Delete 2 Guests and 1 Disk");
    }

    #[test]
    fn all_losses_are_named() {
        assert_eq!(losses(&DeletePlan::default()), "");
        let plan = DeletePlan {
            active: true,
            managed_save: true,
            snapshots: 2,
            nvram: true,
            ..DeletePlan::default()
        };
        for part in ["running", "saved state", "2 snapshots", "UEFI"] {
            assert!(losses(&plan).contains(part), "{part}");
        }
    }
}
