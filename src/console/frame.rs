//! The guest's screen in memory, in tiles.
//!
//! GTK uploads a texture whole whatever part of it changed. So the screen is
//! cut into tiles, and only those that changed become new textures.

/// Edge of a tile, in pixels.
pub(crate) const TILE: u32 = 256;

/// Bytes of a pixel: blue, green, red, and one that means nothing.
pub(crate) const PIXEL: usize = 4;

/// The longest edge that is shown, in pixels.
pub(crate) const LONGEST: u32 = 8192;

/// A part of the screen, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The screen would be larger than this program shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// The pixels of one tile.
#[derive(Debug)]
pub(crate) struct Tile {
    pub(crate) column: u32,
    pub(crate) row: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixels: Vec<u8>,
}

/// The guest's screen.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    dirty: Vec<bool>,
    generation: u64,
}

impl Frame {
    /// Size in pixels.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Counts up with every change of size: older tiles are worthless then.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Takes a new size, black at first. At most 8192 × 8192, which is 256 MiB;
    /// what is larger is refused before memory is asked for.
    pub(crate) fn resize(&mut self, width: u32, height: u32) -> Result<(), TooLarge> {
        if width == 0 || height == 0 || width > LONGEST || height > LONGEST {
            return Err(TooLarge);
        }
        let length = width as usize * height as usize * PIXEL;
        let mut pixels = Vec::new();
        pixels.try_reserve_exact(length).map_err(|_| TooLarge)?;
        pixels.resize(length, 0);
        let tiles = width.div_ceil(TILE) as usize * height.div_ceil(TILE) as usize;
        *self = Self {
            width,
            height,
            pixels,
            dirty: vec![true; tiles],
            generation: self.generation + 1,
        };
        Ok(())
    }

    /// Whether `rect` lies within the screen.
    pub(crate) fn contains(&self, rect: Rect) -> bool {
        rect.x.checked_add(rect.width).is_some_and(|right| right <= self.width)
            && rect.y.checked_add(rect.height).is_some_and(|bottom| bottom <= self.height)
    }

    fn offset(&self, x: u32, y: u32) -> usize {
        (y as usize * self.width as usize + x as usize) * PIXEL
    }

    /// Puts `pixels`, row after row, into `rect`. Ignores what does not fit.
    pub(crate) fn put(&mut self, rect: Rect, pixels: &[u8]) {
        let length = rect.width as usize * PIXEL;
        if !self.contains(rect) || length == 0 {
            return;
        }
        for (row, line) in (rect.y..rect.y + rect.height).zip(pixels.chunks_exact(length)) {
            let start = self.offset(rect.x, row);
            self.pixels[start..start + length].copy_from_slice(line);
        }
    }

    /// Copies a part of the screen to `to`; the two may overlap. Ignores what
    /// does not fit.
    pub(crate) fn copy(&mut self, from_x: u32, from_y: u32, to: Rect) {
        let from = Rect { x: from_x, y: from_y, ..to };
        if !self.contains(from) || !self.contains(to) {
            return;
        }
        let length = to.width as usize * PIXEL;
        let line = |frame: &mut Self, row: u32| {
            let start = frame.offset(from_x, from_y + row);
            let target = frame.offset(to.x, to.y + row);
            frame.pixels.copy_within(start..start + length, target);
        };
        if to.y <= from_y {
            (0..to.height).for_each(|row| line(self, row));
        } else {
            (0..to.height).rev().for_each(|row| line(self, row));
        }
    }

    /// Says that `rect` changed.
    pub(crate) fn mark(&mut self, rect: Rect) {
        if rect.width == 0 || rect.height == 0 || !self.contains(rect) {
            return;
        }
        let columns = self.width.div_ceil(TILE);
        for row in rect.y / TILE..=(rect.y + rect.height - 1) / TILE {
            for column in rect.x / TILE..=(rect.x + rect.width - 1) / TILE {
                self.dirty[(row * columns + column) as usize] = true;
            }
        }
    }

    /// Copies of the tiles that changed since the last call.
    pub(crate) fn take_dirty(&mut self) -> Vec<Tile> {
        let columns = self.width.div_ceil(TILE).max(1);
        let mut tiles = Vec::new();
        for (number, dirty) in (0..).zip(self.dirty.iter_mut()) {
            if std::mem::take(dirty) {
                tiles.push((number % columns, number / columns));
            }
        }
        tiles.into_iter().map(|(column, row)| self.tile(column, row)).collect()
    }

