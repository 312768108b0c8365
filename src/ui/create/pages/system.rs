//! Second page: the operating system.

use std::{cell::RefCell, rc::Rc};

use gettextrs::gettext;
use relm4::{
    adw::{self, prelude::*},
    gtk::{self, gio, glib},
};

use super::{Frame, Notice, Sender, fields::Switch, group, plain_row};
use crate::ui::{
    create::{
        Create, CreateInput,
        draft::Page,
        systems::{SystemChoice, SystemList},
    },
    widgets::{TwoLines, leave_with_escape},
};

/// The page.
#[derive(Debug)]
pub(in crate::ui::create) struct SystemPage {
    frame: Frame,
    notice: Notice,
    chosen: adw::ActionRow,
    search: gtk::SearchEntry,
    old: Switch,
    list: gtk::ListView,
    store: gio::ListStore,
    selection: gtk::SingleSelection,
    handler: glib::SignalHandlerId,
    empty: gtk::Label,
    shown: RefCell<Rc<SystemList>>,
}

impl SystemPage {
    /// The page's widgets.
    pub(in crate::ui::create) fn new(sender: &Sender) -> Self {
        let frame =
            Frame::filled(Page::System.tag(), &gettext("Operating System"), &gettext("Next"));
        let tx = sender.clone();
        frame.next.connect_clicked(move |_| tx.emit(CreateInput::NextClicked));

        let chosen = plain_row("", "");
        let icon = gtk::Image::builder()
            .icon_name("object-select-symbolic")
            .accessible_role(gtk::AccessibleRole::Presentation)
            .css_classes(["accent"])
            .build();
        chosen.add_prefix(&icon);
        chosen.set_focusable(false);
        let top = group("", "");
        top.add(&chosen);
        let tx = sender.clone();
        let old = Switch::new(
            &gettext("Show end-of-life systems"),
            &gettext("Releases that their makers no longer support"),
            move |active| tx.emit(CreateInput::OldSystemsSwitched(active)),
        );
        top.add(&old.row);

        let search = gtk::SearchEntry::builder()
            .placeholder_text(gettext("Search operating systems"))
            .build();
        search.update_property(&[gtk::accessible::Property::Label(&gettext(
            "Search operating systems",
        ))]);
        let tx = sender.clone();
        search.connect_search_changed(move |search| {
            tx.emit(CreateInput::SystemSearchChanged(search.text().into()));
        });
        let tx = sender.clone();
        leave_with_escape(&search);
        search.connect_activate(move |_| tx.emit(CreateInput::SystemSearchActivated));

        let store = gio::ListStore::new::<glib::BoxedAnyObject>();
        let selection = gtk::SingleSelection::builder()
            .model(&store)
            .autoselect(false)
            .can_unselect(true)
            .build();
        let tx = sender.clone();
        let handler = selection.connect_selected_item_notify(move |selection| {
            if let Some(item) = selection.selected_item().and_downcast::<glib::BoxedAnyObject>() {
                tx.emit(CreateInput::SystemPicked(item.borrow::<SystemChoice>().id.clone()));
            }
        });
        let list = gtk::ListView::builder()
            .model(&selection)
            .factory(&factory())
            .css_classes(["navigation-sidebar"])
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&gettext("Operating systems"))]);
        let tx = sender.clone();
        list.connect_activate(move |_, _| tx.emit(CreateInput::NextClicked));
        let empty = gtk::Label::builder()
            .label(gettext("No system with this name. “Unknown” works too."))
            .wrap(true)
            .justify(gtk::Justification::Center)
            .margin_top(12)
            .css_classes(["dim-label"])
            .build();
        let scroller = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .min_content_height(160)
            .child(&list)
            .build();

        let notice = Notice::new();
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .margin_top(12)
            .margin_start(12)
            .margin_end(12)
            .build();
        column.append(&notice.group);
        column.append(&top);
        column.append(&search);
        column.append(&empty);
        column.append(&scroller);
        let clamp = adw::Clamp::builder().maximum_size(600).vexpand(true).child(&column).build();
        frame.content.append(&clamp);
        search.set_key_capture_widget(Some(&frame.page));
        let entry = search.clone();
        frame.page.connect_shown(move |_| {
            entry.grab_focus();
        });
        Self {
            frame,
            notice,
            chosen,
            search,
            old,
            list,
            store,
            selection,
            handler,
            empty,
            shown: RefCell::default(),
        }
    }

    /// The navigation page.
    pub(in crate::ui::create) fn page(&self) -> &adw::NavigationPage {
        &self.frame.page
    }

    /// The button that goes on.
    pub(in crate::ui::create) fn next(&self) -> &gtk::Button {
        &self.frame.next
    }

    /// Shows the model.
    pub(in crate::ui::create) fn show(&self, model: &Create) {
        self.frame.show_problem(model.problem_on(Page::System));
        self.notice.show(model.system_notice().as_ref());
        let (title, subtitle) = model.system_chosen();
        self.chosen.set_title(&title);
        self.chosen.set_subtitle(&subtitle);
        self.old.show(model.show_old_systems);
        if self.search.text() != model.system_search {
            self.search.set_text(&model.system_search);
        }
        self.selection.block_signal(&self.handler);
        if !Rc::ptr_eq(&self.shown.borrow(), &model.systems_found) {
            let items: Vec<glib::BoxedAnyObject> = model
                .systems_found
                .iter()
                .map(|choice| glib::BoxedAnyObject::new(choice.clone()))
                .collect();
            self.store.splice(0, self.store.n_items(), &items);
            self.shown.replace(Rc::clone(&model.systems_found));
            if !items.is_empty() {
                self.list.scroll_to(0, gtk::ListScrollFlags::NONE, None);
            }
        }
        let at = (0u32..)
            .zip(model.systems_found.iter())
            .find(|(_, choice)| choice.id == model.draft.os.value)
            .map_or(gtk::INVALID_LIST_POSITION, |(at, _)| at);
        if self.selection.selected() != at {
            self.selection.set_selected(at);
        }
        self.selection.unblock_signal(&self.handler);
        // "Unknown" is always there.
        self.empty.set_visible(model.systems_found.len() <= 1 && !model.system_search.is_empty());
    }
}

