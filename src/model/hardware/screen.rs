//! Changing the protocol of a guest's screen, with all that hangs on it.
//!
//! What belongs to SPICE is what libvirt's page of the domain format says that
//! works only with it: channels and redirections of the type `spicevmc` and
//! `spiceport`, the audio backend `spice`, most children of `<graphics>`.

use super::{NewDevice, add, vnc_sound::give_vnc_sound};
use crate::model::{
    ScreenProtocol,
    capabilities::Offer,
    xml::{Document, Element, ElementId, Position, XmlError},
};

/// How many USB devices can be redirected at a time; virt-manager's number.
const REDIRECTIONS: usize = 2;

/// Attributes of `<graphics>` that one of the two protocols does not have.
const ONLY_SPICE: [&str; 2] = ["tlsPort", "defaultMode"];
const ONLY_VNC: [&str; 4] = ["websocket", "wsock", "sharePolicy", "powerControl"];

/// What goes with SPICE, since it needs a SPICE server.
const SPICE_DEVICES: [&str; 5] = [
    "devices/channel[@type='spicevmc']",
    "devices/channel[@type='spiceport']",
    "devices/redirdev[@type='spicevmc']",
    "devices/smartcard[@type='spicevmc']",
    "devices/audio[@type='spice']",
];

/// The protocol of the guest's screen, where there is just one server of the two.
#[must_use]
pub fn screen_protocol(doc: &Document) -> Option<ScreenProtocol> {
    let mut known = doc
        .select("devices/graphics")
        .into_iter()
        .filter_map(|graphics| ScreenProtocol::of_name(&graphics.attr("type")?));
    known.next().filter(|_| known.next().is_none())
}

/// Changes the guest's only server to the other protocol: the place it listens
/// at and its password stay. With SPICE come the agent's channel, sound and USB
/// redirection, as new guests have them; with VNC goes what needs SPICE.
/// `video` says which graphics cards the hypervisor has.
///
/// # Errors
/// [`XmlError::NotFound`] if there is not just one such server.
pub fn change_screen_protocol(
    doc: &mut Document,
    to: ScreenProtocol,
    video: &Offer,
) -> Result<(), XmlError> {
    let missing = || XmlError::NotFound("graphics".to_owned());
    let from = screen_protocol(doc).ok_or_else(missing)?;
    if from == to {
        return Ok(());
    }
    change_server(doc, from, to)?;
    change_video(doc, to, video)?;
    match to {
        ScreenProtocol::Spice => add_devices(doc),
        ScreenProtocol::Vnc => remove_devices(doc),
    }
}

fn server(protocol: ScreenProtocol) -> String {
    format!("devices/graphics[@type='{}']", protocol.name())
}

fn change_server(
    doc: &mut Document,
    from: ScreenProtocol,
    to: ScreenProtocol,
) -> Result<(), XmlError> {
    let had_gl = doc.get(&format!("{}/gl/@enable", server(from))).as_deref() == Some("yes");
    doc.set_attr(&*server(from), "type", to.name())?;
    let at = server(to);
    let gone: &[&str] = match to {
        ScreenProtocol::Spice => &ONLY_VNC,
        ScreenProtocol::Vnc => &ONLY_SPICE,
    };
    for name in gone {
        doc.remove_attr(&*at, name)?;
    }
    // VNC's short form of a socket, which SPICE does not have.
    let socket = doc.get(&format!("{at}/@socket"));
    doc.remove_attr(&*at, "socket")?;
    if let Some(socket) = socket
        && doc.find(&format!("{at}/listen")).is_none()
    {
        let listen = crate::model::xml::NewElement::new("listen").attr("type", "socket");
        let listen = listen.attr("socket", socket).to_xml()?;
        doc.insert_child(&*at, Position::First, &listen)?;
    }
    // A server without any port would listen nowhere.
    if doc.get(&format!("{at}/@port")).is_none() && doc.find(&format!("{at}/listen")).is_none() {
        doc.set_attr(&*at, "autoport", "yes")?;
    }
    while let Some(id) = option_of(doc, &at) {
        doc.remove(id)?;
    }
    doc.collapse(&*at)?;
    if had_gl && doc.find("devices/graphics[@type='egl-headless']").is_none() {
        // What was drawn on the host's graphics card still is.
        let id = doc.find(&at).map(|server| server.id());
        let position = id.map_or(Position::Last, Position::After);
        doc.insert_child("devices", position, "<graphics type='egl-headless'/>")?;
    }
    Ok(())
}

