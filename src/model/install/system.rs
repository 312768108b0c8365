//! Everything of a definition but its devices.

use super::{FirmwareChoice, Notice, traits::Traits};
use crate::model::xml::NewElement;

/// A switch such as `<acpi/>` or `<smm state='on'/>`.
fn state(name: &'static str, state: &'static str) -> NewElement {
    NewElement::new(name).attr("state", state)
}

/// How the guest boots: what was asked for, as far as the host has it.
pub(super) fn firmware(t: &Traits<'_>, notices: &mut Vec<Notice>) -> FirmwareChoice {
    use FirmwareChoice::{Auto, Bios, Uefi, UefiSecureBoot};
    let (os, domain) = (t.request.os, t.request.domain);
    let only_efi = t.x86 && os.efi == Some(true) && os.bios == Some(false);
    let mut wanted = match t.request.guest.firmware {
        // Windows 11's setup checks that Secure Boot is possible, and what only
        // boots through UEFI is recent enough to be signed.
        Auto if only_efi && t.q35 => UefiSecureBoot,
        Auto if only_efi || t.virt => Uefi,
        // BIOS elsewhere, though most systems could do both: libvirt's snapshots
        // of UEFI guests inside a qcow2 fail with many versions of QEMU.
        Auto | Bios => Bios,
        asked => asked,
    };
    if !t.qemu {
        return Bios;
    }
    if wanted == UefiSecureBoot && !(domain.has_secure_boot() && t.q35) {
        notices.push(Notice::NoSecureBoot);
        wanted = Uefi;
    }
    if wanted == Uefi && !domain.has_uefi() {
        notices.push(Notice::NoUefi);
        wanted = Bios;
    }
    wanted
}

/// `<os>`.
pub(super) fn os(t: &Traits<'_>, firmware: FirmwareChoice) -> NewElement {
    let target = &t.request.guest.target;
    let kind = NewElement::with_text("type", "hvm")
        .attr("arch", &target.arch)
        .attr_opt("machine", target.machine.as_deref());
    let mut os = NewElement::new("os");
    let uefi = matches!(firmware, FirmwareChoice::Uefi | FirmwareChoice::UefiSecureBoot);
    if !uefi {
        os = os.child(kind);
    } else if t.request.domain.firmware.has("efi") {
        os = os.attr("firmware", "efi").child(kind);
        let feature = |name: &'static str, enabled: &'static str| {
            NewElement::new("feature").attr("enabled", enabled).attr("name", name)
        };
        if firmware == FirmwareChoice::UefiSecureBoot {
            let features = [feature("secure-boot", "yes"), feature("enrolled-keys", "yes")];
            os = os.child(NewElement::new("firmware").children(features));
        } else if t.x86 {
            // Said, not left to libvirt: it prefers a firmware with Microsoft's
            // keys where there is one, and what is not signed then does not boot,
            // without a word why. Some hosts have no firmware without Secure Boot;
            // without keys in it, everything boots too.
            let plain = t.request.domain.has_plain_uefi();
            let off = if plain { "secure-boot" } else { "enrolled-keys" };
            os = os.child(NewElement::new("firmware").child(feature(off, "no")));
        }
    } else if let Some(path) = t.request.domain.uefi_loader() {
        let loader =
            NewElement::with_text("loader", path).attr("readonly", "yes").attr("type", "pflash");
        os = os.child(kind).child(loader);
    }
    if !t.qemu {
        // Boot order by device is QEMU's.
        let boot = |device: &'static str| NewElement::new("boot").attr("dev", device);
        let first = if t.request.guest.disk.is_some() { ["hd", "cdrom"] } else { ["cdrom", "hd"] };
        os = os.children(first.map(boot));
    }
    os
}

/// `<features>`.
pub(super) fn features(t: &Traits<'_>, firmware: FirmwareChoice) -> Option<NewElement> {
    let guest = t.request.capabilities.hvm(&t.request.guest.target.arch);
    let has = |name: &str| guest.is_some_and(|g| g.has_feature(name));
    let plain = ["acpi", "apic", "pae"];
    let mut features = NewElement::new("features").children(
        // `pae` is listed, switched off by nobody, for 32-bit machines only.
        plain.into_iter().filter(|name| has(name)).map(NewElement::new),
    );
    if t.kvm && t.windows {
        features = features.child_opt(hyperv(t));
    }
    if t.qemu && t.x86 {
        // VMware's port would take the pointer over from the tablet.
        features = features.child(state("vmport", "off"));
    }
    if firmware == FirmwareChoice::UefiSecureBoot {
        features = features.child(state("smm", "on"));
    }
    (!features.is_bare()).then_some(features)
}

