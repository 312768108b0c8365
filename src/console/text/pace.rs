//! How much a terminal is given at once, so that a flood leaves the window time.
//!
//! VTE takes what it is fed and works on it later on the main thread, all of it
//! in one go. So it is fed in slices, and a slice that made the main loop late
//! makes the next one smaller.

use std::time::{Duration, Instant};

use relm4::gtk::glib;

/// Between two slices: half a frame.
const BREATH: Duration = Duration::from_millis(8);

/// The main loop may be held so long by one slice.
const LATE: Duration = Duration::from_millis(8);

/// Slices in bytes: what always goes, and what is never exceeded.
const LEAST: usize = 2 * 1024;
const MOST: usize = 128 * 1024;

#[derive(Debug)]
pub(super) struct Pace {
    slice: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { slice: 16 * 1024 }
    }
}

impl Pace {
    /// How many bytes to feed.
    pub(super) fn slice(&self) -> usize {
        self.slice
    }

    /// Lets the window do its work.
    pub(super) async fn breathe(&mut self) {
        let started = Instant::now();
        glib::timeout_future(BREATH).await;
        self.took(started.elapsed().saturating_sub(BREATH));
    }

    /// A slice has held the main loop so long.
    fn took(&mut self, late: Duration) {
        self.slice = if late > LATE { self.slice / 2 } else { self.slice + self.slice / 8 };
        self.slice = self.slice.clamp(LEAST, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_shrink_fast_and_grow_slowly_within_their_bounds() {
        let mut pace = Pace::default();
        let before = pace.slice();
        pace.took(Duration::from_millis(9));
        assert_eq!(pace.slice(), before / 2);
        for _ in 0..100 {
            pace.took(Duration::from_secs(1));
        }
        assert_eq!(pace.slice(), LEAST);
        for _ in 0..100 {
            pace.took(Duration::ZERO);
        }
        assert_eq!(pace.slice(), MOST);
    }
}