/// Rows with a name, what tells apart, and a badge.
fn factory() -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(|_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else { return };
        let texts = TwoLines::new().column;
        texts.set_margin_top(6);
        texts.set_margin_bottom(6);
        let badge = gtk::Label::builder().valign(gtk::Align::Center).build();
        let row = gtk::Box::new(gtk::Orientation::Horizontal, 12);
        row.append(&texts);
        row.append(&badge);
        item.set_child(Some(&row));
    });
    factory.connect_bind(|_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else { return };
        let Some(object) = item.item().and_downcast::<glib::BoxedAnyObject>() else { return };
        let choice = object.borrow::<SystemChoice>();
        let Some(row) = item.child() else { return };
        let (Some(texts), Some(badge)) = (row.first_child(), row.last_child()) else { return };
        let labels = [texts.first_child(), texts.last_child(), Some(badge)];
        let (badge_text, class) = if choice.detected {
            // Translators: a small mark on the system that the image was found to hold.
            (gettext("Detected"), "accent")
        } else if choice.end_of_life {
            // Translators: a small mark on a system that its maker no longer supports.
            (gettext("End of life"), "dim-label")
        } else {
            (String::new(), "dim-label")
        };
        let values = [choice.name.clone(), choice.detail.clone(), badge_text];
        for (label, text) in labels.into_iter().zip(&values) {
            if let Some(label) = label.and_downcast::<gtk::Label>() {
                label.set_label(text);
                label.set_visible(!text.is_empty());
            }
        }
        if let Some(badge) = row.last_child() {
            badge.set_css_classes(&["caption-heading", class]);
        }
        item.set_accessible_label(&choice.name);
        item.set_accessible_description(&values[2]);
    });
    factory
}
