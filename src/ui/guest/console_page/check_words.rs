//! The words of the console check.

use gettextrs::gettext;

use crate::{
    i18n::gettext_f,
    model::console_check::{Feature, Link, Part, Setting, Tool, commands},
};

/// What a feature is called.
pub(super) fn title(feature: Feature) -> String {
    match feature {
        Feature::Clipboard => gettext("Clipboard"),
        Feature::Resize => gettext("Automatic resize"),
        Feature::Sound => gettext("Sound"),
        Feature::Files => gettext("File transfer"),
        Feature::Folder => gettext("Shared folder"),
        Feature::Usb => gettext("USB redirection"),
        Feature::Cards => gettext("Smart cards"),
        Feature::Pointer => gettext("Pointer"),
        Feature::Agent => gettext("Guest agent"),
    }
}

/// Which link is missing.
pub(super) fn explanation(feature: Feature, link: &Link, os: Option<&str>) -> String {
    match link {
        Link::Works if feature == Feature::Folder => gettext("A folder can be shared"),
        Link::Works if feature == Feature::Usb => gettext("Devices can be connected"),
        Link::Works if feature == Feature::Cards => gettext("Smart cards can be shared"),
        Link::Works => gettext("Works"),
        Link::Screen => {
            gettext("The guest has no screen. Graphics can be added on its Hardware page")
        }
        Link::Protocol => gettext(
            "VNC, the protocol of this console, cannot carry it. SPICE can: change it on the Hardware page",
        ),
        Link::Device(part, now) => device(*part, *now),
        Link::Lacks(part) => lacking(*part),
        Link::Unheard => gettext(
            "Nothing answers inside the guest: it has no channel for the SPICE agent, or “spice-vdagent” is not installed or does not run",
        ),
        Link::Unoffered => gettext("The guest’s graphics server does not offer it"),
        Link::Card => gettext(
            "The guest’s graphics card takes no other size. Virtio does: change it on the Hardware page",
        ),
        Link::Elsewhere(kind) if kind.is_empty() => {
            gettext("The guest’s sound does not go to this console")
        }
        // Translators: {kind} is libvirt's name of a way for sound, such as "none" or "pulseaudio"
        Link::Elsewhere(kind) => gettext_f(
            "The guest’s sound goes elsewhere (“{kind}”). Change that on the Hardware page",
            &[("kind", kind)],
        ),
        Link::NextStart => {
            gettext("The device is there once the guest was shut down and started again")
        }
        Link::Off => {
            gettext("The devices are there. What runs inside the guest shows once it is on")
        }
        Link::Tool(tool) => tool_missing(*tool, os),
        Link::Refused if feature == Feature::Pointer => {
            gettext("The guest has a tablet, and its system does not use it yet")
        }
        Link::Refused => gettext(
            "The agent inside the guest runs and does not offer it. Nobody may be logged in there, or it is too old",
        ),
        Link::Here(why) if feature == Feature::Sound => {
            gettext_f(
                // Translators: {why} is a list of paths, or GStreamer's own words
                "This computer has no sound server or sound card that lets Posada play sound ({why})",
                &[("why", why)],
            )
        }
        Link::Here(_) if feature == Feature::Cards => {
            gettext("The SPICE library of this computer was built without smart cards")
        }
        Link::Here(why) => {
            gettext_f("USB devices of this computer cannot be seen: {why}", &[("why", why)])
        }
        Link::Setting(Setting::ClipboardByHand) => {
            gettext("Ready, and goes over by the menu only, as your preferences say")
        }
        Link::Setting(Setting::NotResized) => {
            gettext("Ready, and the picture is fitted to the window instead")
        }
        Link::Setting(Setting::Muted) => gettext("Ready, and muted"),
        Link::ViewOnly => gettext("Ready, and “View Only” keeps it back"),
    }
}

fn lacking(part: Part) -> String {
    match part {
        Part::SpiceChannel | Part::VdagentChannel => {
            gettext("The guest has no channel for the SPICE agent.")
        }
        Part::FolderChannel => gettext("The guest has no channel for a shared folder."),
        Part::AgentChannel => gettext("The guest has no channel for its agent."),
        Part::Sound => gettext("The guest has no sound device."),
        Part::VncSound => gettext("The guest’s VNC server does not send its sound."),
        Part::Redirection => gettext("The guest has no USB redirectors."),
        Part::CardReader => gettext("The guest has no smart card reader."),
        Part::Tablet => gettext("The guest has no tablet, so it has to hold the pointer."),
    }
}

fn device(part: Part, now: bool) -> String {
    let missing = lacking(part);
    let when = if now {
        gettext("It can be added now.")
    } else {
        gettext("What is added is there from the next start on.")
    };
    format!("{missing} {when}")
}

fn tool_missing(tool: Tool, os: Option<&str>) -> String {
    let name = &[("name", tool.name())];
    let missing = gettext_f(
        "Nothing answers inside the guest: “{name}” is not installed or does not run.",
        name,
    );
    let file = tool.windows();
    let how = if commands(tool, os).is_empty() {
        gettext_f("Start “{file}” in the guest.", &[("file", file)])
    } else if os.is_none() {
        // Translators: {file} is a Windows installer
        gettext_f("Run one of these in the guest; on Windows start “{file}”.", &[("file", file)])
    } else {
        gettext("Run this in the guest.")
    };
    if tool == Tool::Desktop {
        let when = gettext("It starts when somebody logs in at the guest’s screen.");
        return format!("{missing} {when} {how}");
    }
    format!("{missing} {how}")
}

/// What the row's button is called; nothing without one.
pub(super) fn button(link: &Link) -> Option<String> {
    Some(match link {
        Link::Device(_, true) => gettext("Add Now"),
        Link::Device(_, false) => gettext("Add"),
        Link::Setting(Setting::ClipboardByHand) => gettext("Preferences"),
        Link::Setting(Setting::NotResized) => gettext("Turn On"),
        Link::Setting(Setting::Muted) => gettext("Unmute"),
        Link::ViewOnly => gettext("Allow Input"),
        _ => return None,
    })
}
