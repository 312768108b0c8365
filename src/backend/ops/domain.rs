//! Life cycle of guests, and reading what they are.

use std::{
    path::PathBuf,
    sync::mpsc,
    thread,
    time::{Duration, SystemTime},
};

use virt::{
    connect::Connect,
    domain::{Domain, DomainState as LibvirtState},
    enumutil::Enum,
    error::ErrorNumber,
    stream::Stream,
};
use virt_sys as libvirt;

use super::{
    Done,
    stream::{self, Transfer},
};
use crate::{
    backend::{
        BackendError, ConnectionHandle, Operation, Result,
        connection::{Key, Lane, lookup_domain},
        jobs::{JobContext, JobResult, JobStop},
        sys,
    },
    model::{
        DomainAction, DomainId, Failure, FailureKind, JobEnd, JobKind, JobPhase, uri::HostUri,
    },
};

/// How often a running save is asked how far it is.
const SAVE_PROGRESS: Duration = Duration::from_millis(300);

/// A larger picture than that of three 8K screens is not believed.
const MAX_SCREENSHOT: u64 = 256 << 20;

/// Which of a guest's definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XmlKind {
    /// What runs now; without secrets.
    Live,
    /// What runs now, with secrets: the one to compare with.
    LiveSecure,
    /// What is used at next start; without secrets.
    Inactive,
    /// What is used at next start, with secrets: the one to edit.
    InactiveSecure,
}

impl XmlKind {
    pub(super) fn flags(self) -> libvirt::virDomainXMLFlags {
        match self {
            Self::Live => 0,
            Self::LiveSecure => libvirt::VIR_DOMAIN_XML_SECURE,
            Self::Inactive => libvirt::VIR_DOMAIN_XML_INACTIVE,
            Self::InactiveSecure => {
                libvirt::VIR_DOMAIN_XML_INACTIVE | libvirt::VIR_DOMAIN_XML_SECURE
            }
        }
    }
}

impl ConnectionHandle {
    /// Does `action`; answers when libvirt has accepted or refused it. The
    /// inventory shows it as pending meanwhile. Saving is a job, so that it
    /// can be watched and cancelled in the list of jobs.
    ///
    /// # Errors
    /// As libvirt refuses it.
    pub async fn act(&self, id: DomainId, action: DomainAction) -> Result<()> {
        let _pending = self.pending(id, action);
        let operation = Operation::Action(action);
        let name = self.domain_name(id);
        if action != DomainAction::Save {
            let lane = match action {
                // Restoring reads the memory back; the others may wait for
                // the agent inside.
                DomainAction::Start | DomainAction::ShutDown | DomainAction::Reboot => {
                    Lane::Slow(Key::Domain(id))
                }
                // Never behind another call that the guest does not answer.
                DomainAction::ForceOff => Lane::Quick(Key::Any),
                _ => Lane::Quick(Key::Domain(id)),
            };
            return self
                .call(lane, operation, name, move |conn| act(&lookup_domain(conn, id)?, action))
                .await;
        }
        let kind = JobKind::Save { guest: name.clone() };
        let job = self
            .start_job(operation, name.clone(), kind, move |conn, job| {
                save(&lookup_domain(conn, id)?, job)
            })
            .await?;
        let failure = match job.ended().await {
            JobEnd::Finished => return Ok(()),
            JobEnd::Cancelled => Failure::new(FailureKind::Cancelled, ""),
            JobEnd::Failed(failure) => failure,
        };
        Err(BackendError { operation, object: name, failure })
    }

    /// Starts the guest with UEFI's settings as the host's firmware brings them:
    /// what it kept in NVRAM (boot entries, keys) is lost.
    ///
    /// # Errors
    /// As libvirt refuses it, which before 8.1 cannot do so. `InvalidState` for a
    /// guest whose memory is saved: that belongs to the settings of then.
    pub async fn start_with_new_nvram(&self, id: DomainId) -> Result<()> {
        let _pending = self.pending(id, DomainAction::Start);
        let (lane, name) = (Lane::Slow(Key::Domain(id)), self.domain_name(id));
        self.call(lane, Operation::Action(DomainAction::Start), name, move |conn| {
            start_with_new_nvram(&lookup_domain(conn, id)?)
        })
        .await
    }

    /// The guest's definition.
    ///
    /// # Errors
    /// If the guest is gone or the host does not answer.
    pub async fn domain_xml(&self, id: DomainId, kind: XmlKind) -> Result<String> {
        // Not behind an action: reading need not wait for one.
        let lane = Lane::Quick(Key::Any);
        self.call(lane, Operation::Read, self.domain_name(id), move |conn| {
            Ok(lookup_domain(conn, id)?.xml_desc(kind.flags())?)
        })
        .await
    }

