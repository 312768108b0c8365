//! Small pictures of guests' screens: taken when somebody looks, and not at all
//! if the user does not want that.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use gettextrs::gettext;
use relm4::{
    adw,
    gtk::{self, gdk, glib, prelude::*},
};

use crate::{
    backend::ConnectionHandle,
    i18n::gettext_f,
    model::{DomainId, GuestRef},
    ui::context::Context,
};

/// A picture costs the host some work: no more often than this.
pub(super) const EVERY: Duration = Duration::from_secs(5);
/// A larger picture is not worth decoding for a thumbnail.
const LARGEST: usize = 64 << 20;
/// The picture's width, in logical pixels.
const WIDTH: i32 = 256;

/// The screen as it is now; nothing without one. Decoded in the background.
pub(super) async fn take(handle: ConnectionHandle, id: DomainId) -> Option<gdk::Texture> {
    tracing::debug!("taking a picture of a guest’s screen");
    let (_, bytes) = handle.screenshot(id).await.ok()?;
    if bytes.len() > LARGEST {
        return None;
    }
    let decode = move || gdk::Texture::from_bytes(&glib::Bytes::from_owned(bytes)).ok();
    relm4::spawn_blocking(decode).await.ok().flatten()
}

/// The picture that comes up where the pointer rests on a guest.
#[derive(Debug)]
pub(super) struct Hover {
    context: Context,
    frame: gtk::Box,
    picture: gtk::Picture,
    label: gtk::Label,
    guest: Cell<Option<GuestRef>>,
    /// The next look, or the one that is under way.
    looking: RefCell<Option<glib::JoinHandle<()>>>,
}

impl Hover {
    pub(super) fn new(context: Context) -> Rc<Self> {
        let picture = gtk::Picture::builder()
            .content_fit(gtk::ContentFit::Contain)
            .width_request(WIDTH)
            .css_classes(["screen-thumbnail"])
            .build();
        let label = gtk::Label::builder().css_classes(["caption"]).build();
        let frame = gtk::Box::new(gtk::Orientation::Vertical, 6);
        // No larger, however large the guest's screen is.
        let clamp = adw::Clamp::builder()
            .maximum_size(WIDTH)
            .tightening_threshold(WIDTH)
            .child(&picture)
            .build();
        frame.append(&clamp);
        frame.append(&label);
        let (guest, looking) = (Cell::default(), RefCell::default());
        Rc::new(Self { context, frame, picture, label, guest, looking })
    }

    /// Shows the screen of a guest that runs in `tooltip`; whether it does.
    pub(super) fn show(
        self: &Rc<Self>,
        guest: GuestRef,
        name: &str,
        tooltip: &gtk::Tooltip,
    ) -> bool {
        if !self.context.settings.screen_pictures() {
            return false;
        }
        let Some(handle) = self.context.handle(guest.connection) else { return false };
        if self.guest.replace(Some(guest)) != Some(guest) {
            self.picture.set_paintable(None::<&gdk::Paintable>);
            self.label.set_label(&gettext("Looking at the screen…"));
            self.stop();
        }
        let alternative = gettext_f("Screen of “{guest}”", &[("guest", name)]);
        self.picture.update_property(&[gtk::accessible::Property::Label(&alternative)]);
        if self.looking.borrow().is_none() {
            let weak = Rc::downgrade(self);
            let look = glib::MainContext::default().spawn_local(async move {
                loop {
                    let texture = take(handle.clone(), guest.domain).await;
                    let Some(this) = weak.upgrade() else { return };
                    this.came(texture.as_ref(), &alternative);
                    drop(this);
                    glib::timeout_future(EVERY).await;
                    let Some(this) = weak.upgrade() else { return };
                    if !this.frame.is_mapped() || !this.context.settings.screen_pictures() {
                        this.guest.set(None);
                        this.looking.take();
                        return;
                    }
                }
            });
            self.looking.replace(Some(look));
        }
        tooltip.set_custom(Some(&self.frame));
        true
    }

    fn came(&self, texture: Option<&gdk::Texture>, name: &str) {
        self.picture.set_paintable(texture);
        let none = gettext("There is no screen to be seen");
        self.label.set_label(if texture.is_some() { name } else { &none });
    }

    fn stop(&self) {
        if let Some(looking) = self.looking.take() {
            looking.abort();
        }
    }
}

impl Drop for Hover {
    fn drop(&mut self) {
        self.stop();
    }
}
