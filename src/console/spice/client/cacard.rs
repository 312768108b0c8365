//! Smart cards by PC/SC, through libcacard.
//!
//! spice-client-glib brings libcacard along where it was built with smart
//! cards, and has it look for readers in an NSS database that hardly any system
//! has (`/etc/pki/nssdb`). Told to first, libcacard looks for them by PC/SC,
//! and hands each card through as it is (`vcard_emul_options`, capcsc.c).
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, c_char, c_long, c_uint, c_ulong, c_void},
    mem, ptr,
    sync::Mutex,
};

use spice_client_glib::{
    VReader,
    ffi::{self, SpiceSmartcardReader},
    glib::{
        self, gobject_ffi,
        translate::{FromGlibPtrContainer, ToGlibPtr, from_glib_none},
    },
};
use tokio::sync::oneshot;

use crate::console::{extras::CardReader, helper::lock};

/// `VCARD_EMUL_FAIL`.
const FAILED: c_uint = 1;

/// `VREADER_OK`.
const OK: c_uint = 0;

/// `vreader_id_t` of a reader that no guest has.
const NOBODYS: c_uint = c_uint::MAX;

/// `SCARD_SCOPE_SYSTEM`, `SCARD_S_SUCCESS` and `INFINITE` of PC/SC.
const SYSTEM: c_ulong = 2;
const SUCCESS: c_long = 0;
const FOREVER: c_ulong = 0xffff_ffff;

/// The name of no reader: a change of it is a reader that comes or goes.
const ANY_READER: &CStr = c"\\\\?PnP?\\Notification";

/// `SCARD_READERSTATE` of pcsc-lite.
#[repr(C)]
struct ReaderState {
    name: *const c_char,
    data: *mut c_void,
    known: c_ulong,
    now: c_ulong,
    length: c_ulong,
    answer: [u8; 33],
}

/// The function of this name, where a library of this process has one.
///
/// # Safety
/// `F` must be the function's type.
unsafe fn function<F: Copy>(name: &CStr) -> Option<F> {
    // SAFETY: a name that ends with a null.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
    // SAFETY: a function's address, as the caller has said.
    (!found.is_null()).then(|| unsafe { mem::transmute_copy(&found) })
}

/// What is used of libcacard.
#[derive(Clone, Copy)]
struct Library {
    options: unsafe extern "C" fn(*const c_char) -> *mut c_void,
    init: unsafe extern "C" fn(*const c_void) -> c_uint,
    name: unsafe extern "C" fn(*mut SpiceSmartcardReader) -> *const c_char,
    present: unsafe extern "C" fn(*mut SpiceSmartcardReader) -> c_uint,
    number: unsafe extern "C" fn(*mut SpiceSmartcardReader) -> c_uint,
    set_number: unsafe extern "C" fn(*mut SpiceSmartcardReader, c_uint) -> c_uint,
}

impl Library {
    fn get() -> Option<Self> {
        // SAFETY: the types are those of vcard_emul.h and vreader.h.
        unsafe {
            Some(Self {
                options: function(c"vcard_emul_options")?,
                init: function(c"vcard_emul_init")?,
                name: function(c"vreader_get_name")?,
                present: function(c"vreader_card_is_present")?,
                number: function(c"vreader_get_id")?,
                set_number: function(c"vreader_set_id")?,
            })
        }
    }
}

/// What is used of PC/SC.
#[derive(Clone, Copy)]
struct Service {
    establish: unsafe extern "C" fn(c_ulong, *const c_void, *const c_void, *mut c_long) -> c_long,
    changed: unsafe extern "C" fn(c_long, c_ulong, *mut ReaderState, c_ulong) -> c_long,
    words: unsafe extern "C" fn(c_long) -> *const c_char,
}

impl Service {
    fn get() -> Option<Self> {
        // SAFETY: the types are those of pcsc-lite's winscard.h.
        unsafe {
            Some(Self {
                establish: function(c"SCardEstablishContext")?,
                changed: function(c"SCardGetStatusChange")?,
                words: function(c"pcsc_stringify_error")?,
            })
        }
    }

    fn error(self, error: c_long) -> String {
        // SAFETY: the library answers with a text that ends with a null, and
        // that the next call on this thread changes at the earliest.
        unsafe { CStr::from_ptr((self.words)(error)) }.to_string_lossy().into_owned()
    }

