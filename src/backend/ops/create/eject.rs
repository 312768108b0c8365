//! Taking the installation medium out when a new guest first restarts.
//!
//! The definition a guest keeps has no medium, so it is out at the latest after
//! the next shut-down, also without this program. An installer that ends with a
//! restart leaves it in the drive of the running guest, and libvirt has nothing
//! that would take it out then; that is what this is for.
//!
//! An installation takes longer than many people keep a window open, so on this
//! computer a process of its own waits for the restart ([`super::waiter`]).

use std::time::Duration;

use tokio::sync::broadcast::{Receiver, error::RecvError};
use virt::domain::Domain;
use virt_sys as libvirt;

use crate::{
    backend::{
        ConnectionHandle, JobHandle, Operation,
        connection::{Key, Lane, lookup_domain},
        ops::{Done, create::waiter::Waiter, xml::escaped},
        sys::{DomainEvent, DomainEventKind},
    },
    model::{DomainId, JobEnd, xml::Document},
};

/// Less than this on a new disk is no installation: the user has looked around
/// in a live system, say, and wants the medium again after a restart.
const INSTALLED: i64 = 1 << 20;

/// How often taking the medium out is tried, and the pause between.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// Waits for the guest's first restart after an installation, in the background
/// and as long as the guest runs.
pub(super) fn watch(
    host: &ConnectionHandle,
    job: &JobHandle,
    id: DomainId,
    waiter: Option<Waiter>,
) {
    let events = host.events();
    let runtime = host.runtime().clone();
    let (host, job) = (host.clone(), job.clone());
    runtime.spawn(async move {
        let made = job.ended().await == JobEnd::Finished;
        let done = match waiter {
            Some(waiter) => waiter.leave().await,
            None => false,
        };
        if made && !done {
            until_restarted(&host, id, events).await;
        }
    });
}

/// Takes the medium out at the guest's first restart after an installation.
/// Returns then, or when the guest is no longer running.
pub(super) async fn until_restarted(
    host: &ConnectionHandle,
    id: DomainId,
    mut events: Receiver<DomainEvent>,
) {
    loop {
        match events.recv().await {
            Ok(event) if event.id == id => match event.kind {
                DomainEventKind::Reboot if eject_now(host, id).await => return,
                DomainEventKind::Lifecycle { event, .. }
                    if event == libvirt::VIR_DOMAIN_EVENT_STOPPED
                        || event == libvirt::VIR_DOMAIN_EVENT_UNDEFINED =>
                {
                    return;
                }
                _ => {}
            },
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Whether there is nothing left to do.
async fn eject_now(host: &ConnectionHandle, id: DomainId) -> bool {
    for left in (0..TRIES).rev() {
        let lane = Lane::Quick(Key::Domain(id));
        let ejected = host
            .call(lane, Operation::Edit, host.domain_name(id), move |conn| {
                eject(&lookup_domain(conn, id)?)
            })
            .await;
        match ejected {
            Ok(ejected) => return ejected,
            Err(error) if left == 0 => {
                tracing::info!(%error, "the installation medium stays in until the next shut-down");
            }
            // The restarting firmware tries the drives and closes the tray
            // between its opening and the taking out.
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    true
}

/// Empties the running guest's drives that are empty in what it keeps, if it
/// has written to a disk. Whether none is left.
fn eject(domain: &Domain) -> Done<bool> {
    let live = Document::parse(&domain.xml_desc(0)?)?;
    let kept = Document::parse(&domain.xml_desc(libvirt::VIR_DOMAIN_XML_INACTIVE)?)?;
    let drives = drives_to_empty(&live, &kept);
    if drives.is_empty() {
        return Ok(true);
    }
    let mut written = 0;
    for disk in live.select("devices/disk[@device='disk']") {
        if let Some(target) = disk.get("target/@dev") {
            written += domain.block_stats(&target)?.wr_bytes.max(0);
        }
    }
    if written < INSTALLED {
        return Ok(false);
    }
    for (target, bus) in drives {
        let drive = format!(
            "<disk type='file' device='cdrom'><target dev='{}' bus='{}'/><readonly/></disk>",
            escaped(&target)?,
            escaped(&bus)?,
        );
        // By force: the system that locked the drive is gone.
        let flags =
            libvirt::VIR_DOMAIN_DEVICE_MODIFY_LIVE | libvirt::VIR_DOMAIN_DEVICE_MODIFY_FORCE;
        domain.update_device_flags(&drive, flags)?;
    }
    Ok(true)
}

/// Target and bus of each drive that has a medium now and not at next start.
fn drives_to_empty(live: &Document, kept: &Document) -> Vec<(String, String)> {
    let kept_empty: Vec<_> = kept
        .select("devices/disk[@device='cdrom']")
        .into_iter()
        .filter(|drive| drive.child("source").is_none())
        .filter_map(|drive| drive.get("target/@dev"))
        .collect();
    live.select("devices/disk[@device='cdrom']")
        .into_iter()
        .filter(|drive| drive.child("source").is_some())
        .filter_map(|drive| Some((drive.get("target/@dev")?, drive.get("target/@bus")?)))
        .filter(|(target, _)| kept_empty.contains(target))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_medium_that_is_not_kept_is_taken_out() {
        let definition = |drives: &str| {
            Document::parse(&format!("<domain><devices>{drives}</devices></domain>")).unwrap()
        };
        let full = |target| {
            format!(
                "<disk device='cdrom'><source file='/a.iso'/><target dev='{target}' bus='sata'/></disk>"
            )
        };
        let empty = "<disk device='cdrom'><target dev='sda' bus='sata'/></disk>";
        let live = definition(&(full("sda") + &full("sdb")));
        let kept = definition(&(empty.to_owned() + &full("sdb")));
        let drive = ("sda".to_owned(), "sata".to_owned());
        assert_eq!(drives_to_empty(&live, &kept), [drive]);
        assert_eq!(drives_to_empty(&kept, &kept), []);
        assert_eq!(drives_to_empty(&live, &definition("")), []);
    }
}
