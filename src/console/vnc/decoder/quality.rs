//! How the pictures are sent: exact, or smaller where the line is slow.
//!
//! Smaller means JPEG, where the server packs so (QEMU's as libvirt starts it
//! does not), and pixels of 16 bits, which every server sends.

use std::{
    cell::Cell,
    rc::{Rc, Weak},
    sync::Arc,
    time::{Duration, Instant},
};

use gvnc::{
    ByteOrder, ConnectionEncoding, PixelFormat,
    glib::{self, translate::IntoGlib},
};
use tokio::sync::Notify;

use super::connection::Decoder;
use crate::{console::frame::Rect, model::PictureQuality};

/// How long gvnc may take to send what it is told to.
const LOOK: Duration = Duration::from_millis(50);

/// How long there is to be no update before the server may have. Bells and texts
/// come at any time.
const SILENCE: Duration = Duration::from_millis(300);

/// How long it may take to answer. One that says its size instead of a pixel is not
/// waited for any longer.
const ANSWER: Duration = Duration::from_secs(3);

/// More pixels than this are no answer to a question for two of them: servers send
/// tiles.
const FEW: u64 = 64 * 64;

/// So often a screen is waited for that does not stand still.
const ROUNDS: usize = 4;

/// How long a whole picture may take before the line can be called slow.
const LONG: Duration = Duration::from_secs(1);

/// Bytes a second below which it is: some 8 Mbit/s.
const SLOW: u64 = 1 << 20;

/// Bytes that it takes to judge: fewer are no line's fault.
const ENOUGH: u64 = 32 << 10;

/// What is known of the line, and wished for.
#[derive(Debug)]
pub(super) struct Picture {
    /// Bytes cost less than packing them.
    local: bool,
    wish: Cell<PictureQuality>,
    /// A whole picture took long.
    slow: Cell<bool>,
    whole: Cell<Option<Whole>>,
    /// When the server last sent an update: pixels, or the screen's size, with
    /// which `TigerVNC` takes a question for answered.
    answered: Cell<Option<Instant>>,
    /// The pixel that it is still to send.
    sought: Cell<Option<Rect>>,
    /// Pixels that came since.
    pixels: Cell<u64>,
    /// It has sent one now.
    came: Rc<Notify>,
    /// What the server was asked for last.
    lossy: Cell<bool>,
}

/// A whole picture on its way.
#[derive(Clone, Copy, Debug)]
struct Whole {
    asked: Instant,
    /// Bytes that had arrived by then.
    heard: u64,
    /// Pixels that are still to be drawn.
    left: u64,
}

impl Whole {
    /// Whether the line is slow, going by the picture that is complete now.
    fn was_slow(&self, now: Instant, heard: u64) -> bool {
        let took = now.saturating_duration_since(self.asked);
        let bytes = heard.saturating_sub(self.heard);
        let per_second = u128::from(bytes) * 1000 / took.as_millis().max(1);
        took >= LONG && bytes >= ENOUGH && per_second < u128::from(SLOW)
    }
}

impl Picture {
    pub(super) fn new(local: bool) -> Self {
        Self {
            local,
            wish: Cell::default(),
            slow: Cell::default(),
            whole: Cell::default(),
            answered: Cell::default(),
            sought: Cell::default(),
            pixels: Cell::default(),
            came: Rc::default(),
            lossy: Cell::default(),
        }
    }

    /// The server has sent an update.
    pub(super) fn answered(&self) {
        self.answered.set(Some(Instant::now()));
        self.came.notify_one();
    }

    fn is_lossy(&self) -> bool {
        match self.wish.get() {
            PictureQuality::Exact => false,
            PictureQuality::Small => true,
            PictureQuality::Automatic => self.slow.get(),
        }
    }
}

impl Decoder {
    /// Tells the server what a pixel is, and which kinds of packing are welcome.
    pub(super) fn set_quality(&self) -> bool {
        let lossy = self.picture.is_lossy();
        self.picture.lossy.set(lossy);
        let pixel = if lossy { small_pixel() } else { pixel() };
        pixel.is_some_and(|pixel| self.connection.set_pixel_format(&pixel).is_ok())
            && self.set_encodings()
    }

    fn set_encodings(&self) -> bool {
        let encodings = encodings(self.picture.local, self.picture.lossy.get());
        self.connection.set_encodings(&encodings).is_ok()
    }

    pub(super) fn choose_quality(self: &Rc<Self>, quality: PictureQuality) {
        self.picture.wish.set(quality);
        self.follow_quality();
    }

    /// Takes pictures of another kind from now on, this one first.
    fn follow_quality(self: &Rc<Self>) {
        let changed = self.picture.is_lossy() != self.picture.lossy.get();
        if changed && self.connection.is_initialized() && !self.turns.hold(true) {
            glib::MainContext::default().spawn_local(follow(Rc::downgrade(self)));
        }
    }

