//! What spice-client-glib's Rust bindings lack or get wrong, over its C
//! interface.
#![allow(unsafe_code)]

use std::{
    ptr,
    sync::atomic::{AtomicBool, Ordering},
};

use spice_client_glib::{
    Audio, CursorShape, MainChannel, Session,
    ffi::{self, SpiceAudio, SpiceAudioClass},
    gio::{self, ffi::GAsyncResult},
    glib::{self, LogLevels, ffi as glib_ffi, gobject_ffi, prelude::*, translate::ToGlibPtr},
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

/// Has the library play the sound of a session's channels; whether it can.
///
/// It would also tell the guest's agent how loud this computer is, and open the
/// microphone to find out, whether the user lets the guest record or not.
pub(super) fn audio(session: &Session) -> bool {
    let Some(audio) = Audio::get(session, None) else { return false };
    let object: *mut SpiceAudio = audio.as_ptr();
    // SAFETY: a living object's class, which is a `SpiceAudioClass` or longer,
    // lives as long as the process and is used on this thread only.
    unsafe {
        let class =
            (*object.cast::<gobject_ffi::GTypeInstance>()).g_class.cast::<SpiceAudioClass>();
        (*class).get_playback_volume_info_finish = Some(no_volume);
        (*class).get_record_volume_info_finish = Some(no_volume);
    }
    true
}

/// Says that the volume is not known: the library then tells nothing.
unsafe extern "C" fn no_volume(
    _: *mut SpiceAudio,
    _: *mut GAsyncResult,
    _: *mut glib_ffi::gboolean,
    _: *mut u8,
    _: *mut *mut u16,
    _: *mut *mut glib_ffi::GError,
) -> glib_ffi::gboolean {
    glib_ffi::GFALSE
}

/// Sends a file to the guest. The channel tells of it by its signal.
pub(super) fn send_file(main: &MainChannel, file: &gio::File) {
    let mut sources = [file.as_ptr(), ptr::null_mut()];
    // SAFETY: both objects live, the array ends with a null, and the library
    // takes its own references before it returns. Everything else may be null.
    unsafe {
        ffi::spice_main_channel_file_copy_async(
            main.to_glib_none().0,
            sources.as_mut_ptr(),
            gio::ffi::G_FILE_COPY_NONE,
            ptr::null_mut(),
            None,
            ptr::null_mut(),
            None,
            ptr::null_mut(),
        );
    }
}
