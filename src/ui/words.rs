//! Words for guests' states and actions, the same in every window.
//!
//! Rows ask for them with every event, so each is translated once and kept.

use std::{
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use gettextrs::gettext;
use relm4::gtk::glib;

use crate::{
    i18n::gettext_f,
    model::{DisabledReason, DomainAction, DomainState, DomainSummary, hardware::Device, units},
    ui::guest::devices_page::{self, field_label},
};

/// What the hardware pages call a field; its id if it has no name.
#[must_use]
pub fn field(id: &str) -> String {
    field_label(id)
}

/// What the hardware pages call each of a guest's devices, as far as its definition
/// tells: the names of the host’s own devices only its host tells.
#[must_use]
pub fn devices(devices: &[Device]) -> Vec<String> {
    devices_page::names(&devices_page::Known::default(), devices)
}

/// What a guest is doing, as one word of the list: its state, or the
/// operation that is about to change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// An action was asked for and is not answered yet.
    Pending(DomainAction),
    /// Running.
    Running,
    /// Asked to shut down and doing so.
    ShuttingDown,
    /// Paused.
    Paused,
    /// Suspended by the guest's own power management.
    Suspended,
    /// Stopped by a crash.
    Crashed,
    /// Off, with its memory saved.
    Saved,
    /// Off.
    Off,
    /// The hypervisor does not say.
    Unknown,
}

impl Status {
    /// The status of `guest`.
    #[must_use]
    pub fn of(guest: &DomainSummary, pending: Option<DomainAction>) -> Self {
        match (pending, guest.state) {
            // Setting autostart is over at once and changes nothing that runs.
            (Some(action), _) if !is_autostart(action) => Self::Pending(action),
            (_, DomainState::Running) => Self::Running,
            (_, DomainState::ShuttingDown) => Self::ShuttingDown,
            (_, DomainState::Paused) => Self::Paused,
            (_, DomainState::Suspended) => Self::Suspended,
            (_, DomainState::Crashed) => Self::Crashed,
            (_, DomainState::ShutOff) if guest.managed_save => Self::Saved,
            (_, DomainState::ShutOff) => Self::Off,
            (_, DomainState::Unknown) => Self::Unknown,
        }
    }

    /// The word, such as "Running" or "Starting…".
    #[must_use]
    pub fn label(self) -> &'static str {
        let words = words();
        match self {
            Self::Pending(action) => &words.pending[place(action)],
            Self::Running => &words.running,
            Self::ShuttingDown => &words.pending[place(DomainAction::ShutDown)],
            Self::Paused => &words.paused,
            Self::Suspended => &words.suspended,
            Self::Crashed => &words.crashed,
            Self::Saved => &words.saved,
            Self::Off => &words.off,
            Self::Unknown => &words.unknown,
        }
    }

    /// The name of a symbolic icon for it.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Pending(_) | Self::ShuttingDown => "content-loading-symbolic",
            Self::Running => "media-playback-start-symbolic",
            Self::Paused => "media-playback-pause-symbolic",
            Self::Suspended => "weather-clear-night-symbolic",
            Self::Crashed => "dialog-warning-symbolic",
            Self::Saved => "document-save-symbolic",
            Self::Off => "media-playback-stop-symbolic",
            Self::Unknown => "dialog-question-symbolic",
        }
    }

    /// The style class that colours the icon.
    #[must_use]
    pub fn css_class(self) -> &'static str {
        match self {
            Self::Running => "success",
            Self::Paused | Self::Suspended => "warning",
            Self::Crashed => "error",
            Self::Saved | Self::Pending(_) | Self::ShuttingDown => "accent",
            Self::Off | Self::Unknown => "off",
        }
    }
}

fn is_autostart(action: DomainAction) -> bool {
    matches!(action, DomainAction::EnableAutostart | DomainAction::DisableAutostart)
}

