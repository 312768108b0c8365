//! The guest's screen in memory, in tiles.
//!
//! The pixels are drawn by another process into memory that this one reads.
//!
//! GTK uploads a texture whole whatever part of it changed. So the screen is
//! cut into tiles, and only those that changed become new textures.

use super::{helper::Memory, scanout::Scanout};

/// Edge of a tile, in pixels.
pub(crate) const TILE: u32 = 256;

/// Bytes of a pixel: blue, green, red, and one that means nothing in the memory
/// and that the pixel is opaque in a tile.
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

impl Rect {
    /// The part that two areas have in common.
    pub(crate) fn common(self, other: Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let right = (self.x + self.width).min(other.x + other.width);
        let bottom = (self.y + self.height).min(other.y + other.height);
        (x < right && y < bottom).then(|| Self { x, y, width: right - x, height: bottom - y })
    }

    /// The least area with both.
    pub(crate) fn around(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Self { x, y, width: right - x, height: bottom - y }
    }
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
    /// What of it changed since it was taken last, within the tile.
    pub(crate) changed: Rect,
}

/// The guest's screen.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    width: u32,
    height: u32,
    memory: Option<Memory>,
    /// What changed in each tile, on the screen.
    dirty: Vec<Option<Rect>>,
    generation: u64,
    /// Where the screen is, if not in `memory`, and whether something was drawn there.
    scanout: Option<Scanout>,
    drawn: bool,
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

    /// A screen without a size, whose pixels come to be in `memory`.
    pub(crate) fn over(memory: Memory) -> Self {
        Self { memory: Some(memory), ..Self::default() }
    }

    /// Takes a new size. At most 8192 × 8192, which is 256 MiB.
    pub(crate) fn resize(&mut self, width: u32, height: u32) -> Result<(), TooLarge> {
        if width == 0 || height == 0 || width > LONGEST || height > LONGEST {
            return Err(TooLarge);
        }
        let tiles = width.div_ceil(TILE) as usize * height.div_ceil(TILE) as usize;
        (self.width, self.height) = (width, height);
        self.dirty = vec![None; tiles];
        self.generation += 1;
        self.scanout = None;
        self.mark(Rect { x: 0, y: 0, width, height });
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

    /// Says that `rect` changed.
    pub(crate) fn mark(&mut self, rect: Rect) {
        if rect.width == 0 || rect.height == 0 || !self.contains(rect) {
            return;
        }
        let columns = self.width.div_ceil(TILE);
        for row in rect.y / TILE..=(rect.y + rect.height - 1) / TILE {
            for column in rect.x / TILE..=(rect.x + rect.width - 1) / TILE {
                let tile = self.place(column, row);
                let dirty = &mut self.dirty[(row * columns + column) as usize];
                if let Some(part) = tile.common(rect) {
                    *dirty = Some(dirty.map_or(part, |known| known.around(part)));
                }
            }
        }
    }

    /// The screen is in a graphics card's memory until it takes a new size.
    pub(crate) fn show_scanout(&mut self, scanout: Scanout) {
        if (scanout.layout.width, scanout.layout.height) != self.size() {
            // Its size has changed meanwhile: the next one follows.
            return;
        }
        self.dirty.fill(None);
        self.generation += 1;
        self.scanout = Some(scanout);
        self.drawn = true;
    }

    /// An update is complete: in a card's memory anything may have changed.
    pub(crate) fn updated(&mut self) {
        self.drawn = true;
    }

    /// Where the screen is, if something was drawn there since the last call.
    pub(crate) fn take_scanout(&mut self) -> Option<Scanout> {
        self.scanout.clone().filter(|_| std::mem::take(&mut self.drawn))
    }

    /// Copies of the tiles that changed since the last call.
    pub(crate) fn take_dirty(&mut self) -> Vec<Tile> {
        let columns = self.width.div_ceil(TILE).max(1);
        let mut tiles = Vec::new();
        for (number, dirty) in (0..).zip(self.dirty.iter_mut()) {
            if let Some(changed) = dirty.take() {
                tiles.push((number % columns, number / columns, changed));
            }
        }
        let tile = |(column, row, changed): (u32, u32, Rect)| {
            let place = self.place(column, row);
            let changed = Rect { x: changed.x - place.x, y: changed.y - place.y, ..changed };
            self.part(place, column, row, changed)
        };
        tiles.into_iter().map(tile).collect()
    }

    /// Where a tile lies on the screen.
    fn place(&self, column: u32, row: u32) -> Rect {
        let (x, y) = (column * TILE, row * TILE);
        Rect { x, y, width: TILE.min(self.width - x), height: TILE.min(self.height - y) }
    }

    fn part(&self, rect: Rect, column: u32, row: u32, changed: Rect) -> Tile {
        let length = rect.width as usize * PIXEL;
        let mut pixels = Vec::with_capacity(length * rect.height as usize);
        if let Some(memory) = &self.memory {
            for line in rect.y..rect.y + rect.height {
                let begin = pixels.len();
                memory.read(self.offset(rect.x, line), length, &mut pixels);
                for pixel in pixels[begin..].chunks_exact_mut(PIXEL) {
                    pixel[3] = u8::MAX;
                }
            }
        }
        Tile { column, row, width: rect.width, height: rect.height, pixels, changed }
    }

    /// A copy of the whole screen; nothing while it has no size.
    pub(crate) fn whole(&self) -> Option<Tile> {
        let all = Rect { x: 0, y: 0, width: self.width, height: self.height };
        (self.width > 0).then(|| self.part(all, 0, 0, all))
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, Memory, Rect, TooLarge};

    fn frame(width: u32, height: u32) -> (Frame, Memory) {
        let memory = Memory::create().expect("memory");
        let canvas = Memory::attach(memory.fd().try_clone().expect("a handle")).expect("mapped");
        let mut frame = Frame::over(memory);
        frame.resize(width, height).expect("a size that is allowed");
        frame.take_dirty();
        (frame, canvas)
    }

    fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn areas_meet_or_do_not() {
        assert_eq!(rect(0, 0, 10, 10).common(rect(5, 5, 10, 10)), Some(rect(5, 5, 5, 5)));
        assert_eq!(rect(0, 0, 10, 10).common(rect(10, 0, 1, 1)), None);
        assert_eq!(rect(0, 0, 1, 1).around(rect(9, 9, 1, 1)), rect(0, 0, 10, 10));
    }

    #[test]
    fn what_changed_in_a_tile_adds_up() {
        let (mut frame, _) = frame(600, 300);
        frame.mark(rect(300, 10, 2, 1));
        frame.mark(rect(310, 20, 1, 2));
        let tiles = frame.take_dirty();
        assert_eq!(tiles.len(), 1);
        assert_eq!(tiles[0].changed, rect(300 - 256, 10, 11, 12));
    }

    #[test]
    fn mad_sizes_are_refused_and_change_nothing() {
        let (mut frame, _) = frame(10, 10);
        for (width, height) in [(0, 10), (10, 0), (16384, 16384), (8193, 1), (u32::MAX, u32::MAX)] {
            assert_eq!(frame.resize(width, height), Err(TooLarge));
        }
        assert_eq!(frame.size(), (10, 10));
    }

    #[test]
    fn only_touched_tiles_are_taken() {
        let (mut frame, canvas) = frame(600, 300);
        canvas.write((10 * 600 + 255) * 4, &[1, 2, 3, 4, 5, 6, 7, 8]);
        frame.mark(Rect { x: 255, y: 10, width: 2, height: 1 });
        let tiles = frame.take_dirty();
        assert_eq!(tiles.iter().map(|t| (t.column, t.row)).collect::<Vec<_>>(), [(0, 0), (1, 0)]);
        let left = (10 * 256 + 255) * 4;
        assert_eq!(tiles[0].pixels[left..left + 4], [1, 2, 3, 255]);
        assert_eq!(tiles[1].pixels[10 * 256 * 4..][..4], [5, 6, 7, 255]);
        assert_eq!(tiles[0].changed, rect(255, 10, 1, 1));
        assert_eq!(tiles[1].changed, rect(0, 10, 1, 1));
        assert!(frame.take_dirty().is_empty());
    }

    #[test]
    fn tiles_at_the_border_are_smaller() {
        let (mut frame, _) = frame(600, 300);
        frame.mark(Rect { x: 599, y: 299, width: 1, height: 1 });
        let tiles = frame.take_dirty();
        assert_eq!((tiles[0].width, tiles[0].height), (88, 44));
        assert_eq!(tiles[0].pixels.len(), 88 * 44 * 4);
    }

    #[test]
    fn the_whole_screen_has_all_rows() {
        let (frame, canvas) = frame(3, 2);
        canvas.write(0, &(0..24).collect::<Vec<u8>>());
        let whole = frame.whole().expect("has a size");
        let opaque = |at: u8| if at % 4 == 3 { 255 } else { at };
        assert_eq!(whole.pixels, (0..24).map(opaque).collect::<Vec<u8>>());
        assert!(Frame::default().whole().is_none());
    }

    #[test]
    fn damage_that_does_not_fit_is_ignored() {
        let (mut frame, _) = frame(4, 4);
        frame.mark(Rect { x: 3, y: 3, width: 2, height: 2 });
        frame.mark(Rect { x: u32::MAX, y: 0, width: 2, height: 1 });
        assert!(frame.take_dirty().is_empty());
    }
}
