//! Shutting a guest down and starting it again, so that it runs with what its
//! definition has become. A reboot is not enough: the hypervisor's process, and
//! the hardware with it, stays the same.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use crate::{
    backend::{
        ConnectionHandle, JobHandle, Operation, Result,
        connection::lookup_domain,
        jobs::{JobContext, JobResult, JobStop},
    },
    model::{DomainAction, DomainId, Failure, FailureKind, Inventory, JobKind, JobPhase},
};

/// How long a guest may take to shut down: updates are installed then.
const PATIENCE: Duration = Duration::from_mins(10);

/// How long a guest that is just ending takes to be off.
const MOMENT: Duration = Duration::from_secs(5);

impl ConnectionHandle {
    /// Shuts the guest down and starts it again once it is off. Cancelling
    /// leaves the guest as it is then.
    ///
    /// # Errors
    /// If the host is not connected. The job fails with `TimedOut` if the guest
    /// does not shut down within ten minutes.
    pub async fn restart(&self, id: DomainId) -> Result<JobHandle> {
        let name = self.domain_name(id);
        let host = self.clone();
        let operation = Operation::Action(DomainAction::Reboot);
        let kind = JobKind::Restart { guest: name.clone() };
        self.start_job(operation, name, kind, move |conn, job| {
            let domain = lookup_domain(conn, id)?;
            job.check()?;
            job.phase(JobPhase::ShuttingDown);
            // From before the request, so that no event is missed.
            let mut inventory = host.inventory();
            inventory.mark_unchanged();
            let asked = domain.shutdown_flags(0);
            // A guest that ends by itself in that moment cannot be asked.
            let patience = if asked.is_ok() { PATIENCE } else { MOMENT };
            let deadline = Instant::now() + patience;
            // The inventory says that something has changed, the host what is.
            while domain.is_active()? {
                let changed = host.runtime().block_on(change(&mut inventory, deadline, job));
                match (changed, &asked) {
                    (Err(JobStop::Failed(_)), Err(error)) => return Err(error.clone().into()),
                    (changed, _) => changed?,
                }
            }
            job.phase(JobPhase::Starting);
            domain.create()?;
            Ok(())
        })
        .await
    }
}

async fn change(
    inventory: &mut watch::Receiver<Arc<Inventory>>,
    deadline: Instant,
    job: &JobContext,
) -> JobResult {
    tokio::select! {
        changed = inventory.changed() => changed.map_err(|_| {
            Failure::new(FailureKind::Disconnected, "the host is gone").into()
        }),
        () = job.cancelled() => Err(JobStop::Cancelled),
        () = tokio::time::sleep_until(deadline) => {
            Err(Failure::new(FailureKind::TimedOut, "the guest does not shut down").into())
        }
    }
}
