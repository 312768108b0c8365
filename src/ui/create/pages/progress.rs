//! Last page: the work.

use std::{cell::Cell, rc::Rc, time::Duration};

use gettextrs::gettext;
use relm4::{
    adw::{self, prelude::*},
    gtk::{self, glib},
};

use super::Sender;
use crate::{
    i18n::gettext_f,
    ui::create::{Create, CreateInput, draft::Page, helpers},
};

/// Time between two steps of a bar that only shows that something is done.
const STEP: Duration = Duration::from_millis(100);

/// The page.
#[derive(Debug)]
pub(in crate::ui::create) struct ProgressPage {
    page: adw::NavigationPage,
    status: adw::StatusPage,
    bar: gtk::ProgressBar,
    /// Whether nobody knows how much is left.
    unknown: Rc<Cell<bool>>,
    stop: gtk::Button,
}

impl ProgressPage {
    /// The page's widgets.
    pub(in crate::ui::create) fn new(sender: &Sender) -> Self {
        let bar = gtk::ProgressBar::builder().width_request(240).halign(gtk::Align::Center).build();
        bar.update_property(&[gtk::accessible::Property::Label(&gettext("Progress"))]);
        let stop = gtk::Button::builder()
            .label(gettext("Cancel"))
            .halign(gtk::Align::Center)
            .css_classes(["pill"])
            .build();
        let tx = sender.clone();
        stop.connect_clicked(move |_| tx.emit(CreateInput::StopClicked));
        let column = gtk::Box::new(gtk::Orientation::Vertical, 24);
        column.append(&bar);
        column.append(&stop);
        let status = adw::StatusPage::builder()
            .icon_name("computer-symbolic")
            .child(&column)
            .vexpand(true)
            .build();
        let view = adw::ToolbarView::builder().content(&status).build();
        view.add_top_bar(&adw::HeaderBar::builder().show_title(false).build());
        let page = adw::NavigationPage::builder()
            .tag(Page::Progress.tag())
            .title(gettext("Creating"))
            .can_pop(false)
            .child(&view)
            .build();
        let unknown = Rc::new(Cell::new(true));
        keep_moving(&bar, &unknown);
        Self { page, status, bar, unknown, stop }
    }

    /// The navigation page.
    pub(in crate::ui::create) fn page(&self) -> &adw::NavigationPage {
        &self.page
    }

    /// Shows the model.
    pub(in crate::ui::create) fn show(&self, model: &Create) {
        let title = gettext_f("Creating “{guest}”", &[("guest", &model.draft.name.value)]);
        self.status.set_title(&title);
        let Some(progress) = model.creating() else { return };
        let why = gettext("Taking back what was made");
        let phase = if model.stopping { why.clone() } else { helpers::phase(progress) };
        self.status.set_description(Some(&phase));
        let fraction = helpers::fraction(progress);
        self.unknown.set(fraction.is_none());
        if let Some(fraction) = fraction {
            self.bar.set_fraction(fraction);
        }
        self.stop.set_sensitive(!model.stopping);
        self.stop.set_tooltip_text(model.stopping.then_some(why.as_str()));
    }
}

/// Moves the bar while it shows and nobody knows how much is left.
fn keep_moving(bar: &gtk::ProgressBar, unknown: &Rc<Cell<bool>>) {
    let unknown = Rc::clone(unknown);
    bar.connect_map(move |bar| {
        let unknown = Rc::clone(&unknown);
        let bar = bar.downgrade();
        glib::timeout_add_local(STEP, move || {
            let Some(bar) = bar.upgrade().filter(gtk::ProgressBar::is_mapped) else {
                return glib::ControlFlow::Break;
            };
            if unknown.get() {
                bar.pulse();
            }
            glib::ControlFlow::Continue
        });
    });
}
