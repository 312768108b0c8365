//! The functions that libvirt calls for events, each with the signature that
//! its kind of event asks for.

use std::{
    ffi::CStr,
    os::raw::{c_char, c_int, c_ulonglong, c_void},
};

use virt_sys as sys;

use super::events::{CloseReason, DomainEvent, DomainEventKind, HostEvent, Sink};
use crate::model::DomainId;

/// The callback with the signature of `event`, in the type that registering
/// takes.
#[allow(clippy::unnecessary_wraps, reason = "the binding's own type")]
pub(super) fn domain_callback(event: u32) -> sys::virConnectDomainEventGenericCallback {
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

pub(super) unsafe extern "C" fn free_sink(opaque: *mut c_void) {
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

pub(super) unsafe extern "C" fn on_lifecycle(
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

pub(super) unsafe extern "C" fn on_reboot(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Reboot);
}

pub(super) unsafe extern "C" fn on_disk_change(
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

pub(super) unsafe extern "C" fn on_tray(
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

pub(super) unsafe extern "C" fn on_power(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: c_int,
    opaque: *mut c_void,
) {
    // The lifecycle event tells the new state; older libvirt sends only this.
    send_domain(domain, opaque, DomainEventKind::Definition);
}

pub(super) unsafe extern "C" fn on_balloon(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    kib: c_ulonglong,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Balloon(kib));
}

pub(super) unsafe extern "C" fn on_agent(
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

pub(super) unsafe extern "C" fn on_job(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: sys::virTypedParameterPtr,
    _: c_int,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::JobCompleted);
}

pub(super) unsafe extern "C" fn on_metadata(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: c_int,
    _: *const c_char,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Metadata);
}

pub(super) unsafe extern "C" fn on_memory_device(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: *const c_char,
    _: c_ulonglong,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Definition);
}

pub(super) unsafe extern "C" fn on_device(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _: *const c_char,
    opaque: *mut c_void,
) {
    send_domain(domain, opaque, DomainEventKind::Definition);
}

pub(super) unsafe extern "C" fn on_resource_lifecycle(
    _: *mut c_void,
    _: *mut c_void,
    _: c_int,
    _: c_int,
    opaque: *mut c_void,
) {
    send(opaque, HostEvent::Resources);
}

pub(super) unsafe extern "C" fn on_pool_refresh(
    _: sys::virConnectPtr,
    _: sys::virStoragePoolPtr,
    opaque: *mut c_void,
) {
    send(opaque, HostEvent::Resources);
}

pub(super) unsafe extern "C" fn on_close(
    _: sys::virConnectPtr,
    reason: c_int,
    opaque: *mut c_void,
) {
    let reason = match reason.cast_unsigned() {
        sys::VIR_CONNECT_CLOSE_REASON_KEEPALIVE => CloseReason::KeepAlive,
        // We closed it ourselves.
        sys::VIR_CONNECT_CLOSE_REASON_CLIENT => return,
        _ => CloseReason::Gone,
    };
    send(opaque, HostEvent::Closed(reason));
}
