//! Events of a connection, as messages in a channel.
//!
//! The callbacks run on the event thread (or on the thread of a call, for the
//! in-process drivers): they copy numbers and names and return. They never
//! call libvirt over the network.

use std::os::raw::{c_int, c_void};

use tokio::sync::mpsc::UnboundedSender;
use virt::{connect::Connect, error::Error};
use virt_sys as sys;

use super::callbacks::{
    domain_callback, free_sink, on_close, on_pool_refresh, on_resource_lifecycle,
};
use crate::model::DomainId;

/// Something happened on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HostEvent {
    /// To a guest.
    Domain(DomainEvent),
    /// To networks, pools or devices.
    Resources,
    /// The connection is gone.
    Closed(CloseReason),
}

/// Something happened to a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DomainEvent {
    /// Which guest.
    pub(crate) id: DomainId,
    /// What happened.
    pub(crate) kind: DomainEventKind,
}

/// What happened to a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DomainEventKind {
    /// `virDomainEventType` with its detail.
    Lifecycle {
        /// `VIR_DOMAIN_EVENT_…`.
        event: u32,
        /// The event's own detail.
        detail: i32,
    },
    /// The guest restarted itself.
    Reboot,
    /// The tray of a removable drive was opened or closed.
    Tray {
        /// libvirt's alias of the drive.
        alias: String,
        /// Whether it is open now.
        open: bool,
    },
    /// The guest agent came or went.
    Agent {
        /// Whether it is there now.
        connected: bool,
    },
    /// A long operation of libvirt's on the guest ended.
    JobCompleted,
    /// The guest's memory changed, in KiB.
    Balloon(u64),
    /// Title, notes or metadata changed.
    Metadata,
    /// A device came, went or changed, or another part of the definition did.
    Definition,
}

/// Why a connection closed by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// The other side went away.
    Gone,
    /// The other side did not answer in time.
    KeepAlive,
}

/// Which events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventSource {
    /// A `VIR_DOMAIN_EVENT_ID_…`.
    Domain(u32),
    /// Networks starting, stopping, coming and going.
    Network,
    /// A `VIR_STORAGE_POOL_EVENT_ID_…`.
    Pool(u32),
    /// Devices of the host.
    NodeDevice,
    /// The connection's own end.
    Close,
}

impl EventSource {
    /// The first to ask for: without it, guests come and go unseen.
    pub(crate) const LIFECYCLE: Self = Self::Domain(sys::VIR_DOMAIN_EVENT_ID_LIFECYCLE);

    /// All others that the inventory uses.
    pub(crate) const OTHERS: [Self; 17] = [
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_REBOOT),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_DISK_CHANGE),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_TRAY_CHANGE),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_PMWAKEUP),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_PMSUSPEND),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_DEVICE_ADDED),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_JOB_COMPLETED),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_METADATA_CHANGE),
        Self::Domain(sys::VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE),
        Self::Network,
        Self::Pool(sys::VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE),
        Self::Pool(sys::VIR_STORAGE_POOL_EVENT_ID_REFRESH),
        Self::NodeDevice,
    ];
}

/// The callbacks registered on a connection.
#[derive(Debug, Default)]
pub(crate) struct Registrations {
    active: Vec<(EventSource, c_int)>,
}

pub(super) type Sink = UnboundedSender<HostEvent>;

impl Registrations {
    /// Notes a callback that [`register`] made.
    pub(crate) fn add(&mut self, source: EventSource, id: c_int) {
        self.active.push((source, id));
    }

    /// Whether events of this kind arrive.
    pub(crate) fn has(&self, source: EventSource) -> bool {
        self.active.iter().any(|(known, _)| *known == source)
    }

