//! Sound over VNC: QEMU's server sends what an audio backend plays, if it is
//! told which (<https://libvirt.org/formatdomain.html#graphical-framebuffers>,
//! `audio` of `<graphics type='vnc'>`). Without that it stays silent.

use crate::model::xml::{Document, Element, NewElement, Position, XmlError};

const SERVER: &str = "devices/graphics[@type='vnc']";

/// Whether a VNC server of the guest sends its sound.
#[must_use]
pub fn vnc_has_sound(doc: &Document) -> bool {
    doc.find(&format!("{SERVER}/audio")).is_some()
}

/// Has the guest's VNC server send its sound: that of the backend which the
/// sound device plays to, or of one that plays nothing on the host.
///
/// # Errors
/// If there is no VNC server.
pub fn give_vnc_sound(doc: &mut Document) -> Result<(), XmlError> {
    if vnc_has_sound(doc) {
        return Ok(());
    }
    if doc.find(SERVER).is_none() {
        return Err(XmlError::NotFound("graphics".to_owned()));
    }
    let used = doc.get("devices/sound/audio/@id");
    let id = if let Some(id) = used.or_else(|| doc.get("devices/audio/@id")) {
        id
    } else {
        let backend = NewElement::new("audio").attr("id", 1).attr("type", "none");
        let last = doc.select("devices/sound").last().map(Element::id);
        let position = last.map_or(Position::Last, Position::After);
        doc.insert_child("devices", position, &backend.to_xml()?)?;
        "1".to_owned()
    };
    let audio = NewElement::new("audio").attr("id", id).to_xml()?;
    doc.insert_child(SERVER, Position::Last, &audio)
}

#[cfg(test)]
mod tests {
    use super::{give_vnc_sound, vnc_has_sound};
    use crate::model::xml::Document;

    fn given(devices: &str) -> Document {
        let xml = format!("<domain><devices>{devices}</devices></domain>");
        let mut doc = Document::parse(&xml).expect("well-formed");
        assert!(!vnc_has_sound(&doc));
        give_vnc_sound(&mut doc).expect("there is a server");
        assert!(vnc_has_sound(&doc));
        let once = doc.as_str().to_owned();
        give_vnc_sound(&mut doc).expect("it is there");
        assert_eq!(doc.as_str(), once);
        doc
    }

    #[test]
    fn the_server_sends_what_the_sound_device_plays() {
        let plain = given("<graphics type='vnc'/><sound model='ich9'/>");
        assert_eq!(plain.get("devices/audio/@type").as_deref(), Some("none"));
        assert_eq!(plain.get("devices/graphics/audio/@id").as_deref(), Some("1"));

        let known = given("<graphics type='vnc'/><audio id='3' type='alsa'/>");
        assert_eq!(known.get("devices/graphics/audio/@id").as_deref(), Some("3"));
        assert_eq!(known.select("devices/audio").len(), 1);

        let several = "<graphics type='vnc'><listen type='none'/></graphics>\
            <sound model='ich9'><audio id='2'/></sound>\
            <audio id='1' type='alsa'/><audio id='2' type='none'/>";
        assert_eq!(given(several).get("devices/graphics/audio/@id").as_deref(), Some("2"));
    }

    #[test]
    fn without_a_server_nothing_is_left_behind() {
        let mut doc = Document::parse("<domain><devices/></domain>").expect("well-formed");
        let before = doc.as_str().to_owned();
        assert!(give_vnc_sound(&mut doc).is_err());
        assert_eq!(doc.as_str(), before);
    }
}
