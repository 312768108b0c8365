//! Texts as key presses, for a guest without an agent.
//!
//! A key is sent by its place, and the guest's own layout makes the letter: so
//! that layout has to be known.

use super::GuestKey;

/// A keyboard layout that a guest may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// The American one, which systems have before another is chosen.
    #[default]
    Us,
    /// The British one.
    Gb,
    /// The German one.
    De,
    /// The Spanish one.
    Es,
    /// The French one.
    Fr,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Us, Self::Gb, Self::De, Self::Es, Self::Fr];

    /// Its name among XKB's layouts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Gb => "gb",
            Self::De => "de",
            Self::Es => "es",
            Self::Fr => "fr",
        }
    }

    /// The layout of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }

    fn map(self) -> &'static Map {
        match self {
            Self::Us => &US,
            Self::Gb => &GB,
            Self::De => &DE,
            Self::Es => &ES,
            Self::Fr => &FR,
        }
    }

    /// The keys for `letter`, one combination after another; nothing for one
    /// that the layout does not have.
    #[must_use]
    pub fn keys(self, letter: char) -> Option<Vec<Vec<GuestKey>>> {
        let single = |code, keysym| Some(vec![vec![GuestKey { code, keysym }]]);
        match letter {
            '\n' => return single(28, 0xff0d),
            '\t' => return single(15, 0xff09),
            ' ' => return single(57, 0x20),
            _ => {}
        }
        let map = self.map();
        if let Some(place) = map.find(letter) {
            return Some(vec![combination(place, keysym(letter))]);
        }
        // By a dead key, then the letter, or a space for the accent alone.
        let (accent, base) = ACCENTS.iter().find_map(|(accent, pairs)| {
            if *accent == letter {
                return Some((*accent, ' '));
            }
            pairs.iter().find(|(made, _)| *made == letter).map(|(_, base)| (*accent, *base))
        })?;
        let (_, place, keysym) = map.dead.iter().find(|dead| dead.0 == accent)?;
        let mut keys = vec![combination(*place, *keysym)];
        keys.extend(self.keys(base)?);
        Some(keys)
    }
}

/// A text as key combinations, and the letters that there are no keys for, each
/// once.
#[must_use]
pub fn typed(text: &str, layout: Layout) -> (Vec<Vec<GuestKey>>, Vec<char>) {
    let (mut keys, mut missing) = (Vec::new(), Vec::new());
    for letter in text.replace("\r\n", "\n").replace('\r', "\n").chars() {
        match layout.keys(letter) {
            Some(more) => keys.extend(more),
            None if missing.contains(&letter) => {}
            None => missing.push(letter),
        }
    }
    (keys, missing)
}

/// What is held with a key.
#[derive(Clone, Copy)]
enum Level {
    Plain,
    Shift,
    AltGr,
}

type Place = (u32, Level);

fn combination((code, level): Place, keysym: u32) -> Vec<GuestKey> {
    let key = GuestKey { code, keysym };
    match level {
        Level::Plain => vec![key],
        Level::Shift => vec![GuestKey::SHIFT, key],
        Level::AltGr => vec![GuestKey { code: 100, keysym: 0xfe03 }, key],
    }
}

/// X's keysym of a letter.
fn keysym(letter: char) -> u32 {
    match u32::from(letter) {
        latin @ 0x20..=0xff => latin,
        other => 0x0100_0000 | other,
    }
}

/// Stands where a key has no letter of its own.
const NONE: char = '□';

