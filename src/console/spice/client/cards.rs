//! The smart cards of this computer. Their channel is connected only while they
//! are shared.
//!
//! A guest has one reader (the server takes no more), and the library would
//! announce all that there are: the server answers with the same number for
//! each, and what happens in one then happens in all. So the guest's reader is
//! the one that has a card, and of the others neither it nor the server hears.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use spice_client_glib::{ChannelEvent, SmartcardChannel, VReader, gio, glib, prelude::*};

use super::{cacard, connection::Client};
use crate::console::{extras::Cards, helper::Why, spice::line::Extra};

/// The library takes a card that came or went for something to do when there
/// is something else to do. While cards are shared, there is something this
/// often.
const EVERY: Duration = Duration::from_millis(500);

/// What the library tells of readers.
const NEWS: [&str; 4] = ["reader-added", "reader-removed", "card-inserted", "card-removed"];

/// What is shared.
#[derive(Debug, Default)]
pub(super) struct Reading {
    channel: RefCell<Option<SmartcardChannel>>,
    /// The user wishes it.
    shared: Cell<bool>,
    /// The channel is connected.
    connected: Cell<bool>,
    /// The guest's reader, and the number by which the guest knows it.
    own: RefCell<Option<VReader>>,
    number: Cell<Option<u32>>,
    watched: Cell<bool>,
    told: RefCell<Cards>,
}

impl Client {
    /// Says so if no guest can have any here; else hears what happens to
    /// readers, before the channel does.
    pub(super) fn prepare_cards(&self) {
        if !cacard::is_there() {
            return self.tell_cards(Cards::Unsupported);
        }
        if self.cards.watched.replace(true) {
            return;
        }
        let manager = cacard::manager();
        for news in NEWS {
            let weak = self.weak();
            manager.connect_local(news, false, move |values| {
                let manager = values.first()?.get::<glib::Object>().ok()?;
                let reader = values.get(1)?.get::<VReader>().ok()?;
                if !weak.upgrade()?.concerns_guest(news, &reader) {
                    manager.stop_signal_emission_by_name(news);
                }
                None
            });
        }
    }

    /// Whether the guest is to hear of it.
    fn concerns_guest(&self, news: &str, reader: &VReader) -> bool {
        let mut own = self.cards.own.borrow_mut();
        match (news, &*own) {
            ("reader-added", None) => *own = Some(reader.clone()),
            ("reader-removed", Some(known)) if known == reader => {
                *own = None;
                // Another takes its place.
                return cacard::readers().iter().all(|other| other == reader);
            }
            (_, known) => return known.as_ref() == Some(reader),
        }
        true
    }

    /// The guest has a reader.
    pub(super) fn meet_cards(&self, channel: &SmartcardChannel) {
        self.cards.channel.replace(Some(channel.clone()));
        self.tell_cards(Cards::Possible);
    }

    fn tell_cards(&self, cards: Cards) {
        if self.cards.told.replace(cards.clone()) != cards {
            self.tell(Extra::Cards(cards));
        }
    }

    pub(super) fn share_cards(&self, share: bool) {
        if self.cards.channel.borrow().is_none() || self.cards.shared.replace(share) == share {
            return;
        }
        if !share {
            self.stop_cards();
            return self.tell_cards(Cards::Possible);
        }
        let weak = self.weak();
        glib::MainContext::default().spawn_local(async move {
            // The service may have to be started for it.
            let started = gio::spawn_blocking(cacard::start).await;
            let Some(this) = weak.upgrade() else { return };
            match started.unwrap_or_else(|_| Err(String::new())) {
                Ok(gone) => {
                    if this.cards.shared.get() {
                        this.connect_cards();
                    }
                    let Some(gone) = gone else { return };
                    drop(this);
                    let _ = gone.await;
                    if let Some(this) = weak.upgrade() {
                        this.fail(Why::Closed, "PC/SC");
                    }
                }
                Err(why) => {
                    this.cards.shared.set(false);
                    this.tell_cards(Cards::Failed(why));
                }
            }
        });
    }

    fn connect_cards(self: &Rc<Self>) {
        let channel = self.cards.channel.borrow().clone();
        let Some(channel) = channel.filter(|_| !self.cards.connected.replace(true)) else { return };
        self.cards.number.set(None);
        for reader in cacard::readers() {
            // The library does not announce anew what has one.
            cacard::set_number(&reader, None);
        }
        self.cards.own.replace(cacard::readers().into_iter().next());
        ChannelExt::connect(&channel);
        self.tell_cards(Cards::Shared(None));
        let weak = self.weak();
        glib::timeout_add_local(EVERY, move || {
            let Some(this) = weak.upgrade().filter(|this| this.cards.connected.get()) else {
                return glib::ControlFlow::Break;
            };
            this.choose_reader();
            glib::ControlFlow::Continue
        });
    }

    /// Has the guest's reader be one that has a card, if there is one, and
    /// nobody else have its number.
    fn choose_reader(&self) {
        let readers = cacard::readers();
        let has_card = |reader: &&VReader| cacard::describe(reader).card;
        let before = self.cards.own.borrow().clone().filter(|own| readers.contains(own));
        let own = before.as_ref().filter(has_card).or_else(|| readers.iter().find(has_card));
        let own = own.or(before.as_ref()).or(readers.first()).cloned();
        self.tell_cards(Cards::Shared(own.as_ref().map(cacard::describe)));
        let number = readers.iter().find_map(cacard::number).or(self.cards.number.get());
        self.cards.number.set(number.filter(|_| own.is_some()));
        let mut changed = before != own;
        self.cards.own.replace(own.clone());
        let (Some(own), Some(number)) = (own, number) else { return };
        for reader in &readers {
            let right = (*reader == own).then_some(number);
            if cacard::number(reader) != right {
                cacard::set_number(reader, right);
                changed = true;
            }
        }
        if changed {
            // What the guest was told may have been another reader's.
            let manager = cacard::manager();
            manager.emit_by_name::<()>("card-removed", &[&own]);
            if has_card(&&own) {
                manager.emit_by_name::<()>("card-inserted", &[&own]);
            }
        }
    }

    fn stop_cards(&self) {
        self.cards.connected.set(false);
        if let Some(channel) = &*self.cards.channel.borrow() {
            ChannelExt::disconnect(channel, ChannelEvent::None);
        }
    }

    /// The channel ended by itself.
    pub(super) fn cards_lost(&self, error: Option<String>) {
        if self.cards.shared.replace(false) {
            self.stop_cards();
            self.tell_cards(Cards::Lost(error.unwrap_or_default()));
        }
    }
}
