//! Rows that tell what the user picks and stay silent when the model sets them.

use std::{cell::Cell, rc::Rc};

use gettextrs::gettext;
use relm4::{
    adw::{self, prelude::*},
    gtk::{self, glib},
};

use super::plain_row;
use crate::ui::widgets::spin_button;

/// A combo row over texts.
#[derive(Debug)]
pub(super) struct Combo {
    /// The widget.
    pub(super) row: adw::ComboRow,
    handler: glib::SignalHandlerId,
}

impl Combo {
    /// An empty combo row that calls `picked` with the position picked.
    pub(super) fn new(title: &str, picked: impl Fn(usize) + 'static) -> Self {
        let row = adw::ComboRow::builder()
            .use_markup(false)
            .title(title)
            .title_lines(0)
            .subtitle_lines(0)
            .build();
        let handler = row.connect_selected_notify(move |row| {
            if row.selected() != gtk::INVALID_LIST_POSITION {
                picked(row.selected() as usize);
            }
        });
        Self { row, handler }
    }

    /// Shows `choices` with the one at `selected`. The list is only replaced
    /// where it differs, since that closes an open popover.
    pub(super) fn show(&self, choices: &[String], selected: usize) {
        let current = self.row.model().and_downcast::<gtk::StringList>();
        let same = current.is_some_and(|list| {
            list.n_items() as usize == choices.len()
                && (0u32..).zip(choices).all(|(at, text)| {
                    list.string(at).is_some_and(|have| have.as_str() == text.as_str())
                })
        });
        self.row.block_signal(&self.handler);
        if !same {
            let texts: Vec<&str> = choices.iter().map(String::as_str).collect();
            self.row.set_model(Some(&gtk::StringList::new(&texts)));
        }
        let selected = u32::try_from(selected).unwrap_or(gtk::INVALID_LIST_POSITION);
        if !choices.is_empty() && self.row.selected() != selected {
            self.row.set_selected(selected);
        }
        self.row.unblock_signal(&self.handler);
    }

    /// The small text below the title.
    pub(super) fn set_subtitle(&self, text: &str) {
        if self.row.subtitle().unwrap_or_default() != text {
            self.row.set_subtitle(text);
        }
    }
}

/// A row with a spin button over whole numbers and a unit.
///
/// Not `adw::SpinRow`: libadwaita 1.7 hides its rows from assistive technology.
#[derive(Debug)]
pub(super) struct Spin {
    /// The widget.
    pub(super) row: adw::ActionRow,
    button: gtk::SpinButton,
    /// Whether its text was changed by hand since it was last set.
    touched: Rc<Cell<bool>>,
    handler: glib::SignalHandlerId,
}

impl Spin {
    /// A spin row from `low` to `high` that calls `edited` with the new value.
    pub(super) fn new(
        title: &str,
        unit: &str,
        (low, high, step): (u32, u32, u32),
        edited: impl Fn(u64) + 'static,
    ) -> Self {
        let range = (f64::from(low), f64::from(high), f64::from(step));
        let range = gtk::Adjustment::new(range.0, range.0, range.1, range.2, range.2 * 10.0, 0.0);
        let button = spin_button(title, &range);
        // Not as wide as the largest number: the hint needs the room.
        button.set_width_chars(8);
        button.set_max_width_chars(8);
        activate_default(button.upcast_ref());
        let row = adw::ActionRow::builder()
            .use_markup(false)
            .title(title)
            .title_lines(0)
            .subtitle_lines(0)
            .activatable_widget(&button)
            .build();
        row.add_suffix(&button);
        if !unit.is_empty() {
            let label = gtk::Label::builder().label(unit).css_classes(["dim-label"]).build();
            row.add_suffix(&label);
        }
        // As it is typed: what there is to say of a value must be seen before
        // the page is left.
        let touched = Rc::new(Cell::new(false));
        let by_hand = Rc::clone(&touched);
        let handler = button.connect_changed(move |button| {
            by_hand.set(true);
            if let Some(value) = typed(button)
                && (u64::from(low)..=u64::from(high)).contains(&value)
            {
                edited(value);
            }
        });
        Self { row, button, touched, handler }
    }

    /// Shows `value`, unless another one is being typed: the model has not
    /// heard of it yet.
    pub(super) fn show(&self, value: u64) {
        let focused = self.button.state_flags().contains(gtk::StateFlags::FOCUS_WITHIN);
        if typed(&self.button) == Some(value) || focused && self.touched.get() {
            return;
        }
        self.touched.set(false);
        #[allow(clippy::cast_precision_loss)]
        let value = value as f64;
        self.button.block_signal(&self.handler);
        self.button.set_value(value);
        self.button.unblock_signal(&self.handler);
    }

