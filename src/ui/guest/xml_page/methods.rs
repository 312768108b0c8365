//! Reading, checking and applying.

use std::time::Duration;

use gettextrs::gettext;
use relm4::{ComponentSender, adw, adw::prelude::*, gtk, tokio::time::sleep};

use super::{
    Hidden, XmlCmd, XmlInput, XmlPage, check, conflict,
    diff_view::ask,
    helpers::{Problem, ProblemKind, line_in},
    messages::{Change, Checked, Review},
    snapshot::{self, SnapshotOffer},
    source,
};
use crate::{
    backend::{BackendError, Operation, XmlKind},
    i18n::gettext_f,
    model::{Failure, FailureKind},
    ui::{error, widgets::boxed_list},
};

/// How long nothing is typed before the text is looked at.
const PAUSE: Duration = Duration::from_millis(400);

impl XmlPage {
    pub(super) fn text(&self) -> String {
        self.buffer.text(&self.buffer.start_iter(), &self.buffer.end_iter(), true).to_string()
    }

    pub(super) fn hint(&self) -> String {
        if self.keeping {
            gettext("Taking a snapshot, then changing the definition…")
        } else if self.view.is_active() {
            gettext("Changes take effect at the guest’s next start.")
        } else {
            gettext("Changes take effect at once.")
        }
    }

    pub(super) fn read(&self, sender: &ComponentSender<Self>) {
        let (handle, id) = (self.handle.clone(), self.id);
        sender.oneshot_command(async move {
            let xml = handle.domain_xml(id, XmlKind::InactiveSecure).await;
            XmlCmd::Read(xml.map(Hidden))
        });
    }

    /// The definition as it is now. What was typed is never overwritten.
    pub(super) fn was_read(&mut self, xml: String) {
        if self.edited {
            if self.original.as_ref() != Some(&xml) {
                self.problem = Some(Problem {
                    kind: ProblemKind::Theirs,
                    text: gettext("Somebody else changed this definition meanwhile."),
                    line: None,
                    message: None,
                });
            }
            return;
        }
        if self.original.as_ref() != Some(&xml) || self.text() != xml {
            // Not to be undone: it is no edit of the user's.
            self.buffer.begin_irreversible_action();
            self.buffer.set_text(&xml);
            self.buffer.end_irreversible_action();
            self.buffer.place_cursor(&self.buffer.start_iter());
        }
        self.buffer.set_modified(false);
        self.edited = false;
        self.original = Some(xml);
    }

    /// The text was edited, or what it is compared with: looks at it soon.
    pub(super) fn settle(&mut self, sender: &ComponentSender<Self>) {
        self.generation += 1;
        let generation = self.generation;
        sender.oneshot_command(async move {
            sleep(PAUSE).await;
            XmlCmd::Settled(generation)
        });
    }

    pub(super) fn check(&self, generation: u64, sender: &ComponentSender<Self>) {
        let Some(original) = self.original.clone().filter(|_| generation == self.generation) else {
            return;
        };
        let (text, running) = (self.text(), self.running.clone().filter(|_| self.comparing));
        sender.spawn_oneshot_command(move || {
            let checked = check::check(&text, &original, running.as_deref());
            XmlCmd::Checked(generation, Box::new(checked))
        });
    }

    pub(super) fn was_checked(&mut self, checked: Checked) {
        self.edited = checked.edited;
        let problem = match (checked.malformed, checked.schema) {
            (Some((line, text)), _) => Some(Problem::malformed(line, &text)),
            (None, Some(found)) => Some(Problem::schema(&found)),
            (None, None) => None,
        };
        self.mark_wrong(problem.as_ref().and_then(|problem| problem.line));
        if self.problem.as_ref().is_none_or(|shown| shown.kind == ProblemKind::Text) {
            self.problem = problem;
        }
        self.mark_differences(checked.running);
    }

    pub(super) fn mark_wrong(&self, line: Option<usize>) {
        let lines: Vec<usize> = line.map(|line| line.saturating_sub(1)).into_iter().collect();
        source::mark_lines(&self.buffer, source::WRONG, &lines);
    }

