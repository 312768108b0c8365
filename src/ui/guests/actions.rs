//! The actions on guests: one table behind menus, buttons and shortcuts.

use std::sync::Arc;

use gettextrs::gettext;
use relm4::gtk::{gio, prelude::*};

use crate::{
    model::{DisabledReason, DomainAction, DomainId, GuestChange, Inventory},
    ui::words,
};

/// An action on the selected guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestAction {
    /// Open the guest's window.
    Open,
    /// Open the guest as a tab beside others.
    OpenTab,
    /// Open the guest in a window of its own.
    OpenWindow,
    /// A life-cycle action.
    Domain(DomainAction),
    /// Start with the host, or no more.
    ToggleAutostart,
    /// Rename, describe or delete.
    Change(GuestChange),
}

/// The group's name, as in `guests.start`.
pub(super) const GROUP: &str = "guests";

/// A section for each group of actions that belong together.
pub(super) const SECTIONS: &[&[GuestAction]] = &[
    &[GuestAction::Open, GuestAction::OpenTab, GuestAction::OpenWindow],
    &[
        GuestAction::Domain(DomainAction::Start),
        GuestAction::Domain(DomainAction::Pause),
        GuestAction::Domain(DomainAction::Resume),
        GuestAction::Domain(DomainAction::ShutDown),
        GuestAction::Domain(DomainAction::Reboot),
    ],
    &[GuestAction::Domain(DomainAction::Save), GuestAction::Domain(DomainAction::DropSavedState)],
    &[GuestAction::Domain(DomainAction::Reset), GuestAction::Domain(DomainAction::ForceOff)],
    &[
        GuestAction::ToggleAutostart,
        GuestAction::Change(GuestChange::Rename),
        GuestAction::Change(GuestChange::Describe),
        GuestAction::Change(GuestChange::Tag),
    ],
    &[GuestAction::Change(GuestChange::Delete)],
];

impl GuestAction {
    /// The action's name in its group.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::OpenTab => "open-tab",
            Self::OpenWindow => "open-window",
            Self::Domain(DomainAction::Start) => "start",
            Self::Domain(DomainAction::Pause) => "pause",
            Self::Domain(DomainAction::Resume) => "resume",
            Self::Domain(DomainAction::ShutDown) => "shut-down",
            Self::Domain(DomainAction::Reboot) => "reboot",
            Self::Domain(DomainAction::Reset) => "reset",
            Self::Domain(DomainAction::ForceOff) => "force-off",
            Self::Domain(DomainAction::Save) => "save",
            Self::Domain(DomainAction::DropSavedState) => "drop-saved-state",
            Self::ToggleAutostart
            | Self::Domain(DomainAction::EnableAutostart | DomainAction::DisableAutostart) => {
                "autostart"
            }
            Self::Change(GuestChange::Rename) => "rename",
            Self::Change(GuestChange::Describe) => "describe",
            Self::Change(GuestChange::Tag) => "tag",
            Self::Change(GuestChange::Delete) => "delete",
        }
    }

    /// The name with its group, for `set_action_name`.
    pub(super) fn full_name(self) -> String {
        format!("{GROUP}.{}", self.name())
    }

    /// The label, for these guests.
    pub(super) fn label(self, targets: &Targets) -> String {
        match self {
            Self::Open => gettext("Open"),
            Self::OpenTab => gettext("Open in Tab"),
            Self::OpenWindow => gettext("Open in Own Window"),
            Self::Domain(action) => words::action_label(action, targets.would_restore()),
            Self::ToggleAutostart => words::action_label(targets.autostart_action(), false),
            Self::Change(GuestChange::Rename) => gettext("Rename…"),
            Self::Change(GuestChange::Describe) => gettext("Title and Notes…"),
            Self::Change(GuestChange::Tag) => gettext("Tags…"),
            Self::Change(GuestChange::Delete) => gettext("Delete…"),
        }
    }
}

/// The guests that an action would work on, with what is known of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Targets(pub(super) Vec<(Arc<Inventory>, DomainId)>);

impl Targets {
    /// Whether starting restores the saved state of all of them.
    fn would_restore(&self) -> bool {
        let saved = |(inventory, id): &(Arc<Inventory>, DomainId)| {
            inventory.domains.get(id).is_some_and(|guest| guest.managed_save)
        };
        !self.0.is_empty() && self.0.iter().all(saved)
    }