/// What makes Windows wait less for the hypervisor. Under emulation there is
/// nothing to gain.
fn hyperv(t: &Traits<'_>) -> Option<NewElement> {
    let offered = &t.request.domain.hyperv;
    let vpindex = offered.has("vpindex");
    // In the order of libvirt's schema. Not `evmcs`: it helps only a hypervisor
    // inside the guest, and takes features of the processor away for it.
    let wanted = [
        ("relaxed", true),
        ("vapic", true),
        ("spinlocks", true),
        ("vpindex", true),
        ("runtime", true),
        ("synic", vpindex),
        ("stimer", vpindex && offered.has("synic")),
        ("frequencies", true),
        ("tlbflush", vpindex),
        ("ipi", vpindex),
        ("avic", true),
    ];
    let chosen: Vec<_> = wanted
        .into_iter()
        .filter(|(name, possible)| *possible && offered.has(name))
        .map(|(name, _)| {
            let element = state(name, "on");
            // Microsoft's own advice for the number of tries.
            if name == "spinlocks" { element.attr("retries", 8191) } else { element }
        })
        .collect();
    (!chosen.is_empty()).then(|| NewElement::new("hyperv").attr("mode", "custom").children(chosen))
}

/// `<cpu>` and its mode.
pub(super) fn cpu(t: &Traits<'_>) -> (Option<NewElement>, Option<&'static str>) {
    if !t.qemu {
        return (None, None);
    }
    let modes = &t.request.domain.cpu;
    let vcpus = t.request.guest.vcpus;
    // One socket: editions of Windows use one or two only, and leave the other
    // processors of libvirt's default (a socket each) idle.
    let topology = (t.x86 || t.virt).then(|| {
        NewElement::new("topology").attr("sockets", 1).attr("cores", vcpus).attr("threads", 1)
    });
    let (mode, mut cpu) = if t.kvm && modes.host_passthrough {
        let migratable = modes.host_passthrough_migratable.filter(|&m| m).map(|_| "on");
        let cpu = NewElement::new("cpu")
            .attr("mode", "host-passthrough")
            .attr("check", "none")
            .attr_opt("migratable", migratable);
        (Some("host-passthrough"), cpu)
    } else if t.kvm && modes.host_model {
        (Some("host-model"), NewElement::new("cpu").attr("mode", "host-model"))
    } else if !t.kvm && modes.maximum {
        (Some("maximum"), NewElement::new("cpu").attr("mode", "maximum"))
    } else {
        (None, NewElement::new("cpu"))
    };
    cpu = cpu.child_opt(topology);
    if mode == Some("maximum") && t.x86 && t.request.guest.target.arch == "x86_64" {
        // Five levels of page tables make every emulated memory access slower,
        // and systems and loaders from before 2018 do not expect them.
        cpu = cpu.child(NewElement::new("feature").attr("policy", "disable").attr("name", "la57"));
    }
    ((!cpu.is_bare()).then_some(cpu), mode)
}

/// `<clock>`.
pub(super) fn clock(t: &Traits<'_>) -> NewElement {
    let solaris = t.request.os.family.as_deref() == Some("solaris");
    let offset = if t.windows || solaris { "localtime" } else { "utc" };
    let mut clock = NewElement::new("clock").attr("offset", offset);
    if t.qemu && t.x86 {
        let timer = |name: &'static str| NewElement::new("timer").attr("name", name);
        clock = clock
            .child(timer("rtc").attr("tickpolicy", "catchup"))
            .child(timer("pit").attr("tickpolicy", "delay"))
            .child(timer("hpet").attr("present", "no"));
        if t.kvm && t.windows {
            clock = clock.child(timer("hypervclock").attr("present", "yes"));
        }
    }
    clock
}

/// `<pm>`: a guest that puts itself to sleep looks hung to whoever owns it.
pub(super) fn power(t: &Traits<'_>) -> Option<NewElement> {
    let off = |name: &'static str| NewElement::new(name).attr("enabled", "no");
    (t.qemu && t.x86)
        .then(|| NewElement::new("pm").child(off("suspend-to-mem")).child(off("suspend-to-disk")))
}

/// `<metadata>` with the operating system's id, in libosinfo's own namespace,
/// where other managers look for it too.
pub(super) fn metadata(t: &Traits<'_>) -> Option<NewElement> {
    let id = &t.request.os.id;
    (!id.is_empty()).then(|| {
        NewElement::new("metadata").child(
            NewElement::new("libosinfo:libosinfo")
                .attr("xmlns:libosinfo", "http://libosinfo.org/xmlns/libvirt/domain/1.0")
                .child(NewElement::new("libosinfo:os").attr("id", id)),
        )
    })
}
