//! A guest as a window shows it: what is below the header bar, with the header
//! bar and the actions beside it. A window shows one pane, or several as tabs.

use std::cell::{OnceCell, RefCell};

use relm4::{
    Sender, adw,
    adw::{prelude::*, subclass::prelude::*},
    gtk::{self, gio, glib},
};

use super::GuestWindowInput;
use crate::model::GuestRef;

/// What belongs to a pane.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) guest: GuestRef,
    pub(super) header: adw::HeaderBar,
    /// The actions, by their groups' names.
    pub(super) actions: Vec<(&'static str, gio::ActionGroup)>,
    pub(super) input: Sender<GuestWindowInput>,
}

/// How the guest is called and how it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) title: String,
    /// The state in words.
    pub(super) state: String,
    /// The state's icon.
    pub(super) icon: &'static str,
}

mod imp {
    use super::{Look, OnceCell, Parts, RefCell, adw, glib};
    use relm4::adw::subclass::prelude::*;

    #[derive(Debug, Default)]
    pub struct Pane {
        pub(super) parts: OnceCell<Parts>,
        pub(super) look: RefCell<Look>,
        pub(super) tab: glib::WeakRef<adw::TabPage>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Pane {
        const NAME: &'static str = "PosadaGuestPane";
        type Type = super::Pane;
        type ParentType = adw::Bin;
    }

    impl ObjectImpl for Pane {}
    impl WidgetImpl for Pane {}
    impl BinImpl for Pane {}
}

glib::wrapper! {
    /// See the module's page.
    pub struct Pane(ObjectSubclass<imp::Pane>)
        @extends gtk::Widget, adw::Bin,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for Pane {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl Pane {
    /// Gives it what it goes with; once.
    pub(super) fn complete(&self, parts: Parts) {
        let _ = self.imp().parts.set(parts);
    }

    /// Says how the guest is called and how it is.
    pub(super) fn set_look(&self, look: Look) {
        if *self.imp().look.borrow() != look {
            self.imp().look.replace(look);
            self.sync();
        }
    }

    fn sync(&self) {
        let Some(tab) = self.imp().tab.upgrade() else { return };
        let look = self.imp().look.borrow().clone();
        tab.set_title(&look.title);
        tab.set_tooltip(&glib::markup_escape_text(&format!("{}\n{}", look.title, look.state)));
        tab.set_icon((!look.icon.is_empty()).then(|| gio::ThemedIcon::new(look.icon)).as_ref());
        tab.set_keyword(&look.state);
    }

    /// It is in a tab now, perhaps another one than before.
    pub(in crate::ui) fn in_tab(&self, tab: &adw::TabPage) {
        self.imp().tab.set(Some(tab));
        self.sync();
    }

    /// Its tab, if it is in one.
    pub(in crate::ui) fn tab(&self) -> Option<adw::TabPage> {
        self.imp().tab.upgrade()
    }

    /// The guest.
    pub(in crate::ui) fn guest(&self) -> Option<GuestRef> {
        self.imp().parts.get().map(|parts| parts.guest)
    }

    /// Its header bar.
    pub(in crate::ui) fn header(&self) -> Option<&adw::HeaderBar> {
        self.imp().parts.get().map(|parts| &parts.header)
    }

    /// Its actions, by their groups' names.
    pub(in crate::ui) fn actions(&self) -> &[(&'static str, gio::ActionGroup)] {
        self.imp().parts.get().map_or(&[], |parts| &parts.actions)
    }

    /// Tells the component behind it.
    pub(in crate::ui) fn emit(&self, input: GuestWindowInput) {
        if let Some(parts) = self.imp().parts.get() {
            parts.input.emit(input);
        }
    }

    /// The window that it is in.
    pub(in crate::ui) fn window(&self) -> Option<gtk::Window> {
        self.root().and_downcast()
    }
}
