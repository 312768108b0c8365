//! What the user's hands mean, without GTK: which keys are down, when the
//! release chord is complete, how far a wheel turned.

use std::collections::BTreeMap;

/// A set of keys that gives the keyboard and the pointer back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseChord(Vec<u32>);

impl Default for ReleaseChord {
    /// Left Ctrl and left Alt.
    fn default() -> Self {
        Self(vec![29, 56])
    }
}

impl ReleaseChord {
    /// A chord of the kernel's key codes; nothing if it is empty.
    #[must_use]
    pub fn new(codes: Vec<u32>) -> Option<Self> {
        (!codes.is_empty()).then_some(Self(codes))
    }

    fn is_held(&self, down: &BTreeMap<u32, u32>) -> bool {
        self.0.len() == down.len() && self.0.iter().all(|code| down.contains_key(code))
    }

    fn contains(&self, code: u32) -> bool {
        self.0.contains(&code)
    }
}

/// What a key event leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyStep {
    /// Tell the guest.
    Send {
        /// Pressed or released.
        down: bool,
        /// The kernel's key code.
        code: u32,
        /// X's keysym, the same for press and release.
        keysym: u32,
    },
    /// The chord was pressed and released with nothing else: let go.
    Release,
}

/// The keyboard as the guest sees it.
///
/// The chord acts when its keys are *released* without another key between:
/// Ctrl+Alt+F1 must still reach the guest.
#[derive(Debug, Default)]
pub(crate) struct Keyboard {
    chord: ReleaseChord,
    down: BTreeMap<u32, u32>,
    armed: bool,
}

impl Keyboard {
    /// A keyboard with nothing pressed.
    pub(crate) fn new(chord: ReleaseChord) -> Self {
        Self { chord, down: BTreeMap::new(), armed: false }
    }

    /// A key went down, or repeats.
    pub(crate) fn press(&mut self, code: u32, keysym: u32) -> KeyStep {
        // The keysym of the first press is kept: with Shift held in between,
        // the release would name another one and the guest's key would stick.
        let keysym = *self.down.entry(code).or_insert(keysym);
        self.armed = self.chord.is_held(&self.down);
        KeyStep::Send { down: true, code, keysym }
    }

    /// A key went up. The second step, if any, follows the first.
    pub(crate) fn release(&mut self, code: u32) -> (Option<KeyStep>, Option<KeyStep>) {
        let Some(keysym) = self.down.remove(&code) else { return (None, None) };
        let released = self.armed && self.chord.contains(code);
        self.armed = false;
        (Some(KeyStep::Send { down: false, code, keysym }), released.then_some(KeyStep::Release))
    }

    /// Lets go of every key, the last pressed code first: focus went elsewhere.
    pub(crate) fn release_all(&mut self) -> Vec<KeyStep> {
        self.armed = false;
        let down = std::mem::take(&mut self.down);
        down.into_iter()
            .rev()
            .map(|(code, keysym)| KeyStep::Send { down: false, code, keysym })
            .collect()
    }
}

/// Turns fine scrolling into whole wheel clicks.
#[derive(Debug, Default)]
pub(crate) struct Wheel {
    x: f64,
    y: f64,
}

/// More clicks than this at once are a runaway device, not a hand.
const MOST_CLICKS: f64 = 16.0;

impl Wheel {
    /// Adds a movement in wheel clicks; answers with whole clicks to the right
    /// and down.
    pub(crate) fn turn(&mut self, dx: f64, dy: f64) -> (i32, i32) {
        (Self::axis(&mut self.x, dx), Self::axis(&mut self.y, dy))
    }

    fn axis(sum: &mut f64, delta: f64) -> i32 {
        if !delta.is_finite() {
            return 0;
        }
        if *sum * delta < 0.0 {
            // Turning back starts at once, without unwinding what was left.
            *sum = 0.0;
        }
        *sum += delta.clamp(-MOST_CLICKS, MOST_CLICKS);
        let clicks = sum.trunc();
        *sum -= clicks;
        #[expect(clippy::cast_possible_truncation, reason = "at most 17")]
        let clicks = clicks as i32;
        clicks
    }
}