    /// The small text below the title, as a warning where `warn`.
    pub(super) fn set_hint(&self, text: &str, warn: bool) {
        if self.row.subtitle().unwrap_or_default() != text {
            self.row.set_subtitle(text);
        }
        if self.row.has_css_class("warning") != warn {
            if warn {
                self.row.add_css_class("warning");
            } else {
                self.row.remove_css_class("warning");
            }
        }
    }
}

/// The number that stands in a spin button, perhaps not yet taken over.
fn typed(button: &gtk::SpinButton) -> Option<u64> {
    button.text().trim().parse().ok()
}

/// Lets Enter in a field press the dialog's default button.
fn activate_default(field: &gtk::Editable) {
    let mut field = Some(field.clone());
    // A row's text field is a few layers down, each saying what is below.
    while let Some(editable) = field {
        if let Some(text) = editable.downcast_ref::<gtk::Text>() {
            text.set_activates_default(true);
        }
        field = editable.delegate();
    }
}

/// Says that something is not started, with a button that starts it.
#[derive(Debug)]
pub(super) struct StartRow {
    /// The widget; hidden while there is nothing to start.
    pub(super) group: adw::PreferencesGroup,
    row: adw::ActionRow,
    button: gtk::Button,
}

impl StartRow {
    /// A hidden row whose button has this label.
    pub(super) fn new(label: &str, subtitle: &str, clicked: impl Fn() + 'static) -> Self {
        let button = gtk::Button::builder()
            .label(label)
            .valign(gtk::Align::Center)
            .css_classes(["suggested-action"])
            .build();
        button.connect_clicked(move |_| clicked());
        let icon = gtk::Image::builder()
            .icon_name("dialog-warning-symbolic")
            .accessible_role(gtk::AccessibleRole::Presentation)
            .css_classes(["warning"])
            .build();
        let row = super::plain_row("", subtitle);
        row.add_prefix(&icon);
        row.add_suffix(&button);
        let group = adw::PreferencesGroup::builder().visible(false).build();
        group.add(&row);
        Self { group, row, button }
    }

    /// A hidden row that starts the pool picked on its page.
    pub(super) fn pool(sender: &super::Sender) -> Self {
        let tx = sender.clone();
        // Translators: starts a storage pool.
        Self::new(&gettext("Start Pool"), "", move || {
            tx.emit(crate::ui::create::CreateInput::StartPoolClicked);
        })
    }

    /// Says what is not started, or hides the row.
    pub(super) fn show(&self, title: Option<&str>, starting: bool) {
        self.group.set_visible(title.is_some());
        if let Some(title) = title {
            self.row.set_title(title);
            self.button.set_sensitive(!starting);
        }
    }
}

/// A switch row.
#[derive(Debug)]
pub(super) struct Switch {
    /// The widget.
    pub(super) row: adw::SwitchRow,
    handler: glib::SignalHandlerId,
}

impl Switch {
    /// A switch row that calls `switched` with its new state.
    pub(super) fn new(title: &str, subtitle: &str, switched: impl Fn(bool) + 'static) -> Self {
        let row = adw::SwitchRow::builder()
            .use_markup(false)
            .title(title)
            .subtitle(subtitle)
            .title_lines(0)
            .subtitle_lines(0)
            .build();
        let handler = row.connect_active_notify(move |row| switched(row.is_active()));
        Self { row, handler }
    }

    /// Shows `active`.
    pub(super) fn show(&self, active: bool) {
        if self.row.is_active() != active {
            self.row.block_signal(&self.handler);
            self.row.set_active(active);
            self.row.unblock_signal(&self.handler);
        }
    }
}

/// A row with a radio button before its text.
#[derive(Debug)]
pub(super) struct Radio {
    /// The widget.
    pub(super) row: adw::ActionRow,
    /// The button, for the others of its group.
    pub(super) check: gtk::CheckButton,
    handler: glib::SignalHandlerId,
}

impl Radio {
    /// A row in `group` that calls `picked` when the user chooses it. What the
    /// model chooses is not told: two choices on their way at the same time
    /// would call each other back for ever.
    pub(super) fn new(
        title: &str,
        subtitle: &str,
        group: Option<&gtk::CheckButton>,
        picked: impl Fn() + 'static,
    ) -> Self {
        let row = plain_row(title, subtitle);
        let check = gtk::CheckButton::builder().valign(gtk::Align::Center).build();
        check.set_group(group);
        // The button is what takes the focus and is pressed, so it says what the
        // row says.
        check.update_property(&[gtk::accessible::Property::Label(title)]);
        row.add_prefix(&check);
        row.set_activatable_widget(Some(&check));
        // One stop for the focus a row, not two.
        row.set_focusable(false);
        let handler = check.connect_toggled(move |check| {
            if check.is_active() {
                picked();
            }
        });
        Self { row, check, handler }
    }

    /// Shows `active`.
    pub(super) fn show(&self, active: bool) {
        if self.check.is_active() != active {
            self.check.block_signal(&self.handler);
            self.check.set_active(active);
            self.check.unblock_signal(&self.handler);
        }
    }
}
