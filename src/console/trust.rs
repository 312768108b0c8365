//! The servers that the user trusts, kept in a file of the user's own.

use std::{
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::PathBuf,
    sync::Mutex,
};

use relm4::gtk::glib;

use super::{
    ConsoleError,
    helper::{Link, lock},
};
use crate::model::{KnownServers, LinkSecurity, ServerPlace, UntrustedServer};

/// Two consoles may change the file at a time.
static CHANGE: Mutex<()> = Mutex::new(());

fn file() -> PathBuf {
    glib::user_data_dir().join("posada/known-servers")
}

/// What the file says. Waits for the disk.
pub(super) fn known() -> KnownServers {
    KnownServers::parse(&std::fs::read_to_string(file()).unwrap_or_default())
}

/// Trusts a server by its certificate from now on. Waits for the disk.
///
/// # Errors
/// If the file cannot be written.
pub fn trust_server(server: &UntrustedServer) -> io::Result<()> {
    change(|known| {
        known.trust(&server.place, &server.certificate.fingerprint);
        true
    })
}

/// Takes a connection to a server from now on that is protected no better than
/// `security`. Waits for the disk.
///
/// # Errors
/// If the file cannot be written.
pub fn accept_weaker(place: &ServerPlace, security: LinkSecurity) -> io::Result<()> {
    change(|known| {
        known.lower(place, security);
        true
    })
}

fn change(with: impl FnOnce(&mut KnownServers) -> bool) -> io::Result<()> {
    let _one = lock(&CHANGE);
    let mut known = known();
    if !with(&mut known) {
        return Ok(());
    }
    let file = file();
    let folder = file.parent().unwrap_or(&file);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.as_file().set_permissions(std::fs::Permissions::from_mode(0o600))?;
    new.write_all(known.to_text().as_bytes())?;
    new.persist(file)?;
    Ok(())
}

/// What a helper has found out about the way to the server at `place`: kept,
/// or the reason why it is over.
pub(super) fn heard(place: &ServerPlace, link: Link) -> Result<(), ConsoleError> {
    match link {
        Link::Secured(security) => {
            // It only makes a later warning possible.
            if let Err(error) = change(|known| known.reached(place, security)) {
                tracing::warn!("cannot remember how {place} was reached: {error}");
            }
            Ok(())
        }
        Link::Weaker(security) => Err(ConsoleError::Weaker { place: place.clone(), security }),
        Link::Untrusted(certificate) => {
            let before = known().trusted_at(place).map(str::to_owned);
            Err(ConsoleError::Untrusted(Box::new(UntrustedServer {
                place: place.clone(),
                certificate: *certificate,
                before,
            })))
        }
        Link::NoTls(text) => Err(ConsoleError::Tls(text)),
        Link::WantsCertificate(text) => Err(ConsoleError::WantsCertificate(text)),
    }
}
