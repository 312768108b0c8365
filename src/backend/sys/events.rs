//! Events of a connection, as messages in a channel.
//!
//! The callbacks run on the event thread (or on the thread of a call, for the
//! in-process drivers): they copy numbers and names and return. They never
//! call libvirt over the network.

use std::{
    ffi::CStr,
    os::raw::{c_char, c_int, c_ulonglong, c_void},
};

use tokio::sync::mpsc::UnboundedSender;
use virt::{connect::Connect, error::Error};
use virt_sys as sys;

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

type Sink = UnboundedSender<HostEvent>;

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

/// The callback with the signature of `event`, in the type that registering
/// takes.
fn domain_callback(event: u32) -> sys::virConnectDomainEventGenericCallback {
    type Generic = unsafe extern "C" fn(sys::virConnectPtr, sys::virDomainPtr, *mut c_void);
    type Two = unsafe extern "C" fn(
        sys::virConnectPtr,
        sys::virDomainPtr,
        c_int,
        c_int,
        *mut c_void,
    ) -> c_int;
    type Number = unsafe extern "C" fn(sys::virConnectPtr, sys::virDomainPtr, c_int, *mut c_void);
    type Text =
        unsafe extern "C" fn(sys::virConnectPtr, sys::virDomainPtr, *const c_char, *mut c_void);
    // SAFETY: function pointers of the same size; libvirt calls each through
    // the type that belongs to the event id (see `register`).
    unsafe {
        Some(match event {
            sys::VIR_DOMAIN_EVENT_ID_LIFECYCLE => std::mem::transmute::<Two, Generic>(on_lifecycle),
            sys::VIR_DOMAIN_EVENT_ID_REBOOT => on_reboot,
            sys::VIR_DOMAIN_EVENT_ID_DISK_CHANGE => std::mem::transmute::<
                unsafe extern "C" fn(
                    sys::virConnectPtr,
                    sys::virDomainPtr,
                    *const c_char,
                    *const c_char,
                    *const c_char,
                    c_int,
                    *mut c_void,
                ),
                Generic,
            >(on_disk_change),
            sys::VIR_DOMAIN_EVENT_ID_TRAY_CHANGE => std::mem::transmute::<
                unsafe extern "C" fn(
                    sys::virConnectPtr,
                    sys::virDomainPtr,
                    *const c_char,
                    c_int,
                    *mut c_void,
                ),
                Generic,
            >(on_tray),
            sys::VIR_DOMAIN_EVENT_ID_PMWAKEUP
            | sys::VIR_DOMAIN_EVENT_ID_PMSUSPEND
            | sys::VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK => {
                std::mem::transmute::<Number, Generic>(on_power)
            }
            sys::VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE => std::mem::transmute::<
                unsafe extern "C" fn(
                    sys::virConnectPtr,
                    sys::virDomainPtr,
                    c_ulonglong,
                    *mut c_void,
                ),
                Generic,
            >(on_balloon),
            sys::VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE => std::mem::transmute::<
                unsafe extern "C" fn(
                    sys::virConnectPtr,
                    sys::virDomainPtr,
                    c_int,
                    c_int,
                    *mut c_void,
                ),
                Generic,
            >(on_agent),
            sys::VIR_DOMAIN_EVENT_ID_JOB_COMPLETED => std::mem::transmute::<
                unsafe extern "C" fn(
                    sys::virConnectPtr,
                    sys::virDomainPtr,
                    sys::virTypedParameterPtr,
                    c_int,
                    *mut c_void,
                ),
                Generic,
            >(on_job),
            sys::VIR_DOMAIN_EVENT_ID_METADATA_CHANGE => std::mem::transmute::<
                unsafe extern "C" fn(
                    sys::virConnectPtr,
                    sys::virDomainPtr,
                    c_int,
                    *const c_char,
                    *mut c_void,
                ),
                Generic,
            >(on_metadata),
            sys::VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE => std::mem::transmute::<
                unsafe extern "C" fn(
                    sys::virConnectPtr,
                    sys::virDomainPtr,
                    *const c_char,
                    c_ulonglong,
                    *mut c_void,
                ),
                Generic,
            >(on_memory_device),
            // DEVICE_ADDED, DEVICE_REMOVED.
            _ => std::mem::transmute::<Text, Generic>(on_device),
        })
    }
}

