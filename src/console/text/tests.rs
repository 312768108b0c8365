//! What a guest may send, on a terminal in a real window.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use gtk::glib;
use relm4::gtk;
use rustix::time::{ClockId, clock_gettime};
use vte4::prelude::*;

use super::{TextLook, TextScreen, show};
use crate::console::{ReleaseChord, testing::on_gtk};

/// Time that this thread has worked: what other programs take does not count.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).expect("below 10⁹"))
}

struct Shown {
    screen: TextScreen,
    window: gtk::Window,
}

impl Shown {
    fn new() -> Self {
        let look = TextLook { dark: false, font: "Monospace 11".into(), scrollback: 10_000 };
        let screen = TextScreen::new(&look, ReleaseChord::default());
        let window = gtk::Window::builder()
            .default_width(1100)
            .default_height(720)
            .child(screen.widget())
            .build();
        // A terminal that takes no input answers nothing either.
        screen.terminal.set_input_enabled(true);
        window.present();
        Self { screen, window }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.window.destroy();
    }
}

/// What holds the main loop longest in two seconds of nothing but `pattern`:
/// the worst turn but one (a first glyph has to be looked for), and how many
/// bytes went through.
fn flood(pattern: &[u8]) -> (Duration, usize) {
    let shown = Shown::new();
    let terminal = shown.screen.terminal.downgrade();
    let sent = Rc::new(Cell::new(0_usize));
    let (position, pattern) = (Rc::clone(&sent), pattern.to_vec());
    let task = glib::MainContext::default().spawn_local(async move {
        let used = Cell::new(false);
        let read = async |most: usize| {
            let from = position.get();
            position.set(from + most);
            Ok((from..from + most).map(|i| pattern[i % pattern.len()]).collect())
        };
        show(read, &terminal, &used).await
    });
    let end = Instant::now() + Duration::from_secs(2);
    let mut turns = Vec::new();
    while Instant::now() < end {
        let before = worked();
        glib::MainContext::default().iteration(true);
        turns.push(worked().saturating_sub(before));
    }
    task.abort();
    turns.sort();
    (turns.iter().rev().nth(1).copied().unwrap_or_default(), sent.get())
}

#[test]
fn a_text_flood_leaves_the_window_time() {
    on_gtk(|| {
        let frame = Duration::from_millis(16);
        // To draw a screen of such letters takes long, however few of them are new.
        let strange = Duration::from_millis(50);
        for (what, pattern, most) in [
            ("lines", "The quick brown fox jumps over the lazy dog\r\n", frame),
            ("one line", "x", frame),
            ("empty lines", "\n", frame),
            ("colours", "\x1b[38;2;1;2;3ma\x1b[48;5;17mb\x1b[1;3;4mc", frame),
            ("clears", "\x1b[2J\x1b[H\x1b[3J", frame),
            ("two screens", "\x1b[?1049h\x1b[?1049l", frame),
            ("scrolling", "\x1b[1000Sx", frame),
            ("insertions", "\x1b[99999999L\x1b[99999999@", frame),
            ("repetitions", "z\x1b[99999999b", frame),
            ("strange letters", "漢字\u{301}é🏠", strange),
        ] {
            let held = (0..3).any(|_| {
                let (held, bytes) = flood(pattern.as_bytes());
                println!("{what}: at most {held:?} at once, {} KiB a second", bytes / 2048);
                held <= most
            });
            assert!(held, "{what}: the main loop is held too long, three times");
        }
    });
}

/// All that the terminal sends back for `text`, once it was shown.
fn answer(shown: &Shown, text: &[u8]) -> String {
    let said = Rc::new(RefCell::new(String::new()));
    let saying = Rc::clone(&said);
    let terminal = &shown.screen.terminal;
    let id = terminal.connect_commit(move |_, text, _| saying.borrow_mut().push_str(text));
    terminal.feed(text);
    // It answers in order: the cursor's place comes last.
    terminal.feed(b"\x1b[6n");
    let tick = glib::timeout_add_local(Duration::from_millis(5), || glib::ControlFlow::Continue);
    let end = Instant::now() + Duration::from_secs(20);
    while !said.borrow().ends_with('R') {
        let text = text.get(..40).unwrap_or(text);
        assert!(Instant::now() < end, "{text:?}: no answer after {:?}", said.borrow());
        glib::MainContext::default().iteration(true);
    }
    tick.remove();
    terminal.disconnect(id);
    let said = said.borrow();
    said.rsplit_once("\x1b[").map(|(before, _)| before.to_owned()).unwrap_or_default()
}

#[test]
fn hostile_text_gets_no_answer_but_the_terminals_own() {
    on_gtk(|| {
        let shown = Shown::new();
        let silent: [&[u8]; 10] = [
            // "Who are you?", the answer to which another program may have set.
            b"\x05",
            b"\x1b]0;stolen\x07\x1b[21t\x1b[20t",
            b"\x1b]52;c;c3RvbGVu\x07\x1b]52;c;?\x07",
            b"\x1b]50;?\x07",
            b"\x1bP+q544e\x1b\\",
            // A picture, and one without an end, which the next escape breaks off.
            b"\x1bPq#0;2;0;0;0#0~~@@vv@@~~@@~~$-\x1b\\",
            b"\x1bPq!99999999~",
            b"\x1b_Ga=T,f=24,s=9999,v=9999;AAAA\x1b\\",
            b"\x1b[8;5;5t\x1b[2t\x1b[3;0;0t",
            b"\xff\xfe\x80\x1b[\xff",
        ];
        for text in silent {
            let said = answer(&shown, text);
            assert!(!said.contains("stolen") && !said.contains("544"), "{said:?}");
            if text == b"\x05" {
                assert_eq!(said, "");
            }
        }
        assert!(!shown.screen.terminal.enables_sixel());
        let (columns, rows) =
            (shown.screen.terminal.column_count(), shown.screen.terminal.row_count());
        assert!(columns > 20 && rows > 10, "no size of the guest's choice: {columns} × {rows}");
    });
}

/// Memory of this process in MiB.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let size = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
    size.expect("a number") / 1024
}

#[test]
fn a_line_of_ten_megabytes_is_bounded() {
    on_gtk(|| {
        let shown = Shown::new();
        answer(&shown, b"warm");
        let before = memory();
        for _ in 0..160 {
            answer(&shown, &vec![b'x'; 64 * 1024]);
        }
        let grown = memory().saturating_sub(before);
        println!("{grown} MiB more");
        assert!(grown < 64, "{grown} MiB");
        answer(&shown, b"\r\nstill here");
        let text = shown.screen.contents();
        assert!(text.ends_with(b"still here") || text.ends_with(b"still here\n"));
        // A search, by hand, over all of it ends too.
        shown.screen.set_search("still");
        assert!(shown.screen.find(true));
    });
}
