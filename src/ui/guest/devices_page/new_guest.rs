//! The hardware of a guest that is not there yet.

use relm4::ComponentSender;

use super::{DevicesOutput, DevicesPage, draft::Draft, draft::Entry};

impl DevicesPage {
    /// The guest's name.
    pub(super) fn name(&self) -> String {
        match (self.id, &self.draft) {
            (None, Some(draft)) => draft.name(),
            _ => self.view.name(),
        }
    }

    /// Takes the definition of a guest that is not there yet, unless it is the
    /// one that is edited.
    pub(super) fn define(&mut self, xml: String, sender: &ComponentSender<Self>) {
        if self.draft.as_ref().is_some_and(|draft| draft.is_of(&xml)) {
            return;
        }
        self.problem = None;
        match Draft::new(xml, None) {
            Ok(mut draft) => {
                let known = self.draft.take().map(|draft| draft.known).unwrap_or_default();
                draft.known = known;
                self.draft = Some(draft);
                self.show_all(sender);
                self.learn(sender);
            }
            // Until the text is mended there are no fields.
            Err(error) => {
                self.draft = None;
                self.chosen = Entry::Xml;
                self.cannot(&error);
            }
        }
    }

    /// Tells an edit of a guest that is not there yet.
    pub(super) fn tell(&mut self, sender: &ComponentSender<Self>) {
        if self.id.is_some() {
            return;
        }
        if let Some((xml, volumes)) = self.draft.as_mut().and_then(Draft::settle) {
            let device = self.device();
            if let Some(draft) = &self.draft {
                self.page.refresh(draft, &self.offers, device.as_ref());
            }
            // Without an assistant there is nobody to tell.
            let _ = sender.output(DevicesOutput::Edited(xml, volumes));
        }
    }
}
