//! Tests of components with real widgets, on one thread as GTK wants it.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, OnceLock, mpsc},
    thread,
    time::{Duration, Instant},
};

use relm4::{
    adw,
    gtk::{self, glib, prelude::*},
};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    backend::{Backend, PromptRequest},
    settings::Settings,
    ui::context::Context,
};

/// How long something that should happen may take.
const PATIENCE: Duration = Duration::from_secs(20);

type Task = Box<dyn FnOnce() + Send>;

/// Runs a test on the thread of all widgets. Without a display nothing can be
/// tested, which is said; with `POSADA_REAL=1` it is a failure.
pub(crate) fn run(test: impl FnOnce() + Send + 'static) {
    static WORKER: OnceLock<Option<Mutex<mpsc::Sender<Task>>>> = OnceLock::new();
    let worker = WORKER.get_or_init(|| {
        let (sender, tasks) = mpsc::channel::<Task>();
        let (ready, started) = mpsc::channel();
        thread::spawn(move || {
            let usable = adw::init().is_ok();
            glib::log_set_always_fatal(
                glib::LogLevels::LEVEL_CRITICAL | glib::LogLevels::LEVEL_ERROR,
            );
            ready.send(usable).unwrap();
            if usable {
                for task in tasks {
                    task();
                }
            }
        });
        started.recv().unwrap().then(|| Mutex::new(sender))
    });
    let Some(worker) = worker else {
        assert!(std::env::var_os("POSADA_REAL").is_none(), "no display");
        eprintln!("skipped: there is no display");
        return;
    };
    let (done, outcome) = mpsc::channel::<Result<(), Box<dyn Any + Send>>>();
    let task = move || {
        let _ = done.send(catch_unwind(AssertUnwindSafe(test)));
    };
    worker.lock().unwrap().send(Box::new(task)).unwrap();
    if let Err(panic) = outcome.recv().unwrap() {
        // Again, where this test's output goes.
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|&said| said.to_owned()));
        panic!("{}", said.unwrap_or_default());
    }
}

/// A context with no hosts and settings of its own.
pub(crate) fn context() -> (Context, UnboundedReceiver<PromptRequest>) {
    let (prompts, requests) = tokio::sync::mpsc::unbounded_channel();
    let backend = Backend::start(prompts).unwrap();
    (Context::new(backend, Settings::in_memory()), requests)
}

/// Lets everything run until `condition` holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    let context = glib::MainContext::default();
    // Wakes the loop for conditions that no GLib source announces.
    let tick = glib::timeout_add_local(Duration::from_millis(10), || glib::ControlFlow::Continue);
    while !condition() {
        assert!(Instant::now() < end, "{what} did not happen");
        context.iteration(true);
    }
    tick.remove();
}

/// A window around a widget, on the screen.
pub(crate) fn window(child: &impl IsA<gtk::Widget>) -> adw::ApplicationWindow {
    use adw::prelude::AdwApplicationWindowExt;
    let window = adw::ApplicationWindow::builder().default_width(900).default_height(700).build();
    window.set_content(Some(child));
    window.present();
    window
}

/// All widgets below `root` that can be seen.
pub(crate) fn descendants(root: &impl IsA<gtk::Widget>) -> Vec<gtk::Widget> {
    fn add(root: &gtk::Widget, found: &mut Vec<gtk::Widget>) {
        let mut child = root.first_child();
        while let Some(widget) = child {
            if widget.is_child_visible() && widget.is_visible() {
                found.push(widget.clone());
                add(&widget, found);
            }
            child = widget.next_sibling();
        }
    }
    let mut found = Vec::new();
    add(root.upcast_ref(), &mut found);
    found
}

/// The first visible widget of a type that fits.
pub(crate) fn find<T: IsA<gtk::Widget>>(
    root: &impl IsA<gtk::Widget>,
    fits: impl Fn(&T) -> bool,
) -> Option<T> {
    let all = descendants(root).into_iter().filter_map(|widget| widget.downcast::<T>().ok());
    all.into_iter().find(|widget| fits(widget))
}

/// Whether a label with this text can be seen.
pub(crate) fn shows(root: &impl IsA<gtk::Widget>, text: &str) -> bool {
    find::<gtk::Label>(root, |label| label.label().contains(text)).is_some()
}

/// Presses the button with this label.
#[track_caller]
pub(crate) fn press(root: &impl IsA<gtk::Widget>, label: &str) {
    let button = find::<gtk::Button>(root, |button| button.label().as_deref() == Some(label));
    let button = button.unwrap_or_else(|| panic!("no button “{label}”"));
    assert!(button.is_sensitive(), "“{label}” is off");
    button.emit_clicked();
}
