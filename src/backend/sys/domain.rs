//! Calls on guests that `virt` lacks or gets wrong.

use std::{ffi::CStr, ptr};

use virt::{domain::Domain, error::Error};
use virt_sys as sys;

/// State and reason as libvirt's numbers; unlike `Domain::state` it reports
/// errors.
pub(crate) fn state(domain: &Domain) -> Result<(u32, i32), Error> {
    let (mut state, mut reason) = (0, 0);
    // SAFETY: the guest is a valid reference for the call; the numbers are
    // written during it.
    let result =
        unsafe { sys::virDomainGetState(domain.as_ptr(), &raw mut state, &raw mut reason, 0) };
    if result < 0 {
        return Err(Error::last_error());
    }
    Ok((state.cast_unsigned(), reason))
}

/// Stops the long operation (save, migration…) that runs on the guest. To be
/// called from another thread than the operation's.
pub(crate) fn abort_job(domain: &Domain) -> Result<(), Error> {
    // SAFETY: the guest is a valid reference for the call.
    if unsafe { sys::virDomainAbortJob(domain.as_ptr()) } < 0 {
        return Err(Error::last_error());
    }
    Ok(())
}

/// Where addresses of a guest come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressSource {
    /// DHCP leases of libvirt's own networks.
    Lease,
    /// The agent inside the guest; may wait for it.
    Agent,
    /// The host's table of neighbours.
    Arp,
}

/// The guest's addresses, without the loopback's and link-local ones.
pub(crate) fn addresses(domain: &Domain, source: AddressSource) -> Result<Vec<String>, Error> {
    let source = match source {
        AddressSource::Lease => sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE,
        AddressSource::Agent => sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT,
        AddressSource::Arp => sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP,
    };
    let mut interfaces: *mut sys::virDomainInterfacePtr = ptr::null_mut();
    // SAFETY: the guest is a valid reference for the call; libvirt fills
    // `interfaces` on success only.
    let count = unsafe {
        sys::virDomainInterfaceAddresses(domain.as_ptr(), &raw mut interfaces, source, 0)
    };
    let Ok(count) = usize::try_from(count) else { return Err(Error::last_error()) };
    let mut addresses = Vec::new();
    if interfaces.is_null() {
        return Ok(addresses);
    }
    // SAFETY: libvirt gave `count` interfaces with `naddrs` addresses each, all
    // terminated strings or null; each is freed once after its last use, then
    // the array itself, which libvirt allocated with malloc.
    unsafe {
        for interface in std::slice::from_raw_parts(interfaces, count) {
            let Some(content) = interface.as_ref() else { continue };
            if !content.addrs.is_null() {
                let length = usize::try_from(content.naddrs).unwrap_or(0);
                for address in std::slice::from_raw_parts(content.addrs, length) {
                    if !address.addr.is_null() {
                        let text = CStr::from_ptr(address.addr).to_string_lossy();
                        if is_worth_showing(&text) {
                            addresses.push(text.into_owned());
                        }
                    }
                }
            }
            sys::virDomainInterfaceFree(*interface);
        }
        libc::free(interfaces.cast());
    }
    addresses.sort();
    addresses.dedup();
    Ok(addresses)
}

fn is_worth_showing(address: &str) -> bool {
    use std::net::IpAddr;
    match address.parse() {
        Ok(IpAddr::V4(address)) => !address.is_loopback() && !address.is_link_local(),
        Ok(IpAddr::V6(address)) => !address.is_loopback() && !address.is_unicast_link_local(),
        Err(_) => false,
    }
}
