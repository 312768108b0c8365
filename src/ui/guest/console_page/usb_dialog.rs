//! The USB devices of this computer, with a switch for each that the guest has.

use std::{cell::RefCell, rc::Rc};

use gettextrs::gettext;
use relm4::{
    Sender,
    adw::{self, prelude::*},
    gtk::{self, gio, glib},
};

use super::{ConsoleInput, sharing::ShareInput};
use crate::{
    config::APP_ID,
    console::{Obstacle, Usb, UsbDevice, UsbFailure, UsbProblem},
    i18n::{gettext_f, ngettext_f},
    ui::error::UserMessage,
};

/// The dialog, while it is open.
#[derive(Debug)]
pub(super) struct UsbDialog {
    dialog: adw::Dialog,
    messages: adw::ToastOverlay,
    stack: gtk::Stack,
    problem: adw::StatusPage,
    group: adw::PreferencesGroup,
    rows: RefCell<Vec<Row>>,
    input: Sender<ConsoleInput>,
    /// Whether the answer "always" is kept.
    keeps: bool,
}

#[derive(Debug)]
struct Row {
    id: u32,
    switch: adw::SwitchRow,
    watch: glib::SignalHandlerId,
}

/// How a device is called: some do not say.
pub(super) fn name(device: &UsbDevice) -> String {
    if device.name.is_empty() {
        gettext_f("USB device {number}", &[("number", &device.kind)])
    } else {
        device.name.clone()
    }
}

/// Why no devices can be seen, and what to do; empty if they can.
pub(super) fn problem(problem: &UsbProblem) -> String {
    match problem {
        UsbProblem::None => String::new(),
        UsbProblem::Said(why) => why.clone(),
        UsbProblem::NoPortal => gettext_f(
            "This desktop does not hand USB devices to programs in a sandbox, which Posada is in; xdg-desktop-portal does since 1.19.1. Without it, this command gives access: {command}",
            &[("command", &format!("flatpak override --user --device=usb {APP_ID}"))],
        ),
        UsbProblem::Forbidden => gettext(
            "Posada is not allowed to use USB devices. Allow it in your desktop’s settings, then open this console anew.",
        ),
    }
}

/// What went wrong with a device.
pub(super) fn failure(device: &str, why: UsbFailure) -> UserMessage {
    let not_connected =
        || gettext_f("“{device}” could not be connected to the guest", &[("device", device)]);
    match why {
        UsbFailure::Refused => UserMessage {
            title: not_connected(),
            body: gettext(
                "The desktop did not hand it over: its question was answered with no, or could not be asked.",
            ),
            detail: String::new(),
        },
        UsbFailure::NotConnected(detail) => UserMessage {
            title: not_connected(),
            body: gettext(
                "Another program may use it, or you may not be allowed to. Details say more.",
            ),
            detail,
        },
        UsbFailure::Lost(detail) => UserMessage {
            title: gettext_f("The guest has lost “{device}”", &[("device", device)]),
            body: gettext("It was unplugged, or does not answer any more. Details say more."),
            detail,
        },
    }
}

fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::None => String::new(),
        Obstacle::Said(why) => why.clone(),
        Obstacle::Rights => gettext(
            "Only the administrator may use it on this computer, unless a udev rule allows more",
        ),
    }
}

impl UsbDialog {
    pub(super) fn new(input: &Sender<ConsoleInput>, keeps: bool) -> Rc<Self> {
        let group = adw::PreferencesGroup::new();
        let disc = adw::ButtonRow::builder()
            .title(gettext("Insert a Disc Image…"))
            .start_icon_name("media-optical-symbolic")
            .build();
        let discs = adw::PreferencesGroup::builder()
            .description(gettext("The guest gets it as a disc in a USB drive, from this computer."))
            .build();
        discs.add(&disc);
        let page = adw::PreferencesPage::new();
        page.add(&group);
        page.add(&discs);
        let problem = adw::StatusPage::builder().icon_name("media-removable-symbolic").build();
        let stack = gtk::Stack::new();
        stack.add_named(&page, Some("devices"));
        stack.add_named(&problem, Some("problem"));
        let messages = adw::ToastOverlay::new();
        messages.set_child(Some(&stack));
        let view = adw::ToolbarView::builder().content(&messages).build();
        view.add_top_bar(&adw::HeaderBar::new());
        let dialog = adw::Dialog::builder()
            .title(gettext("USB Devices"))
            .content_width(460)
            .content_height(480)
            .child(&view)
            .build();
        let emit = input.clone();
        disc.connect_activated(move |row| {
            let window = row.root().and_downcast::<gtk::Window>();
            let emit = emit.clone();
            glib::MainContext::default().spawn_local(async move {
                let chooser =
                    gtk::FileDialog::builder().title(gettext("Choose a Disc Image")).build();
                let chosen = chooser.open_future(window.as_ref()).await.ok();
                let path = chosen.as_ref().and_then(gio::File::path);
                if let Some(path) = path.as_deref().and_then(|path| path.to_str()) {
                    emit.emit(ConsoleInput::Share(ShareInput::UsbDisc(path.to_owned())));
                }
            });
        });
        let (rows, input) = (RefCell::default(), input.clone());
        Rc::new(Self { dialog, messages, stack, problem, group, rows, input, keeps })
    }

