//! Which link is missing when something of the console does not work.

use std::{rc::Rc, time::Duration};

use gettextrs::gettext;
use relm4::{ComponentSender, gtk::glib};

use super::{
    ConsoleCmd, ConsoleInput, ConsoleOutput, ConsolePage, Source, additions::invalid,
    check_dialog::CheckDialog,
};
use crate::{
    backend::{BackendError, ConnectionHandle, Modification, XmlKind},
    console::{Cards, Folder, Scaling, Sound},
    model::{
        DomainId,
        console_check::{
            Choices, Facts, Feature, Link, Part, Seen, Served, SoundSeen, Tool, check,
            check_served, with_part,
        },
        hardware::live_changes,
        xml::{Document, XmlError},
    },
    settings::Sharing,
    ui::error,
};

/// Of a port that somebody in the guest opens, other than its agent's, libvirt
/// tells nothing by itself: it is asked this often while that is waited for.
const EVERY: Duration = Duration::from_secs(3);

/// What happens to the dialog.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CheckInput {
    /// It is to be shown.
    Show,
    /// A part is to be added to the guest.
    Add(Part),
    /// It is time to look again.
    Look,
}

/// What the background has found or done.
#[derive(Debug)]
pub(crate) enum CheckCmd {
    /// The definition, and what runs now.
    Read(Result<Read, BackendError>),
    /// The part was added, at once or for the next start.
    Added(Result<bool, BackendError>),
}

/// What is defined and what runs.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    definition: Document,
    live: Option<Document>,
}

/// The dialog while it is open, and what it shows.
#[derive(Debug)]
pub(super) struct Check {
    dialog: Rc<CheckDialog>,
    read: Option<Read>,
    seen: Option<Seen>,
    choices: Choices,
    /// Somebody in the guest is waited for.
    waits: bool,
}

impl ConsolePage {
    pub(super) fn check(&mut self, input: CheckInput, sender: &ComponentSender<Self>) {
        match input {
            CheckInput::Show => {
                let dialog = CheckDialog::new(sender.input_sender());
                dialog.present(&self.frame);
                let (seen, choices) = (self.seen(), self.choices());
                self.check = Some(Check { dialog, read: None, seen, choices, waits: false });
                self.show_check(sender);
                self.read_again(sender);
            }
            CheckInput::Add(part) => self.add_part(part, sender),
            CheckInput::Look => {
                if let Some(check) = &mut self.check {
                    check.waits = false;
                    self.read_again(sender);
                }
            }
        }
    }

    /// After whatever happened: what the open console has found may be new.
    pub(super) fn look_at_check(&mut self, sender: &ComponentSender<Self>) {
        let (seen, choices) = (self.seen(), self.choices());
        let Some(check) = &mut self.check else { return };
        if !check.dialog.is_open() {
            self.check = None;
            return;
        }
        if (&check.seen, check.choices) != (&seen, choices) {
            (check.seen, check.choices) = (seen, choices);
            self.show_check(sender);
            self.read_again(sender);
        }
    }

    /// Reads what is defined and what runs.
    pub(super) fn read_again(&self, sender: &ComponentSender<Self>) {
        let Some((handle, id)) = self.source.guest().filter(|_| self.check.is_some()) else {
            return;
        };
        let (name, active) = (self.view.name(), self.view.is_active());
        sender.oneshot_command(async move {
            ConsoleCmd::Check(CheckCmd::Read(read(&handle, id, name, active).await))
        });
    }

    pub(super) fn check_done(&mut self, done: CheckCmd, sender: &ComponentSender<Self>) {
        let output = match done {
            CheckCmd::Read(Ok(read)) => {
                if let Some(check) = &mut self.check {
                    check.read = Some(read);
                }
                return self.show_check(sender);
            }
            CheckCmd::Read(Err(failed)) | CheckCmd::Added(Err(failed)) => {
                ConsoleOutput::Failed(error::describe(&failed))
            }
            CheckCmd::Added(Ok(now)) => ConsoleOutput::Say(if now || !self.view.is_active() {
                gettext("Device added")
            } else {
                gettext("Device added: it is there once the guest was shut down and started again")
            }),
        };
        let _ = sender.output(output);
        self.read_again(sender);
    }

