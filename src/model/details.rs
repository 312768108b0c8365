//! What the list and the overview show of a guest, from its definition.

use crate::model::{
    DiskSummary, DomainDetails, Tags, TextPort,
    units::libvirt_unit,
    xml::{Document, Element, XmlError},
};

impl DomainDetails {
    /// Reads a definition. Whatever it leaves out stays empty; what is not in it
    /// (addresses, pending changes) does too.
    ///
    /// # Errors
    /// If it is no well-formed XML.
    pub fn parse(xml: &str) -> Result<Self, XmlError> {
        let document = Document::parse(xml)?;
        let mut details = Self::default();
        // One walk over the children: a host has thousands of these.
        for child in document.root().children() {
            match child.name() {
                "title" => details.title = filled(child.text()),
                "description" => details.notes = filled(child.text()),
                "metadata" => {
                    details.os_id = os_id(child);
                    details.tags = Tags::read(child);
                }
                "vcpu" => details.vcpus = vcpus(child),
                "memory" => details.memory = memory(child),
                "os" => boot(child, &mut details),
                "devices" => devices(child, &mut details),
                _ => {}
            }
        }
        Ok(details)
    }
}

fn filled(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

/// libosinfo's id, under whatever prefix its namespace has here.
fn os_id(metadata: Element<'_>) -> Option<String> {
    const NAMESPACE: &str = "http://libosinfo.org/xmlns/libvirt/domain/1.0";
    metadata
        .children()
        .filter(|e| e.local_name() == "libosinfo" && e.namespace().as_deref() == Some(NAMESPACE))
        .flat_map(|info| info.children().collect::<Vec<_>>())
        .find(|e| e.local_name() == "os")
        .and_then(|os| os.attr("id"))
}

/// Processors at start: `current` of those there can be.
fn vcpus(vcpu: Element<'_>) -> u32 {
    vcpu.attr("current").unwrap_or_else(|| vcpu.text()).trim().parse().unwrap_or(0)
}

fn memory(memory: Element<'_>) -> u64 {
    let unit = memory.attr("unit").unwrap_or_else(|| "KiB".to_owned());
    let amount: u64 = memory.text().trim().parse().unwrap_or(0);
    amount.saturating_mul(libvirt_unit(&unit).unwrap_or(1024))
}

fn boot(os: Element<'_>, details: &mut DomainDetails) {
    let kind = os.child("type");
    details.machine = kind.and_then(|t| t.attr("machine"));
    details.arch = kind.and_then(|t| t.attr("arch"));
    let loader = os.child("loader");
    // A definition names the way or the file; flash memory is UEFI's, and a
    // read-only memory is so only if its file's name says it.
    let flash = loader.and_then(|l| l.attr("type")).is_some_and(|t| t == "pflash");
    let named = || loader.map(|l| l.text().to_lowercase()).unwrap_or_default();
    details.uefi = match os.attr("firmware").as_deref() {
        Some(way) => way == "efi",
        None => flash || ["ovmf", "edk2", "aavmf", "uefi"].iter().any(|n| named().contains(n)),
    };
}

fn devices(devices: Element<'_>, details: &mut DomainDetails) {
    details.text_ports = TextPort::all(devices);
    for device in devices.children() {
        match device.name() {
            "disk" => details.disks.push(disk(device)),
            "graphics" => details.graphics.extend(device.attr("type")),
            "channel" => channel(device, details),
            "input" => details.tablet |= device.attr("type").is_some_and(|kind| kind == "tablet"),
            _ => {}
        }
    }
}

/// libvirt writes the state of the agents it knows into a running guest's
/// definition.
fn channel(channel: Element<'_>, details: &mut DomainDetails) {
    let Some(target) = channel.child("target") else { return };
    let connected = target.attr("state").is_some_and(|state| state == "connected");
    match target.attr("name").as_deref() {
        Some("org.qemu.guest_agent.0") => details.agent = Some(connected),
        Some("com.redhat.spice.0") => details.desktop_agent = Some(connected),
        _ => {}
    }
}

fn disk(disk: Element<'_>) -> DiskSummary {
    let attr = |element: Option<Element<'_>>, name| element.and_then(|e| e.attr(name));
    let source = disk.child("source");
    let place = ["file", "dev", "name", "dir", "path"].iter().find_map(|name| attr(source, name));
    let volume = attr(source, "volume").map(|volume| match attr(source, "pool") {
        Some(pool) => format!("{pool}/{volume}"),
        None => volume,
    });
    DiskSummary {
        target: attr(disk.child("target"), "dev").unwrap_or_default(),
        device: disk.attr("device").unwrap_or_else(|| "disk".to_owned()),
        source: place.or(volume).filter(|s| !s.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use crate::model::{DiskSummary, DomainDetails, Tags, units::GIB};

    const DOMAIN: &str = r#"<domain type='kvm' id='3'>
  <name>web</name>
  <title>Web &amp; mail</title>
  <description>first line
second</description>
  <metadata>
    <other:libosinfo xmlns:other="http://example.org"><other:os id="no"/></other:libosinfo>
    <o:libosinfo xmlns:o="http://libosinfo.org/xmlns/libvirt/domain/1.0">
      <o:os id="http://debian.org/debian/13"/>
    </o:libosinfo>
    <posada:guest xmlns:posada="https://github.com/posada-vm/posada/xmlns/guest/1.0">
      <posada:tag>prod</posada:tag>
      <posada:tag>DMZ</posada:tag>
    </posada:guest>
  </metadata>
  <memory unit='GiB'>4</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu placement='static' current='2'>8</vcpu>
  <os firmware='efi'>
    <type arch='x86_64' machine='pc-q35-10.0'>hvm</type>
  </os>
  <devices>
    <disk type='file' device='disk'>
      <source file='/a &lt;b&gt;.qcow2'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'><target dev='sda'/></disk>
    <disk type='volume'><source pool='p' volume='v'/><target dev='vdb'/></disk>
    <disk type='network'><source protocol='rbd' name='pool/image'/><target dev='vdc'/></disk>
    <graphics type='spice'/>
    <graphics type='vnc' port='5900'/>
    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0' state='connected'/>
    </channel>
    <channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>
    <channel type='pty'><target type='virtio' name='x'/></channel>
  </devices>
</domain>"#;

    fn details(xml: &str) -> DomainDetails {
        DomainDetails::parse(xml).unwrap()
    }

    #[test]
    fn everything_shown_is_read() {
        let disk = |target: &str, device: &str, source: Option<&str>| DiskSummary {
            target: target.to_owned(),
            device: device.to_owned(),
            source: source.map(str::to_owned),
        };
        let mut tags = Tags::default();
        tags.insert("DMZ").unwrap();
        tags.insert("prod").unwrap();
        let expected = DomainDetails {
            title: Some("Web & mail".to_owned()),
            notes: Some("first line\nsecond".to_owned()),
            tags,
            os_id: Some("http://debian.org/debian/13".to_owned()),
            vcpus: 2,
            memory: 4 * GIB,
            machine: Some("pc-q35-10.0".to_owned()),
            arch: Some("x86_64".to_owned()),
            uefi: true,
            graphics: vec!["spice".to_owned(), "vnc".to_owned()],
            disks: vec![
                disk("vda", "disk", Some("/a <b>.qcow2")),
                disk("sda", "cdrom", None),
                disk("vdb", "disk", Some("p/v")),
                disk("vdc", "disk", Some("pool/image")),
            ],
            agent: Some(true),
            desktop_agent: Some(false),
            ..DomainDetails::default()
        };
        assert_eq!(details(DOMAIN), expected);
    }

    #[test]
    fn uefi_is_told_from_a_file_too() {
        let uefi = |os: &str| details(&format!("<domain>{os}</domain>")).uefi;
        assert!(uefi("<os><loader type='pflash'>/x.fd</loader></os>"));
        assert!(uefi("<os><loader type='rom'>/usr/share/OVMF/OVMF.fd</loader></os>"));
        assert!(!uefi("<os><loader type='rom'>/usr/share/seabios/bios.bin</loader></os>"));
        assert!(!uefi("<os firmware='bios'/>"));
        assert!(!uefi("<os/>"));
    }

    #[test]
    fn units_are_libvirts() {
        let memory = |xml: &str| details(&format!("<domain>{xml}</domain>")).memory;
        assert_eq!(memory("<memory>1024</memory>"), 1 << 20);
        assert_eq!(memory("<memory unit='MB'>1</memory>"), 1_000_000);
        assert_eq!(memory("<memory unit='TiB'>99999999999</memory>"), u64::MAX);
        assert_eq!(memory("<memory>many</memory>"), 0);
    }

    #[test]
    fn nothing_is_needed_and_garbage_is_an_error() {
        assert_eq!(details("<domain/>"), DomainDetails::default());
        assert!(DomainDetails::parse("<domain>").is_err());
    }

    #[test]
    fn thousands_are_read_in_no_time() {
        let started = Instant::now();
        for _ in 0..1000 {
            assert_eq!(details(DOMAIN).vcpus, 2);
        }
        let took = started.elapsed();
        // Unoptimised, on a busy machine: a tenth of it is usual.
        assert!(took.as_secs() < 5, "{took:?}");
        println!("{took:?}");
    }

    proptest! {
        #[test]
        fn any_change_of_a_byte_is_a_value_or_an_error(at in 0..DOMAIN.len(), byte in any::<u8>()) {
            let mut bytes = DOMAIN.as_bytes().to_vec();
            bytes[at] = byte;
            if let Ok(text) = String::from_utf8(bytes) {
                let _ = DomainDetails::parse(&text);
            }
        }
    }
}
