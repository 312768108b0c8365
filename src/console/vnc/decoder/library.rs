//! What gvnc's Rust bindings lack or get wrong, over its C interface.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_void};

use gvnc::{
    AudioFormat, AudioSample, Connection, Framebuffer, PixelFormat,
    ffi::{
        VNC_AUDIO_FORMAT_RAW_S16, vnc_base_framebuffer_new, vnc_connection_client_cut_text,
        vnc_cursor_get_data, vnc_cursor_get_height, vnc_cursor_get_hotx, vnc_cursor_get_hoty,
        vnc_cursor_get_width,
    },
    glib::{
        self,
        object::{Cast, ObjectType},
        translate::{FromGlibPtrFull, ToGlibPtr},
    },
};

use super::sound::{RATE, SIDES};
use crate::console::{frame::PIXEL, helper::Memory, remote::CursorImage};

/// A framebuffer of `width` × `height` over `memory`, which has to outlive it.
/// Nothing if this side may not draw on the memory.
pub(super) fn framebuffer(
    memory: &Memory,
    (width, height): (u16, u16),
    local: &PixelFormat,
    remote: &PixelFormat,
) -> Option<Framebuffer> {
    let stride = c_int::from(width) * c_int::try_from(PIXEL).ok()?;
    // SAFETY: the memory has room for the largest size, which the caller has
    // checked, and is kept as long as the connection.
    let base = unsafe {
        let new = vnc_base_framebuffer_new(
            memory.canvas()?,
            width,
            height,
            stride,
            local.to_glib_none().0,
            remote.to_glib_none().0,
        );
        gvnc::BaseFramebuffer::from_glib_full(new)
    };
    Some(base.upcast())
}

/// A pointer picture as the program takes it; nothing if it is mad.
///
/// The binding's `data()` multiplies in 16 bits, which overflows from 128 × 128.
pub(super) fn cursor(cursor: &gvnc::Cursor) -> Option<CursorImage> {
    let raw = cursor.to_glib_none();
    // SAFETY: plain getters on a living object.
    let (size, hot, data) = unsafe {
        let hot = (vnc_cursor_get_hotx(raw.0), vnc_cursor_get_hoty(raw.0));
        let size = (vnc_cursor_get_width(raw.0), vnc_cursor_get_height(raw.0));
        (size, hot, vnc_cursor_get_data(raw.0))
    };
    if data.is_null() {
        return None;
    }
    let length = usize::from(size.0) * usize::from(size.1) * PIXEL;
    // SAFETY: gvnc allocates width × height × 4 bytes (vnccursor.c).
    let rgba = unsafe { std::slice::from_raw_parts(data, length) };
    let wide = |(x, y): (u16, u16)| (u32::from(x), u32::from(y));
    CursorImage::from_rgba(wide(hot), wide(size), rgba)
}

/// How sound is to be sent. The binding has no way to say it.
pub(super) fn audio_format() -> Option<AudioFormat> {
    let kind = u8::try_from(VNC_AUDIO_FORMAT_RAW_S16).ok()?;
    let format = AudioFormat::new();
    let raw: *const gvnc::ffi::VncAudioFormat = format.to_glib_none().0;
    // SAFETY: a structure of plain numbers that nobody else knows of.
    unsafe {
        let raw = raw.cast_mut();
        (*raw).format = kind;
        (*raw).nchannels = SIDES;
        (*raw).frequency = RATE;
    }
    Some(format)
}

/// Some sound, in the format that was asked for. The binding has no way to it.
pub(super) fn samples(sample: &AudioSample) -> &[u8] {
    let raw: *const gvnc::ffi::VncAudioSample = sample.to_glib_none().0;
    // SAFETY: gvnc keeps `length` bytes there as long as the sample.
    unsafe {
        if (*raw).data.is_null() {
            return &[];
        }
        std::slice::from_raw_parts((*raw).data, (*raw).length as usize)
    }
}

/// Puts a text, in Latin-1, into the guest's clipboard. The binding sends a
/// zero behind it, and UTF-8.
pub(super) fn cut_text(connection: &Connection, text: &[u8]) {
    let mut text = text.to_vec();
    // SAFETY: gvnc copies the bytes into its own buffer before it returns.
    unsafe {
        let data = text.as_mut_ptr().cast::<c_void>();
        vnc_connection_client_cut_text(connection.to_glib_none().0, data, text.len());
    }
}

/// Calls `heard` with the guest's clipboard. The binding takes for UTF-8 what
/// may be anything.
pub(super) fn on_cut_text(connection: &Connection, heard: impl Fn(&[u8]) + 'static) {
    type Heard = Box<dyn Fn(&[u8])>;
    unsafe extern "C" fn call(_: *mut c_void, text: *const c_char, data: *mut c_void) {
        if text.is_null() {
            return;
        }
        // SAFETY: gvnc ends the text with a zero, and `data` is the box below,
        // which lives as long as the connection.
        unsafe {
            let heard = &*data.cast::<Heard>();
            heard(std::ffi::CStr::from_ptr(text).to_bytes());
        }
    }
    unsafe extern "C" fn free(data: *mut c_void, _: *mut glib::gobject_ffi::GClosure) {
        // SAFETY: made by `Box::into_raw` below, and freed once.
        drop(unsafe { Box::from_raw(data.cast::<Heard>()) });
    }
    let data: Box<Heard> = Box::new(Box::new(heard));
    // SAFETY: the callback has the signal's signature: object, const gchar *,
    // user data (vncconnection.c, "vnc-server-cut-text").
    unsafe {
        glib::gobject_ffi::g_signal_connect_data(
            connection.as_ptr().cast(),
            c"vnc-server-cut-text".as_ptr(),
            Some(std::mem::transmute::<*const (), unsafe extern "C" fn()>(call as *const ())),
            Box::into_raw(data).cast(),
            Some(free),
            glib::gobject_ffi::G_CONNECT_DEFAULT,
        );
    }
}
