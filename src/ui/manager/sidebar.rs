//! The sidebar: all guests, then the hosts, each with its state and a menu.

use gettextrs::gettext;
use relm4::{
    Sender, adw,
    adw::prelude::*,
    gtk::{self, gio, glib},
};

use super::{HostCommand, ManagerInput, Selection};
use crate::{
    i18n::gettext_f,
    model::{ConnectionId, HostState},
    ui::{
        app::main_menu,
        context::HostEntry,
        host::{state_icon, state_text},
        widgets::{NamedItems, TwoLines},
    },
};

/// The sidebar.
#[derive(Debug)]
pub(super) struct Sidebar {
    page: adw::NavigationPage,
    list: gtk::ListBox,
    rows: Vec<HostRow>,
    sender: Sender<ManagerInput>,
    /// Whether the selection is being set by the program.
    quiet: std::rc::Rc<std::cell::Cell<bool>>,
}

/// A host's row.
#[derive(Debug)]
struct HostRow {
    id: ConnectionId,
    row: gtk::ListBoxRow,
    icon: gtk::Image,
    title: gtk::Label,
    subtitle: gtk::Label,
    menu: gtk::MenuButton,
    connect: gio::SimpleAction,
    disconnect: gio::SimpleAction,
    autoconnect: gio::SimpleAction,
}

impl Sidebar {
    pub(super) fn new(sender: &Sender<ManagerInput>) -> Self {
        let list = gtk::ListBox::builder().css_classes(["navigation-sidebar"]).build();
        list.update_property(&[gtk::accessible::Property::Label(&gettext("Hosts"))]);
        list.append(&all_guests_row());
        list.set_header_func(|row, _| {
            // The first host carries the heading of all hosts.
            let header = (row.index() == 1).then(heading);
            row.set_header(header.as_ref());
        });
        let menu = gtk::MenuButton::builder()
            .icon_name("open-menu-symbolic")
            .tooltip_text(gettext("Main Menu"))
            .menu_model(&main_menu())
            .primary(true)
            .build();
        menu.set_named_items(true);
        menu.update_property(&[gtk::accessible::Property::Label(&gettext("Main Menu"))]);
        let header = adw::HeaderBar::new();
        header.pack_end(&menu);
        let add = gtk::Button::builder()
            .child(
                &adw::ButtonContent::builder()
                    .icon_name("list-add-symbolic")
                    .label(gettext("Add Connection"))
                    .build(),
            )
            .action_name("app.add-host")
            .css_classes(["flat"])
            .margin_top(6)
            .margin_bottom(6)
            .margin_start(6)
            .margin_end(6)
            .build();
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&list)
            .vexpand(true)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .build();
        let view = adw::ToolbarView::builder().content(&scrolled).build();
        view.add_top_bar(&header);
        view.add_bottom_bar(&add);
        let page =
            adw::NavigationPage::builder().title("Posada").tag("sidebar").child(&view).build();
        let quiet = std::rc::Rc::new(std::cell::Cell::new(false));
        let sidebar = Self { page, list, rows: Vec::new(), sender: sender.clone(), quiet };
        sidebar.connect();
        sidebar
    }

    /// Choosing a row shows its page; in a narrow window also a second time.
    fn connect(&self) {
        let (input, quiet) = (self.sender.clone(), self.quiet.clone());
        self.list.connect_row_activated(move |_, row| {
            if !quiet.get() {
                input.emit(ManagerInput::Selected(selection_of(row)));
            }
        });
        let (input, quiet) = (self.sender.clone(), self.quiet.clone());
        self.list.connect_row_selected(move |list, row| {
            // Arrow keys choose at once, but only where both panes are seen.
            let collapsed = list
                .ancestor(adw::NavigationSplitView::static_type())
                .and_downcast::<adw::NavigationSplitView>()
                .is_some_and(|view| view.is_collapsed());
            if let Some(row) = row.filter(|_| !quiet.get() && !collapsed) {
                input.emit(ManagerInput::Selected(selection_of(row)));
            }
        });
    }

    pub(super) fn page(&self) -> &adw::NavigationPage {
        &self.page
    }

    /// Brings the rows in line with the list of hosts.
    pub(super) fn set_hosts(&mut self, hosts: &[(&HostEntry, &HostState)]) {
        self.quiet.set(true);
        let ids: Vec<ConnectionId> = hosts.iter().map(|(entry, _)| entry.id).collect();
        self.rows.retain(|row| {
            let stays = ids.contains(&row.id);
            if !stays {
                self.list.remove(&row.row);
            }
            stays
        });
        for (entry, state) in hosts {
            if !self.rows.iter().any(|row| row.id == entry.id) {
                let row = HostRow::new(entry.id, &self.sender);
                self.list.append(&row.row);
                self.rows.push(row);
            }
            if let Some(row) = self.rows.iter().find(|row| row.id == entry.id) {
                row.set_entry(entry);
                row.set_state(state);
            }
        }
        self.list.invalidate_headers();
        self.quiet.set(false);
    }

    pub(super) fn set_state(&self, id: ConnectionId, state: &HostState) {
        if let Some(row) = self.rows.iter().find(|row| row.id == id) {
            row.set_state(state);
        }
    }

    /// Marks what is shown.
    pub(super) fn select(&self, selection: Selection) {
        let row = match selection {
            Selection::All => self.list.row_at_index(0),
            Selection::Host(id) => {
                self.rows.iter().find(|row| row.id == id).map(|row| row.row.clone())
            }
        };
        self.quiet.set(true);
        self.list.select_row(row.as_ref());
        self.quiet.set(false);
    }
}

