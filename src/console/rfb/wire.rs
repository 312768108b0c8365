//! Reading from the server, with an end to patience.

use std::{
    io::{ErrorKind, Read},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use crate::console::ConsoleError;

/// How long the server may take.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patience {
    /// For everything until then: the handshake.
    Until(Instant),
    /// For each piece: within a message.
    Each(Duration),
    /// An idle guest sends nothing for hours.
    Forever,
}

/// The longest text of the server that is read: a reason or a name, in bytes.
const LONGEST_TEXT: u32 = 4096;

/// The server's end of the stream, buffered.
#[derive(Debug)]
pub(super) struct Wire {
    stream: UnixStream,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    patience: Patience,
}

impl Wire {
    pub(super) fn new(stream: UnixStream) -> Self {
        let buffer = vec![0; 64 * 1024].into_boxed_slice();
        Self { stream, buffer, start: 0, end: 0, patience: Patience::Forever }
    }

    pub(super) fn set_patience(&mut self, patience: Patience) {
        self.patience = patience;
    }

    /// What came in and was not read yet; waits for at least one byte.
    fn filled(&mut self) -> Result<&[u8], ConsoleError> {
        while self.start == self.end {
            let wait = match self.patience {
                Patience::Forever => None,
                Patience::Each(time) => Some(time),
                Patience::Until(end) => {
                    let left = end.saturating_duration_since(Instant::now());
                    Some(left.max(Duration::from_millis(1)))
                }
            };
            self.stream.set_read_timeout(wait).map_err(io)?;
            match self.stream.read(&mut self.buffer) {
                Ok(0) => return Err(ConsoleError::Closed),
                Ok(count) => (self.start, self.end) = (0, count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(io(error)),
            }
            if let Patience::Until(end) = self.patience
                && Instant::now() > end
            {
                // A server that sends a byte now and then stalls all the same.
                return Err(ConsoleError::TimedOut);
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// At most `into.len()` bytes, at least one.
    pub(super) fn some(&mut self, into: &mut [u8]) -> Result<usize, ConsoleError> {
        let filled = self.filled()?;
        let count = filled.len().min(into.len());
        into[..count].copy_from_slice(&filled[..count]);
        self.start += count;
        Ok(count)
    }

    /// Exactly `into.len()` bytes.
    pub(super) fn exact(&mut self, mut into: &mut [u8]) -> Result<(), ConsoleError> {
        while !into.is_empty() {
            let count = self.some(into)?;
            into = &mut into[count..];
        }
        Ok(())
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ConsoleError> {
        let mut bytes = [0; N];
        self.exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, ConsoleError> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16, ConsoleError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, ConsoleError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(super) fn i32(&mut self) -> Result<i32, ConsoleError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// Throws `count` bytes away.
    pub(super) fn skip(&mut self, mut count: usize) -> Result<(), ConsoleError> {
        while count > 0 {
            let step = self.filled()?.len().min(count);
            self.start += step;
            count -= step;
        }
        Ok(())
    }

    /// A text with its length before it.
    pub(super) fn text(&mut self) -> Result<String, ConsoleError> {
        let length = self.u32()?;
        if length > LONGEST_TEXT {
            return Err(ConsoleError::Protocol("a text is too long"));
        }
        let mut bytes = vec![0; length as usize];
        self.exact(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The console's words for a failed system call.
#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
pub(super) fn io(error: std::io::Error) -> ConsoleError {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => ConsoleError::TimedOut,
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => ConsoleError::Closed,
        _ => ConsoleError::Io(error.to_string()),
    }
}
