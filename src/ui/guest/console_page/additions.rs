//! Giving a guest what its console lacks: the least change of its definition.

use gettextrs::gettext;
use relm4::ComponentSender;

use super::{ConsoleCmd, ConsoleOutput, ConsolePage};
use crate::{
    backend::{BackendError, Modification, Operation, XmlKind},
    model::{
        DomainState, Failure, FailureKind,
        hardware::LiveEdit,
        xml::{Document, Position, XmlError},
    },
    ui::error,
};

/// A pointer that knows its place and needs no grab. Its bus is there on PCs.
const TABLET: &str = "<input type='tablet' bus='usb'/>";

/// Whether machines of this architecture have the bus.
fn has_usb(arch: &str) -> bool {
    matches!(arch, "x86_64" | "i686" | "aarch64")
}

impl ConsolePage {
    pub(super) fn add_graphics(&self, sender: &ComponentSender<Self>) {
        let Some((handle, id)) = self.source.guest() else { return };
        let name = self.view.name();
        sender.oneshot_command(async move {
            let done = async {
                let old = handle.domain_xml(id, XmlKind::InactiveSecure).await?;
                let new = with_graphics(&old).map_err(|error| invalid(name, &error))?;
                handle.redefine(id, old, new).await
            };
            ConsoleCmd::GraphicsAdded(done.await)
        });
    }

    pub(super) fn graphics_added(
        &self,
        done: Result<(), BackendError>,
        sender: &ComponentSender<Self>,
    ) {
        let output = match done {
            Ok(()) if self.view.state() == DomainState::ShutOff => {
                ConsoleOutput::Say(gettext("Graphics added"))
            }
            Ok(()) => ConsoleOutput::Say(gettext(
                "Graphics added: shut the guest down and start it again to see its screen",
            )),
            Err(failed) => ConsoleOutput::Failed(error::describe(&failed)),
        };
        let _ = sender.output(output);
    }

    /// Whether the guest's pointer has to be held, and a tablet would help. A
    /// tablet that its system does not use yet needs no second one.
    pub(super) fn lacks_tablet(&self) -> bool {
        let details = self.view.details.as_ref();
        !self.absolute
            && details.is_some_and(|details| {
                !details.tablet && details.arch.as_deref().is_some_and(has_usb)
            })
    }

    pub(super) fn add_tablet(&self, sender: &ComponentSender<Self>) {
        let Some((handle, id)) = self.source.guest() else { return };
        let name = self.view.name();
        let persistent = self.view.summary.as_ref().is_some_and(|guest| guest.persistent);
        sender.oneshot_command(async move {
            let done = async {
                let mut definition = None;
                if persistent {
                    let old = handle.domain_xml(id, XmlKind::InactiveSecure).await?;
                    let new = with_tablet(&old).map_err(|error| invalid(name, &error))?;
                    definition = Some((old, new));
                }
                let live = vec![LiveEdit::Attach(TABLET.to_owned())];
                let change = Modification { definition, live, ..Modification::default() };
                let answers = handle.modify(id, change).await?;
                Ok(answers.iter().all(Result::is_ok))
            };
            ConsoleCmd::TabletAdded(done.await)
        });
    }

    pub(super) fn tablet_added(done: Result<bool, BackendError>, sender: &ComponentSender<Self>) {
        let output = match done {
            Ok(true) => ConsoleOutput::Say(gettext("Tablet added")),
            Ok(false) => ConsoleOutput::Say(gettext(
                "Tablet added: it is there once the guest was shut down and started again",
            )),
            Err(failed) => ConsoleOutput::Failed(error::describe(&failed)),
        };
        let _ = sender.output(output);
    }
}

pub(super) fn invalid(name: String, error: &XmlError) -> BackendError {
    BackendError {
        operation: Operation::Edit,
        object: name,
        failure: Failure::new(FailureKind::InvalidDefinition, error.to_string()),
    }
}

/// `xml` with a tablet, if it has none.
fn with_tablet(xml: &str) -> Result<String, XmlError> {
    let mut document = Document::parse(xml)?;
    if document.find("devices/input[@type='tablet']").is_none() {
        document.ensure("devices")?;
        document.insert_child("devices", Position::Last, TABLET)?;
    }
    Ok(document.to_string())
}

/// `xml` with a VNC server, and a video device and a tablet where there are
/// none. The server listens on the host's loopback, as libvirt's default is.
fn with_graphics(xml: &str) -> Result<String, XmlError> {
    let mut document = Document::parse(xml)?;
    document.ensure("devices")?;
    let mut add = |xml: &str| document.insert_child("devices", Position::Last, xml);
    let parts = {
        let source = Document::parse(xml)?;
        let arch = source.get("os/type/@arch").unwrap_or_default();
        let has = |path: &str| source.find(path).is_some();
        [
            (has_usb(&arch) && !has("devices/input[@type='tablet']")).then_some(TABLET),
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
    use super::{with_graphics, with_tablet};

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
    fn a_tablet_is_added_once() {
        let xml = "<domain>\n  <devices>\n    <!-- mine -->\n    <input type='mouse' bus='ps2'/>\n  </devices>\n</domain>\n";
        let new = with_tablet(xml).expect("well-formed");
        assert!(new.contains("<!-- mine -->") && new.contains("type='tablet' bus='usb'"), "{new}");
        assert_eq!(with_tablet(&new).expect("well-formed"), new);
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