impl HostRow {
    fn new(id: ConnectionId, sender: &Sender<ManagerInput>) -> Self {
        let icon = gtk::Image::new();
        let TwoLines { column, title, subtitle } = TwoLines::new();
        let menu = gtk::MenuButton::builder()
            .icon_name("view-more-symbolic")
            .menu_model(&host_menu())
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build();
        menu.set_named_items(true);
        let content = gtk::Box::builder().spacing(12).css_classes(["host-row"]).build();
        content.append(&icon);
        content.append(&column);
        content.append(&menu);
        let row = gtk::ListBoxRow::builder().child(&content).name(id.to_string()).build();

        let group = gio::SimpleActionGroup::new();
        let add = |action: &gio::SimpleAction, command: HostCommand| {
            let input = sender.clone();
            action.connect_activate(move |_, _| input.emit(ManagerInput::Host(id, command)));
            group.add_action(action);
        };
        let connect = gio::SimpleAction::new("connect", None);
        let disconnect = gio::SimpleAction::new("disconnect", None);
        let autoconnect = gio::SimpleAction::new_stateful("autoconnect", None, &false.to_variant());
        add(&connect, HostCommand::Connect);
        add(&disconnect, HostCommand::Disconnect);
        add(&autoconnect, HostCommand::ToggleAutoconnect);
        add(&gio::SimpleAction::new("rename", None), HostCommand::Rename);
        add(&gio::SimpleAction::new("edit", None), HostCommand::Edit);
        add(&gio::SimpleAction::new("remove", None), HostCommand::Remove);
        row.insert_action_group("host", Some(&group));
        open_menu_by_hand(&row, &menu);
        Self { id, row, icon, title, subtitle, menu, connect, disconnect, autoconnect }
    }

    fn set_entry(&self, entry: &HostEntry) {
        self.title.set_label(&entry.name);
        self.row.set_tooltip_text(Some(&entry.uri));
        let name = gettext_f("Menu of “{name}”", &[("name", &entry.name)]);
        self.menu.set_tooltip_text(Some(&name));
        self.menu.update_property(&[gtk::accessible::Property::Label(&name)]);
        self.autoconnect.set_state(&entry.autoconnect.to_variant());
        self.row.update_property(&[gtk::accessible::Property::Label(&entry.name)]);
    }

