//! What the console page hears and says.

use super::{CheckInput, ScreenInput, ScreensNow, ShareInput, Shareable, Source, check::CheckCmd};
use crate::{
    backend::{BackendError, ConsoleEndpoint, NoConsole},
    console::{ClipboardSupport, ConsoleEvent, GuestKey, ReleaseChord, Scaling},
    model::{DomainAction, PictureQuality, Secret},
    settings::Settings,
    ui::{error::UserMessage, guest::view::GuestView},
};

/// What the page is made from.
#[derive(Debug)]
pub(crate) struct ConsoleInit {
    /// Whose screen it is.
    pub(crate) source: Source,
    /// The keys that give the keyboard back, and how they are called.
    pub(crate) chord: (ReleaseChord, String),
    /// How the guest's screen fits the window.
    pub(crate) scaling: Scaling,
    /// Where another way is kept.
    pub(crate) settings: Settings,
}

/// What happens to the page.
#[derive(Debug)]
pub(crate) enum ConsoleInput {
    /// The guest has changed.
    Guest(Box<GuestView>),
    /// Something happened to the console of this number.
    Event(u64, ConsoleEvent),
    /// It is time to try again.
    Retry(u64),
    /// The button of the status page was pressed.
    Offer,
    /// The server is to be taken as it is.
    Consent,
    /// "Details" was pressed.
    Details,
    /// A password was entered, perhaps to be kept.
    Password(Secret, bool),
    /// The keyring has answered.
    Kept(u64, Option<Secret>),
    /// Another way to fit the screen was chosen.
    Scaling(Scaling),
    /// Keys are to be sent.
    Keys(Vec<GuestKey>),
    /// The user's own key combinations are to be shown.
    Chords,
    /// The clipboard's text is to be typed as keys.
    TypeText,
    /// These keys are to be typed; the user was asked where need be.
    Type(Vec<Vec<GuestKey>>),
    /// The console of this number has typed all.
    Typed(u64),
    /// No more is to be typed.
    StopTyping,
    /// Nothing is to be sent to the guest, or what its user does again.
    ViewOnly(bool),
    /// When the clipboard is shared was chosen anew.
    ClipboardChosen,
    /// Another way to send the pictures was chosen.
    Quality(PictureQuality),
    /// A picture of the screen is to be saved.
    Screenshot,
    /// The guest's clipboard is to become the user's.
    CopyText,
    /// The user's clipboard is to become the guest's.
    PasteText,
    /// Keyboard and pointer are the window's again.
    Release,
    /// The page is shown: the guest's screen gets the focus.
    Focus,
    /// The window is full screen, or no longer.
    Fullscreen(bool),
    /// A tablet is to be added to the guest.
    AddTablet,
    /// Something is to be shared, or no longer.
    Share(ShareInput),
    /// Something happens to the console check.
    Check(CheckInput),
    /// Something is asked of one of the guest's further screens.
    Screen(ScreenInput),
}

/// What the page asks of its window.
#[derive(Debug)]
pub(crate) enum ConsoleOutput {
    /// Do this with the guest.
    Act(DomainAction),
    /// Say this in passing.
    Say(String),
    /// A quick action failed.
    Failed(UserMessage),
    /// What can be done with the console has changed.
    Abilities(Abilities),
}

/// What can be done with the console now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the console")]
pub struct Abilities {
    /// A guest's screen is shown.
    pub open: bool,
    /// The guest can take another screen size.
    pub resize: bool,
    /// Which clipboard texts the server carries.
    pub clipboard: ClipboardSupport,
    /// The guest has copied something.
    pub text: bool,
    /// Nothing is sent to it.
    pub view_only: bool,
    /// The guest's screens.
    pub(crate) screens: ScreensNow,
    /// What else can be shared.
    pub(crate) share: Shareable,
}

impl Abilities {
    /// What the menus say of it: what is only on or off there is their actions'.
    pub(crate) fn in_menus(mut self) -> Self {
        self.share.cards_shared = false;
        self
    }
}

/// Results of work in the background.
#[derive(Debug)]
pub(crate) enum ConsoleCmd {
    /// A way to the console of this number, or why there is none.
    Endpoint(u64, Result<Result<ConsoleEndpoint, NoConsole>, BackendError>),
    /// The user's consent to the server is kept, or not.
    Trusted(std::io::Result<()>),
    /// Graphics were added, or not.
    GraphicsAdded(Result<(), BackendError>),
    /// A tablet was added (at once, or for the next start), or not.
    TabletAdded(Result<bool, BackendError>),
    /// The console check has read or done something.
    Check(CheckCmd),
}
