//! The widget that shows a guest's screen and takes its keyboard and pointer.

mod draw;
mod hold;
mod imp;
mod keys;
mod memory;
mod pointer;
mod pool;

use std::rc::Rc;

use gtk::{gdk, glib, prelude::*, subclass::prelude::*};
use relm4::gtk;

use super::{
    Scaling,
    input::{Keyboard, ReleaseChord},
    keymap::GuestKey,
    remote::{CursorImage, Remote},
};

glib::wrapper! {
    /// A guest's screen. Focusable; while it holds the keyboard, every key goes
    /// to the guest until the release chord.
    pub struct Screen(ObjectSubclass<imp::Screen>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Screen {
    pub(super) fn new(remote: Rc<dyn Remote>, chord: ReleaseChord, scaling: Scaling) -> Self {
        let screen: Self = glib::Object::new();
        screen.imp().remote.replace(Some(remote));
        screen.imp().keyboard.replace(Keyboard::new(chord));
        screen.imp().scaling.set(scaling);
        screen
    }

    /// Lets go of the connection; the last picture stays.
    pub(super) fn detach(&self) {
        self.release();
        self.imp().remote.take();
        if let Some(waiting) = self.imp().pending_size.take() {
            waiting.remove();
        }
    }

    /// Calls `tell` whenever keyboard and pointer are taken or given back.
    pub(super) fn on_grab(&self, tell: impl Fn(bool) + 'static) {
        self.imp().grab_told.replace(Some(Rc::new(tell)));
    }

    /// How the guest's screen fits the widget.
    #[must_use]
    pub fn scaling(&self) -> Scaling {
        self.imp().scaling.get()
    }

    /// Changes how the guest's screen fits the widget.
    pub fn set_scaling(&self, scaling: Scaling) {
        self.imp().scaling.set(scaling);
        self.queue_resize();
        self.wish_size();
    }

    /// Whether the guest has the keyboard.
    #[must_use]
    pub fn is_grabbed(&self) -> bool {
        self.imp().grabbed.get()
    }

    /// Calls `tell` at most once: the desktop was asked to leave its own
    /// shortcuts to the guest, and does not.
    pub(super) fn on_shortcuts_kept(&self, tell: impl FnOnce() + 'static) {
        self.imp().shortcuts_kept.replace(Some(Box::new(tell)));
    }

    /// Whether the guest has the pointer too, where it takes movements only.
    #[must_use]
    pub fn has_pointer(&self) -> bool {
        self.is_grabbed() && self.imp().by_hand.get()
    }

    /// The guest's screen has another size.
    pub(super) fn resized(&self) {
        let mut size = (0, 0);
        self.with_remote(|remote| remote.with_frame(&mut |frame| size = frame.size()));
        self.imp().guest_size.set(size);
        self.queue_resize();
        self.queue_draw();
    }

    /// The guest's screen's size in pixels.
    pub(super) fn guest_size(&self) -> (u32, u32) {
        self.imp().guest_size.get()
    }

    /// The guest's screen as it is; nothing before there is one.
    #[must_use]
    pub fn picture(&self) -> Option<gdk::Texture> {
        self.imp().card_picture().or_else(|| {
            let mut whole = None;
            self.with_remote(|remote| remote.with_frame(&mut |frame| whole = frame.whole()));
            draw::texture(whole?, None)
        })
    }

    /// An update is complete: shows it, and asks for the next one then.
    pub(super) fn updated(&self) {
        self.imp().owed.set(true);
        self.imp().upload();
        if self.imp().fresh.get() {
            self.queue_draw();
        } else {
            // It changed no pixel, so no frame would be drawn.
            self.imp().pay();
        }
    }

    /// The guest's pointer looks different, or is hidden.
    pub(super) fn set_pointer(&self, image: &CursorImage) {
        let hidden = image.width == 0 || image.height == 0;
        let cursor = if hidden { gdk::Cursor::from_name("none", None) } else { cursor(image) };
        self.imp().guest_cursor.replace(cursor);
        self.show_cursor();
    }

    /// Whether the guest takes positions; it takes movements only otherwise.
    pub(super) fn set_absolute(&self, absolute: bool) {
        self.imp().absolute.set(absolute);
        self.show_cursor();
        self.sync_hold();
    }

    /// Lock keys of the guest, as the server tells them.
    pub(super) fn set_leds(&self, leds: u8) {
        self.imp().leds.set(Some(leds));
    }

    /// Presses `keys` in their order and lets go in the opposite order.
    pub(super) fn send_keys(&self, keys: &[GuestKey]) {
        self.with_hands(|remote| {
            for key in keys {
                remote.key(true, key.code, key.keysym);
            }
            for key in keys.iter().rev() {
                remote.key(false, key.code, key.keysym);
            }
        });
    }

    /// Sends nothing to the guest from now on, or what its user does again.
    pub(super) fn set_view_only(&self, view_only: bool) {
        if view_only {
            // What is pressed in the guest is let go of there.
            self.release();
        }
        self.imp().view_only.set(view_only);
        if !view_only {
            self.wish_size();
        }
    }

    /// Presses Caps Lock in the guest if it says that it is on: letters that
    /// are typed by their places would come out wrong.
    pub(super) fn lock_no_capitals(&self) {
        if self.imp().leds.get().is_some_and(|leds| leds & 4 != 0) {
            self.send_keys(&[GuestKey::CAPS_LOCK]);
        }
    }

    /// For what would change something in the guest.
    fn with_hands(&self, act: impl FnOnce(&dyn Remote)) {
        if !self.imp().view_only.get() {
            self.with_remote(act);
        }
    }

    fn with_remote(&self, act: impl FnOnce(&dyn Remote)) {
        // Cloned, so that what the call leads to may replace it.
        let remote = self.imp().remote.borrow().clone();
        if let Some(remote) = remote {
            act(&*remote);
        }
    }

    fn show_cursor(&self) {
        let imp = self.imp();
        let cursor = if imp.absolute.get() {
            imp.guest_cursor.borrow().clone()
        } else if self.has_pointer() {
            // The guest draws its own, elsewhere.
            gdk::Cursor::from_name("none", None)
        } else {
            None
        };
        self.set_cursor(cursor.as_ref());
    }

    /// Device pixels per logical pixel.
    fn device_scale(&self) -> f64 {
        let scale =
            self.native().and_then(|native| native.surface()).map(|surface| surface.scale());
        scale.filter(|scale| scale.is_finite() && *scale > 0.0).unwrap_or(1.0)
    }

    /// Asks the guest for the widget's size, once it has not changed for a
    /// moment: a window that is being dragged would flood it.
    fn wish_size(&self) {
        const CALM: std::time::Duration = std::time::Duration::from_millis(250);
        if self.scaling() != Scaling::ResizeGuest || !self.is_mapped() {
            return;
        }
        let weak = self.downgrade();
        let id = glib::timeout_add_local_once(CALM, move || {
            let Some(screen) = weak.upgrade() else { return };
            screen.imp().pending_size.take();
            let scale = screen.device_scale();
            let device = |length: i32| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a float cast saturates"
                )]
                let length = (f64::from(length) * scale).round() as u32;
                length
            };
            let (width, height) = (device(screen.width()), device(screen.height()));
            screen.with_hands(|remote| remote.request_size(width, height));
        });
        if let Some(old) = self.imp().pending_size.replace(Some(id)) {
            old.remove();
        }
    }

    /// What the guest can do has changed: it may take another size now.
    pub(super) fn abilities_changed(&self) {
        self.wish_size();
    }

    /// The connection is up: what waited for it happens now.
    pub(super) fn connected(&self) {
        self.resized();
        self.wish_size();
        if self.has_focus() {
            self.grab();
        }
    }
}

fn cursor(image: &CursorImage) -> Option<gdk::Cursor> {
    let width = i32::try_from(image.width).ok()?;
    let height = i32::try_from(image.height).ok()?;
    let texture = gdk::MemoryTexture::new(
        width,
        height,
        gdk::MemoryFormat::B8g8r8a8Premultiplied,
        &glib::Bytes::from(&image.pixels),
        image.width as usize * super::frame::PIXEL,
    );
    let hot = (i32::try_from(image.hot.0).ok()?, i32::try_from(image.hot.1).ok()?);
    let fallback = gdk::Cursor::from_name("default", None);
    Some(gdk::Cursor::from_texture(&texture, hot.0, hot.1, fallback.as_ref()))
}
