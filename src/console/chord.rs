//! Key combinations of the user's own, by the names of keys: “Ctrl+Alt+Home”.

use std::{fmt, str::FromStr};

use super::keymap::GuestKey;

/// The most keys of a combination: more than hands press, and few enough for
/// every keyboard.
const MOST: usize = 6;

/// Keys whose names are no letter, digit or function key: name, the kernel's
/// code, X's keysym. The first ones are held while the others are pressed.
const KEYS: [(&str, u32, u32); 54] = [
    ("Ctrl", 29, 0xffe3),
    ("RightCtrl", 97, 0xffe4),
    ("Alt", 56, 0xffe9),
    ("AltGr", 100, 0xfe03),
    ("Shift", 42, 0xffe1),
    ("RightShift", 54, 0xffe2),
    ("Super", 125, 0xffeb),
    ("RightSuper", 126, 0xffec),
    ("Esc", 1, 0xff1b),
    ("Tab", 15, 0xff09),
    ("Enter", 28, 0xff0d),
    ("Space", 57, 0x20),
    ("Backspace", 14, 0xff08),
    ("Insert", 110, 0xff63),
    ("Delete", 111, 0xffff),
    ("Home", 102, 0xff50),
    ("End", 107, 0xff57),
    ("PageUp", 104, 0xff55),
    ("PageDown", 109, 0xff56),
    ("Up", 103, 0xff52),
    ("Down", 108, 0xff54),
    ("Left", 105, 0xff51),
    ("Right", 106, 0xff53),
    ("Print", 99, 0xff61),
    ("ScrollLock", 70, 0xff14),
    ("Pause", 119, 0xff13),
    ("CapsLock", 58, 0xffe5),
    ("NumLock", 69, 0xff7f),
    ("Menu", 127, 0xff67),
    ("Minus", 12, 0x2d),
    ("Equal", 13, 0x3d),
    ("LeftBracket", 26, 0x5b),
    ("RightBracket", 27, 0x5d),
    ("Semicolon", 39, 0x3b),
    ("Apostrophe", 40, 0x27),
    ("Grave", 41, 0x60),
    ("Backslash", 43, 0x5c),
    ("Comma", 51, 0x2c),
    ("Period", 52, 0x2e),
    ("Slash", 53, 0x2f),
    ("Less", 86, 0x3c),
    ("KeypadEnter", 96, 0xff8d),
    ("KeypadPlus", 78, 0xffab),
    ("KeypadMinus", 74, 0xffad),
    ("KeypadTimes", 55, 0xffaa),
    ("KeypadDivide", 98, 0xffaf),
    ("Mute", 113, 0x1008_ff12),
    ("VolumeDown", 114, 0x1008_ff11),
    ("VolumeUp", 115, 0x1008_ff13),
    ("Play", 164, 0x1008_ff14),
    ("Next", 163, 0x1008_ff17),
    ("Previous", 165, 0x1008_ff16),
    ("Power", 116, 0x1008_ff2a),
    ("Sleep", 142, 0x1008_ff2f),
];

/// How many of them are held while the others are pressed.
const HELD: usize = 8;

/// A combination: keys that are held, then others, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chord(Vec<GuestKey>);

/// Why a text is no combination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChordError {
    /// It has no key at all.
    Empty,
    /// It has more keys than are pressed together.
    TooMany,
    /// There is no key of this name.
    Unknown(String),
}

impl Chord {
    /// The combination of the keys with these codes of the kernel's; nothing
    /// if one has no name, or there are none or too many.
    #[must_use]
    pub fn of_codes(codes: &[u32]) -> Option<Self> {
        let keys = codes.iter().map(|code| all().find(|key| key.1.code == *code));
        Self::of(keys.map(|key| key.map(|(_, key)| key)).collect::<Option<_>>()?).ok()
    }

    /// The same of GTK's codes of keys.
    #[must_use]
    pub fn of_hardware(codes: &[u32]) -> Option<Self> {
        let codes: Vec<u32> = codes.iter().map(|code| super::keymap::from_gdk(*code)).collect();
        Self::of_codes(&codes)
    }

