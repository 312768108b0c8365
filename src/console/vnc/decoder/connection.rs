//! One connection of gvnc, told to the program and steered by it.

use std::{
    cell::{Cell, OnceCell, RefCell},
    io,
    os::{
        fd::{IntoRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use gvnc::{
    Connection, ConnectionCredential, ConnectionResizeStatus,
    glib::{self, prelude::ObjectExt},
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::{
    Reporter, Start,
    greeting::{Greeted, Refusal, greet},
    library,
    quality::{Picture, pixel},
    sound::Hearing,
    turns::Turns,
    wire::Wire,
};
use crate::console::{
    frame::{LONGEST as LONGEST_EDGE, Rect},
    helper::{Answers, Link, Memory, Why, line::read_message, process, tls::TlsProblem},
    vnc::line::{LONGEST, LONGEST_TEXT, Order, Report},
};

/// How long the server may take for the handshake, for the first picture, and
/// between two parts of a message.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

pub(super) struct Decoder {
    pub(super) connection: Connection,
    /// Another handle of the server's line, to see whether the server reads.
    server: OnceCell<OwnedFd>,
    pub(super) wire: Arc<Wire>,
    memory: Memory,
    pub(super) reporter: Reporter,
    main_loop: glib::MainLoop,
    pub(super) picture: Picture,
    pub(super) hearing: Hearing,
    /// The screen's size, once there is memory for it.
    pub(super) size: Cell<Option<(i32, i32)>>,
    over: Cell<bool>,
    drawn: Cell<bool>,
    pub(super) turns: Turns,
    answers: Rc<Answers>,
    /// Counts the waits, so that one that is no longer meant does nothing.
    wait: Cell<u32>,
    pub(super) wanted: RefCell<Vec<ConnectionCredential>>,
    /// The user's answer is being checked.
    pub(super) answered: Cell<bool>,
    /// Whether somebody looks after the line.
    watched: Cell<bool>,
}

/// Speaks with the server until one of the three ends.
pub(super) fn run(
    start: Start,
    server: OwnedFd,
    memory: Memory,
    line: UnixStream,
) -> io::Result<()> {
    let decoder = Rc::new(Decoder {
        connection: Connection::new(),
        server: OnceCell::new(),
        wire: Arc::default(),
        memory,
        reporter: Reporter(process::Reporter(line.try_clone()?)),
        main_loop: glib::MainLoop::new(None, false),
        picture: Picture::new(start.local),
        hearing: Hearing::default(),
        size: Cell::default(),
        over: Cell::new(false),
        drawn: Cell::new(false),
        turns: Turns::default(),
        answers: Rc::default(),
        wait: Cell::new(0),
        wanted: RefCell::new(Vec::new()),
        answered: Cell::new(false),
        watched: Cell::new(false),
    });
    listen(&decoder);
    decoder.listen_to_sound();
    // A refusal arrives as the signals do.
    let _ = decoder.connection.set_shared(true);
    decoder.expect_progress();
    decoder.take_turns();
    obey(&decoder, line)?;
    let weak = Rc::downgrade(&decoder);
    glib::MainContext::default().spawn_local(async move {
        let told = weak.clone();
        let refused = move |problem: TlsProblem| {
            if let Some(this) = told.upgrade() {
                this.end(&Report::Link(problem.into()));
            }
        };
        let greeted = greet(server, &start, refused).await;
        if let Some(this) = weak.upgrade() {
            this.begin(greeted, &start.server.place.host);
        }
    });
    decoder.main_loop.run();
    Ok(())
}

/// Passes gvnc's signals on.
fn listen(decoder: &Rc<Decoder>) {
    let connection = &decoder.connection;
    let with = |act: fn(&Decoder)| {
        let decoder = Rc::downgrade(decoder);
        move |_: &Connection| {
            if let Some(decoder) = decoder.upgrade() {
                act(&decoder);
            }
        }
    };
    connection.connect_vnc_initialized(with(Decoder::initialized));
    connection.connect_vnc_disconnected(with(|this| this.fail(Why::Closed, "")));
    let weak = Rc::downgrade(decoder);
    // Not `connect_vnc_led_state`: gvnc declares a marshaller for an argument
    // that the signal does not have, so a C callback is never called.
    connection.connect_local("vnc-led-state", false, move |_| {
        let this = weak.upgrade()?;
        let leds = u8::try_from(this.connection.ledstate()).unwrap_or(0);
        this.reporter.say(&Report::Leds(leds));
        None
    });

    let weak = Rc::downgrade(decoder);
    connection.connect_vnc_auth_choose_type(move |_, offered| {
        if let Some(this) = weak.upgrade() {
            this.choose_type(offered);
        }
    });
    let weak = Rc::downgrade(decoder);
    connection.connect_vnc_auth_choose_subtype(move |_, kind, offered| {
        if let Some(this) = weak.upgrade() {
            this.choose_subtype(kind, offered);
        }
    });
    let weak = Rc::downgrade(decoder);
    connection.connect_vnc_auth_credential(move |_, wanted| {
        if let Some(this) = weak.upgrade() {
            this.want(wanted);
        }
    });
    let weak = Rc::downgrade(decoder);
    connection.connect_vnc_auth_failure(move |_, text| {
        if let Some(this) = weak.upgrade() {
            this.fail(Why::Authentication, text);
        }
    });
    let weak = Rc::downgrade(decoder);
    connection.connect_vnc_auth_unsupported(move |_, kind| {
        if let Some(this) = weak.upgrade() {
            this.fail(Why::Security, &kind.to_string());
        }
    });
    let weak = Rc::downgrade(decoder);
    connection.connect_vnc_error(move |_, text| {
        if let Some(this) = weak.upgrade() {
            this.broken(text);
        }
    });
    let weak = Rc::downgrade(decoder);
    connection.connect_vnc_desktop_resize(move |_, width, height| {
        if let Some(this) = weak.upgrade() {
            this.resize(width, height);
        }
    });
    let weak = Rc::downgrade(decoder);
    connection.connect_vnc_framebuffer_update(move |_, x, y, width, height| {
        if let Some(this) = weak.upgrade() {
            this.drawn.set(true);
            this.turns.drawn();
            let number = |value: i32| u32::try_from(value).unwrap_or(0);
            let area =
                Rect { x: number(x), y: number(y), width: number(width), height: number(height) };
            this.pace(area);
            let Rect { x, y, .. } = area;
            this.reporter.say(&Report::Damage { x, y, width: area.width, height: area.height });
        }
    });
    let weak = Rc::downgrade(decoder);
    connection.connect_vnc_cursor_changed(move |_, cursor| {
        if let Some(this) = weak.upgrade()
            && let Some(image) = cursor.and_then(library::cursor)
        {
            this.reporter.say(&Report::Cursor(image));
        }
    });
    let weak = Rc::downgrade(decoder);
    connection.connect_vnc_pointer_mode_changed(move |_, absolute| {
        if let Some(this) = weak.upgrade() {
            this.reporter.say(&Report::Absolute(absolute));
        }
    });
    let weak = Rc::downgrade(decoder);
    library::on_cut_text(connection, move |text| {
        if let Some(this) = weak.upgrade() {
            let text = text[..text.len().min(LONGEST_TEXT)].to_vec();
            this.reporter.say(&Report::CutText(text));
        }
    });
}

/// Does what the program orders, as it arrives. The line is read on a thread;
/// its end ends the decoder.
fn obey(decoder: &Rc<Decoder>, mut line: UnixStream) -> io::Result<()> {
    let (sender, mut orders) = mpsc::unbounded_channel();
    let body = move || {
        while let Ok(Some(message)) =
            read_message(&mut line, LONGEST).map(|m| m.map(Zeroizing::new))
        {
            let Ok(order) = Order::decode(&message) else { return };
            if sender.send(order).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("orders".into()).spawn(body)?;
    let weak = Rc::downgrade(decoder);
    glib::MainContext::default().spawn_local(async move {
        while let Some(order) = orders.recv().await {
            let Some(this) = weak.upgrade() else { return };
            this.execute(order);
        }
        if let Some(this) = weak.upgrade() {
            this.main_loop.quit();
        }
    });
    Ok(())
}

impl Decoder {
    /// Lets gvnc meet the server, after the first words with it.
    fn begin(&self, greeted: Result<Greeted, Refusal>, host: &str) {
        let laid = match greeted {
            Ok(greeted) => {
                self.reporter.say(&Report::Link(Link::Secured(greeted.security)));
                self.wire.lay(greeted).and_then(|(server, end)| {
                    let _ = self.server.set(server);
                    // gvnc takes the handle over.
                    let taken =
                        self.connection.open_fd_with_hostname(end.into_raw_fd(), Some(host));
                    taken.map_err(|_| io::Error::other("gvnc does not take the line"))
                })
            }
            Err(Refusal::Failed(why, text)) => return self.fail(why, &text),
            Err(Refusal::Link(link)) => return self.end(&Report::Link(link)),
        };
        if let Err(error) = laid {
            self.fail(Why::Protocol, &error.to_string());
        }
    }

    /// Says why it is over; only the first reason counts, since gvnc adds
    /// others while it tidies up.
    pub(super) fn fail(&self, why: Why, text: &str) {
        self.end(&Report::Failed { why, text: text.to_owned() });
    }

    fn end(&self, last: &Report) {
        if !self.over.replace(true) {
            self.reporter.say(last);
            self.connection.shutdown();
            self.main_loop.quit();
        }
    }

    /// Finds out from gvnc's words why it gave up (vncconnection.c).
    fn broken(&self, text: &str) {
        // The end of the server may be met while writing, too.
        let closed =
            ["Server closed", "Unable to read", "flush data"].iter().any(|end| text.contains(end));
        let unknown = text.contains("supported auth") || text.contains("is not supported");
        // It tells of a wrong password like of a broken protocol, in the
        // server's words.
        let why = match (self.answered.get(), closed) {
            _ if unknown => Why::Security,
            // For a first line that is not VNC's.
            _ if text.contains("server version") => Why::Stranger,
            (true, _) => Why::Authentication,
            (false, true) => Why::Closed,
            (false, false) => Why::Protocol,
        };
        self.fail(why, text);
    }

    /// Gives up if nothing is drawn in time. Waiting for the user does not count.
    fn expect_progress(self: &Rc<Self>) {
        let number = self.wait.get() + 1;
        self.wait.set(number);
        let weak = Rc::downgrade(self);
        glib::timeout_add_local_once(PATIENCE, move || {
            if let Some(this) = weak.upgrade() {
                let waiting = !this.wanted.borrow().is_empty();
                if this.wait.get() == number && !this.drawn.get() && !waiting {
                    this.fail(Why::TimedOut, "");
                }
            }
        });
    }

    /// Sees to it that a server which stops reading is given up. gvnc itself
    /// would wait for it for ever, in the middle of a message.
    fn watch_line(self: &Rc<Self>, patient: bool) {
        let weak = Rc::downgrade(self);
        glib::timeout_add_local_once(PATIENCE, move || {
            let Some(this) = weak.upgrade() else { return };
            match (this.server_reads(), patient) {
                (false, true) => this.watch_line(false),
                (false, false) => this.fail(Why::TimedOut, ""),
                (true, _) => this.watched.set(false),
            }
        });
    }

    /// Whether there is room for more on the way to the server.
    pub(super) fn server_reads(&self) -> bool {
        let Some(server) = self.server.get() else { return true };
        let mut line = [PollFd::new(server, PollFlags::OUT)];
        poll(&mut line, Some(&Timespec::default())) != Ok(0)
    }

    fn initialized(&self) {
        self.answered.set(false);
        let (width, height) = (self.connection.width(), self.connection.height());
        if !self.set_quality() {
            self.fail(Why::Protocol, "the pixel format is refused");
            return;
        }
        self.resize(width, height);
        if !self.over.get() {
            self.reporter.say(&Report::Open);
            self.reporter.say(&Report::Absolute(self.connection.is_abs_pointer()));
            self.expect_sound();
        }
    }

    fn resize(&self, width: i32, height: i32) {
        if self.size.get() == Some((width, height)) {
            // QEMU says it with each whole picture. What there is stays: gvnc
            // asks for no other one, since that would be answered so, too.
            self.picture.answered();
            self.ask(true);
            return;
        }
        let fits = |edge: i32| {
            u16::try_from(edge).ok().filter(|edge| (1..=LONGEST_EDGE).contains(&u32::from(*edge)))
        };
        let (Some(wide), Some(high)) = (fits(width), fits(height)) else {
            self.fail(Why::TooLarge, &format!("{width}x{height}"));
            return;
        };
        if self.memory.clear().is_err() || !self.lay_canvas((wide, high)) {
            self.fail(Why::Protocol, "the screen has no memory");
            return;
        }
        self.size.set(Some((width, height)));
        self.reporter.say(&Report::Size { width: wide.into(), height: high.into() });
        self.ask(false);
    }

    /// Has gvnc draw into the memory, out of pixels as the server sends them.
    fn lay_canvas(&self, size: (u16, u16)) -> bool {
        let formats = pixel().zip(self.connection.pixel_format());
        let framebuffer = formats
            .and_then(|(local, remote)| library::framebuffer(&self.memory, size, &local, &remote));
        framebuffer.is_some_and(|it| self.connection.set_framebuffer(&it).is_ok())
    }

    /// The server sends other pixels from now on: asks for all of them.
    pub(super) fn draw_anew(&self) {
        let Some((width, height)) = self.size.get() else { return };
        let edge = |edge: i32| u16::try_from(edge).unwrap_or(0);
        if self.lay_canvas((edge(width), edge(height))) {
            // After a server has said its size, gvnc takes the next question
            // for one for changes (`skip_non_incremental`).
            let _ = self.connection.framebuffer_update_request(false, 0, 0, 1, 1);
            self.ask(false);
        }
    }

    fn execute(self: &Rc<Self>, order: Order) {
        if !self.watched.replace(true) {
            self.watch_line(true);
        }
        if order.is_by_hand() {
            self.answers.listen_for(Rc::downgrade(self));
        }
        match order {
            Order::Key { down, keysym, qnum } => {
                // A server that takes places wants a place.
                if qnum != 0 || !self.connection.is_ext_key_event() {
                    let qnum = u16::try_from(qnum).unwrap_or(0);
                    let _ = self.connection.key_event(down, keysym, qnum);
                }
            }
            Order::Pointer { mask, x, y } => {
                let _ = self.connection.pointer_event(mask, x, y);
            }
            Order::Update => self.ask(true),
            Order::Size { width, height } => {
                // The library returns a boolean where it declares a status:
                // only "unsupported" means what it says (vncconnection.c).
                if self.connection.set_size(width, height) == ConnectionResizeStatus::Unsupported {
                    self.reporter.say(&Report::NoResize);
                }
            }
            Order::Credentials { user, password } => {
                self.answered.set(true);
                self.answer(&user, &password);
                self.expect_progress();
            }
            Order::CutText(text) => library::cut_text(&self.connection, &text),
            Order::Quality(quality) => self.choose_quality(quality),
            Order::Mute(mute) => self.mute(mute),
        }
    }
}
