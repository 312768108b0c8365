//! The USB devices that the desktop offers, and those that it has handed over.

use std::{
    cell::{Cell, RefCell},
    os::fd::{AsRawFd, OwnedFd},
    rc::Rc,
};

use spice_client_glib::{UsbDevice, UsbDeviceManager, glib};
use tokio::sync::mpsc::{self, UnboundedSender};

use super::{
    Client, Known, Place,
    portal::{self, News, Offer, Wish},
};
use crate::console::{
    extras::{Obstacle, UsbDevice as Device, UsbFailure, UsbProblem},
    spice::line::Extra,
};

/// Where wishes are heard.
#[derive(Debug)]
pub(super) struct Desk(UnboundedSender<Wish>);

/// A device that the desktop offers.
#[derive(Debug)]
pub(super) struct Offered {
    offer: RefCell<Offer>,
    /// Whether the guest is to have it: the user may change his mind while
    /// the desktop asks.
    wanted: Cell<bool>,
    /// The portal that offered it is gone; the guest keeps what it has.
    orphaned: Cell<bool>,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
enum State {
    /// It is the desktop's.
    #[default]
    There,
    /// The desktop was asked for it, or it is on its way to the guest or back.
    Underway,
    /// The guest has it.
    Held(Held),
}

/// A device that was handed over.
#[derive(Debug)]
struct Held {
    device: UsbDevice,
    /// The library uses it and does not close it: libusb keeps what it was
    /// given (`libusb_wrap_sys_device`).
    _opened: OwnedFd,
}

impl Offered {
    fn name(&self) -> String {
        self.offer.borrow().name.clone()
    }

    fn key(&self) -> String {
        self.offer.borrow().key.clone()
    }

    /// Whether the guest has it, and keeps it without the portal: what is
    /// opened stays open.
    fn outlives_the_portal(&self) -> bool {
        let held = matches!(&*self.state.borrow(), State::Held(_));
        self.orphaned.set(held);
        held
    }

    /// As the program is told of it.
    pub(super) fn told(&self) -> Device {
        let Offer { name, kind, writable, .. } = self.offer.borrow().clone();
        let obstacle = if writable { Obstacle::None } else { Obstacle::Rights };
        Device { name, kind, obstacle, connected: self.wanted.get(), ..Device::default() }
    }
}

/// Makes a device of one that the desktop has opened.
fn device_of(manager: &UsbDeviceManager, opened: &OwnedFd) -> Result<UsbDevice, glib::Error> {
    let made = manager.allocate_device_for_file_descriptor(opened.as_raw_fd())?;
    let no_device = || glib::Error::new(spice_client_glib::ClientError::Failed, "no device");
    let device = made.ok_or_else(no_device)?;
    // spice-gtk 0.42 gives back a reference to libusb's device that it did not
    // take; this is the one that it gives back.
    std::mem::forget(device.libusb_device());
    Ok(device)
}

impl Client {
    /// Begins to hear what the desktop offers.
    pub(super) fn ask_desk_for_usb(&self) {
        let (wishes, heard) = mpsc::unbounded_channel();
        let (tell, mut news) = mpsc::unbounded_channel();
        if let Err(error) = portal::start(heard, tell) {
            self.usb.problem.replace(UsbProblem::Said(error.to_string()));
            return;
        }
        self.usb.desk.replace(Some(Desk(wishes)));
        let weak = self.weak();
        glib::MainContext::default().spawn_local(async move {
            while let Some(news) = news.recv().await {
                let Some(this) = weak.upgrade() else { return };
                this.hear_from_desk(news);
                this.tell_usb();
            }
        });
    }

    fn wish(&self, wish: Wish) {
        if let Some(Desk(wishes)) = &*self.usb.desk.borrow() {
            // If the desktop cannot be spoken to any more, its last news were that.
            let _ = wishes.send(wish);
        }
    }

    fn hear_from_desk(&self, news: News) {
        match news {
            News::There(offers, fresh) => {
                self.usb.problem.take();
                for offer in offers {
                    match self.offered(&offer.key) {
                        Some(known) => {
                            known.offer.replace(offer);
                        }
                        None => self.meet_offer(offer, fresh),
                    }
                }
            }
            News::Gone(key) => self.forget_offers(|offered| offered.key() == key),
            News::Nothing(problem) => {
                self.usb.problem.replace(problem);
                self.forget_offers(|offered| !offered.outlives_the_portal());
            }
            News::Given { key, opened } => match self.offered(&key) {
                Some(offered) => self.given(&offered, opened),
                // It was unplugged meanwhile; what was opened is closed again.
                None => self.wish(Wish::Release(key)),
            },
        }
    }

    fn meet_offer(&self, offer: Offer, fresh: bool) {
        let offered = Offered {
            offer: offer.into(),
            wanted: Cell::default(),
            orphaned: Cell::default(),
            state: RefCell::default(),
        };
        self.remember(Place::Desk(Rc::new(offered)), fresh);
    }

