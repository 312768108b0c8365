//! A small picture of the guest's screen, which leads to its console.

use std::{cell::Cell, time::Instant};

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, gdk},
};

use crate::{i18n::gettext_f, ui::thumbnail::EVERY};

/// The picture in its group.
#[derive(Debug)]
pub(super) struct Screen {
    group: adw::PreferencesGroup,
    picture: gtk::Picture,
    stack: gtk::Stack,
    open: gtk::Button,
    taken: Cell<Option<Instant>>,
}

impl Screen {
    /// Without a picture; `open` is called when it is pressed.
    pub(super) fn new(open: impl Fn() + 'static) -> Self {
        let picture = gtk::Picture::builder()
            .content_fit(gtk::ContentFit::Contain)
            .can_shrink(true)
            .height_request(160)
            .css_classes(["screen-thumbnail"])
            .build();
        let icon = gtk::Image::builder()
            .icon_name("video-display-symbolic")
            .pixel_size(64)
            .css_classes(["dimmed"])
            .build();
        let stack = gtk::Stack::new();
        stack.add_named(&picture, Some("picture"));
        stack.add_named(&icon, Some("icon"));
        let button = gtk::Button::builder()
            .child(&stack)
            .tooltip_text(gettext("Open Console"))
            .halign(gtk::Align::Center)
            .css_classes(["flat"])
            .build();
        button.connect_clicked(move |_| open());
        let group = adw::PreferencesGroup::builder().visible(false).build();
        group.add(&button);
        Self { group, picture, stack, open: button, taken: Cell::new(None) }
    }

    pub(super) fn group(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    /// Whether it is time for another picture, for a page that is seen.
    pub(super) fn is_due(&self) -> bool {
        let due = self.taken.get().is_none_or(|taken| taken.elapsed() >= EVERY);
        let seen = self.group.parent().is_some_and(|parent| parent.is_mapped());
        if due && seen {
            self.taken.set(Some(Instant::now()));
        }
        due && seen
    }

    /// Shows the picture, or none where there is no screen.
    pub(super) fn show(&self, guest: &str, texture: Option<&gdk::Texture>) {
        self.stack.set_visible_child_name("picture");
        self.group.set_visible(texture.is_some());
        self.picture.set_paintable(texture);
        if let Some(texture) = texture {
            // As wide as the picture is at that height.
            let width = i64::from(texture.width()) * 160 / i64::from(texture.height().max(1));
            self.picture.set_width_request(i32::try_from(width.clamp(120, 320)).unwrap_or(320));
        }
        let label = gettext_f("Screen of “{guest}”", &[("guest", guest)]);
        self.picture.set_alternative_text(Some(&label));
        self.open.update_property(&[gtk::accessible::Property::Label(&label)]);
    }

    /// Shows an icon instead, of a user who wants no pictures.
    pub(super) fn show_icon(&self) {
        self.picture.set_paintable(None::<&gdk::Texture>);
        self.stack.set_visible_child_name("icon");
        let label = gettext("Open Console");
        self.open.update_property(&[gtk::accessible::Property::Label(&label)]);
        self.group.set_visible(true);
        self.taken.set(None);
    }

    /// A picture is on its way: it gets its place at once, so that nothing moves
    /// away from under the pointer when it comes.
    pub(super) fn make_room(&self) {
        self.group.set_visible(true);
    }

    /// There is nothing to see any more.
    pub(super) fn clear(&self) {
        self.group.set_visible(false);
        self.picture.set_paintable(None::<&gdk::Texture>);
        self.taken.set(None);
    }
}
