//! How a guest's screen travels.

/// What a guest's graphics server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScreenProtocol {
    /// SPICE: also sound, USB devices, files and the clipboard.
    Spice,
    /// VNC: the screen, understood by every viewer.
    Vnc,
}

impl ScreenProtocol {
    /// The name in a definition and in the domain capabilities.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spice => "spice",
            Self::Vnc => "vnc",
        }
    }

    /// The name that people know, in every language.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Spice => "SPICE",
            Self::Vnc => "VNC",
        }
    }

    /// The protocol of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Spice, Self::Vnc].into_iter().find(|protocol| protocol.name() == name)
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Spice => Self::Vnc,
            Self::Vnc => Self::Spice,
        }
    }
}
