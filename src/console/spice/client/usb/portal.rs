//! The USB portal: how a sandboxed program gets at USB devices.
//!
//! A sandbox has no `/dev/bus/usb`. The desktop tells it of the devices, asks
//! the user for each, and hands over the opened device as a descriptor. The
//! rules are those of `org.freedesktop.portal.Usb`, version 1
//! (xdg-desktop-portal 1.19.1); what is said here is said on a thread of its
//! own, since the user's answer may take minutes.

use std::{collections::HashMap, io, os::fd::OwnedFd, path::Path, sync::Arc};

use ashpd::{
    Error, PortalError, WindowIdentifier, WindowIdentifierType,
    desktop::{
        CreateSessionOptions,
        usb::{
            AcquireDevicesOptions, Device, DeviceID, EnumerateDevicesOptions,
            ReleaseDevicesOptions, UsbDevice, UsbEventAction, UsbProxy,
        },
    },
    zbus::{self, Connection, fdo, zvariant::OwnedValue},
};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::console::extras::UsbProblem;

/// The portals' name on the session's bus.
const PORTALS: &str = "org.freedesktop.portal.Desktop";

/// Whether the devices are to be had from the desktop: in a sandbox that was
/// not given the bus itself (`flatpak override --device=usb`).
pub(super) fn is_needed() -> bool {
    ashpd::is_sandboxed() && !Path::new("/dev/bus/usb").exists()
}

/// A device that the desktop would hand out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// How the portal calls it, until it is unplugged.
    pub(super) key: String,
    /// Maker and name.
    pub(super) name: String,
    /// Vendor and product: "0951:1666".
    pub(super) kind: String,
    /// Whether the user may write to it: nothing can be done with it otherwise.
    pub(super) writable: bool,
}

/// What is asked of the desktop.
#[derive(Debug)]
pub(super) enum Wish {
    /// A device; the window that the question belongs to, as portals name windows.
    Take { key: String, window: String },
    /// It is not used any more.
    Release(String),
}

/// What the desktop tells.
#[derive(Debug)]
pub(super) enum News {
    /// These devices are there; whether they have come just now.
    There(Vec<Offer>, bool),
    /// This one is not.
    Gone(String),
    /// The opened device, nothing where the user or the desktop said no, or
    /// why it could not be opened.
    Given { key: String, opened: Result<Option<OwnedFd>, String> },
    /// It hands out none, and tells of none any more.
    Nothing(UsbProblem),
}

/// Speaks with the desktop until nobody has wishes.
pub(super) fn start(
    wishes: UnboundedReceiver<Wish>,
    news: UnboundedSender<News>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let body = move || {
        runtime.block_on(async {
            if let Err(error) = serve(wishes, &news).await {
                let _ = news.send(News::Nothing(problem(&error)));
            }
        });
    };
    std::thread::Builder::new().name("usb-portal".into()).spawn(body).map(drop)
}

/// The portal may be started anew under us, and does not remember us then.
async fn serve(
    mut wishes: UnboundedReceiver<Wish>,
    news: &UnboundedSender<News>,
) -> Result<(), Error> {
    let connection = Connection::session().await?;
    let bus = fdo::DBusProxy::new(&connection).await?;
    let mut owners = bus.receive_name_owner_changed_with_args(&[(0, PORTALS)]).await?;
    loop {
        match offer(&bus, &mut wishes, news, &mut owners).await {
            Ok(Ended::Unasked) => return Ok(()),
            Ok(Ended::Replaced) => {}
            Err(error) => {
                let _ = news.send(News::Nothing(problem(&error)));
                // Until there is another one.
                if owners.next().await.is_none() {
                    return Ok(());
                }
            }
        }
    }
}

/// Why telling of devices ended.
enum Ended {
    /// Nobody has wishes any more.
    Unasked,
    /// It is another portal now.
    Replaced,
}

