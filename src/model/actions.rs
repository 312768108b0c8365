//! What can be done with a guest now, and why not the rest.
//!
//! One pure table for menus, buttons, bulk actions and shortcuts of every
//! window, so that none of them offers what another refuses.

use crate::model::{DomainAction, DomainState, DomainSummary, HostState, Inventory};

/// Why an action is not offered. The interface has a sentence for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisabledReason {
    /// The guest is not known (any more).
    Gone,
    /// The host is not connected.
    HostNotConnected,
    /// Another operation on the guest is still going on.
    Pending(DomainAction),
    /// The guest runs already.
    AlreadyRunning,
    /// The guest does not run.
    NotRunning,
    /// The guest is paused, and must go on first.
    Paused,
    /// The guest is not paused.
    NotPaused,
    /// The guest is suspended by its own power management; it must be woken first.
    Suspended,
    /// The guest must be off.
    MustBeOff,
    /// The guest has a saved state, which the action would leave behind.
    HasSavedState,
    /// There is no saved state.
    NothingSaved,
    /// The guest exists only while it runs.
    NotPersistent,
    /// The guest starts with the host already.
    AutostartOn,
    /// The guest does not start with the host.
    AutostartOff,
    /// The host has answered that it cannot do this.
    Unsupported,
}

/// Changes to a guest that are no [`DomainAction`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GuestChange {
    /// Another name.
    Rename,
    /// Another title or other notes.
    Describe,
    /// Other tags.
    Tag,
    /// Deleting it.
    Delete,
}

/// Whether `action` can be done with `guest` now.
///
/// # Errors
/// The reason why it cannot. The most general one comes first: the host, then
/// a pending operation, then the guest's state.
pub fn allowed(
    action: DomainAction,
    guest: &DomainSummary,
    pending: Option<DomainAction>,
    host: &HostState,
) -> Result<(), DisabledReason> {
    use DisabledReason as R;
    use DomainState as S;

    connected(host)?;
    idle(action, pending)?;
    match action {
        DomainAction::Start if guest.state.is_active() => Err(R::AlreadyRunning),
        DomainAction::Pause => match guest.state {
            S::Running | S::ShuttingDown | S::Unknown => Ok(()),
            S::Paused => Err(R::Paused),
            S::Suspended => Err(R::Suspended),
            S::ShutOff | S::Crashed => Err(R::NotRunning),
        },
        DomainAction::Resume => match guest.state {
            S::Paused | S::Suspended => Ok(()),
            S::ShutOff | S::Crashed => Err(R::NotRunning),
            S::Running | S::ShuttingDown | S::Unknown => Err(R::NotPaused),
        },
        // A paused guest does not see the request, and would obey it only
        // after going on, which nobody expects by then.
        DomainAction::ShutDown | DomainAction::Reboot => match guest.state {
            S::Running | S::ShuttingDown | S::Unknown => Ok(()),
            S::Paused => Err(R::Paused),
            S::Suspended => Err(R::Suspended),
            S::ShutOff | S::Crashed => Err(R::NotRunning),
        },
        // A crashed guest may be kept with its memory (`on_crash` preserve):
        // libvirt calls it crashed, and only force off ends it.
        DomainAction::ForceOff if guest.state == S::Crashed => Ok(()),
        DomainAction::Save if !guest.persistent => Err(R::NotPersistent),
        DomainAction::Save if guest.state == S::Suspended => Err(R::Suspended),
        DomainAction::ForceOff | DomainAction::Reset | DomainAction::Save => running(guest),
        DomainAction::DropSavedState if !guest.managed_save => Err(R::NothingSaved),
        DomainAction::EnableAutostart | DomainAction::DisableAutostart if !guest.persistent => {
            Err(R::NotPersistent)
        }
        DomainAction::EnableAutostart if guest.autostart => Err(R::AutostartOn),
        DomainAction::DisableAutostart if !guest.autostart => Err(R::AutostartOff),
        DomainAction::Start
        | DomainAction::DropSavedState
        | DomainAction::EnableAutostart
        | DomainAction::DisableAutostart => Ok(()),
    }
}