/// The bit of a GTK mouse button in VNC's mask, extended by one; nothing for a
/// button that no protocol carries.
pub(crate) fn button_bit(button: u32) -> Option<u16> {
    match button {
        1 => Some(1),
        2 => Some(1 << 1),
        3 => Some(1 << 2),
        // 4 to 7 are the wheel. "Back" is the last bit of VNC's mask, which
        // has none for "forward"; SPICE has both.
        8 => Some(1 << 7),
        9 => Some(1 << 8),
        _ => None,
    }
}

/// The wheel's bits: up, down, left, right.
pub(crate) const WHEEL: [u16; 4] = [1 << 3, 1 << 4, 1 << 5, 1 << 6];

#[cfg(test)]
mod tests {
    use super::{KeyStep, Keyboard, ReleaseChord, Wheel, button_bit};

    const CTRL: u32 = 29;
    const ALT: u32 = 56;
    const F1: u32 = 59;

    #[test]
    fn the_chord_releases_when_nothing_else_was_pressed() {
        let mut keys = Keyboard::new(ReleaseChord::default());
        keys.press(CTRL, 1);
        keys.press(ALT, 2);
        assert_eq!(keys.release(ALT).1, Some(KeyStep::Release));
        assert_eq!(keys.release(CTRL).1, None, "only once");
    }

    #[test]
    fn a_key_within_the_chord_keeps_the_grab() {
        let mut keys = Keyboard::new(ReleaseChord::default());
        keys.press(CTRL, 1);
        keys.press(ALT, 2);
        keys.press(F1, 3);
        for key in [F1, ALT, CTRL] {
            assert_eq!(keys.release(key).1, None);
        }
    }

    #[test]
    fn a_chord_within_other_keys_does_not_release() {
        let mut keys = Keyboard::new(ReleaseChord::default());
        keys.press(F1, 3);
        keys.press(CTRL, 1);
        keys.press(ALT, 2);
        assert_eq!(keys.release(ALT).1, None);
    }

    #[test]
    fn a_release_names_the_keysym_of_its_press() {
        let mut keys = Keyboard::new(ReleaseChord::default());
        keys.press(30, u32::from(b'a'));
        keys.press(42, 0xffe1);
        assert_eq!(
            keys.press(30, u32::from(b'A')),
            KeyStep::Send { down: true, code: 30, keysym: u32::from(b'a') }
        );
        assert_eq!(
            keys.release(30).0,
            Some(KeyStep::Send { down: false, code: 30, keysym: u32::from(b'a') })
        );
        assert_eq!(keys.release(30), (None, None), "a release without a press says nothing");
    }

    #[test]
    fn losing_the_focus_releases_everything_once() {
        let mut keys = Keyboard::new(ReleaseChord::default());
        keys.press(CTRL, 1);
        keys.press(F1, 3);
        assert_eq!(keys.release_all().len(), 2);
        assert!(keys.release_all().is_empty());
    }

    #[test]
    fn small_turns_add_up_to_clicks() {
        let mut wheel = Wheel::default();
        assert_eq!(wheel.turn(0.0, 0.4), (0, 0));
        assert_eq!(wheel.turn(0.0, 0.4), (0, 0));
        assert_eq!(wheel.turn(0.0, 0.4), (0, 1));
        assert_eq!(wheel.turn(0.0, -1.0), (0, -1), "turning back is at once");
        assert_eq!(wheel.turn(2.0, 0.0), (2, 0));
    }

    #[test]
    fn mad_turns_are_bounded() {
        let mut wheel = Wheel::default();
        assert_eq!(wheel.turn(f64::NAN, f64::INFINITY), (0, 0));
        assert_eq!(wheel.turn(0.0, 1e300), (0, 16));
    }

    #[test]
    fn buttons_have_their_bits() {
        let bits: Vec<_> = (1..=10).map(button_bit).collect();
        let none = None;
        let expected =
            [Some(1), Some(2), Some(4), none, none, none, none, Some(128), Some(256), none];
        assert_eq!(bits, expected);
    }
}
