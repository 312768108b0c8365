//! The USB devices of this computer, and those that the guest has.
//!
//! The library finds them on the bus itself; in a sandbox the desktop tells
//! of them, and opens them ([`portal`], [`desk`]).

mod desk;
mod portal;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use spice_client_glib::{Session, UsbDevice, UsbDeviceManager, glib};

use self::desk::{Desk, Offered};
use super::connection::Client;
use crate::console::{
    extras::{Obstacle, Usb, UsbDevice as Device, UsbFailure, UsbProblem},
    spice::line::Extra,
};

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Devices {
    manager: RefCell<Option<UsbDeviceManager>>,
    known: RefCell<Vec<Known>>,
    channels: Cell<u32>,
    problem: RefCell<UsbProblem>,
    /// The devices that were there before have been met.
    settled: Cell<bool>,
    last: Cell<u32>,
    desk: RefCell<Option<Desk>>,
}

#[derive(Clone, Debug)]
struct Known {
    id: u32,
    place: Place,
    fresh: bool,
}

/// Where a device comes from.
#[derive(Clone, Debug)]
enum Place {
    /// The library found it, or made it.
    Bus(UsbDevice),
    /// The desktop offers it.
    Desk(Rc<Offered>),
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
        if self.usb.manager.borrow().is_none() && *self.usb.problem.borrow() == UsbProblem::None {
            match UsbDeviceManager::get(session) {
                Ok(manager) => {
                    if portal::is_needed() {
                        self.ask_desk_for_usb();
                    }
                    self.watch_usb(&manager);
                }
                Err(error) => {
                    self.usb.problem.replace(UsbProblem::Said(error.message().to_owned()));
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

    fn watch_usb(&self, manager: &UsbDeviceManager) {
        let weak = self.weak();
        manager.connect_device_added(move |_, device| {
            if let Some(this) = weak.upgrade() {
                this.usb_added(device);
            }
        });
        let weak = self.weak();
        manager.connect_device_removed(move |_, device| {
            if let Some(this) = weak.upgrade() {
                let is_it = |known: &Known| matches!(&known.place, Place::Bus(it) if it == device);
                this.usb.known.borrow_mut().retain(|known| !is_it(known));
                this.tell_usb();
            }
        });
        let weak = self.weak();
        manager.connect_device_error(move |_, device, error| {
            if let Some(this) = weak.upgrade() {
                let name = this.desk_lost(device).unwrap_or_else(|| describe(device).0);
                let why = UsbFailure::Lost(error.message().to_owned());
                this.tell(Extra::UsbFailed(name, why));
                this.tell_usb();
            }
        });
        let weak = self.weak();
        manager.connect_free_channels_notify(move |_| {
            if let Some(this) = weak.upgrade() {
                this.tell_usb();
            }
        });
        self.usb.manager.replace(Some(manager.clone()));
        for device in manager.devices().iter().filter(|device| self.is_for_us(device)) {
            self.remember(Place::Bus(device.clone()), false);
        }
        // After the devices that the library has found already.
        let weak = self.weak();
        glib::source::idle_add_local_full(glib::Priority::LOW, move || {
            if let Some(this) = weak.upgrade() {
                this.usb.settled.set(true);
            }
            glib::ControlFlow::Break
        });
    }

    fn remember(&self, place: Place, fresh: bool) -> u32 {
        let id = self.usb.last.get() + 1;
        self.usb.last.set(id);
        self.usb.known.borrow_mut().push(Known { id, place, fresh });
        id
    }

    /// Whether it is a disc that was made here.
    fn is_disc(&self, device: &UsbDevice) -> bool {
        let manager = self.usb.manager.borrow();
        manager.as_ref().is_some_and(|manager| manager.is_device_shared_cd(device))
    }

    /// Whether the library can open what it has found: in a sandbox it finds
    /// devices in `/sys`, but not their files. Those the desktop offers.
    fn is_for_us(&self, device: &UsbDevice) -> bool {
        self.usb.desk.borrow().is_none() || self.is_disc(device)
    }

    fn usb_added(&self, device: &UsbDevice) {
        if !self.is_for_us(device) {
            return;
        }
        // One that is made here is made for the guest.
        let disc = self.is_disc(device);
        let fresh = self.usb.settled.get() && !disc;
        let id = self.remember(Place::Bus(device.clone()), fresh);
        self.tell_usb();
        if disc {
            self.connect_usb(id, true, "");
        }
    }

    fn tell_usb(&self) {
        let manager = self.usb.manager.borrow().clone();
        let channels = self.usb.channels.get();
        let free = manager.as_ref().map_or(0, UsbDeviceManager::free_channels);
        let on_bus = |device: &UsbDevice| {
            let (name, kind) = describe(device);
            let connected =
                manager.as_ref().is_some_and(|manager| manager.is_device_connected(device));
            let obstacle =
                manager.as_ref().filter(|_| free > 0 && !connected).and_then(|manager| {
                    let error = manager.can_redirect_device(device).err()?;
                    Some(Obstacle::Said(error.message().to_owned()))
                });
            let obstacle = obstacle.unwrap_or_default();
            Device { name, kind, connected, obstacle, ..Device::default() }
        };
        let device = |known: &Known| Device {
            id: known.id,
            fresh: known.fresh,
            ..match &known.place {
                Place::Bus(device) => on_bus(device),
                Place::Desk(offered) => offered.told(),
            }
        };
        let devices = self.usb.known.borrow().iter().map(device).collect();
        let problem = self.usb.problem.borrow().clone();
        let free = u32::try_from(free).unwrap_or(0);
        let asks = self.usb.desk.borrow().is_some();
        self.tell(Extra::Usb(Usb { channels, free, devices, problem, asks }));
    }

    /// Gives a device to the guest, or takes it back. `window` is the one that
    /// a question of the desktop belongs to.
    pub(super) fn connect_usb(&self, id: u32, connect: bool, window: &str) {
        let Some(manager) = self.usb.manager.borrow().clone() else { return };
        let found = self.usb.known.borrow().iter().find(|known| known.id == id).cloned();
        let device = match found.map(|known| known.place) {
            Some(Place::Bus(device)) => device,
            Some(Place::Desk(offered)) => {
                self.want(&offered, connect, window);
                return self.tell_usb();
            }
            None => return,
        };
        let weak = self.weak();
        glib::MainContext::default().spawn_local(async move {
            let done = if connect {
                manager.connect_device_future(&device).await
            } else {
                manager.disconnect_device_future(&device).await
            };
            let Some(this) = weak.upgrade() else { return };
            if let Err(error) = done {
                let why = UsbFailure::NotConnected(error.message().to_owned());
                this.tell(Extra::UsbFailed(describe(&device).0, why));
            }
            this.tell_usb();
        });
    }

    pub(super) fn add_disc(&self, path: &str) {
        let Some(manager) = self.usb.manager.borrow().clone() else { return };
        if let Err(error) = manager.create_shared_cd_device(path) {
            let name = path.rsplit('/').next().unwrap_or(path).to_owned();
            let why = UsbFailure::NotConnected(error.message().to_owned());
            self.tell(Extra::UsbFailed(name, why));
        }
    }
}
