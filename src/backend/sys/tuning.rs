//! Limits and shares of running guests.

use std::{collections::BTreeSet, ffi::CStr, os::raw::c_int, ptr};

use virt::{domain::Domain, error::Error};
use virt_sys as sys;

use crate::model::hardware::Tuning;

/// Gives the running guest this limit or share.
pub(crate) fn tune(domain: &Domain, tuning: &Tuning) -> Result<(), Error> {
    match tuning {
        Tuning::Shares(weight) => schedule(domain, sys::VIR_DOMAIN_SCHEDULER_CPU_SHARES, *weight),
        Tuning::Period(period) => schedule(domain, sys::VIR_DOMAIN_SCHEDULER_VCPU_PERIOD, *period),
        Tuning::Quota(quota) => {
            let mut list = Parameters::new();
            // Less than nothing is no limit.
            let quota = quota.map_or(-1, |quota| i64::try_from(quota).unwrap_or(i64::MAX));
            list.add_signed(sys::VIR_DOMAIN_SCHEDULER_VCPU_QUOTA, quota)?;
            list.hand(domain, sys::virDomainSetSchedulerParametersFlags)
        }
        Tuning::MemoryHard(bytes) => memory(domain, sys::VIR_DOMAIN_MEMORY_HARD_LIMIT, *bytes),
        Tuning::MemorySoft(bytes) => memory(domain, sys::VIR_DOMAIN_MEMORY_SOFT_LIMIT, *bytes),
        Tuning::IoWeight(weight) => {
            let mut list = Parameters::new();
            list.add_short(sys::VIR_DOMAIN_BLKIO_WEIGHT, *weight)?;
            list.hand(domain, sys::virDomainSetBlkioParameters)
        }
        Tuning::PinEmulator(pin) => {
            domain.pin_emulator(&map(domain, pin.as_ref())?, sys::VIR_DOMAIN_AFFECT_LIVE)
        }
        Tuning::PinVcpu(vcpu, pin) => {
            domain.pin_vcpu_flags(*vcpu, &map(domain, pin.as_ref())?, sys::VIR_DOMAIN_AFFECT_LIVE)
        }
        Tuning::PinIothread(thread, pin) => {
            let mut map = map(domain, pin.as_ref())?;
            let length = c_int::try_from(map.len()).unwrap_or(0);
            // SAFETY: the guest is a valid reference and the map has `length`
            // bytes, which libvirt reads during the call.
            let done = unsafe {
                sys::virDomainPinIOThread(
                    domain.as_ptr(),
                    *thread,
                    map.as_mut_ptr(),
                    length,
                    sys::VIR_DOMAIN_AFFECT_LIVE,
                )
            };
            check(done)
        }
    }
}

fn check(done: c_int) -> Result<(), Error> {
    if done < 0 { Err(Error::last_error()) } else { Ok(()) }
}

fn schedule(domain: &Domain, name: &CStr, value: u64) -> Result<(), Error> {
    let mut list = Parameters::new();
    list.add(name, value)?;
    list.hand(domain, sys::virDomainSetSchedulerParametersFlags)
}

fn memory(domain: &Domain, name: &CStr, bytes: Option<u64>) -> Result<(), Error> {
    let unlimited = sys::VIR_DOMAIN_MEMORY_PARAM_UNLIMITED;
    let mut list = Parameters::new();
    list.add(name, bytes.map_or(unlimited, |bytes| bytes / 1024))?;
    list.hand(domain, sys::virDomainSetMemoryParameters)
}

/// A bit for each processor of the host.
fn map(domain: &Domain, pin: Option<&BTreeSet<u32>>) -> Result<Vec<u8>, Error> {
    let count = if let Some(last) = pin.and_then(BTreeSet::last) {
        last + 1
    } else {
        // SAFETY: the guest is a valid reference; its connection lives at least
        // as long, and nothing is written where null is given.
        let count = unsafe {
            let connection = sys::virDomainGetConnect(domain.as_ptr());
            sys::virNodeGetCPUMap(connection, ptr::null_mut(), ptr::null_mut(), 0)
        };
        u32::try_from(count).map_err(|_| Error::last_error())?
    };
    let mut bytes = vec![0_u8; usize::try_from(count.div_ceil(8)).unwrap_or(0)];
    for number in 0..count {
        if pin.is_none_or(|pin| pin.contains(&number)) {
            bytes[number as usize / 8] |= 1 << (number % 8);
        }
    }
    Ok(bytes)
}

type Setter =
    unsafe extern "C" fn(sys::virDomainPtr, sys::virTypedParameterPtr, c_int, u32) -> c_int;

/// A list of libvirt's named values.
struct Parameters {
    list: sys::virTypedParameterPtr,
    count: c_int,
    room: c_int,
}

impl Parameters {
    fn new() -> Self {
        Self { list: ptr::null_mut(), count: 0, room: 0 }
    }

    fn add(&mut self, name: &CStr, value: u64) -> Result<(), Error> {
        let (list, count, room) = (&raw mut self.list, &raw mut self.count, &raw mut self.room);
        // SAFETY: the three belong together and are libvirt's own; the name is
        // a terminated string that libvirt copies.
        check(unsafe { sys::virTypedParamsAddULLong(list, count, room, name.as_ptr(), value) })
    }

    fn add_signed(&mut self, name: &CStr, value: i64) -> Result<(), Error> {
        let (list, count, room) = (&raw mut self.list, &raw mut self.count, &raw mut self.room);
        // SAFETY: as in `add`.
        check(unsafe { sys::virTypedParamsAddLLong(list, count, room, name.as_ptr(), value) })
    }

    fn add_short(&mut self, name: &CStr, value: u32) -> Result<(), Error> {
        let (list, count, room) = (&raw mut self.list, &raw mut self.count, &raw mut self.room);
        // SAFETY: as in `add`.
        check(unsafe { sys::virTypedParamsAddUInt(list, count, room, name.as_ptr(), value) })
    }

    fn hand(&self, domain: &Domain, set: Setter) -> Result<(), Error> {
        // SAFETY: the guest is a valid reference; the list has `count` values,
        // which libvirt reads during the call.
        check(unsafe { set(domain.as_ptr(), self.list, self.count, sys::VIR_DOMAIN_AFFECT_LIVE) })
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        // SAFETY: the list is libvirt's own, or null, and freed once.
        unsafe { sys::virTypedParamsFree(self.list, self.count) };
    }
}