    fn set_state(&self, state: &HostState) {
        let text = state_text(state);
        self.icon.set_icon_name(Some(state_icon(state)));
        self.subtitle.set_label(&text);
        self.row.update_property(&[gtk::accessible::Property::Description(&text)]);
        let open = matches!(state, HostState::Ready);
        let idle = matches!(state, HostState::Disconnected | HostState::Failed(_));
        self.connect.set_enabled(!open && !matches!(state, HostState::Connecting));
        self.disconnect.set_enabled(!idle);
        for (class, on) in [
            ("error", matches!(state, HostState::Failed(_))),
            ("warning", matches!(state, HostState::Lost { .. })),
            ("dim-label", matches!(state, HostState::Disconnected)),
        ] {
            if on {
                self.icon.add_css_class(class);
            } else {
                self.icon.remove_css_class(class);
            }
        }
    }
}

/// The menu also opens by the second mouse button, a long press, and the
/// keyboard's menu key.
fn open_menu_by_hand(row: &gtk::ListBoxRow, menu: &gtk::MenuButton) {
    let click = gtk::GestureClick::builder().button(gtk::gdk::BUTTON_SECONDARY).build();
    let button = menu.clone();
    // When it is released: see the list of guests.
    click.connect_released(move |_, _, _, _| button.popup());
    row.add_controller(click);
    let press = gtk::GestureLongPress::builder().touch_only(true).build();
    let button = menu.clone();
    press.connect_pressed(move |_, _, _| button.popup());
    row.add_controller(press);
    let keys = gtk::ShortcutController::new();
    for trigger in ["Menu", "<Shift>F10"] {
        let button = menu.clone();
        let action = gtk::CallbackAction::new(move |_, _| {
            button.popup();
            glib::Propagation::Stop
        });
        keys.add_shortcut(gtk::Shortcut::new(
            gtk::ShortcutTrigger::parse_string(trigger),
            Some(action),
        ));
    }
    row.add_controller(keys);
}

fn host_menu() -> gio::Menu {
    let menu = gio::Menu::new();
    let state = gio::Menu::new();
    state.append(Some(&gettext("Connect")), Some("host.connect"));
    state.append(Some(&gettext("Disconnect")), Some("host.disconnect"));
    state.append(Some(&gettext("Connect at Start")), Some("host.autoconnect"));
    let entry = gio::Menu::new();
    entry.append(Some(&gettext("Rename…")), Some("host.rename"));
    entry.append(Some(&gettext("Edit Connection…")), Some("host.edit"));
    let last = gio::Menu::new();
    last.append(Some(&gettext("Remove…")), Some("host.remove"));
    for section in [state, entry, last] {
        menu.append_section(None, &section);
    }
    menu
}

fn all_guests_row() -> gtk::ListBoxRow {
    let text = gettext("All Guests");
    let content = gtk::Box::builder().spacing(12).css_classes(["host-row"]).build();
    content.append(&gtk::Image::from_icon_name("video-display-symbolic"));
    content.append(&gtk::Label::new(Some(&text)));
    let row = gtk::ListBoxRow::builder().child(&content).build();
    row.update_property(&[gtk::accessible::Property::Label(&text)]);
    row
}

fn heading() -> gtk::Label {
    gtk::Label::builder()
        .label(gettext("Hosts"))
        .xalign(0.0)
        .margin_top(12)
        .margin_bottom(6)
        .margin_start(12)
        .css_classes(["heading", "dim-label"])
        .build()
}

/// What a row stands for: its name is the host's number.
fn selection_of(row: &gtk::ListBoxRow) -> Selection {
    row.widget_name().parse().map_or(Selection::All, |id| Selection::Host(ConnectionId(id)))
}
