//! Where the windows of guests' screens were, and are to be again.
//!
//! GTK knows a window's size and the monitor that it fills; where else it is,
//! no program may know or say under Wayland.

use relm4::{
    adw,
    adw::prelude::*,
    gtk::{gdk, gio::prelude::ListModelExtManual},
};

use crate::settings::{GuestScreen, Place, Settings};

/// Gives a window that is not yet shown the place that it had.
pub(crate) fn restore(
    settings: &Settings,
    screen: impl Into<GuestScreen>,
    window: &adw::ApplicationWindow,
) {
    let Some(place) = settings.place(screen) else { return };
    window.set_default_size(place.width, place.height);
    window.set_maximized(place.maximized);
    let monitors = WidgetExt::display(window).monitors();
    let filled = monitors.iter::<gdk::Monitor>().flatten().find(|monitor| {
        !place.fullscreen.is_empty() && monitor.connector().is_some_and(|it| it == place.fullscreen)
    });
    if let Some(monitor) = filled {
        window.fullscreen_on_monitor(&monitor);
    }
}

/// Keeps the place of a window that is about to go.
pub(crate) fn keep(
    settings: &Settings,
    screen: impl Into<GuestScreen>,
    window: &adw::ApplicationWindow,
) {
    let (width, height) = window.default_size();
    let monitor = window
        .surface()
        .filter(|_| window.is_fullscreen())
        .and_then(|surface| WidgetExt::display(window).monitor_at_surface(&surface));
    let fullscreen = monitor.and_then(|monitor| monitor.connector()).unwrap_or_default().into();
    let place = Place { width, height, maximized: window.is_maximized(), fullscreen };
    settings.set_place(screen, &place);
}
