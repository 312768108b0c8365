//! Behaviour of a host's page.

use std::{sync::Arc, time::SystemTime};

use relm4::{ComponentSender, gtk};

use super::{HostPage, HostPageCmd, HostPageInput};
use crate::{
    model::{ConnectionId, HostFacts, HostState},
    ui::{
        context::{Context, HostEntry},
        host::summary,
        watch::{self, Subscription},
    },
};

/// Follows the host's state; changes of its guests are the list's business.
pub(super) fn subscribe(
    context: &Context,
    id: ConnectionId,
    sender: &ComponentSender<HostPage>,
) -> Option<Subscription> {
    let handle = context.handle(id)?;
    Some(watch::follow_part(
        handle.inventory(),
        sender.command_sender(),
        |inventory| (inventory.state.clone(), inventory.facts.clone()),
        |(state, facts)| HostPageCmd::State(state, facts),
    ))
}

impl HostPage {
    pub(super) fn entry_changed(&mut self, entry: HostEntry, sender: &ComponentSender<Self>) {
        if entry.uri != self.entry.uri {
            self.subscription = subscribe(&self.context, entry.id, sender);
            self.facts = None;
        }
        self.entry = entry;
    }

    pub(super) fn state_changed(
        &mut self,
        state: HostState,
        facts: Option<Arc<HostFacts>>,
        sender: &ComponentSender<Self>,
    ) {
        let became_ready = state == HostState::Ready && self.state != HostState::Ready;
        self.state = state;
        self.facts = facts;
        if became_ready {
            self.read_capabilities(sender);
        }
        if matches!(self.state, HostState::Lost { .. }) {
            self.start_ticking(sender);
        } else {
            self.stop_ticking();
        }
    }

    fn read_capabilities(&self, sender: &ComponentSender<Self>) {
        let Some(handle) = self.context.handle(self.entry.id) else { return };
        let local = self.facts.as_ref().is_some_and(|facts| facts.local);
        sender.oneshot_command(async move {
            let xml = handle.capabilities_xml().await;
            let kvm = if local {
                relm4::spawn_blocking(summary::LocalKvm::look).await.ok()
            } else {
                None
            };
            HostPageCmd::Capabilities(xml, kvm)
        });
    }

    /// Counts down to the next try, once a second.
    fn start_ticking(&mut self, sender: &ComponentSender<Self>) {
        if self.ticking.is_none() {
            let input = sender.input_sender().clone();
            self.ticking = Some(gtk::glib::timeout_add_seconds_local(1, move || {
                match input.send(HostPageInput::Tick) {
                    Ok(()) => gtk::glib::ControlFlow::Continue,
                    Err(_) => gtk::glib::ControlFlow::Break,
                }
            }));
        }
    }

    pub(super) fn stop_ticking(&mut self) {
        if let Some(source) = self.ticking.take() {
            source.remove();
        }
    }

    pub(super) fn connect(&self) {
        if let Some(handle) = self.context.handle(self.entry.id) {
            handle.connect();
        }
    }

    pub(super) fn disconnect(&self) {
        if let Some(handle) = self.context.handle(self.entry.id) {
            handle.disconnect();
        }
    }

    /// Whether the lists can be shown: also the last known of a lost host.
    pub(super) fn has_lists(&self) -> bool {
        matches!(self.state, HostState::Ready | HostState::Lost { .. })
    }

    /// Seconds until the next try.
    pub(super) fn retry_in(&self) -> Option<u64> {
        match self.state {
            HostState::Lost { retry_at, .. } => {
                Some(retry_at.duration_since(SystemTime::now()).unwrap_or_default().as_secs())
            }
            _ => None,
        }
    }
}
