//! The guest's sound, which QEMU sends as plain samples and GStreamer plays.
//!
//! GStreamer is met on a thread of its own: it may take seconds to look for its
//! plugins, and waits for a sound server that does not answer. The picture
//! waits for neither.

use std::{
    cell::{Cell, OnceCell},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use gstreamer::{
    self as gst,
    prelude::{Cast, ElementExt, GstBinExt, ObjectExt},
};
use gvnc::{BaseAudio, glib, prelude::BaseAudioExt};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{connection::Decoder, library};
use crate::console::{extras::Sound, helper::sound_server, vnc::line::Report};

/// Samples of each side in a second: what sound servers play unconverted.
pub(super) const RATE: u32 = 48_000;

/// Left and right.
pub(super) const SIDES: u8 = 2;

/// Messages of the server that may wait to be played; later ones are dropped.
/// QEMU sends about a hundred in a second.
const MOST_WAITING: usize = 64;

/// What plays the guest's sound.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    muted: Cell<bool>,
    source: BaseAudio,
    player: OnceCell<Player>,
}

/// The thread that plays, as this one knows it.
#[derive(Debug)]
struct Player {
    wanted: Arc<AtomicBool>,
    samples: SyncSender<Vec<u8>>,
}

impl Player {
    /// Starts the thread, which tells what becomes of it.
    fn start(tell: UnboundedSender<Sound>) -> Self {
        let (samples, receiver) = sync_channel(MOST_WAITING);
        let wanted = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&wanted);
        let failed = tell.clone();
        let body = move || {
            if let Err(error) = play(&receiver, &shared, &tell) {
                let _ = tell.send(Sound::Unplayable(error.to_string()));
            }
        };
        if let Err(error) = thread::Builder::new().name("sound".to_owned()).spawn(body) {
            let _ = failed.send(Sound::Unplayable(error.to_string()));
        }
        Self { wanted, samples }
    }

    fn want(&self, sound: bool) {
        self.wanted.store(sound, Ordering::Relaxed);
        self.push(&[]);
    }

    /// Nobody is held up by a sound server that takes nothing.
    fn push(&self, samples: &[u8]) {
        let _ = self.samples.try_send(samples.to_vec());
    }
}

/// Plays what arrives, while it is wanted, until nothing can arrive any more.
fn play(
    samples: &Receiver<Vec<u8>>,
    wanted: &AtomicBool,
    tell: &UnboundedSender<Sound>,
) -> Result<(), glib::Error> {
    let failed = |what: &str| glib::Error::new(gst::CoreError::Failed, what);
    gst::init()?;
    let bin = gst::parse::launch(&description())?;
    let pipeline = bin.downcast::<gst::Pipeline>().map_err(|_| failed("no pipeline"))?;
    let source = pipeline.by_name("samples").ok_or_else(|| failed("no source"))?;
    let mut playing = false;
    while let Ok(part) = samples.recv() {
        let want = wanted.load(Ordering::Relaxed);
        if want != playing {
            let state = if want { gst::State::Playing } else { gst::State::Null };
            pipeline.set_state(state).map_err(|error| failed(&error.to_string()))?;
            playing = want;
            if playing {
                let _ = tell.send(Sound::Played);
            }
        }
        if playing && !part.is_empty() {
            let buffer = gst::Buffer::from_mut_slice(part);
            // Nothing can be done about what a broken sound server does not take.
            let _ = source.emit_by_name::<gst::FlowReturn>("push-buffer", &[&buffer]);
        }
    }
    Ok(())
}

/// From the samples to whatever plays sound here. What is more than a second
/// late is dropped.
fn description() -> String {
    format!(
        "appsrc name=samples is-live=true do-timestamp=true format=time \
         max-time=1000000000 leaky-type=downstream \
         caps=audio/x-raw,format=S16LE,channels={SIDES},rate={RATE},layout=interleaved \
         ! queue ! audioconvert ! audioresample ! autoaudiosink"
    )
}

impl Decoder {
    /// Passes on what gvnc hears.
    pub(super) fn listen_to_sound(self: &Rc<Self>) {
        let source = &self.hearing.source;
        let weak = Rc::downgrade(self);
        source.connect_vnc_audio_playback_start(move |_, _| {
            if let Some(this) = weak.upgrade() {
                this.hearing.player.get_or_init(|| this.start_player()).want(true);
            }
        });
        let with = |act: fn(&Player, &[u8])| {
            let weak = Rc::downgrade(self);
            move |samples: &[u8]| {
                if let Some(this) = weak.upgrade()
                    && let Some(player) = this.hearing.player.get()
                {
                    act(player, samples);
                }
            }
        };
        let stop = with(|player, _| player.want(false));
        source.connect_vnc_audio_playback_stop(move |_| stop(&[]));
        let push = with(Player::push);
        source.connect_vnc_audio_playback_data(move |_, sample| push(library::samples(sample)));
    }

    fn start_player(self: &Rc<Self>) -> Player {
        let (tell, mut told) = unbounded_channel();
        let weak = Rc::downgrade(self);
        glib::MainContext::default().spawn_local(async move {
            while let Some(sound) = told.recv().await {
                let Some(this) = weak.upgrade() else { return };
                this.reporter.say(&Report::Sound(sound));
            }
        });
        Player::start(tell)
    }

    /// Has the server send sound, if it knows how; it says so when the guest
    /// makes some.
    pub(super) fn expect_sound(&self) {
        if let Err(looked) = sound_server() {
            self.reporter.say(&Report::Sound(Sound::Unplayable(looked)));
            return;
        }
        let set = self.connection.set_audio(&self.hearing.source).is_ok()
            && library::audio_format()
                .is_some_and(|format| self.connection.set_audio_format(&format).is_ok());
        if set {
            self.reporter.say(&Report::Sound(Sound::Expected));
            self.hear(!self.hearing.muted.get());
        }
    }

    /// A muted guest's sound is not sent.
    fn hear(&self, hear: bool) {
        // What fails is the connection, which tells so itself.
        let _ = if hear { self.connection.audio_enable() } else { self.connection.audio_disable() };
    }

    pub(super) fn mute(&self, mute: bool) {
        if self.hearing.muted.replace(mute) != mute && self.connection.is_initialized() {
            self.hear(!mute);
            // The server tells of its beginning anew.
            if let Some(player) = self.hearing.player.get().filter(|_| mute) {
                player.want(false);
            }
        }
    }
}
