//! Figures of many guests in one call.

use std::{collections::HashMap, ffi::CStr, ptr};

use virt::{connect::Connect, domain::Domain, error::Error};
use virt_sys as sys;

/// State alone: costs the host nothing but a look at its list.
pub(crate) const STATE: u32 = sys::VIR_DOMAIN_STATS_STATE;

/// What the load graphs need.
pub(crate) const LOAD: u32 = sys::VIR_DOMAIN_STATS_STATE
    | sys::VIR_DOMAIN_STATS_CPU_TOTAL
    | sys::VIR_DOMAIN_STATS_BALLOON
    | sys::VIR_DOMAIN_STATS_VCPU
    | sys::VIR_DOMAIN_STATS_INTERFACE
    | sys::VIR_DOMAIN_STATS_BLOCK;

/// The numbers of one guest by libvirt's names (`cpu.time`, `block.0.rd.bytes`…).
/// Texts and numbers that are not whole are left out.
pub(crate) type Figures = HashMap<String, u64>;

/// A guest and what libvirt tells of it, by libvirt's names.
type Record<T> = (Domain, HashMap<String, T>);

/// The figures of all guests: one round trip.
pub(crate) fn all_domains(connect: &Connect, groups: u32) -> Result<Vec<(Domain, Figures)>, Error> {
    let mut records: *mut sys::virDomainStatsRecordPtr = ptr::null_mut();
    // SAFETY: the connection is open for the time of the call; libvirt fills
    // `records` on success only.
    let count = unsafe {
        sys::virConnectGetAllDomainStats(
            connect.as_ptr(),
            groups,
            &raw mut records,
            sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT,
        )
    };
    decode(count, records, figure)
}

/// The figures of some guests: one round trip. A guest that is busy with
/// another operation gives only what needs no waiting.
pub(crate) fn domains(guests: &[Domain], groups: u32) -> Result<Vec<(Domain, Figures)>, Error> {
    if guests.is_empty() {
        return Ok(Vec::new());
    }
    // SAFETY: the pointers stay valid as long as `guests`; the list ends with
    // a null pointer as libvirt wants it.
    let mut pointers: Vec<sys::virDomainPtr> =
        guests.iter().map(|domain| unsafe { domain.as_ptr() }).collect();
    pointers.push(ptr::null_mut());
    let mut records: *mut sys::virDomainStatsRecordPtr = ptr::null_mut();
    // SAFETY: as above; libvirt fills `records` on success only.
    let count = unsafe {
        sys::virDomainListGetStats(
            pointers.as_mut_ptr(),
            groups,
            &raw mut records,
            sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT,
        )
    };
    decode(count, records, figure)
}

/// What a guest sees of its disks, in bytes, by their targets: one round trip.
/// Disks whose images cannot be read are left out.
pub(crate) fn disk_sizes(guest: &Domain) -> Result<Vec<(String, u64)>, Error> {
    // SAFETY: the pointer stays valid as long as `guest`; the list ends with a
    // null pointer as libvirt wants it.
    let mut pointers = [unsafe { guest.as_ptr() }, ptr::null_mut()];
    let mut records: *mut sys::virDomainStatsRecordPtr = ptr::null_mut();
    // SAFETY: as above; libvirt fills `records` on success only.
    let count = unsafe {
        sys::virDomainListGetStats(
            pointers.as_mut_ptr(),
            sys::VIR_DOMAIN_STATS_BLOCK,
            &raw mut records,
            sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT,
        )
    };
    let both = |parameter: &sys::virTypedParameter| {
        let name = |text| (name_of(parameter).unwrap_or_default(), (Some(text), None));
        let size = |(key, number)| (key, (None, Some(number)));
        text(parameter).map(name).or_else(|| figure(parameter).map(size))
    };
    let read: Vec<Record<(Option<String>, Option<u64>)>> = decode(count, records, both)?;
    let all = read.into_iter().flat_map(|(_, figures)| {
        let disk = |number: usize| {
            let target = figures.get(&format!("block.{number}.name"))?.0.clone()?;
            Some((target, figures.get(&format!("block.{number}.capacity"))?.1?))
        };
        (0..figures.len()).filter_map(disk).collect::<Vec<_>>()
    });
    Ok(all.collect())
}

/// Takes apart what libvirt gave, a parameter at a time.
fn decode<T>(
    count: i32,
    records: *mut sys::virDomainStatsRecordPtr,
    read: impl Fn(&sys::virTypedParameter) -> Option<(String, T)>,
) -> Result<Vec<Record<T>>, Error> {
    let Ok(count) = usize::try_from(count) else { return Err(Error::last_error()) };
    if records.is_null() {
        return Ok(Vec::new());
    }
    let mut guests = Vec::with_capacity(count);
    // SAFETY: libvirt gave `count` records; each has `nparams` parameters and
    // a guest that lives as long as the list, so it is counted once more
    // before it is kept. The list is freed once, after its last use.
    unsafe {
        for record in std::slice::from_raw_parts(records, count) {
            let Some(record) = record.as_ref() else { continue };
            let mut figures = HashMap::new();
            if !record.params.is_null() {
                let length = usize::try_from(record.nparams).unwrap_or(0);
                for parameter in std::slice::from_raw_parts(record.params, length) {
                    if let Some((name, value)) = read(parameter) {
                        figures.insert(name, value);
                    }
                }
            }
            if sys::virDomainRef(record.dom) == 0 {
                guests.push((Domain::from_ptr(record.dom), figures));
            }
        }
        sys::virDomainStatsRecordListFree(records);
    }
    Ok(guests)
}

fn name_of(parameter: &sys::virTypedParameter) -> Option<String> {
    // SAFETY: plain bytes seen as bytes; the name may fill the whole field.
    let bytes: &[u8] = unsafe {
        std::slice::from_raw_parts(parameter.field.as_ptr().cast(), parameter.field.len())
    };
    Some(CStr::from_bytes_until_nul(bytes).ok()?.to_str().ok()?.to_owned())
}

fn text(parameter: &sys::virTypedParameter) -> Option<String> {
    if parameter.type_.cast_unsigned() != sys::VIR_TYPED_PARAM_STRING {
        return None;
    }
    // SAFETY: the type says which member of the union is set; libvirt ends its
    // texts with a null byte and frees them with the list.
    unsafe {
        let text = parameter.value.s;
        (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
    }
}

fn figure(parameter: &sys::virTypedParameter) -> Option<(String, u64)> {
    let name = name_of(parameter)?;
    // SAFETY: the type says which member of the union is set.
    let value = unsafe {
        match parameter.type_.cast_unsigned() {
            sys::VIR_TYPED_PARAM_INT => u64::try_from(parameter.value.i).ok()?,
            sys::VIR_TYPED_PARAM_UINT => u64::from(parameter.value.ui),
            sys::VIR_TYPED_PARAM_LLONG => u64::try_from(parameter.value.l).ok()?,
            sys::VIR_TYPED_PARAM_ULLONG => parameter.value.ul,
            sys::VIR_TYPED_PARAM_BOOLEAN => u64::from(parameter.value.b != 0),
            _ => return None,
        }
    };
    Some((name, value))
}
