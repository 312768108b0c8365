//! Why clipboard, resizing, sound, files, USB or smart cards do or do not work in a guest's
//! console: the first link that is missing, from the device to the user's
//! settings.

mod served;
mod tools;

pub use served::{Served, check_served};
pub use tools::{Tool, commands};

use super::{
    ScreenProtocol,
    hardware::{NewDevice, add, can_be_now, give_vnc_sound, vnc_has_sound},
    xml::{Document, XmlError},
};

/// How many USB devices can be redirected at a time, as new guests have it.
const REDIRECTIONS: usize = 2;

/// The names of the ports that agents in the guest listen at.
const DESKTOP_PORT: &str = "com.redhat.spice.0";
const FOLDER_PORT: &str = "org.spice-space.webdav.0";
const AGENT_PORT: &str = "org.qemu.guest_agent.0";

/// What a console can do besides showing the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Texts and pictures go over the clipboard.
    Clipboard,
    /// The guest's screen takes the size of the window.
    Resize,
    /// The guest is heard.
    Sound,
    /// Files go to the guest.
    Files,
    /// The guest sees a folder of this computer.
    Folder,
    /// The guest has USB devices of this computer.
    Usb,
    /// The guest uses the smart cards of this computer.
    Cards,
    /// The pointer goes in and out freely.
    Pointer,
    /// The host asks the guest's system.
    Agent,
}

impl Feature {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::Clipboard,
        Self::Resize,
        Self::Sound,
        Self::Files,
        Self::Folder,
        Self::Usb,
        Self::Cards,
        Self::Pointer,
        Self::Agent,
    ];
}

/// A device that can be added to the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The channel of SPICE's agent.
    SpiceChannel,
    /// The channel by which QEMU itself speaks with that agent.
    VdagentChannel,
    /// The channel of the shared folder.
    FolderChannel,
    /// The channel of QEMU's agent.
    AgentChannel,
    /// A sound card.
    Sound,
    /// A VNC server that sends the sound, too.
    VncSound,
    /// Places for USB devices.
    Redirection,
    /// A reader for smart cards.
    CardReader,
    /// A pointer that knows its place.
    Tablet,
}

/// A setting of the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The clipboard goes over by the menu only.
    ClipboardByHand,
    /// The picture is scaled instead.
    NotResized,
    /// The guest is muted.
    Muted,
}

/// The first link that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// None.
    Works,
    /// The guest has no screen.
    Screen,
    /// The console's protocol does not carry it.
    Protocol,
    /// A device of the guest; whether it can be added while the guest runs.
    Device(Part, bool),
    /// A device that the guest seems to lack, which nobody here can add.
    Lacks(Part),
    /// The channel of SPICE's agent, or the agent: nothing tells which.
    Unheard,
    /// The server does not offer it.
    Unoffered,
    /// The guest's graphics card takes no other size.
    Card,
    /// The guest's sound goes elsewhere: to this, as libvirt calls it.
    Elsewhere(String),
    /// The device is there from the next start on.
    NextStart,
    /// The guest is off.
    Off,
    /// What answers inside the guest.
    Tool(Tool),
    /// It answers and does not do this, or the guest's system does not.
    Refused,
    /// Something on this computer; the system's words.
    Here(String),
    /// A setting of the user's.
    Setting(Setting),
    /// Nothing is to be sent to the guest.
    ViewOnly,
}

/// A guest's sound, as its console has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SoundSeen {
    /// There is none.
    #[default]
    Absent,
    /// It would be played: whether there is any has not been told.
    Expected,
    /// It is played.
    Played,
    /// It cannot be played; the system's words.
    Unplayable(String),
}

/// What the open console has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Seen {
    /// The guest's clipboard can be asked.
    pub clipboard: bool,
    /// The guest's screen can take another size.
    pub resize: bool,
    /// The guest's sound.
    pub sound: SoundSeen,
    /// The guest takes files.
    pub files: bool,
    /// The guest has a channel for a shared folder.
    pub folder: bool,
    /// The guest has places for USB devices.
    pub redirection: bool,
    /// The guest takes positions of the pointer.
    pub absolute: bool,
    /// Why no USB device can be seen; empty if they can.
    pub usb_problem: String,
    /// The guest has a reader for smart cards.
    pub card_reader: bool,
    /// The SPICE library of this computer knows smart cards.
    pub cards: bool,
}

/// What the user has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent choices")]
pub struct Choices {
    /// The clipboard goes over by the menu only.
    pub clipboard_by_hand: bool,
    /// The guest is asked to take the window's size.
    pub resize: bool,
    /// The guest is muted.
    pub muted: bool,
    /// Nothing is sent to the guest.
    pub view_only: bool,
}