/// A child of `<graphics>` other than where it listens: each is of one protocol.
fn option_of(doc: &Document, at: &str) -> Option<ElementId> {
    let mut children = doc.find(at)?.children();
    children.find(|child| child.name() != "listen").map(|child| child.id())
}

/// QXL is SPICE's own card, and a plain VGA card to a system without its
/// driver; so is virtio's on a PC.
fn change_video(doc: &mut Document, to: ScreenProtocol, offer: &Offer) -> Result<(), XmlError> {
    const MODEL: &str = "devices/video/model";
    if !matches!(doc.get("os/type/@arch").as_deref(), Some("x86_64" | "i686")) {
        return Ok(());
    }
    let model = doc.get(&format!("{MODEL}/@type")).unwrap_or_default();
    let new = match (to, model.as_str()) {
        (ScreenProtocol::Spice, "vga" | "cirrus") if offer.has("qxl") => "qxl",
        (ScreenProtocol::Vnc, "qxl") if offer.has_or("virtio", true) => "virtio",
        (ScreenProtocol::Vnc, "qxl") => "vga",
        _ => return Ok(()),
    };
    doc.set_attr(MODEL, "type", new)?;
    for name in ["ram", "vram", "vram64", "vgamem"] {
        doc.remove_attr(MODEL, name)?;
    }
    Ok(())
}

fn add_devices(doc: &mut Document) -> Result<(), XmlError> {
    let virtual_agent = "devices/channel[@type='qemu-vdagent']";
    if doc.find(virtual_agent).is_some() {
        // Both have the same name in the guest.
        doc.remove(virtual_agent)?;
    }
    for new in missing_for_spice(doc) {
        add(doc, &new)?;
    }
    if doc.find("devices/audio[@type='none']").is_some() {
        doc.set_attr("devices/audio[@type='none']", "type", "spice")?;
    }
    Ok(())
}

/// What a guest with a SPICE server lacks of what belongs to it, in the order
/// in which it is added.
#[must_use]
pub fn missing_for_spice(doc: &Document) -> Vec<NewDevice> {
    let mut missing = Vec::new();
    let has_port = |name: &str| {
        let is_it = |channel: &Element<'_>| channel.get("target/@name").as_deref() == Some(name);
        doc.select("devices/channel").iter().any(is_it)
    };
    if !has_port("com.redhat.spice.0") {
        missing.push(NewDevice::SpiceAgentChannel);
    }
    let x86 = matches!(doc.get("os/type/@arch").as_deref(), Some("x86_64" | "i686"));
    if x86 && doc.find("devices/sound").is_none() {
        let pcie = doc.get("os/type/@machine").is_some_and(|machine| machine.contains("q35"));
        missing.push(NewDevice::Sound(if pcie { "ich9" } else { "ich6" }.to_owned()));
    }
    let no_usb = doc.find("devices/controller[@type='usb'][@model='none']").is_some();
    if x86 && !no_usb {
        let there = doc.select("devices/redirdev").len();
        missing.extend((there..REDIRECTIONS).map(|_| NewDevice::Redirection));
    }
    missing
}

