//! The serial ports and text consoles of a guest.

use std::{fmt, str::FromStr};

use crate::model::xml::Element;

/// What a text console is to the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextPortKind {
    /// A serial port.
    Serial,
    /// A console of another kind, such as virtio's.
    Console,
}

/// Which text console of a guest: the same one before and after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextPortId {
    /// Among those of this kind.
    pub kind: TextPortKind,
    /// Its number there, from 0.
    pub number: u32,
}

impl fmt::Display for TextPortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            TextPortKind::Serial => "serial",
            TextPortKind::Console => "console",
        };
        write!(f, "{kind}-{}", self.number)
    }
}

impl FromStr for TextPortId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, number) = text.split_once('-').ok_or(())?;
        let kind = match kind {
            "serial" => TextPortKind::Serial,
            "console" => TextPortKind::Console,
            _ => return Err(()),
        };
        Ok(Self { kind, number: number.parse().map_err(|_| ())? })
    }
}

/// A serial port or text console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPort {
    /// Which one.
    pub id: TextPortId,
    /// Where it leads on the host: `pty`, `file`, `tcp`….
    pub leads_to: String,
    /// What the guest sees: `isa-serial`, `virtio`….
    pub target: Option<String>,
    /// libvirt's name of it, while the guest runs.
    pub alias: Option<String>,
}

impl TextPort {
    /// Whether libvirt can connect a viewer with it.
    #[must_use]
    pub fn can_be_shown(&self) -> bool {
        self.leads_to == "pty"
    }

    /// All of a definition's `<devices>`, serial ports first.
    #[must_use]
    pub fn all(devices: Element<'_>) -> Vec<Self> {
        let named = |name: &'static str| {
            devices.children().filter(move |device| device.name() == name).collect::<Vec<_>>()
        };
        let serials = named("serial");
        let mut consoles = named("console");
        // libvirt lists the first serial port as the first console too.
        let target = |device: &Element<'_>| device.child("target").and_then(|t| t.attr("type"));
        let twin = consoles.first().is_some_and(|first| {
            !serials.is_empty() && target(first).is_none_or(|target| target == "serial")
        });
        if twin {
            consoles.remove(0);
        }
        let port = |kind, number, device: Element<'_>| Self {
            id: TextPortId { kind, number },
            leads_to: device.attr("type").unwrap_or_default(),
            target: target(&device),
            alias: device.child("alias").and_then(|alias| alias.attr("name")),
        };
        let mut ports = Vec::new();
        for (kind, devices) in [(TextPortKind::Serial, serials), (TextPortKind::Console, consoles)]
        {
            ports.extend((0..).zip(devices).map(|(number, device)| port(kind, number, device)));
        }
        ports
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xml::Document;

    fn ports(devices: &str) -> Vec<(String, bool, Option<String>)> {
        let xml = format!("<domain><devices>{devices}</devices></domain>");
        let document = Document::parse(&xml).unwrap();
        TextPort::all(document.root().child("devices").unwrap())
            .into_iter()
            .map(|port| (port.id.to_string(), port.can_be_shown(), port.alias))
            .collect()
    }

    fn is(name: &str, shown: bool, alias: Option<&str>) -> (String, bool, Option<String>) {
        (name.to_owned(), shown, alias.map(str::to_owned))
    }

    #[test]
    fn the_twin_of_the_first_serial_port_is_left_out() {
        let running = "<serial type='pty'><source path='/dev/pts/3'/><target type='isa-serial' port='0'/>\
             <alias name='serial0'/></serial>\
             <serial type='file'><source path='/log'/><target type='isa-serial' port='1'/>\
             <alias name='serial1'/></serial>\
             <console type='pty' tty='/dev/pts/3'><target type='serial' port='0'/><alias name='serial0'/></console>\
             <console type='pty'><target type='virtio' port='1'/><alias name='console1'/></console>";
        assert_eq!(
            ports(running),
            [
                is("serial-0", true, Some("serial0")),
                is("serial-1", false, Some("serial1")),
                is("console-0", true, Some("console1")),
            ]
        );
        let off = "<console type='pty'/><serial type='pty'/>";
        assert_eq!(ports(off), [is("serial-0", true, None)]);
    }

    #[test]
    fn consoles_without_serial_ports_are_themselves() {
        assert_eq!(ports(""), []);
        assert_eq!(
            ports("<console type='pty'><target type='lxc'/></console>"),
            [is("console-0", true, None)]
        );
        // s390x, and a guest of the person's own with virtio first.
        assert_eq!(
            ports("<serial type='tcp'/><console type='pty'><target type='virtio'/></console>"),
            [is("serial-0", false, None), is("console-0", true, None)]
        );
        assert_eq!(ports("<console/>"), [is("console-0", false, None)]);
    }

    #[test]
    fn names_go_to_and_fro() {
        for text in ["serial-0", "console-7"] {
            assert_eq!(text.parse::<TextPortId>().unwrap().to_string(), text);
        }
        for text in ["", "serial", "screen", "serial--1", "serial-99999999999"] {
            assert!(text.parse::<TextPortId>().is_err(), "{text}");
        }
    }
}
