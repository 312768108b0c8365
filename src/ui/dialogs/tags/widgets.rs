//! The dialog's widgets.

use gettextrs::gettext;
use relm4::{
    adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use super::choices::{Choice, Has};
use crate::ui::widgets::{boxed_list, dialog_header};

/// The widgets that matter.
pub(super) struct Widgets {
    pub(super) dialog: adw::Dialog,
    banner: adw::Banner,
    pub(super) entry: adw::EntryRow,
    pub(super) add: gtk::Button,
    problem: gtk::Label,
    pub(super) list: gtk::ListBox,
    pub(super) save: gtk::Button,
}

impl Widgets {
    pub(super) fn new(title: &str) -> Self {
        let add = gtk::Button::builder()
            .icon_name("list-add-symbolic")
            .tooltip_text(gettext("Add Tag"))
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build();
        add.update_property(&[gtk::accessible::Property::Label(&gettext("Add Tag"))]);
        let entry = adw::EntryRow::builder().title(gettext("New tag")).build();
        entry.add_suffix(&add);
        let problem = gtk::Label::builder()
            .xalign(0.0)
            .wrap(true)
            .visible(false)
            .margin_top(6)
            .css_classes(["error", "caption"])
            .build();
        let entries = adw::PreferencesGroup::new();
        entries.add(&entry);
        entries.add(&problem);
        let list = boxed_list::<gtk::Widget>(&[]);
        list.update_property(&[gtk::accessible::Property::Label(&gettext("Tags"))]);
        let known = adw::PreferencesGroup::new();
        known.add(&list);
        let page = adw::PreferencesPage::new();
        page.set_description(&gettext(
            "Tags help to find and filter guests. Everybody who manages the host sees them.",
        ));
        page.add(&entries);
        page.add(&known);

        let save =
            gtk::Button::builder().label(gettext("Save")).css_classes(["suggested-action"]).build();
        let banner = adw::Banner::builder().visible(false).build();
        let view = adw::ToolbarView::builder().content(&page).build();
        let dialog = adw::Dialog::builder()
            .title(title)
            .content_width(420)
            .content_height(500)
            .child(&view)
            .focus_widget(&entry)
            .build();
        view.add_top_bar(&dialog_header(&dialog, Some(&save)));
        view.add_top_bar(&banner);
        Self { dialog, banner, entry, add, problem, list, save }
    }

    /// Says what is wrong with what is written, or that nothing is.
    pub(super) fn say(&self, problem: &str) {
        self.problem.set_label(problem);
        self.problem.set_visible(!problem.is_empty());
        if problem.is_empty() {
            self.entry.remove_css_class("error");
        } else {
            self.entry.add_css_class("error");
        }
        let entry: &gtk::Widget = self.entry.upcast_ref();
        entry.update_property(&[gtk::accessible::Property::Description(problem)]);
    }

    /// Says why the tags could not be changed.
    pub(super) fn complain(&self, text: &str) {
        self.banner.set_title(&glib::markup_escape_text(text));
        self.banner.set_visible(true);
        self.banner.set_revealed(true);
    }
}

/// A tag in the list.
pub(super) struct TagRow {
    pub(super) tag: String,
    pub(super) row: adw::ActionRow,
    pub(super) check: gtk::CheckButton,
}

impl TagRow {
    pub(super) fn new(tag: &str, hint: &str) -> Self {
        let check = gtk::CheckButton::new();
        let row = adw::ActionRow::builder().use_markup(false).title(tag).subtitle(hint).build();
        row.add_prefix(&check);
        row.set_activatable_widget(Some(&check));
        Self { tag: tag.to_owned(), row, check }
    }

    pub(super) fn show(&self, choice: &Choice) {
        self.check.set_active(choice.wanted.unwrap_or(choice.has == Has::All));
        let mixed = choice.wanted.is_none() && matches!(choice.has, Has::Some(_));
        self.check.set_inconsistent(mixed);
    }
}
