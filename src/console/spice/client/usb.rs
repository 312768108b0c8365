//! The USB devices of this computer, and those that the guest has.

use std::cell::{Cell, RefCell};

use spice_client_glib::{Session, UsbDevice, UsbDeviceManager, glib};

use super::connection::Client;
use crate::console::{
    extras::{Usb, UsbDevice as Device},
    spice::line::Extra,
};

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Devices {
    manager: RefCell<Option<UsbDeviceManager>>,
    known: RefCell<Vec<Known>>,
    channels: Cell<u32>,
    problem: RefCell<String>,
    /// The devices that were there before have been met.
    settled: Cell<bool>,
    last: Cell<u32>,
}

#[derive(Clone, Debug)]
struct Known {
    id: u32,
    device: UsbDevice,
    fresh: bool,
}

/// What a device says of itself: maker and name, and "vendor:product".
fn describe(device: &UsbDevice) -> (String, String) {
    let said = device.clone().description(Some("%1$s\n%2$s\n%3$s")).unwrap_or_default();
    let mut lines = said.split('\n').map(str::trim);
    let (maker, name) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let kind = lines.next().unwrap_or_default().trim_matches(['[', ']']);
    (format!("{maker} {name}").trim().to_owned(), kind.to_owned())
}

impl Client {
    /// The guest has one more channel for a USB device.
    pub(super) fn meet_usb(&self, session: &Session) {
        self.usb.channels.set(self.usb.channels.get() + 1);
        if self.usb.manager.borrow().is_none() && self.usb.problem.borrow().is_empty() {
            match UsbDeviceManager::get(session) {
                Ok(manager) => self.watch_usb(manager),
                Err(error) => {
                    self.usb.problem.replace(error.message().to_owned());
                }
            }
        }
        // Once the library has counted the channel, too.
        let weak = self.weak();
        glib::idle_add_local_once(move || {
            if let Some(this) = weak.upgrade() {
                this.tell_usb();
            }
        });
    }

    fn watch_usb(&self, manager: UsbDeviceManager) {
        let weak = self.weak();
        manager.connect_device_added(move |_, device| {
            if let Some(this) = weak.upgrade() {
                this.usb_added(device);
            }
        });
        let weak = self.weak();
        manager.connect_device_removed(move |_, device| {
            if let Some(this) = weak.upgrade() {
                this.usb.known.borrow_mut().retain(|known| known.device != *device);
                this.tell_usb();
            }
        });
        let weak = self.weak();
        manager.connect_device_error(move |_, device, error| {
            if let Some(this) = weak.upgrade() {
                this.tell(Extra::UsbFailed(describe(device).0, error.message().to_owned()));
                this.tell_usb();
            }
        });
        let weak = self.weak();
        manager.connect_free_channels_notify(move |_| {
            if let Some(this) = weak.upgrade() {
                this.tell_usb();
            }
        });
        for device in manager.devices() {
            self.remember(&device, false);
        }
        self.usb.manager.replace(Some(manager));
        // After the devices that the library has found already.
        let weak = self.weak();
        glib::source::idle_add_local_full(glib::Priority::LOW, move || {
            if let Some(this) = weak.upgrade() {
                this.usb.settled.set(true);
            }
            glib::ControlFlow::Break
        });
    }

    fn remember(&self, device: &UsbDevice, fresh: bool) -> u32 {
        let id = self.usb.last.get() + 1;
        self.usb.last.set(id);
        self.usb.known.borrow_mut().push(Known { id, device: device.clone(), fresh });
        id
    }

    fn usb_added(&self, device: &UsbDevice) {
        let manager = self.usb.manager.borrow().clone();
        // One that is made here is made for the guest.
        let disc = manager.is_some_and(|manager| manager.is_device_shared_cd(device));
        let id = self.remember(device, self.usb.settled.get() && !disc);
        self.tell_usb();
        if disc {
            self.connect_usb(id, true);
        }
    }

    fn tell_usb(&self) {
        let manager = self.usb.manager.borrow().clone();
        let channels = self.usb.channels.get();
        let free = manager.as_ref().map_or(0, UsbDeviceManager::free_channels);
        let device = |known: &Known| {
            let (name, kind) = describe(&known.device);
            let connected =
                manager.as_ref().is_some_and(|manager| manager.is_device_connected(&known.device));
            let obstacle =
                manager.as_ref().filter(|_| free > 0 && !connected).and_then(|manager| {
                    let error = manager.can_redirect_device(&known.device).err()?;
                    Some(error.message().to_owned())
                });
            let obstacle = obstacle.unwrap_or_default();
            Device { id: known.id, name, kind, connected, fresh: known.fresh, obstacle }
        };
        let devices = self.usb.known.borrow().iter().map(device).collect();
        let problem = self.usb.problem.borrow().clone();
        let free = u32::try_from(free).unwrap_or(0);
        self.tell(Extra::Usb(Usb { channels, free, devices, problem }));
    }

    pub(super) fn connect_usb(&self, id: u32, connect: bool) {
        let Some(manager) = self.usb.manager.borrow().clone() else { return };
        let found = self.usb.known.borrow().iter().find(|known| known.id == id).cloned();
        let Some(Known { device, .. }) = found else { return };
        let weak = self.weak();
        glib::MainContext::default().spawn_local(async move {
            let done = if connect {
                manager.connect_device_future(&device).await
            } else {
                manager.disconnect_device_future(&device).await
            };
            let Some(this) = weak.upgrade() else { return };
            if let Err(error) = done {
                this.tell(Extra::UsbFailed(describe(&device).0, error.message().to_owned()));
            }
            this.tell_usb();
        });
    }

    pub(super) fn add_disc(&self, path: &str) {
        let Some(manager) = self.usb.manager.borrow().clone() else { return };
        if let Err(error) = manager.create_shared_cd_device(path) {
            let name = path.rsplit('/').next().unwrap_or(path).to_owned();
            self.tell(Extra::UsbFailed(name, error.message().to_owned()));
        }
    }
}