/// What is known.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the guest is at its next start.
    pub definition: &'a Document,
    /// What it is now; nothing if it is off.
    pub live: Option<&'a Document>,
    /// What its open console has found.
    pub seen: Option<&'a Seen>,
    /// What the user has chosen.
    pub choices: Choices,
}

/// The first link that is missing, for each feature.
#[must_use]
pub fn check(facts: Facts<'_>) -> Vec<(Feature, Link)> {
    Feature::ALL.map(|feature| (feature, facts.link(feature))).into()
}

/// The definition with the part, which it may have already.
///
/// # Errors
/// If the definition has no `<devices>`.
pub fn with_part(definition: &Document, part: Part) -> Result<Document, XmlError> {
    let mut new = definition.clone();
    let missing = match part {
        _ if has(definition, part) => 0,
        Part::Redirection => REDIRECTIONS,
        _ => 1,
    };
    for device in device(definition, part).into_iter().cycle().take(missing) {
        add(&mut new, &device)?;
    }
    if matches!(part, Part::Sound | Part::VncSound)
        && protocol(definition) == Some(ScreenProtocol::Vnc)
    {
        give_vnc_sound(&mut new)?;
    }
    Ok(new)
}

/// What is to be added for a part that is a device.
fn device(doc: &Document, part: Part) -> Option<NewDevice> {
    let pcie = || doc.get("os/type/@machine").is_some_and(|machine| machine.contains("q35"));
    Some(match part {
        Part::SpiceChannel => NewDevice::SpiceAgentChannel,
        Part::VdagentChannel => NewDevice::VdagentChannel,
        Part::FolderChannel => NewDevice::WebdavChannel,
        Part::AgentChannel => NewDevice::AgentChannel,
        Part::Sound => NewDevice::Sound(if pcie() { "ich9" } else { "ich6" }.to_owned()),
        Part::Redirection => NewDevice::Redirection,
        Part::CardReader => NewDevice::Smartcard,
        Part::Tablet => NewDevice::Input { kind: "tablet".to_owned(), bus: "usb".to_owned() },
        Part::VncSound => return None,
    })
}

fn has(doc: &Document, part: Part) -> bool {
    match part {
        Part::SpiceChannel | Part::VdagentChannel => port(doc, DESKTOP_PORT).is_some(),
        Part::FolderChannel => port(doc, FOLDER_PORT).is_some(),
        Part::AgentChannel => port(doc, AGENT_PORT).is_some(),
        Part::Sound => doc.find("devices/sound").is_some(),
        Part::VncSound => vnc_has_sound(doc),
        Part::Redirection => doc.find("devices/redirdev[@type='spicevmc']").is_some(),
        Part::CardReader => doc.find("devices/smartcard[@type='spicevmc']").is_some(),
        Part::Tablet => doc.find("devices/input[@type='tablet']").is_some(),
    }
}

/// Whether somebody in the guest has opened the port, as libvirt says of a
/// guest that runs; nothing without that port.
fn port(doc: &Document, name: &str) -> Option<bool> {
    let channels = doc.select("devices/channel");
    let mut targets = channels.iter().filter_map(|channel| channel.child("target"));
    let target = targets.find(|target| target.attr("name").as_deref() == Some(name))?;
    Some(target.attr("state").as_deref() == Some("connected"))
}

/// The protocol of the screen that a console shows: the first that can be.
fn protocol(doc: &Document) -> Option<ScreenProtocol> {
    let graphics = doc.select("devices/graphics");
    graphics.iter().find_map(|server| ScreenProtocol::of_name(&server.attr("type")?))
}

