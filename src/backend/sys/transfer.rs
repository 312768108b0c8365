//! Calls for transfers and long operations that the `virt` crate lacks or
//! gives back as bare numbers.

use std::os::fd::{FromRawFd, OwnedFd};

use virt::{domain::Domain, error::Error, stream::Stream};

/// Sends `length` bytes of nothing on a stream that was begun as sparse.
pub(crate) fn stream_send_hole(stream: &Stream, length: u64) -> Result<(), Error> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    // SAFETY: the stream lives as long as the borrow; no flags are defined.
    let result = unsafe { virt_sys::virStreamSendHole(stream.as_ptr(), length, 0) };
    if result < 0 { Err(Error::last_error()) } else { Ok(()) }
}

/// A connection to the guest's graphics server number `index`, already past
/// its authentication.
pub(crate) fn domain_open_graphics(domain: &Domain, index: u32) -> Result<OwnedFd, Error> {
    let flags = virt_sys::VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH;
    // SAFETY: the domain lives as long as the borrow.
    let fd = unsafe { virt_sys::virDomainOpenGraphicsFD(domain.as_ptr(), index, flags) };
    if fd < 0 {
        return Err(Error::last_error());
    }
    // SAFETY: libvirt made the descriptor for this call and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
