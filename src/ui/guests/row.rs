//! A row of the list. Rows are few and recycled; what they show changes.

use std::cell::{Cell, RefCell};

use gettextrs::gettext;
use relm4::gtk::{self, glib, pango, prelude::*, subclass::prelude::*};

use super::entry::Entry;
use crate::{
    i18n::gettext_f,
    model::{GuestStats, Tags},
    ui::widgets::{Chips, Sparkline},
};

/// How much room the rows have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RowWidth {
    /// Icon, name, and the rest in one line below it.
    Narrow,
    /// State and load in columns of their own.
    #[default]
    Medium,
    /// Also the addresses.
    Wide,
}

/// What all rows of a list have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RowStyle {
    pub(super) width: RowWidth,
    /// Whether the host's name is of interest.
    pub(super) with_host: bool,
    /// Whether a check mark shows what is selected.
    pub(super) selecting: bool,
}

mod imp {
    use super::{Cell, Chips, Entry, RefCell, RowStyle, Sparkline, build, glib, gtk};
    use relm4::gtk::{prelude::*, subclass::prelude::*};

    #[derive(Debug, Default)]
    pub(in crate::ui::guests) struct GuestRow {
        pub(super) check: gtk::CheckButton,
        pub(super) icon: gtk::Image,
        pub(super) icon_class: Cell<&'static str>,
        pub(super) label: gtk::Label,
        pub(super) autostart: gtk::Label,
        pub(super) waits: gtk::Image,
        pub(super) below: gtk::Label,
        pub(super) second: gtk::Box,
        pub(super) tags: Chips,
        pub(super) state: gtk::Label,
        pub(super) addresses: gtk::Label,
        pub(super) graphs: gtk::Box,
        pub(super) cpu: Graph,
        pub(super) memory: Graph,
        pub(super) menu: gtk::Button,
        pub(super) style: Cell<RowStyle>,
        pub(super) entry: RefCell<Option<std::rc::Rc<Entry>>>,
        pub(super) list_item: glib::WeakRef<gtk::ListItem>,
    }

    /// A curve and the newest value below it.
    #[derive(Debug)]
    pub(in crate::ui::guests) struct Graph {
        pub(super) curve: Sparkline,
        pub(super) caption: gtk::Label,
    }

