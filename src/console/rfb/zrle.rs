//! The ZRLE encoding: 64 × 64 tiles, packed, in one zlib stream for the whole
//! connection. Nothing is read or unpacked ahead, so memory stays small
//! whatever the server claims.

use flate2::{Decompress, FlushDecompress, Status};

use super::wire::Wire;
use crate::console::{
    ConsoleError,
    frame::{PIXEL, Rect},
};

const TILE: u32 = 64;

/// The zlib stream of a connection.
#[derive(Debug)]
pub(super) struct Inflate {
    zlib: Decompress,
    packed: Box<[u8]>,
    plain: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Inflate {
    pub(super) fn new() -> Self {
        Self {
            zlib: Decompress::new(true),
            packed: vec![0; 16 * 1024].into_boxed_slice(),
            plain: vec![0; 64 * 1024].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }
}

/// The packed bytes of one rectangle.
struct Packed<'a> {
    wire: &'a mut Wire,
    left: usize,
    state: &'a mut Inflate,
    /// Packed bytes read from the wire and not yet unpacked.
    waiting: std::ops::Range<usize>,
}

impl Packed<'_> {
    /// Unpacks more; false when the rectangle's packed bytes are used up.
    fn more(&mut self) -> Result<bool, ConsoleError> {
        loop {
            if self.waiting.is_empty() && self.left > 0 {
                let room = self.left.min(self.state.packed.len());
                let count = self.wire.some(&mut self.state.packed[..room])?;
                self.left -= count;
                self.waiting = 0..count;
            }
            let exhausted = self.waiting.is_empty();
            let zlib = &mut self.state.zlib;
            let (before_in, before_out) = (zlib.total_in(), zlib.total_out());
            let status = zlib
                .decompress(
                    &self.state.packed[self.waiting.clone()],
                    &mut self.state.plain,
                    FlushDecompress::Sync,
                )
                .map_err(|_| ConsoleError::Protocol("packed pixels are damaged"))?;
            let used = usize::try_from(zlib.total_in() - before_in).unwrap_or(0);
            let made = usize::try_from(zlib.total_out() - before_out).unwrap_or(0);
            self.waiting.start += used;
            (self.state.start, self.state.end) = (0, made);
            if made > 0 {
                return Ok(true);
            }
            if exhausted {
                return Ok(false);
            }
            if status == Status::StreamEnd || (used == 0 && status == Status::BufError) {
                return Err(ConsoleError::Protocol("packed pixels are damaged"));
            }
        }
    }

    fn exact(&mut self, mut into: &mut [u8]) -> Result<(), ConsoleError> {
        while !into.is_empty() {
            if self.state.start == self.state.end && !self.more()? {
                return Err(ConsoleError::Protocol("packed pixels are cut short"));
            }
            let have = &self.state.plain[self.state.start..self.state.end];
            let count = have.len().min(into.len());
            into[..count].copy_from_slice(&have[..count]);
            self.state.start += count;
            into = &mut into[count..];
        }
        Ok(())
    }

    fn u8(&mut self) -> Result<u8, ConsoleError> {
        let mut byte = [0];
        self.exact(&mut byte)?;
        Ok(byte[0])
    }

    /// A colour: blue, green, red; the fourth byte is not sent.
    fn colour(&mut self) -> Result<[u8; PIXEL], ConsoleError> {
        let mut pixel = [0; PIXEL];
        self.exact(&mut pixel[..3])?;
        Ok(pixel)
    }

    fn run(&mut self) -> Result<usize, ConsoleError> {
        let mut length = 1;
        loop {
            let byte = self.u8()?;
            length += usize::from(byte);
            if length > (TILE * TILE) as usize {
                return Err(ConsoleError::Protocol("a run is longer than its tile"));
            }
            if byte != 255 {
                return Ok(length);
            }
        }
    }

