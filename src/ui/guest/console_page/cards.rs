//! The smart cards of this computer, shared with the guest.

use gettextrs::gettext;
use relm4::ComponentSender;

use super::{ConsoleOutput, ConsolePage};
use crate::{
    console::{Ask, CardReader, Cards},
    i18n::gettext_f,
    ui::error::UserMessage,
};

/// Which card the guest sees, if any.
pub(super) fn reminder(reader: Option<&CardReader>) -> String {
    let Some(CardReader { name, card }) = reader else {
        return gettext("Smart cards are shared, and this computer has no reader for them");
    };
    let reader = &[("reader", name.as_str())];
    if *card {
        gettext_f("The guest may use the smart card in “{reader}”", reader)
    } else {
        gettext_f("The guest sees the smart card reader “{reader}”, which is empty", reader)
    }
}

impl ConsolePage {
    pub(super) fn share_cards(&mut self, share: bool) {
        self.sharing.cards = share;
        if let Some((_, id)) = self.source.guest() {
            self.settings.set_guest_cards(id, share);
        }
        self.ask_for_cards(share);
    }

    fn ask_for_cards(&mut self, share: bool) {
        // A failure is told each time.
        if matches!(self.sharing.extras.cards, Cards::Failed(_) | Cards::Lost(_)) {
            self.sharing.extras.cards = Cards::Possible;
        }
        self.ask(Ask::Cards(share));
    }

    /// The console tells of smart cards what it did not tell `before`.
    pub(super) fn cards_changed(&mut self, before: &Cards, sender: &ComponentSender<Self>) {
        let now = &self.sharing.extras.cards;
        if now == before || !self.sharing.cards {
            return;
        }
        let (title, body, why) = match now {
            Cards::Possible if *before == Cards::Absent => {
                return self.ask_for_cards(!self.view_only);
            }
            Cards::Failed(why) => (
                gettext("Smart cards could not be shared"),
                gettext(
                    "This computer’s service for smart cards does not answer. Install and start “pcscd”, then share them again.",
                ),
                why,
            ),
            Cards::Lost(why) => (
                gettext("Smart cards are no longer shared"),
                gettext("The guest’s graphics server does not take them any more."),
                why,
            ),
            _ => return,
        };
        let detail = why.clone();
        self.sharing.cards = false;
        let _ = sender.output(ConsoleOutput::Failed(UserMessage { title, body, detail }));
    }
}
