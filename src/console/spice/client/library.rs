//! What spice-client-glib's Rust bindings lack or get wrong, over its C
//! interface.
#![allow(unsafe_code)]

use spice_client_glib::CursorShape;

use crate::console::{frame::PIXEL, remote::CursorImage};

/// A pointer picture as the program takes it; nothing if it is mad.
///
/// The binding's `data()` knows few types, and for one of them the wrong size.
pub(super) fn cursor(shape: &CursorShape) -> Option<CursorImage> {
    // SAFETY: a living structure of plain fields.
    let raw = unsafe { &*shape.as_ptr() };
    if raw.data.is_null() {
        return None;
    }
    let (width, height) = (u32::from(raw.width), u32::from(raw.height));
    // SAFETY: whatever the type was, the library has made four bytes of each
    // pixel: red, green, blue and alpha (channel-cursor.c).
    let rgba = unsafe {
        let length = usize::from(raw.width) * usize::from(raw.height) * PIXEL;
        std::slice::from_raw_parts(raw.data.cast::<u8>(), length)
    };
    let hot = (raw.hot_spot_x.into(), raw.hot_spot_y.into());
    CursorImage::from_rgba(hot, (width, height), rgba)
}
