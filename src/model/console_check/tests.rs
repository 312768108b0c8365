//! The first missing link, for guests of every kind.

use super::{
    Choices, Facts, Feature, Link, Part, Seen, Setting, SoundSeen, Tool, check, has, with_part,
};
use crate::model::xml::Document;

fn guest(devices: &str) -> Document {
    let xml = format!(
        "<domain type='kvm'><os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type></os>\
         <devices><controller type='virtio-serial' index='0'/>{devices}</devices></domain>"
    );
    Document::parse(&xml).expect("well-formed")
}

fn channel(kind: &str, name: &str, state: &str) -> String {
    let target = format!("<target type='virtio' name='{name}' state='{state}'/>");
    format!("<channel type='{kind}'>{target}</channel>")
}

fn all(state: &str) -> Document {
    guest(
        &[
            "<graphics type='spice'/><sound model='ich9'/><audio id='1' type='spice'/>",
            "<smartcard mode='passthrough' type='spicevmc'/>",
            "<redirdev bus='usb' type='spicevmc'/><input type='tablet' bus='usb'/>",
            &channel("spicevmc", "com.redhat.spice.0", state),
            &channel("spiceport", "org.spice-space.webdav.0", state),
            &channel("unix", "org.qemu.guest_agent.0", state),
        ]
        .concat(),
    )
}

pub(super) fn seen() -> Seen {
    Seen {
        clipboard: true,
        resize: true,
        sound: SoundSeen::Played,
        files: true,
        folder: true,
        redirection: true,
        absolute: true,
        usb_problem: String::new(),
        card_reader: true,
        cards: true,
    }
}

const CHOICES: Choices =
    Choices { clipboard_by_hand: false, resize: true, muted: false, view_only: false };

fn links(live: &Document, seen: Option<&Seen>, choices: Choices) -> Vec<Link> {
    let facts = Facts { definition: live, live: Some(live), seen, choices };
    check(facts).into_iter().map(|(_, link)| link).collect()
}

fn link(links: &[Link], feature: Feature) -> Link {
    let at = Feature::ALL.iter().position(|one| *one == feature).expect("one of all");
    links[at].clone()
}

#[test]
fn with_all_links_everything_works() {
    let works = vec![Link::Works; Feature::ALL.len()];
    assert_eq!(links(&all("connected"), Some(&seen()), CHOICES), works);
    assert_eq!(links(&all("connected"), None, CHOICES), works, "before the screen is shown");
}

#[test]
fn a_bare_guest_lacks_devices_and_some_can_come_at_once() {
    let found = links(&guest("<graphics type='spice'/>"), Some(&Seen::default()), CHOICES);
    let device = |part, now| Link::Device(part, now);
    assert_eq!(
        found,
        [
            device(Part::SpiceChannel, true),
            device(Part::SpiceChannel, true),
            device(Part::Sound, false),
            device(Part::SpiceChannel, true),
            device(Part::FolderChannel, false),
            device(Part::Redirection, true),
            device(Part::CardReader, false),
            device(Part::Tablet, true),
            device(Part::AgentChannel, true),
        ]
    );
}

#[test]
fn nobody_answers_inside_the_guest() {
    let none = Seen { clipboard: false, resize: false, files: false, ..seen() };
    let found = links(&all("disconnected"), Some(&none), CHOICES);
    assert_eq!(link(&found, Feature::Clipboard), Link::Tool(Tool::Desktop));
    assert_eq!(link(&found, Feature::Resize), Link::Tool(Tool::Desktop));
    assert_eq!(link(&found, Feature::Files), Link::Tool(Tool::Desktop));
    assert_eq!(link(&found, Feature::Folder), Link::Tool(Tool::Folder));
    assert_eq!(link(&found, Feature::Agent), Link::Tool(Tool::Agent));
    assert_eq!(link(&found, Feature::Sound), Link::Works);
    // Somebody answers who does not do this.
    let found = links(&all("connected"), Some(&none), CHOICES);
    assert_eq!(link(&found, Feature::Files), Link::Refused);
}

#[test]
fn vnc_carries_less() {
    let vnc = guest("<graphics type='vnc'/><video><model type='vga'/></video>");
    let found = links(&vnc, Some(&Seen { absolute: true, ..Seen::default() }), CHOICES);
    assert_eq!(link(&found, Feature::Clipboard), Link::Device(Part::VdagentChannel, true));
    assert_eq!(link(&found, Feature::Resize), Link::Card);
    assert_eq!(link(&found, Feature::Sound), Link::Device(Part::Sound, false));
    for feature in [Feature::Files, Feature::Folder, Feature::Usb, Feature::Cards] {
        assert_eq!(link(&found, feature), Link::Protocol);
    }
    assert_eq!(link(&found, Feature::Pointer), Link::Works);
    let found = links(&guest(""), None, CHOICES);
    assert_eq!(link(&found, Feature::Clipboard), Link::Screen);
}

