//! A number with buttons for one more and one less, which leaves the wheel to the
//! page: GTK's own changes its value when somebody scrolls past it.

use relm4::gtk::{self, glib, prelude::*};

/// A spin button over `range`, named `title` for assistive technology.
pub(crate) fn spin_button(title: &str, range: &gtk::Adjustment) -> gtk::SpinButton {
    let button = gtk::SpinButton::builder()
        .adjustment(range)
        .numeric(true)
        .valign(gtk::Align::Center)
        .build();
    button.update_property(&[gtk::accessible::Property::Label(title)]);
    for controller in button.observe_controllers().iter::<glib::Object>().flatten() {
        if let Some(wheel) = controller.downcast_ref::<gtk::EventControllerScroll>() {
            wheel.set_propagation_phase(gtk::PropagationPhase::None);
        }
    }
    button
}