    /// When the running guest was started; nothing where the host does not tell,
    /// as all but QEMU on this computer: there it is the time of the file in
    /// which libvirt keeps the number of the guest's process.
    pub async fn started(&self, id: DomainId) -> Option<SystemTime> {
        let uri = HostUri::parse(&self.uri()).ok()?;
        if !uri.is_local() || uri.driver != "qemu" {
            return None;
        }
        let folder = if uri.path == "/session" {
            PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?).join("libvirt/qemu/run")
        } else {
            PathBuf::from("/run/libvirt/qemu")
        };
        let file = folder.join(format!("{}.pid", self.domain_name(id)));
        let read = move || std::fs::metadata(file).and_then(|file| file.modified()).ok();
        self.runtime().spawn_blocking(read).await.ok().flatten()
    }

    /// A picture of the guest's first screen as the hypervisor sees it, with
    /// its MIME type.
    ///
    /// # Errors
    /// If the guest does not run or has no screen.
    pub async fn screenshot(&self, id: DomainId) -> Result<(String, Vec<u8>)> {
        let lane = Lane::Read(Key::Domain(id));
        self.call(lane, Operation::Screenshot, self.domain_name(id), move |conn| {
            screenshot(conn, &lookup_domain(conn, id)?)
        })
        .await
    }
}

/// Does any action. `Save` takes as long as writing the memory does.
pub(super) fn act(domain: &Domain, action: DomainAction) -> Done {
    match action {
        // libvirt restores by itself where a managed save exists.
        DomainAction::Start | DomainAction::Resume if is_suspended(domain)? => {
            domain.pm_wakeup(0)?;
        }
        DomainAction::Start => domain.create()?,
        DomainAction::Pause => domain.suspend()?,
        DomainAction::Resume => domain.resume()?,
        DomainAction::ShutDown => domain.shutdown_flags(0)?,
        DomainAction::Reboot => domain.reboot(0)?,
        DomainAction::Reset => domain.reset()?,
        DomainAction::ForceOff => force_off(domain)?,
        DomainAction::Save => domain.managed_save(0)?,
        DomainAction::DropSavedState => domain.managed_save_remove(0)?,
        DomainAction::EnableAutostart => domain.set_autostart(true)?,
        DomainAction::DisableAutostart => domain.set_autostart(false)?,
    }
    Ok(())
}

fn start_with_new_nvram(domain: &Domain) -> Done {
    if domain.has_managed_save(0)? {
        return Err(Failure::new(FailureKind::InvalidState, "the guest's memory is saved"));
    }
    domain.create_with_flags(libvirt::VIR_DOMAIN_START_RESET_NVRAM)?;
    Ok(())
}

fn is_suspended(domain: &Domain) -> Done<bool> {
    Ok(domain.info()?.state == Enum::Known(LibvirtState::PMSuspended))
}

/// Saves the memory to disk as a job. libvirt tells how far it is only when
/// asked, on another thread since the call itself takes until the end.
fn save(domain: &Domain, job: &JobContext) -> JobResult {
    job.check()?;
    job.phase(JobPhase::Saving);
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut aborted = false;
            while end.recv_timeout(SAVE_PROGRESS) == Err(mpsc::RecvTimeoutError::Timeout) {
                if job.check().is_err() && !aborted {
                    aborted = sys::domain::abort_job(domain).is_ok();
                }
                let Ok(info) = domain.job_info() else { continue };
                if let (Some(done), Some(total)) = (info.data_processed, info.data_total)
                    && total > 0
                {
                    job.progress(done, Some(total));
                }
            }
        });
        let saved = domain.managed_save(0);
        drop(ended);
        saved
    })
    .map_err(
        |error| {
            if job.check().is_err() { JobStop::Cancelled } else { JobStop::from(error) }
        },
    )
}

/// Stops the guest at once. The first try lets the hypervisor's process write
/// its buffers out and fails if it hangs; only then it is killed.
pub(super) fn force_off(domain: &Domain) -> Done {
    match domain.destroy_flags(libvirt::VIR_DOMAIN_DESTROY_GRACEFUL) {
        Ok(()) => Ok(()),
        Err(error) if error.code() == Enum::Known(ErrorNumber::OperationInvalid) => {
            Err(error.into())
        }
        Err(_) => match domain.destroy_flags(libvirt::VIR_DOMAIN_DESTROY_DEFAULT) {
            // It has ended between the two tries.
            Err(error) if error.code() == Enum::Known(ErrorNumber::OperationInvalid) => Ok(()),
            result => Ok(result?),
        },
    }
}

/// The first screen's picture and its MIME type.
pub(super) fn screenshot(conn: &Connect, domain: &Domain) -> Done<(String, Vec<u8>)> {
    let stream = Transfer::new(Stream::new(conn, 0)?);
    let mime = domain.screenshot(stream.get(), 0, 0)?;
    Ok((mime, stream::read_all(stream, MAX_SCREENSHOT)?))
}

/// Refuses what cannot be handed to a C library as text.
pub(super) fn usable(text: &str) -> Done {
    if text.contains('\0') {
        return Err(Failure::new(FailureKind::InvalidDefinition, "zero byte in a text"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