    pub(super) fn revert(&mut self, sender: &ComponentSender<Self>) {
        if let Some(original) = &self.original {
            // As an edit: undo brings the user's text back.
            source::replace(&self.buffer, original);
        }
        self.edited = false;
        self.problem = None;
        self.mark_wrong(None);
        self.read(sender);
    }

    /// Looks at what a new definition would change, before anything is asked.
    pub(super) fn review(&mut self, xml: String, edited: bool, sender: &ComponentSender<Self>) {
        let Some(original) = self.original.clone() else { return };
        self.busy = true;
        let (handle, id, name) = (self.handle.clone(), self.id, self.view.name());
        let active = self.view.is_active();
        sender.oneshot_command(async move {
            let read = async {
                let current = handle.domain_xml(id, XmlKind::InactiveSecure).await?;
                let runs =
                    if active { Some(handle.domain_xml(id, XmlKind::Live).await?) } else { None };
                Ok((current, runs))
            };
            let (current, runs) = match read.await {
                Ok(read) => read,
                Err(failed) => return XmlCmd::Reviewed(Box::new(Err(failed))),
            };
            let base = edited.then_some(original);
            let work = move || check::review(base.as_deref(), current, xml, runs.as_deref());
            let done = relm4::spawn_blocking(work).await;
            let review = done.map_err(|error| BackendError {
                operation: Operation::Edit,
                object: name,
                failure: Failure::new(FailureKind::Internal, error.to_string()),
            });
            XmlCmd::Reviewed(Box::new(review))
        });
    }

    pub(super) fn was_reviewed(
        &mut self,
        review: Review,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        let Review { change, malformed, schema, comparison, conflict, no_snapshot } = review;
        let refused = self.refused.take();
        if let Some((line, text)) = malformed {
            self.problem = Some(Problem::malformed(line, &text));
            return self.go_to_problem();
        }
        if let Some(conflict) = conflict {
            let (input, definition) = (sender.input_sender().clone(), change.expected.clone());
            let take = move || input.emit(XmlInput::TakeTheirs(definition));
            let (input, theirs) = (sender.input_sender().clone(), change.expected);
            let merged = conflict.merged.clone();
            let on_top = move || input.emit(XmlInput::OnTop { theirs, merged });
            return conflict::show(root, &conflict, take, on_top);
        }
        if let Some(failed) = refused {
            return self.failed(&failed);
        }
        if comparison.is_empty() {
            self.edited &= !change.edited;
            return error::say(&self.toasts, &gettext("Nothing would change"));
        }
        let mut notes = vec![gettext("The present definition is kept in the history.")];
        if self.view.is_active() {
            notes.push(gettext("The guest runs: this takes effect at its next start."));
        }
        if change.edited && self.overrides {
            notes.push(gettext("Somebody else’s changes that are removed here are lost."));
        }
        notes.extend(schema.map(|found| Problem::schema(&found).text));
        let (title, verb) = if change.edited {
            (gettext("Apply These Changes?"), gettext("Apply"))
        } else {
            (gettext("Restore This Definition?"), gettext("Restore"))
        };
        let active = self.view.is_active();
        let offer = SnapshotOffer::new(&self.view.name(), active, no_snapshot.as_ref());
        let list = boxed_list(&[offer.row()]);
        let input = sender.input_sender().clone();
        ask(root, &title, &notes, &comparison, list.upcast_ref(), &verb, move || {
            input.emit(XmlInput::Confirmed(Change { snapshot: offer.wanted(), ..change }));
        });
    }

    pub(super) fn apply(&mut self, change: Change, sender: &ComponentSender<Self>) {
        self.busy = true;
        self.keeping = change.snapshot.is_some();
        self.problem = None;
        let (handle, id) = (self.handle.clone(), self.id);
        sender.oneshot_command(async move {
            let done = snapshot::replace(&handle, id, &change).await;
            XmlCmd::Applied(change, done)
        });
    }

