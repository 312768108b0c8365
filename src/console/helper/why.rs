//! Why a helper gave up.

use super::line::{Fields, Malformed, Writer};
use crate::console::ConsoleError;

/// Why a helper gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Why {
    /// The password was wrong, or the user name.
    Authentication,
    /// The server offers no kind of authentication that is known.
    Security,
    /// The screen is too large.
    TooLarge,
    /// The server took too long.
    TimedOut,
    /// The server stopped within a message.
    Stalled,
    /// The server closed the line.
    Closed,
    /// The protocol was broken, in the library's words.
    Protocol,
    /// What answers speaks another protocol.
    Stranger,
    /// Nothing answers; the system's own words.
    Unreachable,
    /// The screen is drawn in a way that cannot be shown here.
    Unshowable,
}

const WHYS: [Why; 10] = [
    Why::Authentication,
    Why::Security,
    Why::TooLarge,
    Why::TimedOut,
    Why::Stalled,
    Why::Closed,
    Why::Protocol,
    Why::Stranger,
    Why::Unreachable,
    Why::Unshowable,
];

impl Why {
    pub(in crate::console) fn write(self, writer: Writer<'_>) -> Writer<'_> {
        let number = WHYS.iter().position(|one| *one == self).unwrap_or_default();
        writer.u8(u8::try_from(number).unwrap_or_default())
    }

    pub(in crate::console) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        WHYS.get(usize::from(fields.u8()?)).copied().ok_or(Malformed)
    }

    /// As the program says it; `protocol` is what the server was to speak.
    pub(in crate::console) fn error(self, text: String, protocol: &'static str) -> ConsoleError {
        match self {
            Self::Authentication => ConsoleError::AuthenticationFailed(text),
            Self::Security => ConsoleError::UnsupportedSecurity(text),
            Self::TooLarge => {
                let mut size = text.split('x').map_while(|part| part.parse().ok());
                let (width, height) = (size.next().unwrap_or(0), size.next().unwrap_or(0));
                ConsoleError::TooLarge { width, height }
            }
            Self::TimedOut => ConsoleError::TimedOut,
            Self::Stalled => ConsoleError::Stalled,
            Self::Closed => ConsoleError::Closed,
            Self::Protocol => ConsoleError::Protocol(text),
            Self::Stranger => ConsoleError::Stranger(protocol),
            Self::Unreachable => ConsoleError::Unreachable(text),
            Self::Unshowable => ConsoleError::Unshowable(text),
        }
    }
}
