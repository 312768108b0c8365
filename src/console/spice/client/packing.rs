//! How the pictures are packed on their way.

use spice_client_glib::{Channel, DisplayChannel, glib::prelude::*};

use super::connection::Client;
use crate::model::PictureQuality;

/// Pictures as they are, whatever their size (`SPICE_IMAGE_COMPRESSION_OFF`).
const OFF: i32 = 1;

/// What packs a picture best, by what it shows (`SPICE_IMAGE_COMPRESSION_AUTO_GLZ`).
const BEST: i32 = 2;

impl Client {
    pub(super) fn choose_quality(&self, quality: PictureQuality) {
        let before = self.quality.replace(quality);
        // What the server does by itself cannot be asked for.
        let own = self.packing().or_else(|| (before != quality).then_some(BEST));
        for display in self.channels.borrow().displays.values() {
            prefer(display, own);
        }
    }

    /// A channel is there: says how its pictures are to come.
    pub(super) fn choose_packing(&self, channel: &Channel) {
        if let Some(display) = channel.downcast_ref() {
            prefer(display, self.packing());
        }
    }

    /// The wish; nothing for what the server does by itself. Whether JPEG makes
    /// pictures smaller on a slow line is for the server alone to say.
    fn packing(&self) -> Option<i32> {
        match self.quality.get() {
            PictureQuality::Automatic => None,
            PictureQuality::Exact => Some(OFF),
            PictureQuality::Small => Some(BEST),
        }
    }
}

fn prefer(display: &DisplayChannel, packing: Option<i32>) {
    if let Some(packing) = packing {
        display.change_preferred_compression(packing);
    }
}