    pub(super) fn present(&self, parent: &impl IsA<gtk::Widget>) {
        self.dialog.present(Some(parent));
    }

    /// Where messages are seen, while the dialog stands before everything else.
    pub(super) fn messages(&self) -> Option<&adw::ToastOverlay> {
        Some(&self.messages).filter(|messages| messages.is_mapped())
    }

    /// Shows the devices as they are now.
    pub(super) fn update(&self, usb: &Usb, always: &[String]) {
        let problem = if usb.channels == 0 {
            Some((
                gettext("No USB Redirection"),
                gettext("This guest has no USB redirectors. Add some on its Hardware page."),
            ))
        } else if usb.asks || usb.problem == UsbProblem::None {
            // Disc images do without the desktop.
            None
        } else {
            Some((gettext("USB Devices Cannot Be Seen"), problem(&usb.problem)))
        };
        if let Some((title, text)) = &problem {
            self.problem.set_title(title);
            self.problem.set_description(Some(&glib::markup_escape_text(text)));
        }
        self.stack.set_visible_child_name(if problem.is_some() { "problem" } else { "devices" });
        self.group.set_title(&ngettext_f(
            "{n} more device can be connected",
            "{n} more devices can be connected",
            usb.free,
            &[("n", &usb.free.to_string())],
        ));
        let description = match self::problem(&usb.problem) {
            problem if !problem.is_empty() => Some(problem),
            _ if usb.devices.is_empty() => Some(gettext(
                "No USB device is plugged into this computer, or none that it lets you see.",
            )),
            _ => None,
        };
        let description = description.map(|text| glib::markup_escape_text(&text));
        self.group.set_description(description.as_deref());
        self.fill(usb, always);
        for (Row { switch: row, watch, .. }, device) in self.rows.borrow().iter().zip(&usb.devices)
        {
            row.set_title(&name(device));
            row.block_signal(watch);
            row.set_active(device.connected);
            row.unblock_signal(watch);
            let obstacle = match device {
                device if device.connected => String::new(),
                _ if usb.free == 0 => gettext("All of the guest’s USB redirectors are taken"),
                device => obstacle(&device.obstacle),
            };
            row.set_sensitive(obstacle.is_empty());
            row.set_subtitle(if obstacle.is_empty() { &device.kind } else { &obstacle });
        }
    }

    /// Makes the rows those of the devices. What stays keeps its row, and with
    /// it the keyboard; what is new comes last.
    fn fill(&self, usb: &Usb, always: &[String]) {
        let mut rows = self.rows.borrow_mut();
        rows.retain(|Row { id, switch, .. }| {
            let stays = usb.devices.iter().any(|device| device.id == *id);
            if !stays {
                self.group.remove(switch);
            }
            stays
        });
        for device in usb.devices.iter().skip(rows.len()) {
            let row = adw::SwitchRow::builder().use_markup(false).build();
            if self.keeps {
                row.add_suffix(&self.always(device, always.contains(&device.kind)));
            }
            let (emit, id) = (self.input.clone(), device.id);
            let watch = row.connect_active_notify(move |row| {
                let connect = row.is_active();
                emit.emit(ConsoleInput::Share(ShareInput::Usb { id, connect }));
            });
            self.group.add(&row);
            rows.push(Row { id, switch: row, watch });
        }
    }

    fn always(&self, device: &UsbDevice, always: bool) -> gtk::ToggleButton {
        let label = gettext("Always Connect to This Guest");
        let button = gtk::ToggleButton::builder()
            .icon_name("view-pin-symbolic")
            .tooltip_text(&label)
            .active(always)
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build();
        button.update_property(&[gtk::accessible::Property::Label(&label)]);
        let (emit, kind) = (self.input.clone(), device.kind.clone());
        button.connect_toggled(move |button| {
            let (kind, always) = (kind.clone(), button.is_active());
            emit.emit(ConsoleInput::Share(ShareInput::UsbAlways { kind, always }));
        });
        button
    }
}

/// Asks whether the guest is to have a device that was just plugged in;
/// whether it is, and whether always.
pub(super) async fn ask(
    parent: &impl IsA<gtk::Widget>,
    device: &UsbDevice,
    guest: &str,
    keeps: bool,
) -> (bool, bool) {
    let always = gtk::CheckButton::with_label(&gettext("Always for this guest"));
    always.set_visible(keeps);
    let dialog = adw::AlertDialog::builder()
        .heading(gettext("Connect USB Device to the Guest?"))
        .body(gettext_f(
            "“{device}” was plugged in. While “{guest}” has it, this computer does not.",
            &[("device", &name(device)), ("guest", guest)],
        ))
        .extra_child(&always)
        .close_response("keep")
        .build();
    dialog.add_response("keep", &gettext("Keep Here"));
    dialog.add_response("connect", &gettext("Connect"));
    let answer = dialog.choose_future(Some(parent)).await;
    (answer == "connect", keeps && always.is_active())
}
