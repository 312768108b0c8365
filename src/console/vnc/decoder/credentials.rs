//! What gvnc asks before a server lets it in.

use gvnc::{
    ConnectionAuth, ConnectionAuthVencrypt, ConnectionCredential,
    glib::{self, translate::IntoGlib},
};

use super::{connection::Decoder, greeting};
use crate::{
    console::{helper::Why, vnc::line::Report},
    model::Secret,
};

impl Decoder {
    pub(super) fn choose_type(&self, offered: &glib::ValueArray) {
        let offered: Vec<_> =
            offered.iter().filter_map(|value| value.get::<ConnectionAuth>().ok()).collect();
        // The greeting has put what was chosen within VeNCrypt in this frame.
        let framed =
            offered.contains(&ConnectionAuth::Vencrypt).then_some(ConnectionAuth::Vencrypt);
        match framed.or_else(|| greeting::best(&offered)) {
            Some(kind) => {
                let number = u32::try_from(kind.into_glib()).unwrap_or(0);
                let _ = self.connection.set_auth_type(number);
            }
            None => self.fail(Why::Security, &format!("{offered:?}")),
        }
    }

    /// Of TLS the kinds are those without, of `VeNCrypt` the one that the
    /// greeting has left.
    pub(super) fn choose_subtype(&self, kind: u32, offered: &glib::ValueArray) {
        let kinds: Vec<_> =
            offered.iter().filter_map(|value| value.get::<ConnectionAuth>().ok()).collect();
        let mut framed =
            offered.iter().filter_map(|value| value.get::<ConnectionAuthVencrypt>().ok());
        let chosen = greeting::best(&kinds).map(IntoGlib::into_glib);
        match chosen.or_else(|| framed.next().map(IntoGlib::into_glib)) {
            Some(number) => {
                let _ = self.connection.set_auth_subtype(u32::try_from(number).unwrap_or(0));
            }
            None => self.fail(Why::Security, &format!("{kind}: {kinds:?}")),
        }
    }

    pub(super) fn want(&self, wanted: &glib::ValueArray) {
        let wanted: Vec<_> =
            wanted.iter().filter_map(|value| value.get::<ConnectionCredential>().ok()).collect();
        let user = wanted.contains(&ConnectionCredential::Username);
        let asks = user || wanted.contains(&ConnectionCredential::Password);
        *self.wanted.borrow_mut() = wanted;
        if asks {
            self.reporter.say(&Report::WantsCredentials { user });
        } else {
            self.answer("", &Secret::new(String::new()));
        }
    }

    pub(super) fn answer(&self, user: &str, password: &Secret) {
        let wanted = std::mem::take(&mut *self.wanted.borrow_mut());
        for kind in wanted {
            let value = match kind {
                ConnectionCredential::Password => password.expose(),
                ConnectionCredential::Username => user,
                // The folder of certificates below pki/ that gvnc looks in.
                ConnectionCredential::Clientname => "libvirt",
                _ => continue,
            };
            let _ = self.connection.set_credential(kind.into_glib(), value);
        }
    }
}