#[test]
fn vnc_sends_sound_where_it_is_told_to() {
    let expected = Seen { sound: SoundSeen::Expected, ..Seen::default() };
    let silent = guest("<graphics type='vnc'/><sound model='ich9'/>");
    let found = links(&silent, Some(&expected), CHOICES);
    assert_eq!(link(&found, Feature::Sound), Link::Device(Part::VncSound, false));

    let told = with_part(&silent, Part::VncSound).expect("can be told");
    let sound = |seen: &Seen| link(&links(&told, Some(seen), CHOICES), Feature::Sound);
    assert_eq!(sound(&expected), Link::Works);
    let deaf = SoundSeen::Unplayable("no server".to_owned());
    assert_eq!(sound(&Seen { sound: deaf, ..Seen::default() }), Link::Here("no server".to_owned()));

    // With the device comes the way to it.
    let bare = guest("<graphics type='vnc'/>");
    let added = with_part(&bare, Part::Sound).expect("can be added");
    assert!(has(&added, Part::Sound) && has(&added, Part::VncSound));
}

#[test]
fn settings_come_last() {
    let choices = Choices { clipboard_by_hand: true, resize: false, muted: true, view_only: false };
    let found = links(&all("connected"), Some(&seen()), choices);
    assert_eq!(link(&found, Feature::Clipboard), Link::Setting(Setting::ClipboardByHand));
    assert_eq!(link(&found, Feature::Resize), Link::Setting(Setting::NotResized));
    assert_eq!(link(&found, Feature::Sound), Link::Setting(Setting::Muted));
    let found = links(&all("connected"), Some(&seen()), Choices { view_only: true, ..CHOICES });
    for feature in [Feature::Clipboard, Feature::Files, Feature::Usb, Feature::Pointer] {
        assert_eq!(link(&found, feature), Link::ViewOnly, "{feature:?}");
    }
    assert_eq!(link(&found, Feature::Sound), Link::Works, "one can listen");
}

#[test]
fn this_computer_may_lack_something() {
    let here = Seen {
        sound: SoundSeen::Unplayable("no server".to_owned()),
        usb_problem: "no access".to_owned(),
        cards: false,
        ..seen()
    };
    let found = links(&all("connected"), Some(&here), CHOICES);
    assert_eq!(link(&found, Feature::Sound), Link::Here("no server".to_owned()));
    assert_eq!(link(&found, Feature::Usb), Link::Here("no access".to_owned()));
    assert_eq!(link(&found, Feature::Cards), Link::Here(String::new()));
    let mut other = all("connected");
    other.set_attr("devices/audio", "type", "none").expect("it is there");
    let silent = Seen { sound: SoundSeen::Absent, ..seen() };
    let found = links(&other, Some(&silent), CHOICES);
    assert_eq!(link(&found, Feature::Sound), Link::Elsewhere("none".to_owned()));
}

#[test]
fn what_was_added_waits_for_the_next_start() {
    let bare = guest("<graphics type='spice'/>");
    let mut facts = Facts { definition: &bare, live: None, seen: None, choices: CHOICES };
    assert_eq!(facts.link(Feature::Sound), Link::Device(Part::Sound, false));
    let whole = all("");
    facts.definition = &whole;
    assert_eq!(facts.link(Feature::Sound), Link::Off);
    facts.live = Some(&bare);
    assert_eq!(facts.link(Feature::Sound), Link::NextStart);
}

#[test]
fn a_part_is_added_once() {
    let bare = guest("<graphics type='spice'/>");
    for part in [
        Part::SpiceChannel,
        Part::VdagentChannel,
        Part::FolderChannel,
        Part::AgentChannel,
        Part::Sound,
        Part::Redirection,
        Part::CardReader,
        Part::Tablet,
    ] {
        assert!(!has(&bare, part));
        let new = with_part(&bare, part).expect("can be added");
        assert!(has(&new, part), "{}", new.as_str());
        assert_eq!(with_part(&new, part).expect("is there").as_str(), new.as_str());
    }
    let usb = with_part(&bare, Part::Redirection).expect("can be added");
    assert_eq!(usb.select("devices/redirdev").len(), 2);
}
