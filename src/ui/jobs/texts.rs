//! What the job list says.

use std::time::{Duration, SystemTime};

use gettextrs::gettext;
use relm4::gtk::glib;

use crate::{
    backend::{BackendError, Operation},
    i18n::gettext_f,
    model::{DomainAction, JobEnd, JobKind, JobPhase, JobSnapshot, Progress},
    ui::error::{self, UserMessage},
};

/// What a job does: "Creating “web”".
pub(super) fn title(kind: &JobKind) -> String {
    match kind {
        JobKind::Create { guest } => gettext_f("Creating “{guest}”", &[("guest", guest)]),
        JobKind::Upload { file, pool } => {
            gettext_f("Copying “{file}” to “{pool}”", &[("file", file), ("pool", pool)])
        }
        JobKind::Save { guest } => gettext_f("Saving “{guest}”", &[("guest", guest)]),
        JobKind::Restart { guest } => gettext_f("Restarting “{guest}”", &[("guest", guest)]),
        JobKind::Snapshot { guest } => {
            gettext_f("Taking a snapshot of “{guest}”", &[("guest", guest)])
        }
        JobKind::Delete { guest } => gettext_f("Deleting “{guest}”", &[("guest", guest)]),
    }
}

/// How a job ended, for its row and its notification.
pub(super) fn ending(job: &JobSnapshot) -> Option<String> {
    Some(match job.end.as_ref()? {
        JobEnd::Finished => gettext("Finished"),
        JobEnd::Cancelled => gettext("Cancelled"),
        JobEnd::Failed(_) => gettext("Failed"),
    })
}

/// The failure of a job, in words.
pub(super) fn failure(job: &JobSnapshot) -> Option<UserMessage> {
    let Some(JobEnd::Failed(failure)) = &job.end else { return None };
    let (operation, object) = match &job.kind {
        JobKind::Create { guest } => (Operation::Create, guest),
        JobKind::Upload { file, .. } => (Operation::Storage, file),
        JobKind::Save { guest } => (Operation::Action(DomainAction::Save), guest),
        JobKind::Restart { guest } => (Operation::Action(DomainAction::Reboot), guest),
        JobKind::Snapshot { guest } => (Operation::Snapshot, guest),
        JobKind::Delete { guest } => (Operation::Delete, guest),
    };
    let failure = failure.clone();
    Some(error::describe(&BackendError { operation, object: object.clone(), failure }))
}

/// The step a running job is in, and how far that is.
pub(super) fn step(progress: &Progress) -> String {
    let phase = phase(progress.phase);
    match progress.total {
        Some(total) if progress.phase == JobPhase::Copying && total > 0 => {
            let (done, total) = (size(progress.done), size(total));
            // Translators: {step} is such as “Copying…”
            gettext_f(
                "{step} {done} of {total}",
                &[("step", &phase), ("done", &done), ("total", &total)],
            )
        }
        _ => phase,
    }
}

fn size(bytes: u64) -> glib::GString {
    glib::format_size_full(bytes, glib::FormatSizeFlags::IEC_UNITS)
}

fn phase(phase: JobPhase) -> String {
    match phase {
        JobPhase::Preparing => gettext("Preparing…"),
        JobPhase::Allocating => gettext("Making volumes…"),
        JobPhase::Copying => gettext("Copying…"),
        JobPhase::Defining => gettext("Defining the guest…"),
        JobPhase::ShuttingDown => gettext("Waiting for the guest to shut down…"),
        JobPhase::Starting => gettext("Starting the guest…"),
        JobPhase::Saving => gettext("Saving memory…"),
        JobPhase::Removing => gettext("Removing…"),
        JobPhase::CleaningUp => gettext("Taking back what was made…"),
    }
}

/// The share that is done, where it can be known.
#[allow(clippy::cast_precision_loss)] // of use for a bar
pub(super) fn fraction(progress: &Progress) -> Option<f64> {
    let total = progress.total.filter(|total| *total > 0)?;
    Some((progress.done as f64 / total as f64).clamp(0.0, 1.0))
}

/// Whether a job that has ended is worth a notification: one that was over at
/// once is no news.
pub(super) fn is_news(job: &JobSnapshot) -> bool {
    let lasted = |ended: SystemTime| ended.duration_since(job.started).unwrap_or_default();
    match (&job.end, job.ended) {
        (Some(JobEnd::Failed(_)), _) => true,
        (Some(JobEnd::Finished), Some(ended)) => lasted(ended) >= Duration::from_secs(5),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{fraction, is_news, step, title};
    use crate::model::{
        ConnectionId, Failure, FailureKind, JobEnd, JobId, JobKind, JobPhase, JobSnapshot, Progress,
    };

    fn job(end: JobEnd, lasted: u64) -> JobSnapshot {
        JobSnapshot {
            id: JobId(1),
            connection: ConnectionId(uuid::Uuid::nil()),
            kind: JobKind::Create { guest: "web".to_owned() },
            started: SystemTime::UNIX_EPOCH,
            ended: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(lasted)),
            progress: Progress::default(),
            end: Some(end),
        }
    }

    #[test]
    fn long_jobs_and_failures_are_news() {
        assert!(!is_news(&job(JobEnd::Finished, 1)));
        assert!(is_news(&job(JobEnd::Finished, 60)));
        assert!(!is_news(&job(JobEnd::Cancelled, 60)));
        assert!(is_news(&job(JobEnd::Failed(Failure::new(FailureKind::NoSpace, "")), 0)));
    }

    #[test]
    fn a_copy_says_how_far_it_is() {
        let mut progress =
            Progress { done: 1 << 20, total: Some(2 << 20), phase: JobPhase::Copying };
        let text = step(&progress).replace('\u{a0}', " ");
        assert_eq!(text, "Copying… 1.0 MiB of 2.0 MiB");
        assert_eq!(fraction(&progress), Some(0.5));
        progress.total = None;
        assert_eq!(step(&progress), "Copying…");
        assert_eq!(fraction(&progress), None);
        assert_eq!(title(&JobKind::Save { guest: "web".into() }), "Saving “web”");
    }
}
