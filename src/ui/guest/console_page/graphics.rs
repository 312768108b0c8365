//! Giving a guest a screen: the least change of its definition.

use crate::model::xml::{Document, Position, XmlError};

/// `xml` with a VNC server, and a video device and a tablet where there are
/// none. The server listens on the host's loopback, as libvirt's default is.
pub(super) fn with_graphics(xml: &str) -> Result<String, XmlError> {
    let mut document = Document::parse(xml)?;
    document.ensure("devices")?;
    let mut add = |xml: &str| document.insert_child("devices", Position::Last, xml);
    let parts = {
        let source = Document::parse(xml)?;
        let arch = source.get("os/type/@arch").unwrap_or_default();
        let has = |path: &str| source.find(path).is_some();
        [
            // The pointer of a tablet needs no grab; its bus is there on PCs.
            (matches!(arch.as_str(), "x86_64" | "i686" | "aarch64")
                && !has("devices/input[@type='tablet']"))
            .then_some("<input type='tablet' bus='usb'/>"),
            (!has("devices/graphics[@type='vnc']"))
                .then_some("<graphics type='vnc' port='-1' autoport='yes'/>"),
            (!has("devices/video")).then_some("<video><model type='virtio'/></video>"),
        ]
    };
    for part in parts.into_iter().flatten() {
        add(part)?;
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::with_graphics;

    #[test]
    fn a_bare_guest_gets_all_it_needs_and_keeps_the_rest() {
        let xml = "<domain type='kvm'>\n  <name>web</name>\n  <os>\n    <type arch='x86_64'>hvm</type>\n  </os>\n  <devices>\n    <!-- mine -->\n    <disk type='file'/>\n  </devices>\n</domain>\n";
        let new = with_graphics(xml).expect("well-formed");
        for part in ["<!-- mine -->", "type='vnc'", "type='tablet'", "<model type='virtio'/>"] {
            assert!(new.contains(part), "{part} is missing in {new}");
        }
        assert_eq!(with_graphics(&new).expect("well-formed"), new, "twice is as once");
    }

    #[test]
    fn what_is_there_stays() {
        let xml = "<domain><os><type arch='s390x'>hvm</type></os><devices><video><model type='vga'/></video></devices></domain>";
        let new = with_graphics(xml).expect("well-formed");
        assert!(new.contains("type='vnc'") && new.contains("'vga'"));
        assert!(!new.contains("tablet") && !new.contains("virtio"));
    }

    #[test]
    fn garbage_is_refused() {
        assert!(with_graphics("<domain>").is_err());
    }
}