    fn tile(&mut self, width: usize, height: usize, out: &mut [u8]) -> Result<(), ConsoleError> {
        match self.u8()? {
            0 => {
                for pixel in out.chunks_exact_mut(PIXEL) {
                    pixel.copy_from_slice(&self.colour()?);
                }
                Ok(())
            }
            1 => {
                let colour = self.colour()?;
                out.chunks_exact_mut(PIXEL).for_each(|pixel| pixel.copy_from_slice(&colour));
                Ok(())
            }
            size @ 2..=16 => self.palette(usize::from(size), width, height, out),
            128 => {
                let count = width * height;
                let mut done = 0;
                while done < count {
                    let colour = self.colour()?;
                    done = fill(out, done, self.run()?, colour)?;
                }
                Ok(())
            }
            size @ 130..=255 => self.palette_runs(usize::from(size - 128), width * height, out),
            _ => Err(ConsoleError::Protocol("an unknown kind of tile")),
        }
    }

    fn colours(&mut self, count: usize) -> Result<Vec<[u8; PIXEL]>, ConsoleError> {
        (0..count).map(|_| self.colour()).collect()
    }

    fn palette(
        &mut self,
        size: usize,
        width: usize,
        height: usize,
        out: &mut [u8],
    ) -> Result<(), ConsoleError> {
        let colours = self.colours(size)?;
        let bits = match size {
            2 => 1,
            3 | 4 => 2,
            _ => 4,
        };
        let mut row = vec![0; (width * bits).div_ceil(8)];
        for line in out.chunks_exact_mut(width * PIXEL).take(height) {
            self.exact(&mut row)?;
            for (x, pixel) in line.chunks_exact_mut(PIXEL).enumerate() {
                let shift = 8 - bits - (x * bits) % 8;
                let index = (row[x * bits / 8] >> shift) & ((1 << bits) - 1);
                let colour = colours
                    .get(usize::from(index))
                    .ok_or(ConsoleError::Protocol("a colour is not in the palette"))?;
                pixel.copy_from_slice(colour);
            }
        }
        Ok(())
    }

    fn palette_runs(
        &mut self,
        size: usize,
        count: usize,
        out: &mut [u8],
    ) -> Result<(), ConsoleError> {
        let colours = self.colours(size)?;
        let mut done = 0;
        while done < count {
            let byte = self.u8()?;
            let colour = *colours
                .get(usize::from(byte & 0x7f))
                .ok_or(ConsoleError::Protocol("a colour is not in the palette"))?;
            let length = if byte & 0x80 == 0 { 1 } else { self.run()? };
            done = fill(out, done, length, colour)?;
        }
        Ok(())
    }

    /// Uses up what is left of the rectangle's bytes: the end of a zlib block.
    fn finish(&mut self) -> Result<(), ConsoleError> {
        if self.state.start < self.state.end || self.more()? {
            return Err(ConsoleError::Protocol("more packed pixels than fit"));
        }
        Ok(())
    }
}

fn fill(
    out: &mut [u8],
    done: usize,
    length: usize,
    colour: [u8; PIXEL],
) -> Result<usize, ConsoleError> {
    let end = done + length;
    let part = out
        .get_mut(done * PIXEL..end * PIXEL)
        .ok_or(ConsoleError::Protocol("a run is longer than its tile"))?;
    part.chunks_exact_mut(PIXEL).for_each(|pixel| pixel.copy_from_slice(&colour));
    Ok(end)
}

/// Reads a rectangle and hands over each tile as it is unpacked.
pub(super) fn read(
    wire: &mut Wire,
    state: &mut Inflate,
    rect: Rect,
    mut put: impl FnMut(Rect, &[u8]),
) -> Result<(), ConsoleError> {
    let left = wire.u32()? as usize;
    (state.start, state.end) = (0, 0);
    let mut packed = Packed { wire, left, state, waiting: 0..0 };
    let mut buffer = vec![0; (TILE * TILE) as usize * PIXEL];
    for y in (0..rect.height).step_by(TILE as usize) {
        for x in (0..rect.width).step_by(TILE as usize) {
            let (width, height) = (TILE.min(rect.width - x), TILE.min(rect.height - y));
            let pixels = &mut buffer[..(width * height) as usize * PIXEL];
            packed.tile(width as usize, height as usize, pixels)?;
            put(Rect { x: rect.x + x, y: rect.y + y, width, height }, pixels);
        }
    }
    packed.finish()
}
