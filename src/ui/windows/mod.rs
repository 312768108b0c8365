//! The windows that show guests: each holds one, or several as tabs.
//!
//! Tabs can be dragged from one window to another, or out of all into a new
//! one. Where a window has one tab only, no tab bar shows.

mod window;

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

use relm4::{adw, adw::prelude::*, gtk};

use self::window::TabWindow;
use super::{
    guest::{OpenIn, Pane},
    widgets::place,
};
use crate::settings::Settings;

/// All of them. Cheap to clone; main thread only.
#[derive(Clone, Debug)]
pub(crate) struct Windows(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    /// The one that was used last is the last.
    open: RefCell<Vec<TabWindow>>,
}

impl Windows {
    pub(crate) fn new(settings: Settings) -> Self {
        Self(Rc::new(Inner { settings, open: RefCell::default() }))
    }

    /// Shows a new pane.
    pub(crate) fn open(&self, pane: &Pane, place: OpenIn) {
        let beside = self.beside(place);
        let window = beside.unwrap_or_else(|| {
            let window = self.add();
            if let Some(guest) = pane.guest() {
                place::restore(&self.0.settings, guest.domain, window.window());
            }
            window
        });
        window.tabs().append(pane);
        self.show(pane);
    }

    /// Brings a pane to the front; first to another place, if that is asked.
    pub(crate) fn show_in(&self, pane: &Pane, place: OpenIn) {
        if place != OpenIn::Preferred
            && let (Some(from), Some(tab)) = (self.of(pane), pane.tab())
        {
            let alone = from.tabs().n_pages() == 1;
            let to = match place {
                OpenIn::Window if !alone => Some(self.add()),
                OpenIn::Tab if alone => {
                    let open = self.0.open.borrow();
                    open.iter().rev().find(|window| window.tabs() != from.tabs()).cloned()
                }
                _ => None,
            };
            if let Some(to) = to {
                from.tabs().transfer_page(&tab, to.tabs(), to.tabs().n_pages());
            }
        }
        self.show(pane);
    }

    fn show(&self, pane: &Pane) {
        let (Some(window), Some(tab)) = (self.of(pane), pane.tab()) else { return };
        window.tabs().set_selected_page(&tab);
        window.window().present();
    }

    /// The window that takes one more tab; none for a window of its own.
    fn beside(&self, place: OpenIn) -> Option<TabWindow> {
        let as_tab = match place {
            OpenIn::Preferred => self.0.settings.guests_in_tabs(),
            OpenIn::Tab => true,
            OpenIn::Window => false,
        };
        self.0.open.borrow().last().filter(|_| as_tab).cloned()
    }

    fn of(&self, pane: &Pane) -> Option<TabWindow> {
        let root = pane.window()?;
        let open = self.0.open.borrow();
        open.iter().find(|window| root == *window.window().upcast_ref::<gtk::Window>()).cloned()
    }

    /// A new window without tabs.
    fn add(&self) -> TabWindow {
        let weak = Rc::downgrade(&self.0);
        let for_tab = weak.clone();
        let window = TabWindow::new(&self.0.settings, move || Self::made(&for_tab));
        relm4::main_application().add_window(window.window());
        let used = weak.clone();
        window.window().connect_is_active_notify(move |window| {
            if let Some(inner) = used.upgrade().filter(|_| window.is_active()) {
                let mut open = inner.open.borrow_mut();
                // Moves it to the end.
                open.sort_by_key(|known| known.window() == window);
            }
        });
        window.window().connect_destroy(move |window| {
            if let Some(inner) = weak.upgrade() {
                inner.open.borrow_mut().retain(|known| known.window() != window);
            }
        });
        self.0.open.borrow_mut().push(window.clone());
        window
    }

    /// A window for a tab that was dragged out of another.
    fn made(inner: &Weak<Inner>) -> Option<adw::TabView> {
        let window = Self(inner.upgrade()?).add();
        window.window().present();
        Some(window.tabs().clone())
    }

    /// Keeps the places of all, before the program ends.
    pub(crate) fn keep_places(&self) {
        for window in &*self.0.open.borrow() {
            window.keep_places(&self.0.settings);
        }
    }
}
