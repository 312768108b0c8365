//! Limits, shares and threads of running guests.

use std::{
    collections::BTreeSet,
    ffi::{CStr, CString},
    os::raw::{c_int, c_uint},
    ptr,
};

use virt::{domain::Domain, error::Error};
use virt_sys as sys;

use crate::model::hardware::{HostDiskLimit, MemoryLimit, Named, Threads, Tuning};

const LIVE: c_uint = sys::VIR_DOMAIN_AFFECT_LIVE;

/// Gives the running guest this limit or share, thread or processor.
pub(crate) fn tune(domain: &Domain, tuning: &Tuning) -> Result<(), Error> {
    let mut list = Parameters::new();
    match tuning {
        Tuning::Shares(weight) => {
            list.add(sys::VIR_DOMAIN_SCHEDULER_CPU_SHARES, *weight)?;
            list.hand(domain, sys::virDomainSetSchedulerParametersFlags)
        }
        Tuning::Period(threads, period) => {
            list.add(quota_names(*threads).0, *period)?;
            list.hand(domain, sys::virDomainSetSchedulerParametersFlags)
        }
        Tuning::Quota(threads, quota) => {
            // Less than nothing is no limit.
            let quota = quota.map_or(-1, |quota| i64::try_from(quota).unwrap_or(i64::MAX));
            list.add_signed(quota_names(*threads).1, quota)?;
            list.hand(domain, sys::virDomainSetSchedulerParametersFlags)
        }
        Tuning::Memory(limits) => limit_memory(domain, limits),
        Tuning::HostNodes(nodes) => {
            list.add_text(sys::VIR_DOMAIN_NUMA_NODESET, nodes)?;
            list.hand(domain, sys::virDomainSetNumaParameters)
        }
        Tuning::IoWeight(weight) => {
            list.add_short(sys::VIR_DOMAIN_BLKIO_WEIGHT, *weight)?;
            list.hand(domain, sys::virDomainSetBlkioParameters)
        }
        Tuning::HostDisk(path, limit, value) => limit_host_disk(domain, path, *limit, *value),
        Tuning::Disk { target, limits, group } => {
            limit_disk(domain, target, limits, group.as_deref())
        }
        Tuning::Counter(name, on) => {
            list.add_switch(&text(name), *on)?;
            list.hand(domain, sys::virDomainSetPerfEvents)
        }
        Tuning::Iothreads { added, removed } => change_threads(domain, added, removed),
        Tuning::Iothread(number, values) => tune_thread(domain, *number, values),
        Tuning::Vcpu(number, on) => {
            let map = text(&number.to_string());
            // SAFETY: the guest is a valid reference, the list of processors a
            // terminated string that libvirt reads during the call.
            check(unsafe {
                sys::virDomainSetVcpu(domain.as_ptr(), map.as_ptr(), c_int::from(*on), LIVE)
            })
        }
        Tuning::StatsPeriod(seconds) => {
            let seconds = c_int::try_from(*seconds).unwrap_or(c_int::MAX);
            domain.set_memory_stats_period(seconds, LIVE)
        }
        Tuning::PinEmulator(pin) => domain.pin_emulator(&map(domain, pin.as_ref())?, LIVE),
        Tuning::PinVcpu(vcpu, pin) => {
            domain.pin_vcpu_flags(*vcpu, &map(domain, pin.as_ref())?, LIVE)
        }
        Tuning::PinIothread(thread, pin) => {
            let mut map = map(domain, pin.as_ref())?;
            let length = c_int::try_from(map.len()).unwrap_or(0);
            // SAFETY: the guest is a valid reference and the map has `length`
            // bytes, which libvirt reads during the call.
            check(unsafe {
                sys::virDomainPinIOThread(domain.as_ptr(), *thread, map.as_mut_ptr(), length, LIVE)
            })
        }
    }
}

/// libvirt counts in KiB.
fn limit_memory(domain: &Domain, limits: &[(MemoryLimit, Option<u64>)]) -> Result<(), Error> {
    let mut list = Parameters::new();
    for (limit, bytes) in limits {
        let name = match limit {
            MemoryLimit::Hard => sys::VIR_DOMAIN_MEMORY_HARD_LIMIT,
            MemoryLimit::Soft => sys::VIR_DOMAIN_MEMORY_SOFT_LIMIT,
            MemoryLimit::Swap => sys::VIR_DOMAIN_MEMORY_SWAP_HARD_LIMIT,
        };
        let unlimited = sys::VIR_DOMAIN_MEMORY_PARAM_UNLIMITED;
        list.add(name, bytes.map_or(unlimited, |bytes| bytes / 1024))?;
    }
    list.hand(domain, sys::virDomainSetMemoryParameters)
}

/// The path and the number are one text.
fn limit_host_disk(
    domain: &Domain,
    path: &str,
    limit: HostDiskLimit,
    value: u64,
) -> Result<(), Error> {
    let mut list = Parameters::new();
    let name = match limit {
        HostDiskLimit::Weight => sys::VIR_DOMAIN_BLKIO_DEVICE_WEIGHT,
        HostDiskLimit::ReadBytes => sys::VIR_DOMAIN_BLKIO_DEVICE_READ_BPS,
        HostDiskLimit::WriteBytes => sys::VIR_DOMAIN_BLKIO_DEVICE_WRITE_BPS,
        HostDiskLimit::ReadIops => sys::VIR_DOMAIN_BLKIO_DEVICE_READ_IOPS,
        HostDiskLimit::WriteIops => sys::VIR_DOMAIN_BLKIO_DEVICE_WRITE_IOPS,
    };
    list.add_text(name, &format!("{path},{value}"))?;
    list.hand(domain, sys::virDomainSetBlkioParameters)
}