    /// A connection to the service.
    fn connect(self) -> Result<c_long, String> {
        let mut context = 0;
        // SAFETY: the last is where the answer goes; the others may be null.
        let error = unsafe { (self.establish)(SYSTEM, ptr::null(), ptr::null(), &raw mut context) };
        if error == SUCCESS { Ok(context) } else { Err(self.error(error)) }
    }

    /// Waits until the service is gone.
    fn outlive(self, context: c_long) {
        let name = ANY_READER.as_ptr();
        let data = ptr::null_mut();
        let mut any = ReaderState { name, data, known: 0, now: 0, length: 0, answer: [0; 33] };
        // SAFETY: one state, and a name that lives as long as the process.
        while unsafe { (self.changed)(context, FOREVER, &raw mut any, 1) } == SUCCESS {
            any.known = any.now;
        }
    }
}

/// Whether smart cards can be shared here at all.
pub(super) fn is_there() -> bool {
    Library::get().is_some() && Service::get().is_some()
}

/// Finds the readers, once for the process; what it gives the first time ends
/// with the service, which libcacard does not survive: it asks for readers
/// without a pause from then on.
///
/// # Errors
/// If there is no service that knows of readers; its words.
pub(super) fn start() -> Result<Option<oneshot::Receiver<()>>, String> {
    static STARTED: Mutex<bool> = Mutex::new(false);
    let mut started = lock(&STARTED);
    if *started {
        return Ok(None);
    }
    let (Some(library), Some(service)) = (Library::get(), Service::get()) else {
        return Err("libcacard".to_owned());
    };
    let context = service.connect()?;
    // SAFETY: a text that ends with a null; what is answered is static.
    let options = unsafe { (library.options)(c"passthru".as_ptr()) };
    if options.is_null() {
        return Err("libcacard was built without PC/SC".to_owned());
    }
    // SAFETY: options that the library has made.
    if unsafe { (library.init)(options) } == FAILED {
        return Err("libcacard does not start".to_owned());
    }
    *started = true;
    let (gone, is_gone) = oneshot::channel();
    let body = move || {
        service.outlive(context);
        drop(gone);
    };
    std::thread::Builder::new()
        .name("smart-cards".into())
        .spawn(body)
        .map_err(|error| error.to_string())?;
    Ok(Some(is_gone))
}

/// What tells of readers and cards that come and go: "reader-added",
/// "reader-removed", "card-inserted" and "card-removed", each with the reader.
pub(super) fn manager() -> glib::Object {
    // SAFETY: an object that lives as long as the process.
    unsafe { from_glib_none(ffi::spice_smartcard_manager_get().cast::<gobject_ffi::GObject>()) }
}

/// All readers.
pub(super) fn readers() -> Vec<VReader> {
    // SAFETY: a list of boxed readers that becomes the caller's, with its
    // elements.
    unsafe {
        let list = ffi::spice_smartcard_manager_get_readers(ffi::spice_smartcard_manager_get());
        FromGlibPtrContainer::from_glib_full(list)
    }
}

/// A reader, as libcacard takes it.
fn raw(reader: &VReader) -> *mut SpiceSmartcardReader {
    let reader: *const ffi::VReader = reader.to_glib_none().0;
    reader.cast_mut().cast()
}

/// How it is called, and whether a card is in it.
pub(super) fn describe(reader: &VReader) -> CardReader {
    let Some(library) = Library::get() else { return CardReader::default() };
    // SAFETY: a living reader; its name ends with a null and lives with it.
    let (name, present) =
        unsafe { (CStr::from_ptr((library.name)(raw(reader))), (library.present)(raw(reader))) };
    CardReader { name: name.to_string_lossy().into_owned(), card: present == OK }
}

/// The number by which the guest knows the reader, if it does.
pub(super) fn number(reader: &VReader) -> Option<u32> {
    // SAFETY: a living reader.
    let number = unsafe { (Library::get()?.number)(raw(reader)) };
    (number != NOBODYS).then_some(number)
}

/// Has the guest know the reader by this number, or no longer.
pub(super) fn set_number(reader: &VReader, number: Option<u32>) {
    if let Some(library) = Library::get() {
        // SAFETY: a living reader.
        unsafe { (library.set_number)(raw(reader), number.unwrap_or(NOBODYS)) };
    }
}
