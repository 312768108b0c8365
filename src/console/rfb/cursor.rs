//! The server's pointer pictures.

use super::wire::Wire;
use crate::console::{ConsoleError, frame::PIXEL, remote::CursorImage};

/// The widest and highest pointer that is taken, in pixels.
const LARGEST: u32 = 512;

const TOO_LARGE: ConsoleError = ConsoleError::Protocol("a pointer picture is too large");

/// A picture in our pixel format, and a mask of one bit a pixel.
pub(super) fn masked(
    wire: &mut Wire,
    (hot_x, hot_y): (u32, u32),
    (width, height): (u32, u32),
) -> Result<CursorImage, ConsoleError> {
    if width > LARGEST || height > LARGEST {
        return Err(TOO_LARGE);
    }
    let mut pixels = vec![0; (width * height) as usize * PIXEL];
    wire.exact(&mut pixels)?;
    let stride = width.div_ceil(8) as usize;
    let mut mask = vec![0; stride * height as usize];
    wire.exact(&mut mask)?;
    for (number, pixel) in pixels.chunks_exact_mut(PIXEL).enumerate() {
        let (x, y) = (number % width as usize, number / width as usize);
        if mask[y * stride + x / 8] & (0x80 >> (x % 8)) == 0 {
            pixel.fill(0);
        } else {
            pixel[3] = 255;
        }
    }
    Ok(image((hot_x, hot_y), (width, height), pixels))
}

/// A picture with an alpha channel that is multiplied in already.
pub(super) fn alpha(
    wire: &mut Wire,
    hot: (u32, u32),
    (width, height): (u32, u32),
) -> Result<CursorImage, ConsoleError> {
    if width > LARGEST || height > LARGEST {
        return Err(TOO_LARGE);
    }
    if wire.i32()? != 0 {
        return Err(ConsoleError::Protocol("a pointer picture is packed"));
    }
    let mut pixels = vec![0; (width * height) as usize * PIXEL];
    wire.exact(&mut pixels)?;
    for pixel in pixels.chunks_exact_mut(PIXEL) {
        // QEMU does not multiply; a colour above its alpha is not a colour.
        let alpha = pixel[3];
        pixel[..3].iter_mut().for_each(|part| *part = (*part).min(alpha));
    }
    Ok(image(hot, (width, height), pixels))
}

fn image(hot: (u32, u32), (width, height): (u32, u32), pixels: Vec<u8>) -> CursorImage {
    CursorImage {
        hot: (hot.0.min(width.saturating_sub(1)), hot.1.min(height.saturating_sub(1))),
        width,
        height,
        pixels,
    }
}
