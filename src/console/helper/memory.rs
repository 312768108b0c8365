//! The screen's pixels, shared between a helper and the program.
//!
//! The memory has the largest size that is shown from the start, and is sealed:
//! neither side can shrink it under the other. Only pages that were drawn on
//! take up memory.
#![allow(unsafe_code)]

use std::{
    ffi::c_void,
    io,
    os::fd::{AsFd, OwnedFd},
    ptr,
};

use rustix::{
    fs::{
        FallocateFlags, MemfdFlags, SealFlags, fallocate, fcntl_add_seals, ftruncate, memfd_create,
    },
    mm::{MapFlags, ProtFlags, mmap, munmap},
};

use crate::console::frame::{LONGEST, PIXEL};

/// Bytes of the largest screen: 256 MiB.
const SIZE: usize = LONGEST as usize * LONGEST as usize * PIXEL;

/// The shared pixels, mapped into this process.
#[derive(Debug)]
pub(crate) struct Memory {
    fd: OwnedFd,
    start: *mut c_void,
    writable: bool,
}

// SAFETY: the mapping belongs to the value and is reached through bounded
// copies only, so it may move to and be read from other threads.
unsafe impl Send for Memory {}

impl Memory {
    /// New, empty memory, which this process only reads.
    pub(crate) fn create() -> io::Result<Self> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let fd = memfd_create("posada-screen", flags)?;
        ftruncate(&fd, SIZE as u64)?;
        fcntl_add_seals(&fd, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Self::map(fd, false)
    }

    /// The memory that another process made, to be drawn on.
    pub(crate) fn attach(fd: OwnedFd) -> io::Result<Self> {
        Self::map(fd, true)
    }

    fn map(fd: OwnedFd, writable: bool) -> io::Result<Self> {
        let access = if writable { ProtFlags::READ | ProtFlags::WRITE } else { ProtFlags::READ };
        // SAFETY: a new mapping at an address of the kernel's choice.
        let start =
            unsafe { mmap(ptr::null_mut(), SIZE, access, MapFlags::SHARED, fd.as_fd(), 0) }?;
        Ok(Self { fd, start, writable })
    }

    /// The memory's file, to be handed to a helper.
    pub(crate) fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    /// Where a library may draw, if this side may write. Valid as long as
    /// `self`.
    pub(crate) fn canvas(&self) -> Option<*mut u8> {
        self.writable.then(|| self.start.cast())
    }

    /// Makes everything black and gives the pages back.
    pub(crate) fn clear(&self) -> io::Result<()> {
        let flags = FallocateFlags::KEEP_SIZE | FallocateFlags::PUNCH_HOLE;
        Ok(fallocate(&self.fd, flags, 0, SIZE as u64)?)
    }

    /// Appends `length` bytes from `offset` to `out`; nothing if they do not
    /// all exist.
    pub(crate) fn read(&self, offset: usize, length: usize, out: &mut Vec<u8>) {
        if offset.checked_add(length).is_none_or(|end| end > SIZE) {
            return;
        }
        out.reserve(length);
        // SAFETY: source and target are in bounds and apart. The helper may
        // write at the same time, so no reference to the source is made; a
        // torn pixel is drawn again with the update that follows it.
        unsafe {
            let from = self.start.cast::<u8>().add(offset);
            ptr::copy_nonoverlapping(from, out.as_mut_ptr().add(out.len()), length);
            out.set_len(out.len() + length);
        }
    }

    /// Writes `bytes` at `offset`; nothing if they do not all fit, or this side
    /// may not write.
    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) {
        if !self.writable || offset.checked_add(bytes.len()).is_none_or(|end| end > SIZE) {
            return;
        }
        // SAFETY: in bounds of a writable mapping.
        unsafe {
            let to = self.start.cast::<u8>().add(offset);
            ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the mapping was made with this address and size, and nothing
        // refers to it any more.
        let _ = unsafe { munmap(self.start, SIZE) };
    }
}

#[cfg(test)]
mod tests {
    use super::{Memory, SIZE};

    #[test]
    fn what_one_side_draws_the_other_reads() {
        let reader = Memory::create().expect("memory");
        let writer =
            Memory::attach(reader.fd().try_clone().expect("another handle")).expect("mapped");
        writer.write(SIZE - 4, &[1, 2, 3, 4]);
        let mut out = vec![0];
        reader.read(SIZE - 4, 4, &mut out);
        assert_eq!(out, [0, 1, 2, 3, 4]);
        reader.read(SIZE - 3, 4, &mut out);
        assert_eq!(out.len(), 5, "what is out of bounds is not read");
        assert_eq!(reader.canvas(), None);
        writer.clear().expect("cleared");
        out.clear();
        reader.read(SIZE - 4, 4, &mut out);
        assert_eq!(out, [0; 4]);
    }

    #[test]
    fn the_other_side_cannot_shrink_it() {
        let memory = Memory::create().expect("memory");
        assert!(rustix::fs::ftruncate(memory.fd(), 4096).is_err());
    }
}
