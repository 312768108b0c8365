//! Streams that tell when there is something to read: the `virt` crate keeps a
//! pointer to a value that may move, and takes "nothing yet" for a length.

use std::{
    ffi::CString,
    os::raw::{c_char, c_int, c_void},
    sync::{Arc, mpsc},
};

use virt::{domain::Domain, error::Error, stream::Stream};
use virt_sys as sys;

use super::event_loop;

/// Told on the event thread, where nothing may wait.
pub(crate) trait StreamReader: Send + Sync {
    /// There are bytes, or the end. Answers whether to be told again.
    fn readable(&self, stream: &Incoming) -> bool;
}

/// The end of a stream that bytes come out of, during a call of
/// [`StreamReader::readable`].
pub(crate) struct Incoming(sys::virStreamPtr);

impl Incoming {
    /// Fills `buffer`; answers how far, 0 for the end of the stream, nothing if
    /// there is nothing yet. Local: takes what the connection has read.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Result<Option<usize>, Error> {
        // SAFETY: libvirt lends the stream for the callback that this value
        // lives in, and the buffer has the length that is said.
        let count = unsafe {
            sys::virStreamRecv(self.0, buffer.as_mut_ptr().cast::<c_char>(), buffer.len())
        };
        match count {
            -2 => Ok(None),
            count => usize::try_from(count).map(Some).map_err(|_| Error::last_error()),
        }
    }
}

/// Connects `stream` with the guest's character device of this alias; `force`
/// ends another's connection with it.
pub(crate) fn open_console(
    domain: &Domain,
    alias: &str,
    stream: &Stream,
    force: bool,
) -> Result<(), Error> {
    // An alias with a NUL names no device; libvirt says so of the empty one.
    let alias = CString::new(alias).unwrap_or_default();
    let flags = if force { sys::VIR_DOMAIN_CONSOLE_FORCE } else { 0 };
    // SAFETY: guest, name and stream live as long as the borrows.
    let done = unsafe {
        sys::virDomainOpenConsole(domain.as_ptr(), alias.as_ptr(), stream.as_ptr(), flags)
    };
    if done < 0 { Err(Error::last_error()) } else { Ok(()) }
}

type Opaque = Arc<dyn StreamReader>;

/// Tells `reader` of what comes, until [`unwatch`].
pub(crate) fn watch(stream: &Stream, reader: Arc<dyn StreamReader>) -> Result<(), Error> {
    let opaque = Box::into_raw(Box::new(reader)).cast::<c_void>();
    // SAFETY: the stream lives as long as the borrow; the callback has the
    // signature that is asked for. After a success `opaque` is libvirt's, which
    // frees it by `free` once.
    let done = unsafe {
        sys::virStreamEventAddCallback(
            stream.as_ptr(),
            readable_event(),
            Some(on_event),
            opaque,
            Some(free),
        )
    };
    if done < 0 {
        let error = Error::last_error();
        // SAFETY: after a refusal the box still belongs to us.
        unsafe { free(opaque) };
        return Err(error);
    }
    Ok(())
}

/// Tells the reader again, after it has said no. Does not wait.
pub(crate) fn want(stream: Arc<Stream>) {
    event_loop::run_soon(move || {
        // SAFETY: the stream lives as long as this task. Local: libvirt arms a
        // timer. A failure means that nobody watches any more.
        unsafe { sys::virStreamEventUpdateCallback(stream.as_ptr(), readable_event()) };
    });
}

/// Ends [`watch`]. When it returns, the reader is not called any more and no
/// [`want`] is under way: what is dropped then is dropped on this thread. Only
/// for a thread that may wait for the event thread.
pub(crate) fn unwatch(stream: &Arc<Stream>) {
    let (done, wait) = mpsc::channel();
    let watched = Arc::clone(stream);
    event_loop::run_soon(move || {
        // SAFETY: as in `want`; no callback of the stream runs on this thread.
        unsafe { sys::virStreamEventRemoveCallback(watched.as_ptr()) };
        drop(watched);
        let _ = done.send(());
    });
    // An error means that the task is gone: as good as done.
    let _ = wait.recv();
}

const fn readable_event() -> c_int {
    // libvirt tells of ends and errors to those who want to read.
    sys::VIR_STREAM_EVENT_READABLE.cast_signed()
}

unsafe extern "C" fn on_event(stream: sys::virStreamPtr, _: c_int, opaque: *mut c_void) {
    // SAFETY: the box of `watch`, which lives until `free`.
    let reader = unsafe { &*opaque.cast::<Opaque>() };
    if !reader.readable(&Incoming(stream)) {
        // SAFETY: libvirt lends the stream for the callback.
        unsafe { sys::virStreamEventUpdateCallback(stream, 0) };
    }
}

unsafe extern "C" fn free(opaque: *mut c_void) {
    // SAFETY: made by `Box::into_raw` in `watch`, freed once.
    drop(unsafe { Box::from_raw(opaque.cast::<Opaque>()) });
}