    fn show_check(&mut self, sender: &ComponentSender<Self>) {
        let Some(check) = &mut self.check else { return };
        if let (Source::Server(viewer), Some(seen)) = (&self.source, &check.seen) {
            let (protocol, choices) = (viewer.protocol, check.choices);
            return check.dialog.update(&check_served(Served { protocol, seen, choices }), None);
        }
        let Some(read) = &check.read else { return };
        let found = self::check(Facts {
            definition: &read.definition,
            live: read.live.as_ref(),
            seen: check.seen.as_ref(),
            choices: check.choices,
        });
        let os = self.view.details.as_ref().and_then(|details| details.os_id.as_deref());
        check.dialog.update(&found, os);
        let asked =
            |(_, link): &(Feature, Link)| matches!(link, Link::Tool(tool) if *tool != Tool::Agent);
        if found.iter().any(asked) && !std::mem::replace(&mut check.waits, true) {
            let input = sender.input_sender().clone();
            glib::timeout_add_local_once(EVERY, move || {
                // The window may be gone.
                drop(input.send(ConsoleInput::Check(CheckInput::Look)));
            });
        }
    }

    fn seen(&self) -> Option<Seen> {
        let console = self.console.as_ref().filter(|_| self.abilities.open)?;
        let extras = console.extras();
        Some(Seen {
            clipboard: console.clipboard_support().from_guest,
            resize: console.can_resize(),
            sound: match extras.sound {
                Sound::Absent => SoundSeen::Absent,
                Sound::Expected => SoundSeen::Expected,
                Sound::Played => SoundSeen::Played,
                Sound::Unplayable(why) => SoundSeen::Unplayable(why),
            },
            files: extras.files,
            folder: extras.folder != Folder::Absent,
            redirection: extras.usb.channels > 0,
            absolute: self.absolute,
            usb_problem: super::usb_dialog::problem(&extras.usb.problem),
            card_reader: extras.cards != Cards::Absent,
            cards: extras.cards != Cards::Unsupported,
        })
    }

    fn choices(&self) -> Choices {
        Choices {
            clipboard_by_hand: self.settings.clipboard_sharing() == Sharing::Never,
            resize: self.scaling == Scaling::ResizeGuest,
            muted: self.sharing.is_muted(),
            view_only: self.view_only,
        }
    }

    fn add_part(&self, part: Part, sender: &ComponentSender<Self>) {
        let Some((handle, id)) = self.source.guest() else { return };
        let persistent = self.view.summary.as_ref().is_some_and(|guest| guest.persistent);
        let (name, active) = (self.view.name(), self.view.is_active());
        sender.oneshot_command(async move {
            let done = add(&handle, id, name, (persistent, active), part).await;
            ConsoleCmd::Check(CheckCmd::Added(done))
        });
    }
}

async fn read(
    handle: &ConnectionHandle,
    id: DomainId,
    name: String,
    active: bool,
) -> Result<Read, BackendError> {
    let parse = |xml: String| Document::parse(&xml).map_err(|error| invalid(name.clone(), &error));
    let definition = parse(handle.domain_xml(id, XmlKind::Inactive).await?)?;
    let live = if active { Some(handle.domain_xml(id, XmlKind::Live).await?) } else { None };
    Ok(Read { definition, live: live.map(parse).transpose()? })
}

/// Adds the part to what is defined, and where that can be to what runs;
/// whether it is there now.
async fn add(
    handle: &ConnectionHandle,
    id: DomainId,
    name: String,
    (persistent, active): (bool, bool),
    part: Part,
) -> Result<bool, BackendError> {
    let wrong = |error: XmlError| invalid(name.clone(), &error);
    let parse = |xml: &str| Document::parse(xml).map_err(wrong);
    let live = if active {
        Some(parse(&handle.domain_xml(id, XmlKind::LiveSecure).await?)?)
    } else {
        None
    };
    let mut change = Modification::default();
    let before = match &live {
        Some(live) if !persistent => live.clone(),
        _ => parse(&handle.domain_xml(id, XmlKind::InactiveSecure).await?)?,
    };
    let after = with_part(&before, part).map_err(wrong)?;
    if let Some(live) = &live {
        let edits = live_changes(live, &before, &after).map_err(wrong)?;
        change.live = edits.into_iter().map(|(edit, _)| edit).collect();
    }
    if persistent {
        change.definition = Some((before.to_string(), after.to_string()));
    }
    let tried = !change.live.is_empty();
    let answers = handle.modify(id, change).await?;
    Ok(tried && answers.iter().all(Result::is_ok))
}
