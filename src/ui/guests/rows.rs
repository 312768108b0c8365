//! How rows are made, reused and pointed at.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use relm4::gtk::{self, glib, graphene, prelude::*};

use super::{
    item::GuestItem,
    row::{GuestRow, RowStyle},
};

/// What a row tells the page.
#[derive(Debug)]
pub(super) enum RowEvent {
    /// Other rows may be in view than before.
    ViewChanged,
    /// The menu of the selected guests is asked for, at this place of the list view.
    Menu(f64, f64),
}

/// The rows there are, bound to a guest or waiting for one.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) rows: RefCell<Vec<GuestRow>>,
    pub(super) style: Cell<RowStyle>,
}

pub(super) fn factory(
    rows: &Rc<Rows>,
    view: &gtk::ListView,
    selection: &gtk::MultiSelection,
    events: impl Fn(RowEvent) + Clone + 'static,
) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(glib::clone!(
        #[strong]
        rows,
        #[weak]
        view,
        #[weak]
        selection,
        #[strong]
        events,
        move |_, object| {
            let Some(list_item) = object.downcast_ref::<gtk::ListItem>() else { return };
            let row = GuestRow::new(list_item);
            row.set_style(rows.style.get());
            connect_pointer(&row, &rows, &view, &selection, &events);
            list_item.set_child(Some(&row));
            list_item.connect_selected_notify(glib::clone!(
                #[weak]
                row,
                move |list_item| row.set_selected(list_item.is_selected())
            ));
            rows.rows.borrow_mut().push(row);
        }
    ));
    factory.connect_bind(glib::clone!(
        #[strong]
        rows,
        #[strong]
        events,
        move |_, object| {
            if let Some((list_item, item, row)) = parts(object) {
                row.set_style(rows.style.get());
                item.bind(&row);
                row.set_selected(list_item.is_selected());
                events(RowEvent::ViewChanged);
            }
        }
    ));
    factory.connect_unbind(|_, object| {
        if let Some((_, item, row)) = parts(object) {
            item.unbind(&row);
        }
    });
    factory.connect_teardown(glib::clone!(
        #[strong]
        rows,
        move |_, object| {
            let list_item = object.downcast_ref::<gtk::ListItem>();
            if let Some(row) = list_item.and_then(gtk::ListItem::child) {
                rows.rows.borrow_mut().retain(|known| *known != row);
            }
        }
    ));
    factory
}

fn parts(object: &glib::Object) -> Option<(gtk::ListItem, GuestItem, GuestRow)> {
    let list_item = object.downcast_ref::<gtk::ListItem>()?.clone();
    let item = list_item.item().and_downcast()?;
    let row = list_item.child().and_downcast()?;
    Some((list_item, item, row))
}

/// Right click, long press and the row's button open the menu; in selection
/// mode a click toggles.
fn connect_pointer(
    row: &GuestRow,
    rows: &Rc<Rows>,
    view: &gtk::ListView,
    selection: &gtk::MultiSelection,
    events: &(impl Fn(RowEvent) + Clone + 'static),
) {
    let menu = glib::clone!(
        #[weak]
        row,
        #[weak]
        view,
        #[weak]
        selection,
        #[strong]
        events,
        move |x: f64, y: f64| {
            let Some(place) = row.position() else { return };
            if !selection.is_selected(place) {
                selection.select_item(place, true);
            }
            #[allow(clippy::cast_possible_truncation)] // pixels of a window
            let point = graphene::Point::new(x as f32, y as f32);
            if let Some(point) = row.compute_point(&view, &point) {
                events(RowEvent::Menu(f64::from(point.x()), f64::from(point.y())));
            }
        }
    );
    let click = gtk::GestureClick::builder().button(gtk::gdk::BUTTON_SECONDARY).build();
    // Not when it is pressed: under X, a popover that opens while a button is
    // held takes the next click on one of its items for one beside it, and closes.
    click.connect_pressed(|gesture, _, _, _| {
        gesture.set_state(gtk::EventSequenceState::Claimed);
    });
    click.connect_released(glib::clone!(
        #[strong]
        menu,
        move |_, _, x, y| menu(x, y)
    ));
    row.add_controller(click);
    let press = gtk::GestureLongPress::builder().touch_only(true).build();
    press.connect_pressed(glib::clone!(
        #[strong]
        menu,
        move |gesture, x, y| {
            gesture.set_state(gtk::EventSequenceState::Claimed);
            menu(x, y);
        }
    ));
    row.add_controller(press);
    row.menu_button().connect_clicked(move |button| {
        let row = button.parent();
        let corner = graphene::Point::zero();
        if let Some(point) = row.and_then(|row| button.compute_point(&row, &corner)) {
            menu(f64::from(point.x()), f64::from(point.y()));
        }
    });

    let toggle = gtk::GestureClick::builder()
        .button(gtk::gdk::BUTTON_PRIMARY)
        .propagation_phase(gtk::PropagationPhase::Capture)
        .build();
    toggle.connect_pressed(glib::clone!(
        #[weak]
        row,
        #[weak]
        selection,
        #[strong]
        rows,
        move |gesture, _, _, _| {
            let modifiers = gesture.current_event_state();
            let extends = gtk::gdk::ModifierType::SHIFT_MASK | gtk::gdk::ModifierType::CONTROL_MASK;
            if !rows.style.get().selecting || modifiers.intersects(extends) {
                return;
            }
            let Some(place) = row.position() else { return };
            gesture.set_state(gtk::EventSequenceState::Claimed);
            if selection.is_selected(place) {
                selection.unselect_item(place);
            } else {
                selection.select_item(place, false);
            }
        }
    ));
    row.add_controller(toggle);
}
