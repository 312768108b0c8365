//! How much a terminal is given at once, so that a flood leaves the window time.
//!
//! VTE takes what it is fed and works on it later on the main thread, all of it
//! in one go. A byte can cost it a thousand times what another does: so it is
//! fed in slices, the first ones small, and one that made the main loop late
//! makes the next one smaller, the more the later it was.

use std::time::{Duration, Instant};

use relm4::gtk::glib;

/// Between two slices: half a frame.
const BREATH: Duration = Duration::from_millis(8);

/// The main loop may be held so long by one slice, so that the same frame has
/// time left for drawing.
const LATE: Duration = Duration::from_millis(4);

/// Slices in bytes: what always goes, the first one, and what is never exceeded.
const LEAST: usize = 256;
const FIRST: usize = 2 * 1024;
const MOST: usize = 64 * 1024;

/// How much smaller a slice can get at once.
const LARGEST_CUT: u32 = 16;

#[derive(Debug)]
pub(super) struct Pace {
    slice: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { slice: FIRST }
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
        self.slice = if late > LATE {
            let times = (late.as_millis() / LATE.as_millis()).saturating_add(1);
            let cut = u32::try_from(times).unwrap_or(LARGEST_CUT).min(LARGEST_CUT);
            self.slice / cut as usize
        } else {
            self.slice + self.slice / 8
        };
        self.slice = self.slice.clamp(LEAST, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_shrink_fast_and_grow_slowly_within_their_bounds() {
        let mut pace = Pace { slice: MOST };
        pace.took(Duration::from_millis(5));
        assert_eq!(pace.slice(), MOST / 2);
        pace.took(Duration::from_millis(13));
        assert_eq!(pace.slice(), MOST / 8, "four times as late as it may be");
        pace.took(Duration::from_hours(1));
        assert_eq!(pace.slice(), MOST / 128);
        pace.took(Duration::from_hours(1));
        assert_eq!(pace.slice(), LEAST);
        for _ in 0..100 {
            pace.took(Duration::ZERO);
        }
        assert_eq!(pace.slice(), MOST);
    }
}
