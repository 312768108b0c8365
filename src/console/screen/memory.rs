//! Memory for pictures, kept from one frame to the next.
//!
//! Without a graphics card GTK makes several pictures of the screen's size for
//! each frame and drops them. The program gives freed memory back at once (see
//! `give_memory_back`), and the kernel would fill it with zeros for each frame
//! anew: 40 % of the processor time of a frame of 1920 × 1080, as `perf` tells.

#![allow(unsafe_code)]

use std::{cell::Cell, marker::PhantomData};

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// While there is one, freed memory stays with the process: at most 64 MiB.
#[derive(Debug)]
pub(super) struct KeptMemory {
    /// Counted on the thread that draws.
    _here: PhantomData<*const ()>,
}

impl KeptMemory {
    pub(super) fn new() -> Self {
        if HELD.replace(HELD.get() + 1) == 0 {
            keep(true);
        }
        Self { _here: PhantomData }
    }
}

impl Drop for KeptMemory {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
        if HELD.get() == 0 {
            keep(false);
        }
    }
}

#[cfg(target_env = "gnu")]
fn keep(much: bool) {
    const KIB: libc::c_int = 1024;
    const MIB: libc::c_int = 1024 * KIB;
    // Otherwise what `give_memory_back` leaves or sets.
    let (own_mapping, trim) = if much { (32 * MIB, 64 * MIB) } else { (128 * KIB, 128 * KIB) };
    // SAFETY: two parameters of the allocator, which takes its lock for them.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, own_mapping);
        libc::mallopt(libc::M_TRIM_THRESHOLD, trim);
    }
}

/// Other allocators have no such parameters.
#[cfg(not(target_env = "gnu"))]
fn keep(_much: bool) {}
