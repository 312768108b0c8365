//! Streams with holes: what is not there is not sent.

use virt::{error::Error, stream::Stream};
use virt_sys as sys;

/// What came out of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// So many bytes.
    Data(usize),
    /// A hole of so many bytes.
    Hole(u64),
    /// Nothing more comes.
    End,
}

/// Sends some of `data` over a blocking stream and tells how much.
pub(crate) fn send(stream: &Stream, data: &[u8]) -> Result<usize, Error> {
    // SAFETY: the stream is a valid reference for the call and libvirt reads at
    // most the length that is given along.
    let sent = unsafe { sys::virStreamSend(stream.as_ptr(), data.as_ptr().cast(), data.len()) };
    usize::try_from(sent).map_err(|_| Error::last_error())
}

/// Sends a hole of `length` bytes; the stream must be a sparse one.
pub(crate) fn send_hole(stream: &Stream, length: u64) -> Result<(), Error> {
    let mut left = length;
    while left > 0 {
        let part = i64::try_from(left).unwrap_or(i64::MAX);
        // SAFETY: the stream is a valid reference for the call.
        if unsafe { sys::virStreamSendHole(stream.as_ptr(), part, 0) } < 0 {
            return Err(Error::last_error());
        }
        left -= part.cast_unsigned();
    }
    Ok(())
}

/// Receives into `buffer` from a blocking stream; holes only from a sparse one.
pub(crate) fn receive(stream: &Stream, buffer: &mut [u8]) -> Result<Received, Error> {
    // SAFETY: the stream is a valid reference for the call and libvirt writes
    // at most the length that is given along.
    let received = unsafe {
        sys::virStreamRecvFlags(
            stream.as_ptr(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            sys::VIR_STREAM_RECV_STOP_AT_HOLE,
        )
    };
    match received {
        0 => Ok(Received::End),
        // A hole is next.
        -3 => {
            let mut length = 0;
            // SAFETY: the stream is a valid reference for the call, the number
            // is written during it.
            if unsafe { sys::virStreamRecvHole(stream.as_ptr(), &raw mut length, 0) } < 0 {
                return Err(Error::last_error());
            }
            Ok(Received::Hole(u64::try_from(length).unwrap_or(0)))
        }
        count => usize::try_from(count).map(Received::Data).map_err(|_| Error::last_error()),
    }
}
