//! The channels of a session: which are used, and how they end.

use std::{
    collections::{BTreeMap, HashMap},
    os::fd::{IntoRawFd, OwnedFd},
    rc::Rc,
};

use spice_client_glib::{
    Channel, ChannelEvent, ChannelType, ClientError, CursorChannel, DisplayChannel, InputsChannel,
    MainChannel, Session, SmartcardChannel, WebdavChannel, glib, prelude::*,
};

use super::{connection::Client, library};
use crate::console::{
    helper::{
        Why,
        tls::{self, TlsProblem},
    },
    spice::line::{self, Report},
};

/// The channels that are used.
#[derive(Default)]
pub(super) struct Channels {
    pub(super) main: Option<MainChannel>,
    /// Those of the guest's screens, by their numbers.
    pub(super) displays: BTreeMap<u32, DisplayChannel>,
    /// Those of the pointer's pictures, by the same numbers.
    pub(super) cursors: BTreeMap<u32, CursorChannel>,
    pub(super) inputs: Option<InputsChannel>,
    /// Those that wait for a connection.
    waiting: HashMap<line::Channel, Channel>,
}

/// Whether the console goes on without channels of this type.
fn is_extra(kind: i32) -> bool {
    use ChannelType::{Playback, Record, Smartcard, Usbredir, Webdav};
    [Playback, Record, Smartcard, Usbredir, Webdav].iter().any(|extra| *extra as i32 == kind)
}

pub(super) fn number(channel: &Channel) -> line::Channel {
    let part = |number: i32| u32::try_from(number).unwrap_or(u32::MAX);
    (part(channel.channel_type()), part(channel.channel_id()))
}

impl Client {
    /// The server has a channel: uses it, if it is of use.
    pub(super) fn meet(self: &Rc<Self>, session: &Session, channel: &Channel) {
        let kind = ChannelType::try_from(channel.channel_type());
        match kind {
            Ok(ChannelType::Main | ChannelType::Display | ChannelType::Cursor) => {}
            // The first: a guest has one keyboard.
            Ok(ChannelType::Inputs) if channel.channel_id() == 0 => {}
            _ if is_extra(channel.channel_type()) => {}
            _ => return,
        }
        let weak = Rc::downgrade(self);
        channel.connect_channel_event(move |channel, event| {
            if let Some(this) = weak.upgrade() {
                this.channel_event(channel, event);
            }
        });
        let weak = Rc::downgrade(self);
        channel.connect_open_fd(move |channel, secure| {
            if let Some(this) = weak.upgrade() {
                this.want_line(channel, secure != 0);
            }
        });
        if let Some(main) = channel.downcast_ref::<MainChannel>() {
            self.channels.borrow_mut().main = Some(main.clone());
            self.watch_agent(main);
            self.watch_files(main);
            // The session connects it.
            return;
        }
        match kind {
            // The library connects these, unless it is kept from it.
            Ok(ChannelType::Playback | ChannelType::Record) => {
                return self.meet_sound(session, channel);
            }
            Ok(ChannelType::Usbredir) => return self.meet_usb(session),
            _ => {}
        }
        if let Some(webdav) = channel.downcast_ref::<WebdavChannel>() {
            return self.meet_webdav(webdav);
        }
        if let Some(smartcard) = channel.downcast_ref::<SmartcardChannel>() {
            return self.meet_cards(smartcard);
        }
        if let Some(display) = channel.downcast_ref::<DisplayChannel>() {
            self.channels.borrow_mut().displays.insert(number(channel).1, display.clone());
            self.watch_display(display);
            self.tell_screens();
        } else if let Some(inputs) = channel.downcast_ref::<InputsChannel>() {
            self.channels.borrow_mut().inputs = Some(inputs.clone());
            self.watch_inputs(inputs);
        } else if let Some(cursor) = channel.downcast_ref::<CursorChannel>() {
            self.channels.borrow_mut().cursors.insert(number(channel).1, cursor.clone());
            self.watch_cursor(cursor);
        }
        if self.is_wanted(channel) {
            ChannelExt::connect(channel);
        }
    }

