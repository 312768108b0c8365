//! The extended clipboard: text in UTF-8 in both directions. QEMU passes the
//! guest's clipboard on in this form only.

use std::io::{Read, Write};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};

const TEXT: u32 = 1;
const CAPS: u32 = 1 << 24;
const REQUEST: u32 = 1 << 25;
const PEEK: u32 = 1 << 26;
const NOTIFY: u32 = 1 << 27;
const PROVIDE: u32 = 1 << 28;

/// The longest text that is taken from a guest or given to it, in bytes.
pub(super) const LONGEST: usize = 1 << 20;

/// What the server says of its clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It can do this at all.
    Capabilities,
    /// It has a text.
    Offer,
    /// It wants ours.
    Request,
    /// It asks whether we have a text.
    Peek,
    /// Its text.
    Text(String),
    /// Nothing that concerns us.
    Nothing,
}

/// Reads the data of an extended cut text message.
pub(super) fn hear(data: &[u8]) -> Heard {
    let Some((flags, rest)) = data.split_first_chunk::<4>() else { return Heard::Nothing };
    let flags = u32::from_be_bytes(*flags);
    let text = flags & TEXT != 0;
    if flags & CAPS != 0 {
        Heard::Capabilities
    } else if flags & PROVIDE != 0 && text {
        unpack(rest).map_or(Heard::Nothing, Heard::Text)
    } else if flags & NOTIFY != 0 {
        if text { Heard::Offer } else { Heard::Nothing }
    } else if flags & REQUEST != 0 && text {
        Heard::Request
    } else if flags & PEEK != 0 {
        Heard::Peek
    } else {
        Heard::Nothing
    }
}

fn unpack(packed: &[u8]) -> Option<String> {
    let mut plain = ZlibDecoder::new(packed);
    let mut length = [0; 4];
    plain.read_exact(&mut length).ok()?;
    let length = usize::try_from(u32::from_be_bytes(length)).ok()?.min(LONGEST);
    let mut text = Vec::new();
    // `take` bounds what a few packed bytes can become.
    plain.take(length as u64).read_to_end(&mut text).ok()?;
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    Some(String::from_utf8_lossy(&text[..end]).replace("\r\n", "\n"))
}

/// What we can do: text of at most [`LONGEST`] bytes, on request.
pub(super) fn capabilities() -> Vec<u8> {
    let flags = CAPS | REQUEST | PEEK | NOTIFY | PROVIDE | TEXT;
    let limit = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    [flags.to_be_bytes(), limit.to_be_bytes()].concat()
}

/// "There is a text", or that there is none.
pub(super) fn offer(some: bool) -> Vec<u8> {
    (NOTIFY | if some { TEXT } else { 0 }).to_be_bytes().to_vec()
}

/// "Give me your text."
pub(super) fn request() -> Vec<u8> {
    (REQUEST | TEXT).to_be_bytes().to_vec()
}

/// The text itself; nothing if it is too long.
pub(super) fn provide(text: &str) -> Option<Vec<u8>> {
    let mut plain = text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
    plain.push(0);
    if plain.len() > LONGEST {
        return None;
    }
    let length = u32::try_from(plain.len()).ok()?;
    let mut packed = ZlibEncoder::new((PROVIDE | TEXT).to_be_bytes().to_vec(), Compression::fast());
    packed.write_all(&length.to_be_bytes()).ok()?;
    packed.write_all(&plain).ok()?;
    packed.finish().ok()
}

/// A text of the classic message, which is Latin-1 by the book and often
/// UTF-8 in fact.
pub(super) fn from_classic(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_end_matches('\0').to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// A text for the classic message; what Latin-1 lacks becomes a question mark.
pub(super) fn to_classic(text: &str) -> Vec<u8> {
    text.chars().take(LONGEST).map(|char| u8::try_from(u32::from(char)).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        Heard, LONGEST, capabilities, from_classic, hear, offer, provide, request, to_classic,
    };

    #[test]
    fn a_text_comes_back_whole() {
        let text = "ñandú\nзал 😀";
        let data = provide(text).expect("short enough");
        assert_eq!(hear(&data), Heard::Text(text.to_owned()));
    }

    #[test]
    fn signals_are_told_apart() {
        assert_eq!(hear(&capabilities()), Heard::Capabilities);
        assert_eq!(hear(&offer(true)), Heard::Offer);
        assert_eq!(hear(&offer(false)), Heard::Nothing);
        assert_eq!(hear(&request()), Heard::Request);
    }

    #[test]
    fn garbage_and_bombs_are_harmless() {
        assert_eq!(hear(&[]), Heard::Nothing);
        assert_eq!(hear(&[0x10, 0, 0, 1, 9, 9, 9]), Heard::Nothing);
        let long = "a".repeat(LONGEST - 1);
        let data = provide(&long).expect("just short enough");
        assert!(data.len() < 10_000, "it packs well");
        assert_eq!(provide(&"a".repeat(LONGEST)), None);
    }

    #[test]
    fn classic_text_is_latin_1_or_utf_8() {
        assert_eq!(from_classic(&[0xf1, b'a']), "ña");
        assert_eq!(from_classic("ña".as_bytes()), "ña");
        assert_eq!(to_classic("ñ…"), [0xf1, b'?']);
    }
}