unsafe extern "C" fn free_sink(opaque: *mut c_void) {
    // SAFETY: made by `Box::into_raw` in `register`, freed once by libvirt.
    drop(unsafe { Box::from_raw(opaque.cast::<Sink>()) });
}

fn send(opaque: *mut c_void, event: HostEvent) {
    // SAFETY: libvirt hands back the box of `register`, which lives until
    // `free_sink`.
    let sink = unsafe { &*opaque.cast::<Sink>() };
    // The receiver is gone when the host was closed meanwhile.
    let _ = sink.send(event);
}

fn send_domain(domain: sys::virDomainPtr, opaque: *mut c_void, kind: DomainEventKind) {
    let mut bytes = [0_u8; 16];
    // SAFETY: libvirt lends a valid domain for the callback; reading its UUID
    // is local and fills 16 bytes.
    if unsafe { sys::virDomainGetUUID(domain, bytes.as_mut_ptr()) } == 0 {
        let id = DomainId(uuid::Uuid::from_bytes(bytes));
        send(opaque, HostEvent::Domain(DomainEvent { id, kind }));
    }
}

unsafe extern "C" fn on_lifecycle(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    event: c_int,
    detail: c_int,
    opaque: *mut c_void,
) -> c_int {
    let kind = DomainEventKind::Lifecycle { event: event.cast_unsigned(), detail };
    send_domain(domain, opaque, kind);
    0
}

unsafe extern "C" fn on_reboot(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Reboot);
}

unsafe extern "C" fn on_disk_change(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: *const c_char,
    _: *const c_char,
    _: *const c_char,
    _: c_int,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Definition);
}

unsafe extern "C" fn on_tray(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    alias: *const c_char,
    reason: c_int,
    opaque: *mut c_void,
) {
    let alias = if alias.is_null() {
        String::new()
    } else {
        // SAFETY: libvirt lends a terminated string for the callback.
        unsafe { CStr::from_ptr(alias) }.to_string_lossy().into_owned()
    };
    let open = reason.cast_unsigned() == sys::VIR_DOMAIN_EVENT_TRAY_CHANGE_OPEN;
    send_domain(domain, opaque, DomainEventKind::Tray { alias, open });
}

unsafe extern "C" fn on_power(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: c_int,
    opaque: *mut c_void,
) {
    // The lifecycle event tells the new state; older libvirt sends only this.
    send_domain(domain, opaque, DomainEventKind::Definition);
}

unsafe extern "C" fn on_balloon(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    kib: c_ulonglong,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Balloon(kib));
}

unsafe extern "C" fn on_agent(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    state: c_int,
    _: c_int,
    opaque: *mut c_void,
) {
    let connected =
        state.cast_unsigned() == sys::VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED;
    send_domain(domain, opaque, DomainEventKind::Agent { connected });
}

unsafe extern "C" fn on_job(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: sys::virTypedParameterPtr,
    _: c_int,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::JobCompleted);
}

unsafe extern "C" fn on_metadata(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: c_int,
    _: *const c_char,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Metadata);
}

unsafe extern "C" fn on_memory_device(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: *const c_char,
    _: c_ulonglong,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Definition);
}

unsafe extern "C" fn on_device(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: *const c_char,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Definition);
}

unsafe extern "C" fn on_resource_lifecycle(
    _: *mut c_void,
    _: *mut c_void,
    _: c_int,
    _: c_int,
    opaque: *mut c_void,
) {
    send(opaque, HostEvent::Resources);
}

unsafe extern "C" fn on_pool_refresh(
    _: sys::virConnectPtr,
    _: sys::virStoragePoolPtr,
    opaque: *mut c_void,
) {
    send(opaque, HostEvent::Resources);
}

unsafe extern "C" fn on_close(_: sys::virConnectPtr, reason: c_int, opaque: *mut c_void) {
    let reason = match reason.cast_unsigned() {
        sys::VIR_CONNECT_CLOSE_REASON_KEEPALIVE => CloseReason::KeepAlive,
        // We closed it ourselves.
        sys::VIR_CONNECT_CLOSE_REASON_CLIENT => return,
        _ => CloseReason::Gone,
    };
    send(opaque, HostEvent::Closed(reason));
}
