//! Asking which hardware to add.

use std::rc::Rc;

use gettextrs::gettext;
use relm4::{
    ComponentSender, Sender, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::{DevicesCmd, DevicesInput, DevicesPage, draft::Draft, words};
use crate::model::hardware::{Device, DeviceKind, Need, NewDevice};

impl DevicesPage {
    /// Opens the list of what can be added.
    pub(super) fn ask_what_to_add(
        &self,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(draft) = &self.draft else { return };
        let dialog = dialog(&gettext("Add Hardware"));
        let group = adw::PreferencesGroup::builder()
            .description(gettext(
                "It is added with usual settings, which you can change before you apply.",
            ))
            .build();
        let remark = remark(draft, &draft.new_disk(), DeviceKind::Disk);
        let disk = row(words::kind_icon(DeviceKind::Disk), &words::kind(DeviceKind::Disk), &remark);
        connect(&disk, &dialog, sender.input_sender(), || DevicesInput::AskForDisk);
        group.add(&disk);
        for new in NewDevice::usual() {
            let Some(device) = new.preview() else { continue };
            let remark = self::remark(draft, &new, device.kind);
            let row = row(words::icon(&device), &title(&new, &device), &remark);
            row.set_sensitive(!draft.is_full(device.kind));
            connect(&row, &dialog, sender.input_sender(), move || DevicesInput::Add(new.clone()));
            group.add(&row);
        }
        let title = gettext("Device of the Host…");
        let host = row(words::kind_icon(DeviceKind::Hostdev), &title, "");
        let (open, closing) = (sender.clone(), dialog.clone());
        let handle = self.handle.clone();
        host.connect_activated(move |_| {
            closing.close();
            let handle = handle.clone();
            open.oneshot_command(
                async move { DevicesCmd::HostDevices(handle.node_devices().await) },
            );
        });
        group.add(&host);
        fill(&dialog, &group);
        dialog.present(Some(root));
    }
}

pub(super) fn dialog(title: &str) -> adw::Dialog {
    adw::Dialog::builder().title(title).content_width(440).content_height(560).build()
}

pub(super) fn fill(dialog: &adw::Dialog, group: &adw::PreferencesGroup) {
    let page = adw::PreferencesPage::new();
    page.add(group);
    let view = adw::ToolbarView::builder().content(&page).build();
    view.add_top_bar(&adw::HeaderBar::new());
    dialog.set_child(Some(&view));
}

pub(super) fn row(icon: &str, title: &str, subtitle: &str) -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(subtitle)
        .use_markup(false)
        .activatable(true)
        .build();
    // Why it is disabled stays legible.
    row.add_css_class("says-why");
    row.add_prefix(&gtk::Image::from_icon_name(icon));
    row
}

pub(super) fn connect(
    row: &adw::ActionRow,
    dialog: &adw::Dialog,
    input: &Sender<DevicesInput>,
    message: impl Fn() -> DevicesInput + 'static,
) {
    let (out, dialog, message) = (input.clone(), dialog.clone(), Rc::new(message));
    row.connect_activated(move |_| {
        dialog.close();
        out.emit(message());
    });
}

/// What a new device is called in the list.
fn title(new: &NewDevice, device: &Device) -> String {
    match new {
        NewDevice::AgentChannel => gettext("Guest Agent Channel"),
        NewDevice::SpiceAgentChannel => gettext("SPICE Agent Channel"),
        NewDevice::VdagentChannel => gettext("Clipboard Channel for Any Console"),
        NewDevice::WebdavChannel => gettext("SPICE Folder Channel"),
        _ => words::what(device),
    }
}

/// When it comes, what comes with it, or why it cannot be.
pub(super) fn remark(draft: &Draft, new: &NewDevice, kind: DeviceKind) -> String {
    if draft.is_full(kind) {
        return gettext("The guest has one, and can have no other");
    }
    let when = draft.can_be_now(new).map(|now| {
        if now { gettext("Can be added now") } else { gettext("From the next start on") }
    });
    let needs = draft.needs(new).into_iter().map(|need| match need {
        Need::SharedMemory => gettext("makes the memory shared"),
        Need::RoomForModules => gettext("makes a NUMA node and room for modules"),
        Need::ScsiController => gettext("adds a SCSI controller"),
        Need::UsbController => gettext("adds a USB controller"),
    });
    when.into_iter().chain(needs).collect::<Vec<_>>().join(" · ")
}
