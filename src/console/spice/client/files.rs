//! Files on their way to the guest, by its agent.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    time::Duration,
};

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

/// So long a guest has to take a file that is to be stopped.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The files on their way, by the program's numbers.
#[derive(Debug, Default)]
pub(super) struct Files {
    underway: RefCell<HashMap<u32, Rc<Underway>>>,
    /// The one that is being begun.
    next: RefCell<Option<u32>>,
}

/// A file on its way.
#[derive(Debug)]
struct Underway {
    task: FileTransferTask,
    /// Whether it is to be stopped as soon as it can be.
    stop: Cell<bool>,
}

impl Underway {
    /// Stops it if that is wanted and the guest has begun to take it.
    ///
    /// Until the guest's agent has answered, spice-vdagentd knows nothing of the
    /// file that its session has already made, ignores that it is stopped, and the
    /// empty file would stay there. The first bytes are read after the answer.
    fn stop_if_wanted(&self) {
        if self.stop.get() && self.task.transferred_bytes() > 0 {
            self.task.cancel();
        }
    }
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
        let file = Rc::new(Underway { task: task.clone(), stop: Cell::new(false) });
        self.files.underway.borrow_mut().insert(id, Rc::clone(&file));
        let (weak, file) = (self.weak(), Rc::downgrade(&file));
        task.connect_progress_notify(move |task| {
            if let Some(this) = weak.upgrade() {
                let step = FileStep::Sent(task.transferred_bytes(), task.total_bytes());
                this.tell(Extra::File(id, step));
            }
            if let Some(file) = file.upgrade() {
                file.stop_if_wanted();
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
        let file = self.files.underway.borrow().get(&id).cloned();
        let Some(file) = file else { return };
        file.stop.set(true);
        file.stop_if_wanted();
        let file = Rc::downgrade(&file);
        glib::timeout_add_local_once(LONGEST_WAIT, move || {
            if let Some(file) = file.upgrade() {
                file.task.cancel();
            }
        });
    }
}
