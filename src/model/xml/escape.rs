//! Escaping, and the characters that no escape can carry.

use std::borrow::Cow;

use super::{ForbiddenChar, XmlProblem};

/// Whether XML 1.0 has this character at all (its `Char` production).
#[must_use]
pub fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The first character of `text` that XML cannot hold, as an error.
///
/// # Errors
/// If there is one.
pub fn check_chars(text: &str) -> Result<(), ForbiddenChar> {
    text.chars().find(|&c| !is_xml_char(c)).map_or(Ok(()), |c| Err(ForbiddenChar(c)))
}

fn escape_with(
    text: &str,
    replacement: impl Fn(char) -> Option<&'static str>,
) -> Result<Cow<'_, str>, ForbiddenChar> {
    check_chars(text)?;
    if !text.chars().any(|c| replacement(c).is_some()) {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match replacement(c) {
            Some(r) => out.push_str(r),
            None => out.push(c),
        }
    }
    Ok(Cow::Owned(out))
}

/// `text` as the content of an element.
///
/// # Errors
/// If XML cannot hold one of its characters.
pub fn escape_text(text: &str) -> Result<Cow<'_, str>, ForbiddenChar> {
    escape_with(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        // A bare carriage return would be read back as a line feed.
        '\r' => Some("&#13;"),
        _ => None,
    })
}

/// `text` as an attribute's value, right between quotes of either kind.
///
/// # Errors
/// If XML cannot hold one of its characters.
pub fn escape_attr(text: &str) -> Result<Cow<'_, str>, ForbiddenChar> {
    escape_with(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\'' => Some("&apos;"),
        '"' => Some("&quot;"),
        // A reader turns bare white space in an attribute into plain spaces.
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        '\t' => Some("&#9;"),
        _ => None,
    })
}

/// The character that the reference `name` (without `&` and `;`) stands for.
pub(super) fn resolve(name: &str) -> Result<char, XmlProblem> {
    match name {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => {}
    }
    let Some(number) = name.strip_prefix('#') else {
        return Err(XmlProblem::UnknownEntity(shorten(name)));
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    plain
        .then(|| u32::from_str_radix(digits, radix).ok())
        .flatten()
        .and_then(char::from_u32)
        .filter(|&c| is_xml_char(c))
        .ok_or_else(|| XmlProblem::BadReference(shorten(name)))
}

/// Takes the escapes out of `raw`; line ends become `\n` as XML wants, and in
/// an attribute all bare white space becomes spaces.
pub(super) fn unescape(raw: &str, attribute: bool) -> Result<String, XmlProblem> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\r', '\n', '\t']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some(reference) = tail.strip_prefix('&') {
            let end =
                reference.find(';').ok_or_else(|| XmlProblem::BadReference(shorten(reference)))?;
            out.push(resolve(&reference[..end])?);
            rest = &reference[end + 1..];
        } else {
            let taken = if tail.starts_with("\r\n") { 2 } else { 1 };
            out.push(match (attribute, tail.as_bytes()[0]) {
                (true, _) => ' ',
                (false, b'\t') => '\t',
                (false, _) => '\n',
            });
            rest = &tail[taken..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The beginning of a text, for a message: what is wrong may be megabytes.
pub(super) fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}