/// The letters of a layout, in four rows: from the key left of the 1, from the
/// Q, from the A to the one beside Enter, from the one beside left Shift.
struct Map {
    plain: [&'static str; 4],
    shift: [&'static str; 4],
    alt_gr: [&'static str; 4],
    /// Accents for the next letter, with X's keysyms.
    dead: &'static [(char, Place, u32)],
}

impl Map {
    fn find(&self, letter: char) -> Option<Place> {
        let levels = [
            (Level::Plain, &self.plain),
            (Level::Shift, &self.shift),
            (Level::AltGr, &self.alt_gr),
        ];
        levels.into_iter().filter(|_| letter != NONE).find_map(|(level, rows)| {
            rows.iter().enumerate().find_map(|(row, letters)| {
                let column = letters.chars().position(|known| known == letter)?;
                Some((code(row, u32::try_from(column).ok()?)?, level))
            })
        })
    }
}

/// The kernel's code of a key by its row and its place there.
fn code(row: usize, column: u32) -> Option<u32> {
    Some(match (row, column) {
        (0, 0) => 41,
        (0, 1..=12) => 1 + column,
        (1, 0..=11) => 16 + column,
        (2, 0..=10) => 30 + column,
        (2, 11) => 43,
        (3, 0) => 86,
        (3, 1..=10) => 43 + column,
        _ => return None,
    })
}

const NOTHING: [&str; 4] = ["", "", "", ""];

const ACUTE: u32 = 0xfe51;
const GRAVE: u32 = 0xfe50;
const CIRCUMFLEX: u32 = 0xfe52;
const TILDE: u32 = 0xfe53;
const DIAERESIS: u32 = 0xfe57;

static US: Map = Map {
    plain: ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", "□zxcvbnm,./"],
    shift: ["~!@#$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:\"|", "□ZXCVBNM<>?"],
    alt_gr: NOTHING,
    dead: &[],
};

static GB: Map = Map {
    plain: ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"],
    shift: ["¬!\"£$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?"],
    alt_gr: ["□□□□€", "", "", ""],
    dead: &[],
};

static DE: Map = Map {
    plain: ["□1234567890ß□", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"],
    shift: ["°!\"§$%&/()=?□", "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"],
    alt_gr: ["□□²³□□□{[]}\\□", "@□€□□□□□□□□~", "", "|□□□□□□µ"],
    dead: &[
        ('^', (41, Level::Plain), CIRCUMFLEX),
        ('´', (13, Level::Plain), ACUTE),
        ('`', (13, Level::Shift), GRAVE),
    ],
};

static ES: Map = Map {
    plain: ["º1234567890'¡", "qwertyuiop□+", "asdfghjklñ□ç", "<zxcvbnm,.-"],
    shift: ["ª!\"·$%&/()=?¿", "QWERTYUIOP□*", "ASDFGHJKLÑ□Ç", ">ZXCVBNM;:_"],
    alt_gr: ["\\|@#□€¬", "□□□□□□□□□□[]", "□□□□□□□□□□{}", ""],
    dead: &[
        ('´', (40, Level::Plain), ACUTE),
        ('¨', (40, Level::Shift), DIAERESIS),
        ('`', (26, Level::Plain), GRAVE),
        ('^', (26, Level::Shift), CIRCUMFLEX),
        ('~', (5, Level::AltGr), TILDE),
    ],
};

static FR: Map = Map {
    plain: ["□&é\"'(-è_çà)=", "azertyuiop□$", "qsdfghjklmù*", "<wxcvbn,;:!"],
    shift: ["□1234567890°+", "AZERTYUIOP□£", "QSDFGHJKLM%µ", ">WXCVBN?./§"],
    alt_gr: ["□□~#{[|`\\^@]}", "□□€", "", ""],
    dead: &[('^', (26, Level::Plain), CIRCUMFLEX), ('¨', (26, Level::Shift), DIAERESIS)],
};

type Pairs = &'static [(char, char)];

/// What an accent makes of a letter.
static ACCENTS: [(char, Pairs); 5] = [
    (
        '´',
        &[
            ('á', 'a'),
            ('é', 'e'),
            ('í', 'i'),
            ('ó', 'o'),
            ('ú', 'u'),
            ('ý', 'y'),
            ('Á', 'A'),
            ('É', 'E'),
            ('Í', 'I'),
            ('Ó', 'O'),
            ('Ú', 'U'),
            ('Ý', 'Y'),
        ],
    ),
    (
        '`',
        &[
            ('à', 'a'),
            ('è', 'e'),
            ('ì', 'i'),
            ('ò', 'o'),
            ('ù', 'u'),
            ('À', 'A'),
            ('È', 'E'),
            ('Ì', 'I'),
            ('Ò', 'O'),
            ('Ù', 'U'),
        ],
    ),
    (
        '^',
        &[
            ('â', 'a'),
            ('ê', 'e'),
            ('î', 'i'),
            ('ô', 'o'),
            ('û', 'u'),
            ('Â', 'A'),
            ('Ê', 'E'),
            ('Î', 'I'),
            ('Ô', 'O'),
            ('Û', 'U'),
        ],
    ),
    (
        '¨',
        &[
            ('ä', 'a'),
            ('ë', 'e'),
            ('ï', 'i'),
            ('ö', 'o'),
            ('ü', 'u'),
            ('Ä', 'A'),
            ('Ë', 'E'),
            ('Ï', 'I'),
            ('Ö', 'O'),
            ('Ü', 'U'),
        ],
    ),
    ('~', &[('ã', 'a'), ('õ', 'o'), ('Ã', 'A'), ('Õ', 'O')]),
];

#[cfg(test)]
mod tests {
    use super::{Layout, typed};

    fn codes(text: &str, layout: Layout) -> Vec<Vec<u32>> {
        let (keys, missing) = typed(text, layout);
        assert!(missing.is_empty(), "{missing:?}");
        keys.iter().map(|keys| keys.iter().map(|key| key.code).collect()).collect()
    }

    #[test]
    fn every_ascii_letter_can_be_typed_on_every_layout() {
        for layout in Layout::ALL {
            let all: String = (' '..='~').collect();
            let (_, missing) = typed(&all, layout);
            assert!(missing.is_empty(), "{}: {missing:?}", layout.name());
            assert_eq!(Layout::from_name(layout.name()), Some(layout));
        }
    }

    #[test]
    fn letters_are_where_the_layout_has_them() {
        let shift = 42;
        let alt_gr = 100;
        assert_eq!(
            codes("aA1!\n", Layout::Us),
            [vec![30], vec![shift, 30], vec![2], vec![shift, 2], vec![28]]
        );
        assert_eq!(codes("/\\|", Layout::Us), [vec![53], vec![43], vec![shift, 43]]);
        assert_eq!(codes("#\\", Layout::Gb), [vec![43], vec![86]]);
        assert_eq!(codes("zy@ß", Layout::De), [vec![21], vec![44], vec![alt_gr, 16], vec![12]]);
        assert_eq!(codes("ñ@/", Layout::Es), [vec![39], vec![alt_gr, 3], vec![shift, 8]]);
        assert_eq!(codes("a1é", Layout::Fr), [vec![16], vec![shift, 2], vec![3]]);
        // Accents by dead keys; the accent alone with a space.
        assert_eq!(codes("á", Layout::Es), [vec![40], vec![30]]);
        assert_eq!(codes("^", Layout::De), [vec![41], vec![57]]);
        assert_eq!(codes("Ü", Layout::Fr), [vec![shift, 26], vec![shift, 22]]);
    }

    #[test]
    fn what_cannot_be_typed_is_told_once() {
        let (keys, missing) = typed("a€b€\r\n漢\rc□\u{7}", Layout::Us);
        assert_eq!(keys.len(), 5);
        assert_eq!(missing, ['€', '漢', '□', '\u{7}']);
        assert_eq!(keys[0][0].keysym, u32::from('a'));
        assert_eq!(typed("€", Layout::Es).0[0][1].keysym, 0x0100_20ac);
    }
}
