//! A connection, on the program's side.

use std::{convert::Infallible, sync::Arc};

use super::{
    Rfb,
    decoder::Start,
    line::{self, Order, Report},
};
use crate::{
    backend::Line,
    console::{
        ConsoleError,
        frame::Rect,
        helper::{self, Link, lock, malformed, tls},
        remote::Phase,
        trust,
    },
    model::Secret,
};

type Shared = helper::Shared<Rfb>;

/// Connects, and hears what the decoder reports until the end.
pub(super) fn run(
    shared: &Arc<Shared>,
    server: Line,
    mut password: Option<Secret>,
    local: bool,
) -> Result<Infallible, ConsoleError> {
    let (place, known) = (server.place(), trust::known());
    let network = place.port > 0;
    let trusted = known.acceptable_at(&place);
    let start = Start {
        expected: known.security_of(&place),
        server: tls::Server { place: place.clone(), trusted, ..tls::Server::default() },
        network,
        local,
    };
    let server = helper::connect(server)?;
    shared.converse(&start.encode(), vec![server], |message, _| {
        match Report::decode(message).map_err(malformed)? {
            Report::WantsCredentials { user } => match password.take() {
                Some(password) if !user => {
                    shared.outbox.send(Order::Credentials { user: String::new(), password });
                }
                _ => shared.tell(|news| news.phase = Some(Phase::WantsPassword { user })),
            },
            Report::Failed { why, text } => return Err(why.error(text, "VNC")),
            Report::Link(Link::Secured(_)) if !network => {}
            Report::Link(link) => trust::heard(&place, link)?,
            other => apply(shared, other)?,
        }
        Ok(())
    })
}

fn apply(shared: &Shared, report: Report) -> Result<(), ConsoleError> {
    match report {
        Report::Open => {
            lock(&shared.facts).open = true;
            shared.tell(|news| news.phase = Some(Phase::Open));
        }
        Report::Size { width, height } => {
            lock(&shared.frame)
                .resize(width, height)
                .map_err(|_| ConsoleError::TooLarge { width, height })?;
            shared.tell(|news| news.picture(0).resized = true);
        }
        Report::Damage { x, y, width, height } => {
            lock(&shared.frame).mark(Rect { x, y, width, height });
            shared.tell(|news| news.picture(0).updated = true);
        }
        Report::Cursor(image) => shared.tell(|news| news.picture(0).cursor = Some(image)),
        Report::Absolute(absolute) => shared.tell(|news| news.absolute = Some(absolute)),
        Report::Leds(leds) => shared.tell(|news| news.leds = Some(leds)),
        Report::CutText(text) => {
            lock(&shared.facts).classic_seen = true;
            let text = line::from_latin1(&text);
            shared.tell(|news| news.clipboard = Some(text));
        }
        Report::NoResize => lock(&shared.facts).no_resize = true,
        Report::Silent(silent) => shared.tell(|news| news.silent = Some(silent)),
        Report::Sound(sound) => {
            lock(&shared.facts).sound = sound;
            shared.tell(|news| news.extras = true);
        }
        Report::Link(_) | Report::WantsCredentials { .. } | Report::Failed { .. } => {}
    }
    Ok(())
}