async fn offer(
    bus: &fdo::DBusProxy<'_>,
    wishes: &mut UnboundedReceiver<Wish>,
    news: &UnboundedSender<News>,
    owners: &mut (impl Stream<Item = fdo::NameOwnerChanged> + Unpin),
) -> Result<Ended, Error> {
    let portal = Arc::new(UsbProxy::with_connection(bus.inner().connection().clone()).await?);
    // Before the session, which begins with events.
    let mut events = Box::pin(portal.receive_device_events().await?);
    let _session = portal.create_session(CreateSessionOptions::default()).await?;
    let there = portal.enumerate_devices(EnumerateDevicesOptions::default()).await?;
    let offers = there.iter().map(|(key, device)| describe(key, device)).collect();
    let _ = news.send(News::There(offers, false));
    let name = PORTALS.try_into().map_err(zbus::Error::from)?;
    let owner = bus.get_name_owner(name).await.ok().map(|owner| owner.to_string());
    loop {
        tokio::select! {
            event = events.next() => {
                let Some(event) = event else { return Ok(Ended::Replaced) };
                for event in event.events() {
                    let key = event.device_id();
                    let _ = news.send(match event.action() {
                        UsbEventAction::Remove => News::Gone(key.to_string()),
                        _ => News::There(vec![describe(key, event.device())], true),
                    });
                }
            }
            change = owners.next() => {
                let Some(change) = change else { return Ok(Ended::Unasked) };
                let now = change.args().ok().and_then(|args| args.new_owner().as_ref().map(ToString::to_string));
                if now != owner {
                    let _ = news.send(News::Nothing(UsbProblem::None));
                    return Ok(Ended::Replaced);
                }
            }
            wish = wishes.recv() => match wish {
                None => return Ok(Ended::Unasked),
                Some(Wish::Release(key)) => {
                    let key = DeviceID::from(key);
                    // One that was unplugged cannot be given back.
                    let _ = portal.release_devices(&[&key], ReleaseDevicesOptions::default()).await;
                }
                Some(Wish::Take { key, window }) => {
                    let (portal, news) = (Arc::clone(&portal), news.clone());
                    tokio::spawn(async move {
                        let opened = take(&portal, &key, &window).await;
                        let _ = news.send(News::Given { key, opened });
                    });
                }
            },
        }
    }
}

async fn take(portal: &UsbProxy, key: &str, window: &str) -> Result<Option<OwnedFd>, String> {
    let window = window.parse::<WindowIdentifierType>().ok().map(WindowIdentifier::from);
    let device = Device::new(DeviceID::from(key.to_owned()), true);
    let taken =
        portal.acquire_devices(window.as_ref(), &[device], AcquireDevicesOptions::default()).await;
    let taken = taken.map_err(|error| error.to_string())?;
    match taken.into_iter().find(|(taken, _)| taken.as_str() == key) {
        Some((_, Ok(fd))) => Ok(Some(fd.into())),
        Some((_, Err(error))) => Err(error.to_string()),
        None => Ok(None),
    }
}

fn problem(error: &Error) -> UsbProblem {
    match error {
        Error::PortalNotFound(_) => UsbProblem::NoPortal,
        Error::Portal(PortalError::NotAllowed(_)) => UsbProblem::Forbidden,
        Error::Portal(PortalError::ZBus(error)) | Error::Zbus(error) if is_missing(error) => {
            UsbProblem::NoPortal
        }
        other => UsbProblem::Said(other.to_string()),
    }
}

/// Whether nobody on the bus knows what was asked.
fn is_missing(error: &zbus::Error) -> bool {
    matches!(
        fdo::Error::from(error.clone()),
        fdo::Error::ServiceUnknown(_)
            | fdo::Error::NameHasNoOwner(_)
            | fdo::Error::UnknownInterface(_)
            | fdo::Error::UnknownMethod(_)
            | fdo::Error::UnknownObject(_)
    )
}

/// What udev knows of a device.
fn describe(key: &DeviceID, device: &UsbDevice) -> Offer {
    let known = device.properties();
    let part = |database, encoded| {
        property(known, database)
            .map_or_else(|| decode(property(known, encoded).unwrap_or_default()), str::to_owned)
    };
    let maker = part("ID_VENDOR_FROM_DATABASE", "ID_VENDOR_ENC");
    let name = part("ID_MODEL_FROM_DATABASE", "ID_MODEL_ENC");
    let [vendor, product] = ["ID_VENDOR_ID", "ID_MODEL_ID"].map(|of| property(known, of));
    Offer {
        key: key.to_string(),
        name: format!("{maker} {name}").trim().to_owned(),
        kind: format!("{}:{}", vendor.unwrap_or("0000"), product.unwrap_or("0000")),
        writable: device.is_writable(),
    }
}

fn property<'a>(known: &'a HashMap<String, OwnedValue>, name: &str) -> Option<&'a str> {
    known.get(name)?.downcast_ref::<&str>().ok().filter(|text| !text.is_empty())
}

/// What a device says of itself, without the escapes that udev writes: `\x20`
/// for a space (udev's manual, `ENV{ID_MODEL_ENC}`).
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let code = rest.strip_prefix("\\x").and_then(|rest| rest.get(..2));
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            bytes.push(byte);
            rest = &rest[4..];
        } else {
            bytes.extend_from_slice(first.to_string().as_bytes());
            rest = &rest[first.len_utf8()..];
        }
    }
    let said = String::from_utf8_lossy(&bytes);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn names_are_freed_of_what_udev_escaped() {
        assert_eq!(decode("DataTraveler\\x203.0\\x20\\x20"), "DataTraveler 3.0");
        assert_eq!(decode("K\\xc3\\xbchl\u{e9}"), "Kühlé");
        assert_eq!(decode("back\\slash \\x \\x4 \\xzz\\xff"), "back\\slash \\x \\x4 \\xzz\u{fffd}");
        assert_eq!(decode("\\x+9"), "\\x+9");
        assert_eq!(decode(""), "");
    }
}