    fn offered(&self, key: &str) -> Option<Rc<Offered>> {
        self.find_offered(|offered| offered.offer.borrow().key == key)
    }

    fn find_offered(&self, is_it: impl Fn(&Offered) -> bool) -> Option<Rc<Offered>> {
        self.usb.known.borrow().iter().find_map(|known| match &known.place {
            Place::Desk(offered) if is_it(offered) => Some(Rc::clone(offered)),
            _ => None,
        })
    }

    /// These are offered no longer. The guest loses what it has of them.
    fn forget_offers(&self, is_gone: impl Fn(&Offered) -> bool) {
        let mut gone = Vec::new();
        self.usb.known.borrow_mut().retain(|Known { place, .. }| match place {
            Place::Desk(offered) if is_gone(offered) => {
                gone.push(Rc::clone(offered));
                false
            }
            _ => true,
        });
        for offered in gone {
            self.want(&offered, false, "");
        }
    }

    /// The guest is to have a device, or no longer. To be told by who calls.
    pub(super) fn want(&self, offered: &Rc<Offered>, wanted: bool, window: &str) {
        offered.wanted.set(wanted);
        let state = offered.state.replace(State::Underway);
        match state {
            State::There if wanted => {
                self.wish(Wish::Take { key: offered.key(), window: window.to_owned() });
            }
            State::Held(held) if !wanted => self.take_back(offered, held),
            // What is under way looks at what is wanted when it is done.
            other => {
                offered.state.replace(other);
            }
        }
    }

    /// The desktop has answered.
    fn given(&self, offered: &Rc<Offered>, opened: Result<Option<OwnedFd>, String>) {
        let why = match opened {
            Ok(Some(opened)) if offered.wanted.get() => return self.attach(offered, opened),
            // The user has thought better of it.
            Ok(Some(_)) => return self.give_back(offered),
            Ok(None) => UsbFailure::Refused,
            Err(why) => UsbFailure::NotConnected(why),
        };
        offered.state.replace(State::There);
        if offered.wanted.replace(false) {
            self.tell(Extra::UsbFailed(offered.name(), why));
        }
    }

    fn attach(&self, offered: &Rc<Offered>, opened: OwnedFd) {
        let Some(manager) = self.usb.manager.borrow().clone() else { return };
        let (weak, offered) = (self.weak(), Rc::clone(offered));
        glib::MainContext::default().spawn_local(async move {
            let attached = async {
                let device = device_of(&manager, &opened)?;
                manager.can_redirect_device(&device)?;
                manager.connect_device_future(&device).await?;
                Ok::<_, glib::Error>(device)
            };
            let attached = attached.await;
            let Some(this) = weak.upgrade() else { return };
            match attached {
                Ok(device) => {
                    let held = Held { device, _opened: opened };
                    if offered.wanted.get() {
                        offered.state.replace(State::Held(held));
                    } else {
                        this.take_back(&offered, held);
                    }
                }
                Err(error) => {
                    drop(opened);
                    offered.wanted.set(false);
                    let why = UsbFailure::NotConnected(error.message().to_owned());
                    this.tell(Extra::UsbFailed(offered.name(), why));
                    this.give_back(&offered);
                }
            }
            this.tell_usb();
        });
    }

    /// Takes a device from the guest, and gives it back to the desktop.
    fn take_back(&self, offered: &Rc<Offered>, held: Held) {
        let Some(manager) = self.usb.manager.borrow().clone() else { return };
        let (weak, offered) = (self.weak(), Rc::clone(offered));
        glib::MainContext::default().spawn_local(async move {
            if manager.is_device_connected(&held.device) {
                // It may be unplugged: then it is not connected any more either.
                let _ = manager.disconnect_device_future(&held.device).await;
            }
            drop(held);
            if let Some(this) = weak.upgrade() {
                this.give_back(&offered);
                this.tell_usb();
            }
        });
    }

    /// The desktop has the device again. If it is wanted anew by now, the
    /// desktop is asked anew.
    fn give_back(&self, offered: &Rc<Offered>) {
        self.wish(Wish::Release(offered.key()));
        offered.state.replace(State::There);
        if offered.orphaned.get() {
            offered.wanted.set(false);
            return self.forget_offers(|known| known.key() == offered.key());
        }
        if offered.wanted.get() {
            self.want(offered, true, "");
        }
    }

    /// The library has lost a device, and taken it from the guest. Gives its
    /// name, if the desktop had handed it over.
    pub(super) fn desk_lost(&self, device: &UsbDevice) -> Option<String> {
        let is_it = |offered: &Offered| matches!(&*offered.state.borrow(), State::Held(held) if held.device == *device);
        let offered = self.find_offered(is_it)?;
        self.want(&offered, false, "");
        Some(offered.name())
    }
}