/// All actions, in the order of [`place`].
const ACTIONS: [DomainAction; 11] = [
    DomainAction::Start,
    DomainAction::Pause,
    DomainAction::Resume,
    DomainAction::ShutDown,
    DomainAction::Reboot,
    DomainAction::Reset,
    DomainAction::ForceOff,
    DomainAction::Save,
    DomainAction::DropSavedState,
    DomainAction::EnableAutostart,
    DomainAction::DisableAutostart,
];

fn place(action: DomainAction) -> usize {
    ACTIONS.iter().position(|known| *known == action).unwrap_or_default()
}

struct Words {
    pending: [String; ACTIONS.len()],
    running: String,
    paused: String,
    suspended: String,
    crashed: String,
    saved: String,
    off: String,
    unknown: String,
}

fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    WORDS.get_or_init(|| Words {
        pending: ACTIONS.map(pending_label),
        running: gettext("Running"),
        paused: gettext("Paused"),
        // Translators: the guest sleeps by its own power management
        suspended: gettext("Asleep"),
        crashed: gettext("Crashed"),
        // Translators: the guest is off and its memory is saved on disk
        saved: gettext("Saved"),
        // Translators: the guest is not running
        off: gettext("Off"),
        unknown: gettext("Unknown"),
    })
}

fn pending_label(action: DomainAction) -> String {
    match action {
        DomainAction::Start => gettext("Starting…"),
        DomainAction::Pause => gettext("Pausing…"),
        DomainAction::Resume => gettext("Resuming…"),
        DomainAction::ShutDown => gettext("Shutting down…"),
        DomainAction::Reboot => gettext("Restarting…"),
        DomainAction::Reset => gettext("Resetting…"),
        DomainAction::ForceOff => gettext("Forcing off…"),
        DomainAction::Save => gettext("Saving…"),
        DomainAction::DropSavedState => gettext("Dropping saved state…"),
        DomainAction::EnableAutostart | DomainAction::DisableAutostart => gettext("Changing…"),
    }
}

/// A size in the units a person reads, such as "1.5 GiB", with the decimal
/// sign of the language that the rest of the window speaks.
#[must_use]
pub fn size(bytes: u64) -> String {
    static SIGN: OnceLock<String> = OnceLock::new();
    // Translators: the decimal sign, as in "1.5 GiB".
    let sign = SIGN.get_or_init(|| gettext("."));
    units::format_bytes(bytes).replacen('.', sign, 1)
}

/// A size in the largest unit that says it without a fraction: "1500 MiB".
/// For where it is edited, since [`size`] rounds.
#[must_use]
pub fn exact_size(bytes: u64) -> String {
    let units =
        [("TiB", units::TIB), ("GiB", units::GIB), ("MiB", units::MIB), ("KiB", units::KIB)];
    let whole = units.iter().find(|(_, unit)| bytes > 0 && bytes.is_multiple_of(*unit));
    whole.map_or_else(|| format!("{bytes} B"), |(name, unit)| format!("{} {name}", bytes / unit))
}

/// A time as people say it.
#[must_use]
pub fn when(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let (Ok(then), Ok(now)) =
        (glib::DateTime::from_unix_local(seconds), glib::DateTime::now_local())
    else {
        return String::new();
    };
    let text = |format| then.format(format).map(String::from).unwrap_or_default();
    let day = |time: &glib::DateTime| (time.year(), time.day_of_year());
    let clock = text("%X");
    if day(&then) == day(&now) {
        return gettext_f("Today, {time}", &[("time", &clock)]);
    }
    if now.add_days(-1).is_ok_and(|yesterday| day(&yesterday) == day(&then)) {
        return gettext_f("Yesterday, {time}", &[("time", &clock)]);
    }
    // Translators: a date and a time of day
    gettext_f("{date}, {time}", &[("date", &text("%x")), ("time", &clock)])
}

