//! Taking a device away; of a disk, its image stays unless that is asked for.

use gettextrs::gettext;
use relm4::{ComponentSender, adw, adw::prelude::*, gtk};

use super::{DevicesInput, DevicesPage};
use crate::{
    backend::{BackendError, ConnectionHandle},
    i18n::gettext_f,
    model::{
        DomainId,
        hardware::{Device, DeviceKind},
    },
    ui::{error, error::UserMessage},
};

impl DevicesPage {
    /// Takes the device that is shown away, after a question where it has data.
    pub(super) fn ask_to_remove(
        &mut self,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(device) = self.device() else { return };
        // An image that is yet to be made holds nothing.
        let there = self.draft.as_ref().is_some_and(|draft| draft.had(&device.identity).is_some());
        match image(&device).filter(|_| there && self.id.is_some()) {
            Some(path) => ask(path, root, sender),
            None => self.remove(None, sender),
        }
    }

    /// Takes the device that is shown away, and its image once that is applied.
    pub(super) fn remove(&mut self, image: Option<String>, sender: &ComponentSender<Self>) {
        let Some(device) = self.device() else { return };
        self.edit(sender, |draft| draft.remove(&device, image));
        self.show_all(sender);
    }
}

/// The file of a disk that only it may have.
fn image(device: &Device) -> Option<&str> {
    let is_disk = matches!(device.fact("device"), None | Some("disk"));
    device
        .fact("source")
        .filter(|path| device.kind == DeviceKind::Disk && is_disk && path.starts_with('/'))
}

fn ask(path: &str, root: &impl IsA<gtk::Widget>, sender: &ComponentSender<DevicesPage>) {
    let body = gettext_f(
        "Its image can stay on the host, to be used again. If it is deleted, all that is on it is lost as soon as you apply: {path}",
        &[("path", path)],
    );
    let dialog = adw::AlertDialog::new(Some(&gettext("Remove the Disk?")), Some(&body));
    dialog.add_responses(&[
        ("cancel", &gettext("Cancel")),
        ("remove", &gettext("Remove")),
        ("delete", &gettext("Remove and Delete Image")),
    ]);
    dialog.set_response_appearance("delete", adw::ResponseAppearance::Destructive);
    dialog.set_default_response(Some("cancel"));
    dialog.set_close_response("cancel");
    let input = sender.input_sender().clone();
    dialog.connect_response(Some("remove"), move |_, _| input.emit(DevicesInput::Remove(None)));
    let (input, path) = (sender.input_sender().clone(), path.to_owned());
    dialog.connect_response(Some("delete"), move |_, _| {
        input.emit(DevicesInput::Remove(Some(path.clone())));
    });
    dialog.present(Some(root));
}

/// Deletes the images of disks that are gone. The first that is left is told.
pub(super) async fn delete_images(
    handle: &ConnectionHandle,
    id: DomainId,
    images: Vec<String>,
) -> Option<BackendError> {
    let mut left = None;
    for path in images {
        let deleted = handle.delete_unused_image(id, path).await;
        left = left.or(deleted.err());
    }
    left
}

/// The guest is changed, but an image is still there.
pub(super) fn image_left(failed: &BackendError) -> UserMessage {
    let said = error::describe(failed);
    UserMessage {
        title: gettext("Image Not Deleted"),
        body: gettext_f(
            "The disk is removed, but its image is still there: {path}",
            &[("path", &failed.object)],
        ),
        detail: if said.detail.is_empty() { said.body } else { said.detail },
    }
}