    /// Asks for the first pixel and the last, and waits until the last is there; says
    /// whether nothing else came, so that all that was asked before is answered. gvnc
    /// may take the first for a question for changes, as in `draw_anew`.
    async fn hears(decoder: &Weak<Self>) -> Option<bool> {
        let this = decoder.upgrade()?;
        let (width, height) = this.size.get().unwrap_or((1, 1));
        let edge = |edge: i32| u16::try_from(edge - 1).unwrap_or(0);
        let last = (edge(width), edge(height));
        this.picture.answered.set(None);
        let (x, y) = (last.0.into(), last.1.into());
        this.picture.sought.set(Some(Rect { x, y, width: 1, height: 1 }));
        this.picture.pixels.set(0);
        for (x, y) in [(0, 0), last] {
            let _ = this.connection.framebuffer_update_request(false, x, y, 1, 1);
        }
        let came = Rc::clone(&this.picture.came);
        drop(this);
        let end = Instant::now() + ANSWER;
        while decoder.upgrade()?.picture.sought.get().is_some() {
            let left = end.saturating_duration_since(Instant::now());
            if glib::future_with_timeout(left, came.notified()).await.is_err() {
                break;
            }
        }
        Self::has_all(decoder).await?;
        let picture = &decoder.upgrade()?.picture;
        Some(picture.sought.take().is_none() && picture.pixels.get() <= FEW)
    }

    /// Whether the server has said all that it was asked for, and gvnc has read
    /// it. Between two messages gvnc sends at once what it is told to.
    async fn has_all(decoder: &Weak<Self>) -> Option<()> {
        loop {
            let this = decoder.upgrade()?;
            let answered = this.picture.answered.get();
            let left = answered.map(|answered| SILENCE.saturating_sub(answered.elapsed()));
            if left != Some(Duration::ZERO) {
                let came = Rc::clone(&this.picture.came);
                drop(this);
                match left {
                    Some(left) => glib::timeout_future(left).await,
                    None => came.notified().await,
                }
                continue;
            }
            let wire = Arc::clone(&this.wire);
            let said = wire.said();
            this.set_encodings();
            drop(this);
            glib::timeout_future(LOOK).await;
            if wire.said() != said {
                return Some(());
            }
        }
    }

    /// A whole picture of this size was asked for.
    pub(super) fn expect_picture(&self, width: u32, height: u32) {
        let left = u64::from(width) * u64::from(height);
        let (asked, heard) = (Instant::now(), self.wire.heard());
        self.picture.whole.set(Some(Whole { asked, heard, left }));
    }

    /// These pixels were drawn. What is slow stays so: a smaller picture says
    /// nothing of what an exact one would take.
    pub(super) fn pace(self: &Rc<Self>, area: Rect) {
        if self.picture.sought.get().is_some_and(|pixel| area.common(pixel).is_some()) {
            self.picture.sought.set(None);
        }
        let pixels = u64::from(area.width) * u64::from(area.height);
        self.picture.pixels.set(self.picture.pixels.get().saturating_add(pixels));
        self.picture.answered();
        let Some(mut whole) = self.picture.whole.get() else { return };
        whole.left = whole.left.saturating_sub(pixels);
        if whole.left > 0 {
            return self.picture.whole.set(Some(whole));
        }
        self.picture.whole.set(None);
        if !self.picture.local && whole.was_slow(Instant::now(), self.wire.heard()) {
            self.picture.slow.set(true);
            self.follow_quality();
        }
    }
}

/// Changes what a pixel is while nothing is under way: whether the server has
/// sent something before or after it heard of it does not show.
async fn follow(decoder: Weak<Decoder>) -> Option<()> {
    for _ in 0..ROUNDS {
        if Decoder::hears(&decoder).await? {
            break;
        }
    }
    let this = decoder.upgrade()?;
    this.turns.hold(false);
    if this.set_quality() {
        this.draw_anew();
    }
    // The user may have chosen again.
    this.follow_quality();
    Some(())
}

/// Blue, green, red and one byte that means nothing: what GTK takes as it is.
pub(super) fn pixel() -> Option<PixelFormat> {
    PixelFormat::new_with((255, 255, 255), (16, 8, 0), 24, 32, ByteOrder::Little, 1).ok()
}

/// Five bits of red and blue, six of green.
fn small_pixel() -> Option<PixelFormat> {
    PixelFormat::new_with((31, 63, 31), (11, 5, 0), 16, 16, ByteOrder::Little, 1).ok()
}

/// What is asked for. Packing costs both sides time and saves nothing on a
/// local socket.
fn encodings(local: bool, lossy: bool) -> Vec<i32> {
    use ConnectionEncoding as E;
    let pixels: &[E] = if lossy {
        // With a quality, Tight packs as JPEG what has many colours.
        &[E::CopyRect, E::Tight, E::TightJpeg5, E::Zrle, E::Hextile, E::Raw]
    } else if local {
        &[E::CopyRect, E::Raw]
    } else {
        &[E::CopyRect, E::Tight, E::Zrle, E::Hextile, E::Raw]
    };
    // Not WMVi: by it QEMU says with each mode of its guest that a pixel has 32 bits
    // again (`vnc_colordepth`).
    let extras = [
        E::ExtendedDesktopResize,
        E::DesktopResize,
        E::LastRect,
        E::AlphaCursor,
        E::RichCursor,
        E::Xcursor,
        E::PointerChange,
        E::ExtKeyEvent,
        E::LedState,
        E::Audio,
    ];
    pixels.iter().chain(&extras).map(|encoding| encoding.into_glib()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_slow_where_a_large_picture_takes_long() {
        let asked = Instant::now();
        let whole = Whole { asked, heard: 1000, left: 0 };
        for (milliseconds, bytes, slow) in [
            (100, 100_000, false),
            (900, 100_000, false),
            (1100, 100_000, true),
            (1100, 5_000_000, false),
            (10_000, 5_000_000, true),
            // A server that thinks.
            (5_000, 2_000, false),
        ] {
            let now = asked + Duration::from_millis(milliseconds);
            assert_eq!(whole.was_slow(now, 1000 + bytes), slow, "{milliseconds} ms, {bytes} bytes");
        }
    }
}
