//! The dialog of the console check: a row for each feature.

use std::{cell::RefCell, rc::Rc};

use gettextrs::gettext;
use relm4::{
    Sender,
    adw::{self, prelude::*},
    gtk,
};

use super::{ConsoleInput, check::CheckInput, check_words as words};
use crate::model::console_check::{Feature, Link, Setting, commands};

/// The most commands that are told for one feature.
const COMMANDS: usize = 2;

/// The dialog.
#[derive(Debug)]
pub(super) struct CheckDialog {
    shell: adw::Dialog,
    stack: gtk::Stack,
    rows: Vec<Row>,
}

/// A feature's row, and below it what is to be done in the guest.
#[derive(Debug)]
struct Row {
    feature: Feature,
    line: adw::ActionRow,
    icon: gtk::Image,
    button: gtk::Button,
    link: Rc<RefCell<Option<Link>>>,
    commands: Vec<adw::ActionRow>,
}

impl CheckDialog {
    pub(super) fn new(input: &Sender<ConsoleInput>) -> Rc<Self> {
        let group = adw::PreferencesGroup::new();
        let rows: Vec<Row> = Feature::ALL.map(|feature| Row::new(feature, input)).into();
        for row in &rows {
            group.add(&row.line);
            for command in &row.commands {
                group.add(command);
            }
        }
        let page = adw::PreferencesPage::new();
        page.add(&group);
        let reading = adw::StatusPage::builder()
            .paintable(&adw::SpinnerPaintable::new(None::<&gtk::Widget>))
            .title(gettext("Checking…"))
            .build();
        let stack = gtk::Stack::new();
        stack.add_child(&reading);
        stack.add_named(&page, Some("found"));
        let view = adw::ToolbarView::new();
        view.add_top_bar(&adw::HeaderBar::new());
        view.set_content(Some(&stack));
        let dialog = adw::Dialog::builder()
            .title(gettext("Console Check"))
            .content_width(560)
            .content_height(640)
            .child(&view)
            .build();
        Rc::new(Self { shell: dialog, stack, rows })
    }

    pub(super) fn present(&self, parent: &impl IsA<gtk::Widget>) {
        self.shell.present(Some(parent));
    }

    pub(super) fn is_open(&self) -> bool {
        self.shell.parent().is_some()
    }

    /// Shows what was found; `os` is libosinfo's id of the guest's system.
    pub(super) fn update(&self, found: &[(Feature, Link)], os: Option<&str>) {
        self.stack.set_visible_child_name("found");
        for row in &self.rows {
            let link = found.iter().find(|(feature, _)| *feature == row.feature);
            row.line.set_visible(link.is_some());
            if let Some((_, link)) = link {
                row.update(link, os);
            }
        }
    }
}

impl Row {
    fn new(feature: Feature, input: &Sender<ConsoleInput>) -> Self {
        let row = adw::ActionRow::builder()
            .title(words::title(feature))
            .use_markup(false)
            .subtitle_lines(0)
            .build();
        let icon = gtk::Image::new();
        icon.set_accessible_role(gtk::AccessibleRole::Presentation);
        row.add_prefix(&icon);
        let button = gtk::Button::builder().valign(gtk::Align::Center).visible(false).build();
        button.update_property(&[gtk::accessible::Property::Description(&words::title(feature))]);
        row.add_suffix(&button);
        let link = Rc::new(RefCell::new(None));
        let (emit, shown) = (input.clone(), Rc::clone(&link));
        button.connect_clicked(move |button| {
            let link = shown.borrow().clone();
            if let Some(link) = link {
                help(button, &link, &emit);
            }
        });
        let commands = (0..COMMANDS).map(|_| command()).collect();
        Self { feature, line: row, icon, button, link, commands }
    }

    fn update(&self, link: &Link, os: Option<&str>) {
        let (name, class) = match link {
            Link::Works => ("object-select-symbolic", "success"),
            Link::Setting(_) | Link::ViewOnly | Link::Off | Link::NextStart => {
                ("dialog-information-symbolic", "dimmed")
            }
            _ => ("dialog-warning-symbolic", "warning"),
        };
        self.icon.set_icon_name(Some(name));
        self.icon.set_css_classes(&[class]);
        self.line.set_subtitle(&words::explanation(self.feature, link, os));
        let label = words::button(link);
        self.button.set_visible(label.is_some());
        self.button.set_label(&label.unwrap_or_default());
        let known = match link {
            Link::Tool(tool) => commands(*tool, os),
            _ => Vec::new(),
        };
        for (at, row) in self.commands.iter().enumerate() {
            let command = known.get(at);
            row.set_visible(command.is_some());
            row.set_title(command.map_or("", String::as_str));
        }
        self.link.replace(Some(link.clone()));
    }
}

/// A command for the guest, with a button that copies it.
fn command() -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        .use_markup(false)
        .title_selectable(true)
        .visible(false)
        .css_classes(["monospace"])
        .build();
    let label = gettext("Copy Command");
    let copy = gtk::Button::builder()
        .icon_name("edit-copy-symbolic")
        .tooltip_text(&label)
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build();
    copy.update_property(&[gtk::accessible::Property::Label(&label)]);
    let of = row.downgrade();
    copy.connect_clicked(move |button| {
        if let Some(row) = of.upgrade() {
            button.clipboard().set_text(&row.title());
        }
    });
    row.add_suffix(&copy);
    row
}

/// Does what the row's button says.
fn help(button: &gtk::Button, link: &Link, input: &Sender<ConsoleInput>) {
    let act = |name: &str, target: Option<&str>| {
        let target = target.map(ToVariant::to_variant);
        if button.activate_action(name, target.as_ref()).is_err() {
            tracing::warn!("{name} is no action here");
        }
    };
    match link {
        Link::Device(part, _) => input.emit(ConsoleInput::Check(CheckInput::Add(*part))),
        Link::Setting(Setting::ClipboardByHand) => act("app.preferences", None),
        Link::Setting(Setting::NotResized) => act("console.scaling", Some("resize")),
        Link::Setting(Setting::Muted) => act("console.mute", None),
        Link::ViewOnly => act("console.view-only", None),
        _ => {}
    }
}
