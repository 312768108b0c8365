//! A field of the form with what is wrong in it right beneath.

use relm4::{adw, adw::prelude::*, gtk};

/// An entry row and the words about it.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) row: adw::EntryRow,
    below: adw::PreferencesRow,
    words: gtk::Label,
}

impl Field {
    pub(super) fn new(title: &str, purpose: gtk::InputPurpose) -> Self {
        let row = adw::EntryRow::builder()
            .title(title)
            .input_purpose(purpose)
            .activates_default(true)
            .build();
        let words = gtk::Label::builder()
            .wrap(true)
            .xalign(0.0)
            .margin_top(6)
            .margin_bottom(9)
            .margin_start(12)
            .margin_end(12)
            .build();
        let below = adw::PreferencesRow::builder()
            .child(&words)
            .activatable(false)
            .focusable(false)
            .visible(false)
            .build();
        for widget in spoken(&row) {
            let words = gtk::accessible::Relation::ErrorMessage(&[words.upcast_ref()]);
            widget.update_relation(&[words]);
        }
        Self { row, below, words }
    }

    pub(super) fn add_to(&self, group: &adw::PreferencesGroup) {
        group.add(&self.row);
        group.add(&self.below);
    }

    pub(super) fn text(&self) -> String {
        self.row.text().into()
    }

    /// Shows the field with what is wrong in it, or hides both.
    pub(super) fn show(&self, visible: bool, problem: Option<&str>) {
        // Nothing typed yet is no mistake, only not finished.
        let wrong = problem.is_some() && !self.row.text().is_empty();
        self.row.set_visible(visible);
        self.below.set_visible(visible && problem.is_some());
        self.words.set_label(problem.unwrap_or_default());
        self.words.set_css_classes(&["caption", if wrong { "error" } else { "dim-label" }]);
        for (class, on) in [("error", wrong), ("with-words", problem.is_some())] {
            if on {
                self.row.add_css_class(class);
            } else {
                self.row.remove_css_class(class);
            }
        }
        let invalid = if wrong {
            gtk::AccessibleInvalidState::True
        } else {
            gtk::AccessibleInvalidState::False
        };
        for widget in spoken(&self.row) {
            // Read out with the field.
            let words = problem.unwrap_or_default();
            widget.update_property(&[gtk::accessible::Property::Description(words)]);
            widget.update_state(&[gtk::accessible::State::Invalid(invalid)]);
        }
    }
}

/// The row and, inside, what has the keyboard.
fn spoken(row: &adw::EntryRow) -> impl Iterator<Item = gtk::Widget> {
    let inner = row.delegate().and_downcast::<gtk::Text>().map(Cast::upcast);
    std::iter::once(row.clone().upcast()).chain(inner)
}
