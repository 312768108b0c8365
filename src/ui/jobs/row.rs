//! A job in the list.

use gettextrs::gettext;
use relm4::gtk::{self, pango, prelude::*};

use super::texts;
use crate::{i18n::gettext_f, model::JobSnapshot};

/// A row and the widgets that change.
#[derive(Debug)]
pub(super) struct JobRow {
    pub(super) row: gtk::ListBoxRow,
    bar: gtk::ProgressBar,
    step: gtk::Label,
    cancel: gtk::Button,
    details: gtk::Button,
}

impl JobRow {
    /// A row for `job`; the closures are called by its buttons.
    pub(super) fn new(
        job: &JobSnapshot,
        cancelled: impl Fn() + 'static,
        details: impl Fn() + 'static,
    ) -> Self {
        let title = texts::title(&job.kind);
        let line = gtk::Box::builder().spacing(12).margin_top(9).margin_bottom(9).build();
        line.set_margin_start(6);
        let column = gtk::Box::new(gtk::Orientation::Vertical, 4);
        column.set_hexpand(true);
        column.set_valign(gtk::Align::Center);
        let label = label(&title, &[]);
        label.set_ellipsize(pango::EllipsizeMode::Middle);
        column.append(&label);
        let bar = gtk::ProgressBar::new();
        bar.update_property(&[gtk::accessible::Property::Label(&title)]);
        column.append(&bar);
        let step = self::label("", &["caption", "dimmed"]);
        step.set_wrap(true);
        column.append(&step);
        line.append(&column);
        let cancel = gtk::Button::builder()
            .icon_name("process-stop-symbolic")
            .tooltip_text(gettext("Cancel"))
            .valign(gtk::Align::Center)
            .css_classes(["flat", "circular"])
            .build();
        let name = gettext_f("Cancel: {job}", &[("job", &title)]);
        cancel.update_property(&[gtk::accessible::Property::Label(&name)]);
        cancel.connect_clicked(move |button| {
            button.set_sensitive(false);
            cancelled();
        });
        line.append(&cancel);
        let more = gtk::Button::builder()
            .label(gettext("Details"))
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build();
        more.connect_clicked(move |_| details());
        line.append(&more);
        let row = gtk::ListBoxRow::builder().child(&line).activatable(false).build();
        let this = Self { row, bar, step, cancel, details: more };
        this.show(job);
        this
    }

    /// Shows how `job` goes.
    pub(super) fn show(&self, job: &JobSnapshot) {
        let running = job.end.is_none();
        self.bar.set_visible(running);
        self.cancel.set_visible(running);
        self.details.set_visible(false);
        let text = if running {
            match texts::fraction(&job.progress) {
                Some(fraction) => self.bar.set_fraction(fraction),
                None => self.bar.pulse(),
            }
            texts::step(&job.progress)
        } else if let Some(message) = texts::failure(job) {
            self.details.set_visible(true);
            message.title
        } else {
            texts::ending(job).unwrap_or_default()
        };
        if self.step.label() != text {
            self.step.set_label(&text);
        }
    }
}

fn label(text: &str, classes: &[&str]) -> gtk::Label {
    gtk::Label::builder().label(text).xalign(0.0).css_classes(classes.to_vec()).build()
}
