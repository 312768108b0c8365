//! Which of the guest's consoles is shown: its screen, or one of its text
//! consoles, each made when it is first chosen.

use std::collections::HashMap;

use gettextrs::gettext;
use relm4::{
    Component, ComponentController, ComponentSender, Controller,
    gtk::{self, gio, glib, prelude::*},
};

use super::{
    GuestView, GuestWindow, GuestWindowInput,
    text_page::{TextInit, TextInput, TextOutput, TextPage, words},
};
use crate::{
    backend::{BackendError, ConnectionHandle, Operation, Result, XmlKind},
    console::ReleaseChord,
    model::{
        DomainId, Failure, FailureKind, TextPort, TextPortId, TextPortKind,
        hardware::{NewDevice, add},
        xml::Document,
    },
    settings::Settings,
    ui::widgets::update_menu,
};

/// The name of the screen among the consoles.
const SCREEN: &str = "screen";

/// The first serial port: the one that is added.
const ADDED: TextPortId = TextPortId { kind: TextPortKind::Serial, number: 0 };

/// The consoles of a guest.
#[derive(Debug)]
pub(super) struct Switcher {
    handle: ConnectionHandle,
    id: DomainId,
    chord: (ReleaseChord, String),
    settings: Settings,
    /// The page of the window.
    pub(super) stack: gtk::Stack,
    /// The choice, for the header bar and the main menu.
    pub(super) menu: gio::Menu,
    action: gio::SimpleAction,
    pages: HashMap<TextPortId, Controller<TextPage>>,
    ports: Vec<TextPort>,
    /// A serial port that only the definition has yet.
    added: bool,
    /// Whether the user has chosen, now or another time.
    chosen: bool,
}

/// A text console in the menu: its label, its name and the action.
fn item(port: &TextPort) -> (String, String, &'static str) {
    // Without such an action the item cannot be chosen.
    let action = if port.can_be_shown() { "consoles.show" } else { "consoles.none" };
    (words::label(port), port.id.to_string(), action)
}

/// What the menu says of the text consoles.
fn listed(ports: &[TextPort]) -> Vec<(String, String, &'static str)> {
    ports.iter().map(item).collect()
}

impl Switcher {
    pub(super) fn new(
        handle: ConnectionHandle,
        id: DomainId,
        chord: (ReleaseChord, String),
        settings: Settings,
        screen: &gtk::Widget,
        sender: &ComponentSender<GuestWindow>,
    ) -> Self {
        let stack = gtk::Stack::builder().hhomogeneous(false).vhomogeneous(false).build();
        stack.add_named(screen, Some(SCREEN));
        let action = gio::SimpleAction::new_stateful(
            "show",
            Some(glib::VariantTy::STRING),
            &SCREEN.to_variant(),
        );
        let input = sender.input_sender().clone();
        action.connect_activate(move |_, target| {
            if let Some(name) = target.and_then(glib::Variant::str) {
                input.emit(GuestWindowInput::ShowConsole(name.to_owned()));
            }
        });
        Self {
            handle,
            id,
            chord,
            settings,
            stack,
            menu: gio::Menu::new(),
            action,
            pages: HashMap::new(),
            ports: Vec::new(),
            added: false,
            chosen: false,
        }
    }

    /// The actions of the menu.
    pub(super) fn actions(&self, sender: &ComponentSender<GuestWindow>) -> gio::SimpleActionGroup {
        let group = gio::SimpleActionGroup::new();
        group.add_action(&self.action);
        let add = gio::SimpleAction::new("add-serial", None);
        let input = sender.input_sender().clone();
        add.connect_activate(move |_, _| input.emit(GuestWindowInput::AddSerial));
        group.add_action(&add);
        group
    }

    fn shown(&self) -> Option<TextPortId> {
        self.stack.visible_child_name()?.parse().ok()
    }

    /// Whether the guest's screen is what is shown.
    pub(super) fn on_screen(&self) -> bool {
        self.shown().is_none()
    }

    pub(super) fn guest_changed(
        &mut self,
        view: &GuestView,
        sender: &ComponentSender<GuestWindow>,
    ) {
        for page in self.pages.values() {
            page.emit(TextInput::Guest(Box::new(view.clone())));
        }
        let Some(details) = &view.details else { return };
        let mut ports = details.text_ports.clone();
        self.added &= !ports.iter().any(|port| port.id == ADDED);
        if self.added {
            let leads_to = "pty".to_owned();
            ports.insert(0, TextPort { id: ADDED, leads_to, target: None, alias: None });
        }
        // A menu that is made anew while it is open loses the click on it.
        let same = listed(&ports) == listed(&self.ports);
        self.ports = ports;
        if !same || self.menu.n_items() == 0 {
            self.fill_menu();
        }
        if !self.chosen {
            self.chosen = true;
            let remembered = self.settings.guest_console(self.id);
            let first = self.ports.iter().find(|port| port.can_be_shown());
            // Without graphics there is no screen to show.
            let usual =
                || first.filter(|_| details.graphics.is_empty()).map(|it| it.id.to_string());
            if let Some(name) = remembered.or_else(usual) {
                self.show(&name, view, sender);
            }
        }
    }

