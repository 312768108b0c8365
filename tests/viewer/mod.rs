//! A console in a window, and waiting for what happens to it.

pub(crate) mod certificates;
pub(crate) mod machine;

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use gtk::{glib, prelude::*};
use posada::{
    backend::ConsoleEndpoint,
    console::{Console, ConsoleError, ConsoleEvent, ConsoleOptions, Scaling},
    model::UntrustedServer,
};
use relm4::gtk;

/// Long enough for emulation on a busy machine.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// Runs `test` on the thread that has GTK, one test after another. Without a
/// display it is skipped, and says so, unless the real thing was asked for.
pub(crate) fn on_gtk(test: impl FnOnce() + Send + std::panic::UnwindSafe + 'static) {
    if std::env::var_os("DISPLAY").is_none() {
        assert!(std::env::var_os("POSADA_REAL").is_none(), "no display");
        eprintln!("skipped: no display");
        return;
    }
    posada::console::set_helper_program(env!("CARGO_BIN_EXE_posada"));
    gtk::test_synced(test);
}

/// Lets the main loop run until `done`; panics after `limit`.
pub(crate) fn wait_until(what: &str, limit: Duration, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + limit;
    let tick = glib::timeout_add_local(Duration::from_millis(10), || glib::ControlFlow::Continue);
    while !done() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        glib::MainContext::default().iteration(true);
    }
    tick.remove();
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A console shown in a window of its own.
pub(crate) struct Viewer {
    pub(crate) console: Console,
    pub(crate) window: gtk::Window,
    pub(crate) events: Rc<RefCell<Vec<ConsoleEvent>>>,
}

impl Viewer {
    pub(crate) fn open(endpoint: ConsoleEndpoint, local: bool, scaling: Scaling) -> Self {
        let events = Rc::new(RefCell::new(Vec::new()));
        let told = Rc::clone(&events);
        let options = ConsoleOptions { local, scaling, ..ConsoleOptions::default() };
        let console = Console::open(endpoint, options, move |event| told.borrow_mut().push(event));
        let window = gtk::Window::builder()
            .title("console test")
            .default_width(800)
            .default_height(600)
            .child(console.screen())
            .build();
        window.present();
        Self { console, window, events }
    }

    pub(crate) fn has(&self, wanted: impl Fn(&ConsoleEvent) -> bool) -> bool {
        self.events.borrow().iter().any(wanted)
    }

    pub(crate) fn wait_for(&self, what: &str, wanted: impl Fn(&ConsoleEvent) -> bool) {
        let end = Instant::now() + LONG;
        wait_until(what, LONG * 2, || {
            assert!(Instant::now() < end, "not {what}; so far {:?}", self.events.borrow());
            self.has(&wanted)
        });
    }

    pub(crate) fn connected(&self) {
        self.wait_for("connected", |event| *event == ConsoleEvent::Connected);
    }

    /// The server that only the user can vouch for.
    pub(crate) fn untrusted(&self) -> UntrustedServer {
        self.wait_for("distrusted", |event| matches!(event, ConsoleEvent::Failed(_)));
        let events = self.events.borrow();
        let found = events.iter().find_map(|event| match event {
            ConsoleEvent::Failed(ConsoleError::Untrusted(server)) => Some((**server).clone()),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("another end: {events:?}"))
    }

    /// The picture as red, green, blue.
    pub(crate) fn pixels(&self) -> Option<Picture> {
        let texture = self.console.picture()?;
        let size = |pixels| usize::try_from(pixels).unwrap();
        let (width, height) = (size(texture.width()), size(texture.height()));
        let mut bytes = vec![0; width * height * 4];
        texture.download(&mut bytes, width * 4);
        let rgb = bytes.chunks_exact(4).flat_map(|p| [p[2], p[1], p[0]]).collect();
        Some(Picture { width, height, rgb })
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.console.close();
        self.window.destroy();
    }
}

/// Open descriptors, children, and resident MiB of this process.
fn kept() -> (usize, usize, u64) {
    let fds = std::fs::read_dir("/proc/self/fd").expect("descriptors").count();
    let tasks = std::fs::read_dir("/proc/self/task").expect("threads");
    let children = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok())
        .map(|children| children.split_whitespace().count())
        .sum();
    (fds, children, resident_mib())
}

/// Resident memory of this process.
pub(crate) fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("a line");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).expect("a number") / 1024
}

/// Does `round` fifty times: nothing is to be left behind.
pub(crate) fn fifty_times(round: impl Fn()) {
    /// What may have grown, in MiB, after what is made once is there.
    const GROWTH: u64 = 20;
    let servers = kept().1;
    let gone = |limit: (usize, usize)| {
        wait_until("everything is given back", LONG, || {
            let now = kept();
            now.0 <= limit.0 && now.1 <= limit.1
        });
    };
    (0..10).for_each(|_| round());
    gone((usize::MAX, servers));
    let before = kept();
    (0..40).for_each(|_| round());
    gone((before.0, servers));
    let grown = kept().2.saturating_sub(before.2);
    assert!(grown < GROWTH, "grew by {grown} MiB");
}

/// Pixels to compare.
#[derive(PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgb: Vec<u8>,
}

impl Picture {
    /// Whether two pictures are the same but for a blinking text cursor.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        const CURSOR: usize = 60;
        let pairs = self.rgb.chunks_exact(3).zip(other.rgb.chunks_exact(3));
        (self.width, self.height) == (other.width, other.height)
            && pairs.filter(|(one, two)| one != two).count() < CURSOR
    }

    /// Reads a binary PPM file.
    pub(crate) fn from_ppm(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut word = || {
            let start = rest.iter().position(|b| !b.is_ascii_whitespace())?;
            let end = start + rest[start..].iter().position(u8::is_ascii_whitespace)?;
            let word = std::str::from_utf8(&rest[start..end]).ok()?.to_owned();
            rest = &rest[end..];
            Some(word)
        };
        (word()? == "P6").then_some(())?;
        let (width, height) = (word()?.parse().ok()?, word()?.parse().ok()?);
        (word()? == "255").then_some(())?;
        let rgb = rest.get(1..)?.to_vec();
        (rgb.len() == width * height * 3).then_some(Self { width, height, rgb })
    }

    /// Whether it is one colour all over.
    pub(crate) fn is_plain(&self) -> bool {
        self.rgb.chunks_exact(3).all(|pixel| pixel == &self.rgb[..3])
    }
}