/// Whether `change` can be made to `guest` now.
///
/// # Errors
/// The reason why it cannot.
pub fn change_allowed(
    change: GuestChange,
    guest: &DomainSummary,
    pending: Option<DomainAction>,
    host: &HostState,
) -> Result<(), DisabledReason> {
    connected(host)?;
    if let Some(other) = pending {
        return Err(DisabledReason::Pending(other));
    }
    match change {
        GuestChange::Rename if guest.state.is_active() => Err(DisabledReason::MustBeOff),
        // The saved memory names the guest as it was.
        GuestChange::Rename if guest.managed_save => Err(DisabledReason::HasSavedState),
        GuestChange::Rename if !guest.persistent => Err(DisabledReason::NotPersistent),
        GuestChange::Rename | GuestChange::Describe | GuestChange::Tag | GuestChange::Delete => {
            Ok(())
        }
    }
}

impl Inventory {
    /// Whether `action` can be done now with the guest `id`.
    ///
    /// # Errors
    /// The reason why it cannot.
    pub fn allowed(
        &self,
        action: DomainAction,
        id: crate::model::DomainId,
    ) -> Result<(), DisabledReason> {
        let guest = self.domains.get(&id).ok_or(DisabledReason::Gone)?;
        allowed(action, guest, self.pending.get(&id).copied(), &self.state)?;
        if self.unsupported.contains(&action) {
            return Err(DisabledReason::Unsupported);
        }
        Ok(())
    }

    /// Whether `change` can be made now to the guest `id`.
    ///
    /// # Errors
    /// The reason why it cannot.
    pub fn change_allowed(
        &self,
        change: GuestChange,
        id: crate::model::DomainId,
    ) -> Result<(), DisabledReason> {
        let guest = self.domains.get(&id).ok_or(DisabledReason::Gone)?;
        change_allowed(change, guest, self.pending.get(&id).copied(), &self.state)
    }
}

fn connected(host: &HostState) -> Result<(), DisabledReason> {
    match host {
        HostState::Ready => Ok(()),
        _ => Err(DisabledReason::HostNotConnected),
    }
}

/// One operation at a time; but a guest that does not answer to a polite one
/// can be stopped hard.
fn idle(action: DomainAction, pending: Option<DomainAction>) -> Result<(), DisabledReason> {
    match pending {
        None => Ok(()),
        Some(other) if action == DomainAction::ForceOff && other != action => Ok(()),
        Some(other) => Err(DisabledReason::Pending(other)),
    }
}

