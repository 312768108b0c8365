//! Asking for a new disk: its size and its image's name, or an image that is there.

use gettextrs::gettext;
use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self},
};

use super::{DevicesCmd, DevicesInput, DevicesPage};
use crate::{
    backend::{BackendError, NewVolume},
    i18n::gettext_f,
    model::{
        PoolSummary, VolumeSummary,
        hardware::{Device, DeviceKind, all_fields},
        units::{GIB, parse_bytes},
    },
    ui::{
        dialogs::{Image, Purpose, choose_image},
        error,
        widgets::boxed_list,
        words::size,
    },
};

/// What a new disk has unless told, in bytes.
const USUAL_SIZE: &str = "20 GiB";

/// What an image is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageUse {
    /// A disk that is added.
    NewDisk,
    /// The disk or drive that is shown.
    Shown,
}

/// The pool for new disks and the names that are taken in it.
pub(crate) type DiskPlace = (PoolSummary, Vec<VolumeSummary>);

impl DevicesPage {
    /// Finds out where a new disk goes.
    pub(super) fn find_place_for_disk(&self, sender: &ComponentSender<Self>) {
        let handle = self.handle.clone();
        sender.oneshot_command(async move {
            let place = async {
                let pool = handle.default_pool().await?;
                let volumes = handle.volumes(pool.id).await?;
                Ok((pool, volumes))
            };
            DevicesCmd::DiskPlace(Box::new(place.await))
        });
    }

    /// Asks for size and name.
    pub(super) fn ask_for_disk(
        &mut self,
        place: Result<DiskPlace, BackendError>,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        let (pool, volumes) = match place {
            Ok(place) => place,
            Err(failed) => {
                self.problem = Some(error::describe(&failed));
                return;
            }
        };
        let taken: Vec<String> = volumes.into_iter().map(|volume| volume.name).collect();
        let amount = adw::EntryRow::builder().title(gettext("Size")).text(USUAL_SIZE).build();
        let name = adw::EntryRow::builder()
            .title(gettext("Name of the image"))
            .text(proposed(&self.name(), &taken))
            .build();
        let list = boxed_list(&[&amount, &name]);
        let free = size(pool.available);
        let dialog = adw::AlertDialog::builder()
            .heading(gettext("New Disk"))
            .body(gettext_f(
                "The image is made in the pool “{pool}” when you apply; {free} are free there. It takes up only what is written.",
                &[("pool", &pool.name), ("free", &free)],
            ))
            .extra_child(&list)
            .default_response("add")
            .close_response("cancel")
            .build();
        dialog.add_responses(&[
            ("cancel", &gettext("Cancel")),
            ("existing", &gettext("Existing Image…")),
            ("add", &gettext("Add")),
        ]);
        dialog.set_response_appearance("add", adw::ResponseAppearance::Suggested);
        let check = {
            let (amount, name, dialog) = (amount.clone(), name.clone(), dialog.downgrade());
            move || {
                let good = mark(&amount, capacity(&amount.text()).is_some())
                    & mark(&name, is_free(&name.text(), &taken));
                if let Some(dialog) = dialog.upgrade() {
                    dialog.set_response_enabled("add", good);
                }
            }
        };
        for row in [&amount, &name] {
            let check = check.clone();
            row.connect_changed(move |_| check());
        }
        let input = sender.input_sender().clone();
        let (size_row, name_row) = (amount.clone(), name.clone());
        dialog.connect_response(Some("existing"), {
            let input = input.clone();
            move |_, _| input.emit(DevicesInput::AskForImage(ImageUse::NewDisk))
        });
        dialog.connect_response(Some("add"), move |_, _| {
            let Some(capacity) = capacity(&size_row.text()) else { return };
            let image = NewVolume {
                pool: pool.id,
                name: name_row.text().trim().to_owned(),
                format: "qcow2".to_owned(),
                capacity,
                copy_of: None,
            };
            let folder = pool.path.clone().unwrap_or_default();
            let path = format!("{}/{}", folder.trim_end_matches('/'), image.name);
            input.emit(DevicesInput::AddDisk(path, image));
        });
        for row in [&amount, &name] {
            row.set_activates_default(true);
        }
        dialog.set_focus(Some(&amount));
        dialog.present(Some(root));
    }

    /// Asks for an image that the host has.
    pub(super) fn ask_for_image(
        &self,
        used: ImageUse,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        let drive = used == ImageUse::Shown && self.device().is_some_and(|shown| is_drive(&shown));
        let purpose = if drive { Purpose::Medium } else { Purpose::Disk };
        let input = sender.input_sender().clone();
        choose_image(root, self.handle.clone(), purpose, move |image| {
            input.emit(DevicesInput::ImageChosen(used, image));
        });
    }

    /// Adds a disk with this image.
    pub(super) fn add_image(&mut self, image: &Image, sender: &ComponentSender<Self>) {
        self.add_with(sender, |draft| draft.add_image(&image.path, &image.format));
    }

    /// Gives the disk that is shown another image, the drive another medium.
    pub(super) fn set_image(&mut self, image: &Image, sender: &ComponentSender<Self>) {
        let Some(device) = self.device().filter(|shown| shown.kind == DeviceKind::Disk) else {
            return;
        };
        let mut values = vec![("disk.source", &image.path)];
        if !is_drive(&device) {
            values.push(("disk.format", &image.format));
        }
        for (id, value) in values {
            if let Some(field) = all_fields().find(|field| field.id == id) {
                self.change(&None, field, Some(value), sender);
            }
        }
        self.show_page(sender);
    }
}

/// Whether it takes media, which the guest only reads and whose format is raw.
fn is_drive(device: &Device) -> bool {
    matches!(device.fact("device"), Some("cdrom" | "floppy"))
}

fn mark(row: &adw::EntryRow, good: bool) -> bool {
    if good {
        row.remove_css_class("error");
    } else {
        row.add_css_class("error");
    }
    good
}

/// A bare number counts in GiB, as people think of disks.
fn capacity(text: &str) -> Option<u64> {
    parse_bytes(text, GIB).filter(|bytes| *bytes >= 1 << 20)
}

fn is_free(name: &str, taken: &[String]) -> bool {
    let name = name.trim();
    !name.is_empty()
        && !name.contains(['/', '\n'])
        && !name.starts_with('.')
        && taken.iter().all(|other| other != name)
}

/// The first free name after the guest's.
fn proposed(guest: &str, taken: &[String]) -> String {
    let guest = guest.replace(['/', '\n'], "-");
    let mut names = (1..10_000).map(|number| format!("{guest}-{number}.qcow2"));
    names.find(|name| is_free(name, taken)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{capacity, is_free, proposed};

    #[test]
    fn names_and_sizes_are_those_of_images() {
        let taken = vec!["web-1.qcow2".to_owned()];
        assert_eq!(proposed("web", &taken), "web-2.qcow2");
        assert_eq!(proposed("a/b", &[]), "a-b-1.qcow2");
        assert!(!is_free("web-1.qcow2", &taken) && !is_free("../x", &taken) && !is_free(" ", &[]));
        assert_eq!(capacity("20"), Some(20 << 30));
        assert_eq!(capacity("512 MiB"), Some(512 << 20));
        assert_eq!(capacity("0"), None);
    }
}
