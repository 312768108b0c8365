//! Doing what was asked for with the selected guests.

use std::path::PathBuf;

use relm4::{ComponentSender, tokio::task::JoinSet};

use super::{GuestAction, GuestsCmd, GuestsInput, GuestsOutput, GuestsPage, Scope};
use crate::{
    backend::{BackendError, ConnectionHandle},
    i18n::ngettext_f,
    model::{DomainAction, DomainId, GuestChange, GuestRef},
    ui::{
        dialogs::{self, Target},
        error::{self, UserMessage},
        guest::{GuestPage, OpenIn, Opening},
    },
};

impl GuestsPage {
    /// Does `action` with those of the selected guests that it fits, after
    /// asking where something would be lost.
    pub(super) fn act(&self, action: GuestAction, sender: &ComponentSender<Self>) {
        let action = match action {
            GuestAction::ToggleAutostart => GuestAction::Domain(self.targets().autostart_action()),
            other => other,
        };
        let guests = self.fitting(action);
        if guests.is_empty() {
            return;
        }
        match action {
            GuestAction::Open => open(&guests, OpenIn::Preferred, sender),
            GuestAction::OpenTab => open(&guests, OpenIn::Tab, sender),
            GuestAction::OpenWindow => open(&guests, OpenIn::Window, sender),
            GuestAction::ToggleAutostart => {}
            GuestAction::Domain(action) => self.act_on_domains(action, &guests, sender),
            GuestAction::Change(change) => self.change(change, &guests, sender),
        }
    }

    /// As [`act`](Self::act), for keys: where nothing is disabled before the
    /// eye, the reason is said.
    pub(super) fn act_or_say_why(&self, action: GuestAction, sender: &ComponentSender<Self>) {
        let targets = self.targets();
        let (Err(reason), [guest, ..]) = (targets.check(action), &self.list.selected()[..]) else {
            return self.act(action, sender);
        };
        let name = self.entry(*guest).map(|entry| entry.label().to_owned()).unwrap_or_default();
        let text = match action {
            GuestAction::Change(GuestChange::Rename) if targets.0.len() == 1 => {
                dialogs::not_renamed(&name, &reason)
            }
            _ => reason,
        };
        error::say(&self.toasts, &text);
    }

    /// The selected guests with which `action` can be done now.
    fn fitting(&self, action: GuestAction) -> Vec<GuestRef> {
        let targets = self.targets();
        let mut guests = self.list.selected();
        guests.retain(|guest| {
            self.host(guest.connection).is_some_and(|host| {
                targets.check_one(action, &host.inventory, guest.domain).is_ok()
            })
        });
        guests
    }

    fn act_on_domains(
        &self,
        action: DomainAction,
        guests: &[GuestRef],
        sender: &ComponentSender<Self>,
    ) {
        let targets = self.dialog_targets(guests);
        let work: Vec<(ConnectionHandle, DomainId)> =
            targets.iter().map(|target| (target.handle.clone(), target.id)).collect();
        let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        let Some(question) = dialogs::question(action, &names, &self.context.settings) else {
            run(action, work, sender);
            return;
        };
        let (root, sender) = (self.root.clone(), sender.clone());
        relm4::spawn_local(async move {
            if question.ask(&root).await {
                run(action, work, &sender);
            }
        });
    }

    fn change(&self, change: GuestChange, guests: &[GuestRef], sender: &ComponentSender<Self>) {
        let mut targets = self.dialog_targets(guests);
        let input = sender.input_sender().clone();
        let failed = move |error: BackendError| input.emit(GuestsInput::Failed(vec![error]));
        match change {
            GuestChange::Delete => dialogs::delete(&self.root, targets, failed),
            GuestChange::Tag => dialogs::tags(&self.root, targets),
            GuestChange::Rename | GuestChange::Describe => {
                let Some(target) = targets.pop().filter(|_| targets.is_empty()) else { return };
                if change == GuestChange::Rename {
                    dialogs::rename(&self.root, target);
                } else {
                    dialogs::describe(&self.root, target);
                }
            }
        }
    }

    fn dialog_targets(&self, guests: &[GuestRef]) -> Vec<Target> {
        let target = |guest: &GuestRef| {
            let handle = self.host(guest.connection)?.handle.clone();
            // Also before the page is first shown, and has no rows yet.
            let name = handle.inventory().borrow().domains.get(&guest.domain)?.name.clone();
            Some(Target { handle, id: guest.domain, name })
        };
        guests.iter().filter_map(target).collect()
    }

    pub(super) fn create(&self, source: Option<PathBuf>, sender: &ComponentSender<Self>) {
        let connection = match self.scope {
            Scope::All => None,
            Scope::Host(id) => Some(id),
        };
        let _ = sender.output(GuestsOutput::CreateGuest { connection, source });
    }

    /// Says that actions have failed: one toast, also for many.
    pub(super) fn report(&self, errors: &[BackendError]) {
        let message = match errors {
            [] => return,
            [only] => error::describe(only),
            several => together(several),
        };
        error::toast(&self.toasts, &message);
    }
}

/// Opens the guests.
pub(super) fn open(guests: &[GuestRef], place: OpenIn, sender: &ComponentSender<GuestsPage>) {
    // Many windows at once would bury each other.
    let many = guests.len() > 1 && place == OpenIn::Preferred;
    let place = if many { OpenIn::Tab } else { place };
    let opening = Opening { page: GuestPage::Console, place };
    for guest in guests {
        // Without a parent there is nobody to open it.
        let _ = sender.output(GuestsOutput::OpenGuest(*guest, opening));
    }
}

/// Does `action` with all at once; each host keeps its own order.
fn run(
    action: DomainAction,
    work: Vec<(ConnectionHandle, DomainId)>,
    sender: &ComponentSender<GuestsPage>,
) {
    sender.oneshot_command(async move {
        let mut set = JoinSet::new();
        for (handle, id) in work {
            set.spawn(async move { handle.act(id, action).await });
        }
        let mut errors = Vec::new();
        while let Some(done) = set.join_next().await {
            // A task that panicked has been reported by the panic itself.
            if let Ok(Err(error)) = done {
                errors.push(error);
            }
        }
        GuestsCmd::Acted(errors)
    });
}

fn together(errors: &[BackendError]) -> UserMessage {
    let count = u32::try_from(errors.len()).unwrap_or(u32::MAX);
    let number = count.to_string();
    let messages: Vec<UserMessage> = errors.iter().map(error::describe).collect();
    let line = |message: &UserMessage| format!("{}\n{}", message.title, message.body);
    let detail = |message: &UserMessage| format!("{}\n{}", message.title, message.detail);
    UserMessage {
        title: ngettext_f(
            "The action failed for {n} guest",
            "The action failed for {n} guests",
            count,
            &[("n", &number)],
        ),
        body: messages.iter().map(line).collect::<Vec<_>>().join("\n\n"),
        detail: messages.iter().map(detail).collect::<Vec<_>>().join("\n\n"),
    }
}
