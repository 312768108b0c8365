//! Applying what was edited, and telling what became of it.

use gettextrs::gettext;
use relm4::{
    ComponentSender,
    gtk::{self, prelude::*},
};

use super::{DevicesCmd, DevicesPage, draft::Draft, labels, remove};
use crate::{
    backend::BackendError,
    model::Failure,
    ui::{
        dialogs::{Target, restart},
        error,
        error::UserMessage,
    },
};

/// What became of changes that were applied.
#[derive(Debug)]
pub(crate) struct Applied {
    /// How many wait for the next start in any case.
    pub(super) waiting: usize,
    /// What was refused now and waits, too.
    pub(super) refused: Option<Failure>,
    /// An image that was to be deleted and is still there.
    pub(super) left: Option<BackendError>,
}

impl DevicesPage {
    /// Asks the host for all changes.
    pub(super) fn apply(&mut self, sender: &ComponentSender<Self>) {
        let (Some(draft), Some(id)) = (&self.draft, self.id) else { return };
        let (modification, waiting) = match draft.plan() {
            Ok(plan) => plan,
            Err(error) => return self.cannot(&error),
        };
        self.busy = true;
        self.problem = None;
        let (handle, images) = (self.handle.clone(), draft.doomed());
        sender.oneshot_command(async move {
            let done = match handle.modify(id, modification).await {
                Ok(answers) => Ok(Applied {
                    waiting,
                    refused: answers.into_iter().find_map(Result::err),
                    left: remove::delete_images(&handle, id, images).await,
                }),
                Err(failed) => Err(failed),
            };
            DevicesCmd::Applied(done)
        });
    }

    /// Asks whether the guest restarts now, so that what waits applies.
    pub(super) fn restart(&self, root: &impl IsA<gtk::Widget>) {
        if let Some(id) = self.id {
            restart(root, Target { handle: self.handle.clone(), id, name: self.name() });
        }
    }

    pub(super) fn applied(&mut self, done: &Applied, sender: &ComponentSender<Self>) {
        if let Some(draft) = &mut self.draft {
            draft.apply();
        }
        self.overtaken = false;
        let refused = done.refused.as_ref().map(|failure| UserMessage {
            title: gettext("Not Possible While the Guest Runs"),
            body: gettext("Some changes could not be made now; they apply at the next start"),
            detail: failure.detail.clone(),
        });
        self.problem = done.left.as_ref().map(remove::image_left).or(refused);
        if self.problem.is_none() {
            let said = if done.waiting == 0 {
                gettext("Changes applied")
            } else {
                gettext("Changes applied; some take effect at the next start")
            };
            error::say(&self.toasts, &said);
        }
        self.read(sender);
    }

    /// libvirt leaves out without a word what it has no use for.
    pub(super) fn tell_lost(&mut self, read: &Draft) {
        let lost = self.draft.as_ref().map(|draft| draft.lost_in(read.as_read()));
        let names: Vec<String> =
            lost.unwrap_or_default().iter().map(|field| labels::field(field.id)).collect();
        if !names.is_empty() && self.problem.is_none() {
            self.problem = Some(UserMessage {
                title: gettext("Not Everything Was Kept"),
                body: gettext("The hypervisor did not keep every value; it has no use for it here"),
                detail: names.join("\n"),
            });
        }
    }
}