    fn tile(&self, column: u32, row: u32) -> Tile {
        let (x, y) = (column * TILE, row * TILE);
        let (width, height) = (TILE.min(self.width - x), TILE.min(self.height - y));
        let length = width as usize * PIXEL;
        let mut pixels = Vec::with_capacity(length * height as usize);
        for line in y..y + height {
            let start = self.offset(x, line);
            pixels.extend_from_slice(&self.pixels[start..start + length]);
        }
        Tile { column, row, width, height, pixels }
    }

    /// A copy of the whole screen; nothing while it has no size.
    pub(crate) fn whole(&self) -> Option<Tile> {
        (self.width > 0).then(|| Tile {
            column: 0,
            row: 0,
            width: self.width,
            height: self.height,
            pixels: self.pixels.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, Rect, TooLarge};

    fn frame(width: u32, height: u32) -> Frame {
        let mut frame = Frame::default();
        frame.resize(width, height).expect("a size that is allowed");
        frame.take_dirty();
        frame
    }

    #[test]
    fn mad_sizes_are_refused_and_change_nothing() {
        let mut frame = frame(10, 10);
        for (width, height) in [(0, 10), (10, 0), (16384, 16384), (8193, 1), (u32::MAX, u32::MAX)] {
            assert_eq!(frame.resize(width, height), Err(TooLarge));
        }
        assert_eq!(frame.size(), (10, 10));
    }

    #[test]
    fn only_touched_tiles_are_taken() {
        let mut frame = frame(600, 300);
        let rect = Rect { x: 255, y: 10, width: 2, height: 1 };
        frame.put(rect, &[1, 2, 3, 4, 5, 6, 7, 8]);
        frame.mark(rect);
        let tiles = frame.take_dirty();
        assert_eq!(tiles.iter().map(|t| (t.column, t.row)).collect::<Vec<_>>(), [(0, 0), (1, 0)]);
        let left = (10 * 256 + 255) * 4;
        assert_eq!(tiles[0].pixels[left..left + 4], [1, 2, 3, 4]);
        assert_eq!(tiles[1].pixels[10 * 256 * 4..][..4], [5, 6, 7, 8]);
        assert!(frame.take_dirty().is_empty());
    }

    #[test]
    fn tiles_at_the_border_are_smaller() {
        let mut frame = frame(600, 300);
        frame.mark(Rect { x: 599, y: 299, width: 1, height: 1 });
        let tiles = frame.take_dirty();
        assert_eq!((tiles[0].width, tiles[0].height), (88, 44));
        assert_eq!(tiles[0].pixels.len(), 88 * 44 * 4);
    }

    #[test]
    fn overlapping_copies_keep_the_picture() {
        let mut frame = frame(4, 1);
        let all = Rect { x: 0, y: 0, width: 4, height: 1 };
        frame.put(all, &(0..16).collect::<Vec<u8>>());
        frame.copy(0, 0, Rect { x: 1, y: 0, width: 3, height: 1 });
        let whole = frame.whole().expect("has a size");
        assert_eq!(whole.pixels, [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

        let mut tall = super::tests::frame(1, 3);
        let column = Rect { x: 0, y: 0, width: 1, height: 3 };
        tall.put(column, &(0..12).collect::<Vec<u8>>());
        tall.copy(0, 0, Rect { x: 0, y: 1, width: 1, height: 2 });
        assert_eq!(tall.whole().expect("has a size").pixels, [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn what_does_not_fit_is_ignored() {
        let mut frame = frame(4, 4);
        let outside = Rect { x: 3, y: 3, width: 2, height: 2 };
        let overflow = Rect { x: u32::MAX, y: 0, width: 2, height: 1 };
        for rect in [outside, overflow] {
            frame.put(rect, &[9; 16]);
            frame.copy(0, 0, rect);
            frame.mark(rect);
        }
        assert!(frame.take_dirty().is_empty());
        assert!(frame.whole().expect("has a size").pixels.iter().all(|byte| *byte == 0));
    }
}
