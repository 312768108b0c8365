//! How large a disk is, and making it larger.

use gettextrs::gettext;
use relm4::{
    ComponentSender, Sender, adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use super::{DevicesCmd, DevicesInput, DevicesPage, draft::Entry};
use crate::{
    backend::DiskSize,
    i18n::gettext_f,
    model::{
        hardware::{Device, DeviceKind},
        units::{GIB, parse_bytes},
    },
    ui::{
        error,
        widgets::boxed_list,
        words::{exact_size, size},
    },
};

/// The row of the disk that is shown.
#[derive(Debug)]
pub(super) struct SizeRow {
    /// Its disk.
    identity: String,
    row: adw::ActionRow,
    grow: gtk::Button,
}

impl SizeRow {
    /// The row of a disk; nothing for drives, whose media are as they are.
    pub(super) fn of(
        device: &Device,
        input: &Sender<DevicesInput>,
    ) -> Option<(Self, adw::PreferencesGroup)> {
        let is_disk = matches!(device.fact("device"), None | Some("disk"));
        // An NVMe drive of the host has no image that could be read or grow.
        let is_nvme = device.fact("type") == Some("nvme");
        if device.kind != DeviceKind::Disk || !is_disk || is_nvme {
            return None;
        }
        let row = adw::ActionRow::builder().title(gettext("Size")).use_markup(false).build();
        row.set_subtitle_lines(3);
        let grow = gtk::Button::builder()
            .label(gettext("Make Larger…"))
            .valign(gtk::Align::Center)
            .sensitive(false)
            .build();
        let out = input.clone();
        grow.connect_clicked(move |_| out.emit(DevicesInput::AskForSize));
        row.add_suffix(&grow);
        let group = adw::PreferencesGroup::new();
        group.add(&row);
        Some((Self { identity: device.identity.clone(), row, grow }, group))
    }

    fn show(&self, read: Result<DiskSize, String>) {
        self.grow.set_sensitive(read.as_ref().is_ok_and(|sizes| sizes.capacity > 0));
        self.row.set_subtitle(&match read {
            // What libvirt says of a file that is not there.
            Ok(sizes) if sizes.capacity == 0 => gettext("There is no image, or it is empty"),
            Ok(sizes) => gettext_f(
                "{capacity}, of which {used} are written",
                &[("capacity", &size(sizes.capacity)), ("used", &size(sizes.allocation))],
            ),
            Err(why) => why,
        });
    }
}

impl DevicesPage {
    /// Reads the size of the disk that is shown.
    pub(super) fn read_size(&mut self, sender: &ComponentSender<Self>) {
        self.disk_size = None;
        let (Some(row), Some(target), Some(id)) = (self.page.size_row(), self.target(), self.id)
        else {
            return;
        };
        let (handle, identity) = (self.handle.clone(), row.identity.clone());
        sender.oneshot_command(async move {
            DevicesCmd::DiskSize(identity, handle.disk_size(id, target).await)
        });
    }

    /// The target of the disk that is shown and that the guest has already.
    fn target(&self) -> Option<String> {
        let Entry::Device(identity) = &self.chosen else { return None };
        let had = self.draft.as_ref()?.had(identity)?;
        had.fact("target").map(str::to_owned)
    }

    /// Shows the size that was read, unless another disk is shown meanwhile.
    pub(super) fn size_was_read(
        &mut self,
        identity: &str,
        read: Result<DiskSize, crate::backend::BackendError>,
    ) {
        let Some(row) = self.page.size_row().filter(|row| row.identity == identity) else { return };
        self.disk_size = read.as_ref().ok().copied();
        row.show(read.map_err(|failed| error::describe(&failed).body));
    }

    /// Asks for the new size and makes the disk larger.
    pub(super) fn ask_for_size(
        &self,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(now) = self.disk_size else { return };
        let amount = adw::EntryRow::builder()
            .title(gettext("New size"))
            .text(exact_size(now.capacity))
            .activates_default(true)
            .build();
        let list = boxed_list(&[&amount]);
        let dialog = adw::AlertDialog::builder()
            .heading(gettext("Make the Disk Larger"))
            .body(gettext(
                "What is on it stays. The guest’s system then has to enlarge its partition and file system. A disk cannot be made smaller again.",
            ))
            .extra_child(&list)
            .default_response("grow")
            .close_response("cancel")
            .build();
        dialog.add_responses(&[("cancel", &gettext("Cancel")), ("grow", &gettext("Make Larger"))]);
        dialog.set_response_appearance("grow", adw::ResponseAppearance::Suggested);
        dialog.set_response_enabled("grow", false);
        amount.connect_changed(glib::clone!(
            #[weak]
            dialog,
            move |amount| {
                let good = wanted(&amount.text(), now.capacity).is_some();
                dialog.set_response_enabled("grow", good);
                let why = if good { String::new() } else { gettext("Type more than it has now") };
                amount.set_tooltip_text(Some(&why).filter(|_| !good).map(String::as_str));
                if good {
                    amount.remove_css_class("error");
                } else {
                    amount.add_css_class("error");
                }
                let widget: &gtk::Widget = amount.upcast_ref();
                widget.update_property(&[gtk::accessible::Property::Description(&why)]);
            }
        ));
        let input = sender.input_sender().clone();
        dialog.set_focus(Some(&amount));
        dialog.connect_response(Some("grow"), move |_, _| {
            if let Some(bytes) = wanted(&amount.text(), now.capacity) {
                input.emit(DevicesInput::Grow(bytes));
            }
        });
        dialog.present(Some(root));
    }

    /// Makes the disk that is shown larger.
    pub(super) fn grow(&mut self, bytes: u64, sender: &ComponentSender<Self>) {
        let (Some(device), Some(target), Some(id)) = (self.device(), self.target(), self.id) else {
            return;
        };
        let path = device.fact("source").unwrap_or_default().to_owned();
        let handle = self.handle.clone();
        self.busy = true;
        self.problem = None;
        sender.oneshot_command(async move {
            DevicesCmd::Grown(handle.grow_disk(id, target, path, bytes).await)
        });
    }

    /// The disk was made larger, or not.
    pub(super) fn grown(
        &mut self,
        done: Result<(), crate::backend::BackendError>,
        sender: &ComponentSender<Self>,
    ) {
        self.busy = false;
        match done {
            Ok(()) => {
                error::say(&self.toasts, &gettext("The disk is larger now"));
                self.learn(sender);
            }
            Err(failed) => self.failed(&failed),
        }
        self.read_size(sender);
    }
}

/// A bare number counts in GiB, as people think of disks; whole sectors only.
fn wanted(text: &str, now: u64) -> Option<u64> {
    parse_bytes(text, GIB).map(|bytes| bytes - bytes % 512).filter(|bytes| *bytes > now)
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn a_disk_only_grows() {
        assert_eq!(wanted("30", 20 << 30), Some(30 << 30));
        assert_eq!(wanted("20 GiB", 20 << 30), None);
        assert_eq!(wanted("1 MiB", 20 << 30), None);
        assert_eq!(wanted("much", 0), None);
        assert_eq!(wanted("1000 B", 0), Some(512));
    }
}
