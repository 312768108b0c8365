//! A connection, on the program's side.

use std::{
    convert::Infallible,
    os::fd::OwnedFd,
    sync::{Arc, Mutex},
};

use super::{
    Dialog,
    client::Start,
    line::{Channel, Extra, Order, Report},
};
use crate::{
    backend::{Excuse, LineOpener, Lines},
    console::{
        ConsoleError,
        frame::Frame,
        helper::{self, Why, dial, line::Malformed, lock, malformed},
        remote::{Phase, PictureNews},
        scanout::Scanout,
        trust,
    },
    model::Secret,
};

type Shared = helper::Shared<Dialog>;

/// What ssh may have to say of a connection that leads nowhere.
type Excuses = Arc<Mutex<Option<Excuse>>>;

/// Connects, and hears what the client reports until the end.
pub(super) fn run(
    shared: &Arc<Shared>,
    lines: &Lines,
    password: Option<Secret>,
) -> Result<Infallible, ConsoleError> {
    let start = Start::of(lines).encode();
    let excuses = Excuses::default();
    let mut open = false;
    shared.outbox.send(Order::Connect { user: String::new(), password });
    shared.converse(&start, Vec::new(), |message, fds| {
        match Report::decode(message).map_err(malformed)? {
            Report::WantsLine { channel } => bring_line(shared, lines, channel, &excuses),
            Report::Failed { why, text } => {
                let said = lock(&excuses).take().filter(|_| !open && why == Why::Closed);
                return Err(match said.map(|excuse| excuse.last_line()) {
                    Some(line) if !line.is_empty() => ConsoleError::Unreachable(line),
                    _ => why.error(text, "SPICE"),
                });
            }
            Report::Link(link) => {
                if let Lines::Secure { place, .. } = lines {
                    trust::heard(place, link)?;
                }
            }
            Report::Open => {
                open = true;
                shared.tell(|news| news.phase = Some(Phase::Open));
            }
            Report::Scanout { screen, layout } => {
                let memory = fds.into_iter().next().ok_or_else(|| malformed(Malformed))?;
                let scanout = Scanout::new(layout, memory);
                with_frame(shared, screen, |frame| frame.show_scanout(scanout));
            }
            other => apply(shared, other)?,
        }
        Ok(())
    })
}

/// Opens the connection of a channel, on a thread of its own: it may take
/// long, and the others go on.
fn bring_line(shared: &Arc<Shared>, lines: &Lines, channel: Channel, excuses: &Excuses) {
    let (this, lines, excuses) = (Arc::clone(shared), lines.clone(), Arc::clone(excuses));
    let body = move || {
        let order = match line(&lines, &excuses) {
            Ok(fd) => Order::Line { channel, fd },
            Err(text) => Order::NoLine { channel, text },
        };
        this.outbox.send(order);
    };
    if let Err(error) = std::thread::Builder::new().name("console-line".into()).spawn(body) {
        shared.outbox.send(Order::NoLine { channel, text: error.to_string() });
    }
}

fn line(lines: &Lines, excuses: &Excuses) -> Result<OwnedFd, String> {
    let from_opener = |opener: &LineOpener| {
        let line = opener.open().map_err(|failure| failure.detail)?;
        if let Some(excuse) = line.excuse {
            *lock(excuses) = Some(excuse);
        }
        Ok(line.fd)
    };
    let from_place = |host: &str, port| {
        dial(host, port).map_err(|error| match error {
            ConsoleError::Unreachable(text) => text,
            other => other.to_string(),
        })
    };
    match lines {
        Lines::Opened(opener) | Lines::Secure { opener: Some(opener), .. } => from_opener(opener),
        Lines::Address { host, port } => from_place(host, *port),
        Lines::Secure { place, opener: None, .. } => from_place(&place.host, place.port),
    }
}

/// Gives access to a screen's pixels, if it is shown.
pub(super) fn with_frame<T>(
    shared: &Shared,
    screen: u32,
    use_it: impl FnOnce(&mut Frame) -> T,
) -> Option<T> {
    if screen == 0 {
        return Some(use_it(&mut lock(&shared.frame)));
    }
    lock(&shared.facts).frames.get_mut(&screen).map(use_it)
}

/// Tells what happened on a screen, if it is shown.
fn tell_of(shared: &Shared, screen: u32, change: impl FnOnce(&mut PictureNews)) {
    if with_frame(shared, screen, |_| ()).is_some() {
        shared.tell(|news| change(news.picture(screen)));
    }
}

fn apply(shared: &Shared, report: Report) -> Result<(), ConsoleError> {
    match report {
        Report::WantsCredentials { user } => {
            shared.tell(|news| news.phase = Some(Phase::WantsPassword { user }));
        }
        Report::Screens(screens) => {
            lock(&shared.facts).screens = screens;
            shared.tell(|news| news.screens = true);
        }
        Report::Size { screen, width, height } => {
            with_frame(shared, screen, |frame| frame.resize(width, height))
                .unwrap_or(Ok(()))
                .map_err(|_| ConsoleError::TooLarge { width, height })?;
            tell_of(shared, screen, |news| news.resized = true);
        }
        Report::Damage { screen, area } => {
            with_frame(shared, screen, |frame| frame.mark(area));
        }
        Report::Updated { screen } => {
            with_frame(shared, screen, Frame::updated);
            tell_of(shared, screen, |news| news.updated = true);
        }
        Report::Cursor { screen, image } => {
            tell_of(shared, screen, |news| news.cursor = Some(image));
        }
        Report::Absolute(absolute) => shared.tell(|news| news.absolute = Some(absolute)),
        Report::Leds(leds) => shared.tell(|news| news.leds = Some(leds)),
        Report::Agent(agent) => {
            lock(&shared.facts).agent = agent;
            shared.tell(|news| news.abilities = true);
        }
        Report::Offer(contents) => shared.tell(|news| news.offer = Some(contents)),
        Report::Fetch(content) => shared.tell(|news| news.asks = Some(content)),
        Report::Give { content, bytes } => shared.tell(|news| news.gave = Some((content, bytes))),
        Report::Silent(silent) => shared.tell(|news| news.silent = Some(silent)),
        Report::Extra(extra) => remember(shared, extra),
        Report::Link(_)
        | Report::WantsLine { .. }
        | Report::Open
        | Report::Scanout { .. }
        | Report::Failed { .. } => {}
    }
    Ok(())
}

fn remember(shared: &Shared, extra: Extra) {
    match extra {
        Extra::File(id, step) => return shared.tell(|news| news.file(id, step)),
        Extra::UsbFailed(name, why) => {
            return shared.tell(|news| news.usb_failed = Some((name, why)));
        }
        state => {
            let known = &mut lock(&shared.facts).extras;
            match state {
                Extra::Sound(sound) => known.sound = sound,
                Extra::Records(records) => known.records = records,
                Extra::Files(files) => known.files = files,
                Extra::Folder(folder) => known.folder = folder,
                Extra::Usb(usb) => known.usb = usb,
                Extra::Cards(cards) => known.cards = cards,
                Extra::File(..) | Extra::UsbFailed(..) => {}
            }
        }
    }
    shared.tell(|news| news.extras = true);
}