/// The label of a button or menu item for `action`; `restores` where starting
/// restores a saved state.
#[must_use]
pub fn action_label(action: DomainAction, restores: bool) -> String {
    match action {
        // Translators: starts a guest from its saved memory
        DomainAction::Start if restores => gettext("Restore"),
        DomainAction::Start => gettext("Start"),
        DomainAction::Pause => gettext("Pause"),
        DomainAction::Resume => gettext("Resume"),
        DomainAction::ShutDown => gettext("Shut Down"),
        DomainAction::Reboot => gettext("Restart"),
        // Translators: as the reset button of a computer does
        DomainAction::Reset => gettext("Reset"),
        DomainAction::ForceOff => gettext("Force Off"),
        // Translators: saves the guest's memory to disk and stops it
        DomainAction::Save => gettext("Save"),
        DomainAction::DropSavedState => gettext("Drop Saved State"),
        DomainAction::EnableAutostart => gettext("Start with Host"),
        DomainAction::DisableAutostart => gettext("Do Not Start with Host"),
    }
}

/// The name of a symbolic icon for `action`.
#[must_use]
pub fn action_icon(action: DomainAction) -> &'static str {
    match action {
        DomainAction::Start | DomainAction::Resume => "media-playback-start-symbolic",
        DomainAction::Pause => "media-playback-pause-symbolic",
        DomainAction::Reboot | DomainAction::Reset => "view-refresh-symbolic",
        DomainAction::Save => "document-save-symbolic",
        DomainAction::DropSavedState => "edit-clear-symbolic",
        DomainAction::ShutDown | DomainAction::ForceOff => "system-shutdown-symbolic",
        DomainAction::EnableAutostart | DomainAction::DisableAutostart => {
            "preferences-system-symbolic"
        }
    }
}

/// Why an action is not offered, as a sentence.
#[must_use]
pub fn reason(reason: DisabledReason) -> String {
    match reason {
        DisabledReason::Gone => gettext("The guest no longer exists"),
        DisabledReason::HostNotConnected => gettext("The host is not connected"),
        DisabledReason::Pending(_) => gettext("Another operation is still going on"),
        DisabledReason::AlreadyRunning => gettext("The guest is running already"),
        DisabledReason::NotRunning => gettext("The guest is not running"),
        DisabledReason::Paused => gettext("The guest is paused: resume it first"),
        DisabledReason::NotPaused => gettext("The guest is not paused"),
        DisabledReason::Suspended => gettext("The guest is asleep: resume it first"),
        DisabledReason::MustBeOff => gettext("The guest must be off"),
        DisabledReason::HasSavedState => {
            gettext("The guest has a saved state: restore or drop it first")
        }
        DisabledReason::NothingSaved => gettext("There is no saved state"),
        DisabledReason::NotPersistent => gettext("The guest exists only while it runs"),
        DisabledReason::AutostartOn => gettext("The guest starts with its host already"),
        DisabledReason::AutostartOff => gettext("The guest does not start with its host"),
        DisabledReason::Unsupported => gettext("This host cannot do this"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ACTIONS, Status, place};
    use crate::model::{DomainAction, DomainId, DomainState, DomainSummary};

    #[test]
    fn each_action_has_its_own_word() {
        for (index, action) in ACTIONS.into_iter().enumerate() {
            assert_eq!(place(action), index, "{action:?}");
        }
    }

    #[test]
    fn no_amount_is_rounded_where_it_is_edited() {
        assert_eq!(super::exact_size(2 << 30), "2 GiB");
        assert_eq!(super::exact_size(1500 << 20), "1500 MiB");
        assert_eq!(super::exact_size(1001), "1001 B");
        assert_eq!(super::exact_size(0), "0 B");
    }

    #[test]
    fn a_pending_operation_hides_the_state_but_autostart_does_not() {
        let mut guest = DomainSummary {
            id: DomainId(uuid::Uuid::nil()),
            name: "web".to_owned(),
            state: DomainState::ShutOff,
            reason: 0,
            persistent: true,
            autostart: false,
            managed_save: true,
        };
        assert_eq!(Status::of(&guest, None).label(), "Saved");
        assert_eq!(Status::of(&guest, Some(DomainAction::Start)).label(), "Starting…");
        assert_eq!(Status::of(&guest, Some(DomainAction::EnableAutostart)), Status::Saved);
        guest.managed_save = false;
        assert_eq!(Status::of(&guest, None), Status::Off);
    }
}
