//! What spice-client-glib's Rust bindings lack or get wrong, over its C
//! interface.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

use spice_client_glib::{
    CursorShape,
    glib::{self, LogLevels},
};

use crate::console::{frame::PIXEL, remote::CursorImage};

/// The library said that a server does not speak SPICE.
static STRANGER: AtomicBool = AtomicBool::new(false);

/// Listens to what the library writes: it tells nowhere else why a server's
/// first words were of no use (spice-channel.c).
pub(super) fn listen_to_its_words() {
    glib::log_set_handler(Some("GSpice"), LogLevels::all(), false, false, |domain, level, text| {
        if text.contains("SPICE_MAGIC") || text.contains("major mismatch") {
            STRANGER.store(true, Ordering::Relaxed);
        }
        glib::log_default_handler(domain, level, Some(text));
    });
}

/// Whether a server's first words were not SPICE's.
pub(super) fn met_a_stranger() -> bool {
    STRANGER.load(Ordering::Relaxed)
}

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
