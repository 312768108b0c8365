//! Opening a connection with credentials asked for on the way.

use std::{
    ffi::{CStr, CString},
    os::raw::{c_char, c_int, c_uint, c_void},
    panic::{AssertUnwindSafe, catch_unwind},
};

use virt::{connect::Connect, error::Error};
use virt_sys as sys;
use zeroize::Zeroize;

use crate::model::{Failure, FailureKind, Secret};

/// One credential that libvirt asks for.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    /// The library's text.
    pub(crate) prompt: String,
    /// Whether the answer must not be shown while it is typed.
    pub(crate) secret: bool,
    /// The value to propose.
    pub(crate) default: String,
}

/// Answers a set of credentials; `None` cancels.
type Ask<'a> = dyn FnMut(&[Credential]) -> Option<Vec<Secret>> + 'a;

struct Context<'a> {
    ask: &'a mut Ask<'a>,
    cancelled: bool,
}

/// The kinds of credential that can be answered with a line of text. Without
/// the user to act as (`VIR_CRED_USERNAME`), as in libvirt's own default: SASL
/// would ask for it beside the one who signs in, and nobody could tell the two.
const ANSWERABLE: [u32; 5] = [
    sys::VIR_CRED_AUTHNAME,
    sys::VIR_CRED_PASSPHRASE,
    sys::VIR_CRED_ECHOPROMPT,
    sys::VIR_CRED_NOECHOPROMPT,
    sys::VIR_CRED_REALM,
];

/// Opens `uri`; `ask` is called on this thread for credentials. Blocks until
/// the host answers.
pub(crate) fn open<'a>(
    uri: &str,
    ask: &'a mut (dyn FnMut(&[Credential]) -> Option<Vec<Secret>> + 'a),
) -> Result<Connect, Failure> {
    let name = CString::new(uri)
        .map_err(|_| Failure::new(FailureKind::InvalidUri, "the URI contains a NUL character"))?;
    let mut kinds = ANSWERABLE.map(u32::cast_signed);
    let mut context = Context { ask, cancelled: false };
    let mut auth = sys::virConnectAuth {
        credtype: kinds.as_mut_ptr(),
        ncredtype: c_uint::try_from(kinds.len()).unwrap_or(0),
        cb: Some(callback),
        cbdata: (&raw mut context).cast(),
    };
    // SAFETY: name, auth, kinds and context outlive the call, and libvirt uses
    // the callback and its data only during it.
    let connection = unsafe { sys::virConnectOpenAuth(name.as_ptr(), &raw mut auth, 0) };
    if connection.is_null() {
        let failure = Failure::from(Error::last_error());
        return Err(if context.cancelled {
            Failure::new(FailureKind::AuthenticationCancelled, failure.detail)
        } else {
            failure
        });
    }
    // SAFETY: the pointer is a fresh reference that belongs to us.
    Ok(unsafe { Connect::from_ptr(connection) })
}

unsafe extern "C" fn callback(
    credentials: sys::virConnectCredentialPtr,
    count: c_uint,
    data: *mut c_void,
) -> c_int {
    if credentials.is_null() || data.is_null() {
        return -1;
    }
    // SAFETY: libvirt hands back the pointer that `open` gave it, during the
    // call of `open`, on the same thread.
    let context = unsafe { &mut *data.cast::<Context<'_>>() };
    // SAFETY: libvirt gives an array of `count` credentials that is ours to
    // fill in during the callback.
    let credentials = unsafe { std::slice::from_raw_parts_mut(credentials, count as usize) };
    let questions: Vec<Credential> = credentials
        .iter()
        .map(|credential| {
            let mut prompt = text(credential.prompt);
            let challenge = text(credential.challenge);
            // The challenge says more than the prompt where there is one.
            if prompt.is_empty() {
                prompt = challenge;
            }
            Credential {
                prompt,
                secret: matches!(
                    credential.type_.cast_unsigned(),
                    sys::VIR_CRED_PASSPHRASE | sys::VIR_CRED_NOECHOPROMPT
                ),
                default: text(credential.defresult),
            }
        })
        .collect();
    // A panic must not cross into C.
    let answers = catch_unwind(AssertUnwindSafe(|| (context.ask)(&questions))).unwrap_or(None);
    let Some(answers) = answers.filter(|answers| answers.len() == credentials.len()) else {
        context.cancelled = true;
        return -1;
    };
    for (credential, answer) in credentials.iter_mut().zip(&answers) {
        let Some(copy) = c_copy(answer.expose()) else { return -1 };
        credential.result = copy;
        credential.resultlen = c_uint::try_from(answer.expose().len()).unwrap_or(0);
    }
    0
}

/// The text at `pointer`, which may be null (libssh gives no challenge).
fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: libvirt's strings are terminated and live during the callback.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// A copy that libvirt frees with `free`.
fn c_copy(text: &str) -> Option<*mut c_char> {
    let mut bytes = text.as_bytes().to_vec();
    // A NUL cannot be typed; it would end the value early.
    bytes.retain(|byte| *byte != 0);
    bytes.push(0);
    // SAFETY: malloc with the length that is then copied.
    let copy = unsafe {
        let copy = libc::malloc(bytes.len());
        if !copy.is_null() {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), copy.cast::<u8>(), bytes.len());
        }
        copy
    };
    bytes.zeroize();
    (!copy.is_null()).then_some(copy.cast())
}
