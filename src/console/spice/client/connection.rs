//! One session of spice-client-glib, told to the program and steered by it.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    os::{fd::BorrowedFd, unix::net::UnixStream},
    rc::{Rc, Weak},
};

use spice_client_glib::{Session, glib};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::{
    Start, agent::Clipboard, cards::Reading, channels::Channels, files::Files, folder::Sharing,
    hands::Hands, library, picture::Picture, screens::Screens, sound::Hearing, usb::Devices,
};
use crate::{
    console::{
        extras::Ask,
        helper::{Answers, Memory, Why, line, process},
        spice::line::{Extra, LONGEST, Order, Report},
    },
    model::{PictureQuality, Secret},
};

/// The client's state.
pub(super) struct Client {
    this: Weak<Self>,
    pub(super) start: Start,
    reporter: process::Reporter,
    main_loop: glib::MainLoop,
    session: RefCell<Option<Session>>,
    pub(super) channels: RefCell<Channels>,
    /// The screens that are shown, by their numbers.
    pub(super) pictures: RefCell<BTreeMap<u32, Picture>>,
    pub(super) screens: Screens,
    pub(super) quality: Cell<PictureQuality>,
    pub(super) hands: Cell<Hands>,
    answers: Rc<Answers>,
    pub(super) clipboard: RefCell<Clipboard>,
    pub(super) hearing: Hearing,
    pub(super) files: Files,
    pub(super) sharing: Sharing,
    pub(super) usb: Devices,
    pub(super) cards: Reading,
    /// A password was given to the server.
    answered: Cell<bool>,
    /// The user is being asked for one.
    asking: Cell<bool>,
    /// The screen was there.
    pub(super) open: Cell<bool>,
    over: Cell<bool>,
    /// Counts the waits, so that one that is no longer meant does nothing.
    wait: Cell<u32>,
}

/// Speaks with the server until one of the three ends.
pub(super) fn run(start: Start, memory: Memory, line: UnixStream) -> io::Result<()> {
    let reporter = process::Reporter(line.try_clone()?);
    let client = Rc::new_cyclic(|this| Client {
        this: this.clone(),
        start,
        reporter,
        main_loop: glib::MainLoop::new(None, false),
        session: RefCell::default(),
        channels: RefCell::default(),
        pictures: RefCell::new(BTreeMap::from([(0, Picture::new(memory))])),
        screens: Screens::default(),
        quality: Cell::default(),
        hands: Cell::default(),
        answers: Rc::default(),
        clipboard: RefCell::default(),
        hearing: Hearing::default(),
        files: Files::default(),
        sharing: Sharing::default(),
        usb: Devices::default(),
        cards: Reading::default(),
        answered: Cell::default(),
        asking: Cell::default(),
        open: Cell::default(),
        over: Cell::default(),
        wait: Cell::default(),
    });
    library::listen_to_its_words();
    obey(&client, line)?;
    client.main_loop.run();
    Ok(())
}

