//! A guest's screen on the host's graphics card: memory that GTK shows as it is,
//! without a copy. Only a server on this computer can hand it over.
#![allow(unsafe_code)]

use std::{
    os::fd::{AsRawFd, OwnedFd},
    sync::Arc,
};

use relm4::gtk::{gdk, prelude::*};
use rustix::fs::{FileType, SealFlags, SeekFrom, fcntl_get_seals, fstat, seek};

use super::{
    frame::PIXEL,
    helper::line::{Fields, Malformed, Writer},
};

/// How the pixels lie, as the card's driver decides: nothing else is known of how a
/// server's memory is laid out (`DRM_FORMAT_MOD_INVALID` in `drm_fourcc.h`).
const DRIVERS_OWN: u64 = 0x00ff_ffff_ffff_ffff;

/// Row after row (`DRM_FORMAT_MOD_LINEAR`).
const ROWS: u64 = 0;

/// Where the pixels of a screen lie in a card's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Pixels across.
    pub(crate) width: u32,
    /// Pixels down.
    pub(crate) height: u32,
    /// Bytes from one row to the next.
    pub(crate) stride: u32,
    /// What a pixel is, as the kernel names it (`drm_fourcc.h`).
    pub(crate) fourcc: u32,
    /// The first row is the upper one.
    pub(crate) upright: bool,
}

impl Layout {
    /// Appends it to a message.
    pub(crate) fn write<'a>(&self, writer: Writer<'a>) -> Writer<'a> {
        let writer = writer.u32(self.width).u32(self.height).u32(self.stride);
        writer.u32(self.fourcc).bool(self.upright)
    }

    /// Reads it from a message.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            width: fields.u32()?,
            height: fields.u32()?,
            stride: fields.u32()?,
            fourcc: fields.u32()?,
            upright: fields.bool()?,
        })
    }

    /// What a pixel is on a screen, through which nothing is seen.
    fn opaque(self) -> u32 {
        match &self.fourcc.to_le_bytes() {
            b"AR24" => u32::from_le_bytes(*b"XR24"),
            b"AB24" => u32::from_le_bytes(*b"XB24"),
            b"RA24" => u32::from_le_bytes(*b"RX24"),
            b"BA24" => u32::from_le_bytes(*b"BX24"),
            _ => self.fourcc,
        }
    }
}

/// A screen in a card's memory.
#[derive(Clone, Debug)]
pub(crate) struct Scanout {
    pub(crate) layout: Layout,
    memory: Arc<OwnedFd>,
}

impl Scanout {
    pub(crate) fn new(layout: Layout, memory: OwnedFd) -> Self {
        Self { layout, memory: Arc::new(memory) }
    }

    /// What it shows now, to be drawn on this display.
    ///
    /// # Errors
    /// Why the display's graphics card cannot.
    pub(crate) fn texture(&self, display: &gdk::Display) -> Result<gdk::Texture, String> {
        let Layout { width, height, stride, .. } = self.layout;
        let fourcc = self.layout.opaque();
        // Asked first: what the texture would hold is not given back if it cannot be.
        // Where GTK has no card to draw with, the guest's is drawn by the processor,
        // too, which has rows; GTK reads them.
        let formats = display.dmabuf_formats();
        let takes = |modifier: &u64| formats.contains(fourcc, *modifier);
        let modifier = [DRIVERS_OWN, ROWS].into_iter().find(takes);
        let modifier = modifier.filter(|modifier| *modifier != ROWS || self.can_be_read());
        let Some(modifier) = modifier else {
            return Err(format!("{}: {fourcc:#010x}", display.name()));
        };
        let memory = Arc::clone(&self.memory);
        let builder = gdk::DmabufTextureBuilder::new()
            .set_display(display)
            .set_fourcc(fourcc)
            .set_modifier(modifier)
            .set_n_planes(1)
            .set_offset(0, 0)
            .set_stride(0, stride)
            .set_width(width)
            .set_height(height);
        // SAFETY: the descriptor stays open until the texture lets go of it. What it
        // leads to is the card's business: a driver takes nothing else than its own.
        let texture = unsafe {
            builder.set_fd(0, memory.as_raw_fd()).build_with_release_func(move || drop(memory))
        };
        texture.map_err(|error| error.to_string())
    }

    /// Whether all of it is there and stays: reading what is cut off would end the
    /// program. A card's memory keeps its size; a file must be sealed.
    fn can_be_read(&self) -> bool {
        let Layout { width, height, stride, .. } = self.layout;
        let wanted = u64::from(stride) * u64::from(height);
        let has = seek(&self.memory, SeekFrom::End(0)).is_ok_and(|size| size >= wanted);
        let keeps = match fstat(&self.memory).map(|stat| FileType::from_raw_mode(stat.st_mode)) {
            Ok(FileType::RegularFile) => {
                fcntl_get_seals(&self.memory).is_ok_and(|seals| seals.contains(SealFlags::SHRINK))
            }
            kind => kind.is_ok(),
        };
        u64::from(stride) >= u64::from(width) * PIXEL as u64 && has && keeps
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;
    use crate::console::helper::line::{Fields, Writer};

    #[test]
    fn a_layout_travels_and_hides_nothing() {
        let layout = Layout {
            width: 1920,
            height: 1080,
            stride: 7680,
            fourcc: u32::from_le_bytes(*b"AR24"),
            upright: true,
        };
        let mut message = Vec::new();
        layout.write(Writer::new(&mut message, 0)).end();
        assert_eq!(Layout::read(&mut Fields(&message[5..])), Ok(layout));
        assert!(Layout::read(&mut Fields(&message[5..9])).is_err());
        assert_eq!(layout.opaque(), u32::from_le_bytes(*b"XR24"));
    }
}
