//! A title with a smaller line below it, for the rows of lists.

use relm4::gtk::{self, prelude::*};

/// The two labels in a column that takes up what room there is.
#[derive(Debug)]
pub(crate) struct TwoLines {
    pub(crate) column: gtk::Box,
    pub(crate) title: gtk::Label,
    pub(crate) subtitle: gtk::Label,
}

impl TwoLines {
    pub(crate) fn new() -> Self {
        let line = |classes: &[&str]| {
            gtk::Label::builder()
                .xalign(0.0)
                .ellipsize(gtk::pango::EllipsizeMode::End)
                .css_classes(classes.to_vec())
                .build()
        };
        let (title, subtitle) = (line(&[]), line(&["dimmed", "caption"]));
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .valign(gtk::Align::Center)
            .hexpand(true)
            .build();
        column.append(&title);
        column.append(&subtitle);
        Self { column, title, subtitle }
    }
}
