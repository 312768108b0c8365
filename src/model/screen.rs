//! How a guest's screen travels.

/// How a guest's picture is to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PictureQuality {
    /// As the line bears it.
    #[default]
    Automatic,
    /// Exact, whatever it costs: for fast lines.
    Exact,
    /// As small as can be: for slow lines.
    Small,
}

impl PictureQuality {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Automatic, Self::Exact, Self::Small];

    /// The name in the settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Exact => "exact",
            Self::Small => "small",
        }
    }

    /// The one of this name; the automatic one for any other name.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|quality| quality.name() == name).unwrap_or_default()
    }
}

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