    impl Default for Graph {
        fn default() -> Self {
            Self { curve: Sparkline::new(), caption: gtk::Label::default() }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for GuestRow {
        const NAME: &'static str = "PosadaGuestRow";
        type Type = super::GuestRow;
        type ParentType = gtk::Box;
    }

    impl ObjectImpl for GuestRow {
        fn constructed(&self) {
            self.parent_constructed();
            let row = self.obj();
            row.set_spacing(12);
            row.add_css_class("guest-row");
            build(&row);
        }
    }

    impl WidgetImpl for GuestRow {}
    impl BoxImpl for GuestRow {}
}

glib::wrapper! {
    /// See the module's page.
    pub(super) struct GuestRow(ObjectSubclass<imp::GuestRow>)
        @extends gtk::Box, gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget, gtk::Orientable;
}

/// Puts a new row together.
fn build(row: &GuestRow) {
    let imp = row.imp();
    // The row toggles it: one target for a finger, one stop for the keyboard.
    imp.check.set_can_target(false);
    imp.check.set_focusable(false);
    imp.check.set_visible(false);
    imp.check.add_css_class("selection-mode");
    row.append(&imp.check);

    imp.icon.set_valign(gtk::Align::Center);
    imp.icon.add_css_class("guest-state");
    imp.icon.set_accessible_role(gtk::AccessibleRole::Presentation);
    row.append(&imp.icon);

    let texts = gtk::Box::new(gtk::Orientation::Vertical, 2);
    texts.set_hexpand(true);
    texts.set_valign(gtk::Align::Center);
    let first = gtk::Box::new(gtk::Orientation::Horizontal, 8);
    ellipsized(&imp.label, &["heading"]);
    first.append(&imp.label);
    imp.autostart.set_label(&gettext("Autostart"));
    imp.autostart.set_valign(gtk::Align::Center);
    imp.autostart.set_css_classes(&["caption", "guest-badge"]);
    imp.autostart.set_visible(false);
    first.append(&imp.autostart);
    imp.waits.set_icon_name(Some("view-refresh-symbolic"));
    imp.waits.set_tooltip_text(Some(&waits()));
    imp.waits.set_accessible_role(gtk::AccessibleRole::Presentation);
    imp.waits.add_css_class("warning");
    imp.waits.set_visible(false);
    first.append(&imp.waits);
    texts.append(&first);
    ellipsized(&imp.below, &["caption", "dimmed"]);
    imp.second.set_spacing(8);
    imp.second.append(&imp.below);
    imp.second.append(&imp.tags.line);
    texts.append(&imp.second);
    row.append(&texts);

    ellipsized(&imp.addresses, &["caption", "dimmed", "numeric"]);
    imp.addresses.set_width_chars(16);
    imp.addresses.set_max_width_chars(16);
    imp.addresses.set_visible(false);
    row.append(&imp.addresses);
    ellipsized(&imp.state, &[]);
    imp.state.set_width_chars(14);
    imp.state.set_max_width_chars(14);
    row.append(&imp.state);

    imp.graphs.set_spacing(12);
    imp.graphs.set_valign(gtk::Align::Center);
    for (graph, class) in [(&imp.cpu, "cpu"), (&imp.memory, "memory")] {
        let column = gtk::Box::new(gtk::Orientation::Vertical, 0);
        graph.curve.add_css_class(class);
        ellipsized(&graph.caption, &["caption", "dimmed", "numeric"]);
        graph.caption.set_max_width_chars(12);
        column.append(&graph.curve);
        column.append(&graph.caption);
        imp.graphs.append(&column);
    }
    row.append(&imp.graphs);

    imp.menu.set_icon_name("view-more-symbolic");
    imp.menu.set_valign(gtk::Align::Center);
    imp.menu.set_css_classes(&["flat", "circular"]);
    // The keyboard has the Menu key and Shift+F10 for it.
    imp.menu.set_focusable(false);
    let actions = gettext("Guest Actions");
    imp.menu.set_tooltip_text(Some(&actions));
    imp.menu.update_property(&[gtk::accessible::Property::Label(&actions)]);
    row.append(&imp.menu);
}

fn ellipsized(label: &gtk::Label, classes: &[&str]) {
    label.set_xalign(0.0);
    label.set_ellipsize(pango::EllipsizeMode::End);
    label.set_css_classes(classes);
}

impl GuestRow {
    /// A row inside `list_item`, which speaks for it to assistive technology.
    pub(super) fn new(list_item: &gtk::ListItem) -> Self {
        let row: Self = glib::Object::new();
        row.imp().list_item.set(Some(list_item));
        row
    }

    /// The button that opens the guest's menu.
    pub(super) fn menu_button(&self) -> &gtk::Button {
        &self.imp().menu
    }

    /// The position in the list, while the row is bound.
    pub(super) fn position(&self) -> Option<u32> {
        let position = self.imp().list_item.upgrade()?.position();
        (position != gtk::INVALID_LIST_POSITION).then_some(position)
    }

    pub(super) fn set_selected(&self, selected: bool) {
        self.imp().check.set_active(selected);
    }

    /// Arranges the row.
    pub(super) fn set_style(&self, style: RowStyle) {
        let imp = self.imp();
        if imp.style.replace(style) == style {
            return;
        }
        imp.check.set_visible(style.selecting);
        imp.menu.set_visible(!style.selecting);
        imp.state.set_visible(style.width > RowWidth::Narrow);
        imp.graphs.set_visible(style.width > RowWidth::Narrow);
        imp.addresses.set_visible(style.width == RowWidth::Wide);
        // A narrow row has a line of its own for the tags.
        let (orientation, spacing) = match style.width {
            RowWidth::Narrow => (gtk::Orientation::Vertical, 4),
            RowWidth::Medium | RowWidth::Wide => (gtk::Orientation::Horizontal, 8),
        };
        imp.second.set_orientation(orientation);
        imp.second.set_spacing(spacing);
        let entry = imp.entry.borrow().clone();
        if let Some(entry) = entry {
            self.show_entry(&entry);
        }
    }

