//! The offer of a snapshot before a definition is replaced.

use gettextrs::gettext;
use relm4::{adw, adw::prelude::*, gtk::glib};

use super::messages::Change;
use crate::{
    backend::{BackendError, ConnectionHandle, Operation, Result},
    i18n::gettext_f,
    model::{DomainId, Failure, FailureKind, JobEnd, NoSnapshot},
};

/// A switch for a snapshot, or the reason why there can be none.
#[derive(Debug)]
pub(super) struct SnapshotOffer {
    row: adw::SwitchRow,
    name: String,
}

impl SnapshotOffer {
    pub(super) fn new(guest: &str, active: bool, against: Option<&NoSnapshot>) -> Self {
        let now = glib::DateTime::now_local().and_then(|now| now.format("%Y-%m-%d-%H%M%S"));
        let name = format!("before-edit-{}", now.unwrap_or_default());
        let row = adw::SwitchRow::builder()
            .title(gettext("Take a snapshot first"))
            .subtitle(match against {
                None => promise(guest, &name, active),
                Some(against) => reason(against),
            })
            .use_markup(false)
            .sensitive(against.is_none())
            .build();
        Self { row, name }
    }

    pub(super) fn row(&self) -> &adw::SwitchRow {
        &self.row
    }

    /// The name of the snapshot if one is wanted.
    pub(super) fn wanted(&self) -> Option<String> {
        (self.row.is_active() && self.row.get_sensitive()).then(|| self.name.clone())
    }
}

/// What is kept, where, and how one comes back to it.
fn promise(guest: &str, name: &str, active: bool) -> String {
    let guest = glib::shell_quote(guest);
    let command = format!("virsh snapshot-revert {} {name}", guest.to_string_lossy());
    let command = [("command", command.as_str())];
    if active {
        // Translators: {command} is typed in a terminal
        gettext_f(
            "Disks and memory are kept as they are now, inside the disks. This takes a while, in which the guest stands still. To go back: {command}",
            &command,
        )
    } else {
        // Translators: {command} is typed in a terminal
        gettext_f(
            "The disks are kept as they are now, inside themselves. To go back: {command}",
            &command,
        )
    }
}

fn reason(against: &NoSnapshot) -> String {
    match against {
        NoSnapshot::NoDisk => gettext("The guest has no disk that could hold one."),
        NoSnapshot::Format(disk) => gettext_f(
            "The image of disk {disk} cannot hold one: only those in qcow2 format can.",
            &[("disk", disk)],
        ),
        NoSnapshot::LeftOut(disk) => gettext_f(
            "The definition leaves disk {disk} out of snapshots inside the disks.",
            &[("disk", disk)],
        ),
        NoSnapshot::Firmware => {
            gettext("The settings of the UEFI firmware are in a file that cannot hold one.")
        }
    }
}

/// Replaces the definition, where that is wanted after a snapshot: without it
/// nothing is changed, and without the change it does not stay.
pub(super) async fn replace(
    handle: &ConnectionHandle,
    id: DomainId,
    change: &Change,
) -> Result<()> {
    let expected = || change.expected.0.clone();
    if let Some(name) = &change.snapshot {
        let job = handle.snapshot_before_edit(id, expected(), name.clone()).await?;
        let failed = match job.ended().await {
            JobEnd::Finished => None,
            JobEnd::Cancelled => Some(Failure::new(FailureKind::Cancelled, "")),
            JobEnd::Failed(failure) => Some(failure),
        };
        if let Some(failure) = failed {
            let (operation, object) = (Operation::Snapshot, handle.domain_name(id));
            return Err(BackendError { operation, object, failure });
        }
    }
    let xml = change.xml.0.clone();
    let done = if change.checked {
        handle.redefine_checked(id, expected(), xml).await
    } else {
        handle.redefine(id, expected(), xml).await
    };
    if let (Err(_), Some(name)) = (&done, &change.snapshot)
        && let Err(error) = handle.remove_snapshot(id, name.clone()).await
    {
        tracing::warn!(%error, "a snapshot that is not needed is still there");
    }
    done
}
