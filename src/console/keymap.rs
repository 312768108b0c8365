//! Keys by place, not by letter: the guest applies its own layout.
//!
//! GTK's hardware key code on Wayland and on X11 with evdev is the kernel's
//! code + 8. QEMU numbers keys by their AT set 1 scan code, with bit 7 set for
//! the extended ones ("qnum").

/// What GTK adds to the kernel's key code.
const GDK_OFFSET: u32 = 8;

/// The last kernel code whose qnum is the same number.
const LAST_EQUAL: u32 = 88;

/// qnums of the kernel codes from 89 on; 0 where a key has none.
#[rustfmt::skip]
const AFTER_EQUAL: [u8; 151] = [
    // 89: RO, katakana, hiragana, henkan, the language keys, keypad comma
    0x73, 0x78, 0x77, 0x79, 0x70, 0x7b, 0x5c,
    // 96: keypad enter, right Ctrl, keypad slash, SysRq, right Alt, line feed
    0x9c, 0x9d, 0xb5, 0x54, 0xb8, 0x5b,
    // 102: Home, Up, Page Up, Left, Right, End, Down, Page Down, Insert, Delete
    0xc7, 0xc8, 0xc9, 0xcb, 0xcd, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3,
    // 112: macro, mute, volume, power, keypad equal and plus-minus, Pause, scale
    0xef, 0xa0, 0xae, 0xb0, 0xde, 0x59, 0xce, 0xc6, 0x8b,
    // 121: keypad comma, hangul, hanja, yen, left and right Meta, compose
    0x7e, 0x72, 0x71, 0x7d, 0xdb, 0xdc, 0xdd,
    // 128: stop, again, props, undo, front, copy, open, paste, find, cut, help
    0xe8, 0x85, 0x86, 0x87, 0x8c, 0xf8, 0x64, 0x65, 0xc1, 0xbc, 0xf5,
    // 139: menu, calculator, setup, sleep, wake up, file, send, delete file
    0x9e, 0xa1, 0x66, 0xdf, 0xe3, 0x67, 0x68, 0x69,
    // 147: transfer, prog1, prog2, web, msdos, coffee, direction, cycle, mail
    0x93, 0x9f, 0x97, 0x82, 0x6a, 0x92, 0x6b, 0xa6, 0xec,
    // 156: bookmarks, computer, back, forward, close, eject, eject-close
    0xe6, 0xeb, 0xea, 0xe9, 0xa3, 0x6c, 0xfd,
    // 163: next, play-pause, previous, stop, record, rewind, phone, iso, config
    0x99, 0xa2, 0x90, 0xa4, 0xb1, 0x98, 0x63, 0x00, 0x81,
    // 172: home page, refresh, exit, move, edit, scroll up, scroll down, …
    0xb2, 0xe7, 0x00, 0x00, 0x88, 0x75, 0x8f, 0xf6, 0xfb, 0x89, 0x8a,
    // 183: F13 to F24
    0x5d, 0x5e, 0x5f, 0x55, 0x83, 0xf7, 0x84, 0x5a, 0x74, 0xf9, 0x6d, 0x6f,
    // 195 to 239: rare application keys
    0x95, 0x96, 0x9a, 0x9b, 0xa7, 0xa8, 0xa9, 0xab, 0xac, 0xad, 0xa5, 0xaf,
    0xb3, 0xb4, 0xb6, 0xb9, 0xba, 0xbb, 0xbd, 0xbe, 0xbf, 0xc0, 0xe5, 0xc2,
    0xc3, 0xc4, 0xc5, 0x94, 0xca, 0xcc, 0xd4, 0xed, 0xd6, 0xd7, 0xd8, 0xd9,
    0xda, 0xe4, 0x8e, 0xd5, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4,
];

/// The kernel's key code of a GTK hardware key code.
#[must_use]
pub(crate) fn from_gdk(keycode: u32) -> u32 {
    keycode.saturating_sub(GDK_OFFSET)
}

/// QEMU's number of a key; nothing for a key that it does not know.
#[must_use]
pub(crate) fn qnum(code: u32) -> Option<u32> {
    let number = match code {
        0 => 0,
        1..=LAST_EQUAL => code,
        _ => {
            let index = usize::try_from(code - LAST_EQUAL - 1).ok()?;
            u32::from(*AFTER_EQUAL.get(index)?)
        }
    };
    (number != 0).then_some(number)
}

/// SPICE's scan code of the kernel's `code`: AT set 1, the extended ones from
/// 0x100 on.
#[must_use]
pub(crate) fn xt(code: u32) -> Option<u32> {
    let extended = |number: u32| if number & 0x80 == 0 { number } else { 0x100 | (number & 0x7f) };
    qnum(code).map(extended)
}