    pub(super) fn was_applied(&mut self, change: &Change, sender: &ComponentSender<Self>) {
        if change.edited {
            // Unless something was typed while the host worked.
            self.edited = self.text() != change.xml.0;
            self.original = Some(change.xml.0.clone());
            self.overrides = false;
        }
        self.problem = None;
        self.read(sender);
        let said = if let Some(name) = &change.snapshot {
            gettext_f("Definition changed; “{name}” keeps what was before", &[("name", name)])
        } else if self.view.is_active() {
            gettext("Definition changed: it takes effect at the next start")
        } else {
            gettext("Definition changed")
        };
        error::say(&self.toasts, &said);
    }

    pub(super) fn not_applied(
        &mut self,
        change: Change,
        failed: BackendError,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        match failed.failure.kind {
            FailureKind::SchemaViolation => ask_against_schema(root, change, &failed, sender),
            // Somebody may have been faster: then both are shown.
            FailureKind::Busy => {
                self.refused = change.edited.then_some(failed);
                self.review(change.xml.0, change.edited, sender);
            }
            _ => {
                self.failed(&failed);
                self.go_to_problem();
            }
        }
    }

    pub(super) fn failed(&mut self, failed: &BackendError) {
        let mut message = error::describe(failed);
        if failed.operation == Operation::Snapshot {
            message.body = gettext_f(
                "No snapshot could be taken, so nothing was changed. {why}",
                &[("why", &message.body)],
            );
        }
        self.problem = Some(Problem {
            kind: ProblemKind::Refused,
            text: message.body.clone(),
            line: line_in(&message.detail),
            message: Some(message),
        });
    }

    /// What others made takes the place of the edited text.
    pub(super) fn take(&mut self, theirs: String, sender: &ComponentSender<Self>) {
        // As an edit: undo brings the user's text back.
        source::replace(&self.buffer, &theirs);
        self.original = Some(theirs);
        self.edited = false;
        self.overrides = false;
        self.problem = None;
        self.settle(sender);
    }

    /// The edits go on top of what others made, after another look.
    pub(super) fn on_top(
        &mut self,
        theirs: String,
        merged: Option<Hidden>,
        sender: &ComponentSender<Self>,
    ) {
        self.original = Some(theirs);
        self.problem = None;
        self.overrides = merged.is_none();
        if let Some(Hidden(merged)) = merged {
            source::replace(&self.buffer, &merged);
        }
        self.review(self.text(), true, sender);
    }

    /// What the banner's button does.
    pub(super) fn banner(&mut self, root: &impl IsA<gtk::Widget>, sender: &ComponentSender<Self>) {
        match &self.problem {
            Some(Problem { kind: ProblemKind::Theirs, .. }) => {
                self.review(self.text(), true, sender);
            }
            Some(Problem { line: Some(_), .. }) => self.go_to_problem(),
            Some(Problem { message: Some(message), .. }) => error::details(root, message),
            _ => {}
        }
    }

    /// Moves the cursor to the line that is wrong, and marks it.
    pub(super) fn go_to_problem(&self) {
        let Some(line) = self.problem.as_ref().and_then(|problem| problem.line) else { return };
        self.mark_wrong(Some(line));
        source::go_to_line(&self.editor, line.saturating_sub(1));
        self.editor.grab_focus();
    }
}

/// libvirt understands the definition, but its schema does not know all of it.
fn ask_against_schema(
    root: &impl IsA<gtk::Widget>,
    change: Change,
    failed: &BackendError,
    sender: &ComponentSender<XmlPage>,
) {
    let body = gettext_f(
        "The host may leave out what its schema does not know. It says: {details}",
        &[("details", &failed.failure.detail)],
    );
    let dialog = adw::AlertDialog::new(Some(&gettext("Apply Against the Schema?")), Some(&body));
    dialog.add_responses(&[
        ("cancel", &gettext("Keep Editing")),
        ("apply", &gettext("Apply Anyway")),
    ]);
    dialog.set_response_appearance("apply", adw::ResponseAppearance::Destructive);
    dialog.set_default_response(Some("cancel"));
    dialog.set_close_response("cancel");
    let input = sender.input_sender().clone();
    dialog.connect_response(Some("apply"), move |_, _| {
        input.emit(XmlInput::Confirmed(Change { checked: false, ..change.clone() }));
    });
    dialog.present(Some(root));
}
