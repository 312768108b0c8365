//! What the screen widget needs of a protocol, and what a protocol tells it.

use super::{ConsoleError, frame::Frame};

/// A pointer picture: blue, green, red and alpha, multiplied by alpha.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CursorImage {
    /// The pixel that points.
    pub(crate) hot: (u32, u32),
    /// Pixels across; 0 hides the pointer.
    pub(crate) width: u32,
    /// Pixels down; 0 hides the pointer.
    pub(crate) height: u32,
    /// The pixels, row after row.
    pub(crate) pixels: Vec<u8>,
}

/// Where a connection stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// On the way there.
    #[default]
    Connecting,
    /// The server wants a password.
    WantsPassword {
        /// It wants a user name too.
        user: bool,
    },
    /// The guest's screen is there.
    Open,
    /// Over; nothing where it was closed from this side.
    Over(Option<ConsoleError>),
}

/// What happened since the last look. Each part holds the latest value only,
/// so a server that floods cannot fill the memory.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Where the connection stands now, if that changed.
    pub(crate) phase: Option<Phase>,
    /// The guest's screen has another size.
    pub(crate) resized: bool,
    /// An update is complete: the next one can be asked for.
    pub(crate) updated: bool,
    /// Another pointer picture.
    pub(crate) cursor: Option<CursorImage>,
    /// The guest takes absolute positions (or movements only).
    pub(crate) absolute: Option<bool>,
    /// Lock keys in the guest: bit 0 Scroll, 1 Num, 2 Caps.
    pub(crate) leds: Option<u8>,
    /// The guest's clipboard.
    pub(crate) clipboard: Option<String>,
}

/// A connected guest, as the screen widget uses it. No call waits.
pub(crate) trait Remote {
    /// A key by the kernel's code and X's keysym.
    fn key(&self, down: bool, code: u32, keysym: u32);
    /// The pointer's position and its buttons.
    fn pointer(&self, mask: u8, x: u32, y: u32);
    /// A movement of the pointer and its buttons.
    fn pointer_moved(&self, mask: u8, dx: i32, dy: i32);
    /// Asks for what changes from now on.
    fn request_update(&self);
    /// Asks the guest to take another screen size, in pixels.
    fn request_size(&self, width: u32, height: u32);
    /// Gives access to the screen's pixels, for a short moment.
    fn with_frame(&self, use_it: &mut dyn FnMut(&mut Frame));
}
