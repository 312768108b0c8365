//! How the program and a helper speak.
//!
//! A message is its length (4 bytes), its kind (1 byte) and its fields, all
//! little-endian. Both ends are the same program, so there are no versions;
//! but a helper reads what a stranger's server sends, so its messages are read
//! as if a stranger had written them. Descriptors travel with a message's
//! first byte.

use std::{
    io::{self, IoSlice, IoSliceMut, Read, Write},
    mem::MaybeUninit,
    os::{
        fd::{BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// The most descriptors that travel with a message.
const MOST_DESCRIPTORS: usize = 4;

/// The message cannot be what the other side of this program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) struct Malformed;

/// Writes a message, field after field.
pub(in crate::console) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Writer<'a> {
    pub(in crate::console) fn new(out: &'a mut Vec<u8>, kind: u8) -> Self {
        let start = out.len();
        out.extend_from_slice(&[0, 0, 0, 0, kind]);
        Self { out, start }
    }

    pub(in crate::console) fn u8(self, value: u8) -> Self {
        self.out.push(value);
        self
    }

    pub(in crate::console) fn bool(self, value: bool) -> Self {
        self.u8(u8::from(value))
    }

    pub(in crate::console) fn u32(self, value: u32) -> Self {
        self.out.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(in crate::console) fn bytes(self, value: &[u8]) -> Self {
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        let this = self.u32(length);
        this.out.extend_from_slice(value);
        this
    }

    pub(in crate::console) fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    pub(in crate::console) fn end(self) {
        let length = u32::try_from(self.out.len() - self.start - 4).unwrap_or(u32::MAX);
        self.out[self.start..self.start + 4].copy_from_slice(&length.to_le_bytes());
    }
}

/// Reads a message, field after field.
pub(in crate::console) struct Fields<'a>(pub(in crate::console) &'a [u8]);

impl Fields<'_> {
    pub(in crate::console) fn u8(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(in crate::console) fn bool(&mut self) -> Result<bool, Malformed> {
        Ok(self.u8()? != 0)
    }

    pub(in crate::console) fn u32(&mut self) -> Result<u32, Malformed> {
        let (first, rest) = self.0.split_first_chunk::<4>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*first))
    }

    pub(in crate::console) fn u16(&mut self) -> Result<u16, Malformed> {
        u16::try_from(self.u32()?).map_err(|_| Malformed)
    }

    pub(in crate::console) fn bytes(&mut self) -> Result<Vec<u8>, Malformed> {
        let length = self.u32()? as usize;
        let (first, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(first.to_vec())
    }

    pub(in crate::console) fn text(&mut self) -> Result<String, Malformed> {
        String::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }
}

/// Waits for a message and reads it, without its length; nothing at the end.
pub(in crate::console) fn read_message(
    stream: &mut impl Read,
    longest: usize,
) -> io::Result<Option<Vec<u8>>> {
    let mut first = [0];
    match stream.read_exact(&mut first) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    read_rest(stream, first[0], longest).map(Some)
}

fn read_rest(stream: &mut impl Read, first: u8, longest: usize) -> io::Result<Vec<u8>> {
    let mut length = [first, 0, 0, 0];
    stream.read_exact(&mut length[1..])?;
    let length = u32::from_le_bytes(length) as usize;
    if length > longest {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message)?;
    Ok(message)
}

/// Sends a message together with descriptors.
pub(in crate::console) fn send_with(
    line: &UnixStream,
    message: &[u8],
    fds: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let (first, rest) = message.split_at_checked(1).ok_or(io::ErrorKind::InvalidInput)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut extra = SendAncillaryBuffer::new(&mut space);
    if fds.len() > MOST_DESCRIPTORS || !extra.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    sendmsg(line, &[IoSlice::new(first)], &mut extra, SendFlags::NOSIGNAL)?;
    (&*line).write_all(rest)
}

/// As [`read_message`], with the descriptors that came along.
pub(in crate::console) fn receive(
    line: &UnixStream,
    longest: usize,
) -> io::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut extra = RecvAncillaryBuffer::new(&mut space);
    let mut first = [0];
    let got = loop {
        let mut parts = [IoSliceMut::new(&mut first)];
        match recvmsg(line, &mut parts, &mut extra, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other?,
        }
    };
    let mut fds = Vec::new();
    for message in extra.drain() {
        if let RecvAncillaryMessage::ScmRights(handles) = message {
            fds.extend(handles);
        }
    }
    if got.bytes == 0 {
        return Ok(None);
    }
    Ok(Some((read_rest(&mut &*line, first[0], longest)?, fds)))
}