    fn want_line(&self, channel: &Channel, secure: bool) {
        if secure && self.start.secure.is_none() && !is_extra(channel.channel_type()) {
            // The server wants TLS for it, and has named no port for that.
            self.fail(Why::Security, "TLS");
            return;
        }
        let number = number(channel);
        self.channels.borrow_mut().waiting.insert(number, channel.clone());
        self.say(&Report::WantsLine { channel: number });
    }

    pub(super) fn give_line(self: &Rc<Self>, channel: line::Channel, fd: OwnedFd) {
        let Some(server) = self.start.secure.clone() else {
            return self.take_line(channel, fd);
        };
        let weak = Rc::downgrade(self);
        glib::MainContext::default().spawn_local(async move {
            let told = weak.clone();
            let refused = move |problem: TlsProblem| {
                if let Some(this) = told.upgrade() {
                    this.end(&Report::Link(problem.into()));
                }
            };
            let plain = match tls::stream(fd) {
                Ok(line) => tls::secure(line, &server, refused).await,
                Err(error) => Err(TlsProblem::Failed(error.to_string())),
            };
            let Some(this) = weak.upgrade() else { return };
            match plain {
                Ok(fd) => this.take_line(channel, fd),
                Err(problem) => this.end(&Report::Link(problem.into())),
            }
        });
    }

    fn take_line(&self, channel: line::Channel, fd: OwnedFd) {
        let waiting = self.channels.borrow_mut().waiting.remove(&channel);
        // The library takes the handle over.
        if let Some(waiting) = waiting
            && !waiting.open_fd(fd.into_raw_fd())
        {
            self.fail(Why::Protocol, "the library does not take the line");
        }
    }

    pub(super) fn no_line(&self, channel: line::Channel, text: &str) {
        let waiting = self.channels.borrow_mut().waiting.remove(&channel);
        match waiting {
            Some(waiting) if is_extra(waiting.channel_type()) => self.extra_lost(&waiting),
            _ => self.fail(Why::Unreachable, text),
        }
    }

    /// A channel ended without which the console goes on.
    fn extra_lost(&self, channel: &Channel) {
        if channel.is::<WebdavChannel>() {
            self.folder_lost();
        } else if channel.is::<SmartcardChannel>() {
            self.cards_lost(channel.error().map(|error| error.message().to_owned()));
        } else {
            self.sound_lost(channel);
        }
    }

    fn channel_event(&self, channel: &Channel, event: ChannelEvent) {
        let is_current = |main: &Option<MainChannel>| {
            let main = main.as_ref().map(Cast::upcast_ref::<Channel>);
            channel.channel_type() != ChannelType::Main as i32 || main == Some(channel)
        };
        if !is_current(&self.channels.borrow().main) || !self.is_wanted(channel) {
            // Of a session that was given up for another, or of a screen that
            // is shown no longer.
            return;
        }
        if is_extra(channel.channel_type()) {
            if !matches!(event, ChannelEvent::Opened | ChannelEvent::None) {
                self.extra_lost(channel);
            }
            return;
        }
        let error = channel.error();
        let text = error.as_ref().map(|error| error.message().to_owned()).unwrap_or_default();
        match event {
            ChannelEvent::ErrorAuth => {
                let needs = error.as_ref().and_then(glib::Error::kind::<ClientError>);
                let user = matches!(
                    needs,
                    Some(
                        ClientError::AuthNeedsUsername | ClientError::AuthNeedsPasswordAndUsername
                    )
                );
                self.refused(user, &text);
            }
            ChannelEvent::Opened => self.choose_packing(channel),
            ChannelEvent::ErrorConnect => self.fail(Why::Unreachable, &text),
            ChannelEvent::ErrorLink => {
                let why = if library::met_a_stranger() { Why::Stranger } else { Why::Closed };
                self.fail(why, &text);
            }
            ChannelEvent::Closed | ChannelEvent::ErrorIo => self.fail(Why::Closed, &text),
            _ => {}
        }
    }
}