    /// Ends all callbacks. They hold references to the connection: without
    /// this it would stay open.
    pub(crate) fn end(self, connect: &Connect) {
        for (source, id) in self.active {
            // SAFETY: the connection is open for the time of the call and the
            // ids came from registering on it. A failure (connection broken)
            // still removes the callback on this side.
            unsafe {
                let pointer = connect.as_ptr();
                match source {
                    EventSource::Domain(_) => sys::virConnectDomainEventDeregisterAny(pointer, id),
                    EventSource::Network => sys::virConnectNetworkEventDeregisterAny(pointer, id),
                    EventSource::Pool(_) => {
                        sys::virConnectStoragePoolEventDeregisterAny(pointer, id)
                    }
                    EventSource::NodeDevice => {
                        sys::virConnectNodeDeviceEventDeregisterAny(pointer, id)
                    }
                    EventSource::Close => {
                        sys::virConnectUnregisterCloseCallback(pointer, Some(on_close))
                    }
                };
            }
        }
    }
}

/// Asks for one kind of event: one round trip. Returns libvirt's number for it.
/// Drivers and older libraries do not know every kind and refuse it.
pub(crate) fn register(
    connect: &Connect,
    source: EventSource,
    sink: &Sink,
) -> Result<c_int, Error> {
    let opaque = Box::into_raw(Box::new(sink.clone())).cast::<c_void>();
    // SAFETY: the connection is open for the time of the call. Each callback
    // has the signature that its event id asks for (libvirt-domain.h and the
    // like); the library casts it back before the call. `opaque` is owned by
    // libvirt after a success and freed by `free_sink`.
    let id = unsafe {
        let pointer = connect.as_ptr();
        match source {
            EventSource::Domain(event) => sys::virConnectDomainEventRegisterAny(
                pointer,
                std::ptr::null_mut(),
                event.cast_signed(),
                domain_callback(event),
                opaque,
                Some(free_sink),
            ),
            EventSource::Network => sys::virConnectNetworkEventRegisterAny(
                pointer,
                std::ptr::null_mut(),
                sys::VIR_NETWORK_EVENT_ID_LIFECYCLE.cast_signed(),
                Some(std::mem::transmute::<
                    unsafe extern "C" fn(*mut c_void, *mut c_void, c_int, c_int, *mut c_void),
                    unsafe extern "C" fn(sys::virConnectPtr, sys::virNetworkPtr, *mut c_void),
                >(on_resource_lifecycle)),
                opaque,
                Some(free_sink),
            ),
            EventSource::Pool(event) => sys::virConnectStoragePoolEventRegisterAny(
                pointer,
                std::ptr::null_mut(),
                event.cast_signed(),
                Some(if event == sys::VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE {
                    std::mem::transmute::<
                        unsafe extern "C" fn(*mut c_void, *mut c_void, c_int, c_int, *mut c_void),
                        unsafe extern "C" fn(
                            sys::virConnectPtr,
                            sys::virStoragePoolPtr,
                            *mut c_void,
                        ),
                    >(on_resource_lifecycle)
                } else {
                    on_pool_refresh
                }),
                opaque,
                Some(free_sink),
            ),
            EventSource::NodeDevice => sys::virConnectNodeDeviceEventRegisterAny(
                pointer,
                std::ptr::null_mut(),
                sys::VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE.cast_signed(),
                Some(std::mem::transmute::<
                    unsafe extern "C" fn(*mut c_void, *mut c_void, c_int, c_int, *mut c_void),
                    unsafe extern "C" fn(sys::virConnectPtr, sys::virNodeDevicePtr, *mut c_void),
                >(on_resource_lifecycle)),
                opaque,
                Some(free_sink),
            ),
            EventSource::Close => sys::virConnectRegisterCloseCallback(
                pointer,
                Some(on_close),
                opaque,
                Some(free_sink),
            ),
        }
    };
    if id < 0 {
        let error = Error::last_error();
        // SAFETY: after a refusal the data still belongs to us.
        unsafe { free_sink(opaque) };
        return Err(error);
    }
    Ok(id)
}
