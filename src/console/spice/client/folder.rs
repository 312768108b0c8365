//! A folder that the guest may see, by `WebDAV`. Its channel is connected only
//! while one is shared.

use std::cell::{Cell, RefCell};

use spice_client_glib::{ChannelEvent, PortChannel, WebdavChannel, glib::prelude::*, prelude::*};

use super::connection::Client;
use crate::console::{extras::Folder, spice::line::Extra};

/// The shared folder.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    channel: RefCell<Option<WebdavChannel>>,
    shared: Cell<bool>,
}

impl Client {
    pub(super) fn meet_webdav(&self, channel: &WebdavChannel) {
        self.sharing.channel.replace(Some(channel.clone()));
        let weak = self.weak();
        channel.upcast_ref::<PortChannel>().connect_port_opened_notify(move |_| {
            if let Some(this) = weak.upgrade() {
                this.tell_folder();
            }
        });
        self.tell_folder();
    }

    fn tell_folder(&self) {
        let channel = self.sharing.channel.borrow().clone();
        let folder = match channel {
            None => Folder::Absent,
            Some(_) if !self.sharing.shared.get() => Folder::Possible,
            Some(channel) if channel.is_port_opened() => Folder::Shared,
            Some(_) => Folder::Waiting,
        };
        self.tell(Extra::Folder(folder));
    }

    pub(super) fn share_folder(&self, path: &str, read_only: bool) {
        let (Some(session), Some(channel)) =
            (self.session(), self.sharing.channel.borrow().clone())
        else {
            return;
        };
        // In this order: at no time may the guest write where it must not.
        session.set_share_dir_ro(true);
        session.set_shared_dir(Some(path));
        session.set_share_dir_ro(read_only);
        if !self.sharing.shared.replace(true) {
            ChannelExt::connect(&channel);
        }
        self.tell_folder();
    }

    pub(super) fn stop_folder(&self) {
        if let Some(session) = self.session() {
            session.set_share_dir_ro(true);
            session.set_shared_dir(None);
        }
        self.sharing.shared.set(false);
        if let Some(channel) = &*self.sharing.channel.borrow() {
            ChannelExt::disconnect(channel, ChannelEvent::None);
        }
        self.tell_folder();
    }

    /// The channel ended by itself.
    pub(super) fn folder_lost(&self) {
        if self.sharing.shared.get() {
            self.stop_folder();
        }
    }
}