fn running(guest: &DomainSummary) -> Result<(), DisabledReason> {
    match guest.state {
        DomainState::ShutOff | DomainState::Crashed => Err(DisabledReason::NotRunning),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::{DisabledReason as R, GuestChange as C, allowed, change_allowed};
    use crate::model::{
        DomainAction as A, DomainId, DomainState as S, DomainSummary, Failure, FailureKind,
        HostState, Inventory,
    };

    fn guest(state: S) -> DomainSummary {
        DomainSummary {
            id: DomainId(Uuid::nil()),
            name: "web".to_owned(),
            state,
            reason: 0,
            persistent: true,
            autostart: false,
            managed_save: false,
        }
    }

    #[test]
    fn each_state_has_its_actions() {
        let ok = Ok(());
        let off = Err(R::NotRunning);
        #[rustfmt::skip]
        let table = [
            // action        running                  paused               shutting down            suspended            off                   crashed
            (A::Start,     [Err(R::AlreadyRunning), Err(R::AlreadyRunning), Err(R::AlreadyRunning), Err(R::AlreadyRunning), ok, ok]),
            (A::Pause,     [ok,                     Err(R::Paused),         ok,                     Err(R::Suspended),      off, off]),
            (A::Resume,    [Err(R::NotPaused),      ok,                     Err(R::NotPaused),      ok,                     off, off]),
            (A::ShutDown,  [ok,                     Err(R::Paused),         ok,                     Err(R::Suspended),      off, off]),
            (A::Reboot,    [ok,                     Err(R::Paused),         ok,                     Err(R::Suspended),      off, off]),
            (A::Reset,     [ok,                     ok,                     ok,                     ok,                     off, off]),
            (A::ForceOff,  [ok,                     ok,                     ok,                     ok,                     off, ok]),
            (A::Save,      [ok,                     ok,                     ok,                     Err(R::Suspended),      off, off]),
        ];
        let states = [S::Running, S::Paused, S::ShuttingDown, S::Suspended, S::ShutOff, S::Crashed];
        for (action, expected) in table {
            for (state, expected) in states.into_iter().zip(expected) {
                let got = allowed(action, &guest(state), None, &HostState::Ready);
                assert_eq!(got, expected, "{action:?} of a guest that is {state:?}");
            }
        }
    }

    #[test]
    fn saved_state_and_autostart_follow_their_flags() {
        let ready = &HostState::Ready;
        let mut off = guest(S::ShutOff);
        assert_eq!(allowed(A::DropSavedState, &off, None, ready), Err(R::NothingSaved));
        assert_eq!(allowed(A::DisableAutostart, &off, None, ready), Err(R::AutostartOff));
        assert_eq!(allowed(A::EnableAutostart, &off, None, ready), Ok(()));
        off.managed_save = true;
        off.autostart = true;
        assert_eq!(allowed(A::DropSavedState, &off, None, ready), Ok(()));
        assert_eq!(allowed(A::DisableAutostart, &off, None, ready), Ok(()));
        assert_eq!(allowed(A::EnableAutostart, &off, None, ready), Err(R::AutostartOn));
        assert_eq!(change_allowed(C::Rename, &off, None, ready), Err(R::HasSavedState));
    }

    #[test]
    fn a_transient_guest_can_neither_be_saved_nor_started_with_the_host() {
        let mut transient = guest(S::Running);
        transient.persistent = false;
        for action in [A::Save, A::EnableAutostart, A::DisableAutostart] {
            let got = allowed(action, &transient, None, &HostState::Ready);
            assert_eq!(got, Err(R::NotPersistent), "{action:?}");
        }
    }

    #[test]
    fn while_an_operation_is_pending_only_force_off_is_left() {
        let running = guest(S::Running);
        let pending = Some(A::ShutDown);
        assert_eq!(
            allowed(A::Pause, &running, pending, &HostState::Ready),
            Err(R::Pending(A::ShutDown))
        );
        assert_eq!(allowed(A::ForceOff, &running, pending, &HostState::Ready), Ok(()));
        assert_eq!(
            allowed(A::ForceOff, &running, Some(A::ForceOff), &HostState::Ready),
            Err(R::Pending(A::ForceOff))
        );
        assert_eq!(
            change_allowed(C::Delete, &running, pending, &HostState::Ready),
            Err(R::Pending(A::ShutDown))
        );
    }

    #[test]
    fn nothing_can_be_done_on_a_lost_host() {
        let lost = HostState::Lost {
            failure: Failure::new(FailureKind::Disconnected, ""),
            retry_at: std::time::SystemTime::UNIX_EPOCH,
        };
        for host in [HostState::Disconnected, HostState::Connecting, lost] {
            let got = allowed(A::Start, &guest(S::ShutOff), None, &host);
            assert_eq!(got, Err(R::HostNotConnected));
            let got = change_allowed(C::Delete, &guest(S::ShutOff), None, &host);
            assert_eq!(got, Err(R::HostNotConnected));
        }
    }

    #[test]
    fn a_running_guest_keeps_its_name() {
        let ready = &HostState::Ready;
        assert_eq!(change_allowed(C::Rename, &guest(S::Running), None, ready), Err(R::MustBeOff));
        assert_eq!(change_allowed(C::Rename, &guest(S::ShutOff), None, ready), Ok(()));
        assert_eq!(change_allowed(C::Describe, &guest(S::Running), None, ready), Ok(()));
    }

    #[test]
    fn what_the_host_refused_for_good_is_not_offered_again() {
        let web = guest(S::Running);
        let id = web.id;
        let mut inventory = Inventory { state: HostState::Ready, ..Inventory::default() };
        assert_eq!(inventory.allowed(A::Pause, id), Err(R::Gone));
        inventory.domains.insert(id, Arc::new(web));
        assert_eq!(inventory.allowed(A::Pause, id), Ok(()));
        inventory.unsupported.insert(A::Pause);
        assert_eq!(inventory.allowed(A::Pause, id), Err(R::Unsupported));
        assert_eq!(inventory.allowed(A::Reset, id), Ok(()));
    }
}
