//! A disk's image. libvirt has another attribute for each type of it
//! (<https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms>);
//! to a person both a file and a device of the host are a path.

use super::Device;
use crate::model::xml::{Document, XmlError};

/// The disk's path on the host, whatever its type.
pub(super) fn get(doc: &Document, disk: &Device) -> Option<String> {
    let source = doc.find(&format!("{}/source", disk.path()))?;
    let path = source.attr("file").or_else(|| source.attr("dev"))?;
    Some(path).filter(|path| !path.is_empty())
}

/// Takes the medium out.
pub(super) fn clear(doc: &mut Document, disk: &Device) -> Result<(), XmlError> {
    let source = format!("{}/source", disk.path());
    if doc.find(&source).is_none() {
        return Ok(());
    }
    for attribute in ["file", "dev"] {
        doc.remove_attr(source.as_str(), attribute)?;
    }
    super::access::prune(doc, &source)
}

/// Gives the disk this image, with the type that it needs. What belonged to an
/// image of another kind (a server's name, say) goes.
pub(super) fn set(doc: &mut Document, disk: &Device, path: &str) -> Result<(), XmlError> {
    let at = disk.path();
    let source = format!("{at}/source");
    let (kind, attribute, other) =
        if path.starts_with("/dev/") { ("block", "dev", "file") } else { ("file", "file", "dev") };
    let present = doc.find(&at).and_then(|disk| disk.attr("type"));
    let local = matches!(present.as_deref(), None | Some("file" | "block"));
    if doc.find(&source).is_some() {
        if local {
            doc.remove_attr(source.as_str(), other)?;
        } else {
            doc.remove(source.as_str())?;
        }
    }
    if present.as_deref() != Some(kind) {
        doc.set_attr(at.as_str(), "type", kind)?;
    }
    super::access::ensure(doc, &source)?;
    doc.set_attr(source.as_str(), attribute, path)
}

#[cfg(test)]
mod tests {
    use super::{get, set};
    use crate::model::{hardware::devices, xml::Document};

    #[test]
    fn an_image_may_become_a_device_of_the_host_and_back() {
        let before = "<domain><devices><disk type='file'><source file='/a.img' index='1'/>\
            <target dev='vda'/></disk></devices></domain>";
        let mut doc = Document::parse(before).unwrap();
        let disk = devices(&doc).remove(0);
        assert_eq!(get(&doc, &disk).as_deref(), Some("/a.img"));
        set(&mut doc, &disk, "/dev/sdb").unwrap();
        assert_eq!(get(&doc, &disk).as_deref(), Some("/dev/sdb"));
        assert_eq!(doc.find("devices/disk").unwrap().attr("type").as_deref(), Some("block"));
        set(&mut doc, &disk, "/a.img").unwrap();
        let back = doc.as_str().replace("index='1' file='/a.img'", "file='/a.img' index='1'");
        assert_eq!(back, before);
        assert_eq!(get(&doc, &disk).as_deref(), Some("/a.img"));
    }

    #[test]
    fn a_servers_image_makes_place_for_a_file() {
        let before = "<domain><devices><disk type='network'><source protocol='nbd' name='x'>\
            <host name='h'/></source><target dev='vda'/></disk></devices></domain>";
        let mut doc = Document::parse(before).unwrap();
        let disk = devices(&doc).remove(0);
        assert_eq!(get(&doc, &disk), None);
        set(&mut doc, &disk, "/b.img").unwrap();
        let source = doc.find("devices/disk/source").unwrap();
        assert_eq!(source.source(), "<source file='/b.img'/>");
    }
}
