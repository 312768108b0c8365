//! Files on their way to the guest: one bar for all of them.

use gettextrs::gettext;
use relm4::gtk::glib;

use crate::{
    console::{FileProblem, FileStep},
    i18n::{gettext_f, ngettext_f},
    ui::error::UserMessage,
};

/// Files that were sent together, or one while the others went.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    files: Vec<Transfer>,
    /// Whether they are to stop.
    stopping: bool,
    /// The numbers that were given.
    last: u32,
}

#[derive(Debug)]
struct Transfer {
    id: u32,
    name: String,
    sent: u64,
    size: u64,
    end: Option<FileStep>,
}

/// What became of them, once the last is over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Say this in passing.
    Say(String),
    /// Some failed.
    Failed(UserMessage),
}

impl Transfers {
    /// Takes a file in; its number.
    pub(super) fn add(&mut self, name: String, size: u64) -> u32 {
        self.last += 1;
        self.stopping = false;
        self.files.push(Transfer { id: self.last, name, sent: 0, size, end: None });
        self.last
    }

    /// Whether some are on their way.
    pub(super) fn is_active(&self) -> bool {
        !self.files.is_empty()
    }

    /// Whether they are to stop, but the guest has not let go of them yet.
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// They are to stop; those that are on their way.
    pub(super) fn stop(&mut self) -> Vec<u32> {
        self.stopping = self.is_active();
        self.files.iter().filter(|file| file.end.is_none()).map(|file| file.id).collect()
    }

    /// How far all of them are, from 0 to 1.
    pub(super) fn fraction(&self) -> f64 {
        let (sent, size) = self.sums();
        #[expect(clippy::cast_precision_loss, reason = "a bar has few pixels")]
        let fraction = sent as f64 / size.max(1) as f64;
        fraction.clamp(0.0, 1.0)
    }

    fn sums(&self) -> (u64, u64) {
        let sum =
            |part: fn(&Transfer) -> u64| self.files.iter().map(part).fold(0, u64::saturating_add);
        (sum(|file| if file.end.is_some() { file.size } else { file.sent }), sum(|file| file.size))
    }

    /// What is going on, in words.
    pub(super) fn label(&self) -> String {
        if self.stopping {
            return gettext("Stopping…");
        }
        let (sent, size) = self.sums();
        let (sent, size) = (glib::format_size(sent), glib::format_size(size));
        match self.files.as_slice() {
            [file] => gettext_f(
                "Sending “{file}”: {sent} of {size}",
                &[("file", &file.name), ("sent", &sent), ("size", &size)],
            ),
            files => {
                let count = u32::try_from(files.len()).unwrap_or(u32::MAX);
                ngettext_f(
                    "Sending {n} file: {sent} of {size}",
                    "Sending {n} files: {sent} of {size}",
                    count,
                    &[("n", &count.to_string()), ("sent", &sent), ("size", &size)],
                )
            }
        }
    }

    /// The console is gone, and they with it.
    pub(super) fn clear(&mut self) {
        self.files.clear();
        self.stopping = false;
    }

    /// Takes in how one goes; what became of all, once the last is over.
    pub(super) fn step(&mut self, id: u32, step: FileStep) -> Option<Outcome> {
        let file = self.files.iter_mut().find(|file| file.id == id)?;
        match step {
            FileStep::Sent(sent, size) => {
                (file.sent, file.size) = (sent, size);
                return None;
            }
            end => file.end = Some(end),
        }
        if self.files.iter().any(|file| file.end.is_none()) {
            return None;
        }
        self.stopping = false;
        Some(outcome(&std::mem::take(&mut self.files)))
    }
}

fn outcome(files: &[Transfer]) -> Outcome {
    let failed = files.iter().find_map(|file| match &file.end {
        Some(FileStep::Failed(problem)) => Some((file, problem)),
        _ => None,
    });
    if let Some((file, problem)) = failed {
        return Outcome::Failed(not_sent(&file.name, problem));
    }
    let sent: Vec<_> = files
        .iter()
        .filter(|file| file.end == Some(FileStep::Done))
        .map(|file| &file.name)
        .collect();
    Outcome::Say(match sent.as_slice() {
        [] => gettext("Sending stopped"),
        [name] => gettext_f("“{file}” sent to the guest", &[("file", name)]),
        names => {
            let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
            ngettext_f(
                "{n} file sent to the guest",
                "{n} files sent to the guest",
                count,
                &[("n", &count.to_string())],
            )
        }
    })
}

/// Why a file was not sent, and what helps.
pub(super) fn not_sent(name: &str, problem: &FileProblem) -> UserMessage {
    let (body, detail) = match problem {
        FileProblem::NoSpace => (gettext("The guest’s disk has not enough free space."), ""),
        FileProblem::Locked => {
            (gettext("The guest’s screen is locked: unlock it and try again."), "")
        }
        FileProblem::NobodyThere => (
            gettext(
                "The guest’s SPICE agent does not answer: log in at the guest’s screen, and see that spice-vdagent is installed there.",
            ),
            "",
        ),
        FileProblem::Disabled => (
            gettext(
                "The guest does not take files: its host forbids it, or its user has no folder for downloads.",
            ),
            "",
        ),
        FileProblem::Unreadable(text) => (gettext("The file cannot be read."), text.as_str()),
        FileProblem::Other(text) => (gettext("The guest did not take the file."), text.as_str()),
    };
    let title = gettext_f("“{file}” could not be sent to the guest", &[("file", name)]);
    UserMessage { title, body, detail: detail.to_owned() }
}

/// A folder is not a file.
pub(super) fn is_a_folder(name: &str) -> UserMessage {
    UserMessage {
        title: gettext_f("“{file}” could not be sent to the guest", &[("file", name)]),
        body: gettext(
            "Folders cannot be sent. Send the files in it, or share the folder with the guest.",
        ),
        detail: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FileProblem, FileStep, Outcome, Transfers};

    #[test]
    fn the_end_is_told_once_all_are_over() {
        let mut transfers = Transfers::default();
        let (one, other) = (transfers.add("a".to_owned(), 10), transfers.add("b".to_owned(), 30));
        assert_eq!(transfers.step(one, FileStep::Sent(10, 10)), None);
        assert!((transfers.fraction() - 0.25).abs() < 0.001);
        assert_eq!(transfers.step(one, FileStep::Done), None);
        assert_eq!(transfers.stop(), [other]);
        assert!(transfers.is_stopping());
        let failed = transfers.step(other, FileStep::Failed(FileProblem::NoSpace));
        assert!(matches!(failed, Some(Outcome::Failed(message)) if message.title.contains("“b”")));
        assert!(!transfers.is_active() && !transfers.is_stopping());
        assert_eq!(transfers.step(other, FileStep::Done), None, "it is over");
    }
}