fn remove_devices(doc: &mut Document) -> Result<(), XmlError> {
    for path in SPICE_DEVICES {
        while doc.find(path).is_some() {
            doc.remove(path)?;
        }
    }
    if doc.find("devices/sound").is_some() {
        give_vnc_sound(doc)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{change_screen_protocol, missing_for_spice, screen_protocol};
    use crate::model::{ScreenProtocol, capabilities::Offer, xml::Document};

    const VNC: &str = "<domain>
  <os>
    <type arch='x86_64' machine='pc-q35-10.0'>hvm</type>
  </os>
  <devices>
    <!-- mine -->
    <graphics type='vnc' port='-1' autoport='yes' websocket='-1' passwd='x&amp;y'>
      <listen type='address' address='::1'/>
    </graphics>
    <video>
      <model type='vga' vram='16384' heads='1' primary='yes'/>
    </video>
  </devices>
</domain>
";

    fn offer(models: &[&str]) -> Offer {
        Offer(Some(models.iter().map(|model| (*model).to_owned()).collect()))
    }

    fn changed(xml: &str, to: ScreenProtocol, video: &Offer) -> Document {
        let mut doc = Document::parse(xml).expect("well-formed");
        change_screen_protocol(&mut doc, to, video).expect("can be changed");
        doc
    }

    #[test]
    fn with_spice_comes_what_belongs_to_it() {
        let doc = changed(VNC, ScreenProtocol::Spice, &offer(&["qxl", "vga"]));
        assert_eq!(screen_protocol(&doc), Some(ScreenProtocol::Spice));
        let get = |path: &str| doc.get(path);
        assert_eq!(get("devices/graphics/@passwd").as_deref(), Some("x&y"));
        assert_eq!(get("devices/graphics/listen/@address").as_deref(), Some("::1"));
        assert_eq!(get("devices/graphics/@websocket"), None);
        assert_eq!(get("devices/video/model/@type").as_deref(), Some("qxl"));
        assert_eq!(get("devices/video/model/@vram"), None);
        assert_eq!(get("devices/sound/@model").as_deref(), Some("ich9"));
        assert_eq!(get("devices/channel/target/@name").as_deref(), Some("com.redhat.spice.0"));
        assert_eq!(doc.select("devices/redirdev").len(), 2);
        assert!(doc.as_str().contains("<!-- mine -->"));
        assert_eq!(missing_for_spice(&doc), []);
    }

    #[test]
    fn back_again_nothing_of_spice_is_left() {
        let spice = changed(VNC, ScreenProtocol::Spice, &offer(&["qxl"]));
        let back = changed(spice.as_str(), ScreenProtocol::Vnc, &offer(&["virtio"]));
        assert_eq!(screen_protocol(&back), Some(ScreenProtocol::Vnc));
        assert!(!back.as_str().contains("spice"), "{}", back.as_str());
        assert_eq!(back.get("devices/video/model/@type").as_deref(), Some("virtio"));
        // It is the guest's own, and VNC carries it, too.
        assert!(back.find("devices/sound").is_some());
        assert_eq!(back.get("devices/audio/@type").as_deref(), Some("none"));
        assert_eq!(back.get("devices/graphics/audio/@id").as_deref(), Some("1"));
    }

    #[test]
    fn what_spice_alone_has_goes_and_the_graphics_card_stays_in_use() {
        let xml = "<domain><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>\
            <graphics type='spice' autoport='yes' tlsPort='5901' defaultMode='secure'>\
            <listen type='none'/><image compression='off'/><gl enable='yes'/></graphics>\
            <audio id='1' type='spice'/><channel type='spiceport'/><smartcard type='spicevmc'/>\
            <redirdev bus='usb' type='tcp'/></devices></domain>";
        let doc = changed(xml, ScreenProtocol::Vnc, &offer(&[]));
        assert_eq!(
            doc.select("devices/*").into_iter().map(|element| element.source()).collect::<Vec<_>>(),
            [
                "<graphics type='vnc' autoport='yes'><listen type='none'/></graphics>",
                "<graphics type='egl-headless'/>",
                "<redirdev bus='usb' type='tcp'/>",
            ]
        );
    }

    #[test]
    fn the_agent_of_qemu_gives_its_place_to_the_one_of_spice() {
        let xml = "<domain><os><type arch='aarch64'>hvm</type></os><devices>\
            <graphics type='vnc' socket='/run/a b'/><audio id='1' type='none'/>\
            <channel type='qemu-vdagent'><target type='virtio' name='com.redhat.spice.0'/></channel>\
            <video><model type='vga'/></video></devices></domain>";
        let doc = changed(xml, ScreenProtocol::Spice, &offer(&["qxl"]));
        assert_eq!(doc.select("devices/channel").len(), 1);
        assert_eq!(doc.get("devices/channel/@type").as_deref(), Some("spicevmc"));
        assert_eq!(doc.get("devices/graphics/listen/@socket").as_deref(), Some("/run/a b"));
        assert_eq!(doc.get("devices/audio/@type").as_deref(), Some("spice"));
        // No card and no redirection of PCs on another machine.
        assert_eq!(doc.get("devices/video/model/@type").as_deref(), Some("vga"));
        assert!(doc.find("devices/redirdev").is_none());
    }

    #[test]
    fn two_servers_are_left_alone() {
        let xml =
            "<domain><devices><graphics type='vnc'/><graphics type='spice'/></devices></domain>";
        let mut doc = Document::parse(xml).expect("well-formed");
        assert_eq!(screen_protocol(&doc), None);
        change_screen_protocol(&mut doc, ScreenProtocol::Vnc, &offer(&[])).expect_err("two");
        assert_eq!(doc.as_str(), xml);
    }
}