    /// Shows `entry`. Labels that say the same already do nothing.
    pub(super) fn show_entry(&self, entry: &std::rc::Rc<Entry>) {
        let imp = self.imp();
        let style = imp.style.get();
        let status = entry.status();
        imp.icon.set_icon_name(Some(status.icon()));
        let class = status.css_class();
        let old_class = imp.icon_class.replace(class);
        if old_class != class {
            if !old_class.is_empty() {
                imp.icon.remove_css_class(old_class);
            }
            imp.icon.add_css_class(class);
        }
        imp.label.set_label(entry.label());
        imp.state.set_label(status.label());
        imp.autostart.set_visible(entry.summary.autostart);
        imp.waits.set_visible(entry.waits_for_restart());
        let addresses = entry.addresses();
        imp.addresses.set_label(addresses.first().map_or("", String::as_str));
        let tooltip = (addresses.len() > 1).then(|| addresses.join("\n"));
        imp.addresses.set_tooltip_text(tooltip.as_deref());
        let below = below(entry, style);
        imp.below.set_label(&below);
        imp.below.set_visible(!below.is_empty());
        let none = Tags::default();
        let tags = entry.tags().unwrap_or(&none);
        imp.tags.show(tags, most_tags(style.width));
        imp.second.set_visible(!below.is_empty() || !tags.is_empty());
        if entry.host.connected {
            self.remove_css_class("dimmed");
        } else {
            self.add_css_class("dimmed");
        }
        if let Some(item) = imp.list_item.upgrade() {
            item.set_accessible_label(entry.label());
            let waits = entry.waits_for_restart();
            item.set_accessible_description(&described(status.label(), &below, tags, waits));
        }
        imp.entry.replace(Some(std::rc::Rc::clone(entry)));
    }

    /// Shows `load`, nothing for a guest that does not run.
    pub(super) fn show_load(&self, load: Option<&GuestStats>) {
        let imp = self.imp();
        let (cpu, memory) = load.map_or((&[][..], &[][..]), |load| (&load.cpu, &load.memory));
        // Translators: a short label below a small graph; CPU is the processor
        show_graph(&imp.cpu, cpu, |value| gettext_f("CPU {value}%", &[("value", value)]));
        // Translators: a short label below a small graph; share of the memory in use
        show_graph(&imp.memory, memory, |value| gettext_f("RAM {value}%", &[("value", value)]));
    }
}

fn show_graph(graph: &imp::Graph, samples: &[f32], text: impl Fn(&str) -> String) {
    graph.curve.set_samples(samples);
    if !graph.curve.take_change() {
        return;
    }
    let text = graph.curve.percent().map_or_else(String::new, |value| text(&value.to_string()));
    graph.caption.set_label(&text);
    graph.curve.update_property(&[gtk::accessible::Property::Label(&text)]);
}

/// How many tags a row has room for.
fn most_tags(width: RowWidth) -> usize {
    match width {
        RowWidth::Narrow => 3,
        RowWidth::Medium => 2,
        RowWidth::Wide => 4,
    }
}

/// What a row says besides its label to those who do not see it.
fn described(status: &str, below: &str, tags: &Tags, waiting: bool) -> String {
    let mut parts = vec![status.to_owned(), below.to_owned()];
    if !tags.is_empty() {
        let tags = tags.iter().collect::<Vec<_>>().join(", ");
        // Translators: {tags} is a list of words
        parts.push(gettext_f("tags: {tags}", &[("tags", &tags)]));
    }
    if waiting {
        parts.push(waits());
    }
    parts.join(", ")
}

/// Of a guest that runs with something else than it will start with.
fn waits() -> String {
    gettext("Some changes wait for the guest’s next start")
}

/// The line below the label: whatever has no column of its own.
fn below(entry: &Entry, style: RowStyle) -> String {
    let status = (style.width == RowWidth::Narrow).then(|| entry.status().label());
    let name = entry.has_title().then_some(entry.summary.name.as_str());
    let host = style.with_host.then_some(&*entry.host.name);
    let address = entry.addresses().first().map(String::as_str);
    let address = address.filter(|_| style.width < RowWidth::Wide);
    let parts = [status, name, entry.os.as_deref(), host, address];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::{RowStyle, RowWidth, below};
    use crate::{model::DomainState, ui::guests::entry::tests};

    #[test]
    fn a_narrow_row_says_in_one_line_what_a_wide_one_has_columns_for() {
        let entries = tests::entries(&tests::inventory(&[("web", DomainState::Running)]));
        let style = |width, with_host| RowStyle { width, with_host, selecting: false };
        assert_eq!(below(&entries[0], style(RowWidth::Narrow, true)), "Running · Inn");
        assert_eq!(below(&entries[0], style(RowWidth::Wide, true)), "Inn");
        assert_eq!(below(&entries[0], style(RowWidth::Wide, false)), "");
    }
}