impl Facts<'_> {
    fn link(&self, feature: Feature) -> Link {
        let protocol = protocol(self.live.unwrap_or(self.definition));
        let spice = protocol == Some(ScreenProtocol::Spice);
        let desktop = if spice { Part::SpiceChannel } else { Part::VdagentChannel };
        let played = self.seen.is_some_and(|seen| match seen.sound {
            SoundSeen::Played => true,
            // Over SPICE it is there then.
            SoundSeen::Unplayable(_) => spice,
            SoundSeen::Absent | SoundSeen::Expected => false,
        });
        let found = match (feature, protocol) {
            (Feature::Agent, _) => self.part(Part::AgentChannel).or_else(|| self.agent()),
            (_, None) => Some(Link::Screen),
            (Feature::Sound, _) if played => self.sound(),
            (Feature::Files | Feature::Folder | Feature::Usb | Feature::Cards, _) if !spice => {
                Some(Link::Protocol)
            }
            (Feature::Clipboard, _) => self.part(desktop).or_else(|| {
                // A VNC server takes texts whether somebody reads them or not.
                let seen = self.seen.filter(|_| spice).map(|seen| seen.clipboard);
                self.desktop(seen).or_else(|| self.clipboard())
            }),
            (Feature::Resize, _) if spice => self.part(desktop).or_else(|| {
                self.desktop(self.seen.map(|seen| seen.resize)).or_else(|| self.resize())
            }),
            (Feature::Resize, _) => self.card().or_else(|| self.resize()),
            (Feature::Sound, _) => self
                .part(Part::Sound)
                .or_else(|| if spice { None } else { self.part(Part::VncSound) })
                .or_else(|| self.sound()),
            (Feature::Files, _) => self.part(desktop).or_else(|| {
                self.desktop(self.seen.map(|seen| seen.files)).or_else(|| self.hands())
            }),
            (Feature::Folder, _) => self
                .part(Part::FolderChannel)
                .or_else(|| self.answers(FOLDER_PORT, Tool::Folder))
                .or_else(|| self.hands()),
            (Feature::Usb, _) => self.part(Part::Redirection).or_else(|| self.usb()),
            (Feature::Cards, _) => self.part(Part::CardReader).or_else(|| self.cards()),
            (Feature::Pointer, _) => self.pointer(),
        };
        found.unwrap_or(Link::Works)
    }

    /// A device that the guest needs.
    fn part(&self, part: Part) -> Option<Link> {
        let there = self.live.map(|live| has(live, part));
        match there {
            Some(true) => None,
            _ if !has(self.definition, part) => {
                let now = |live| device(live, part).is_some_and(|device| can_be_now(live, &device));
                Some(Link::Device(part, self.live.is_some_and(now)))
            }
            Some(false) => Some(Link::NextStart),
            None => Some(Link::Off),
        }
    }

    /// Who must have opened a port in the guest.
    fn answers(&self, name: &str, tool: Tool) -> Option<Link> {
        let open = self.live.and_then(|live| port(live, name)).unwrap_or(false);
        (!open).then_some(Link::Tool(tool))
    }

    /// What SPICE's agent does: as the console has seen it, which is newer than
    /// what libvirt told.
    fn desktop(&self, seen: Option<bool>) -> Option<Link> {
        match (seen, self.answers(DESKTOP_PORT, Tool::Desktop)) {
            (Some(true), _) => None,
            (Some(false), None) => Some(Link::Refused),
            (_, missing) => missing,
        }
    }

    fn hands(&self) -> Option<Link> {
        self.choices.view_only.then_some(Link::ViewOnly)
    }

    fn clipboard(&self) -> Option<Link> {
        let by_hand = Link::Setting(Setting::ClipboardByHand);
        self.hands().or_else(|| self.choices.clipboard_by_hand.then_some(by_hand))
    }

    fn resize(&self) -> Option<Link> {
        let off = Link::Setting(Setting::NotResized);
        self.hands().or_else(|| (!self.choices.resize).then_some(off))
    }

    fn card(&self) -> Option<Link> {
        if self.live.is_none() {
            return Some(Link::Off);
        }
        self.seen.is_some_and(|seen| !seen.resize).then_some(Link::Card)
    }

    fn sound(&self) -> Option<Link> {
        match self.seen.map(|seen| &seen.sound) {
            Some(SoundSeen::Unplayable(why)) => return Some(Link::Here(why.clone())),
            Some(SoundSeen::Absent) => {
                let live = self.live?;
                let kind = live.get("devices/audio/@type").unwrap_or_default();
                return Some(Link::Elsewhere(kind));
            }
            Some(SoundSeen::Expected | SoundSeen::Played) | None => {}
        }
        self.choices.muted.then_some(Link::Setting(Setting::Muted))
    }

    fn usb(&self) -> Option<Link> {
        let problem = self.seen.map(|seen| &seen.usb_problem).filter(|why| !why.is_empty());
        problem.map(|why| Link::Here(why.clone())).or_else(|| self.hands())
    }

    fn cards(&self) -> Option<Link> {
        let known = self.seen.is_none_or(|seen| seen.cards);
        (!known).then(|| Link::Here(String::new())).or_else(|| self.hands())
    }

    fn pointer(&self) -> Option<Link> {
        let seen = self.seen.map(|seen| seen.absolute);
        match self.part(Part::Tablet) {
            _ if seen == Some(true) => self.hands(),
            None if seen == Some(false) => Some(Link::Refused),
            missing => missing.or_else(|| self.hands()),
        }
    }

    fn agent(&self) -> Option<Link> {
        self.answers(AGENT_PORT, Tool::Agent)
    }
}

#[cfg(test)]
mod tests;
