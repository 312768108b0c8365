//! A guest in the list's model: an object that stays while its content changes.
//!
//! It has no properties and notifies nobody: it knows the one row that shows
//! it, if any, and hands new content on directly. A change of a guest out of
//! view costs nothing but the exchange of a pointer.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use relm4::gtk::{glib, subclass::prelude::*};

use super::{entry::Entry, row::GuestRow};
use crate::model::GuestStats;

mod imp {
    use super::{Arc, Entry, GuestRow, GuestStats, Rc, RefCell, glib};
    use relm4::gtk::subclass::prelude::*;

    #[derive(Default)]
    pub(in crate::ui::guests) struct GuestItem {
        pub(super) entry: RefCell<Option<Rc<Entry>>>,
        pub(super) load: RefCell<Option<Arc<GuestStats>>>,
        pub(super) row: glib::WeakRef<GuestRow>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for GuestItem {
        const NAME: &'static str = "PosadaGuestItem";
        type Type = super::GuestItem;
    }

    impl ObjectImpl for GuestItem {}
}

glib::wrapper! {
    /// See the module's page.
    pub(super) struct GuestItem(ObjectSubclass<imp::GuestItem>);
}

impl GuestItem {
    pub(super) fn new(entry: Rc<Entry>) -> Self {
        let item: Self = glib::Object::new();
        item.imp().entry.replace(Some(entry));
        item
    }

    /// What is shown of the guest.
    pub(super) fn entry(&self) -> Option<Rc<Entry>> {
        self.imp().entry.borrow().clone()
    }

    /// Shows `entry` from now on.
    pub(super) fn set_entry(&self, entry: Rc<Entry>) {
        if !entry.summary.state.is_active() {
            self.set_load(None);
        }
        let row = self.imp().row.upgrade();
        if let Some(row) = row {
            row.show_entry(&entry);
        }
        self.imp().entry.replace(Some(entry));
    }

    /// Shows this load from now on.
    pub(super) fn set_load(&self, load: Option<Arc<GuestStats>>) {
        let imp = self.imp();
        let same = match (&*imp.load.borrow(), &load) {
            (Some(shown), Some(new)) => Arc::ptr_eq(shown, new),
            (None, None) => true,
            _ => false,
        };
        if same {
            return;
        }
        if let Some(row) = imp.row.upgrade() {
            row.show_load(load.as_deref());
        }
        imp.load.replace(load);
    }

    /// The row that shows the guest now.
    pub(super) fn row(&self) -> Option<GuestRow> {
        self.imp().row.upgrade()
    }

    /// `row` shows the guest from now on.
    pub(super) fn bind(&self, row: &GuestRow) {
        let imp = self.imp();
        imp.row.set(Some(row));
        if let Some(entry) = &*imp.entry.borrow() {
            row.show_entry(entry);
        }
        row.show_load(imp.load.borrow().as_deref());
    }

    /// `row` shows the guest no more. Another one may do so by now: a row that
    /// moves is bound anew before the old one is let go.
    pub(super) fn unbind(&self, row: &GuestRow) {
        let shown = &self.imp().row;
        if shown.upgrade().as_ref() == Some(row) {
            shown.set(None);
        }
    }
}
