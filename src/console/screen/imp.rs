//! The widget's private side: state and GTK's virtual functions.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gtk::{gdk, glib, prelude::*, subclass::prelude::*};
use relm4::gtk;

use super::{draw::Textures, hold::Hold, memory::KeptMemory, pool::SharedPool};
use crate::console::{
    Scaling,
    input::{Keyboard, Wheel},
    remote::Remote,
};

/// Told when keyboard and pointer are taken or given back.
type GrabListener = Rc<dyn Fn(bool)>;

#[derive(Default)]
pub struct Screen {
    pub(super) remote: RefCell<Option<Rc<dyn Remote>>>,
    pub(super) textures: RefCell<Textures>,
    /// Textures changed since the last frame was drawn.
    pub(super) fresh: Cell<bool>,
    /// The server waits to be asked for the next update.
    pub(super) owed: Cell<bool>,
    pub(super) guest_size: Cell<(u32, u32)>,
    pub(super) scaling: Cell<Scaling>,
    pub(super) pending_size: RefCell<Option<glib::SourceId>>,
    pub(super) keyboard: RefCell<Keyboard>,
    pub(super) grabbed: Cell<bool>,
    /// The user gave the pointer too: by a click, or by Enter.
    pub(super) by_hand: Cell<bool>,
    /// Told once that the desktop keeps its own shortcuts.
    pub(super) shortcuts_kept: RefCell<Option<Box<dyn FnOnce()>>>,
    /// Nothing is sent to the guest.
    pub(super) view_only: Cell<bool>,
    /// Focus went to another window while the guest had the keyboard.
    pub(super) regrab: Cell<bool>,
    pub(super) grab_told: RefCell<Option<GrabListener>>,
    pub(super) key_controller:
        RefCell<Option<(glib::WeakRef<gtk::Widget>, gtk::EventControllerKey)>>,
    pub(super) wheel: RefCell<Wheel>,
    pub(super) buttons: Cell<u16>,
    pub(super) position: Cell<(f64, f64)>,
    /// A movement that was too little for the guest, in the widget's pixels.
    pub(super) rest: Cell<(f64, f64)>,
    pub(super) absolute: Cell<bool>,
    pub(super) hold: RefCell<Option<Hold>>,
    pub(super) guest_cursor: RefCell<Option<gdk::Cursor>>,
    pub(super) leds: Cell<Option<u8>>,
    /// While the screen is shown.
    pub(super) kept_memory: RefCell<Option<(KeptMemory, Option<SharedPool>)>>,
}

#[glib::object_subclass]
impl ObjectSubclass for Screen {
    const NAME: &'static str = "PosadaScreen";
    type Type = super::Screen;
    type ParentType = gtk::Widget;

    fn class_init(class: &mut Self::Class) {
        class.set_css_name("guestscreen");
        class.set_accessible_role(gtk::AccessibleRole::Img);
    }
}

impl ObjectImpl for Screen {
    fn constructed(&self) {
        self.parent_constructed();
        // VNC servers take positions unless they say otherwise.
        self.absolute.set(true);
        let screen = self.obj();
        screen.set_focusable(true);
        screen.set_hexpand(true);
        screen.set_vexpand(true);
        screen.set_overflow(gtk::Overflow::Hidden);
        screen.watch_pointer();
        screen.watch_focus();
    }

    fn dispose(&self) {
        if let Some(id) = self.pending_size.take() {
            id.remove();
        }
    }
}

impl WidgetImpl for Screen {
    fn request_mode(&self) -> gtk::SizeRequestMode {
        gtk::SizeRequestMode::ConstantSize
    }

    fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
        let (width, height) = self.guest_size.get();
        let guest = if orientation == gtk::Orientation::Horizontal { width } else { height };
        #[expect(clippy::cast_possible_truncation, reason = "at most 8192")]
        let natural = (f64::from(guest) / self.obj().device_scale()).ceil() as i32;
        let minimum = if self.scaling.get() == Scaling::Original { natural } else { 0 };
        (minimum, natural.max(minimum), -1, -1)
    }

    fn size_allocate(&self, _width: i32, _height: i32, _baseline: i32) {
        self.obj().wish_size();
        if self.obj().has_pointer() && !self.absolute.get() {
            // Once all have their places.
            let screen = self.obj().downgrade();
            glib::idle_add_local_once(move || {
                if let Some(screen) = screen.upgrade() {
                    screen.sync_hold();
                }
            });
        }
    }

    fn map(&self) {
        self.parent_map();
        let pool = SharedPool::of(&*self.obj());
        self.kept_memory.replace(Some((KeptMemory::new(), pool)));
        self.obj().wish_size();
    }

    fn unmap(&self) {
        self.kept_memory.take();
        self.parent_unmap();
    }

    fn snapshot(&self, snapshot: &gtk::Snapshot) {
        self.upload();
        self.draw(snapshot);
        self.fresh.set(false);
        self.pay();
    }

    fn root(&self) {
        self.parent_root();
        self.obj().watch_keys();
    }

    fn unroot(&self) {
        self.obj().release();
        if let Some((root, controller)) = self.key_controller.take()
            && let Some(root) = root.upgrade()
        {
            root.remove_controller(&controller);
        }
        self.parent_unroot();
    }
}
