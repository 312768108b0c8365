//! The process around libvirt: environment, locale, terminal, peers.

use std::{
    ffi::{CStr, OsStr},
    io,
    os::{fd::AsRawFd, unix::net::UnixStream},
    sync::OnceLock,
};

use virt::error::Error;
use virt_sys as sys;

/// Sets a variable of the environment that libvirt passes on to ssh.
///
/// Only for the very beginning of `main`, while there is one thread.
pub(crate) fn set_env(name: &str, value: impl AsRef<OsStr>) {
    // SAFETY: called at the beginning of `main`, before any other thread that
    // could read the environment at the same time.
    unsafe { std::env::set_var(name, value) };
}

/// Keeps memory that libvirt is done with from staying with the process: by
/// default each of its many threads has a heap of its own, and what the reading
/// of a large host leaves behind is kept for the next time.
#[cfg(target_env = "gnu")]
pub(crate) fn give_memory_back() {
    // SAFETY: two parameters of the allocator, set while there is one thread.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 128 * 1024);
    }
}

/// Other allocators have no such parameters.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn give_memory_back() {}

/// Gives up the terminal that the program was started from, so that a child
/// cannot ask there. Does nothing without one.
pub(crate) fn leave_terminal() {
    let Ok(terminal) = std::fs::File::open("/dev/tty") else { return };
    // SAFETY: an open descriptor and a request without argument.
    unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCNOTTY) };
}

/// User and process at the other end of a socket.
pub(crate) fn peer(stream: &UnixStream) -> io::Result<(u32, i32)> {
    let mut credentials = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut length = libc::socklen_t::try_from(size_of::<libc::ucred>()).unwrap_or(0);
    // SAFETY: an open socket, and a buffer of the length that is given along.
    let result = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut credentials).cast(),
            &raw mut length,
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((credentials.uid, credentials.pid))
}

/// This process's user.
pub(crate) fn user() -> u32 {
    // SAFETY: cannot fail and has no arguments.
    unsafe { libc::geteuid() }
}

struct Locale(libc::locale_t);

// SAFETY: a locale object is read-only and may be used by many threads.
unsafe impl Send for Locale {}
// SAFETY: as above.
unsafe impl Sync for Locale {}

/// Makes libvirt's messages on this thread English: they are sorted by their
/// text. The rest of the program keeps its language.
pub(crate) fn use_english_messages() {
    static ENGLISH: OnceLock<Option<Locale>> = OnceLock::new();
    let english = ENGLISH.get_or_init(|| {
        // SAFETY: terminated names; the base is a fresh locale (or null) that
        // newlocale takes over.
        let locale = unsafe {
            let base =
                libc::newlocale(libc::LC_ALL_MASK, c"C.UTF-8".as_ptr(), std::ptr::null_mut());
            libc::newlocale(libc::LC_MESSAGES_MASK, c"C".as_ptr(), base)
        };
        (!locale.is_null()).then_some(Locale(locale))
    });
    if let Some(locale) = english {
        // SAFETY: the locale lives as long as the process.
        unsafe { libc::uselocale(locale.0) };
    }
}

/// The system's error number behind `error`, if it is this thread's last one
/// and came from a system call.
pub(crate) fn errno_of(error: &Error) -> Option<i32> {
    // SAFETY: the error is the thread's own and lives until its next call.
    let last = unsafe { sys::virGetLastError().as_ref() }?;
    if last.code.cast_unsigned() != sys::VIR_ERR_SYSTEM_ERROR || last.message.is_null() {
        return None;
    }
    // SAFETY: libvirt's texts are terminated.
    let message = unsafe { CStr::from_ptr(last.message) };
    (message.to_string_lossy() == error.message() && last.int1 > 0).then_some(last.int1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_tells_who_is_at_the_other_end() {
        let (one, _other) = UnixStream::pair().unwrap();
        let (uid, pid) = peer(&one).unwrap();
        assert_eq!(uid, user());
        assert_eq!(u32::try_from(pid).unwrap(), std::process::id());
    }
}
