//! Console passwords in the desktop's keyring (Secret Service).

use std::collections::HashMap;

use gettextrs::gettext;
use libsecret::{Schema, SchemaAttributeType, SchemaFlags};
use relm4::gtk::gio;
use tokio::sync::oneshot;

use crate::{
    i18n::gettext_f,
    model::{DomainId, Secret, Viewer},
};

/// Which guest a password is for: its UUID and its host's URI.
#[derive(Clone, Debug)]
pub(super) struct Key {
    uuid: String,
    uri: String,
}

impl Key {
    pub(super) fn new(guest: DomainId, uri: String) -> Self {
        Self { uuid: guest.to_string(), uri }
    }

    /// For a server that no host stands behind.
    pub(super) fn of_server(server: &Viewer) -> Self {
        let uri = format!("{}://{}", server.protocol.name(), server.place);
        Self { uuid: String::new(), uri }
    }

    fn attributes(&self) -> HashMap<&str, &str> {
        HashMap::from([("uuid", self.uuid.as_str()), ("uri", self.uri.as_str())])
    }
}

fn schema() -> Schema {
    let text = SchemaAttributeType::String;
    let attributes = HashMap::from([("uuid", text), ("uri", text)]);
    Schema::new("io.github.posada_vm.Posada.Console", SchemaFlags::NONE, attributes)
}

/// The password kept for a guest; nothing where there is none, or no keyring.
pub(super) async fn look_up(key: &Key) -> Option<Secret> {
    let (tell, told) = oneshot::channel();
    libsecret::password_lookup(
        Some(&schema()),
        key.attributes(),
        None::<&gio::Cancellable>,
        move |found| {
            // Nobody waits if the window was closed meanwhile.
            let _ = tell.send(found);
        },
    );
    match told.await.ok()? {
        Ok(password) => password.map(|text| Secret::new(text.to_string())),
        Err(error) => {
            tracing::info!("no keyring: {error}");
            None
        }
    }
}

/// Keeps a password.
///
/// # Errors
/// The keyring's own words.
pub(super) async fn keep(key: &Key, guest: &str, password: &Secret) -> Result<(), String> {
    let (tell, told) = oneshot::channel();
    // Translators: name of an entry in the user's keyring
    let label = gettext_f("Console of “{guest}”", &[("guest", guest)]);
    libsecret::password_store(
        Some(&schema()),
        key.attributes(),
        Some(libsecret::COLLECTION_DEFAULT),
        &label,
        password.expose(),
        None::<&gio::Cancellable>,
        move |done| {
            let _ = tell.send(done);
        },
    );
    match told.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(gettext("The keyring did not answer.")),
    }
}

/// Forgets a password that is wrong, or no longer to be kept.
pub(super) fn forget(key: &Key) {
    libsecret::password_clear(
        Some(&schema()),
        key.attributes(),
        None::<&gio::Cancellable>,
        |done| {
            if let Err(error) = done {
                tracing::info!("no keyring: {error}");
            }
        },
    );
}