    fn fill_menu(&self) {
        let consoles = gio::Menu::new();
        let add = |label: &str, name: &str, action: &str| {
            let item = gio::MenuItem::new(Some(label), None);
            item.set_action_and_target_value(Some(action), Some(&name.to_variant()));
            consoles.append_item(&item);
        };
        // Translators: the guest's graphical console
        add(&gettext("Screen"), SCREEN, "consoles.show");
        for port in &self.ports {
            let (label, name, action) = item(port);
            add(&label, &name, action);
        }
        let wanted = gio::Menu::new();
        wanted.append_section(None, &consoles);
        if !self.ports.iter().any(TextPort::can_be_shown) {
            let more = gio::Menu::new();
            more.append(Some(&gettext("Add Serial Console")), Some("consoles.add-serial"));
            wanted.append_section(None, &more);
        }
        update_menu(&self.menu, &wanted);
    }

    /// Shows the console of this name; one that the guest does not have stays
    /// unshown.
    pub(super) fn show(
        &mut self,
        name: &str,
        view: &GuestView,
        sender: &ComponentSender<GuestWindow>,
    ) {
        if let Ok(port) = name.parse::<TextPortId>() {
            if !self.ports.iter().any(|known| known.id == port && known.can_be_shown()) {
                return;
            }
            if !self.pages.contains_key(&port) {
                let page = self.page(port, view, sender);
                self.stack.add_named(page.widget(), Some(name));
                self.pages.insert(port, page);
            }
        } else if name != SCREEN {
            return;
        }
        self.stack.set_visible_child_name(name);
        self.action.set_state(&name.to_variant());
    }

    /// As [`Self::show`], and keeps the choice.
    pub(super) fn choose(
        &mut self,
        name: &str,
        view: &GuestView,
        sender: &ComponentSender<GuestWindow>,
    ) {
        self.show(name, view, sender);
        self.settings.set_guest_console(self.id, name);
        self.focus();
    }

    fn page(
        &self,
        port: TextPortId,
        view: &GuestView,
        sender: &ComponentSender<GuestWindow>,
    ) -> Controller<TextPage> {
        let init = TextInit {
            handle: self.handle.clone(),
            id: self.id,
            port,
            chord: self.chord.clone(),
            settings: self.settings.clone(),
            view: view.clone(),
        };
        TextPage::builder().launch(init).forward(sender.input_sender(), |output| match output {
            TextOutput::Act(action) => GuestWindowInput::Act(action),
            TextOutput::Restart => GuestWindowInput::Restart,
            TextOutput::Say(text) => GuestWindowInput::Say(text),
            TextOutput::Failed(message) => GuestWindowInput::Failed(message),
        })
    }

    /// Gives the keyboard to the text console that is shown, if one is.
    pub(super) fn focus(&self) {
        if let Some(page) = self.shown().and_then(|port| self.pages.get(&port)) {
            page.emit(TextInput::Focus);
        }
    }

    /// Notes that the definition has a serial port now.
    pub(super) fn added(&mut self, view: &GuestView, sender: &ComponentSender<GuestWindow>) {
        self.added = true;
        self.guest_changed(view, sender);
        self.choose(&ADDED.to_string(), view, sender);
    }
}

/// Adds a serial port to the guest's definition. libvirt makes it the guest's
/// first console as well.
pub(super) async fn add_serial(handle: ConnectionHandle, id: DomainId, name: String) -> Result<()> {
    let old = handle.domain_xml(id, XmlKind::InactiveSecure).await?;
    let new = with_serial(&old).map_err(|error| BackendError {
        operation: Operation::Edit,
        object: name,
        failure: Failure::new(FailureKind::InvalidDefinition, error.to_string()),
    })?;
    handle.redefine(id, old, new).await
}

fn with_serial(xml: &str) -> std::result::Result<String, crate::model::xml::XmlError> {
    let mut document = Document::parse(xml)?;
    document.ensure("devices")?;
    let there = document.root().child("devices").map(TextPort::all).unwrap_or_default();
    // Another viewer may have added it meanwhile.
    if !there.iter().any(TextPort::can_be_shown) {
        add(&mut document, &NewDevice::Serial)?;
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::with_serial;

    #[test]
    fn a_serial_port_is_added_once_and_the_rest_stays() {
        let xml = "<domain>\n  <devices>\n    <!-- mine -->\n    <serial type='file'><source path='/l'/></serial>\n  </devices>\n</domain>\n";
        let new = with_serial(xml).expect("well-formed");
        assert!(new.contains("<!-- mine -->") && new.contains("<serial type='pty'"), "{new}");
        assert_eq!(with_serial(&new).expect("well-formed"), new);
    }
}
