//! Bytes from and to a host over libvirt's streams, blocking.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use virt::stream::Stream;

use super::Done;
use crate::{
    backend::{
        jobs::{JobContext, JobResult},
        sys,
    },
    model::{Failure, FailureKind},
};

/// libvirt sends at most 256 KiB in one message.
const CHUNK: usize = 256 * 1024;

/// A stream that is aborted unless it was read or written to its end: one that
/// is only dropped keeps the host's object busy.
pub(super) struct Transfer(Option<Stream>);

impl Transfer {
    pub(super) fn new(stream: Stream) -> Self {
        Self(Some(stream))
    }

    /// The stream itself, for the call that begins the transfer.
    pub(super) fn get(&self) -> &Stream {
        // Taken only by `finish` and `drop`, which own the value.
        self.0.as_ref().unwrap_or_else(|| unreachable!("a stream in use is there"))
    }

    fn finish(mut self) -> Done {
        match self.0.take() {
            Some(stream) => Ok(stream.finish()?),
            None => Ok(()),
        }
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        if let Some(stream) = self.0.take() {
            // Nothing is known of what arrived; a failure changes nothing.
            let _ = stream.abort();
        }
    }
}

/// Everything that comes, which must not be more than `limit` bytes.
pub(super) fn read_all(stream: Transfer, limit: u64) -> Done<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = match usize::try_from(stream.get().recv(&mut buffer)?) {
            Ok(0) => break,
            Ok(count) => count.min(buffer.len()),
            Err(_) => return Err(Failure::new(FailureKind::Other, "the stream is not blocking")),
        };
        bytes.extend_from_slice(&buffer[..count]);
        if bytes.len() as u64 > limit {
            return Err(Failure::new(FailureKind::Other, format!("more than {limit} bytes")));
        }
    }
    stream.finish()?;
    Ok(bytes)
}

/// Sends `length` bytes of a file; as holes what is one in the file where
/// `sparse`. `done` is told the bytes that are behind.
pub(super) fn write_file(
    stream: Transfer,
    file: &mut File,
    length: u64,
    sparse: bool,
    job: &JobContext,
    mut done: impl FnMut(u64),
) -> JobResult {
    let mut buffer = vec![0; CHUNK];
    let mut at = 0;
    let mut data_until = if sparse { 0 } else { length };
    while at < length {
        job.check()?;
        if at >= data_until {
            let data_from = next_data(file, at, length)?;
            if data_from > at {
                sys::stream_send_hole(stream.get(), data_from - at)?;
                at = data_from;
                done(at);
                continue;
            }
            data_until = next_hole(file, at, length);
            file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        }
        let want = usize::try_from(data_until - at).unwrap_or(CHUNK).min(CHUNK);
        let count = file.read(&mut buffer[..want]).map_err(unreadable)?;
        if count == 0 {
            return Err(Failure::new(FailureKind::Other, "the file became shorter").into());
        }
        send(stream.get(), &buffer[..count])?;
        at += count as u64;
        done(at);
    }
    job.check()?;
    stream.finish()?;
    Ok(())
}

fn send(stream: &Stream, mut bytes: &[u8]) -> Done {
    while !bytes.is_empty() {
        match usize::try_from(stream.send(bytes)?) {
            Ok(sent) => bytes = &bytes[sent.min(bytes.len())..],
            Err(_) => return Err(Failure::new(FailureKind::Other, "the stream is not blocking")),
        }
    }
    Ok(())
}

/// Where the next data begin, `length` if there are none. A file system that
/// does not know holes says that all is data.
fn next_data(file: &File, at: u64, length: u64) -> Done<u64> {
    match rustix::fs::seek(file, rustix::fs::SeekFrom::Data(at)) {
        Ok(data) => Ok(data.min(length)),
        Err(rustix::io::Errno::NXIO) => Ok(length),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOTSUP) => Ok(at),
        Err(error) => Err(unreadable(error)),
    }
}

fn next_hole(file: &File, at: u64, length: u64) -> u64 {
    rustix::fs::seek(file, rustix::fs::SeekFrom::Hole(at)).map_or(length, |hole| hole.min(length))
}

/// A failure to read a file of this computer.
pub(super) fn unreadable(error: impl Into<std::io::Error>) -> Failure {
    let error = error.into();
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => FailureKind::NotFound,
        std::io::ErrorKind::PermissionDenied => FailureKind::FileAccess,
        _ => FailureKind::Other,
    };
    Failure::new(kind, error.to_string())
}