/// What is not named stays as it is.
fn limit_disk(
    domain: &Domain,
    target: &str,
    limits: &Named,
    group: Option<&str>,
) -> Result<(), Error> {
    let mut list = Parameters::new();
    for (name, value) in limits {
        list.add(&text(name), *value)?;
    }
    if let Some(group) = group {
        list.add_text(sys::VIR_DOMAIN_BLOCK_IOTUNE_GROUP_NAME, group)?;
    }
    let target = text(target);
    // SAFETY: the guest is a valid reference, the name a terminated
    // string; the list has `count` values. libvirt reads them during the
    // call.
    check(unsafe {
        sys::virDomainSetBlockIoTune(domain.as_ptr(), target.as_ptr(), list.list, list.count, LIVE)
    })
}

/// A disk that uses a thread keeps it: libvirt refuses to take it away.
fn change_threads(domain: &Domain, added: &[u32], removed: &[u32]) -> Result<(), Error> {
    for number in added {
        // SAFETY: the guest is a valid reference.
        check(unsafe { sys::virDomainAddIOThread(domain.as_ptr(), *number, LIVE) })?;
    }
    for number in removed {
        // SAFETY: as above.
        check(unsafe { sys::virDomainDelIOThread(domain.as_ptr(), *number, LIVE) })?;
    }
    Ok(())
}

/// Each thread's values go together: the fewest helpers must not be more than the
/// most.
fn tune_thread(domain: &Domain, number: u32, values: &Named) -> Result<(), Error> {
    let mut list = Parameters::new();
    for (name, value) in values {
        add_of_thread(&mut list, name, *value)?;
    }
    // SAFETY: the guest is a valid reference; the list has `count`
    // values, which libvirt reads during the call.
    check(unsafe {
        sys::virDomainSetIOThreadParams(domain.as_ptr(), number, list.list, list.count, LIVE)
    })
}

fn check(done: c_int) -> Result<(), Error> {
    if done < 0 { Err(Error::last_error()) } else { Ok(()) }
}

/// As libvirt reads it. No text of a definition holds the byte that ends it.
fn text(text: &str) -> CString {
    CString::new(text).unwrap_or_default()
}

/// The names of a period and its quota.
fn quota_names(threads: Threads) -> (&'static CStr, &'static CStr) {
    match threads {
        Threads::Vcpus => {
            (sys::VIR_DOMAIN_SCHEDULER_VCPU_PERIOD, sys::VIR_DOMAIN_SCHEDULER_VCPU_QUOTA)
        }
        Threads::Emulator => {
            (sys::VIR_DOMAIN_SCHEDULER_EMULATOR_PERIOD, sys::VIR_DOMAIN_SCHEDULER_EMULATOR_QUOTA)
        }
        Threads::Iothreads => {
            (sys::VIR_DOMAIN_SCHEDULER_IOTHREAD_PERIOD, sys::VIR_DOMAIN_SCHEDULER_IOTHREAD_QUOTA)
        }
        Threads::All => {
            (sys::VIR_DOMAIN_SCHEDULER_GLOBAL_PERIOD, sys::VIR_DOMAIN_SCHEDULER_GLOBAL_QUOTA)
        }
    }
}

/// libvirt has a type of number for each value of a disk thread
/// (<https://libvirt.org/html/libvirt-libvirt-domain.html#VIR_DOMAIN_IOTHREAD_POLL_GROW>).
fn add_of_thread(list: &mut Parameters, name: &str, value: u64) -> Result<(), Error> {
    let least = u32::try_from(value).unwrap_or(u32::MAX);
    match name {
        "poll_max_ns" => list.add(&text(name), value),
        "thread_pool_min" | "thread_pool_max" => list.add_int(&text(name), least),
        _ => list.add_short(&text(name), least),
    }
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

    fn add_int(&mut self, name: &CStr, value: u32) -> Result<(), Error> {
        let value = c_int::try_from(value).unwrap_or(c_int::MAX);
        let (list, count, room) = (&raw mut self.list, &raw mut self.count, &raw mut self.room);
        // SAFETY: as in `add`.
        check(unsafe { sys::virTypedParamsAddInt(list, count, room, name.as_ptr(), value) })
    }

    fn add_switch(&mut self, name: &CStr, on: bool) -> Result<(), Error> {
        let (list, count, room) = (&raw mut self.list, &raw mut self.count, &raw mut self.room);
        let on = c_int::from(on);
        // SAFETY: as in `add`.
        check(unsafe { sys::virTypedParamsAddBoolean(list, count, room, name.as_ptr(), on) })
    }

    fn add_text(&mut self, name: &CStr, value: &str) -> Result<(), Error> {
        let value = text(value);
        let (list, count, room) = (&raw mut self.list, &raw mut self.count, &raw mut self.room);
        // SAFETY: as in `add`; libvirt copies the value, too.
        check(unsafe {
            sys::virTypedParamsAddString(list, count, room, name.as_ptr(), value.as_ptr())
        })
    }

    fn hand(&self, domain: &Domain, set: Setter) -> Result<(), Error> {
        // SAFETY: the guest is a valid reference; the list has `count` values,
        // which libvirt reads during the call.
        check(unsafe { set(domain.as_ptr(), self.list, self.count, LIVE) })
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        // SAFETY: the list is libvirt's own, or null, and freed once.
        unsafe { sys::virTypedParamsFree(self.list, self.count) };
    }
}
