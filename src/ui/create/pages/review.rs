//! Fourth page: name, network, summary.

use std::cell::RefCell;

use gettextrs::gettext;
use relm4::{
    adw::{self, prelude::*},
    gtk::{self, glib},
};

use super::{
    Frame, Notice, Sender,
    fields::{Combo, StartRow, Switch},
    group, plain_row,
};
use crate::ui::create::{Create, CreateInput, draft::Page};

/// The page.
#[derive(Debug)]
pub(in crate::ui::create) struct ReviewPage {
    frame: Frame,
    name: adw::EntryRow,
    name_handler: glib::SignalHandlerId,
    name_notice: Notice,
    network: Combo,
    network_notice: Notice,
    start_network: StartRow,
    advanced: adw::ActionRow,
    summary: adw::PreferencesGroup,
    rows: RefCell<Vec<adw::ActionRow>>,
    customise: Switch,
}

impl ReviewPage {
    /// The page's widgets.
    pub(in crate::ui::create) fn new(sender: &Sender) -> Self {
        let frame = Frame::new(Page::Review.tag(), &gettext("Review"), &gettext("Create"));
        let tx = sender.clone();
        frame.next.connect_clicked(move |_| tx.emit(CreateInput::NextClicked));

        let name = adw::EntryRow::builder()
            .use_markup(false)
            .title(gettext("Name"))
            .activates_default(true)
            .max_length(200)
            .build();
        let tx = sender.clone();
        let name_handler = name.connect_changed(move |row| {
            tx.emit(CreateInput::NameEdited(row.text().into()));
        });
        let names = group("", "");
        names.add(&name);
        let name_notice = Notice::new();

        let tx = sender.clone();
        let network = Combo::new(&gettext("Network"), move |at| {
            tx.emit(CreateInput::NetworkPicked(at));
        });
        let networks = group("", "");
        networks.add(&network.row);
        let network_notice = Notice::new();
        let tx = sender.clone();
        let start_network = StartRow::new(
            // Translators: starts a virtual network, now and with the host.
            &gettext("Start Network"),
            &gettext("It will start with the host from then on"),
            move || tx.emit(CreateInput::StartNetworkClicked),
        );

        let summary = group(&gettext("Summary"), "");
        let tx = sender.clone();
        let customise = Switch::new(
            &gettext("Customise before installing"),
            &gettext("Look at the definition and change it before the first start"),
            move |active| tx.emit(CreateInput::CustomiseSwitched(active)),
        );
        let advanced = link_row(&gettext("Advanced"), sender, || CreateInput::AdvancedOpened);
        let xml = link_row(&gettext("Show XML"), sender, || CreateInput::XmlOpened);
        xml.set_subtitle(&gettext("The definition that libvirt will get"));
        let more = group("", "");
        more.add(&advanced);
        more.add(&customise.row);
        more.add(&xml);

        for part in [
            &names,
            &name_notice.group,
            &networks,
            &start_network.group,
            &network_notice.group,
            &summary,
            &more,
        ] {
            frame.content.append(part);
        }
        Self {
            frame,
            name,
            name_handler,
            name_notice,
            network,
            network_notice,
            start_network,
            advanced,
            summary,
            rows: RefCell::default(),
            customise,
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
        let draft = &model.draft;
        let hint = model.plan_notice();
        self.frame.show_problem(model.problem_on(Page::Review).or(hint.as_ref()));
        if self.name.text() != draft.name.value {
            self.name.block_signal(&self.name_handler);
            self.name.set_text(&draft.name.value);
            self.name.unblock_signal(&self.name_handler);
        }
        let name_problem = model.name_problem();
        if name_problem.is_some() {
            self.name.add_css_class("error");
        } else {
            self.name.remove_css_class("error");
        }
        let invalid = if name_problem.is_some() {
            gtk::AccessibleInvalidState::True
        } else {
            gtk::AccessibleInvalidState::False
        };
        self.name
            .upcast_ref::<gtk::Widget>()
            .update_state(&[gtk::accessible::State::Invalid(invalid)]);
        self.name_notice.show(name_problem.as_ref());

        let (names, at) = model.network_choices();
        self.network.show(&names, at);
        self.network.set_subtitle(&model.network_hint());
        let inactive = model.inactive_network();
        let title = inactive.map(Create::inactive_network_title);
        self.start_network.show(title.as_deref(), model.starting_network);
        self.network_notice.show(model.network_notice().as_ref());

        self.advanced.set_subtitle(&model.advanced_summary());
        self.customise.show(draft.customise);
        self.show_summary(&model.summary());
        let label = if draft.customise { gettext("Customise") } else { gettext("Create") };
        self.frame.next.set_label(&label);
        let blocked = name_problem.map(|problem| problem.title).or_else(|| model.not_ready());
        self.frame.next.set_sensitive(blocked.is_none());
        self.frame.next.set_tooltip_text(blocked.as_deref());
    }

    fn show_summary(&self, lines: &[(String, String)]) {
        let mut rows = self.rows.borrow_mut();
        if rows.len() != lines.len() {
            for row in rows.drain(..) {
                self.summary.remove(&row);
            }
            for _ in lines {
                let row = plain_row("", "");
                row.add_css_class("property");
                row.set_subtitle_selectable(true);
                // One stop for the focus a row: its text, to be copied.
                row.set_focusable(false);
                self.summary.add(&row);
                rows.push(row);
            }
        }
        for (row, (title, value)) in rows.iter().zip(lines) {
            row.set_title(title);
            row.set_subtitle(value);
        }
    }
}

/// A row that opens another page.
fn link_row(title: &str, sender: &Sender, message: fn() -> CreateInput) -> adw::ActionRow {
    let row = plain_row(title, "");
    row.set_activatable(true);
    let arrow = gtk::Image::builder()
        .icon_name("go-next-symbolic")
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    row.add_suffix(&arrow);
    let tx = sender.clone();
    row.connect_activated(move |_| tx.emit(message()));
    row
}