/// A key that a menu can send: by the kernel's code, with the X keysym for
/// servers that take no scan codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestKey {
    /// The kernel's key code.
    pub(crate) code: u32,
    /// X's keysym.
    pub(crate) keysym: u32,
}

impl GuestKey {
    /// Left Ctrl.
    pub const CTRL: Self = Self { code: 29, keysym: 0xffe3 };
    /// Left Alt.
    pub const ALT: Self = Self { code: 56, keysym: 0xffe9 };
    /// Left Shift.
    pub const SHIFT: Self = Self { code: 42, keysym: 0xffe1 };
    /// Left Super (the Windows key).
    pub const SUPER: Self = Self { code: 125, keysym: 0xffeb };
    /// Delete.
    pub const DELETE: Self = Self { code: 111, keysym: 0xffff };
    /// Backspace.
    pub const BACKSPACE: Self = Self { code: 14, keysym: 0xff08 };
    /// Escape.
    pub const ESCAPE: Self = Self { code: 1, keysym: 0xff1b };
    /// Tab.
    pub const TAB: Self = Self { code: 15, keysym: 0xff09 };
    /// Print Screen.
    pub const PRINT: Self = Self { code: 99, keysym: 0xff61 };
    /// Caps Lock.
    pub(crate) const CAPS_LOCK: Self = Self { code: 58, keysym: 0xffe5 };
    /// Num Lock.
    pub(crate) const NUM_LOCK: Self = Self { code: 69, keysym: 0xff7f };

    /// The key that has this lower-case letter on a US keyboard.
    #[must_use]
    pub fn letter(letter: char) -> Option<Self> {
        let rows = [(16, "qwertyuiop"), (30, "asdfghjkl"), (44, "zxcvbnm")];
        let (first, place) =
            rows.into_iter().find_map(|(first, row)| Some((first, row.find(letter)?)))?;
        Some(Self { code: first + u32::try_from(place).ok()?, keysym: u32::from(letter) })
    }

    /// The function key `F1` to `F12`; nothing for another number.
    #[must_use]
    pub fn function(number: u32) -> Option<Self> {
        let code = match number {
            1..=10 => 58 + number,
            11 | 12 => 76 + number,
            _ => return None,
        };
        Some(Self { code, keysym: 0xffbd + number })
    }
}

#[cfg(test)]
mod tests {
    use super::{GuestKey, from_gdk, qnum, xt};

    #[test]
    fn known_keys_have_qemus_numbers() {
        // Taken from QEMU's own names: a, keypad enter, right Ctrl, up, the
        // left Windows key, menu, F12, F13, Print, Pause.
        let known = [
            (30, 0x1e),
            (96, 0x9c),
            (97, 0x9d),
            (103, 0xc8),
            (125, 0xdb),
            (127, 0xdd),
            (88, 0x58),
            (183, 0x5d),
            (194, 0x6f),
            (99, 0x54),
            (119, 0xc6),
            (217, 0xe5),
            (239, 0xf4),
        ];
        for (code, expected) in known {
            assert_eq!(qnum(code), Some(expected), "kernel key {code}");
        }
    }

    #[test]
    fn spice_has_the_same_keys_in_its_own_way() {
        // a, keypad enter, right Ctrl, up, Pause.
        let known = [(30, 0x1e), (96, 0x11c), (97, 0x11d), (103, 0x148), (119, 0x146)];
        for (code, expected) in known {
            assert_eq!(xt(code), Some(expected), "kernel key {code}");
        }
        assert_eq!(xt(240), None);
    }

    #[test]
    fn unknown_keys_have_none() {
        for code in [0, 170, 174, 240, 1000, u32::MAX] {
            assert_eq!(qnum(code), None, "kernel key {code}");
        }
    }

    #[test]
    fn gtk_codes_are_eight_more() {
        assert_eq!(from_gdk(38), 30);
        assert_eq!(from_gdk(3), 0);
    }

    #[test]
    fn function_keys_are_where_the_kernel_has_them() {
        assert_eq!(GuestKey::function(1).map(|k| (k.code, k.keysym)), Some((59, 0xffbe)));
        assert_eq!(GuestKey::function(10).map(|k| (k.code, k.keysym)), Some((68, 0xffc7)));
        assert_eq!(GuestKey::function(11).map(|k| (k.code, k.keysym)), Some((87, 0xffc8)));
        assert_eq!(GuestKey::function(12).map(|k| k.code), Some(88));
        assert_eq!(GuestKey::function(13), None);
    }
}