    fn of(keys: Vec<GuestKey>) -> Result<Self, ChordError> {
        let mut sorted: Vec<GuestKey> = Vec::new();
        for key in keys {
            if !sorted.contains(&key) {
                sorted.push(key);
            }
        }
        match sorted.len() {
            0 => return Err(ChordError::Empty),
            1..=MOST => {}
            _ => return Err(ChordError::TooMany),
        }
        let place = |key: &GuestKey| KEYS.iter().take(HELD).position(|held| held.1 == key.code);
        sorted.sort_by_key(|key| place(key).unwrap_or(HELD));
        Ok(Self(sorted))
    }

    /// The keys, in the order in which they are pressed.
    #[must_use]
    pub fn keys(&self) -> Vec<GuestKey> {
        self.0.clone()
    }
}

/// All keys with their names.
fn all() -> impl Iterator<Item = (String, GuestKey)> {
    let named = KEYS.iter().map(|(name, code, keysym)| {
        ((*name).to_owned(), GuestKey { code: *code, keysym: *keysym })
    });
    let letters = ('a'..='z')
        .filter_map(|letter| Some((letter.to_ascii_uppercase().into(), GuestKey::letter(letter)?)));
    let digits = ('0'..='9').filter_map(|digit| {
        let code = digit.to_digit(10).map(|value| if value == 0 { 11 } else { value + 1 })?;
        Some((digit.to_string(), GuestKey { code, keysym: u32::from(digit) }))
    });
    let functions = (1..=24).map(|number| {
        let later = GuestKey { code: 170 + number, keysym: 0xffbd + number };
        (format!("F{number}"), GuestKey::function(number).unwrap_or(later))
    });
    named.chain(letters).chain(digits).chain(functions)
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, ChordError> {
        let names = text.split('+').map(str::trim).filter(|name| !name.is_empty());
        let mut keys = Vec::new();
        for name in names.take(4 * MOST) {
            let key = all().find(|(known, _)| known.eq_ignore_ascii_case(name));
            let key = key.ok_or_else(|| ChordError::Unknown(name.chars().take(40).collect()))?;
            keys.push(key.1);
        }
        Self::of(keys)
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            let name = all().find(|(_, known)| known == key).map(|(name, _)| name);
            write!(f, "{}{}", if at > 0 { "+" } else { "" }, name.unwrap_or_default())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Chord, ChordError, all};
    use crate::console::{GuestKey, keymap::qnum};

    #[test]
    fn every_key_has_a_name_and_a_place_of_its_own() {
        let names: HashSet<String> = all().map(|(name, _)| name.to_lowercase()).collect();
        let codes: HashSet<u32> = all().map(|(_, key)| key.code).collect();
        assert_eq!((names.len(), codes.len()), (all().count(), all().count()));
        for (name, key) in all() {
            assert!(qnum(key.code).is_some(), "{name} cannot be sent");
            let chord: Chord = name.parse().expect("its name");
            assert_eq!(chord.keys(), [key]);
            assert_eq!(chord.to_string(), name);
        }
    }

    #[test]
    fn held_keys_come_first() {
        let chord: Chord = "f5 + shift+CTRL+f5".parse().expect("keys");
        assert_eq!(chord.to_string(), "Ctrl+Shift+F5");
        let expected = [GuestKey::CTRL, GuestKey::SHIFT];
        assert_eq!(chord.keys()[..2], expected);
        assert_eq!(
            Chord::of_codes(&[111, 56, 29]).map(|c| c.to_string()).as_deref(),
            Some("Ctrl+Alt+Delete")
        );
        assert_eq!(Chord::of_codes(&[9999]), None);
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!("".parse::<Chord>(), Err(ChordError::Empty));
        assert_eq!("+ +".parse::<Chord>(), Err(ChordError::Empty));
        assert_eq!("Ctrl+Nope".parse::<Chord>(), Err(ChordError::Unknown("Nope".to_owned())));
        assert_eq!("A+B+C+D+E+F+G".parse::<Chord>(), Err(ChordError::TooMany));
        assert!("x".repeat(10_000).parse::<Chord>().is_err());
    }
}
