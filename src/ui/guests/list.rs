//! The list's model and its recycled rows.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
    sync::Arc,
};

use relm4::gtk::{self, gio, graphene, prelude::*};

use super::{
    entry::Entry,
    item::GuestItem,
    row::{GuestRow, RowStyle},
    rows::{RowEvent, Rows, factory},
};
use crate::model::{GuestRef, GuestStats, diff::reconcile};

/// The list view and what it shows.
pub(super) struct GuestList {
    pub(super) view: gtk::ListView,
    pub(super) selection: gtk::MultiSelection,
    store: gio::ListStore,
    items: HashMap<GuestRef, GuestItem>,
    /// The guests in the store, in its order.
    order: Vec<GuestRef>,
    rows: Rc<Rows>,
}

impl GuestList {
    pub(super) fn new(events: impl Fn(RowEvent) + Clone + 'static) -> Self {
        let store = gio::ListStore::new::<GuestItem>();
        let selection = gtk::MultiSelection::new(Some(store.clone()));
        let rows = Rc::new(Rows::default());
        let view = gtk::ListView::new(Some(selection.clone()), None::<gtk::ListItemFactory>);
        view.set_show_separators(true);
        view.add_css_class("guest-list");
        view.set_factory(Some(&factory(&rows, &view, &selection, events)));
        Self { view, selection, store, items: HashMap::new(), order: Vec::new(), rows }
    }

    /// How many guests are listed.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Lists `entries` in this order, in as few steps as possible. Selection,
    /// focus and the place in the list stay.
    pub(super) fn show(
        &mut self,
        entries: &[Rc<Entry>],
        load: impl Fn(GuestRef) -> Option<Arc<GuestStats>>,
    ) {
        let order: Vec<GuestRef> = entries.iter().map(|entry| entry.guest).collect();
        let steps = reconcile(&self.order, &order);
        for entry in entries {
            if let Some(item) = self.items.get(&entry.guest) {
                if !item.entry().is_some_and(|shown| Rc::ptr_eq(&shown, entry)) {
                    item.set_entry(Rc::clone(entry));
                }
            } else {
                let item = GuestItem::new(Rc::clone(entry));
                item.set_load(load(entry.guest));
                self.items.insert(entry.guest, item);
            }
        }
        if steps.is_empty() {
            return;
        }
        let selected: HashSet<GuestRef> = self.selected().into_iter().collect();
        let focused = self.focused();
        // GTK keeps the first row in view where it is: titles that come after
        // the names would leave a list that nobody scrolled somewhere below.
        let at_top = self.view.vadjustment().is_none_or(|place| place.value() <= place.lower());
        let mut moved: HashSet<GuestRef> = HashSet::new();
        for step in &steps {
            moved.extend(&order[step.inserted.clone()]);
            let items = &order[step.inserted.clone()];
            let items: Vec<GuestItem> =
                items.iter().filter_map(|guest| self.items.get(guest).cloned()).collect();
            self.store.splice(position(step.at), position(step.removed), &items);
        }
        self.order = order;
        if self.items.len() > self.order.len() {
            let kept: HashSet<GuestRef> = self.order.iter().copied().collect();
            self.items.retain(|guest, _| kept.contains(guest));
        }
        if at_top && focused.is_none() && !self.order.is_empty() {
            self.view.scroll_to(0, gtk::ListScrollFlags::NONE, None);
        }
        // What was taken out to be put in elsewhere has lost both.
        let lost = |guest: &GuestRef| moved.contains(guest);
        if selected.iter().any(lost) || focused.as_ref().is_some_and(lost) {
            for (at, guest) in self.order.iter().enumerate() {
                if lost(guest) && selected.contains(guest) {
                    self.selection.select_item(position(at), false);
                }
                if lost(guest) && focused == Some(*guest) {
                    self.view.scroll_to(position(at), gtk::ListScrollFlags::FOCUS, None);
                }
            }
        }
    }

    /// Shows this load of a guest, if it is listed.
    pub(super) fn set_load(&self, guest: GuestRef, load: &Arc<GuestStats>) {
        if let Some(item) = self.items.get(&guest)
            && item.entry().is_some_and(|entry| entry.summary.state.is_active())
        {
            item.set_load(Some(Arc::clone(load)));
        }
    }

    /// Arranges all rows.
    pub(super) fn set_style(&self, style: RowStyle) {
        if self.rows.style.replace(style) != style {
            for row in &*self.rows.rows.borrow() {
                row.set_style(style);
            }
        }
    }

    pub(super) fn style(&self) -> RowStyle {
        self.rows.style.get()
    }

    /// The selected guests, in the order of the list.
    pub(super) fn selected(&self) -> Vec<GuestRef> {
        let selection = self.selection.selection();
        let count = u32::try_from(selection.size()).unwrap_or(u32::MAX);
        let places = (0..count).map(|nth| selection.nth(nth));
        places.filter_map(|place| self.order.get(place as usize).copied()).collect()
    }

    pub(super) fn guest_at(&self, place: u32) -> Option<GuestRef> {
        self.order.get(place as usize).copied()
    }

    /// The guest whose row has the focus.
    fn focused(&self) -> Option<GuestRef> {
        let focus = self.view.root()?.focus()?;
        if !focus.is_ancestor(&self.view) {
            return None;
        }
        let rows = self.rows.rows.borrow();
        let row = rows
            .iter()
            .find(|row| row.is_ancestor(&focus) || focus.is_ancestor(*row) || focus == **row)?;
        self.guest_at(row.position()?)
    }

    /// Where the menu of the row that has the focus belongs.
    pub(super) fn focused_place(&self) -> Option<(f64, f64)> {
        let focused = self.focused()?;
        let row = self.items.get(&focused)?.row()?;
        let middle = graphene::Point::new(24.0, 24.0);
        let place = row.compute_point(&self.view, &middle)?;
        Some((f64::from(place.x()), f64::from(place.y())))
    }

    /// The guests whose rows can be seen, at least in part.
    pub(super) fn in_view(&self) -> Vec<GuestRef> {
        #[allow(clippy::cast_precision_loss)] // pixels of a window
        let height = self.view.height() as f32;
        if !self.view.is_mapped() || height <= 0.0 {
            return Vec::new();
        }
        let visible = |row: &&GuestRow| {
            // Rows that have no place yet have a size of their padding only.
            row.is_mapped()
                && row.height() > 0
                && row
                    .compute_bounds(&self.view)
                    .is_some_and(|bounds| bounds.y() < height && bounds.y() + bounds.height() > 0.0)
        };
        let rows = self.rows.rows.borrow();
        let mut places: Vec<u32> =
            rows.iter().filter(visible).filter_map(GuestRow::position).collect();
        places.sort_unstable();
        places.into_iter().filter_map(|place| self.guest_at(place)).collect()
    }
}

/// GTK counts in 32 bits; no list comes near.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
