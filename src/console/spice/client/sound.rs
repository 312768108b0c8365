//! The guest's sound: played here, and recorded here if the user lets it.

use std::cell::{Cell, RefCell};

use spice_client_glib::{
    Channel, ChannelEvent, PlaybackChannel, RecordChannel, Session, glib::prelude::*, prelude::*,
};

use super::{connection::Client, library};
use crate::console::{extras::Sound, helper::sound_server, spice::line::Extra};

/// What the user allows.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    muted: Cell<bool>,
    /// The guest's channel for recording.
    record: RefCell<Option<RecordChannel>>,
    /// The library knows the channel already.
    recorded: Cell<bool>,
}

impl Client {
    /// The server has a channel for the guest's sound. What stops the signal
    /// keeps the library from connecting the channel.
    pub(super) fn meet_sound(&self, session: &Session, channel: &Channel) {
        let server = sound_server();
        if let Some(playback) = channel.downcast_ref::<PlaybackChannel>() {
            match server {
                Ok(()) if library::audio(session) => {
                    self.watch_playback(playback);
                    self.tell(Extra::Sound(Sound::Played));
                }
                Ok(()) => self.cannot_play(session, "GStreamer"),
                Err(looked) => self.cannot_play(session, &looked),
            }
        } else if let Some(record) = channel.downcast_ref::<RecordChannel>() {
            session.stop_signal_emission_by_name("channel-new");
            self.tell(Extra::Records(server.is_ok()));
            self.hearing.record.replace(Some(record.clone()));
        }
    }

    fn cannot_play(&self, session: &Session, why: &str) {
        session.stop_signal_emission_by_name("channel-new");
        self.tell(Extra::Sound(Sound::Unplayable(why.to_owned())));
    }

    /// A muted guest's sound stops here: the library does not know how to keep
    /// a channel silent.
    fn watch_playback(&self, playback: &PlaybackChannel) {
        let weak = self.weak();
        playback.connect_local("playback-data", false, move |values| {
            let channel = values.first()?.get::<PlaybackChannel>().ok()?;
            if weak.upgrade()?.hearing.muted.get() {
                channel.stop_signal_emission_by_name("playback-data");
            }
            None
        });
    }

    /// A channel for sound broke off.
    pub(super) fn sound_lost(&self, channel: &Channel) {
        if channel.is::<PlaybackChannel>() {
            let error = channel.error().map(|error| error.message().to_owned());
            let why = error.unwrap_or_else(|| "the server ended the channel".to_owned());
            self.tell(Extra::Sound(Sound::Unplayable(why)));
        } else if channel.is::<RecordChannel>() {
            self.tell(Extra::Records(false));
        }
    }

    pub(super) fn mute(&self, mute: bool) {
        self.hearing.muted.set(mute);
    }

    /// Lets the guest record, or no longer.
    pub(super) fn record(&self, allow: bool) {
        let Some(record) = self.hearing.record.borrow().clone() else { return };
        if !allow {
            ChannelExt::disconnect(&record, ChannelEvent::None);
        } else if self.hearing.recorded.replace(true) {
            ChannelExt::connect(&record);
        } else if let Some(session) = self.session()
            && library::audio(&session)
        {
            // It has the library look for channels that are not connected.
            session.set_enable_audio(true);
        }
    }
}
