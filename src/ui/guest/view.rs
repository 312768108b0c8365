//! What a guest's window knows of its guest: a part of the host's inventory.

use std::{collections::BTreeSet, sync::Arc};

use gettextrs::gettext;

use crate::model::{
    DisabledReason, DomainAction, DomainDetails, DomainId, DomainState, DomainSummary, GuestChange,
    HostFacts, HostState, Inventory, allowed, change_allowed,
};

/// A guest and its host at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GuestView {
    /// The guest; nothing if the host has it no more.
    pub(super) summary: Option<Arc<DomainSummary>>,
    /// Its definition, once it is read.
    pub(super) details: Option<Arc<DomainDetails>>,
    /// What was asked for and is not answered.
    pub(super) pending: Option<DomainAction>,
    /// Where the connection to the host stands.
    pub(super) host: HostState,
    /// What the host is.
    pub(super) facts: Option<Arc<HostFacts>>,
    unsupported: BTreeSet<DomainAction>,
}

impl GuestView {
    /// The guest `id` in `inventory`.
    pub(super) fn of(inventory: &Inventory, id: DomainId) -> Self {
        Self {
            summary: inventory.domains.get(&id).cloned(),
            details: inventory.details.get(&id).cloned(),
            pending: inventory.pending.get(&id).copied(),
            host: inventory.state.clone(),
            facts: inventory.facts.clone(),
            unsupported: inventory.unsupported.clone(),
        }
    }

    /// The guest's name; nothing while it is not known.
    pub(super) fn name(&self) -> String {
        self.summary.as_ref().map(|guest| guest.name.clone()).unwrap_or_default()
    }

    /// The title, or the name where there is none.
    pub(super) fn title(&self) -> String {
        let title = self.details.as_ref().and_then(|details| details.title.clone());
        title.filter(|title| !title.is_empty()).unwrap_or_else(|| self.name())
    }

    /// Its state.
    pub(super) fn state(&self) -> DomainState {
        self.summary.as_ref().map(|guest| guest.state).unwrap_or_default()
    }

    /// Whether it has a hypervisor process, as far as can be told now.
    pub(super) fn is_active(&self) -> bool {
        self.host == HostState::Ready && self.state().is_active()
    }

    /// Whether starting restores saved memory.
    pub(super) fn restores(&self) -> bool {
        self.summary.as_ref().is_some_and(|guest| guest.managed_save)
    }

    /// Whether the server's screen is on this computer.
    pub(super) fn is_local(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.local)
    }

    /// Whether `action` can be done now.
    ///
    /// # Errors
    /// The reason why it cannot.
    pub(super) fn allowed(&self, action: DomainAction) -> Result<(), DisabledReason> {
        let guest = self.summary.as_ref().ok_or(DisabledReason::Gone)?;
        allowed(action, guest, self.pending, &self.host)?;
        if self.unsupported.contains(&action) {
            return Err(DisabledReason::Unsupported);
        }
        Ok(())
    }

    /// Whether `change` can be made now.
    ///
    /// # Errors
    /// The reason why it cannot.
    pub(super) fn change_allowed(&self, change: GuestChange) -> Result<(), DisabledReason> {
        let guest = self.summary.as_ref().ok_or(DisabledReason::Gone)?;
        change_allowed(change, guest, self.pending, &self.host)
    }

    /// Why the guest is in its state, where that says more than the state.
    pub(super) fn reason(&self) -> Option<String> {
        let guest = self.summary.as_ref()?;
        // libvirt's virDomainPausedReason, …ShutoffReason and …CrashedReason.
        Some(match (guest.state, guest.reason) {
            (DomainState::Paused, 2 | 12) => gettext("It is being moved to another host."),
            (DomainState::Paused, 3) => gettext("Its memory is being saved."),
            (DomainState::Paused, 4) => gettext("Its memory is being dumped."),
            (DomainState::Paused, 5) => {
                gettext("Reading or writing a disk failed: check the storage, then resume.")
            }
            (DomainState::Paused, 6) => gettext("Its watchdog found that it hangs."),
            (DomainState::Paused, 9) => gettext("A snapshot is being taken."),
            (DomainState::ShutOff, 2) => gettext("It was forced off."),
            (DomainState::Paused, 10) | (DomainState::ShutOff, 3) => gettext("It crashed."),
            (DomainState::ShutOff, 4) => gettext("It was moved to another host."),
            (DomainState::ShutOff, 6) => gettext("It could not be started."),
            (DomainState::Crashed, 1) => {
                gettext("Its system reported a failure it could not recover from.")
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::GuestView;
    use crate::model::{
        DisabledReason, DomainAction, DomainDetails, DomainId, DomainState, DomainSummary,
        HostState, Inventory,
    };

    fn inventory(state: DomainState) -> (Inventory, DomainId) {
        let id = DomainId(uuid::Uuid::from_u128(7));
        let guest = DomainSummary {
            id,
            name: "web".to_owned(),
            state,
            reason: 5,
            persistent: true,
            autostart: false,
            managed_save: false,
        };
        let mut inventory = Inventory { state: HostState::Ready, ..Inventory::default() };
        inventory.domains.insert(id, Arc::new(guest));
        (inventory, id)
    }

    #[test]
    fn a_title_goes_before_the_name() {
        let (mut inventory, id) = inventory(DomainState::ShutOff);
        assert_eq!(GuestView::of(&inventory, id).title(), "web");
        let details = DomainDetails { title: Some("Web shop".to_owned()), ..Default::default() };
        inventory.details.insert(id, Arc::new(details));
        assert_eq!(GuestView::of(&inventory, id).title(), "Web shop");
    }

    #[test]
    fn a_guest_of_a_lost_host_is_not_active() {
        let (mut inventory, id) = inventory(DomainState::Running);
        assert!(GuestView::of(&inventory, id).is_active());
        inventory.state = HostState::Connecting;
        assert!(!GuestView::of(&inventory, id).is_active());
    }

    #[test]
    fn what_the_host_refused_is_not_offered_again() {
        let (mut inventory, id) = inventory(DomainState::Running);
        assert_eq!(GuestView::of(&inventory, id).allowed(DomainAction::Reset), Ok(()));
        inventory.unsupported.insert(DomainAction::Reset);
        let view = GuestView::of(&inventory, id);
        assert_eq!(view.allowed(DomainAction::Reset), Err(DisabledReason::Unsupported));
        let gone = GuestView::of(&inventory, DomainId(uuid::Uuid::nil()));
        assert_eq!(gone.allowed(DomainAction::Start), Err(DisabledReason::Gone));
    }

    #[test]
    fn a_reason_is_told_where_it_helps() {
        let (inventory, id) = inventory(DomainState::Paused);
        assert!(GuestView::of(&inventory, id).reason().is_some_and(|text| text.contains("disk")));
        let (inventory, id) = self::inventory(DomainState::Running);
        assert_eq!(GuestView::of(&inventory, id).reason(), None);
    }
}
