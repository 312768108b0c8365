//! Keeping a guest as it is inside its own disks, before something is changed
//! that may go wrong.

use virt::domain::Domain;
use virt_sys as libvirt;

use super::{
    Done,
    domain::{XmlKind, usable},
};
use crate::{
    backend::{
        ConnectionHandle, JobHandle, Operation, Result,
        connection::{Key, Lane, lookup_domain},
        jobs::JobStop,
    },
    model::{
        DomainId, Failure, FailureKind, JobKind, JobPhase,
        xml::{NewElement, XmlError},
    },
};

impl ConnectionHandle {
    /// Keeps disks and, of a guest that runs, memory in a snapshot of this name
    /// if the guest's definition is still `expected`. Cancelling takes back a
    /// snapshot that was just made: libvirt cannot be stopped while it makes one.
    ///
    /// # Errors
    /// If the host is not connected. The job fails with `Busy` if somebody
    /// changed the definition meanwhile, else as libvirt refuses it.
    pub async fn snapshot_before_edit(
        &self,
        id: DomainId,
        expected: String,
        name: String,
    ) -> Result<JobHandle> {
        let guest = self.domain_name(id);
        let kind = JobKind::Snapshot { guest: guest.clone() };
        self.start_job(Operation::Snapshot, guest, kind, move |conn, job| {
            let domain = lookup_domain(conn, id)?;
            if domain.xml_desc(XmlKind::InactiveSecure.flags())? != expected {
                let text = "the definition was changed meanwhile";
                return Err(Failure::new(FailureKind::Busy, text).into());
            }
            job.check()?;
            let active = domain.is_active()?;
            job.phase(if active { JobPhase::Saving } else { JobPhase::Preparing });
            take(&domain, &name, active)?;
            if let Err(JobStop::Cancelled) = job.check() {
                job.phase(JobPhase::CleaningUp);
                remove(&domain, &name)?;
                return Err(JobStop::Cancelled);
            }
            Ok(())
        })
        .await
    }

    /// Removes a snapshot, and what its disks keep for it.
    ///
    /// # Errors
    /// As libvirt refuses it.
    pub async fn remove_snapshot(&self, id: DomainId, name: String) -> Result<()> {
        let lane = Lane::Slow(Key::Domain(id));
        self.call(lane, Operation::Snapshot, self.domain_name(id), move |conn| {
            remove(&lookup_domain(conn, id)?, &name)
        })
        .await
    }
}

fn take(domain: &Domain, name: &str, active: bool) -> Done {
    usable(name)?;
    let memory = if active { "internal" } else { "no" };
    let xml = NewElement::new("domainsnapshot")
        .child(NewElement::with_text("name", name))
        .child(NewElement::new("memory").attr("snapshot", memory))
        .to_xml()
        .map_err(XmlError::from)?;
    // Whole or not at all.
    domain.create_snapshot_xml(&xml, libvirt::VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC)?;
    Ok(())
}

fn remove(domain: &Domain, name: &str) -> Done {
    Ok(Domain::lookup_snapshot_by_name(domain, name, 0)?.delete(0)?)
}