/// Does what the program orders, as it arrives. The line is read on a thread;
/// its end ends the client.
fn obey(client: &Rc<Client>, line: UnixStream) -> io::Result<()> {
    let (sender, mut orders) = mpsc::unbounded_channel();
    let body = move || {
        while let Ok(Some((message, fds))) = line::receive(&line, LONGEST) {
            let Ok(order) = Order::decode(&Zeroizing::new(message), fds) else { return };
            if sender.send(order).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("orders".into()).spawn(body)?;
    let weak = Rc::downgrade(client);
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

impl Client {
    pub(super) fn weak(&self) -> Weak<Self> {
        self.this.clone()
    }

    pub(super) fn session(&self) -> Option<Session> {
        self.session.borrow().clone()
    }

    /// Tells the program of one of the extras.
    pub(super) fn tell(&self, extra: Extra) {
        self.say(&Report::Extra(extra));
    }

    /// Tells the program.
    pub(super) fn say(&self, report: &Report) {
        if !self.over.get() {
            self.reporter.say(|out| report.encode(out));
        }
    }

    /// Tells the program, and hands something over.
    pub(super) fn hand(&self, report: &Report, fd: BorrowedFd<'_>) {
        if !self.over.get() {
            self.reporter.hand(|out| report.encode(out), fd);
        }
    }

    /// Says why it is over; only the first reason counts, since the library
    /// adds others while it tidies up.
    pub(super) fn fail(&self, why: Why, text: &str) {
        self.end(&Report::Failed { why, text: text.to_owned() });
    }

    pub(super) fn end(&self, last: &Report) {
        if !self.over.get() {
            self.say(last);
            self.over.set(true);
            self.main_loop.quit();
        }
    }

    /// Gives up if nothing is shown in time. Waiting for the user does not
    /// count.
    fn expect_progress(self: &Rc<Self>) {
        let number = self.wait.get() + 1;
        self.wait.set(number);
        let weak = Rc::downgrade(self);
        glib::timeout_add_local_once(self.start.patience(), move || {
            if let Some(this) = weak.upgrade()
                && this.wait.get() == number
                && !this.open.get()
                && !this.asking.get()
            {
                this.fail(Why::TimedOut, "");
            }
        });
    }

    fn connect(self: &Rc<Self>, user: &str, password: Option<&Secret>) {
        let session = Session::new();
        // It tells of no such channel otherwise. Whether they are shared is the user's choice.
        session.set_enable_smartcard(true);
        session.set_username((!user.is_empty()).then_some(user));
        session.set_password(password.map(Secret::expose));
        self.answered.set(password.is_some());
        self.asking.set(false);
        let weak = Rc::downgrade(self);
        session.connect_channel_new(move |session, channel| {
            if let Some(this) = weak.upgrade() {
                this.meet(session, channel);
            }
        });
        if let Some(old) = self.session.replace(Some(session.clone())) {
            old.disconnect();
        }
        *self.channels.borrow_mut() = Channels::default();
        self.prepare_cards();
        self.expect_progress();
        // Each channel then asks for its connection.
        let begun = session.open_fd(-1);
        if !begun {
            self.fail(Why::Protocol, "the session does not begin");
        }
    }

    /// The server does not let the user in like this.
    pub(super) fn refused(&self, user: bool, text: &str) {
        if self.answered.get() {
            self.fail(Why::Authentication, text);
        } else if !self.asking.replace(true) {
            self.say(&Report::WantsCredentials { user });
        }
    }

    fn execute(self: &Rc<Self>, order: Order) {
        if matches!(order, Order::Key { .. } | Order::Pointer { .. } | Order::Moved { .. }) {
            self.answers.listen_for(self.weak());
        }
        match order {
            Order::Connect { user, password } => self.connect(&user, password.as_ref()),
            Order::Line { channel, fd } => self.give_line(channel, fd),
            Order::NoLine { channel, text } => self.no_line(channel, &text),
            Order::Key { down, code } => self.key(down, code),
            Order::Pointer { screen, mask, x, y } => self.point(screen, mask, (x, y)),
            Order::Moved { mask, dx, dy } => self.move_pointer(mask, dx, dy),
            Order::Update { screen } => self.update(screen),
            Order::Size { screen, width, height } => self.ask_for_size(screen, (width, height)),
            Order::Show { screen, width, height, memory } => {
                self.show_screen(screen, (width, height), memory);
            }
            Order::Hide { screen } => self.hide_screen(screen),
            Order::Offer(contents) => self.offer(contents),
            Order::Fetch(content) => self.fetch(content),
            Order::Give { content, bytes } => self.give(content, &bytes),
            Order::Ask(ask) => self.answer(ask),
            Order::Quality(quality) => self.choose_quality(quality),
        }
    }

    fn answer(&self, ask: Ask) {
        match ask {
            Ask::Mute(mute) => self.mute(mute),
            Ask::Record(allow) => self.record(allow),
            Ask::SendFile { id, uri } => self.send_file(id, &uri),
            Ask::StopFile(id) => self.stop_file(id),
            Ask::ShareFolder { path, read_only } => self.share_folder(&path, read_only),
            Ask::StopFolder => self.stop_folder(),
            Ask::Usb { id, connect, window } => self.connect_usb(id, connect, &window),
            Ask::UsbDisc(path) => self.add_disc(&path),
            Ask::Cards(share) => self.share_cards(share),
        }
    }
}