    /// What the autostart toggle would do: off only if it is on for all.
    pub(super) fn autostart_action(&self) -> DomainAction {
        let on = |(inventory, id): &(Arc<Inventory>, DomainId)| {
            inventory.domains.get(id).is_some_and(|guest| guest.autostart)
        };
        if !self.0.is_empty() && self.0.iter().all(on) {
            DomainAction::DisableAutostart
        } else {
            DomainAction::EnableAutostart
        }
    }

    /// Whether `action` can be done now with at least one of the guests.
    ///
    /// # Errors
    /// The reason as a sentence: that of the first guest.
    pub(super) fn check(&self, action: GuestAction) -> Result<(), String> {
        let single =
            matches!(action, GuestAction::Change(GuestChange::Rename | GuestChange::Describe));
        if self.0.is_empty() {
            return Err(gettext("No guest is selected"));
        }
        if single && self.0.len() > 1 {
            return Err(gettext("Only for one guest at a time"));
        }
        let mut first = None;
        for (inventory, id) in &self.0 {
            match self.check_one(action, inventory, *id) {
                Ok(()) => return Ok(()),
                Err(reason) => first = first.or(Some(reason)),
            }
        }
        Err(first.map_or_else(String::new, words::reason))
    }

    /// Whether `action` can be done now with this guest.
    pub(super) fn check_one(
        &self,
        action: GuestAction,
        inventory: &Inventory,
        id: DomainId,
    ) -> Result<(), DisabledReason> {
        match action {
            GuestAction::Open | GuestAction::OpenTab | GuestAction::OpenWindow => Ok(()),
            GuestAction::Domain(action) => inventory.allowed(action, id),
            GuestAction::ToggleAutostart => inventory.allowed(self.autostart_action(), id),
            GuestAction::Change(change) => inventory.change_allowed(change, id),
        }
    }
}

/// Makes the action group. `activated` is told which action was asked for.
pub(super) fn group(activated: impl Fn(GuestAction) + Clone + 'static) -> gio::SimpleActionGroup {
    let group = gio::SimpleActionGroup::new();
    for action in SECTIONS.iter().copied().flatten().copied() {
        let entry = gio::SimpleAction::new(action.name(), None);
        entry.set_enabled(false);
        let activated = activated.clone();
        entry.connect_activate(move |_, _| activated(action));
        group.add_action(&entry);
    }
    group
}

/// Enables what can be done with `targets`.
pub(super) fn sync(group: &gio::SimpleActionGroup, targets: &Targets) {
    for action in SECTIONS.iter().copied().flatten().copied() {
        let entry = group.lookup_action(action.name()).and_downcast::<gio::SimpleAction>();
        if let Some(entry) = entry {
            entry.set_enabled(targets.check(action).is_ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Arc};

    use super::{GuestAction as G, SECTIONS, Targets};
    use crate::{
        model::{DomainAction as A, DomainState as S, GuestChange as C},
        ui::guests::entry::tests::inventory,
    };

    fn targets(guests: &[(&str, S)]) -> Targets {
        let inventory = Arc::new(inventory(guests));
        Targets(inventory.domains.keys().map(|id| (Arc::clone(&inventory), *id)).collect())
    }

    #[test]
    fn names_are_unique() {
        let names: Vec<&str> =
            SECTIONS.iter().copied().flatten().map(|action| action.name()).collect();
        let unique: HashSet<&&str> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
    }

    #[test]
    fn a_bulk_action_needs_one_guest_that_it_fits() {
        let mixed = targets(&[("a", S::ShutOff), ("b", S::Running)]);
        assert_eq!(mixed.check(G::Domain(A::Start)), Ok(()));
        assert_eq!(mixed.check(G::Domain(A::Pause)), Ok(()));
        assert_eq!(mixed.check(G::Domain(A::Resume)), Err("The guest is not running".to_owned()));
        assert_eq!(
            mixed.check(G::Change(C::Rename)),
            Err("Only for one guest at a time".to_owned())
        );
        assert!(Targets::default().check(G::Open).is_err());
    }

    #[test]
    fn starting_is_restoring_where_all_are_saved() {
        let mut one = inventory(&[("a", S::ShutOff)]);
        let id = *one.domains.keys().next().expect("a guest");
        Arc::make_mut(one.domains.get_mut(&id).expect("known")).managed_save = true;
        let one = Targets(vec![(Arc::new(one), id)]);
        assert_eq!(G::Domain(A::Start).label(&one), "Restore");
        assert_eq!(one.autostart_action(), A::EnableAutostart);
        let other = targets(&[("a", S::ShutOff)]);
        assert_eq!(G::Domain(A::Start).label(&other), "Start");
    }
}
