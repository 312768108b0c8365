//! How the pictures are sent: exact, or smaller where the line is slow.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use gvnc::{ConnectionEncoding, glib::translate::IntoGlib};

use super::connection::Decoder;
use crate::model::PictureQuality;

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
            lossy: Cell::default(),
        }
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
    /// Tells the server which kinds of packing are welcome.
    pub(super) fn set_encodings(&self) -> bool {
        let lossy = self.picture.is_lossy();
        self.picture.lossy.set(lossy);
        self.connection.set_encodings(&encodings(self.picture.local, lossy)).is_ok()
    }

    pub(super) fn choose_quality(&self, quality: PictureQuality) {
        self.picture.wish.set(quality);
        self.follow_quality();
    }

    /// Takes pictures of another kind from now on, this one first.
    fn follow_quality(&self) {
        let changed = self.picture.is_lossy() != self.picture.lossy.get();
        if changed && self.connection.is_initialized() && self.set_encodings() {
            self.ask(false);
        }
    }

    /// A whole picture of this size was asked for.
    pub(super) fn expect_picture(&self, width: u32, height: u32) {
        let left = u64::from(width) * u64::from(height);
        let (asked, heard) = (Instant::now(), self.wire.heard());
        self.picture.whole.set(Some(Whole { asked, heard, left }));
    }

    /// So many pixels were drawn. What is slow stays so: a smaller picture says
    /// nothing of what an exact one would take.
    pub(super) fn pace(&self, width: u32, height: u32) {
        let Some(mut whole) = self.picture.whole.get() else { return };
        whole.left = whole.left.saturating_sub(u64::from(width) * u64::from(height));
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
    let extras = [
        E::ExtendedDesktopResize,
        E::DesktopResize,
        E::LastRect,
        E::Wmvi,
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
