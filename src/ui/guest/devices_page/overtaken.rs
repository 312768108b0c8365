//! Somebody else changed the guest while it was edited here.

use relm4::{ComponentSender, adw::prelude::*, gtk};

use super::{DevicesCmd, DevicesInput, DevicesPage};
use crate::{
    backend::{BackendError, Operation, XmlKind},
    model::{Failure, FailureKind},
    ui::guest::xml_page::conflict::{self, Conflict},
};

/// Somebody else's definition, and how it and the edits differ from what both
/// were made from. Not printable: definitions hold passwords.
pub(crate) struct Overtaking {
    theirs: String,
    conflict: Conflict,
}

/// The definition that the edits go on top of, and both in one text where they
/// touch different lines.
#[derive(Clone)]
pub(crate) struct OnTop {
    theirs: String,
    merged: Option<String>,
}

impl std::fmt::Debug for OnTop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OnTop(…)")
    }
}

impl DevicesPage {
    /// Finds out what others changed.
    pub(super) fn compare(&mut self, sender: &ComponentSender<Self>) {
        let (Some(draft), Some(id)) = (&self.draft, self.id) else { return };
        let (base, mine) = draft.texts();
        let (handle, object) = (self.handle.clone(), self.view.name());
        self.busy = true;
        sender.oneshot_command(async move {
            let compared = async {
                let theirs = handle.domain_xml(id, XmlKind::InactiveSecure).await?;
                let work = move || {
                    let conflict = Conflict::between(&base, &theirs, &mine);
                    Overtaking { theirs, conflict }
                };
                relm4::spawn_blocking(work).await.map_err(|error| BackendError {
                    operation: Operation::Edit,
                    object,
                    failure: Failure::new(FailureKind::Internal, error.to_string()),
                })
            };
            DevicesCmd::Compared(compared.await.map(Box::new))
        });
    }

    /// Shows both and lets choose.
    pub(super) fn show_both(
        &mut self,
        Overtaking { theirs, conflict }: Overtaking,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        self.busy = false;
        if let Some(refused) = self.refused.take().filter(|_| !conflict.is_real()) {
            return self.failed(&refused);
        }
        self.overtaken = true;
        let input = sender.input_sender().clone();
        let take = move || input.emit(DevicesInput::Discard);
        let input = sender.input_sender().clone();
        let edits = OnTop { theirs, merged: conflict.merged() };
        let on_top = move || input.emit(DevicesInput::PutOnTop(edits));
        conflict::show(root, &conflict, take, on_top);
    }

    /// Applies the edits on top of what others made.
    pub(super) fn put_on_top(&mut self, edits: OnTop, sender: &ComponentSender<Self>) {
        let Some(draft) = &mut self.draft else { return };
        match draft.rebase(edits.theirs, edits.merged.as_deref()) {
            Ok(()) => {
                self.overtaken = false;
                self.apply(sender);
            }
            Err(error) => self.cannot(&error),
        }
    }
}
