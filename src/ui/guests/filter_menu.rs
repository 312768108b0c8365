//! The button with the menu of states and tags to show and orders to choose.

use std::{cell::RefCell, fmt::Write as _};

use gettextrs::gettext;
use relm4::{
    ComponentSender, Sender,
    gtk::{self, gio, glib, prelude::*},
};

use super::{
    GuestsInput, GuestsPage, Scope,
    actions::GROUP,
    filter::{SortBy, StateGroup},
};
use crate::{
    model::tags::fold,
    ui::widgets::{NamedItems, name_items},
};

/// Where the tags come in the menu: at its end, since there may be many.
const TAGS_AT: i32 = 2;

/// What the menu leaves free of the window's height, and how low it may be.
const AROUND: i32 = 160;
const LOWEST: i32 = 200;

/// See the module's page.
pub(super) struct FilterMenu {
    pub(super) button: gtk::MenuButton,
    menu: gio::Menu,
    tags: gio::Menu,
    /// The tags in the menu, and whether they are chosen.
    offered: RefCell<Vec<(String, bool)>>,
    input: Sender<GuestsInput>,
}

impl FilterMenu {
    pub(super) fn new(scope: Scope, sender: &ComponentSender<GuestsPage>) -> Self {
        let menu = menu(scope);
        let name = gettext("Filter and Sort");
        let button = gtk::MenuButton::builder()
            .icon_name("view-sort-descending-symbolic")
            .tooltip_text(&name)
            .menu_model(&menu)
            .build();
        button.update_property(&[gtk::accessible::Property::Label(&name)]);
        button.set_named_items(true);
        let input = sender.input_sender().clone();
        let opened = input.clone();
        button.connect_active_notify(move |button| {
            if button.is_active() {
                keep_in_window(button);
            }
            opened.emit(GuestsInput::Choosing(button.is_active()));
        });
        Self { button, menu, tags: gio::Menu::new(), offered: RefCell::default(), input }
    }

    /// Whether the menu can be seen.
    pub(super) fn is_open(&self) -> bool {
        self.button.is_active()
    }

    /// Offers these tags, with an action in `group` for each.
    pub(super) fn offer_tags(&self, group: &gio::SimpleActionGroup, tags: Vec<(String, bool)>) {
        if *self.offered.borrow() == tags {
            return;
        }
        for (old, _) in &*self.offered.borrow() {
            group.remove_action(&action_name(old));
        }
        self.tags.remove_all();
        for (tag, chosen) in &tags {
            let name = action_name(tag);
            let action = gio::SimpleAction::new_stateful(&name, None, &chosen.to_variant());
            let (input, wanted) = (self.input.clone(), tag.clone());
            action.connect_activate(move |_, _| input.emit(GuestsInput::ToggleTag(wanted.clone())));
            group.add_action(&action);
            // An underscore would be a mnemonic.
            let label = tag.replace('_', "__");
            self.tags.append(Some(&label), Some(&format!("{GROUP}.{name}")));
        }
        let listed = !self.offered.borrow().is_empty();
        match (listed, tags.is_empty()) {
            (false, false) => {
                self.menu.insert_section(TAGS_AT, Some(&gettext("Show Only Tagged")), &self.tags);
            }
            (true, true) => self.menu.remove(TAGS_AT),
            _ => {}
        }
        self.offered.replace(tags);
        // The new items are made when idle, without names.
        let popover = self.button.popover();
        glib::idle_add_local_once(move || {
            if let Some(popover) = popover {
                name_items(popover.upcast_ref());
            }
        });
    }
}

/// Has the menu scroll where it would leave the window.
fn keep_in_window(button: &gtk::MenuButton) {
    let (Some(popover), Some(root)) = (button.popover(), button.root()) else { return };
    let mut inside = popover.first_child();
    while let Some(widget) = inside {
        if let Some(scrolled) = widget.downcast_ref::<gtk::ScrolledWindow>() {
            scrolled.set_max_content_height((root.height() - AROUND).max(LOWEST));
            return;
        }
        inside = widget.first_child();
    }
}

/// A name for the action that chooses a tag: actions allow few characters.
fn action_name(tag: &str) -> String {
    let mut name = "tag-".to_owned();
    for byte in fold(tag).bytes() {
        // Writing to a text cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// The menu without tags.
fn menu(scope: Scope) -> gio::Menu {
    let states = gio::Menu::new();
    for state in StateGroup::ALL {
        states.append(Some(state.label()), Some(&format!("{GROUP}.show-{}", state.name())));
    }
    let sorts = gio::Menu::new();
    for sort in SortBy::ALL {
        if sort != SortBy::Host || scope == Scope::All {
            let item = gio::MenuItem::new(Some(&sort_label(sort)), None);
            let target = sort.name().to_variant();
            item.set_action_and_target_value(Some(&format!("{GROUP}.sort")), Some(&target));
            sorts.append_item(&item);
        }
    }
    let menu = gio::Menu::new();
    // Translators: heading above the states of guests to show in the list
    menu.append_section(Some(&gettext("Show Only")), &states);
    menu.append_section(Some(&gettext("Sort By")), &sorts);
    menu
}

fn sort_label(sort: SortBy) -> String {
    match sort {
        SortBy::Name => gettext("Name"),
        SortBy::State => gettext("State"),
        SortBy::Cpu => gettext("Processor Load"),
        SortBy::Memory => gettext("Memory in Use"),
        SortBy::Host => gettext("Host"),
    }
}
