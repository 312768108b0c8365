//! Files on their way to the guest, by its agent.

use std::{cell::RefCell, collections::HashMap};

use spice_client_glib::{
    FileTransferTask, MainChannel,
    gio::{self, prelude::*},
    glib,
};

use super::{connection::Client, library};
use crate::console::{
    extras::{FileProblem, FileStep},
    spice::line::Extra,
};

/// The files on their way, by the program's numbers.
#[derive(Debug, Default)]
pub(super) struct Files {
    underway: RefCell<HashMap<u32, FileTransferTask>>,
    /// The one that is being begun.
    next: RefCell<Option<u32>>,
}

/// Why a file did not arrive. The library tells it in words only.
fn problem(error: &glib::Error) -> FileStep {
    if error.matches(gio::IOErrorEnum::Cancelled) {
        return FileStep::Cancelled;
    }
    let text = error.message();
    let says = |words: &str| text.contains(words);
    FileStep::Failed(if says("lack of free space") {
        FileProblem::NoSpace
    } else if says("session is locked") {
        FileProblem::Locked
    } else if says("agent not connected") || says("agent is not connected") {
        FileProblem::NobodyThere
    } else if says("transfer is disabled") {
        FileProblem::Disabled
    } else if error.kind::<gio::IOErrorEnum>().is_some() {
        FileProblem::Unreadable(text.to_owned())
    } else {
        FileProblem::Other(text.to_owned())
    })
}

impl Client {
    pub(super) fn watch_files(&self, main: &MainChannel) {
        let weak = self.weak();
        main.connect_new_file_transfer(move |_, task| {
            if let Some(this) = weak.upgrade()
                && let Some(task) = task.downcast_ref::<FileTransferTask>()
                && let Some(id) = this.files.next.take()
            {
                this.follow(id, task);
            }
        });
    }

    fn follow(&self, id: u32, task: &FileTransferTask) {
        self.files.underway.borrow_mut().insert(id, task.clone());
        let weak = self.weak();
        task.connect_progress_notify(move |task| {
            if let Some(this) = weak.upgrade() {
                let step = FileStep::Sent(task.transferred_bytes(), task.total_bytes());
                this.tell(Extra::File(id, step));
            }
        });
        let weak = self.weak();
        // The binding's own method takes an error for granted.
        task.connect_local("finished", false, move |values| {
            let this = weak.upgrade()?;
            let error = values.get(1)?.get::<Option<glib::Error>>().ok().flatten();
            let step = error.map_or(FileStep::Done, |error| problem(&error));
            this.files.underway.borrow_mut().remove(&id);
            this.tell(Extra::File(id, step));
            None
        });
    }

    pub(super) fn send_file(&self, id: u32, uri: &str) {
        let main = self.channels.borrow().main.clone();
        let Some(main) = main.filter(MainChannel::is_agent_connected) else {
            self.tell(Extra::File(id, FileStep::Failed(FileProblem::NobodyThere)));
            return;
        };
        self.files.next.replace(Some(id));
        library::send_file(&main, &gio::File::for_uri(uri));
        self.files.next.take();
    }

    pub(super) fn stop_file(&self, id: u32) {
        let task = self.files.underway.borrow().get(&id).cloned();
        if let Some(task) = task {
            task.cancel();
        }
    }
}
